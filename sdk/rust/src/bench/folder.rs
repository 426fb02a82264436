//! File sources in memory.

use std::collections::BTreeMap;

use crate::files::{
    Chunk, Entry, FailureKind, FileFailure, Listed, Listing, Outcome, Placement, Range, Request, Response,
    Target,
};

#[derive(Debug)]
pub(crate) struct Folders {
    files: BTreeMap<(String, String), Vec<u8>>,
    archived: Vec<(String, String)>,
    /// Reads left, and what is there afterwards.
    rewrites: BTreeMap<(String, String), (u32, Vec<u8>)>,
    pub(crate) chunk_max: usize,
}

impl Default for Folders {
    fn default() -> Self {
        Self {
            files: BTreeMap::new(),
            archived: vec![],
            rewrites: BTreeMap::new(),
            chunk_max: 8 * 1024 * 1024,
        }
    }
}

impl Folders {
    pub(crate) fn put(&mut self, source: &str, path: &str, bytes: Vec<u8>) {
        self.files.insert((source.into(), path.into()), bytes);
    }

    pub(crate) fn rewrite_after(&mut self, reads: u32, source: &str, path: &str, bytes: Vec<u8>) {
        self.rewrites.insert((source.into(), path.into()), (reads, bytes));
    }

    pub(crate) fn archived(&self, source: &str) -> Vec<String> {
        self.archived.iter().filter(|(s, _)| s == source).map(|(_, path)| path.clone()).collect()
    }

    pub(crate) fn content(&self, source: &str, path: &str) -> Option<&[u8]> {
        self.files.get(&(source.to_owned(), path.to_owned())).map(Vec::as_slice)
    }

    pub(crate) fn perform(&mut self, request: &Request) -> Outcome {
        match request {
            Request::Enumerate(listing) => Ok(Response::Entries(self.enumerate(listing))),
            Request::Read(range) => self.read(range).map(Response::Chunk),
            Request::Archive(target) => self.archive(target).map(|()| Response::Archived),
            Request::Write(placement) => self.write(placement).map(Response::Written),
        }
    }

    fn enumerate(&self, listing: &Listing) -> Listed {
        let limit = if listing.limit == 0 { 1_000 } else { listing.limit as usize };
        let mut fits = self.files.iter().filter(|((source, path), _)| {
            *source == listing.source && path.starts_with(&listing.prefix) && *path > listing.after
        });
        let entry = |((_, path), bytes): (&(String, String), &Vec<u8>)| Entry {
            path: path.clone(),
            size: bytes.len() as u64,
            etag: etag(bytes),
            modified: None,
        };
        let entries = fits.by_ref().take(limit).map(entry).collect();
        Listed { entries, more: fits.next().is_some() }
    }

    fn read(&mut self, range: &Range) -> Result<Chunk, FileFailure> {
        let key = (range.source.clone(), range.path.clone());
        match self.rewrites.get_mut(&key) {
            Some((0, _)) => {
                if let Some((_, bytes)) = self.rewrites.remove(&key) {
                    self.files.insert(key.clone(), bytes);
                }
            }
            Some((left, _)) => *left -= 1,
            None => {}
        }
        let bytes = self.files.get(&key).ok_or_else(|| not_found(&range.path))?;
        let etag = etag(bytes);
        if range.etag.as_ref().is_some_and(|asked| *asked != etag) {
            return Err(failure(FailureKind::Changed, "file-changed", &range.path));
        }
        let from = usize::try_from(range.offset).unwrap_or(usize::MAX).min(bytes.len());
        let to = from.saturating_add((range.length as usize).min(self.chunk_max)).min(bytes.len());
        let part = bytes.get(from..to).unwrap_or_default().to_vec();
        Ok(Chunk { bytes: part, end_of_file: to == bytes.len(), etag })
    }

    fn archive(&mut self, target: &Target) -> Result<(), FileFailure> {
        let key = (target.source.clone(), target.path.clone());
        if self.archived.contains(&key) && !self.files.contains_key(&key) {
            return Ok(());
        }
        let bytes = self.files.get(&key).ok_or_else(|| not_found(&target.path))?;
        if target.etag.as_ref().is_some_and(|asked| *asked != etag(bytes)) {
            return Err(failure(FailureKind::Changed, "file-changed", &target.path));
        }
        self.files.remove(&key);
        self.archived.push(key);
        Ok(())
    }

    fn write(&mut self, placement: &Placement) -> Result<String, FileFailure> {
        let key = (placement.source.clone(), placement.path.clone());
        match self.files.get(&key) {
            Some(there) if *there != placement.bytes => {
                Err(failure(FailureKind::Changed, "other-file-there", &placement.path))
            }
            _ => {
                self.files.insert(key, placement.bytes.clone());
                Ok(etag(&placement.bytes))
            }
        }
    }
}

/// Any change of content changes it.
fn etag(bytes: &[u8]) -> String {
    let mut hasher = crate::tag::Hasher::new();
    hasher.field(bytes);
    format!("{:016x}", hasher.finish())
}

fn not_found(path: &str) -> FileFailure {
    failure(FailureKind::NotFound, "file-missing", path)
}

fn failure(kind: FailureKind, code: &str, path: &str) -> FileFailure {
    FileFailure { kind, code: code.into(), message: format!("{}: {path}", code.replace('-', " ")) }
}
