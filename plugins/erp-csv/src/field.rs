//! Where a value of ours comes from: a column, several columns, or a constant; translated by a table if need
//! be.

use std::borrow::Cow;
use std::collections::BTreeMap;

use recaudo_sdk::Failure;

use crate::config::Node;
use crate::scan::Span;

/// The columns of a file by name, and what was asked for and is not there.
#[derive(Debug, Default)]
pub(crate) struct Columns<'h> {
    /// `None` while no file is open: then every name is taken for good.
    header: Option<&'h [String]>,
    /// The file has names; else columns are told by number alone.
    named: bool,
    pub(crate) missing: Vec<String>,
    pub(crate) doubled: Vec<String>,
    pub(crate) found: usize,
    /// Columns a row has to have for all of them to be there.
    pub(crate) width: usize,
}

impl<'h> Columns<'h> {
    /// `header`: the names, or `None` to check a configuration without a file.
    pub(crate) fn new(header: Option<&'h [String]>, named: bool) -> Self {
        Self { header, named, ..Self::default() }
    }

    fn named(&mut self, node: &Node<'_>, name: &str) -> Result<usize, Failure> {
        if !self.named {
            return Err(node.fail("the file has no header, so columns are told by number: 1 is the first"));
        }
        let Some(header) = self.header else { return Ok(0) };
        let wanted = folded(name);
        let mut places =
            header.iter().enumerate().filter(|(_, column)| folded(column) == wanted).map(|(i, _)| i);
        match (places.next(), places.next()) {
            (Some(place), None) => {
                self.found += 1;
                self.width = self.width.max(place + 1);
                return Ok(place);
            }
            (None, _) => note(&mut self.missing, name),
            (Some(_), Some(_)) => note(&mut self.doubled, name),
        }
        Ok(0)
    }

    fn numbered(&mut self, node: &Node<'_>, number: u64) -> Result<usize, Failure> {
        let place = usize::try_from(number).ok().and_then(|n| n.checked_sub(1));
        let place = place.filter(|place| *place < 10_000).ok_or_else(|| node.fail("columns count from 1"))?;
        match self.header {
            Some(header) if place >= header.len() => note(&mut self.missing, &format!("column {number}")),
            _ => self.found += 1,
        }
        self.width = self.width.max(place + 1);
        Ok(place)
    }
}

fn note(list: &mut Vec<String>, name: &str) {
    if !list.iter().any(|noted| noted == name) {
        list.push(name.to_owned());
    }
}

/// Names are compared without case and with single spaces.
fn folded(name: &str) -> String {
    name.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Origin {
    Nothing,
    Constant(String),
    Column(usize),
    Joined(Vec<usize>, String),
}

/// The origin of one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    origin: Origin,
    /// From what the file says, in lower case, to what we say; `*` for all the rest.
    map: BTreeMap<String, String>,
    /// For a blank.
    default: String,
}

impl Field {
    /// A value the configuration does not speak of.
    pub(crate) const NOTHING: Self =
        Self { origin: Origin::Nothing, map: BTreeMap::new(), default: String::new() };

    pub(crate) fn read(node: &Node<'_>, columns: &mut Columns<'_>) -> Result<Self, Failure> {
        if !node.is_object() {
            return Ok(Self { origin: origin(node, columns)?, ..Self::NOTHING });
        }
        node.object(&["column", "columns", "join", "constant", "map", "default"])?;
        let origin = match (node.get("column"), node.get("columns"), node.get("constant")) {
            (Some(column), None, None) => origin(&column, columns)?,
            (None, Some(several), None) => {
                let join = node.get("join").map_or(Ok("-"), |join| join.text())?;
                let places: Result<_, _> = several.list()?.iter().map(|item| place(item, columns)).collect();
                Origin::Joined(places?, join.to_owned())
            }
            (None, None, Some(constant)) => Origin::Constant(constant.text()?.to_owned()),
            _ => return Err(node.fail("one of `column`, `columns` or `constant` is needed here")),
        };
        let mut map = BTreeMap::new();
        for (from, to) in node.get("map").map_or(Ok(vec![]), |map| map.members())? {
            map.insert(from.trim().to_lowercase(), to.text()?.to_owned());
        }
        let default = node.get("default").map_or(Ok(""), |default| default.text())?.to_owned();
        Ok(Self { origin, map, default })
    }

    /// The member `key` of `node`, or nothing.
    pub(crate) fn of(node: &Node<'_>, key: &str, columns: &mut Columns<'_>) -> Result<Self, Failure> {
        node.get(key).map_or(Ok(Self::NOTHING), |found| Self::read(&found, columns))
    }

    pub(crate) fn is_mapped(&self) -> bool {
        self.origin != Origin::Nothing
    }

    /// The value for a row, without spaces around it; empty when blank and without a default.
    pub(crate) fn value<'r>(&'r self, row: &Row<'r>) -> Cow<'r, str> {
        let raw = match &self.origin {
            Origin::Nothing => return Cow::Borrowed(""),
            Origin::Constant(text) => Cow::Borrowed(text.as_str()),
            Origin::Column(place) => row.cell(*place),
            Origin::Joined(places, join) => joined(row, places, join),
        };
        if raw.is_empty() {
            return Cow::Borrowed(&self.default);
        }
        if self.map.is_empty() { raw } else { self.translated(raw) }
    }

    /// How a message names it: as the file's header does.
    pub(crate) fn label(&self, row: &Row<'_>) -> String {
        match &self.origin {
            Origin::Nothing => String::new(),
            Origin::Constant(_) => "constant".to_owned(),
            Origin::Column(place) => row.name(*place),
            Origin::Joined(places, _) => {
                places.iter().map(|place| row.name(*place)).collect::<Vec<_>>().join(" + ")
            }
        }
    }

    fn translated<'r>(&'r self, raw: Cow<'r, str>) -> Cow<'r, str> {
        let found = self.map.get(raw.as_ref()).or_else(|| self.map.get(&raw.to_lowercase()));
        found.or_else(|| self.map.get("*")).map_or(raw, |to| Cow::Borrowed(to.as_str()))
    }
}

fn place(node: &Node<'_>, columns: &mut Columns<'_>) -> Result<usize, Failure> {
    match (node.maybe_whole(), node.maybe_text()) {
        (Some(number), _) => columns.numbered(node, number),
        (_, Some(name)) => columns.named(node, name),
        _ => Err(node.fail("a column's name, or its number from 1, is needed here")),
    }
}

fn origin(node: &Node<'_>, columns: &mut Columns<'_>) -> Result<Origin, Failure> {
    match node.maybe_text().and_then(|text| text.strip_prefix('=')) {
        Some(constant) => Ok(Origin::Constant(constant.to_owned())),
        None => place(node, columns).map(Origin::Column),
    }
}

/// Blank parts are left out; all blank is blank.
fn joined<'r>(row: &Row<'r>, places: &[usize], join: &str) -> Cow<'r, str> {
    let mut text = String::new();
    for place in places {
        let part = row.cell(*place);
        if !part.is_empty() {
            if !text.is_empty() {
                text.push_str(join);
            }
            text.push_str(&part);
        }
    }
    Cow::Owned(text)
}

/// One record of the file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'a> {
    pub(crate) text: &'a str,
    /// Counted from `base`.
    pub(crate) spans: &'a [Span],
    /// Where `text` starts among the spans' bytes.
    pub(crate) base: usize,
    pub(crate) names: &'a [String],
    pub(crate) quote: u8,
    /// The line of the file where it starts.
    pub(crate) line: u64,
}

impl<'a> Row<'a> {
    /// What stands in a column, trimmed; a column the row does not reach is blank.
    pub(crate) fn cell(&self, place: usize) -> Cow<'a, str> {
        let Some(span) = self.spans.get(place) else { return Cow::Borrowed("") };
        let text = self.slice(*span).trim();
        if span.escaped { Cow::Owned(unescaped(text, char::from(self.quote))) } else { Cow::Borrowed(text) }
    }

    /// Nothing but delimiters.
    pub(crate) fn is_blank(&self) -> bool {
        self.spans.iter().all(|span| self.slice(*span).trim().is_empty())
    }

    fn slice(&self, span: Span) -> &'a str {
        self.text.get(span.start - self.base..span.end - self.base).unwrap_or("")
    }

    /// The column's name in the header, or its number.
    pub(crate) fn name(&self, place: usize) -> String {
        match self.names.get(place) {
            Some(name) if !name.is_empty() => name.clone(),
            _ => format!("column {}", place + 1),
        }
    }
}

/// Doubled quotes become one.
pub(crate) fn unescaped(text: &str, quote: char) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        plain.push(c);
        if c == quote && chars.peek() == Some(&quote) {
            chars.next();
        }
    }
    plain
}
