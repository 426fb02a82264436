//! Is what one road tells the payment another road has told? Our own reference first, then evidence.

use super::plain;
use crate::day::Day;
use crate::money::Currency;

/// What is before the payment's number in the reference we write back.
const MARK: &str = "RECAUDO-P";
/// Shorter references are no evidence: half the world pays with reference 1.
const REFERENCE_MIN: usize = 4;
/// Letters a name needs in common before two names can be one.
const NAME_MIN: usize = 3;

/// The reference under which a payment is written to an ERP: found again, it proves that both are one payment.
pub fn write_back_reference(payment_id: i64) -> String {
    format!("{MARK}{payment_id}")
}

/// The payment whose reference stands in a text.
pub fn written_back(text: &str) -> Option<i64> {
    let upper = text.to_ascii_uppercase();
    let rest = &upper[upper.find(MARK)? + MARK.len()..];
    let digits = rest.find(|c: char| !c.is_ascii_digit()).map_or(rest, |end| &rest[..end]);
    digits.parse().ok()
}

/// A telling of money, as it is compared. Texts are [`plain`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// Minor units.
    pub amount_minor: i64,
    /// Of the amount.
    pub currency: Currency,
    /// When it came.
    pub on: Day,
    /// Who paid, when known.
    pub customer: Option<i64>,
    /// Ids and references of the money itself.
    pub references: Vec<String>,
    /// What the payer wrote.
    pub text: String,
    /// Who paid, in words.
    pub name: String,
    /// Numbers of the documents it is known to settle.
    pub documents: Vec<String>,
}

impl Trace {
    /// A telling of an amount on a day; the rest is empty.
    pub fn new(amount_minor: i64, currency: Currency, on: Day) -> Self {
        Self {
            amount_minor,
            currency,
            on,
            customer: None,
            references: Vec::new(),
            text: String::new(),
            name: String::new(),
            documents: Vec::new(),
        }
    }

    /// Adds a reference, as it is written.
    #[must_use]
    pub fn reference(mut self, text: &str) -> Self {
        let text = plain(text);
        if text.len() >= REFERENCE_MIN && !self.references.contains(&text) {
            self.references.push(text);
        }
        self
    }
}

/// How much speaks for two tellings being one payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Evidence {
    /// Amount and day only.
    Weak,
    /// The same customer, the payer's name, or a document both name.
    Strong,
    /// A reference of the money itself.
    Reference,
}

/// How much speaks for it; none: they are two payments.
pub fn evidence(a: &Trace, b: &Trace, window_days: i32) -> Option<Evidence> {
    let apart = a.on.since(b.on).saturating_abs();
    if (a.amount_minor, a.currency) != (b.amount_minor, b.currency) || apart > window_days {
        return None;
    }
    if a.references.iter().any(|r| b.references.contains(r) || says(&b.text, r))
        || b.references.iter().any(|r| says(&a.text, r))
    {
        return Some(Evidence::Reference);
    }
    if let (Some(a), Some(b)) = (a.customer, b.customer) {
        return (a == b).then_some(Evidence::Strong);
    }
    let named = |from: &Trace, other: &Trace| from.documents.iter().any(|number| says(&other.text, number));
    if named(a, b) || named(b, a) || a.documents.iter().any(|number| b.documents.contains(number)) {
        return Some(Evidence::Strong);
    }
    match names(&a.name, &b.name) {
        Names::Same => Some(Evidence::Strong),
        // Somebody else may have paid for the customer, but hardly on another day as well.
        Names::Others if apart > 0 => None,
        Names::Others | Names::Unknown => Some(Evidence::Weak),
    }
}

/// Does a text hold a phrase, word by word? Both are plain.
fn says(text: &str, phrase: &str) -> bool {
    if phrase.len() < REFERENCE_MIN {
        return false;
    }
    text.match_indices(phrase).any(|(at, _)| {
        let (before, after) = (text[..at].chars().next_back(), text[at + phrase.len()..].chars().next());
        before.is_none_or(|c| c == ' ') && after.is_none_or(|c| c == ' ')
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Names {
    Same,
    Others,
    Unknown,
}

/// Banks turn names around, cut them and add titles: two words in common, or all of the shorter one's, are the same.
fn names(a: &str, b: &str) -> Names {
    let (a_words, b_words) = (words(a).count(), words(b).count());
    if a_words == 0 || b_words == 0 {
        return Names::Unknown;
    }
    match words(a).filter(|word| words(b).any(|other| other == *word)).count() {
        0 => Names::Others,
        common if common >= 2 || common == a_words.min(b_words) => Names::Same,
        _ => Names::Unknown,
    }
}

fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(' ').filter(|word| word.len() >= NAME_MIN)
}

/// What is to be done with a telling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The candidate in this place tells the same.
    Same(usize, Evidence),
    /// A person decides between these places.
    Ambiguous(Vec<usize>),
    /// Nobody has told of it.
    New,
}

/// Decides: exactly one candidate with the best evidence is the same; several, or none with more than amount and day, wait
/// for a person. Several payments of one customer are as good as each other: the nearest by day is taken.
pub fn recognise<'t>(
    told: &Trace,
    candidates: impl IntoIterator<Item = &'t Trace>,
    window_days: i32,
) -> Verdict {
    let found: Vec<(usize, &Trace, Evidence)> = candidates
        .into_iter()
        .enumerate()
        .filter_map(|(place, known)| Some((place, known, evidence(told, known, window_days)?)))
        .collect();
    let Some(best) = found.iter().map(|(.., evidence)| *evidence).max() else { return Verdict::New };
    let mut best_of: Vec<(usize, &Trace)> =
        found.iter().filter(|(.., e)| *e == best).map(|(place, known, _)| (*place, *known)).collect();
    let customer = best_of.first().and_then(|(_, known)| known.customer);
    let alike = customer.is_some() && best_of.iter().all(|(_, known)| known.customer == customer);
    if best > Evidence::Weak && (alike || best_of.len() == 1) {
        best_of.sort_by_key(|(place, known)| (known.on.since(told.on).saturating_abs(), *place));
        return Verdict::Same(best_of[0].0, best);
    }
    Verdict::Ambiguous(best_of.into_iter().map(|(place, _)| place).collect())
}
