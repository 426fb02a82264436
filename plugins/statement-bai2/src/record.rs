//! Fields of a record and of the records that continue it.

use recaudo_sdk::{Date, Encoding};

/// Why a record cannot be used: field, value, code, what is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bad(
    pub(crate) &'static str,
    pub(crate) String,
    pub(crate) &'static str,
    pub(crate) &'static str,
);

/// Reads fields one after another, over continuation records (88) too.
#[derive(Debug, Clone)]
pub(crate) struct Fields {
    bodies: std::collections::VecDeque<String>,
    /// The current body is used up.
    spent: bool,
}

impl Fields {
    pub(crate) fn new(bodies: &[&[u8]], encoding: Option<Encoding>) -> Self {
        Self { bodies: bodies.iter().map(|body| text(body, encoding)).collect(), spent: false }
    }

    /// The next field; empty where there is none.
    pub(crate) fn field(&mut self) -> String {
        if core::mem::take(&mut self.spent) {
            self.bodies.pop_front();
        }
        let Some(body) = self.bodies.front_mut() else { return String::new() };
        match body.split_once(',') {
            Some((field, rest)) => {
                let field = field.trim().to_owned();
                *body = rest.to_owned();
                field
            }
            None => {
                self.spent = true;
                body.trim().to_owned()
            }
        }
    }

    /// There are no fields left, or only empty ones.
    pub(crate) fn is_over(&self) -> bool {
        let blank = |body: &String| body.chars().all(|c| c == ',' || c.is_whitespace());
        self.bodies.iter().skip(usize::from(self.spent)).all(blank)
    }

    /// All that is left, commas and all: the text of a transaction, a line each record.
    pub(crate) fn rest(mut self) -> String {
        if self.spent {
            self.bodies.pop_front();
        }
        let lines = self.bodies.iter().flat_map(|body| body.lines());
        let lines = lines.map(|line| line.trim().trim_end_matches('/').trim_end());
        lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
    }
}

fn text(bytes: &[u8], encoding: Option<Encoding>) -> String {
    let set = encoding.and_then(|encoding| encoding.decode(bytes, true).ok());
    set.or_else(|| Encoding::Utf8.decode(bytes, true).ok())
        .or_else(|| Encoding::Windows1252.decode(bytes, true).ok())
        .unwrap_or_default()
        .into_owned()
}

/// A type of an account record, with its amount in minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) code: String,
    pub(crate) amount: Option<i64>,
}

/// Types and amounts of an account record, from behind account and currency.
pub(crate) fn summaries(fields: &mut Fields) -> Result<Vec<Summary>, Bad> {
    let mut found = vec![];
    while !fields.is_over() {
        let code = fields.field();
        let amount = amount(&fields.field())?;
        fields.field();
        funds(fields)?;
        found.push(Summary { code, amount });
    }
    Ok(found)
}

/// A transaction record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Transaction {
    pub(crate) code: String,
    pub(crate) amount: Option<i64>,
    pub(crate) value: Option<Date>,
    pub(crate) bank_reference: String,
    pub(crate) reference: String,
    pub(crate) text: String,
}

pub(crate) fn transaction(mut fields: Fields) -> Result<Transaction, Bad> {
    let code = fields.field();
    let amount = amount(&fields.field())?;
    let value = funds(&mut fields)?;
    let bank_reference = fields.field();
    let reference = fields.field();
    Ok(Transaction { code, amount, value, bank_reference, reference, text: fields.rest() })
}

/// Money in is positive: types 100 to 399 are credits, 400 to 699 debits; of the banks' own, 920 to 959 and
/// 960 to 999. 890 tells something that is no money.
pub(crate) fn sign(code: &str) -> Result<i64, Bad> {
    match code.parse::<u16>() {
        Ok(100..=399 | 920..=959) => Ok(1),
        Ok(400..=699 | 960..=999) => Ok(-1),
        Ok(890) => Ok(0),
        _ => Err(Bad("type", code.into(), "unknown-kind", "this type is neither a credit nor a debit")),
    }
}

/// Minor units with an optional sign; blank is none.
pub(crate) fn amount(text: &str) -> Result<Option<i64>, Bad> {
    if text.is_empty() {
        return Ok(None);
    }
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Bad(
            "amount",
            text.into(),
            "bad-amount",
            "an amount has digits only, in the smallest unit",
        ));
    }
    let parsed =
        text.parse().map_err(|_| Bad("amount", text.into(), "amount-too-large", "too many digits"))?;
    Ok(Some(parsed))
}

/// The funds type with what belongs to it; of `V`, the value date.
fn funds(fields: &mut Fields) -> Result<Option<Date>, Bad> {
    let kind = fields.field();
    match kind.as_str() {
        "" | "Z" | "0" | "1" | "2" => Ok(None),
        "S" => {
            for _ in 0..3 {
                amount(&fields.field())?;
            }
            Ok(None)
        }
        "V" => {
            let (date, _time) = (fields.field(), fields.field());
            match day(&date) {
                Some(day) => Ok(Some(day)),
                None => Err(Bad("value date", date, "bad-date", "this is no day as YYMMDD")),
            }
        }
        "D" => {
            let count = fields.field();
            let parts = count.parse::<u8>().map_err(|_| {
                Bad(
                    "funds type",
                    count.clone(),
                    "bad-number",
                    "a distribution begins with how many parts it has",
                )
            })?;
            for _ in 0..parts {
                fields.field();
                amount(&fields.field())?;
            }
            Ok(None)
        }
        _ => Err(Bad("funds type", kind, "bad-flag", "the funds type is none of 0, 1, 2, V, S, D, Z")),
    }
}

/// `YYMMDD`.
pub(crate) fn day(text: &str) -> Option<Date> {
    if text.len() != 6 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = |part: Option<&str>| part.and_then(|part| part.parse::<u32>().ok());
    let (year, month, day) = (number(text.get(..2))?, number(text.get(2..4))?, number(text.get(4..))?);
    // BAI2 is of 1987: earlier years of two digits are of this century.
    let year = i32::try_from(if year >= 80 { 1900 + year } else { 2000 + year }).ok()?;
    Date::from_ymd(year, month, day)
}
