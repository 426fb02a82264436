//! A folder of small files, each a document of its own, each read once.
//!
//! [`pull`] does what the contract's `importer.pull` asks of such a plugin: it lists by pages, reads files side by
//! side, remembers in the checkpoint which version of which file was read, and hands each file over with its
//! place in the import. With [`Inbox::archive`] a file is moved aside once the page it came with is saved.
//!
//! ```
//! use recaudo_sdk::{Checkpoint, Ctx, Stop, bench::Bench, erp, inbox::{self, Inbox}};
//! # struct Plugin;
//! # recaudo_sdk::export!(Plugin: Importer);
//! # impl recaudo_sdk::Importer for Plugin {
//! # fn check(_: &mut Ctx<Self>) -> Result<String, Stop> { Ok(String::new()) }
//! # fn discover(_: &mut Ctx<Self>) -> Result<Vec<erp::Feed>, Stop> { Ok(vec![]) }
//! fn pull(ctx: &mut Ctx<Self>, request: erp::PullRequest) -> Result<erp::Page, Stop> {
//!     let inbox = Inbox::new("drop", ".txt");
//!     inbox::pull(ctx, &request, &inbox, |file, page| {
//!         page.rejects.push(file.reject("", &String::from_utf8_lossy(&file.bytes), "no-record", "just a note"));
//!     })
//! }
//! # }
//! let mut bench = Bench::new().file("drop", "a.txt", "one").file("drop", "b.pdf", "no");
//! let pages = bench.pull::<Plugin>("files", 500)?;
//! assert_eq!((pages[0].read, pages[0].rejects[0].source.as_str()), (1, "a.txt"));
//! # Ok::<(), recaudo_sdk::Failure>(())
//! ```

mod state;
#[cfg(test)]
mod tests;

use state::State;

use crate::tag::Hasher;
use crate::{Ability, Ctx, Fail, Kind, Level, Reject, Stop, erp, files, log};

/// Files of a listing page, and pages of a listing looked at for one page of the import.
const LISTED: u32 = 1_000;
const LISTINGS: usize = 20;
/// Files read for one page, and their bytes: answers held at once stay within a quarter of a guest's memory.
const FILES_MAX: usize = 200;
const BYTES_MAX: u64 = 8 * 1024 * 1024;
/// Files moved aside after a page; each takes a step of its own.
const ARCHIVED_MAX: usize = 50;
/// Values shown in a reject.
const SHOWN_MAX: usize = 200;

/// Which files of a folder.
#[derive(Debug, Clone)]
pub struct Inbox {
    /// The folder's label in the manifest.
    pub source: String,
    /// How names end, in lower case, such as `.xml`; other files are left alone.
    pub suffix: String,
    /// Larger files are refused; at most 8 MiB.
    pub file_max: u64,
    /// Files are moved aside when they have come in.
    pub archive: bool,
    /// Whatever makes the same file mean something else, as the configuration does: when it changes, all are read
    /// again.
    pub meaning: Vec<u8>,
}

impl Inbox {
    /// Files of a folder up to 8 MiB, left where they are.
    pub fn new(source: &str, suffix: &str) -> Self {
        Self {
            source: source.into(),
            suffix: suffix.into(),
            file_max: BYTES_MAX,
            archive: false,
            meaning: vec![],
        }
    }

    fn takes(&self, path: &str) -> bool {
        path.to_lowercase().ends_with(&self.suffix)
    }
}

/// A file with its content.
#[derive(Debug, Clone)]
pub struct File {
    /// Its path in the folder.
    pub path: String,
    /// All of it.
    pub bytes: Vec<u8>,
    /// When it was last modified, in seconds, as a record's version; 0 when the source does not say.
    pub version: u64,
    /// Which file of the import it is, from 1: a record's row.
    pub row: u64,
}

impl File {
    /// A reject about this file. Of `value` the beginning is shown.
    pub fn reject(&self, field: &str, value: &str, code: &str, message: impl Into<String>) -> Reject {
        let shown = value.trim().chars().take(SHOWN_MAX).map(|c| if c.is_control() { ' ' } else { c });
        Reject {
            source: self.path.clone(),
            row: self.row,
            field: field.into(),
            value: shown.collect(),
            code: code.into(),
            message: message.into(),
        }
    }
}

/// The next page: `take` is called for each new or changed file, in the order of their paths, and puts what is in
/// it on the page.
///
/// # Errors
/// What the source says; `bad-checkpoint` for a checkpoint of a newer layout.
pub fn pull<A>(
    ctx: &mut Ctx<A>,
    request: &erp::PullRequest,
    inbox: &Inbox,
    mut take: impl FnMut(&File, &mut erp::Page),
) -> Result<erp::Page, Stop>
where
    A: Ability<Effect: From<files::Request>, Outcome: Into<Option<files::Outcome>>>,
{
    let meaning = digest(&[&inbox.meaning]);
    let mut state = match &request.checkpoint {
        None => State::new(meaning),
        Some(checkpoint) => State::decode(checkpoint, meaning).ok_or_else(|| {
            let message = "the checkpoint is of a newer version of this plugin, or damaged; read the feed anew from its start";
            Fail::invalid_input("bad-checkpoint", message)
        })?,
    };
    set_aside(ctx, inbox, &mut state)?;
    let wanted = if inbox.archive { ARCHIVED_MAX } else { FILES_MAX };
    let (chosen, ended) = choose(ctx, inbox, &mut state, wanted.min(request.rows_max.max(1) as usize))?;
    let mut page = empty(inbox);
    for (file, too_large) in contents(ctx, inbox, &mut state, chosen)? {
        page.read += 1;
        if too_large {
            let message =
                format!("the file is larger than {} bytes; is it what the folder is for?", inbox.file_max);
            page.rejects.push(file.reject("", "", "file-too-large", message));
        } else {
            take(&file, &mut page);
        }
    }
    page.done = ended && state.aside.is_empty();
    if page.done {
        state.end();
    }
    page.checkpoint = state.encode();
    Ok(page)
}

fn empty(inbox: &Inbox) -> erp::Page {
    erp::Page {
        mode: erp::Mode::Events,
        origin: inbox.source.clone(),
        read: 0,
        rows: erp::Batch::default(),
        rejects: vec![],
        checkpoint: crate::Checkpoint { version: 0, bytes: vec![] },
        done: false,
        not_before: None,
        control: vec![],
    }
}

pub(super) fn digest(parts: &[&[u8]]) -> u64 {
    let mut hasher = Hasher::new();
    for part in parts {
        hasher.field(part);
    }
    hasher.finish()
}

/// Moves aside what came in with the page before, which is saved by now. What changed meanwhile stays.
fn set_aside<A>(ctx: &mut Ctx<A>, inbox: &Inbox, state: &mut State) -> Result<(), Stop>
where
    A: Ability<Effect: From<files::Request>, Outcome: Into<Option<files::Outcome>>>,
{
    for (path, etag) in core::mem::take(&mut state.aside) {
        let target = files::Target { source: inbox.source.clone(), path, etag: Some(etag) };
        match ctx.file(files::Request::Archive(target), true) {
            Err(Stop::Failed(failure)) if matches!(failure.kind, Kind::NotFound | Kind::Conflict) => {}
            other => {
                other?;
            }
        }
    }
    Ok(())
}

/// The next files not read yet, and whether the folder ends with them.
fn choose<A>(
    ctx: &mut Ctx<A>,
    inbox: &Inbox,
    state: &mut State,
    wanted: usize,
) -> Result<(Vec<files::Entry>, bool), Stop>
where
    A: Ability<Effect: From<files::Request>, Outcome: Into<Option<files::Outcome>>>,
{
    let (mut chosen, mut bytes): (Vec<files::Entry>, u64) = (vec![], 0);
    for _ in 0..LISTINGS {
        let listing = files::Listing {
            source: inbox.source.clone(),
            prefix: String::new(),
            after: state.after.clone(),
            limit: LISTED,
        };
        let files::Listed { entries, more } = ctx.enumerate(listing)?;
        let before = state.after.clone();
        for entry in entries {
            if inbox.takes(&entry.path) && !state.knows(&entry.path, &entry.etag) {
                let size = if entry.size > inbox.file_max { 0 } else { entry.size };
                if chosen.len() >= wanted || (bytes + size > BYTES_MAX && !chosen.is_empty()) {
                    return Ok((chosen, false));
                }
                bytes += size;
                state.after.clone_from(&entry.path);
                chosen.push(entry);
            } else {
                state.after = entry.path;
            }
        }
        if !more || state.after == before {
            return Ok((chosen, true));
        }
    }
    Ok((chosen, false))
}

/// Reads what was chosen. A file that changed or went since it was listed is left for the next import.
fn contents<A>(
    ctx: &mut Ctx<A>,
    inbox: &Inbox,
    state: &mut State,
    chosen: Vec<files::Entry>,
) -> Result<Vec<(File, bool)>, Stop>
where
    A: Ability<Effect: From<files::Request>, Outcome: Into<Option<files::Outcome>>>,
{
    let small = |entry: &&files::Entry| entry.size <= inbox.file_max;
    let effects =
        chosen.iter().filter(small).map(|entry| files::Request::Read(range(inbox, entry, 0)).into());
    let mut outcomes = ctx.perform_all(effects.collect())?.into_iter();
    let mut found = vec![];
    for entry in chosen {
        let mut bytes = vec![];
        if small(&&entry) {
            let outcome = outcomes.next().and_then(Into::into).ok_or_else(Fail::diverged)?;
            match whole(ctx, inbox, &entry, outcome)? {
                Some(read) => bytes = read,
                None => {
                    log(
                        Level::Warn,
                        "file-changed: left for the next import",
                        &[("file".into(), entry.path)],
                    );
                    continue;
                }
            }
        }
        state.row += 1;
        state.remember(&entry.path, &entry.etag);
        if inbox.archive {
            state.aside.push((entry.path.clone(), entry.etag.clone()));
        }
        let seconds = entry.modified.map_or(0, |instant| instant.seconds);
        let version = u64::try_from(seconds).unwrap_or(0);
        let too_large = entry.size > inbox.file_max;
        found.push((File { path: entry.path, bytes, version, row: state.row }, too_large));
    }
    Ok(found)
}

fn range(inbox: &Inbox, entry: &files::Entry, offset: u64) -> files::Range {
    files::Range {
        source: inbox.source.clone(),
        path: entry.path.clone(),
        offset,
        length: u32::try_from(entry.size - offset.min(entry.size)).unwrap_or(u32::MAX).max(1),
        etag: Some(entry.etag.clone()),
    }
}

/// The whole file from its first chunk on: a source may give less at once than was asked for.
fn whole<A>(
    ctx: &mut Ctx<A>,
    inbox: &Inbox,
    entry: &files::Entry,
    first: files::Outcome,
) -> Result<Option<Vec<u8>>, Stop>
where
    A: Ability<Effect: From<files::Request>, Outcome: Into<Option<files::Outcome>>>,
{
    let mut outcome =
        first.map_err(|failure| Fail::file(&failure)).map_err(Stop::from).and_then(|response| {
            if let files::Response::Chunk(chunk) = response {
                Ok(chunk)
            } else {
                Err(Fail::diverged().into())
            }
        });
    let mut bytes: Vec<u8> = vec![];
    loop {
        let chunk = match outcome {
            Ok(chunk) => chunk,
            Err(Stop::Failed(failure)) if matches!(failure.kind, Kind::NotFound | Kind::Conflict) => {
                return Ok(None);
            }
            Err(stop) => return Err(stop),
        };
        let (none, ended) = (chunk.bytes.is_empty(), chunk.end_of_file);
        bytes.extend_from_slice(&chunk.bytes);
        if ended || bytes.len() as u64 >= entry.size {
            return Ok(Some(bytes));
        }
        if none {
            let message = format!("{}: the source gave no bytes and no end", entry.path);
            return Err(Fail::unavailable("no-progress", message).into());
        }
        outcome = ctx.read(range(inbox, entry, bytes.len() as u64));
    }
}
