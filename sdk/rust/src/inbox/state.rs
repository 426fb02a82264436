//! What is remembered of a folder between two pages, and between two imports.

use std::collections::BTreeSet;

use super::digest;
use crate::Checkpoint;

/// The layout of the bytes.
const VERSION: u32 = 1;
/// Digests kept of each file's path and version: 40 bits, so that among 10,000 files a new one is taken for one
/// read before once in a hundred million.
const BITS: u64 = (1 << 40) - 1;
/// Some 42 kB of a checkpoint's 64 KiB. Files past it are read again by every import, which changes nothing.
const KEPT: usize = 10_000;
/// A path and an etag that are waiting to be set aside, together, at most; longer ones stay where they are.
const NAME_MAX: usize = 300;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct State {
    meaning: u64,
    /// The last path looked at; empty at the start of an import.
    pub(crate) after: String,
    /// Files read in this import.
    pub(crate) row: u64,
    /// Path and etag of what came with the last page and is to be moved aside.
    pub(crate) aside: Vec<(String, String)>,
    /// Files read before this import and not met in it yet; and those met or read in it.
    before: BTreeSet<u64>,
    now: BTreeSet<u64>,
}

impl State {
    pub(crate) fn new(meaning: u64) -> Self {
        let (before, now) = (BTreeSet::new(), BTreeSet::new());
        Self { meaning, after: String::new(), row: 0, aside: vec![], before, now }
    }

    /// Was this version of the file read?
    pub(crate) fn knows(&mut self, path: &str, etag: &str) -> bool {
        let file = of(path, etag);
        if self.before.remove(&file) {
            self.now.insert(file);
        }
        self.now.contains(&file)
    }

    pub(crate) fn remember(&mut self, path: &str, etag: &str) {
        if self.before.len() + self.now.len() < KEPT {
            self.now.insert(of(path, etag));
        }
    }

    /// The whole folder was looked at: what was not met is gone, and the next import starts from the top.
    pub(crate) fn end(&mut self) {
        self.before = core::mem::take(&mut self.now);
        (self.after, self.row) = (String::new(), 0);
    }

    pub(crate) fn encode(&self) -> Checkpoint {
        let mut bytes = self.meaning.to_le_bytes().to_vec();
        text(&mut bytes, &self.after);
        number(&mut bytes, self.row);
        let aside = || self.aside.iter().filter(|(path, etag)| path.len() + etag.len() <= NAME_MAX);
        number(&mut bytes, aside().count() as u64);
        for (path, etag) in aside() {
            text(&mut bytes, path);
            text(&mut bytes, etag);
        }
        for set in [&self.before, &self.now] {
            number(&mut bytes, set.len() as u64);
            let mut last = 0;
            for file in set {
                number(&mut bytes, file - last);
                last = *file;
            }
        }
        Checkpoint { version: VERSION, bytes }
    }

    /// `None` for another layout. Under another meaning nothing was read yet.
    pub(crate) fn decode(checkpoint: &Checkpoint, meaning: u64) -> Option<Self> {
        if checkpoint.version != VERSION {
            return None;
        }
        let (head, mut rest) = checkpoint.bytes.split_first_chunk::<8>()?;
        let mut state = Self::new(u64::from_le_bytes(*head));
        state.after = take_text(&mut rest)?;
        state.row = take_number(&mut rest)?;
        for _ in 0..take_number(&mut rest)? {
            state.aside.push((take_text(&mut rest)?, take_text(&mut rest)?));
        }
        for set in [&mut state.before, &mut state.now] {
            let (count, mut last) = (take_number(&mut rest)?, 0_u64);
            for _ in 0..count {
                last = last.checked_add(take_number(&mut rest)?)?;
                set.insert(last);
            }
        }
        if state.meaning != meaning {
            let aside = state.aside;
            state = Self { aside, ..Self::new(meaning) };
        }
        rest.is_empty().then_some(state)
    }
}

fn of(path: &str, etag: &str) -> u64 {
    digest(&[path.as_bytes(), etag.as_bytes()]) & BITS
}

/// Seven bits a byte, the lowest first.
fn number(bytes: &mut Vec<u8>, mut n: u64) {
    while n > 0x7f {
        bytes.push(0x80 | (n & 0x7f) as u8);
        n >>= 7;
    }
    bytes.push((n & 0x7f) as u8);
}

fn text(bytes: &mut Vec<u8>, text: &str) {
    number(bytes, text.len() as u64);
    bytes.extend_from_slice(text.as_bytes());
}

fn take_number(rest: &mut &[u8]) -> Option<u64> {
    let mut n = 0_u64;
    for shift in (0..63).step_by(7) {
        let (byte, tail) = rest.split_first()?;
        *rest = tail;
        n |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(n);
        }
    }
    None
}

fn take_text(rest: &mut &[u8]) -> Option<String> {
    let length = usize::try_from(take_number(rest)?).ok()?;
    let (head, tail) = rest.split_at_checked(length)?;
    *rest = tail;
    String::from_utf8(head.to_vec()).ok()
}
