//! The head of a file: encoding, skipped lines, delimiter, header.

use recaudo_sdk::Failure;

use crate::checkpoint::Head;
use crate::encoding::Encoding;
use crate::field::{Columns, unescaped};
use crate::map::Mapping;
use crate::plan::Feed;
use crate::problem::Problem;
use crate::scan::{Dialect, Span};

const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Names of columns go into the checkpoint, which holds 64 KiB.
const NAMES_MAX: usize = 32 * 1024;

/// What files that are no text begin with.
const BINARY: [(&[u8], &str); 4] = [
    (b"PK\x03\x04", "a spreadsheet or a zip"),
    (b"\xD0\xCF\x11\xE0", "an old spreadsheet"),
    (b"\x1F\x8B", "a gzip"),
    (b"%PDF", "a PDF"),
];

/// A head that was read whole.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) head: Head,
    /// Bytes of the file it takes.
    pub(crate) length: usize,
    /// Lines of the file it takes.
    pub(crate) lines: u64,
}

/// Why there is no head.
#[derive(Debug)]
pub(crate) enum NoHead {
    /// More of the file has to be read.
    More,
    /// The file cannot be used: the line to point at, and why.
    Refused(u64, Problem),
    Failed(Failure),
}

/// Reads the head of a file whose first bytes are `raw`.
pub(crate) fn read(feed: &Feed<'_>, raw: &[u8], eof: bool) -> Result<Found, NoHead> {
    if raw.len() < 4 && !eof {
        return Err(NoHead::More);
    }
    if let Some((_, kind)) = BINARY.iter().find(|(start, _)| raw.starts_with(start)) {
        let message = format!("this is {kind} file, not text; export it as CSV");
        return Err(NoHead::Refused(1, Problem::row("", "not-text", message)));
    }
    let (encoding, mark) = Encoding::detect(raw, feed.format.encoding);
    let text = encoding.decode(&raw[mark..], eof);
    let (mut at, mut lines) = (0, 0);
    while at < text.len() && (lines < feed.format.skip_lines || is_blank_line(&text, at)) {
        let line = Dialect::new(b',', None).first_line(&text, at, eof).ok_or(NoHead::More)?;
        (at, lines) = (line.next, lines + line.lines);
    }
    if at >= text.len() && !eof {
        return Err(NoHead::More);
    }
    let candidate = best(feed, &text, at, eof)?;
    let end = if feed.format.header { candidate.next } else { at };
    if feed.format.header {
        lines += candidate.lines;
    }
    let length = mark + encoding.source_len(&text[..end]);
    let head = Head { encoding, delimiter: candidate.delimiter, names: candidate.names };
    Ok(Found { head, length, lines })
}

/// The sections with their columns, or why the file's header does not do.
pub(crate) fn resolve(feed: &Feed<'_>, head: &Head, line: u64) -> Result<(Mapping, usize), NoHead> {
    let header = feed.format.header.then_some(head.names.as_slice());
    let mut columns = Columns::new(header, feed.format.header);
    let mapping = feed.mapping(&mut columns).map_err(NoHead::Failed)?;
    let there = head.names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if head.names.iter().all(String::is_empty) && feed.format.header {
        let message = "the file is empty; put a header line on top, or set format.header to false";
        return Err(NoHead::Refused(line, Problem::row("", "no-header", message)));
    }
    if there.len() > NAMES_MAX {
        let message = "the header is longer than any table's; is the delimiter the right one, and is this \
            the right file?";
        return Err(NoHead::Refused(line, Problem::row(&there, "no-header", message)));
    }
    if !columns.missing.is_empty() {
        let there: String = there.chars().take(1000).collect();
        let constant = columns.missing.first().map_or("", String::as_str);
        let message = format!(
            "the file has no such column; it has {there}; correct the name in the configuration or the export; \
             the same value for every row is written \"={constant}\""
        );
        return Err(NoHead::Refused(
            line,
            Problem::new(columns.missing.join(", "), "", "missing-column", message),
        ));
    }
    if !columns.doubled.is_empty() {
        let message = "the header has this name more than once; rename one of them, or give the column's \
            number instead";
        return Err(NoHead::Refused(
            line,
            Problem::new(columns.doubled.join(", "), "", "duplicate-column", message),
        ));
    }
    Ok((mapping, columns.width))
}

struct Candidate {
    delimiter: u8,
    names: Vec<String>,
    next: usize,
    lines: u64,
    /// Columns of the configuration that its header has, then how many columns there are.
    score: (usize, usize),
}

/// The delimiter under which the most of what the configuration names is there.
fn best(feed: &Feed<'_>, text: &[u8], at: usize, eof: bool) -> Result<Candidate, NoHead> {
    let stated = feed.format.delimiter.map(|delimiter| [delimiter]);
    let mut best: Option<Candidate> = None;
    for &delimiter in stated.as_ref().map_or(&DELIMITERS[..], |one| &one[..]) {
        let candidate = candidate(feed, text, at, eof, delimiter)?;
        if best.as_ref().is_none_or(|best| candidate.score > best.score) {
            best = Some(candidate);
        }
    }
    best.ok_or(NoHead::More)
}

fn candidate(feed: &Feed<'_>, text: &[u8], at: usize, eof: bool, delimiter: u8) -> Result<Candidate, NoHead> {
    let mut spans: Vec<Span> = vec![];
    let dialect = Dialect::new(delimiter, feed.format.quote);
    let record = dialect.record(text, at, eof, &mut spans).ok_or(NoHead::More)?;
    let name = |span: &Span| {
        let text = String::from_utf8_lossy(&text[span.start..span.end]);
        let quote = char::from(feed.format.quote.unwrap_or(b'"'));
        if span.escaped { unescaped(text.trim(), quote) } else { text.trim().to_owned() }
    };
    let names: Vec<String> = if feed.format.header { spans.iter().map(name).collect() } else { vec![] };
    let mut columns = Columns::new(feed.format.header.then_some(names.as_slice()), feed.format.header);
    feed.mapping(&mut columns).map_err(NoHead::Failed)?;
    let found = if feed.format.header { columns.found } else { 0 };
    Ok(Candidate { delimiter, next: record.next, lines: record.lines, score: (found, spans.len()), names })
}

/// No more than spaces on the line that starts here. A line not read whole yet is not blank: the scanner asks
/// for more.
fn is_blank_line(text: &[u8], at: usize) -> bool {
    let rest = text[at..].iter().find(|byte| !matches!(byte, b' ' | b'\t'));
    matches!(rest, Some(b'\r' | b'\n'))
}
