//! Finds the records and fields of a CSV text, a record at a time and without copying.
//!
//! A record that cannot end within [`RECORD_MAX`] has lost a closing quote: then its first line alone is
//! given up ([`Flaw::UnclosedQuote`]) and reading goes on at the next line, so that one stray quote never
//! swallows a file.

/// The longest record, in bytes of UTF-8.
pub(crate) const RECORD_MAX: usize = 256 * 1024;

/// Delimiter and quote of a file.
#[derive(Debug, Clone)]
pub(crate) struct Dialect {
    delimiter: u8,
    quote: Option<u8>,
    /// Bytes at which an unquoted field has to stop and look.
    special: [bool; 256],
}

/// A field's bytes, without its quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// It has doubled quotes inside.
    pub(crate) escaped: bool,
}

/// What is wrong with a record's form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    UnclosedQuote,
    /// A line longer than [`RECORD_MAX`].
    TooLong,
    /// Text between a closing quote and the next delimiter.
    AfterQuote,
    Nul,
}

/// A record found in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Record {
    /// Where its text ends, line end not included.
    pub(crate) end: usize,
    /// Where the next record starts.
    pub(crate) next: usize,
    /// Physical lines it takes.
    pub(crate) lines: u64,
    /// The text ended before a line end came.
    pub(crate) last: bool,
    pub(crate) flaw: Option<Flaw>,
}

impl Dialect {
    pub(crate) fn new(delimiter: u8, quote: Option<u8>) -> Self {
        let mut special = [false; 256];
        for byte in [delimiter, b'\r', b'\n', 0] {
            special[usize::from(byte)] = true;
        }
        Self { delimiter, quote, special }
    }

    pub(crate) fn quote(&self) -> Option<u8> {
        self.quote
    }

    /// The record at `start`, its fields in `spans`; `None` when more text has to be read to know where it
    /// ends.
    ///
    /// `eof`: nothing follows `text`.
    pub(crate) fn record(
        &self,
        text: &[u8],
        start: usize,
        eof: bool,
        spans: &mut Vec<Span>,
    ) -> Option<Record> {
        spans.clear();
        let limit = text.len().min(start + RECORD_MAX);
        let mut walk = Walk { dialect: self, text: &text[..limit], lines: 1, flaw: None };
        let mut at = start;
        loop {
            let Some((span, stop)) = walk.field(at) else {
                return self.cut(text, start, eof, spans);
            };
            spans.push(span);
            match text[..limit].get(stop) {
                Some(byte) if *byte == self.delimiter => at = stop + 1,
                Some(_) => {
                    let next = line_end(text, stop, eof)?;
                    return Some(Record { end: stop, next, lines: walk.lines, last: false, flaw: walk.flaw });
                }
                None if limit == text.len() && eof => {
                    return Some(Record {
                        end: stop,
                        next: stop,
                        lines: walk.lines,
                        last: true,
                        flaw: walk.flaw,
                    });
                }
                None => return self.cut(text, start, eof, spans),
            }
        }
    }

    /// The first line of a record whose form is wrong, so that the next line can be tried by itself. A line
    /// that is too long comes in pieces, each of which counts as a record of no lines.
    pub(crate) fn first_line(&self, text: &[u8], start: usize, eof: bool) -> Option<Record> {
        let limit = text.len().min(start + RECORD_MAX);
        let stop =
            text[start..limit].iter().position(|byte| matches!(byte, b'\r' | b'\n')).map(|at| start + at);
        let flaw = Some(Flaw::UnclosedQuote);
        match stop {
            Some(stop) => {
                let next = line_end(text, stop, eof)?;
                Some(Record { end: stop, next, lines: 1, last: false, flaw })
            }
            None if limit - start == RECORD_MAX => {
                Some(Record { end: limit, next: limit, lines: 0, last: false, flaw: Some(Flaw::TooLong) })
            }
            None if eof => Some(Record { end: limit, next: limit, lines: 1, last: true, flaw }),
            None => None,
        }
    }

    /// A quote is open, or a line has no end, where the text stops.
    fn cut(&self, text: &[u8], start: usize, eof: bool, spans: &mut Vec<Span>) -> Option<Record> {
        if !eof && text.len() - start < RECORD_MAX {
            return None;
        }
        spans.clear();
        self.first_line(text, start, eof)
    }
}

/// Where the next record starts, `stop` being at a line end. A CR at the end of what was read may have its LF
/// to come.
fn line_end(text: &[u8], stop: usize, eof: bool) -> Option<usize> {
    match (text[stop], text.get(stop + 1)) {
        (b'\r', Some(b'\n')) => Some(stop + 2),
        (b'\r', None) if !eof => None,
        _ => Some(stop + 1),
    }
}

struct Walk<'a> {
    dialect: &'a Dialect,
    text: &'a [u8],
    lines: u64,
    flaw: Option<Flaw>,
}

impl Walk<'_> {
    /// The field at `at` and where it stops: at a delimiter, at a line end or at the text's end. `None`: a
    /// quote is still open there.
    fn field(&mut self, at: usize) -> Option<(Span, usize)> {
        if self.dialect.quote.is_some() && self.text.get(at) == self.dialect.quote.as_ref() {
            return self.quoted(at + 1);
        }
        let stop = self.plain(at);
        Some((Span { start: at, end: stop, escaped: false }, stop))
    }

    fn plain(&mut self, mut at: usize) -> usize {
        while let Some(&byte) = self.text.get(at) {
            if self.dialect.special[usize::from(byte)] {
                if byte != 0 {
                    break;
                }
                self.flaw.get_or_insert(Flaw::Nul);
            }
            at += 1;
        }
        at
    }

    fn quoted(&mut self, start: usize) -> Option<(Span, usize)> {
        let quote = self.dialect.quote?;
        let mut escaped = false;
        let mut at = start;
        loop {
            let byte = *self.text.get(at)?;
            if byte == quote {
                if self.text.get(at + 1) != Some(&quote) {
                    break;
                }
                escaped = true;
                at += 1;
            } else if byte == b'\n' || (byte == b'\r' && self.text.get(at + 1) != Some(&b'\n')) {
                self.lines += 1;
            } else if byte == 0 {
                self.flaw.get_or_insert(Flaw::Nul);
            }
            at += 1;
        }
        let span = Span { start, end: at, escaped };
        let stop = self.plain(at + 1);
        if self.text[at + 1..stop].iter().any(|byte| *byte != b' ') {
            self.flaw.get_or_insert(Flaw::AfterQuote);
        }
        Some((span, stop))
    }
}

#[cfg(test)]
mod tests {
    use super::{Dialect, Flaw, RECORD_MAX};

    /// Every record as (line, fields, flaw), reading `text` whole.
    fn records(text: &str) -> Vec<(u64, Vec<String>, Option<Flaw>)> {
        let dialect = Dialect::new(b',', Some(b'"'));
        let (mut at, mut line, mut found, mut spans) = (0, 1, vec![], vec![]);
        while at < text.len() {
            let record = dialect.record(text.as_bytes(), at, true, &mut spans).expect("the text is whole");
            found.push((line, spans.iter().map(|s| text[s.start..s.end].to_owned()).collect(), record.flaw));
            (at, line) = (record.next, line + record.lines);
        }
        found
    }

    fn row(line: u64, fields: &[&str]) -> (u64, Vec<String>, Option<Flaw>) {
        (line, fields.iter().map(|f| (*f).to_owned()).collect(), None)
    }

    #[test]
    fn records_end_at_any_line_end() {
        let expected = vec![row(1, &["a", "b"]), row(2, &["c", ""]), row(3, &["", "d"])];
        for text in ["a,b\nc,\n,d\n", "a,b\r\nc,\r\n,d\r\n", "a,b\rc,\r,d", "a,b\nc,\n,d"] {
            assert_eq!(records(text), expected, "{text:?}");
        }
    }

    #[test]
    fn quoted_line_ends_count_as_lines_of_the_file() {
        let text = "\"a\nb\",1\n\"c\r\nd\" ,2\n\"e\"\"f\",g\"h\n";
        let expected = vec![row(1, &["a\nb", "1"]), row(3, &["c\r\nd", "2"]), row(5, &["e\"\"f", "g\"h"])];
        assert_eq!(records(text), expected);
    }

    #[test]
    fn a_lost_quote_costs_its_own_line_only() {
        let found = records("1,2\n\"3,4\n5,6\n");
        assert_eq!(found[1], (2, vec![], Some(Flaw::UnclosedQuote)));
        assert_eq!(found[2], row(3, &["5", "6"]));
        assert_eq!(records("\"a\"b,c\n")[0].2, Some(Flaw::AfterQuote));
        assert_eq!(records("a\0,c\n")[0].2, Some(Flaw::Nul));
        let long = format!("\"x\n{}\"", "y\n".repeat(RECORD_MAX));
        assert_eq!(records(&long)[0], (1, vec![], Some(Flaw::UnclosedQuote)));
    }

    #[test]
    fn an_unfinished_record_waits_for_more() {
        let dialect = Dialect::new(b',', Some(b'"'));
        let mut spans = vec![];
        for text in ["a,b", "\"a\nb", "\"a\"", "a,b\r", ""] {
            assert_eq!(dialect.record(text.as_bytes(), 0, false, &mut spans), None, "{text:?}");
        }
    }
}
