//! Rows for a scorer: what the host knows, as the registry's columns (`wit/COLUMNS.md`).

use recaudo_core::day::Day;
use recaudo_core::features::{ItemFacts, Known, as_known};
use recaudo_core::money::Currency;
use recaudo_ports::table::{Batch, Column, Data};

/// Every column there is for scoring.
pub const COLUMNS: [&str; 24] = [
    "amount",
    "currency",
    "kind",
    "term_days",
    "days_past_due",
    "due_weekday",
    "issued_month",
    "disputed",
    "country",
    "customer_kind",
    "settled_items",
    "late_items",
    "late_rate_ppm",
    "recent_late_ppm",
    "days_late_mean",
    "days_late_max",
    "days_to_pay_mean",
    "recent_days_to_pay_mean",
    "disputed_rate_ppm",
    "open_items",
    "past_due_items",
    "open_amount",
    "past_due_amount",
    "relationship_days",
];

/// One open item at its moment; its customer's history stands in a list beside the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScoreRow {
    /// The item's internal number; rows are sorted by it.
    pub id: u64,
    /// The moment: the business day, or the day before the document's date.
    pub on: Day,
    /// Document date.
    pub issued_on: Day,
    /// Due date.
    pub due_on: Day,
    /// What is open, in minor units.
    pub open_minor: i64,
    /// Its currency.
    pub currency: Currency,
    /// Is it disputed?
    pub disputed: bool,
    /// Place in [`Words::kinds`].
    pub kind: u32,
    /// Place in [`Words::countries`].
    pub country: u32,
    /// Place in [`Words::customer_kinds`].
    pub customer_kind: u32,
    /// Place of its customer in the list of [`Known`].
    pub customer: u32,
}

/// The texts that rows name by their place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    /// `invoice`, `debit-note`, ...
    pub kinds: Vec<String>,
    /// ISO 3166 alpha-2, empty for unknown.
    pub countries: Vec<String>,
    /// As the source says.
    pub customer_kinds: Vec<String>,
}

/// A scorer asked for a column that is not in the registry, or money does not fit one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ColumnError {
    /// Not in the registry.
    #[error("no column {0} in the scoring registry")]
    Unknown(String),
    /// An amount does not fit at the batch's exponent.
    #[error("item {0}: its amount does not fit 64 bits beside currencies of more decimals")]
    TooLarge(u64),
}

/// The columns `names` of `rows`, whose customers stand in `known`.
///
/// # Errors
/// See [`ColumnError`].
pub fn batch(
    rows: &[ScoreRow],
    known: &[Known],
    words: &Words,
    names: &[String],
) -> Result<Batch, ColumnError> {
    let table = Table {
        rows,
        known,
        words,
        scale: rows.iter().map(|row| row.currency.exponent()).max().unwrap_or(0),
    };
    let columns = names.iter().map(|name| Ok(Column { name: name.clone(), data: table.column(name)? }));
    let columns = columns.collect::<Result<_, ColumnError>>()?;
    Ok(Batch { ids: rows.iter().map(|row| row.id).collect(), columns })
}

struct Table<'a> {
    rows: &'a [ScoreRow],
    known: &'a [Known],
    words: &'a Words,
    /// Decimals of the money columns: the largest exponent among the rows.
    scale: u8,
}

impl Table<'_> {
    #[rustfmt::skip] // a table of columns
    fn column(&self, name: &str) -> Result<Data, ColumnError> {
        Ok(match name {
            "amount" => self.money(|row, _| row.open_minor)?,
            "currency" => self.currencies(),
            "kind" => self.codes(&self.words.kinds, |row| row.kind),
            "term_days" => self.ints(0, |row, _| Some(i64::from(row.due_on.since(row.issued_on)))),
            "days_past_due" => self.ints(0, |row, _| Some(i64::from(row.on.since(row.due_on)))),
            "due_weekday" => self.ints(0, |row, _| Some(i64::from((row.due_on.0 + 3).rem_euclid(7)))),
            "issued_month" => self.ints(0, |row, _| Some(i64::from(chrono::Datelike::month(&row.issued_on.date())))),
            "disputed" => self.bits(|row| row.disputed),
            "country" => self.codes(&self.words.countries, |row| row.country),
            "customer_kind" => self.codes(&self.words.customer_kinds, |row| row.customer_kind),
            "settled_items" => self.ints(0, |_, k| Some(i64::from(k.history.settled_items))),
            "late_items" => self.ints(0, |_, k| Some(i64::from(k.history.late_items))),
            "late_rate_ppm" => self.ints(0, |_, k| k.history.late_rate_ppm(k.open.past_due_items)),
            "recent_late_ppm" => self.ints(0, |_, k| k.history.recent_late_ppm()),
            "days_late_mean" => self.ints(2, |_, k| k.history.days_late_mean_centi()),
            "days_late_max" => self.ints(0, |_, k| Some(i64::from(k.history.days_late_max))),
            "days_to_pay_mean" => self.ints(2, |_, k| k.history.days_to_pay_mean_centi()),
            "recent_days_to_pay_mean" => self.ints(2, |_, k| k.history.recent_days_to_pay_mean_centi()),
            "disputed_rate_ppm" => self.ints(0, |_, k| k.history.disputed_rate_ppm()),
            "open_items" => self.ints(0, |_, k| Some(i64::from(k.open.open_items))),
            "past_due_items" => self.ints(0, |_, k| Some(i64::from(k.open.past_due_items))),
            "open_amount" => self.money(|row, k| k.open.of(row.currency).open_minor)?,
            "past_due_amount" => self.money(|row, k| k.open.of(row.currency).past_due_minor)?,
            "relationship_days" => self.ints(0, |row, k| k.history.relationship_days(row.on)),
            other => return Err(ColumnError::Unknown(other.into())),
        })
    }

    fn each(&self) -> impl Iterator<Item = (&ScoreRow, &Known)> {
        self.rows.iter().map(|row| (row, &self.known[row.customer as usize]))
    }

    fn ints(&self, scale: u8, value: impl Fn(&ScoreRow, &Known) -> Option<i64>) -> Data {
        let mut values = Vec::with_capacity(self.rows.len());
        let mut present = vec![0_u8; self.rows.len().div_ceil(8)];
        let mut everyone = true;
        for (place, (row, known)) in self.each().enumerate() {
            let value = value(row, known);
            present[place / 8] |= u8::from(value.is_some()) << (place % 8);
            everyone &= value.is_some();
            values.push(value.unwrap_or(0));
        }
        Data::Ints { values, scale, present: if everyone { vec![] } else { present } }
    }

    fn money(&self, minor: impl Fn(&ScoreRow, &Known) -> i64) -> Result<Data, ColumnError> {
        let scaled = self.each().map(|(row, known)| {
            let factor = 10_i64.pow(u32::from(self.scale - row.currency.exponent()));
            minor(row, known).checked_mul(factor).ok_or(ColumnError::TooLarge(row.id))
        });
        Ok(Data::Ints { values: scaled.collect::<Result<_, _>>()?, scale: self.scale, present: vec![] })
    }

    fn currencies(&self) -> Data {
        let mut dictionary: Vec<Currency> = Vec::new();
        let mut code = |currency: Currency| match dictionary.iter().position(|&known| known == currency) {
            Some(place) => place,
            None => {
                dictionary.push(currency);
                dictionary.len() - 1
            }
        };
        let values =
            self.rows.iter().map(|row| u32::try_from(code(row.currency)).unwrap_or(u32::MAX)).collect();
        let dictionary = dictionary.iter().map(|currency| currency.code().into()).collect();
        Data::Codes { values, dictionary, present: vec![] }
    }

    fn codes(&self, dictionary: &[String], code: impl Fn(&ScoreRow) -> u32) -> Data {
        Data::Codes {
            values: self.rows.iter().map(code).collect(),
            dictionary: dictionary.to_vec(),
            present: vec![],
        }
    }

    fn bits(&self, bit: impl Fn(&ScoreRow) -> bool) -> Data {
        Data::Bits { values: self.rows.iter().map(|row| u8::from(bit(row))).collect(), present: vec![] }
    }
}

/// A document of a customer, for training.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Document {
    /// The item's internal number.
    pub id: u64,
    /// Place in [`Words::kinds`].
    pub kind: u32,
    /// Dates, amount, settlement.
    pub facts: ItemFacts,
}

/// Every document of a tenant's history, as known the day before its date.
#[derive(Debug, Clone)]
pub struct TrainingTable {
    rows: Vec<ScoreRow>,
    known: Vec<Known>,
    settled_on: Vec<Option<Day>>,
    words: Words,
    known_until: Day,
}

impl TrainingTable {
    /// An empty table; `known_until` is the last day whose settlements are known.
    pub fn new(words: Words, known_until: Day) -> Self {
        Self { rows: vec![], known: vec![], settled_on: vec![], words, known_until }
    }

    /// Adds a customer with all its documents, in any order.
    pub fn push_customer(&mut self, country: u32, customer_kind: u32, documents: &[Document]) {
        let facts: Vec<ItemFacts> = documents.iter().map(|document| document.facts).collect();
        for (document, known) in documents.iter().zip(as_known(&facts)) {
            let facts = document.facts;
            self.rows.push(ScoreRow {
                id: document.id,
                on: facts.issued_on.plus(-1),
                issued_on: facts.issued_on,
                due_on: facts.due_on,
                open_minor: facts.amount_minor,
                currency: facts.currency,
                // A dispute is not known before the document is.
                disputed: false,
                kind: document.kind,
                country,
                customer_kind,
                customer: u32::try_from(self.known.len()).unwrap_or(u32::MAX),
            });
            self.known.push(known);
            self.settled_on.push(facts.settled_on);
        }
    }

    /// How many documents it holds.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Is it empty?
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Documents that fell due before `split_on`: their outcome was known then, whatever happened after.
    pub(super) fn before(&self, split_on: Day) -> Vec<usize> {
        self.sorted(|row| row.due_on < split_on)
    }

    /// Documents issued after `split_on` that fell due while settlements were still known.
    pub(super) fn after(&self, split_on: Day) -> Vec<usize> {
        self.sorted(|row| row.issued_on > split_on && row.due_on < self.known_until)
    }

    fn sorted(&self, keep: impl Fn(&ScoreRow) -> bool) -> Vec<usize> {
        let mut places: Vec<usize> = (0..self.rows.len()).filter(|&place| keep(&self.rows[place])).collect();
        places.sort_by_key(|&place| self.rows[place].id);
        places
    }

    /// Was it not settled by its due date?
    pub(super) fn is_late(&self, place: usize) -> bool {
        self.settled_on[place].is_none_or(|settled_on| settled_on > self.rows[place].due_on)
    }

    pub(super) fn row(&self, place: usize) -> &ScoreRow {
        &self.rows[place]
    }

    /// The customer's own late rate as known.
    pub(super) fn own_late_rate_ppm(&self, place: usize) -> Option<i32> {
        let known = &self.known[place];
        known.history.late_rate_ppm(known.open.past_due_items).and_then(|ppm| i32::try_from(ppm).ok())
    }

    pub(super) fn batch(&self, places: &[usize], names: &[String]) -> Result<Batch, ColumnError> {
        let rows: Vec<ScoreRow> = places.iter().map(|&place| self.rows[place]).collect();
        batch(&rows, &self.known, &self.words, names)
    }
}
