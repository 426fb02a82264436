//! Where reading stands between two ranges, and a range's bytes as text.

use std::borrow::Cow;

use super::XmlError;
use crate::encoding::Encoding;

/// Where reading stands: the next byte of the file, and what is open around it. The default is the start.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "json", derive(serde::Serialize, serde::Deserialize))]
pub struct Place {
    pub(super) offset: u64,
    pub(super) line: u64,
    pub(super) encoding: Option<Encoding>,
    /// Names as written, prefix included, from the root on.
    pub(super) open: Vec<String>,
    /// Depth at which it was declared, prefix (empty: the default), namespace.
    pub(super) bindings: Vec<(usize, String, String)>,
    /// The last element was `<empty/>`, and its end has not been told yet.
    pub(super) owes_end: bool,
    pub(super) rooted: bool,
    pub(super) end: bool,
}

impl Default for Place {
    fn default() -> Self {
        Self {
            offset: 0,
            line: 1,
            encoding: None,
            open: vec![],
            bindings: vec![],
            owes_end: false,
            rooted: false,
            end: false,
        }
    }
}

impl Place {
    /// The file's next byte.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The line that is, from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// The document was read to its end.
    pub fn is_end(&self) -> bool {
        self.end
    }

    /// Local names of the elements open here, from the root on.
    pub fn path(&self) -> impl Iterator<Item = &str> {
        self.open.iter().map(|name| super::reader::split(name).1)
    }
}

/// A range of the file from a place on, as text.
#[derive(Debug, Clone)]
pub struct Text<'a> {
    pub(super) text: Cow<'a, str>,
    /// None while the range is too short to tell.
    pub(super) encoding: Option<Encoding>,
    /// Bytes of the mark before the text.
    pub(super) mark: usize,
    pub(super) ended: bool,
}

impl<'a> Text<'a> {
    /// Decodes the bytes from `place` on; `ended` when they reach the end of the file. The encoding is the
    /// one of the byte-order mark, else the declared one, else UTF-8; a place remembers it.
    ///
    /// # Errors
    /// `bad-encoding`: an encoding not known here, or a byte that means nothing in it.
    pub fn decode(bytes: &'a [u8], ended: bool, place: &Place) -> Result<Self, XmlError> {
        let (encoding, mark) = match place.encoding {
            Some(encoding) => (encoding, 0),
            None if !ended && is_short(bytes) => {
                return Ok(Self { text: Cow::Borrowed(""), encoding: None, mark: 0, ended });
            }
            None => detect(bytes)?,
        };
        let raw = bytes.get(mark..).unwrap_or_default();
        let text = encoding.decode(raw, ended).map_err(|bad| {
            let before = raw.get(..bad.0).unwrap_or_default();
            let message = format!(
                "a byte is no {}; is the file damaged, or does it declare another encoding than it has?",
                encoding.name()
            );
            XmlError::new("bad-encoding", place.line + newlines(before), message)
        })?;
        Ok(Self { text, encoding: Some(encoding), mark, ended })
    }
}

/// Where the declaration is looked for.
const HEAD: usize = 256;

fn newlines(bytes: &[u8]) -> u64 {
    bytes.iter().map(|byte| u64::from(*byte == b'\n')).sum()
}

/// Too little to know the encoding by: a mark has up to three bytes, a declaration ends with `?>`.
fn is_short(bytes: &[u8]) -> bool {
    let declares = bytes.starts_with(b"<?xml") || b"<?xml".starts_with(bytes);
    bytes.len() < 4 || (declares && bytes.len() < HEAD && !bytes.windows(2).any(|pair| pair == b"?>"))
}

/// XML 1.0, appendix F: the mark, zeros that give UTF-16 away, or the declaration, which is ASCII then.
fn detect(bytes: &[u8]) -> Result<(Encoding, usize), XmlError> {
    if let Some(marked) = Encoding::marked(bytes) {
        return Ok(marked);
    }
    match bytes {
        [b'<', 0, ..] => return Ok((Encoding::Utf16Le, 0)),
        [0, b'<', ..] => return Ok((Encoding::Utf16Be, 0)),
        _ => {}
    }
    let head = bytes.get(..bytes.len().min(HEAD)).unwrap_or_default();
    let declared = declared(head).unwrap_or(b"utf-8");
    let name = String::from_utf8_lossy(declared);
    match Encoding::named(&name) {
        // Declared so, but without its zeros: whoever wrote it only copied the declaration.
        Some(Encoding::Utf16Le | Encoding::Utf16Be) => Ok((Encoding::Utf8, 0)),
        None if name.eq_ignore_ascii_case("utf-16") => Ok((Encoding::Utf8, 0)),
        Some(encoding) => Ok((encoding, 0)),
        None => {
            let message = format!(
                "the encoding {:?} is not known; export the file as UTF-8",
                name.chars().take(40).collect::<String>()
            );
            Err(XmlError::new("bad-encoding", 1, message))
        }
    }
}

fn declared(head: &[u8]) -> Option<&[u8]> {
    let head = head.trim_ascii_start().strip_prefix(b"<?xml")?;
    let end = head.windows(2).position(|pair| pair == b"?>")?;
    let head = head.get(..end)?;
    let at = head.windows(8).position(|word| word == b"encoding")?;
    let value = head.get(at + 8..)?.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let (quote, rest) = value.split_first()?;
    let end = rest.iter().position(|byte| byte == quote)?;
    rest.get(..end)
}
