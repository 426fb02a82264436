//! Values of a CFDI, exactly, or the one problem that keeps it out.

use recaudo_sdk::xml::Node;
use recaudo_sdk::{Date, Money, MoneyError, currency, values};

/// Why a document cannot come in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Element and attribute.
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
            "it is missing or blank; fetch the document again from the SAT or the issuer",
        )
    }
}

/// An attribute's text, if there is any.
pub(crate) fn text<'n>(node: &'n Node, name: &str) -> Option<&'n str> {
    node.attribute(name).map(str::trim).filter(|text| !text.is_empty())
}

fn field(node: &Node, name: &str) -> String {
    format!("{}/@{name}", node.name)
}

/// An attribute that has to be there.
pub(crate) fn needed<'n>(node: &'n Node, name: &str) -> Result<&'n str, Problem> {
    text(node, name).ok_or_else(|| Problem::missing(&field(node, name)))
}

/// A child that has to be there.
pub(crate) fn child<'n>(node: &'n Node, name: &str) -> Result<&'n Node, Problem> {
    node.child(name).ok_or_else(|| Problem::missing(&format!("{}/{name}", node.name)))
}

/// The day of a moment such as `2026-03-01T10:20:30`, which is the issuer's local time.
pub(crate) fn day(node: &Node, name: &str) -> Result<Date, Problem> {
    let text = needed(node, name)?;
    let wrong = |code, message: &str| Problem::new(&field(node, name), text, code, message);
    let (head, time) = text.split_at_checked(10).unwrap_or((text, ""));
    let is_time = time.is_empty() || time.starts_with('T');
    let day = Date::parse_iso(head).filter(|_| is_time);
    let day = day.ok_or_else(|| {
        wrong("bad-date", "this is no moment such as 2026-03-01T10:20:30; fetch the document again")
    })?;
    if !(2004..2100).contains(&day.ymd().0) {
        return Err(wrong("implausible-date", "there were no CFDI in that year; fetch the document again"));
    }
    Ok(day)
}

/// A currency of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Currency {
    pub(crate) code: [u8; 3],
    pub(crate) exponent: u8,
}

pub(crate) fn currency(node: &Node, name: &str) -> Result<Currency, Problem> {
    let text = needed(node, name)?;
    let (code, exponent) = currency::find(text).ok_or_else(|| {
        let message = "this is no currency of ISO 4217; is the document of this kind?";
        Problem::new(&field(node, name), text, "unknown-currency", message)
    })?;
    Ok(Currency { code, exponent })
}

/// An amount that is not negative, in minor units.
pub(crate) fn amount(node: &Node, name: &str, currency: Currency) -> Result<i64, Problem> {
    let text = needed(node, name)?;
    let wrong = |code, message: &str| Problem::new(&field(node, name), text, code, message);
    let read = Money::parse(text, currency.exponent, currency.code).map_err(|error| match error {
        MoneyError::NotANumber => {
            wrong("bad-amount", "this is no amount such as 1234.50; fetch the document again")
        }
        MoneyError::TooPrecise => {
            wrong("amount-precision", "it has more decimals than the currency; ask the issuer")
        }
        MoneyError::TooLarge => wrong("amount-too-large", "it has more than 18 digits; ask the issuer"),
    })?;
    if text.starts_with('-') {
        return Err(wrong("negative-amount", "a CFDI has no negative amounts; ask the issuer"));
    }
    Ok(read.minor)
}

/// A rate greater than zero with all its decimals; none when the attribute is not there.
pub(crate) fn rate(node: &Node, name: &str) -> Result<Option<values::Decimal>, Problem> {
    let Some(text) = text(node, name) else { return Ok(None) };
    let places = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let scale = u8::try_from(places).ok().filter(|scale| *scale <= 18);
    let coefficient = scale.and_then(|scale| Money::parse(text, scale, *b"XXX").ok()).map(|read| read.minor);
    match (coefficient, scale) {
        (Some(coefficient), Some(scale)) if coefficient > 0 => {
            Ok(Some(values::Decimal { coefficient, scale }))
        }
        _ => {
            let message = "this is no rate such as 18.9008; fetch the document again";
            Err(Problem::new(&field(node, name), text, "bad-number", message))
        }
    }
}

/// A rate as it was written.
pub(crate) fn shown(rate: values::Decimal) -> String {
    let digits = rate.coefficient.to_string();
    let scale = usize::from(rate.scale);
    if scale == 0 {
        return digits;
    }
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = padded.split_at(padded.len() - scale);
    format!("{whole}.{fraction}")
}

pub(crate) fn money(minor: i64, currency: Currency) -> values::Money {
    Money { minor, exponent: currency.exponent, currency: currency.code }.into()
}

/// A UUID in capitals: documents name each other in either case.
pub(crate) fn uuid(field: &str, text: &str) -> Result<String, Problem> {
    let upper = text.trim().to_ascii_uppercase();
    let groups: Vec<usize> = upper.split('-').map(str::len).collect();
    let hex = upper.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
    if groups == [8, 4, 4, 4, 12] && hex {
        return Ok(upper);
    }
    let message = "this is no UUID such as 6F35B0A1-77D2-4B8E-9C33-00AA11BB22CC; fetch the document again";
    Err(Problem::new(field, text, "bad-number", message))
}
