//! A small, safe XML reader: bounded memory whatever the document says.
//!
//! Feature `xml`, over quick-xml (which measured 26 kB in a prototype). What it does for a plugin:
//! - **Nothing is expanded.** A DOCTYPE is refused, and so is every entity but the five XML has by itself and
//!   character references: no entity bomb, no external entity.
//! - **Everything has a bound** ([`Limits`]): depth, attributes, sizes of names, attributes and texts, and
//!   what one element read whole may weigh.
//! - **Names are local**, with the namespace beside them; a prefix carries no meaning.
//! - **UTF-8, UTF-16, ISO-8859-1, ISO-8859-15, windows-1252**, by mark or declaration; others are refused by
//!   name.
//!
//! A document in memory, as an invoice is, becomes a tree of [`Node`]s:
//! ```
//! let node = recaudo_sdk::xml::read(br#"<i:Invoice xmlns:i="urn:x"><Total cur="MXN">116.00</Total></i:Invoice>"#)?;
//! assert_eq!((node.name.as_str(), node.namespace.as_ref()), ("Invoice", "urn:x"));
//! assert_eq!(node.text_at(&["Total"]), Some("116.00"));
//! assert_eq!(node.child("Total").and_then(|total| total.attribute("cur")), Some("MXN"));
//!
//! let bomb = recaudo_sdk::xml::read(b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>").expect_err("refused");
//! assert_eq!(bomb.code, "xml-doctype");
//! # Ok::<(), recaudo_sdk::xml::XmlError>(())
//! ```
//!
//! A file of any size is read by ranges: decode a range ([`Text`]), pull [`Event`]s, and remember the
//! [`Place`] after each complete record. A place is small, goes into a checkpoint (feature `json` makes it
//! serialisable), and knows the elements open around it:
//! ```
//! use recaudo_sdk::xml::{Event, Limits, Place, Reader, Text, XmlError};
//!
//! let file = b"<list><r>1</r><r>2</r><r>3</r></list>";
//! let (mut place, mut found, mut window) = (Place::default(), vec![], 0);
//! while !place.is_end() {
//!     window += 16; // no record is whole yet: a longer range
//!     let from = usize::try_from(place.offset()).unwrap();
//!     let to = (from + window).min(file.len());
//!     let text = Text::decode(&file[from..to], to == file.len(), &place)?;
//!     let mut reader = Reader::new(&text, place.clone(), Limits::default());
//!     loop {
//!         match reader.next()? {
//!             Event::Start(start) if start.name == "r" => match reader.element(start)? {
//!                 Some(record) => found.push(record.text),
//!                 None => break, // the range ends in it: its start is read again
//!             },
//!             Event::More => break,
//!             _ => {}
//!         }
//!         (place, window) = (reader.place(), 0);
//!         if place.is_end() {
//!             break;
//!         }
//!     }
//! }
//! assert_eq!(found, ["1", "2", "3"]);
//! # Ok::<(), XmlError>(())
//! ```

mod node;
mod place;
mod reader;
#[cfg(test)]
mod tests;

pub use node::Node;
pub use place::{Place, Text};
pub use reader::{Event, Reader, Start};

use crate::{Fail, Failure};

/// What a document may have at most; [`Limits::default`] fits invoices and bank statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Elements inside one another.
    pub depth: usize,
    /// Attributes of one element, namespace declarations included.
    pub attributes: usize,
    /// Bytes of one attribute's value.
    pub attribute_bytes: usize,
    /// Bytes of one text, comment or tag.
    pub text_bytes: usize,
    /// What an element read whole ([`Reader::element`], [`read`]) may take of memory, in bytes.
    pub element_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 64,
            attributes: 64,
            attribute_bytes: 64 * 1024,
            text_bytes: 1024 * 1024,
            element_bytes: 16 * 1024 * 1024,
        }
    }
}

/// Longest name, and longest namespace a prefix may stand for: a [`Place`] holds some of each.
const NAME_BYTES: usize = 256;
/// Prefixes bound at a time.
const BINDINGS: usize = 64;

/// Why a document is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XmlError {
    /// `xml-doctype`, `xml-entity`, `xml-limit`, `xml-syntax`, `xml-truncated` or `bad-encoding`.
    pub code: &'static str,
    /// The line it stands in, from 1.
    pub line: u64,
    /// What is wrong and what to do, without the place.
    pub message: String,
}

impl XmlError {
    pub(crate) fn new(code: &'static str, line: u64, message: impl Into<String>) -> Self {
        Self { code, line, message: message.into() }
    }

    /// As a failure `invalid-input` about the document `what`.
    pub fn failure(&self, what: &str) -> Failure {
        Fail::invalid_input(self.code, format!("{what}, line {}: {}", self.line, self.message))
    }
}

/// Reads a whole document.
///
/// # Errors
/// What is not well-formed, not safe, or past a default limit.
pub fn read(bytes: &[u8]) -> Result<Node, XmlError> {
    read_within(bytes, Limits::default())
}

/// Reads a whole document within limits of one's own.
///
/// # Errors
/// As [`read`].
pub fn read_within(bytes: &[u8], limits: Limits) -> Result<Node, XmlError> {
    let place = Place::default();
    let text = Text::decode(bytes, true, &place)?;
    let mut reader = Reader::new(&text, place, limits);
    let mut root = None;
    loop {
        match reader.next()? {
            Event::Start(start) => root = reader.element(start)?,
            Event::Eof => break,
            Event::End | Event::Text(_) | Event::More => {}
        }
    }
    root.ok_or_else(|| XmlError::new("xml-truncated", 1, "there is no element in it"))
}
