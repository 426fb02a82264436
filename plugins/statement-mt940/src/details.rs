//! What `:86:` says about a movement, in the three ways banks write it, and what `:NS:` says.
//!
//! Structured: three digits, a separator, then two digits before each part (`166?00GUTSCHRIFT?20EREF+...`),
//! the way of German, Austrian and Polish banks. Keyed: `/EREF/.../REMI/...`, the way of Dutch and many other
//! banks. Plain: lines.

/// What is known about a movement besides its amount.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Details {
    pub(crate) counterparty: String,
    pub(crate) account: String,
    pub(crate) reference: String,
    pub(crate) remittance: String,
    pub(crate) attributes: Vec<(String, String)>,
}

/// A part of a structured text that is full goes on in the next part.
const FULL: usize = 27;

/// Keys that begin a part of German SEPA texts.
const SEPA: [&str; 12] = [
    "EREF+", "KREF+", "MREF+", "BREF+", "RREF+", "CRED+", "DEBT+", "COAM+", "OAMT+", "SVWZ+", "ABWA+",
    "ABWE+",
];

/// Keys between slashes.
const KEYS: [&str; 34] = [
    "ABC", "ACCW", "ADDR", "BENM", "BIC", "CHGS", "CNTP", "CREF", "CSID", "EREF", "EXCH", "IBAN", "ID",
    "INIT", "ISDT", "KREF", "MARF", "NAME", "NRTX", "OCMT", "ORDP", "PREF", "PURP", "PY", "REMI", "RREF",
    "RTRN", "SVCL", "SWOC", "TRCD", "TRTP", "ULTB", "ULTC", "ULTD",
];

/// Reads the texts of the `:86:` fields behind one movement.
pub(crate) fn read(texts: &[String]) -> Details {
    let whole = texts.join("\n");
    let text = whole.trim_end();
    if let Some((code, separator, parts)) = structured(text) {
        return from_parts(code, separator, parts);
    }
    if let Some(pairs) = keyed(text) {
        return from_keys(&pairs);
    }
    Details { remittance: lines(text), ..Details::default() }
}

/// Lines without blanks around them, blank ones left out.
fn lines(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// The transaction code, the separator and what is behind it.
fn structured(text: &str) -> Option<(&str, char, &str)> {
    let text = text.trim_start();
    let code = text.get(..3).filter(|code| code.bytes().all(|byte| byte.is_ascii_digit()))?;
    let rest = text.get(3..)?.trim_start_matches('\n');
    let separator = rest.chars().next().filter(|c| !c.is_alphanumeric() && !c.is_whitespace())?;
    let behind = rest.get(separator.len_utf8()..)?;
    let number = behind.as_bytes().first_chunk::<2>()?;
    number.iter().all(u8::is_ascii_digit).then_some((code, separator, rest))
}

/// Number and text of each part. Lines are broken at a fixed width, inside a number too.
fn parts(text: &str, separator: char) -> Vec<(String, String)> {
    let joined: String = text.lines().map(|line| line.trim_end_matches('\r')).collect();
    let mut found: Vec<(String, String)> = vec![];
    for piece in joined.split(separator) {
        match piece.as_bytes().first_chunk::<2>() {
            Some(number) if number.iter().all(u8::is_ascii_digit) => {
                found.push((piece[..2].to_owned(), piece[2..].to_owned()));
            }
            // The separator stands in a text.
            _ => {
                if let Some((_, text)) = found.last_mut() {
                    text.push(separator);
                    text.push_str(piece);
                }
            }
        }
    }
    found
}

fn from_parts(code: &str, separator: char, text: &str) -> Details {
    let mut details = Details::default();
    details.attributes.push(("bank-code".into(), code.to_owned()));
    let mut texts = Texts::default();
    for (number, value) in parts(text, separator) {
        let trimmed = value.trim();
        match number.parse::<u8>().unwrap_or(99) {
            0 if !trimmed.is_empty() => details.attributes.push(("posting-text".into(), trimmed.to_owned())),
            20..=29 | 60..=65 => texts.take(&value),
            30 if !trimmed.is_empty() => details.attributes.push(("bank".into(), trimmed.to_owned())),
            31 => trimmed.clone_into(&mut details.account),
            38 if !trimmed.is_empty() => trimmed.clone_into(&mut details.account),
            32 | 33 => details.counterparty.push_str(value.trim_end()),
            34 if !trimmed.is_empty() => details.attributes.push(("text-key".into(), trimmed.to_owned())),
            _ => {}
        }
    }
    details.counterparty = details.counterparty.split_whitespace().collect::<Vec<_>>().join(" ");
    texts.into(&mut details);
    details
}

/// Parts of a text put together again: keyed values, and lines.
#[derive(Default)]
struct Texts {
    /// Key (empty: none) and value.
    values: Vec<(String, String)>,
    /// The last part was full.
    goes_on: bool,
}

impl Texts {
    fn take(&mut self, part: &str) {
        let key = SEPA.iter().find(|key| part.starts_with(**key));
        let value = key.map_or(part, |key| &part[key.len()..]);
        match (key, self.values.last_mut()) {
            (None, Some((_, last))) if self.goes_on => last.push_str(value),
            (None, Some((last_key, last))) if last_key.is_empty() || last_key == "SVWZ+" => {
                last.push('\n');
                last.push_str(value);
            }
            _ => self.values.push((key.map_or("", |key| key).to_owned(), value.to_owned())),
        }
        self.goes_on = part.chars().count() >= FULL;
    }

    fn into(self, details: &mut Details) {
        let mut written = vec![];
        for (key, value) in &self.values {
            let value = lines(value);
            match key.as_str() {
                _ if value.is_empty() => {}
                "EREF+" if named(&value) => details.reference = value,
                "KREF+" if details.reference.is_empty() && named(&value) => details.reference = value,
                "MREF+" => details.attributes.push(("mandate".into(), value)),
                "CRED+" => details.attributes.push(("creditor-id".into(), value)),
                "COAM+" | "OAMT+" => details.attributes.push(("original-amount".into(), value)),
                "SVWZ+" | "" => written.push(value),
                _ => {}
            }
        }
        details.remittance = written.join("\n");
    }
}

/// Banks write a word where the payer gave no reference.
pub(crate) fn named(reference: &str) -> bool {
    let upper = reference.trim().to_ascii_uppercase();
    !matches!(upper.as_str(), "" | "N" | "X" | "NONREF" | "NOTPROVIDED" | "NOT PROVIDED" | "KREF+" | "MREF")
}

/// Key and value of each `/KEY/value`; `None` when the text does not begin with a key.
fn keyed(text: &str) -> Option<Vec<(&'static str, String)>> {
    let joined: String = text.lines().map(|line| line.trim_end_matches('\r')).collect();
    let text = joined.trim_start();
    let mut found: Vec<(&'static str, String)> = vec![];
    let mut rest = text;
    let (key, behind) = key(rest)?;
    found.push((key, String::new()));
    rest = behind;
    while let Some(slash) = rest.find('/') {
        let (before, from) = rest.split_at(slash);
        let last = found.last_mut().map(|(_, value)| value)?;
        last.push_str(before);
        match self::key(from) {
            Some((key, behind)) => {
                found.push((key, String::new()));
                rest = behind;
            }
            None => {
                last.push('/');
                rest = from.get(1..)?;
            }
        }
    }
    found.last_mut().map(|(_, value)| value)?.push_str(rest);
    Some(found)
}

/// `/EREF/` at the beginning of a text, and what is behind it.
fn key(text: &str) -> Option<(&'static str, &str)> {
    let (word, behind) = text.strip_prefix('/')?.split_once('/')?;
    KEYS.iter().find(|key| **key == word).map(|key| (*key, behind))
}

fn from_keys(pairs: &[(&'static str, String)]) -> Details {
    let mut details = Details::default();
    let mut rest = vec![];
    for (key, value) in pairs {
        let value = value.trim().trim_matches('/').trim();
        match *key {
            _ if value.is_empty() => {}
            "EREF" if named(value) => value.clone_into(&mut details.reference),
            "CREF" | "KREF" if details.reference.is_empty() && named(value) => {
                value.clone_into(&mut details.reference);
            }
            "NAME" | "BENM" | "ORDP" if details.counterparty.is_empty() => {
                value.clone_into(&mut details.counterparty);
            }
            "IBAN" | "ACCW" => value.clone_into(&mut details.account),
            "CNTP" => {
                // Account, bank, name, town.
                let mut parts = value.split('/');
                details.account = parts.next().unwrap_or("").trim().to_owned();
                details.counterparty = parts.nth(1).unwrap_or("").trim().to_owned();
            }
            "REMI" => {
                rest.push(value.trim_start_matches("USTD//").trim_start_matches("STRD/CUR/").to_owned());
            }
            "MARF" => details.attributes.push(("mandate".into(), value.to_owned())),
            "CSID" => details.attributes.push(("creditor-id".into(), value.to_owned())),
            "RTRN" => details.attributes.push(("return-reason".into(), value.to_owned())),
            "OCMT" => details.attributes.push(("original-amount".into(), value.to_owned())),
            "TRTP" | "TRCD" => details.attributes.push(("posting-text".into(), value.to_owned())),
            "EREF" | "BIC" | "ISDT" | "SWOC" | "SVCL" => {}
            _ => rest.push(format!("/{key}/{value}")),
        }
    }
    details.remittance = rest.join("\n");
    details
}

/// `:NS:`, the field banks use for what has no field: two digits before each line. 01 to 14 are what the
/// payer wrote, 15 and 16 who it was, 34 the account.
pub(crate) fn from_notes(text: &str) -> Details {
    let mut details = Details::default();
    let mut written = vec![];
    for line in text.lines().map(str::trim_end) {
        let (Some(number), Some(value)) = (line.get(..2), line.get(2..)) else { continue };
        match number.parse::<u8>().unwrap_or(99) {
            1..=14 => written.push(value),
            15 => value.trim().clone_into(&mut details.counterparty),
            16 => {
                details.counterparty.push(' ');
                details.counterparty.push_str(value.trim());
            }
            34 => value.trim().clone_into(&mut details.account),
            _ => {}
        }
    }
    details.remittance = lines(&written.join("\n"));
    details
}
