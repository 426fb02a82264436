//! What every reader of bank files needs besides its format: ranges, checkpoints, pages, identity.
//!
//! A format implements [`Format`]: it takes what is whole at the beginning of some bytes and says how many
//! that were. [`read`] does the rest of the contract's `statement.read`: it reads the file by ranges, puts
//! format and place into the checkpoint, asks for a longer range when nothing is whole yet, refuses a file
//! that changed meanwhile, and knows the end. Feature `json`.

mod seen;
#[cfg(test)]
mod tests;

pub use seen::Seen;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::payments::statement::{BankStatement, Page};
use crate::{Ability, Checkpoint, Ctx, Fail, Failure, Kind, Reject, Stop, files};

/// The first range of a page, in bytes.
const RANGE: u32 = 512 * 1024;
/// A record that is longer than this is none.
const RECORD_MAX: usize = 4 * 1024 * 1024;
/// The layout of the checkpoint's bytes.
const VERSION: u32 = 1;

/// A file format, and what it has to remember between two pages: small, and without personal data, for it
/// goes into the checkpoint.
pub trait Format: Clone + Default + Serialize + DeserializeOwned {
    /// What the plugin was configured with.
    type Config;

    /// Takes what is whole, puts it on the sheet, and says how many bytes that were. Nothing is fine: it is
    /// asked again with more. When the file ends with these bytes, it takes them all, unless the sheet is
    /// full, or fails. What it does must not depend on where a range ends.
    ///
    /// # Errors
    /// `unsupported`, `other-format` ([`other_format`]) at the start of a file of another format;
    /// `invalid-input` for a broken one.
    fn take(&mut self, config: &Self::Config, input: Input<'_>, sheet: &mut Sheet) -> Result<usize, Failure>;
}

/// A part of the file.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// Path of the file, for messages.
    pub path: &'a str,
    /// Where in the file they begin.
    pub offset: u64,
    /// From the first byte not taken yet.
    pub bytes: &'a [u8],
    /// The file ends with them.
    pub ended: bool,
}

/// The page being made.
#[derive(Debug, Default)]
pub struct Sheet {
    path: String,
    statements: Vec<BankStatement>,
    rejects: Vec<Reject>,
    entries: usize,
}

/// Entries of a page at most; a format stops at the next record.
const ENTRIES_MAX: usize = 2_000;

impl Sheet {
    /// The part of a statement on this page.
    pub fn statement(&mut self, account: &str, number: &str, kind: &str) -> &mut BankStatement {
        let same =
            self.statements.last().is_some_and(|last| last.account == account && last.number == number);
        if !same {
            self.statements.push(BankStatement {
                account: account.into(),
                number: number.into(),
                kind: kind.into(),
                first_day: None,
                last_day: None,
                opening: None,
                closing: None,
                entries: vec![],
            });
        }
        let last = self.statements.len() - 1;
        &mut self.statements[last]
    }

    /// Counts a record that was put on the page or refused.
    pub fn count(&mut self) {
        self.entries += 1;
    }

    /// The format should stop after this record.
    pub fn is_full(&self) -> bool {
        self.entries >= ENTRIES_MAX
    }

    /// Puts a record that cannot be used where a person finds it.
    pub fn reject(&mut self, row: u64, field: &str, value: &str, (code, message): (&str, String)) {
        let value = value.chars().take(200).map(|c| if c.is_control() { ' ' } else { c }).collect();
        self.rejects.push(Reject {
            source: self.path.clone(),
            row,
            field: field.into(),
            value,
            code: code.into(),
            message,
        });
    }
}

/// The failure for a file of another format.
pub fn other_format(path: &str, expected: &str) -> Failure {
    let message = format!("{path}: this is no {expected}");
    Failure { retry: crate::Retry::Never, ..Fail::new(Kind::Unsupported, "other-format", message) }
}

/// Where a file was left.
#[derive(Serialize, Deserialize)]
struct Left<F> {
    offset: u64,
    etag: String,
    format: F,
}

/// The page after a checkpoint.
///
/// # Errors
/// What the format says; `bad-checkpoint`; `file-changed` when the file is no longer the one that was begun.
pub fn read<P, F>(
    ctx: &mut Ctx<P>,
    config: &F::Config,
    (source, path): (&str, &str),
    since: Option<&Checkpoint>,
) -> Result<Page, Stop>
where
    P: Ability<Effect: From<files::Request>, Outcome: Into<Option<files::Outcome>>>,
    F: Format,
{
    let (start, mut etag, format) = match since {
        None => (0, None, F::default()),
        Some(checkpoint) => {
            let left: Left<F> = checkpoint.left(VERSION, "the checkpoint of the file")?;
            (left.offset, Some(left.etag), left.format)
        }
    };
    let (mut bytes, mut length) = (vec![], RANGE);
    loop {
        let offset = start + bytes.len() as u64;
        let range = files::Range { source: source.into(), path: path.into(), offset, length, etag };
        let chunk = ctx.read(range).map_err(|stop| explain(stop, path))?;
        let stuck = chunk.bytes.is_empty() && !chunk.end_of_file;
        bytes.extend_from_slice(&chunk.bytes);
        let mut next = format.clone();
        let mut sheet = Sheet { path: path.into(), ..Sheet::default() };
        let input = Input { path, offset: start, bytes: &bytes, ended: chunk.end_of_file };
        let taken = next.take(config, input, &mut sheet)?;
        let done = chunk.end_of_file && taken == bytes.len();
        if done || taken > 0 {
            let left = Left { offset: start + taken as u64, etag: chunk.etag, format: next };
            return Ok(page(sheet, &left, done)?);
        }
        if stuck || chunk.end_of_file {
            let message = format!("{path}: the source gave no more bytes and no end; try again");
            return Err(Fail::unavailable("no-progress", message).into());
        }
        if bytes.len() >= RECORD_MAX {
            let message =
                format!("{path}: a record at byte {start} is longer than 4 MiB; is the file damaged?");
            return Err(Fail::invalid_input("row-too-long", message).into());
        }
        (etag, length) = (Some(chunk.etag), length.saturating_mul(2).min(RANGE * 4));
    }
}

fn page<F: Serialize>(sheet: Sheet, left: &Left<F>, done: bool) -> Result<Page, Failure> {
    let Sheet { statements, rejects, .. } = sheet;
    Ok(Page { statements, rejects, checkpoint: Checkpoint::of(VERSION, left)?, done })
}

fn explain(stop: Stop, path: &str) -> Stop {
    match stop {
        Stop::Failed(failure) if failure.kind == Kind::Conflict => {
            let message = format!("{path}: the file changed while it was read; read it anew from its start");
            Stop::Failed(Failure { message, ..failure })
        }
        stop => stop,
    }
}
