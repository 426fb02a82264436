//! The rows of a text onto the page.

use crate::encoding::{Encoding, LOST};
use crate::field::Row;
use crate::format::Format;
use crate::map::{Mapping, totals_row};
use crate::page::{BYTES_MAX, Page};
use crate::problem::Problem;
use crate::reader::Reader;
use crate::scan::{Dialect, Flaw, Record, Span};

/// What stays the same for all rows of a file.
#[derive(Debug)]
pub(crate) struct Table<'a> {
    pub(crate) dialect: &'a Dialect,
    pub(crate) format: &'a Format,
    pub(crate) mapping: &'a Mapping,
    /// The header's names; empty without a header.
    pub(crate) names: &'a [String],
    /// Columns a row has to have in a file without a header.
    pub(crate) width: usize,
    pub(crate) version: u64,
    /// Characters were lost in decoding, where the text has the mark of it.
    pub(crate) transcoded: bool,
}

/// Text in hand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Text<'a> {
    pub(crate) bytes: &'a [u8],
    /// Where the next record starts, and the line of the file that is.
    pub(crate) start: usize,
    pub(crate) line: u64,
    /// The file ends with it.
    pub(crate) eof: bool,
}

/// How far a text was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Taken {
    /// Where the next record starts.
    pub(crate) end: usize,
    pub(crate) lines: u64,
    pub(crate) rows: u64,
}

/// A row whose fields do not fit the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Misfit {
    Short,
    Long,
}

impl Table<'_> {
    /// Takes records until the page is full, the text ends, or more of it is needed.
    pub(crate) fn take(&self, text: Text<'_>, rows_max: u64, page: &mut Page) -> Taken {
        let mut spans: Vec<Span> = Vec::with_capacity(self.names.len().max(self.width) + 1);
        let (mut at, mut line, mut rows) = (text.start, text.line, 0);
        // Growing a list of records copies it; a row is rarely shorter than this.
        let likely = text.bytes.len() / 48 + 1;
        self.mapping.reserve(likely.min(usize::try_from(rows_max).unwrap_or(likely)), page);
        while at < text.bytes.len() && rows < rows_max && page.bytes < BYTES_MAX {
            let Some(mut record) = self.dialect.record(text.bytes, at, text.eof, &mut spans) else { break };
            // One quote gone wrong makes several lines look like one record: its first line pays, the next is
            // tried alone.
            let wrong = record.flaw == Some(Flaw::AfterQuote) || self.misfit(text.bytes, &spans).is_some();
            if record.lines > 1 && wrong {
                let Some(first) = self.dialect.first_line(text.bytes, at, text.eof) else { break };
                record = first;
            }
            rows += u64::from(self.row(Text { start: at, line, ..text }, record, &spans, page));
            (at, line) = (record.next, line + record.lines);
        }
        Taken { end: at, lines: line - text.line, rows }
    }

    /// Takes one record; `false` when it is blank or to be skipped, and so no row at all.
    fn row(&self, text: Text<'_>, record: Record, spans: &[Span], page: &mut Page) -> bool {
        let raw = &text.bytes[text.start..record.end];
        let quote = self.dialect.quote().unwrap_or(b'"');
        let mut row = Row { text: "", spans, base: text.start, names: self.names, quote, line: text.line };
        let Ok(utf8) = std::str::from_utf8(raw) else {
            let place =
                spans.iter().position(|span| std::str::from_utf8(&text.bytes[span.start..span.end]).is_err());
            page.refuse(text.line, self.badly_encoded(&row, place, &String::from_utf8_lossy(raw)));
            return true;
        };
        row.text = utf8;
        if let Some(problem) = self.ill_formed(&row, record) {
            page.refuse(text.line, problem);
            return true;
        }
        // The last line of a file from DOS may be an end mark.
        if row.is_blank() || (record.last && utf8 == "\u{1a}") {
            return false;
        }
        let reader = Reader { row, format: self.format, file_version: self.version };
        if self.mapping.skips(&reader) {
            return false;
        }
        let result = match self.misfit(text.bytes, spans) {
            Some(misfit) => Err(totals_row(&reader).unwrap_or_else(|| self.unfit(&row, misfit, record.last))),
            None => self.mapping.take(&reader, page),
        };
        match result {
            Ok(()) => page.accept(raw.len()),
            Err(problem) => page.refuse(text.line, problem),
        }
        true
    }

    /// Blank fields past the header's last column do no harm, nor do missing ones without a name.
    fn misfit(&self, text: &[u8], spans: &[Span]) -> Option<Misfit> {
        if self.names.is_empty() {
            return (spans.len() < self.width).then_some(Misfit::Short);
        }
        let blank = |span: &Span| text[span.start..span.end].iter().all(|byte| *byte == b' ');
        if spans.len() > self.names.len() {
            return spans[self.names.len()..].iter().any(|span| !blank(span)).then_some(Misfit::Long);
        }
        self.names[spans.len()..].iter().any(|name| !name.is_empty()).then_some(Misfit::Short)
    }

    fn unfit(&self, row: &Row<'_>, misfit: Misfit, last: bool) -> Problem {
        let (found, wanted) = (row.spans.len(), self.names.len().max(self.width));
        let (code, message) = match misfit {
            Misfit::Short if last => (
                "truncated-file",
                format!(
                    "the file ends in the middle of this row, after {found} of {wanted} fields; export it \
                        again"
                ),
            ),
            Misfit::Short => (
                "short-row",
                format!(
                    "the row has {found} fields where the header has {wanted}; is a line break or a \
                        delimiter missing?"
                ),
            ),
            Misfit::Long => (
                "long-row",
                format!(
                    "the row has {found} fields where the header has {wanted}; quote values that hold the \
                        delimiter"
                ),
            ),
        };
        Problem::row(row.text, code, message)
    }

    fn ill_formed(&self, row: &Row<'_>, record: Record) -> Option<Problem> {
        if let Some(flaw) = record.flaw {
            let (code, message) = match flaw {
                Flaw::UnclosedQuote => (
                    "unclosed-quote",
                    "a quote is opened on this line and not closed where a field ends; double the quotes \
                        that belong to a value, or export again if the file was cut",
                ),
                Flaw::AfterQuote => {
                    ("bad-quote", "text follows a closing quote; double the quotes that belong to a value")
                }
                Flaw::TooLong => (
                    "row-too-long",
                    "the line is longer than 256 KiB; is this the right file, and does it have line ends?",
                ),
                Flaw::Nul => (
                    "nul-byte",
                    "the row has a zero byte, which no text has; export again, and check format.encoding",
                ),
            };
            return Some(Problem::row(row.text, code, message));
        }
        let lost = self.transcoded && row.text.contains(LOST);
        lost.then(|| {
            let place = (0..row.spans.len()).find(|place| row.cell(*place).contains(LOST));
            self.badly_encoded(row, place, row.text)
        })
    }

    fn badly_encoded(&self, row: &Row<'_>, place: Option<usize>, text: &str) -> Problem {
        let stated = self.format.encoding.unwrap_or(Encoding::Utf8).name();
        let message = format!(
            "the row has bytes that are nothing in {stated}; set format.encoding to what the ERP writes, \
                often windows-1252"
        );
        Problem::new(place.map_or_else(String::new, |place| row.name(place)), text, "bad-encoding", message)
    }
}
