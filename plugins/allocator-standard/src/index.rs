//! Finding items by what a text says, without looking at every item.

use crate::book::Book;
use crate::text::{self, Atom, Gap, Tail};

/// How a text named an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Named {
    /// One of the references we gave it: a payment link, what we wrote back.
    Reference,
    /// Its number, as it is or with enough of it to be no accident.
    Number,
    /// Digits that could be its number.
    Digits,
}

/// An item a text names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hit {
    pub(crate) named: Named,
    pub(crate) line: usize,
}

/// Longest number or reference, in atoms: a UUID has up to 32.
const ATOMS_MAX: usize = 33;
/// Digits that are no accident by themselves.
const DIGITS_ALONE: usize = 5;
/// Numbers in one range, such as 120 to 180.
const RANGE_MAX: u64 = 100;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    hash: u64,
    line: usize,
    named: Named,
}

/// All numbers and references, and the last digits of all numbers.
#[derive(Debug)]
pub(crate) struct Index {
    entries: Vec<Entry>,
    /// Hashes of last atoms: most windows of a text end here.
    lasts: Vec<u64>,
    /// Customer, currency, last digits, line.
    tails: Vec<(u32, u32, u64, usize)>,
}

impl Index {
    pub(crate) fn new(book: &Book<'_>) -> Self {
        let mut index = Self { entries: vec![], lasts: vec![], tails: vec![] };
        for (at, line) in book.lines.iter().enumerate() {
            let atoms = text::atoms(&line.item.number);
            if let Some(tail) = atoms.iter().rev().find_map(Atom::value) {
                index.tails.push((line.customer, line.currency, tail, at));
            }
            index.add(&line.item.number, &atoms, at, false);
            for reference in &line.item.references {
                index.add(reference, &text::atoms(reference), at, true);
            }
        }
        index.entries.sort_unstable();
        index.entries.dedup();
        index.lasts.sort_unstable();
        index.lasts.dedup();
        index.tails.sort_unstable();
        index
    }

    fn add(&mut self, written: &str, atoms: &[Atom], line: usize, reference: bool) {
        for form in forms(written, atoms) {
            let (Some(last), true) = (form.last(), form.len() <= ATOMS_MAX) else { continue };
            let digits: usize = form.iter().map(|atom| atom.digits).sum();
            let size: usize = form.iter().map(|atom| atom.text.len()).sum();
            let telling = (digits > 0 && size > digits) || digits >= DIGITS_ALONE || size >= 6;
            let named = match (reference, telling) {
                (true, true) => Named::Reference,
                (false, true) => Named::Number,
                _ if digits > 0 => Named::Digits,
                _ => continue,
            };
            self.entries.push(Entry { hash: text::hash(&form), line, named });
            self.lasts.push(text::hash(core::slice::from_ref(last)));
        }
    }

    /// Everything a text names, once each, for a payer among `payers` in `currency`.
    pub(crate) fn hits(&self, book: &Book<'_>, written: &str, payers: &[u32], currency: u32) -> Vec<Hit> {
        let atoms = text::atoms(written);
        let mut found = vec![];
        let scan = Scan { index: self, book, payers, currency };
        scan.read(&atoms, &mut found);
        if let Some(joined) = text::joined(&atoms) {
            scan.read(&joined, &mut found);
        }
        found.sort_unstable_by_key(|hit| (hit.line, hit.named));
        found.dedup_by_key(|hit| hit.line);
        found
    }

    fn at(&self, hash: u64) -> impl Iterator<Item = &Entry> {
        let from = self.entries.partition_point(|entry| entry.hash < hash);
        self.entries[from..].iter().take_while(move |entry| entry.hash == hash)
    }
}

/// The ways one number is compared: as written, with spaced digits joined, and, when long, without any separator.
fn forms(written: &str, atoms: &[Atom]) -> Vec<Vec<Atom>> {
    let mut forms = vec![atoms.to_vec()];
    forms.extend(text::joined(atoms));
    let digits: usize = atoms.iter().map(|atom| atom.digits).sum();
    if digits >= 8 && atoms.len() > 1 {
        let close: String = written.chars().filter(|c| c.is_alphanumeric()).collect();
        let close = text::atoms(&close);
        if close.len() < atoms.len() {
            forms.push(close);
        }
    }
    forms
}

/// One reading of one text.
struct Scan<'a> {
    index: &'a Index,
    book: &'a Book<'a>,
    payers: &'a [u32],
    currency: u32,
}

impl Scan<'_> {
    fn read(&self, atoms: &[Atom], found: &mut Vec<Hit>) {
        let days = days(atoms);
        // What the last number had before its last digits, and those digits: lists and ranges go on with it.
        let mut before: Option<(Vec<Atom>, Atom)> = None;
        let mut spans: Vec<(usize, usize, Hit)> = vec![];
        for at in 0..atoms.len() {
            let mut here = vec![];
            let mut start = at;
            if let Some((from, hits)) = self.longest(atoms, at).filter(|(from, _)| *from < at || !days[at]) {
                start = from;
                self.range(atoms, (start, at), before.as_ref(), &mut here);
                here.extend(hits);
                // `FV-1-2` is not also `FV-1`.
                spans.retain(|(s, e, _)| *s < start || *e >= at);
                let digits = (start..=at).rev().find(|place| atoms[*place].is_digits());
                before = digits.map(|place| (atoms[start..place].to_vec(), atoms[place].clone()));
            } else if atoms[at].is_digits() && !days[at] {
                if let Some(atom) = self.goes_on(atoms, at, before.as_ref(), &mut here) {
                    before = before.map(|(prefix, _)| (prefix, atom));
                } else if self.digits(&atoms[at], &mut here) {
                    self.range(atoms, (at, at), before.as_ref(), &mut here);
                    before = Some((vec![], atoms[at].clone()));
                }
            }
            spans.extend(here.into_iter().map(|hit| (start, at, hit)));
        }
        found.extend(spans.into_iter().map(|(.., hit)| hit));
    }

    /// The longest number or reference that ends at an atom, and where it begins.
    fn longest(&self, atoms: &[Atom], at: usize) -> Option<(usize, Vec<Hit>)> {
        let last = text::hash(core::slice::from_ref(&atoms[at]));
        self.index.lasts.binary_search(&last).ok()?;
        if atoms.get(at + 1).is_some_and(|next| next.gap == Gap::None) {
            return None;
        }
        let mut tail = Tail::new();
        let mut best = None;
        for start in (at.saturating_sub(ATOMS_MAX - 1)..=at).rev() {
            tail.prepend(&atoms[start], atoms[start + 1..=at].first());
            if atoms[start].gap == Gap::None && start > 0 {
                continue;
            }
            let key = || text::key(&atoms[start..=at]);
            let attached =
                start > 0 && start == at && atoms[at].gap != Gap::Space && atoms[at].gap != Gap::List;
            let hits: Vec<Hit> = self
                .index
                .at(tail.hash())
                .filter(|entry| self.is_really(entry, &key()))
                .map(|entry| Hit {
                    named: if attached { Named::Digits } else { entry.named },
                    line: entry.line,
                })
                .filter(|hit| hit.named != Named::Digits || self.is_payers(hit.line))
                .collect();
            if !hits.is_empty() {
                best = Some((start, hits));
            }
        }
        best
    }

    /// Two texts may have one hash: compare what was meant.
    fn is_really(&self, entry: &Entry, key: &str) -> bool {
        let item = self.book.lines[entry.line].item;
        let same =
            |written: &str| forms(written, &text::atoms(written)).iter().any(|form| text::key(form) == key);
        same(&item.number) || item.references.iter().any(|reference| same(reference))
    }

    fn is_payers(&self, line: usize) -> bool {
        let line = &self.book.lines[line];
        line.currency == self.currency && self.payers.contains(&line.customer)
    }

    /// `FV-123, 124 y 125`, `FV-10123/24`: a number that goes on with the prefix of the one before. Gives its
    /// digits in full.
    fn goes_on(
        &self,
        atoms: &[Atom],
        at: usize,
        before: Option<&(Vec<Atom>, Atom)>,
        found: &mut Vec<Hit>,
    ) -> Option<Atom> {
        let (prefix, last) = before.filter(|(prefix, _)| !prefix.is_empty())?;
        let atom = &atoms[at];
        let left = linking(atoms, at)?;
        let word = connects(&left.text) || ranges(&left.text);
        let listed = word || matches!(atom.gap, Gap::List | Gap::Slash | Gap::Dash) || left.is_digits();
        let full = (atom.digits < last.text.len()).then(|| {
            let zeros = "0".repeat(atom.digits - atom.text.len());
            let text = format!("{}{zeros}{}", &last.text[..last.text.len() - atom.digits], atom.text);
            Atom { text, ..atom.clone() }
        });
        // After a dash only what is greater goes on: `FV-123-1` may be the first part of `FV-123`.
        let greater = |atom: &Atom| atom.gap != Gap::Dash || atom.value() > last.value();
        let candidates = core::iter::once(atom.clone()).chain(full).filter(|atom| listed && greater(atom));
        for candidate in candidates {
            if self.push(prefix, &candidate, found) {
                let range = [left.clone(), candidate.clone()];
                self.range(&range, (1, 1), before, found);
                return Some(Atom { gap: atom.gap, ..candidate });
            }
        }
        None
    }

    /// Adds the items called prefix and digits.
    fn push(&self, prefix: &[Atom], atom: &Atom, found: &mut Vec<Hit>) -> bool {
        let mut atoms = prefix.to_vec();
        atoms.push(atom.clone());
        let key = text::key(&atoms);
        let had = found.len();
        let entries = self.index.at(text::hash(&atoms)).filter(|entry| self.is_really(entry, &key));
        found.extend(entries.map(|entry| Hit { named: Named::Number, line: entry.line }));
        found.len() > had
    }

    /// `FV-120 AL FV-123` and `120-123`: what lies between the number before and the one at `start..=at`.
    fn range(
        &self,
        atoms: &[Atom],
        (start, at): (usize, usize),
        before: Option<&(Vec<Atom>, Atom)>,
        found: &mut Vec<Hit>,
    ) {
        let Some((prefix, first)) = before else { return };
        let Some(left) = linking(atoms, start) else { return };
        let dash = atoms[start].gap == Gap::Dash && left.text == first.text;
        let last = atoms[start..=at].iter().rev().find_map(Atom::value);
        let (Some(from), Some(to)) = (first.value(), last) else { return };
        if !(ranges(&left.text) || dash) || to <= from || to - from > RANGE_MAX {
            return;
        }
        for between in from + 1..to {
            let text = between.to_string();
            let atom = Atom { digits: text.len(), text, gap: Gap::Space };
            if prefix.is_empty() {
                self.digits(&atom, found);
            } else {
                self.push(prefix, &atom, found);
            }
        }
    }

    /// Adds the payers' items that end in these digits.
    fn digits(&self, atom: &Atom, found: &mut Vec<Hit>) -> bool {
        let Some(value) = atom.value() else { return false };
        let had = found.len();
        for payer in self.payers {
            let wanted = (*payer, self.currency, value);
            let from = self.index.tails.partition_point(|(c, m, v, _)| (*c, *m, *v) < wanted);
            let same = self.index.tails[from..].iter().take_while(|(c, m, v, _)| (*c, *m, *v) == wanted);
            found.extend(same.map(|(.., line)| Hit { named: Named::Digits, line: *line }));
        }
        found.len() > had
    }
}

/// What stands before an atom, articles passed over: `a la 125`.
fn linking(atoms: &[Atom], at: usize) -> Option<&Atom> {
    let article =
        |atom: &&Atom| matches!(atom.text.as_str(), "LA" | "EL" | "LAS" | "LOS" | "O" | "NO" | "NRO" | "N");
    atoms[..at].iter().rev().find(|atom| !article(atom))
}

/// Words that go on with a list.
fn connects(word: &str) -> bool {
    matches!(word, "Y" | "E" | "AND" | "ET" | "U")
}

/// Words of a range.
fn ranges(word: &str) -> bool {
    matches!(word, "A" | "AL" | "HASTA" | "TO" | "ATE" | "AO" | "THRU" | "THROUGH")
}

/// Digits that are part of a day: 2026-03-15, 15/03/2026, 15.03.26.
fn days(atoms: &[Atom]) -> Vec<bool> {
    let mut found = vec![false; atoms.len()];
    for at in 0..atoms.len().saturating_sub(2) {
        let [a, b, c] = &atoms[at..at + 3] else { continue };
        let joins = |gap| matches!(gap, Gap::Dash | Gap::Slash | Gap::Dot);
        if !(a.is_digits() && b.is_digits() && c.is_digits() && joins(b.gap) && b.gap == c.gap) {
            continue;
        }
        let number = |atom: &Atom| atom.value().unwrap_or(u64::MAX);
        let (x, y, z) = (number(a), number(b), number(c));
        let year = |n: u64, digits: usize| digits == 2 || (digits == 4 && (1990..2100).contains(&n));
        let day = |n: u64| (1..=31).contains(&n);
        let ends = year(z, c.digits) && day(x) && day(y) && x.min(y) <= 12 && b.digits <= 2;
        let begins = a.digits == 4 && year(x, 4) && (1..=12).contains(&y) && day(z);
        if ends || begins {
            found[at..at + 3].fill(true);
        }
    }
    found
}
