//! The pull reader.

use std::borrow::Cow;
use std::rc::Rc;

use quick_xml::Error;
use quick_xml::errors::{IllFormedError, SyntaxError};
use quick_xml::events::{BytesStart, Event as Token};

use super::{BINDINGS, Limits, NAME_BYTES, Node, Place, Text, XmlError};
use crate::encoding::Encoding;

/// An element begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// Its name without a prefix.
    pub name: String,
    /// The namespace it is in; empty for none.
    pub namespace: Rc<str>,
    /// Name without a prefix, and value; declarations of namespaces are left out.
    pub attributes: Vec<(String, String)>,
}

/// What comes next in a document. Comments and processing instructions are passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// An element begins.
    Start(Start),
    /// The element begun last and not yet ended ends.
    End,
    /// A piece of text; one text may come in several.
    Text(String),
    /// The range ends, and the file does not: go on from [`Reader::place`] with a range that is longer.
    More,
    /// The document ends, complete.
    Eof,
}

/// Pulls events from a range of a document.
pub struct Reader<'t> {
    tokens: quick_xml::Reader<&'t [u8]>,
    text: &'t str,
    encoding: Encoding,
    ended: bool,
    limits: Limits,
    place: Place,
    bindings: Vec<(usize, String, Rc<str>)>,
    /// Bytes of `text` behind the last event, and those `place` has counted.
    at: usize,
    counted: usize,
}

impl<'t> Reader<'t> {
    /// Reads `text`, which was decoded from `place` on.
    pub fn new(text: &'t Text<'_>, mut place: Place, limits: Limits) -> Self {
        let mut tokens = quick_xml::Reader::from_str(&text.text);
        let config = tokens.config_mut();
        // Elements may have been opened in an earlier range: `close` compares by itself.
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        place.encoding = text.encoding;
        place.offset += text.mark as u64;
        let bindings = place.bindings.iter().map(|(d, p, uri)| (*d, p.clone(), Rc::from(uri.as_str())));
        Self {
            tokens,
            text: &text.text,
            encoding: text.encoding.unwrap_or(Encoding::Utf8),
            ended: text.ended,
            limits,
            bindings: bindings.collect(),
            place,
            at: 0,
            counted: 0,
        }
    }

    /// The next event.
    ///
    /// # Errors
    /// What is not well-formed, not safe, or past a limit.
    #[expect(clippy::should_implement_trait, reason = "an iterator cannot lend its place between two items")]
    pub fn next(&mut self) -> Result<Event, XmlError> {
        if core::mem::take(&mut self.place.owes_end) {
            return self.close(None);
        }
        loop {
            let before = self.at;
            let token = match self.tokens.read_event() {
                Ok(token) => token,
                Err(error) => return self.broken(&error),
            };
            let after = usize::try_from(self.tokens.buffer_position()).unwrap_or(usize::MAX);
            if after - before > self.limits.text_bytes + self.limits.attribute_bytes {
                return Err(self.past(&format!("a tag or text has more than {} bytes", after - before)));
            }
            // The text may go on in the next range.
            let open_end = matches!(token, Token::Text(_)) && after == self.text.len() && !self.ended;
            if open_end || matches!(token, Token::Eof) {
                return self.end_of_range();
            }
            self.at = after;
            if let Some(event) = self.event(token)? {
                return Ok(event);
            }
        }
    }

    fn event(&mut self, token: Token<'t>) -> Result<Option<Event>, XmlError> {
        match token {
            Token::Start(start) => self.open(&start).map(Some),
            Token::Empty(start) => {
                let event = self.open(&start)?;
                self.place.owes_end = true;
                Ok(Some(event))
            }
            Token::End(end) => self.close(Some(end.name().into_inner())).map(Some),
            Token::Text(text) => self.characters(text.into_inner()),
            Token::CData(data) => self.characters(data.into_inner()),
            Token::GeneralRef(entity) => {
                let name = entity.into_inner();
                match resolve(&name) {
                    Some(c) => self.characters(String::from(c).into()),
                    None => Err(self.unknown_entity(&name)),
                }
            }
            Token::DocType(_) => {
                let message = "a DOCTYPE is not read, for it can expand without bound; have the file \
                    written without one";
                Err(self.error("xml-doctype", message))
            }
            Token::Comment(_) | Token::Decl(_) | Token::PI(_) | Token::Eof => Ok(None),
        }
    }

    /// The element just begun, with all that is in it; `None` when the range ends before it does.
    ///
    /// # Errors
    /// As [`Reader::next`], and an element past [`Limits::element_bytes`].
    pub fn element(&mut self, start: Start) -> Result<Option<Node>, XmlError> {
        let mut weight = 0;
        let mut open = vec![self.node(start, &mut weight)?];
        loop {
            match self.next()? {
                Event::Start(start) => {
                    let node = self.node(start, &mut weight)?;
                    open.push(node);
                }
                Event::Text(text) => {
                    self.weigh(&mut weight, text.len())?;
                    if let Some(node) = open.last_mut() {
                        node.text.push_str(&text);
                    }
                }
                Event::End => {
                    let Some(node) = open.pop() else { return Ok(None) };
                    match open.last_mut() {
                        Some(parent) => parent.children.push(node),
                        None => return Ok(Some(node)),
                    }
                }
                Event::More | Event::Eof => return Ok(None),
            }
        }
    }

    fn node(&self, start: Start, weight: &mut usize) -> Result<Node, XmlError> {
        let Start { name, namespace, attributes } = start;
        let inside: usize = attributes.iter().map(|(name, value)| name.len() + value.len() + 48).sum();
        self.weigh(weight, size_of::<Node>() * 2 + name.len() + inside)?;
        Ok(Node { name, namespace, attributes, text: String::new(), children: vec![] })
    }

    fn weigh(&self, weight: &mut usize, more: usize) -> Result<(), XmlError> {
        *weight += more;
        if *weight > self.limits.element_bytes {
            return Err(self.past(&format!(
                "an element with all that is in it is larger than {} bytes",
                self.limits.element_bytes
            )));
        }
        Ok(())
    }

    /// Where reading stands after the last event: go on from there, with this range or the next.
    pub fn place(&mut self) -> Place {
        let passed = self.text.get(self.counted..self.at).unwrap_or_default();
        self.place.offset += self.encoding.source_len(passed) as u64;
        self.place.line += passed.bytes().map(|byte| u64::from(byte == b'\n')).sum::<u64>();
        self.counted = self.at;
        let bindings = self.bindings.iter().map(|(d, p, uri)| (*d, p.clone(), uri.as_ref().to_owned()));
        self.place.bindings = bindings.collect();
        self.place.clone()
    }

    /// How many elements are open.
    pub fn depth(&self) -> usize {
        self.place.open.len()
    }

    /// The line after the last event.
    pub fn line(&self) -> u64 {
        let passed = self.text.get(self.counted..self.at).unwrap_or_default();
        self.place.line + passed.bytes().map(|byte| u64::from(byte == b'\n')).sum::<u64>()
    }

    fn open(&mut self, start: &BytesStart<'_>) -> Result<Event, XmlError> {
        let name = start.name().into_inner();
        if self.place.open.len() >= self.limits.depth {
            return Err(self.past(&format!("elements stand more than {} deep", self.limits.depth)));
        }
        if name.len() > NAME_BYTES {
            return Err(self.past(&format!("a name has more than {NAME_BYTES} bytes")));
        }
        if self.place.open.is_empty() && core::mem::replace(&mut self.place.rooted, true) {
            return Err(self.error("xml-syntax", "a second document follows the first; split the file"));
        }
        self.place.open.push(name.to_owned());
        let attributes = self.attributes(start)?;
        let (prefix, local) = split(name);
        let namespace = self.namespace(prefix)?;
        Ok(Event::Start(Start { name: local.to_owned(), namespace, attributes }))
    }

    fn attributes(&mut self, start: &BytesStart<'_>) -> Result<Vec<(String, String)>, XmlError> {
        let mut read: Vec<(String, String)> = vec![];
        let mut count = 0;
        // Doubles are looked for below: the check of the library remembers every name there is.
        for attribute in start.attributes().with_checks(false) {
            let attribute = attribute.map_err(|error| self.error("xml-syntax", &error.to_string()))?;
            count += 1;
            if count > self.limits.attributes {
                let message = format!("an element has more than {} attributes", self.limits.attributes);
                return Err(self.past(&message));
            }
            let (key, raw) = (attribute.key.into_inner(), attribute.value.as_ref());
            if key.len() > NAME_BYTES || raw.len() > self.limits.attribute_bytes {
                let message = format!("an attribute has more than {} bytes", self.limits.attribute_bytes);
                return Err(self.past(&message));
            }
            let value = self.unescape(raw)?;
            match split(key) {
                ("", "xmlns") => self.bind("", value)?,
                ("xmlns", prefix) => self.bind(prefix, value)?,
                (_, local) if read.iter().any(|(known, _)| known == local) => {
                    return Err(self.error("xml-syntax", &format!("the attribute `{local}` is there twice")));
                }
                (_, local) => read.push((local.to_owned(), value)),
            }
        }
        Ok(read)
    }

    fn bind(&mut self, prefix: &str, uri: String) -> Result<(), XmlError> {
        if self.bindings.len() >= BINDINGS || uri.len() > NAME_BYTES {
            return Err(self.past("there are too many namespaces, or one is too long"));
        }
        self.bindings.push((self.place.open.len(), prefix.to_owned(), Rc::from(uri)));
        Ok(())
    }

    fn namespace(&self, prefix: &str) -> Result<Rc<str>, XmlError> {
        let found = self.bindings.iter().rev().find(|(_, known, _)| known == prefix);
        match found {
            Some((_, _, uri)) => Ok(Rc::clone(uri)),
            None if prefix.is_empty() || prefix == "xml" => Ok(Rc::from("")),
            None => Err(self.error("xml-syntax", &format!("the prefix `{prefix}` is not declared"))),
        }
    }

    /// `None` closes an element that was empty.
    fn close(&mut self, name: Option<&str>) -> Result<Event, XmlError> {
        let depth = self.place.open.len();
        let opened = self.place.open.pop().unwrap_or_default();
        if name.is_some_and(|name| name.trim_end() != opened) {
            let message = format!(
                "`</{}>` closes what was opened as `{opened}`; the file is damaged",
                name.unwrap_or_default().chars().take(40).collect::<String>()
            );
            return Err(self.error("xml-syntax", &message));
        }
        self.bindings.retain(|(at, ..)| *at < depth);
        Ok(Event::End)
    }

    fn characters(&mut self, text: Cow<'_, str>) -> Result<Option<Event>, XmlError> {
        if text.len() > self.limits.text_bytes {
            return Err(self.past(&format!("a text has more than {} bytes", self.limits.text_bytes)));
        }
        if text.contains('\0') {
            return Err(self.error("xml-syntax", "a zero byte stands in it; the file is damaged"));
        }
        if self.place.open.is_empty() {
            let blank = text.chars().all(char::is_whitespace);
            return if blank {
                Ok(None)
            } else {
                Err(self.error("xml-syntax", "text stands outside the document"))
            };
        }
        let text =
            if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text.into() };
        Ok(Some(Event::Text(text)))
    }

    fn unescape(&self, raw: &str) -> Result<String, XmlError> {
        let mut value = String::with_capacity(raw.len());
        let mut rest = raw;
        while let Some((before, after)) = rest.split_once('&') {
            value.push_str(before);
            let (name, behind) = after.split_once(';').unwrap_or((after, ""));
            value.push(resolve(name).ok_or_else(|| self.unknown_entity(name))?);
            rest = behind;
        }
        value.push_str(rest);
        Ok(if value.contains(['\n', '\r', '\t']) { value.replace(['\n', '\r', '\t'], " ") } else { value })
    }

    fn end_of_range(&mut self) -> Result<Event, XmlError> {
        if !self.ended {
            return self.more();
        }
        if !self.place.open.is_empty() || !self.place.rooted {
            return Err(self.truncated());
        }
        self.at = self.text.len();
        self.place.end = true;
        Ok(Event::Eof)
    }

    fn more(&mut self) -> Result<Event, XmlError> {
        let left = self.text.len() - self.at;
        if left > self.limits.text_bytes + self.limits.attribute_bytes {
            return Err(self.past(&format!("a tag, text or comment has more than {left} bytes")));
        }
        Ok(Event::More)
    }

    fn broken(&mut self, error: &Error) -> Result<Event, XmlError> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        // Only what was cut off can be completed by the next range.
        let unfinished = match error {
            Error::Syntax(SyntaxError::InvalidBangMarkup) => {
                ["<!--", "<![CDATA[", "<!DOCTYPE"].iter().any(|markup| markup.starts_with(rest))
            }
            Error::Syntax(_) => true,
            Error::IllFormed(IllFormedError::UnclosedReference) => {
                rest.starts_with('&') && !rest.get(1..).unwrap_or_default().contains(['<', '&'])
            }
            _ => false,
        };
        match (unfinished, self.ended) {
            (true, false) => self.more(),
            (true, true) => Err(self.truncated()),
            (false, _) => Err(self.error("xml-syntax", &format!("{error}; the file is damaged"))),
        }
    }

    fn truncated(&self) -> XmlError {
        let message = match self.place.open.last() {
            Some(name) => format!("the file ends inside `{name}`; fetch it again"),
            None => "the file ends before its document does; fetch it again".to_owned(),
        };
        self.error("xml-truncated", &message)
    }

    fn unknown_entity(&self, name: &str) -> XmlError {
        let shown: String = name.chars().take(40).collect();
        self.error(
            "xml-entity",
            &format!("the entity `&{shown};` is not read; have the file written without it"),
        )
    }

    fn past(&self, message: &str) -> XmlError {
        self.error("xml-limit", &format!("{message}; that is past what is read"))
    }

    fn error(&self, code: &'static str, message: &str) -> XmlError {
        XmlError::new(code, self.line(), message)
    }
}

/// The five entities of XML itself, and characters by number.
fn resolve(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).filter(|c| *c >= ' ' || matches!(c, '\t' | '\n' | '\r'))
        }
    }
}

/// Prefix and local name.
pub(super) fn split(name: &str) -> (&str, &str) {
    name.split_once(':').unwrap_or(("", name))
}
