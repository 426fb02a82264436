//! The batch's rows as candidates.

use recaudo_sdk::scoring::{Batch, Data};
use recaudo_sdk::{Fail, Failure};

/// The columns this plugin reads.
pub(crate) const COLUMNS: [&str; 15] = [
    "customer",
    "step_order",
    "channel",
    "amount",
    "currency",
    "cost",
    "days_past_due",
    "late_ppm",
    "score_degraded",
    "promise_until",
    "hold",
    "contacts_today",
    "contacts_7d",
    "days_since_contact",
    "reachable",
];

/// An action that a strategy's step calls for today.
#[derive(Debug, Clone)]
pub(crate) struct Candidate<'a> {
    pub(crate) row: u32,
    pub(crate) customer: i64,
    pub(crate) step_order: i64,
    pub(crate) channel: &'a str,
    pub(crate) amount: i64,
    /// Decimal places of `amount`.
    pub(crate) scale: u8,
    pub(crate) currency: &'a str,
    /// With the column's own decimal places.
    pub(crate) cost: Option<(i64, u8)>,
    pub(crate) days_past_due: i64,
    pub(crate) late_ppm: Option<i64>,
    pub(crate) score_degraded: bool,
    pub(crate) promise_until: Option<i32>,
    pub(crate) hold: &'a str,
    pub(crate) contacts_today: i64,
    pub(crate) contacts_7d: i64,
    pub(crate) days_since_contact: Option<i64>,
    pub(crate) reachable: bool,
}

/// Every row of the batch, in its order.
///
/// # Errors
/// `column_missing`, `column_length`, `column_shape`: the batch is not what `columns` asked for.
pub(crate) fn read(batch: &Batch) -> Result<Vec<Candidate<'_>>, Failure> {
    let column = |name| Column::new(batch, name);
    let (customer, step_order, channel) = (column("customer")?, column("step_order")?, column("channel")?);
    let (amount, currency, cost) = (column("amount")?, column("currency")?, column("cost")?);
    let (days_past_due, late_ppm, degraded) =
        (column("days_past_due")?, column("late_ppm")?, column("score_degraded")?);
    let (promise_until, hold, reachable) = (column("promise_until")?, column("hold")?, column("reachable")?);
    let (today, week) = (column("contacts_today")?, column("contacts_7d")?);
    let since = column("days_since_contact")?;
    let candidate = |row: u32| {
        Ok(Candidate {
            row,
            customer: customer.int(row)?.unwrap_or(0),
            step_order: step_order.int(row)?.unwrap_or(0),
            channel: channel.code(row)?,
            amount: amount.int(row)?.unwrap_or(0),
            scale: amount.scale(),
            currency: currency.code(row)?,
            cost: cost.int(row)?.map(|value| (value, cost.scale())),
            days_past_due: days_past_due.int(row)?.unwrap_or(0),
            late_ppm: late_ppm.int(row)?,
            score_degraded: degraded.bit(row)?,
            promise_until: promise_until.day(row)?,
            hold: hold.code(row)?,
            contacts_today: today.int(row)?.unwrap_or(0),
            contacts_7d: week.int(row)?.unwrap_or(0),
            days_since_contact: since.int(row)?,
            reachable: reachable.bit(row)?,
        })
    };
    (0..batch.rows).map(candidate).collect()
}

/// A column whose length was checked.
struct Column<'a> {
    name: &'static str,
    data: &'a Data,
    present: &'a [u8],
}

impl<'a> Column<'a> {
    fn new(batch: &'a Batch, name: &'static str) -> Result<Self, Failure> {
        let Some(column) = batch.columns.iter().find(|column| column.name == name) else {
            return Err(Fail::invalid_input("column_missing", format!("the batch has no column {name}")));
        };
        let (length, present) = match &column.data {
            Data::Ints(ints) => (ints.values.len(), &ints.present),
            Data::Days(days) => (days.values.len(), &days.present),
            Data::Codes(codes) => (codes.values.len(), &codes.present),
            Data::Bits(bits) => (bits.values.len(), &bits.present),
        };
        let rows = batch.rows as usize;
        if length != rows || !(present.is_empty() || present.len() >= rows.div_ceil(8)) {
            return Err(Fail::invalid_input(
                "column_length",
                format!("column {name} is not as long as the batch"),
            ));
        }
        Ok(Self { name, data: &column.data, present })
    }

    fn has(&self, row: usize) -> bool {
        self.present.is_empty() || self.present[row / 8] >> (row % 8) & 1 == 1
    }

    fn int(&self, row: u32) -> Result<Option<i64>, Failure> {
        let row = row as usize;
        match self.data {
            Data::Ints(ints) => Ok(self.has(row).then(|| ints.values[row])),
            Data::Days(_) | Data::Codes(_) | Data::Bits(_) => Err(self.wrong_shape("integers")),
        }
    }

    fn day(&self, row: u32) -> Result<Option<i32>, Failure> {
        let row = row as usize;
        match self.data {
            Data::Days(days) => Ok(self.has(row).then(|| days.values[row])),
            Data::Ints(_) | Data::Codes(_) | Data::Bits(_) => Err(self.wrong_shape("days")),
        }
    }

    /// The code's text; empty where there is none.
    fn code(&self, row: u32) -> Result<&'a str, Failure> {
        let row = row as usize;
        match self.data {
            Data::Codes(codes) if self.has(row) => {
                Ok(codes.dictionary.get(codes.values[row] as usize).map_or("", String::as_str))
            }
            Data::Codes(_) => Ok(""),
            Data::Ints(_) | Data::Days(_) | Data::Bits(_) => Err(self.wrong_shape("codes")),
        }
    }

    fn bit(&self, row: u32) -> Result<bool, Failure> {
        let row = row as usize;
        match self.data {
            Data::Bits(bits) => Ok(self.has(row) && bits.values[row] & 1 == 1),
            Data::Ints(_) | Data::Days(_) | Data::Codes(_) => Err(self.wrong_shape("bits")),
        }
    }

    fn scale(&self) -> u8 {
        match self.data {
            Data::Ints(ints) => ints.scale,
            Data::Days(_) | Data::Codes(_) | Data::Bits(_) => 0,
        }
    }

    fn wrong_shape(&self, expected: &str) -> Failure {
        Fail::invalid_input("column_shape", format!("column {} should hold {expected}", self.name))
    }
}
