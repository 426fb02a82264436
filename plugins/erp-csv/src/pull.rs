//! One page of a feed: find the file, read a range, take its rows, say where to go on.

use std::borrow::Cow;

use recaudo_sdk::{Ctx, Fail, Failure, Kind, Level, Stop, erp, files, log};

use crate::ErpCsv;
use crate::checkpoint::{self, OpenFile, Place};
use crate::head::{self, NoHead};
use crate::listing::{self, SOURCE};
use crate::page::{BYTES_MAX, Page};
use crate::plan::{self, Feed};
use crate::problem::Problem;
use crate::rows::{Table, Text};
use crate::scan::Dialect;

/// The smallest and the largest range asked for, in bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ranges {
    pub(crate) least: u64,
    pub(crate) most: u64,
}

/// Two of the largest, and what is parsed from one, stay well within a guest's 64 MiB.
pub(crate) const RANGES: Ranges = Ranges { least: 64 * 1024, most: 2 * 1024 * 1024 };
/// A row's length before any has been seen.
const ROW_GUESS: u64 = 128;
/// A file that changes this often within [`RESTARTS_WITHIN`] seconds is still being written.
const RESTARTS_MAX: u64 = 3;
const RESTARTS_WITHIN: i64 = 600;

/// The next page.
pub(crate) fn pull(
    ctx: &mut Ctx<ErpCsv>,
    request: &erp::PullRequest,
    ranges: Ranges,
) -> Result<erp::Page, Stop> {
    let digest = checkpoint::digest(ctx.config());
    let config = plan::parse(ctx.config())?;
    let feeds = plan::feeds(&config)?;
    let feed =
        feeds.iter().find(|feed| feed.name == request.feed).ok_or_else(|| unknown_feed(&request.feed))?;
    let place = match &request.checkpoint {
        Some(bytes) => checkpoint::decode(bytes, digest).ok_or_else(unreadable)?,
        None => Place::Start,
    };
    let (mut file, fresh) = match place {
        Place::Inside(file) => (file, false),
        Place::Start | Place::Finished => match next_file(ctx, feed, "")? {
            Some(file) => (file, true),
            None => return nothing_there(feed, digest),
        },
        Place::After(path) => match next_file(ctx, feed, &path)? {
            Some(file) => (file, true),
            None => return Ok(finish(Page::new(&feed.path), feed, None, (Place::Finished, digest))),
        },
    };
    if fresh && feed.snapshot.is_some() && file.day.is_none() {
        let message = "the file's name has no day such as 20240131; rename it, or set snapshot_day to \
            business-day or modified";
        return refuse_file(feed, file, 0, Problem::row("", "no-snapshot-day", message), digest);
    }
    let wanted = u64::from(request.rows_max.max(1));
    let mut page = Page::new(&file.path);
    let end = match read_rows(ctx, feed, &mut file, &mut page, (wanted, ranges)) {
        Ok(end) => end,
        Err(Interrupted::Stopped(stop)) => return Err(stop),
        Err(Interrupted::Refused(row, problem)) => return refuse_file(feed, file, row, problem, digest),
        Err(Interrupted::Changed(failure)) => return begin_again(ctx, feed, file, &failure, digest),
    };
    if feed.snapshot.is_some() && end == End::OfFile && file.rows == 0 {
        let message =
            format!("{}: a snapshot without rows would settle every item; export it again", file.path);
        return Err(Fail::invalid_input("empty-snapshot", message).into());
    }
    let day = file.day;
    let place = match (end, file.last) {
        (End::OfFile, true) => Place::Finished,
        (End::OfFile, false) => Place::After(file.path),
        (End::OfPage, _) => Place::Inside(file),
    };
    Ok(finish(page, feed, day, (place, digest)))
}

fn unknown_feed(name: &str) -> Failure {
    Fail::invalid_input(
        "unknown-feed",
        format!("the configuration has no feed `{name}`; ask for the feeds again"),
    )
}

fn unreadable() -> Failure {
    let message =
        "the checkpoint is of a newer version of this plugin, or damaged; read the feed anew from its start";
    Fail::invalid_input("bad-checkpoint", message)
}

fn next_file(ctx: &mut Ctx<ErpCsv>, feed: &Feed<'_>, after: &str) -> Result<Option<OpenFile>, Stop> {
    Ok(first(&listing::list(ctx, feed, after)?))
}

pub(crate) fn first(found: &[listing::Found]) -> Option<OpenFile> {
    found.first().map(|file| OpenFile {
        path: file.path.clone(),
        version: u64::try_from(file.modified).unwrap_or(0),
        etag: None,
        last: found.len() == 1,
        day: file.day,
        head: None,
        offset: 0,
        line: 1,
        rows: 0,
        restarts: 0,
        restarted_at: 0,
    })
}

/// A named file that is not there is told; a pattern may well find nothing today.
fn nothing_there(feed: &Feed<'_>, digest: u64) -> Result<erp::Page, Stop> {
    let mut page = Page::new(&feed.path);
    if !feed.optional && !feed.is_pattern() {
        let message =
            "there is no such file in the folder; correct `path`, or set `optional` if it may be missing";
        if feed.snapshot.is_some() {
            return Err(Fail::new(Kind::NotFound, "file-missing", format!("{}: {message}", feed.path)).into());
        }
        page.refuse(0, Problem::row("", "file-missing", message));
    }
    Ok(finish(page, feed, None, (Place::Finished, digest)))
}

/// The file cannot be used; the others go on. A snapshot without it would tell that its items are settled, so
/// there it is a failure.
fn refuse_file(
    feed: &Feed<'_>,
    file: OpenFile,
    row: u64,
    problem: Problem,
    digest: u64,
) -> Result<erp::Page, Stop> {
    if feed.snapshot.is_some() {
        let field = if problem.field.is_empty() { String::new() } else { format!(", {}", problem.field) };
        let message = format!("{}{field}: {}", file.path, problem.message);
        return Err(Fail::invalid_input(problem.code, message).into());
    }
    let mut page = Page::new(&file.path);
    page.refuse(row, problem);
    let place = if file.last { Place::Finished } else { Place::After(file.path) };
    Ok(finish(page, feed, None, (place, digest)))
}

/// The file is no longer the one that was begun: an empty page sends the import back to its start, where
/// repeated rows change nothing. A file that keeps changing is being written, and has to be left alone for a
/// while.
fn begin_again(
    ctx: &Ctx<ErpCsv>,
    feed: &Feed<'_>,
    file: OpenFile,
    failure: &Failure,
    digest: u64,
) -> Result<erp::Page, Stop> {
    let now = ctx.call().now.seconds;
    let recent = now.saturating_sub(file.restarted_at) < RESTARTS_WITHIN;
    if recent && file.restarts >= RESTARTS_MAX {
        let message = format!(
            "{}: the file keeps changing while it is read; wait until the ERP has written it",
            file.path
        );
        return Err(Fail::new(Kind::Conflict, "file-changed", message).into());
    }
    if failure.kind == Kind::NotFound {
        let message = "the file was taken away while it was read; put it back and import again";
        let row = file.line;
        return refuse_file(feed, file, row, Problem::row("", "file-gone", message), digest);
    }
    log(
        Level::Warn,
        "file-changed: the file changed while it was read; it is read again from its start",
        &[("file".into(), file.path.clone())],
    );
    let (restarts, restarted_at) = if recent { (file.restarts + 1, file.restarted_at) } else { (1, now) };
    let page = Page::new(&file.path);
    let day = file.day;
    // Its place in the feed stays; what it is now has to be found out anew.
    let version = u64::try_from(now).unwrap_or(file.version).max(file.version);
    let again = OpenFile {
        etag: None,
        head: None,
        offset: 0,
        line: 1,
        rows: 0,
        restarts,
        restarted_at,
        version,
        ..file
    };
    Ok(finish(page, feed, day, (Place::Inside(again), digest)))
}

fn finish(page: Page, feed: &Feed<'_>, day: Option<i32>, (place, digest): (Place, u64)) -> erp::Page {
    let mode = match (feed.snapshot, day) {
        (Some(_), Some(day)) => erp::Mode::Snapshot(day),
        _ => erp::Mode::Events,
    };
    let control = page.totals();
    erp::Page {
        mode,
        origin: page.origin,
        read: page.read,
        rows: page.batch,
        rejects: page.rejects,
        checkpoint: checkpoint::encode(&place, digest),
        done: place == Place::Finished,
        not_before: None,
        control,
    }
}

pub(crate) enum Interrupted {
    Stopped(Stop),
    /// The file cannot be used: the line to point at, and why.
    Refused(u64, Problem),
    Changed(Failure),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    OfFile,
    OfPage,
}

/// Reads ranges until the page has at least one row or the file ends; as a rule one range makes a page.
fn read_rows(
    ctx: &mut Ctx<ErpCsv>,
    feed: &Feed<'_>,
    file: &mut OpenFile,
    page: &mut Page,
    (wanted, ranges): (u64, Ranges),
) -> Result<End, Interrupted> {
    let mut raw: Vec<u8> = vec![];
    let mut length = range_length(file, wanted, ranges);
    loop {
        let had = raw.len();
        let eof = read_range(ctx, file, &mut raw, length)?;
        if raw.len() == had && !eof {
            let failure = Fail::unavailable(
                "no-progress",
                format!("{}: the source gave no bytes and no end", file.path),
            );
            return Err(Interrupted::Stopped(failure.into()));
        }
        let before = file.offset;
        if let Some(end) = take(feed, file, page, (&raw, eof), wanted)? {
            return Ok(end);
        }
        // The head alone was taken: what follows it is in hand already.
        let taken = usize::try_from(file.offset - before).unwrap_or(raw.len()).min(raw.len());
        raw.drain(..taken);
        length = length.saturating_mul(2).min(ranges.most);
    }
}

fn range_length(file: &OpenFile, wanted: u64, ranges: Ranges) -> u64 {
    let row = file.offset.checked_div(file.rows).map_or(ROW_GUESS, |length| length + 1);
    let fitting = u64::try_from(BYTES_MAX).unwrap_or(u64::MAX) / (row * 4 + 600);
    let rows = wanted.min(fitting.max(1));
    // A few more than the average says, so that most pages come full.
    (rows * row + rows * row / 16).clamp(ranges.least, ranges.most)
}

/// Appends a range; is that the file's end?
pub(crate) fn read_range(
    ctx: &mut Ctx<ErpCsv>,
    file: &mut OpenFile,
    raw: &mut Vec<u8>,
    length: u64,
) -> Result<bool, Interrupted> {
    let offset = file.offset + u64::try_from(raw.len()).unwrap_or(u64::MAX);
    let range = files::Range {
        source: SOURCE.to_owned(),
        path: file.path.clone(),
        offset,
        length: u32::try_from(length).unwrap_or(u32::MAX),
        etag: file.etag.clone(),
    };
    match ctx.read(range) {
        Ok(chunk) => {
            file.etag.get_or_insert(chunk.etag);
            if raw.is_empty() {
                *raw = chunk.bytes;
            } else {
                raw.extend_from_slice(&chunk.bytes);
            }
            Ok(chunk.end_of_file)
        }
        Err(Stop::Failed(failure)) if matches!(failure.kind, Kind::Conflict | Kind::NotFound) => {
            Err(Interrupted::Changed(failure))
        }
        Err(stop) => Err(Interrupted::Stopped(stop)),
    }
}

/// Takes what it can of the bytes in hand; `None` when more of them are needed before there is anything to
/// tell.
fn take(
    feed: &Feed<'_>,
    file: &mut OpenFile,
    page: &mut Page,
    (raw, eof): (&[u8], bool),
    wanted: u64,
) -> Result<Option<End>, Interrupted> {
    let mut raw = raw;
    if file.head.is_none() {
        let found = match head::read(feed, raw, eof) {
            Ok(found) => found,
            Err(NoHead::More) => return Ok(None),
            Err(no_head) => return Err(refused(no_head)),
        };
        head::resolve(feed, &found.head, found.lines).map_err(refused)?;
        file.head = Some(found.head);
        file.line += found.lines;
        file.offset += u64::try_from(found.length).unwrap_or(0);
        raw = &raw[found.length..];
    }
    let Some(head) = &file.head else { return Ok(None) };
    let (mapping, width) = head::resolve(feed, head, file.line).map_err(refused)?;
    let dialect = Dialect::new(head.delimiter, feed.format.quote);
    let text = head.encoding.decode(raw, eof);
    let table = Table {
        dialect: &dialect,
        format: &feed.format,
        mapping: &mapping,
        names: &head.names,
        width,
        version: file.version,
        transcoded: matches!(text, Cow::Owned(_)),
    };
    let taken = table.take(Text { bytes: &text, start: 0, line: file.line, eof }, wanted, page);
    let used = head.encoding.source_len(&text[..taken.end]);
    file.offset += u64::try_from(used).unwrap_or(0);
    file.line += taken.lines;
    file.rows += taken.rows;
    if eof && taken.end == text.len() {
        return Ok(Some(End::OfFile));
    }
    Ok((taken.end > 0).then_some(End::OfPage))
}

fn refused(no_head: NoHead) -> Interrupted {
    match no_head {
        NoHead::Refused(row, problem) => Interrupted::Refused(row, problem),
        NoHead::Failed(failure) => Interrupted::Stopped(failure.into()),
        NoHead::More => Interrupted::Stopped(Fail::diverged().into()),
    }
}
