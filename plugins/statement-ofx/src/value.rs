//! Texts, amounts and days as OFX writes them.

use recaudo_sdk::{Date, Encoding, Money, MoneyError};

use crate::header::Charset;

/// Why a field cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bad {
    pub(crate) field: &'static str,
    pub(crate) value: String,
    pub(crate) code: &'static str,
    pub(crate) message: &'static str,
}

impl Bad {
    pub(crate) fn new(field: &'static str, value: &str, code: &'static str, message: &'static str) -> Self {
        Self { field, value: value.chars().take(200).collect(), code, message }
    }
}

/// An element's text: decoded, its entities resolved, blanks folded, blank lines left out. `None` when its
/// encoding is not known here.
pub(crate) fn text(raw: &[u8], charset: Charset, set: Option<Encoding>) -> Option<String> {
    let mut whole = String::new();
    let mut rest = raw;
    loop {
        let (plain, special) = rest.split_at(special(rest).unwrap_or(rest.len()));
        unescape(&charset.decode(plain, set)?, &mut whole);
        let (inside, behind) = match special {
            [] => break,
            special if special.starts_with(b"<![CDATA[") => split(special, 9, b"]]>"),
            special if special.starts_with(b"<!--") => (&b""[..], split(special, 4, b"-->").1),
            special => (&b""[..], split(special, 2, b"?>").1),
        };
        whole.push_str(&charset.decode(inside, set)?);
        rest = behind;
    }
    let lines = whole.lines().map(|line| {
        let plain = line.split(|c: char| c.is_whitespace() || c.is_control());
        plain.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    });
    Some(lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n"))
}

/// Where a comment, an instruction or a CDATA section begins.
fn special(raw: &[u8]) -> Option<usize> {
    let begins = |at: &usize| {
        let rest = raw.get(*at..).unwrap_or_default();
        [&b"<!--"[..], b"<![CDATA[", b"<?"].iter().any(|begin| rest.starts_with(begin))
    };
    let mut places = raw.iter().enumerate().filter(|(_, byte)| **byte == b'<').map(|(at, _)| at);
    places.find(begins)
}

/// What stands inside, and what behind it.
fn split<'a>(special: &'a [u8], begin: usize, end: &[u8]) -> (&'a [u8], &'a [u8]) {
    let inside = special.get(begin..).unwrap_or_default();
    match inside.windows(end.len()).position(|window| window == end) {
        Some(at) => inside
            .split_at_checked(at)
            .map_or((inside, &[]), |(inside, rest)| (inside, rest.get(end.len()..).unwrap_or_default())),
        None => (inside, &[]),
    }
}

/// The longest name or number of an entity.
const ENTITY_MAX: usize = 10;

/// The entities of XML, the blank of OFX 1, and characters by number; every other `&` stands for itself.
fn unescape(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        let behind = &rest[at + 1..];
        let end = behind.bytes().take(ENTITY_MAX).position(|byte| byte == b';');
        match end.and_then(|end| Some((entity(behind.get(..end)?)?, behind.get(end + 1..)?))) {
            Some((c, after)) => {
                out.push(c);
                rest = after;
            }
            None => {
                out.push('&');
                rest = behind;
            }
        }
    }
    out.push_str(rest);
}

fn entity(name: &str) -> Option<char> {
    Some(match name.to_ascii_lowercase().as_str() {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        other => {
            let number = other.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).filter(|c| !c.is_control() || c.is_whitespace())?
        }
    })
}

/// `-1234.56`, `1234,56`, `+0012.5000`: one decimal mark, never a separator of thousands. Three digits behind
/// the mark could be either, so they are refused where the currency has fewer.
pub(crate) fn amount(field: &'static str, text: &str, (code, exponent): ([u8; 3], u8)) -> Result<Money, Bad> {
    let wrong = |code, message| Bad::new(field, text, code, message);
    let marks = text.bytes().filter(|byte| matches!(byte, b'.' | b',')).count();
    let decimals = text.rsplit(['.', ',']).next().filter(|_| marks == 1).map_or(0, str::len);
    if marks > 1 || (decimals == 3 && exponent < 3) {
        let message = "it cannot be told where the decimals of this amount begin";
        return Err(wrong("amount-separators", message));
    }
    let plain = text.replace(',', ".");
    Money::parse(&plain, exponent, code).map_err(|error| match error {
        MoneyError::NotANumber => wrong("bad-amount", "this is no amount as 1234.56"),
        MoneyError::TooPrecise => wrong("amount-precision", "the amount has more decimals than its currency"),
        MoneyError::TooLarge => wrong("amount-too-large", "the amount has too many digits"),
    })
}

/// `20260302`, `20260302101500`, `20260302101500.123[-5:EST]`: the day as the bank writes it, in its own zone.
/// `None` when it is blank or all zeros.
pub(crate) fn day(field: &'static str, text: &str) -> Result<Option<Date>, Bad> {
    if text.bytes().all(|byte| byte == b'0') {
        return Ok(None);
    }
    let bad = || Bad::new(field, text, "bad-date", "this is no day of the calendar as YYYYMMDD");
    let end = text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let fits = matches!(digits.len(), 8 | 10 | 12 | 14)
        && (rest.is_empty()
            || (digits.len() > 8 && rest.starts_with(['.', ':', '[']))
            || rest.starts_with('['));
    if !fits {
        return Err(bad());
    }
    let part = |from: usize, to: usize| digits.get(from..to).map_or(Some(0), |part| part.parse::<u32>().ok());
    let (hours, minutes, seconds) = (part(8, 10), part(10, 12), part(12, 14));
    let in_time =
        hours.is_some_and(|n| n <= 24) && minutes.is_some_and(|n| n < 60) && seconds.is_some_and(|n| n <= 60);
    let year = digits.get(..4).and_then(|year| year.parse().ok());
    let date = year.zip(part(4, 6).zip(part(6, 8))).and_then(|(y, (m, d))| Date::from_ymd(y, m, d));
    date.filter(|_| in_time).map(Some).ok_or_else(bad)
}

#[cfg(test)]
mod tests {
    use super::{amount, day, text};
    use crate::header::Charset;

    #[test]
    fn an_amount_has_one_decimal_mark() {
        let read = |text, unit| amount("TRNAMT", text, unit).map(|m| m.to_string()).map_err(|bad| bad.code);
        let usd = (*b"USD", 2);
        for (text, expected) in [
            ("-5.50", Ok("-5.50 USD")),
            ("1234,5", Ok("1234.50 USD")),
            ("+00000000000115.8300", Ok("115.83 USD")),
            ("7", Ok("7.00 USD")),
            (".5", Ok("0.50 USD")),
            ("115.8331", Err("amount-precision")),
            ("1,234.56", Err("amount-separators")),
            ("1.234.567", Err("amount-separators")),
            ("1.000", Err("amount-separators")),
            ("$120", Err("bad-amount")),
            ("--5", Err("bad-amount")),
            ("5-", Err("bad-amount")),
            ("1e3", Err("bad-amount")),
            ("", Err("bad-amount")),
            ("99999999999999999999", Err("amount-too-large")),
        ] {
            assert_eq!(read(text, usd), expected.map(str::to_owned), "{text}");
        }
        assert_eq!(read("1500.00", (*b"CLP", 0)), Ok("1500 CLP".into()));
        assert_eq!(read("1.500", (*b"CLP", 0)), Err("amount-separators"));
        assert_eq!(read("1.500", (*b"KWD", 3)), Ok("1.500 KWD".into()));
    }

    #[test]
    fn a_day_is_the_bank_s_own_whatever_the_hour_and_the_zone() {
        let read = |text| day("DTPOSTED", text).map(|d| d.map(|d| d.to_string())).map_err(|bad| bad.code);
        for (text, expected) in [
            ("20260302", Ok(Some("2026-03-02"))),
            ("20260302235959", Ok(Some("2026-03-02"))),
            ("20260302235959.123[-5:EST]", Ok(Some("2026-03-02"))),
            ("20260302[-3:BRT]", Ok(Some("2026-03-02"))),
            ("20260302120000[-03:EST]", Ok(Some("2026-03-02"))),
            ("202603021200", Ok(Some("2026-03-02"))),
            ("20180804093914:014", Ok(Some("2018-08-04"))),
            ("", Ok(None)),
            ("00000000", Ok(None)),
            ("20120231", Err("bad-date")),
            ("201120000000", Err("bad-date")),
            ("2026030", Err("bad-date")),
            ("20260302250000", Err("bad-date")),
            ("2026-03-02", Err("bad-date")),
            ("20260302T1200", Err("bad-date")),
        ] {
            assert_eq!(read(text), expected.map(|day| day.map(str::to_owned)), "{text}");
        }
    }

    #[test]
    fn a_text_is_what_a_person_would_read() {
        let read = |raw: &[u8]| text(raw, Charset::Silent, None).expect("a text");
        assert_eq!(
            read(b"  AT&T  &amp; Co &lt;1&gt; &#233;&#xE9;&nbsp;x \r\n\r\n two "),
            "AT&T & Co <1> éé x\ntwo"
        );
        assert_eq!(read(b"a<!-- b --> c<![CDATA[<&amp;>]]>d<?e?>"), "a c<&amp;>d");
        assert_eq!(read(b"Mu\xF1oz"), "Muñoz");
        assert_eq!(read("Muñoz &xxe; &;".as_bytes()), "Muñoz &xxe; &;");
        assert_eq!(text(b"caf\xE9", Charset::Unknown, None), None);
        assert_eq!(text(b"cafe", Charset::Unknown, None).as_deref(), Some("cafe"));
    }
}
