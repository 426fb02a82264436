//! Days and amounts of a document, exactly, or the one problem that keeps it out.

use recaudo_sdk::xml::Node;
use recaudo_sdk::{Date, Money, MoneyError, currency};

/// Why a document cannot come in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The element, by its path.
    pub(crate) field: String,
    pub(crate) value: String,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl Problem {
    pub(crate) fn new(field: &str, value: &str, code: &'static str, message: impl Into<String>) -> Self {
        Self { field: field.into(), value: value.into(), code, message: message.into() }
    }

    pub(crate) fn missing(field: &str) -> Self {
        Self::new(
            field,
            "",
            "missing-field",
            "the element is missing or blank; have the document issued again with it",
        )
    }
}

/// The text at a path that has to be there.
pub(crate) fn needed<'n>(node: &'n Node, path: &[&str]) -> Result<&'n str, Problem> {
    node.text_at(path).ok_or_else(|| Problem::missing(&path.join("/")))
}

/// A day; what stands behind it, a zone (`2026-03-01Z`, `2026-03-01-05:00`), does not move it.
pub(crate) fn day(node: &Node, path: &[&str]) -> Result<Option<Date>, Problem> {
    let Some(text) = node.text_at(path) else { return Ok(None) };
    let field = path.join("/");
    let (head, zone) = text.split_at_checked(10).unwrap_or((text, ""));
    let is_zone = zone.is_empty()
        || zone == "Z"
        || matches!(zone.as_bytes(), [b'+' | b'-', h, i, b':', m, n] if [h, i, m, n].iter().all(|b| b.is_ascii_digit()));
    let wrong = |code, message: &str| Problem::new(&field, text, code, message);
    let day = Date::parse_iso(head).filter(|_| is_zone);
    let day =
        day.ok_or_else(|| wrong("bad-date", "this is no day such as 2026-03-31; correct it at the source"))?;
    if !(1980..2100).contains(&day.ymd().0) {
        return Err(wrong(
            "implausible-date",
            "the year is not between 1980 and 2099; correct it at the source",
        ));
    }
    Ok(Some(day))
}

/// A document's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Currency {
    pub(crate) code: [u8; 3],
    pub(crate) exponent: u8,
}

/// Reads an ISO 4217 code.
pub(crate) fn currency(field: &str, text: &str) -> Result<Currency, Problem> {
    let (code, exponent) = currency::find(text).ok_or_else(|| {
        Problem::new(
            field,
            text,
            "unknown-currency",
            "this is no currency of ISO 4217; correct it at the source",
        )
    })?;
    Ok(Currency { code, exponent })
}

/// The amount of an element, in minor units; its own currency has to be the document's.
pub(crate) fn amount(node: &Node, field: &str, currency: Currency) -> Result<i64, Problem> {
    let text = node.text.trim();
    let wrong = |code, message: &str| Problem::new(field, text, code, message);
    let own = node.attribute("currencyID").unwrap_or_default();
    if !own.is_empty() && own.as_bytes() != currency.code {
        let message = "the amount is in another currency than the document; correct it at the source";
        return Err(Problem::new(field, &format!("{text} {own}"), "unknown-currency", message));
    }
    let read = Money::parse(text, currency.exponent, currency.code).map_err(|error| match error {
        MoneyError::NotANumber => {
            wrong("bad-amount", "this is no amount such as 1234.50; correct it at the source")
        }
        MoneyError::TooPrecise => {
            wrong("amount-precision", "it has more decimals than the currency; correct it at the source")
        }
        MoneyError::TooLarge => {
            wrong("amount-too-large", "it has more than 18 digits; correct it at the source")
        }
    })?;
    Ok(read.minor)
}

/// Minor units as money.
pub(crate) fn money(minor: i64, currency: Currency) -> recaudo_sdk::values::Money {
    Money { minor, exponent: currency.exponent, currency: currency.code }.into()
}
