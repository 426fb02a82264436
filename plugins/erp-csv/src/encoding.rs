//! Bytes of a file to UTF-8, for the encodings ERPs write.
//!
//! Own tables, because `encoding_rs` would more than double the component (172 kB) for the seven encodings
//! needed.

use std::borrow::Cow;

/// The encodings a configuration can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf8,
    Windows1252,
    Latin1,
    Latin9,
    Cp850,
    Utf16Le,
    Utf16Be,
}

/// 0x80..=0x9F of windows-1252; 0xFFFD where it defines nothing.
const WINDOWS_1252: [u16; 32] = [
    0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152,
    0xFFFD, 0x017D, 0xFFFD, 0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122,
    0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178,
];

/// 0x80..=0xFF of code page 850, DOS in western Europe and Latin America.
const CP850: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀\
ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";

/// What a byte or unit that means nothing becomes; a row that has one is refused.
pub(crate) const LOST: char = '\u{FFFD}';

impl Encoding {
    const NAMES: [(&'static str, Self); 10] = [
        ("utf-8", Self::Utf8),
        ("windows-1252", Self::Windows1252),
        ("iso-8859-1", Self::Latin1),
        ("latin1", Self::Latin1),
        ("iso-8859-15", Self::Latin9),
        ("cp850", Self::Cp850),
        ("utf-16le", Self::Utf16Le),
        ("utf-16be", Self::Utf16Be),
        ("utf8", Self::Utf8),
        ("cp1252", Self::Windows1252),
    ];

    /// By its name in the configuration.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let lower = name.to_ascii_lowercase();
        Self::NAMES.iter().find(|(known, _)| *known == lower).map(|(_, encoding)| *encoding)
    }

    pub(crate) fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, encoding)| *encoding == self).map_or("", |(name, _)| name)
    }

    /// From a file's first bytes: a byte-order mark, which outranks the configuration, and its length;
    /// without one `stated`, or when nothing is stated UTF-8 unless zeros give UTF-16 away.
    pub(crate) fn detect(head: &[u8], stated: Option<Self>) -> (Self, usize) {
        match (head, stated) {
            ([0xEF, 0xBB, 0xBF, ..], _) => (Self::Utf8, 3),
            ([0xFF, 0xFE, ..], _) => (Self::Utf16Le, 2),
            ([0xFE, 0xFF, ..], _) => (Self::Utf16Be, 2),
            (_, Some(encoding)) => (encoding, 0),
            ([1..=255, 0, 1..=255, 0, ..], None) => (Self::Utf16Le, 0),
            ([0, 1..=255, 0, 1..=255, ..], None) => (Self::Utf16Be, 0),
            _ => (Self::Utf8, 0),
        }
    }

    /// `raw` as UTF-8, [`LOST`] for what means nothing. UTF-8 comes back as it is, checked row by row later.
    /// Half a character at the end is left out unless the file ends there.
    pub(crate) fn decode(self, raw: &[u8], eof: bool) -> Cow<'_, [u8]> {
        match self {
            Self::Utf8 => Cow::Borrowed(raw),
            Self::Utf16Le => Cow::Owned(utf16(raw, eof, u16::from_le_bytes)),
            Self::Utf16Be => Cow::Owned(utf16(raw, eof, u16::from_be_bytes)),
            _ if raw.is_ascii() => Cow::Borrowed(raw),
            _ => Cow::Owned(self.single(raw)),
        }
    }

    /// How many bytes of the file the decoded `text` was made of.
    pub(crate) fn source_len(self, text: &[u8]) -> usize {
        match self {
            Self::Utf8 => text.len(),
            Self::Utf16Le | Self::Utf16Be => {
                // A character past the first plane is four bytes of UTF-8 and two units of UTF-16.
                text.iter()
                    .map(|b| {
                        if *b >= 0xF0 {
                            4
                        } else if is_lead(*b) {
                            2
                        } else {
                            0
                        }
                    })
                    .sum()
            }
            _ => text.iter().filter(|b| is_lead(**b)).count(),
        }
    }

    fn single(self, raw: &[u8]) -> Vec<u8> {
        let mut text = String::with_capacity(raw.len() + raw.len() / 8);
        let dos: Vec<char> = if self == Self::Cp850 { CP850.chars().collect() } else { vec![] };
        for &byte in raw {
            let place = usize::from(byte & 0x7F);
            text.push(match (self, byte) {
                (_, ..0x80) => char::from(byte),
                (Self::Cp850, _) => dos.get(place).copied().unwrap_or(LOST),
                (Self::Windows1252, 0x80..0xA0) => {
                    char::from_u32(u32::from(WINDOWS_1252[place])).unwrap_or(LOST)
                }
                (Self::Latin9, _) => latin9(byte),
                _ => char::from(byte),
            });
        }
        text.into_bytes()
    }
}

/// Only lead bytes start a character of UTF-8.
fn is_lead(byte: u8) -> bool {
    byte & 0xC0 != 0x80
}

fn latin9(byte: u8) -> char {
    match byte {
        0xA4 => '€',
        0xA6 => 'Š',
        0xA8 => 'š',
        0xB4 => 'Ž',
        0xB8 => 'ž',
        0xBC => 'Œ',
        0xBD => 'œ',
        0xBE => 'Ÿ',
        _ => char::from(byte),
    }
}

fn utf16(raw: &[u8], eof: bool, unit: fn([u8; 2]) -> u16) -> Vec<u8> {
    let (pairs, odd) = raw.as_chunks::<2>();
    let mut pairs = pairs;
    if let (false, Some(last)) = (eof, pairs.last())
        && (0xD800..0xDC00).contains(&unit(*last))
    {
        pairs = &pairs[..pairs.len() - 1];
    }
    let mut text = String::with_capacity(raw.len());
    text.extend(char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).map(|c| c.unwrap_or(LOST)));
    if eof && !odd.is_empty() {
        text.push(LOST);
    }
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::Encoding::{Cp850, Latin1, Latin9, Utf8, Utf16Be, Utf16Le, Windows1252};
    use super::{CP850, Encoding};

    fn text(encoding: Encoding, raw: &[u8]) -> String {
        String::from_utf8(encoding.decode(raw, true).into_owned()).expect("decoding gives UTF-8")
    }

    #[test]
    fn one_name_in_every_encoding() {
        assert_eq!(text(Windows1252, b"Mu\xF1oz \x80"), "Muñoz €");
        assert_eq!(text(Latin1, b"Mu\xF1oz"), "Muñoz");
        assert_eq!(text(Latin9, b"Mu\xF1oz \xA4"), "Muñoz €");
        assert_eq!(text(Cp850, b"Mu\xA4oz"), "Muñoz");
        assert_eq!(text(Utf16Le, b"M\0\xF1\0"), "Mñ");
        assert_eq!(text(Utf16Be, b"\0M\0\xF1"), "Mñ");
        assert_eq!(text(Windows1252, b"\x81"), "\u{FFFD}", "windows-1252 has no 0x81");
        assert_eq!(CP850.chars().count(), 128);
    }

    #[test]
    fn a_mark_outranks_what_was_stated() {
        assert_eq!(Encoding::detect(b"\xEF\xBB\xBFa", Some(Windows1252)), (Utf8, 3));
        assert_eq!(Encoding::detect(b"\xFF\xFEa\0", Some(Utf8)), (Utf16Le, 2));
        assert_eq!(Encoding::detect(b"a\0b\0", None), (Utf16Le, 0));
        assert_eq!(Encoding::detect(b"ab", Some(Windows1252)), (Windows1252, 0));
        assert_eq!(Encoding::detect(b"ab", None), (Utf8, 0));
    }

    #[test]
    fn consumed_text_is_counted_in_bytes_of_the_file() {
        let sample = "año 𝄞 €";
        let wide: Vec<u8> = sample.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(Utf16Le.decode(&wide, true), sample.as_bytes());
        assert_eq!(Utf16Le.source_len(sample.as_bytes()), wide.len());
        assert_eq!(Windows1252.source_len("año €".as_bytes()), 5);
        assert_eq!(
            Utf16Le.decode(&wide[..11], false),
            "año ".as_bytes(),
            "half a pair waits for the next range"
        );
    }
}
