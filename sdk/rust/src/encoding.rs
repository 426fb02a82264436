//! Bytes of a file to text, for the encodings banks, tax offices and old ERPs write.
//!
//! Own tables for what one byte means: a general library would add 172 kB to a component for these six.

use std::borrow::Cow;

/// An encoding a file may be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub enum Encoding {
    /// UTF-8, and so ASCII.
    #[cfg_attr(feature = "json", serde(rename = "utf-8"))]
    Utf8,
    /// What Windows writes in the west.
    #[cfg_attr(feature = "json", serde(rename = "windows-1252"))]
    Windows1252,
    /// ISO-8859-1.
    #[cfg_attr(feature = "json", serde(rename = "iso-8859-1"))]
    Latin1,
    /// ISO-8859-15, with the euro sign.
    #[cfg_attr(feature = "json", serde(rename = "iso-8859-15"))]
    Latin9,
    /// UTF-16, low byte first.
    #[cfg_attr(feature = "json", serde(rename = "utf-16le"))]
    Utf16Le,
    /// UTF-16, high byte first.
    #[cfg_attr(feature = "json", serde(rename = "utf-16be"))]
    Utf16Be,
}

/// 0x80..=0x9F of windows-1252; the five it leaves open stand for themselves, as browsers read them.
const WINDOWS_1252: [u16; 32] = [
    0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152,
    0x8D, 0x017D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161,
    0x203A, 0x0153, 0x9D, 0x017E, 0x0178,
];

/// A byte, counted from the start of what was decoded, that means nothing in the encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadByte(pub usize);

impl Encoding {
    const NAMES: [(&'static str, Self); 13] = [
        ("utf-8", Self::Utf8),
        ("windows-1252", Self::Windows1252),
        ("iso-8859-1", Self::Latin1),
        ("iso-8859-15", Self::Latin9),
        ("utf-16le", Self::Utf16Le),
        ("utf-16be", Self::Utf16Be),
        ("utf8", Self::Utf8),
        ("us-ascii", Self::Utf8),
        ("ascii", Self::Utf8),
        ("cp1252", Self::Windows1252),
        ("latin1", Self::Latin1),
        ("latin-1", Self::Latin1),
        ("iso8859-1", Self::Latin1),
    ];

    /// By one of its names; case does not matter.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, encoding)| *encoding)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, encoding)| *encoding == self).map_or("", |(name, _)| name)
    }

    /// What a byte-order mark at the start of a file says, and the mark's length.
    pub fn marked(head: &[u8]) -> Option<(Self, usize)> {
        match head {
            [0xEF, 0xBB, 0xBF, ..] => Some((Self::Utf8, 3)),
            [0xFF, 0xFE, ..] => Some((Self::Utf16Le, 2)),
            [0xFE, 0xFF, ..] => Some((Self::Utf16Be, 2)),
            _ => None,
        }
    }

    /// `raw` as text. Half a character at the end is left out unless the file ends there (`ended`).
    ///
    /// # Errors
    /// The first byte that means nothing.
    pub fn decode(self, raw: &[u8], ended: bool) -> Result<Cow<'_, str>, BadByte> {
        match self {
            Self::Utf8 => utf8(raw, ended).map(Cow::Borrowed),
            Self::Utf16Le => utf16(raw, ended, u16::from_le_bytes).map(Cow::Owned),
            Self::Utf16Be => utf16(raw, ended, u16::from_be_bytes).map(Cow::Owned),
            Self::Windows1252 | Self::Latin1 | Self::Latin9 => Ok(match str::from_utf8(raw) {
                Ok(text) if raw.is_ascii() => Cow::Borrowed(text),
                _ => Cow::Owned(raw.iter().map(|byte| self.single(*byte)).collect()),
            }),
        }
    }

    /// How many bytes of the file the decoded `text` was made of.
    pub fn source_len(self, text: &str) -> usize {
        match self {
            Self::Utf8 => text.len(),
            Self::Utf16Le | Self::Utf16Be => text.chars().map(|c| c.len_utf16() * 2).sum(),
            Self::Windows1252 | Self::Latin1 | Self::Latin9 => text.chars().count(),
        }
    }

    fn single(self, byte: u8) -> char {
        match (self, byte) {
            (Self::Windows1252, 0x80..0xA0) => {
                char::from_u32(u32::from(WINDOWS_1252[usize::from(byte & 0x1F)])).unwrap_or(char::from(byte))
            }
            (Self::Latin9, 0xA4) => '€',
            (Self::Latin9, 0xA6) => 'Š',
            (Self::Latin9, 0xA8) => 'š',
            (Self::Latin9, 0xB4) => 'Ž',
            (Self::Latin9, 0xB8) => 'ž',
            (Self::Latin9, 0xBC) => 'Œ',
            (Self::Latin9, 0xBD) => 'œ',
            (Self::Latin9, 0xBE) => 'Ÿ',
            _ => char::from(byte),
        }
    }
}

fn utf8(raw: &[u8], ended: bool) -> Result<&str, BadByte> {
    match str::from_utf8(raw) {
        Ok(text) => Ok(text),
        Err(error) => {
            let good = error.valid_up_to();
            let cut = error.error_len().is_none() && !ended;
            let whole = raw.get(..good).and_then(|raw| str::from_utf8(raw).ok());
            whole.filter(|_| cut).ok_or(BadByte(good))
        }
    }
}

fn utf16(raw: &[u8], ended: bool, unit: fn([u8; 2]) -> u16) -> Result<String, BadByte> {
    let (pairs, odd) = raw.as_chunks::<2>();
    let mut text = String::with_capacity(raw.len());
    let mut at = 0;
    for c in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        match c {
            Ok(c) => {
                text.push(c);
                at += c.len_utf16() * 2;
            }
            // The first half of a pair at the very end waits for the next range.
            Err(_) if !ended && at + 2 == pairs.len() * 2 => return Ok(text),
            Err(_) => return Err(BadByte(at)),
        }
    }
    if ended && !odd.is_empty() { Err(BadByte(at)) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::{BadByte, Encoding};
    use Encoding::{Latin1, Latin9, Utf8, Utf16Be, Utf16Le, Windows1252};

    #[test]
    fn one_name_in_every_encoding() {
        let text = |encoding: Encoding, raw: &[u8]| encoding.decode(raw, true).expect("good").into_owned();
        assert_eq!(text(Windows1252, b"Mu\xF1oz \x80"), "Muñoz €");
        assert_eq!(text(Latin1, b"Mu\xF1oz"), "Muñoz");
        assert_eq!(text(Latin9, b"Mu\xF1oz \xA4"), "Muñoz €");
        assert_eq!(text(Utf8, "Muñoz".as_bytes()), "Muñoz");
        assert_eq!(text(Utf16Le, b"M\0\xF1\0"), "Mñ");
        assert_eq!(text(Utf16Be, b"\0M\0\xF1"), "Mñ");
    }

    #[test]
    fn names_and_marks_are_told_apart() {
        for encoding in [Utf8, Windows1252, Latin1, Latin9, Utf16Le, Utf16Be] {
            assert_eq!(Encoding::named(&encoding.name().to_uppercase()), Some(encoding));
        }
        assert_eq!(Encoding::named("EBCDIC"), None);
        assert_eq!(Encoding::marked(b"\xEF\xBB\xBFa"), Some((Utf8, 3)));
        assert_eq!(Encoding::marked(b"\xFF\xFEa\0"), Some((Utf16Le, 2)));
        assert_eq!(Encoding::marked(b"ab"), None);
    }

    #[test]
    fn a_range_may_end_in_the_middle_of_a_character() {
        let sample = "año 𝄞 €";
        let wide: Vec<u8> = sample.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (encoding, raw) in [(Utf8, sample.as_bytes()), (Utf16Le, &wide)] {
            for cut in 0..raw.len() {
                let text = encoding.decode(&raw[..cut], false).expect("a beginning");
                let used = encoding.source_len(&text);
                assert!(used <= cut && cut - used < 4, "{cut}");
                let rest = encoding.decode(&raw[used..], true).expect("the rest");
                assert_eq!(format!("{text}{rest}"), sample, "{cut}");
            }
        }
        assert_eq!(Latin1.source_len("año"), 3);
    }

    #[test]
    fn what_means_nothing_is_told_by_its_place() {
        assert_eq!(Utf8.decode(b"ab\xFFc", false), Err(BadByte(2)));
        assert_eq!(Utf8.decode(b"ab\xC3", true), Err(BadByte(2)));
        assert_eq!(Utf16Le.decode(b"a\0\x00\xDCb\0", false), Err(BadByte(2)));
        assert_eq!(Utf16Le.decode(b"a\0b", true), Err(BadByte(2)));
    }
}
