//! How a file writes things: delimiter, encoding, dates, numbers, yes and no.

use recaudo_sdk::Failure;

use crate::config::Node;
use crate::day;
use crate::day::FormatError;
use crate::encoding::Encoding;
use crate::number::Style;

const KEYS: [&str; 12] = [
    "delimiter",
    "quote",
    "encoding",
    "header",
    "skip_lines",
    "dates",
    "two_digit_year_pivot",
    "decimal",
    "thousands",
    "symbols",
    "true",
    "false",
];
const YES: [&str; 12] =
    ["yes", "y", "true", "t", "1", "x", "si", "sí", "s", "sim", "verdadero", "verdadeiro"];
const NO: [&str; 9] = ["no", "n", "false", "f", "0", "não", "nao", "falso", "-"];

/// A file's conventions; `None` for what is found out from the file.
#[derive(Debug, Clone)]
pub(crate) struct Format {
    pub(crate) delimiter: Option<u8>,
    pub(crate) quote: Option<u8>,
    pub(crate) encoding: Option<Encoding>,
    pub(crate) header: bool,
    pub(crate) skip_lines: u64,
    pub(crate) dates: Vec<day::Format>,
    /// The dates as the configuration writes them, for messages.
    pub(crate) dates_shown: String,
    pub(crate) style: Style,
    yes: Vec<String>,
    no: Vec<String>,
}

impl Format {
    /// What the file says of itself goes before what is said for all files.
    pub(crate) fn read(own: Option<&Node<'_>>, common: Option<&Node<'_>>) -> Result<Self, Failure> {
        for node in own.iter().chain(common.iter()) {
            node.object(&KEYS)?;
        }
        let get = |key| own.and_then(|node| node.get(key)).or_else(|| common.and_then(|node| node.get(key)));
        let (dates, dates_shown) = dates(get("dates").as_ref(), get("two_digit_year_pivot").as_ref())?;
        Ok(Self {
            delimiter: delimiter(get("delimiter"))?,
            quote: quote(get("quote"))?,
            encoding: encoding(get("encoding"))?,
            header: get("header").map_or(Ok(true), |node| node.flag())?,
            skip_lines: get("skip_lines").map_or(Ok(0), |node| node.whole())?,
            dates,
            dates_shown,
            style: style(get("decimal").as_ref(), get("thousands").as_ref(), get("symbols").as_ref())?,
            yes: words(get("true"), &YES)?,
            no: words(get("false"), &NO)?,
        })
    }

    /// Yes or no; `None` for a word that is neither. Blank is no.
    pub(crate) fn flag(&self, text: &str) -> Option<bool> {
        if text.is_empty() {
            return Some(false);
        }
        let is = |words: &[String]| {
            words.iter().any(|word| word.eq_ignore_ascii_case(text) || *word == text.to_lowercase())
        };
        if is(&self.yes) { Some(true) } else { is(&self.no).then_some(false) }
    }
}

fn delimiter(node: Option<Node<'_>>) -> Result<Option<u8>, Failure> {
    let Some(node) = node else { return Ok(None) };
    match node.text()? {
        "auto" => Ok(None),
        "tab" | "\t" => Ok(Some(b'\t')),
        "," | "comma" => Ok(Some(b',')),
        ";" | "semicolon" => Ok(Some(b';')),
        "|" | "pipe" => Ok(Some(b'|')),
        _ => Err(node.fail("one of auto, `,`, `;`, tab, `|` is needed here")),
    }
}

fn quote(node: Option<Node<'_>>) -> Result<Option<u8>, Failure> {
    let Some(node) = node else { return Ok(Some(b'"')) };
    match node.text()? {
        "none" | "" => Ok(None),
        "\"" => Ok(Some(b'"')),
        "'" => Ok(Some(b'\'')),
        _ => Err(node.fail("one of `\"`, `'`, none is needed here")),
    }
}

fn encoding(node: Option<Node<'_>>) -> Result<Option<Encoding>, Failure> {
    let Some(node) = node else { return Ok(None) };
    let name = node.text()?;
    if name == "auto" {
        return Ok(None);
    }
    let known = "auto, utf-8, windows-1252, iso-8859-1, iso-8859-15, cp850, utf-16le, utf-16be";
    Encoding::named(name).map(Some).ok_or_else(|| node.fail(&format!("one of {known} is needed here")))
}

fn dates(list: Option<&Node<'_>>, pivot: Option<&Node<'_>>) -> Result<(Vec<day::Format>, String), Failure> {
    let pivot = match pivot {
        Some(node) => {
            Some(i32::try_from(node.whole()?).map_err(|_| node.fail("a year of two digits is needed here"))?)
        }
        None => None,
    };
    let Some(list) = list else {
        let iso = day::Format::parse("yyyy-mm-dd", None)
            .map_err(|_| Node::root(&serde_json::Value::Null).fail("dates"))?;
        return Ok((vec![iso], "yyyy-mm-dd".to_owned()));
    };
    let mut formats: Vec<day::Format> = vec![];
    let mut shown = vec![];
    for node in list.list_or_one()? {
        let text = node.text()?;
        let format = day::Format::parse(text, pivot).map_err(|error| match error {
            FormatError::Malformed => {
                node.fail("a date format is made of yyyy, mm or mmm, dd and separators, e.g. dd/mm/yyyy")
            }
            FormatError::NoPivot => node.fail(
                "a year of two digits needs `two_digit_year_pivot`; 70 makes 69 be 2069 and 70 be 1970",
            ),
        })?;
        if formats.iter().any(|earlier| earlier.contradicts(&format)) {
            return Err(
                node.fail("day first and month first together would let a date be misread; keep one of them")
            );
        }
        formats.push(format);
        shown.push(text);
    }
    if formats.is_empty() {
        return Err(list.fail("at least one date format is needed here"));
    }
    Ok((formats, shown.join(" or ")))
}

fn style(
    decimal: Option<&Node<'_>>,
    thousands: Option<&Node<'_>>,
    symbols: Option<&Node<'_>>,
) -> Result<Style, Failure> {
    let mark = match decimal {
        None => '.',
        Some(node) => match node.text()? {
            "." => '.',
            "," => ',',
            _ => return Err(node.fail("one of `.`, `,` is needed here")),
        },
    };
    let group = match thousands {
        None => None,
        Some(node) => match node.text()? {
            "" | "none" => None,
            "." => Some('.'),
            "," => Some(','),
            "'" => Some('\''),
            " " | "space" => Some(' '),
            _ => return Err(node.fail("one of none, `.`, `,`, `'`, space is needed here")),
        },
    };
    if let (Some(node), true) = (thousands, group == Some(mark)) {
        return Err(node.fail("thousands and decimals cannot share a separator"));
    }
    let mut symbols = symbols.map_or(Ok(vec![]), |node| node.texts())?;
    symbols.retain(|symbol| !symbol.is_empty());
    // The longest first, so that `US$` is not read as `US` and a `$`.
    symbols.sort_by_key(|symbol| std::cmp::Reverse(symbol.len()));
    Ok(Style { decimal: mark, thousands: group, symbols })
}

fn words(node: Option<Node<'_>>, usual: &[&str]) -> Result<Vec<String>, Failure> {
    match node {
        Some(node) => Ok(node.texts()?.iter().map(|word| word.to_lowercase()).collect()),
        None => Ok(usual.iter().map(|word| (*word).to_owned()).collect()),
    }
}
