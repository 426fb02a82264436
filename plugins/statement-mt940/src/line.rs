//! Balances (`:60F:`, `:62F:`) and the statement line (`:61:`), as SWIFT's field definitions have them and as
//! banks write them.

use recaudo_sdk::{Date, Money, MoneyError, currency};

/// Why a field cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bad {
    pub(crate) field: &'static str,
    pub(crate) value: String,
    pub(crate) code: &'static str,
    pub(crate) message: &'static str,
}

fn bad(field: &'static str, value: &str, code: &'static str, message: &'static str) -> Bad {
    Bad { field, value: value.chars().take(200).collect(), code, message }
}

/// A balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Balance {
    pub(crate) day: Date,
    pub(crate) money: Money,
}

/// A statement line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) value: Date,
    pub(crate) booked: Date,
    pub(crate) money: Money,
    pub(crate) reversal: bool,
    /// `NTRF`, `FMSC`, `S051`: how it came about.
    pub(crate) kind: String,
    pub(crate) reference: String,
    pub(crate) bank_reference: String,
    /// What stands behind the references, and in the lines after.
    pub(crate) supplement: String,
}

/// `C200101EUR444,29`; a bank may leave the currency out of the closing one.
pub(crate) fn balance(text: &str, known: Option<(&[u8; 3], u8)>) -> Result<Balance, Bad> {
    let text = text.lines().next().unwrap_or("").trim();
    let wrong = |code, message| bad("balance", text, code, message);
    let (negative, rest) = match (text.strip_prefix('C'), text.strip_prefix('D')) {
        (Some(rest), _) => (false, rest),
        (_, Some(rest)) => (true, rest),
        _ => return Err(wrong("bad-amount", "a balance begins with C or D")),
    };
    let (day, rest) = rest.split_at_checked(6).unwrap_or((rest, ""));
    let day = self::day(day).ok_or_else(|| wrong("bad-date", "the day of the balance is none"))?;
    let code = rest.get(..3).filter(|code| code.bytes().all(|byte| byte.is_ascii_uppercase()));
    let (unit, amount) = match (code, known) {
        (Some(code), _) => (unit(code), rest.get(3..).unwrap_or("")),
        (None, Some((code, exponent))) => ((*code, exponent), rest),
        (None, None) => return Err(wrong("unknown-currency", "the balance has no currency")),
    };
    let mut money = self::amount(amount, unit).map_err(|(code, message)| wrong(code, message))?;
    if negative {
        money.minor = -money.minor;
    }
    Ok(Balance { day, money })
}

/// A currency's code and decimals. Old statements are in currencies that are gone, which had two.
pub(crate) fn unit(code: &str) -> ([u8; 3], u8) {
    let gone = || (code.as_bytes().try_into().unwrap_or(*b"XXX"), 2);
    currency::find(code).unwrap_or_else(gone)
}

/// `2001010101D65,00NOVBNL47INGB9999999999//BANKREF`, supplementary details in the lines after it.
pub(crate) fn statement_line(text: &str, unit: ([u8; 3], u8)) -> Result<Line, Bad> {
    // One sample in the wild breaks the line inside the amount's prefix: a line that ends there goes on.
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let (first, rest) = (first.trim_end(), rest);
    if first.len() < 14 && !rest.is_empty() {
        let (second, others) = rest.split_once('\n').unwrap_or((rest, ""));
        return one_line(&format!("{first}{}", second.trim()), others, unit);
    }
    one_line(first, rest, unit)
}

fn one_line(first: &str, others: &str, unit: ([u8; 3], u8)) -> Result<Line, Bad> {
    let wrong = |field, value: &str, code, message| bad(field, value, code, message);
    let (value, rest) = first.split_at_checked(6).unwrap_or((first, ""));
    let value_day = lenient_day(value)
        .ok_or_else(|| wrong("value date", value, "bad-date", "the value date is no day as YYMMDD"))?;
    let (entry, rest) = match rest.split_at_checked(4) {
        Some((entry, rest)) if entry.bytes().all(|byte| byte.is_ascii_digit()) => (Some(entry), rest),
        Some(("    ", rest)) => (None, rest),
        _ => (None, rest),
    };
    let booked = match entry {
        Some(entry) => near(value_day, entry)
            .ok_or_else(|| wrong("entry date", entry, "bad-date", "the entry date is no day as MMDD"))?,
        None => value_day,
    };
    let (mark, rest) = mark(rest).ok_or_else(|| {
        let shown = rest.get(..3).unwrap_or(rest);
        wrong("debit/credit mark", shown, "bad-flag", "a movement is C, D, RC or RD")
    })?;
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != ',' && c != '.').unwrap_or(rest.len());
    let (amount, rest) = rest.split_at(end);
    let mut money =
        self::amount(amount, unit).map_err(|(code, message)| wrong("amount", amount, code, message))?;
    if matches!(mark, "D" | "RC" | "ED") {
        money.minor = -money.minor;
    }
    let (kind, rest) = rest.split_at_checked(4).unwrap_or((rest, ""));
    let (references, tail) = references(rest);
    let others = others.trim_end();
    let supplement = [tail.trim(), others].into_iter().filter(|part| !part.is_empty());
    Ok(Line {
        value: value_day,
        booked,
        money,
        reversal: mark.starts_with('R'),
        kind: kind.trim().to_owned(),
        reference: references.0.trim().to_owned(),
        bank_reference: references.1.trim().to_owned(),
        supplement: supplement.collect::<Vec<_>>().join("\n"),
    })
}

/// Customer reference of 16 characters, `//`, bank reference; Dutch banks put a name behind the 16.
fn references(text: &str) -> ((&str, &str), &str) {
    if let Some((own, bank)) = text.split_once("//") {
        return ((own, bank), "");
    }
    match text.char_indices().nth(16) {
        Some((end, _)) if text.get(..end).is_some_and(|own| own.contains("  ") || own.ends_with(' ')) => {
            ((text.get(..end).unwrap_or(text), ""), text.get(end..).unwrap_or(""))
        }
        _ => ((text, ""), ""),
    }
}

/// The mark, without the third letter of the currency that may follow it.
fn mark(text: &str) -> Option<(&'static str, &str)> {
    let marks = ["RC", "RD", "EC", "ED", "C", "D"];
    let (mark, rest) = marks.iter().find_map(|mark| text.strip_prefix(mark).map(|rest| (*mark, rest)))?;
    let rest = rest.strip_prefix(|c: char| c.is_ascii_uppercase()).unwrap_or(rest);
    Some((mark, rest))
}

fn amount(text: &str, (code, exponent): ([u8; 3], u8)) -> Result<Money, (&'static str, &'static str)> {
    let plain = if text.contains(',') { text.replace(',', ".") } else { text.to_owned() };
    if plain.is_empty() || plain.bytes().any(|byte| !byte.is_ascii_digit() && byte != b'.') {
        return Err(("bad-amount", "this is no amount as 1234,56"));
    }
    Money::parse(&plain, exponent, code).map_err(|error| match error {
        MoneyError::NotANumber => ("bad-amount", "this is no amount as 1234,56"),
        MoneyError::TooPrecise => ("amount-precision", "the amount has more decimals than its currency"),
        MoneyError::TooLarge => ("amount-too-large", "the amount has too many digits"),
    })
}

fn digits(text: &str) -> Option<(i32, u32, u32)> {
    let number =
        |part: &str| part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse::<u32>().ok()).flatten();
    let (year, month, day) = (number(text.get(..2)?)?, number(text.get(2..4)?)?, number(text.get(4..6)?)?);
    // MT940 dates from 1980 on; a year of two digits before that is one of this century.
    let year = if year >= 80 { 1900 + year } else { 2000 + year };
    Some((i32::try_from(year).ok()?, month, day))
}

/// `YYMMDD`.
pub(crate) fn day(text: &str) -> Option<Date> {
    let (year, month, day) = digits(text)?;
    Date::from_ymd(year, month, day)
}

/// Banks that count thirty days a month value interest on the thirtieth of February: the month's last day.
fn lenient_day(text: &str) -> Option<Date> {
    let (year, month, day) = digits(text)?;
    let last = || Date::from_ymd(year, 2, 29).or_else(|| Date::from_ymd(year, 2, 28));
    Date::from_ymd(year, month, day).or_else(|| (month == 2 && matches!(day, 29 | 30)).then(last).flatten())
}

/// `MMDD` in the year that brings it next to the value date.
fn near(value: Date, text: &str) -> Option<Date> {
    let (year, ..) = value.ymd();
    let (month, day) = (text.get(..2)?.parse().ok()?, text.get(2..4)?.parse().ok()?);
    [year - 1, year, year + 1]
        .into_iter()
        .filter_map(|year| Date::from_ymd(year, month, day))
        .min_by_key(|found| (found.epoch_day() - value.epoch_day()).abs())
}
