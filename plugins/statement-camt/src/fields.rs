//! Values as camt writes them: amounts with a currency and a side, days, accounts, parties.

use recaudo_sdk::xml::Node;
use recaudo_sdk::{Date, Money, MoneyError, currency};

/// Why a field cannot be used: its name, what stands there, a code of the contract, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bad {
    pub(crate) field: &'static str,
    pub(crate) value: String,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl Bad {
    pub(crate) fn new(field: &'static str, value: &str, code: &'static str, message: &str) -> Self {
        Self { field, value: value.chars().take(200).collect(), code, message: message.into() }
    }
}

/// `<Amt Ccy="EUR">8.85</Amt>`, never negative: the side is told apart.
pub(crate) fn amount(node: Option<&Node>) -> Result<Money, Bad> {
    let missing =
        || Bad::new("Amt", "", "missing-field", "there is no amount; ask the bank for the file again");
    let node = node.ok_or_else(missing)?;
    let (text, code) = (node.text.trim(), node.attribute("Ccy").unwrap_or(""));
    let (code, exponent) = currency::find(code)
        .ok_or_else(|| Bad::new("Amt", code, "unknown-currency", "this is no currency of ISO 4217"))?;
    if text.starts_with('-') {
        return Err(Bad::new("Amt", text, "negative-amount", "an amount has no sign here; CdtDbtInd has it"));
    }
    Money::parse(text, exponent, code).map_err(|error| match error {
        MoneyError::TooPrecise => {
            Bad::new("Amt", text, "amount-precision", "the amount has more decimals than its currency")
        }
        MoneyError::TooLarge => Bad::new("Amt", text, "amount-too-large", "the amount has too many digits"),
        MoneyError::NotANumber => Bad::new("Amt", text, "bad-amount", "this is no amount"),
    })
}

/// The amount with the sign of `CdtDbtInd`: money in is positive. A reversal says its own side, not that of
/// what it undoes (ISO 20022, `ReversalIndicator`).
pub(crate) fn signed(amount: Money, side: &str) -> Result<Money, Bad> {
    match side {
        "CRDT" => Ok(amount),
        "DBIT" => Ok(Money { minor: -amount.minor, ..amount }),
        _ => Err(Bad::new("CdtDbtInd", side, "bad-flag", "the side is neither CRDT nor DBIT")),
    }
}

/// `Dt` or `DtTm` inside `node`: the day as the bank writes it, in the bank's zone.
pub(crate) fn day(node: &Node) -> Result<Option<Date>, Bad> {
    match node.text_at(&["Dt"]).or_else(|| node.text_at(&["DtTm"])) {
        Some(text) => day_of(text).map(Some),
        None => Ok(None),
    }
}

/// The day of `2015-01-25`, `2015-01-25+01:00` or `2015-01-25T12:22:43Z`.
pub(crate) fn day_of(text: &str) -> Result<Date, Bad> {
    let (day, rest) = text.split_at_checked(10).unwrap_or((text, ""));
    let zoned = matches!(rest.as_bytes(), [] | [b'Z' | b'T' | b'+' | b'-', ..]);
    Date::parse_iso(day)
        .filter(|_| zoned)
        .ok_or_else(|| Bad::new("Dt", text, "bad-date", "this is no day of the calendar as 2026-11-22"))
}

/// An account inside `Acct`, `DbtrAcct` or `CdtrAcct`: the IBAN, else what the bank writes (version 1 has
/// other names for it).
pub(crate) fn account(node: &Node) -> &str {
    let paths: [&[&str]; 6] = [
        &["Id", "IBAN"],
        &["Id", "Othr", "Id"],
        &["Id", "PrtryAcct", "Id"],
        &["Id", "BBAN"],
        &["Id", "UPIC"],
        &["Prxy", "Id"],
    ];
    paths.iter().find_map(|path| node.text_at(path)).unwrap_or("")
}

/// A party's name; from version 8 on a party or an agent stands one level deeper.
pub(crate) fn name(node: &Node) -> Option<&str> {
    let paths: [&[&str]; 3] = [&["Nm"], &["Pty", "Nm"], &["Agt", "FinInstnId", "Nm"]];
    paths.iter().find_map(|path| node.text_at(path))
}

/// The bank's code of a transaction: domain, family and sub-family, or its own.
pub(crate) fn bank_code(node: &Node) -> Option<String> {
    let code = node.child("BkTxCd")?;
    let domain = code.child("Domn").map(|domain| {
        let parts = [&["Cd"][..], &["Fmly", "Cd"], &["Fmly", "SubFmlyCd"]];
        parts.iter().filter_map(|path| domain.text_at(path)).collect::<Vec<_>>().join("-")
    });
    domain.filter(|text| !text.is_empty()).or_else(|| code.text_at(&["Prtry", "Cd"]).map(str::to_owned))
}
