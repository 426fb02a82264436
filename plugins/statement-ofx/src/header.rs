//! What stands before `<OFX>`: the lines of version 1 or the instructions of version 2.

use std::borrow::Cow;

use recaudo_sdk::Encoding;
use serde::{Deserialize, Serialize};

/// Enough of a file to tell what it is; a header has ten short lines, and some banks put blank ones before it.
pub(crate) const SNIFF: usize = 4_096;

/// How the file says that its texts are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Charset {
    /// UTF-8 where a text can be, else this: what banks declare and what they write differ.
    Either(Encoding),
    /// One of which this reader has no table.
    Unknown,
    /// It says nothing.
    #[default]
    Silent,
}

/// What the beginning of a file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Head {
    /// It is OFX, and says this about its texts.
    Ours(Charset),
    /// It is OFX in UTF-16, which is not read.
    Wide,
    Other,
}

/// Looks at the first bytes of a file.
pub(crate) fn read(bytes: &[u8]) -> Head {
    let head = bytes.get(..bytes.len().min(SNIFF)).unwrap_or_default();
    if let Some((Encoding::Utf16Le | Encoding::Utf16Be, _)) = Encoding::marked(head) {
        let text: Vec<u8> = head.iter().copied().filter(|byte| *byte != 0).collect();
        return if contains(&text, b"OFX") { Head::Wide } else { Head::Other };
    }
    let mark = if head.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    let text = head.get(mark..).unwrap_or_default().trim_ascii_start();
    let is_root = |at: &usize| {
        let begins = text.get(*at..at + 4).is_some_and(|begin| begin.eq_ignore_ascii_case(b"<OFX"));
        begins && text.get(at + 4).is_none_or(|byte| !byte.is_ascii_alphanumeric())
    };
    let root = (0..text.len()).find(is_root);
    let before = text.get(..root.unwrap_or(text.len())).unwrap_or_default();
    let starts = |begin: &[u8]| text.get(..begin.len()).is_some_and(|t| t.eq_ignore_ascii_case(begin));
    let ours = starts(b"OFXHEADER")
        || (starts(b"<") && (root.is_some() && is_plain(before) || contains(before, b"<?OFX")));
    if ours { Head::Ours(charset(before)) } else { Head::Other }
}

/// Nothing but instructions, comments and declarations stands before the root.
fn is_plain(before: &[u8]) -> bool {
    before.iter().zip(before.iter().skip(1)).all(|pair| *pair.0 != b'<' || matches!(pair.1, b'?' | b'!'))
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window.eq_ignore_ascii_case(word))
}

/// `CHARSET:1252`, `ENCODING:UTF-8` or `encoding="UTF-8"`.
fn charset(before: &[u8]) -> Charset {
    let text = String::from_utf8_lossy(before).to_ascii_uppercase();
    let named = |key: &str| {
        let rest = text.split(key).nth(1)?;
        let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '?');
        rest.split(ends).next().filter(|value| !value.is_empty() && *value != "NONE")
    };
    let declared =
        named("CHARSET:").or_else(|| named("ENCODING=\"")).or_else(|| named("ENCODING='")).or_else(|| {
            // Without a character set the encoding itself may be one; USASCII and UNICODE say nothing more.
            named("ENCODING:").filter(|value| !matches!(*value, "USASCII" | "UNICODE"))
        });
    let Some(name) = declared else { return Charset::Silent };
    let found = match name {
        "1252" => Some(Encoding::Windows1252),
        _ => Encoding::named(name).or_else(|| Encoding::named(&format!("ISO-{name}"))),
    };
    match found {
        Some(Encoding::Utf8) => Charset::Either(Encoding::Windows1252),
        Some(encoding @ (Encoding::Windows1252 | Encoding::Latin1 | Encoding::Latin9)) => {
            Charset::Either(encoding)
        }
        // Declared so in bytes that can be read: whoever wrote it copied the declaration.
        Some(Encoding::Utf16Le | Encoding::Utf16Be) => Charset::Silent,
        None if name == "UTF-16" => Charset::Silent,
        None => Charset::Unknown,
    }
}

impl Charset {
    /// A text in the encoding that was set, else UTF-8 where it can be, else what the header says; `None` when
    /// that is an encoding without a table here.
    pub(crate) fn decode(self, raw: &[u8], set: Option<Encoding>) -> Option<Cow<'_, str>> {
        if let Some(text) = set.and_then(|encoding| encoding.decode(raw, true).ok()) {
            return Some(text);
        }
        if let Ok(text) = Encoding::Utf8.decode(raw, true) {
            return Some(text);
        }
        match self {
            Self::Either(encoding) => encoding.decode(raw, true).ok(),
            Self::Silent => Encoding::Windows1252.decode(raw, true).ok(),
            Self::Unknown => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Charset, Head, read};
    use recaudo_sdk::Encoding;

    fn charset(head: &str) -> Option<Charset> {
        match read(format!("{head}<OFX><A>").as_bytes()) {
            Head::Ours(charset) => Some(charset),
            Head::Wide | Head::Other => None,
        }
    }

    #[test]
    fn every_kind_of_header_says_its_encoding() {
        let western = Some(Charset::Either(Encoding::Windows1252));
        let cases = [
            ("", Some(Charset::Silent)),
            ("OFXHEADER:100\nENCODING:USASCII\nCHARSET:1252\n\n", western),
            ("\u{feff}\n\n OFXHEADER:100 ENCODING:UTF-8 CHARSET:NONE COMPRESSION:NONE ", western),
            ("OFXHEADER:100\nENCODING:UNICODE\nCHARSET:NONE\n", Some(Charset::Silent)),
            ("OFXHEADER:100\nENCODING:USASCII\nCHARSET:8859-1\n", Some(Charset::Either(Encoding::Latin1))),
            ("OFXHEADER:100\nCHARSET:932\n", Some(Charset::Unknown)),
            ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<?OFX OFXHEADER=\"200\"?>\n", western),
            ("<?xml version='1.0' encoding='ISO-8859-15'?>", Some(Charset::Either(Encoding::Latin9))),
            ("<html>", None),
            ("{1:F01}", None),
        ];
        for (head, expected) in cases {
            assert_eq!(charset(head), expected, "{head}");
        }
        assert_eq!(read(b"<OFXX>"), Head::Other);
        let wide: Vec<u8> = "\u{feff}<OFX>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(read(&wide), Head::Wide);
    }
}
