//! File sources: a folder, an SFTP server, an object store, behind one face (`opendal`).
//!
//! A plugin names a source of its manifest and a relative path; where the source is, only the operator and the host
//! know. A path cannot leave its source: `..`, absolute paths and symbolic links out of a folder are denied.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use opendal::{ErrorKind, Metadata, blocking, options};

use crate::exchange::Fact;
use crate::manifest::{Access, Manifest};
use crate::wit::effects::files as wit;
use crate::wit::types::values::Instant;

/// Archived files go into this folder of their source, which listings leave out.
const DONE: &str = "done";
/// A listing that names no limit.
const LIMIT: u32 = 1_000;

pub(crate) type Answer = Result<wit::Response, wit::FileFailure>;

/// The sources of one installation.
pub(crate) struct Sources {
    by_label: BTreeMap<String, Source>,
    range_bytes: usize,
}

struct Source {
    access: Vec<Access>,
    place: Result<Place, wit::FileFailure>,
}

struct Place {
    operator: blocking::Operator,
    /// The folder, with every link resolved; none for a remote source.
    folder: Option<PathBuf>,
}

/// Does the request change nothing?
pub(crate) fn is_read(request: &wit::Request) -> bool {
    matches!(request, wit::Request::Enumerate(_) | wit::Request::Read(_))
}

/// The source a request names.
pub(crate) fn source(request: &wit::Request) -> &str {
    match request {
        wit::Request::Enumerate(listing) => &listing.source,
        wit::Request::Read(range) => &range.source,
        wit::Request::Archive(target) => &target.source,
        wit::Request::Write(placement) => &placement.source,
    }
}

/// What is certain about a commit that ended so. A remote source that broke off may have done it.
pub(crate) fn fact(answer: &Answer) -> Fact {
    match answer {
        Ok(_) => Fact::Done,
        Err(failure) => match failure.kind {
            wit::FailureKind::Unavailable | wit::FailureKind::Timeout | wit::FailureKind::Other => {
                Fact::Unknown
            }
            wit::FailureKind::NotFound
            | wit::FailureKind::Denied
            | wit::FailureKind::Changed
            | wit::FailureKind::TooLarge => Fact::NotSent,
        },
    }
}

/// A commit's source, and the request as a person would read it.
pub(crate) fn as_written(request: &wit::Request) -> (String, Vec<u8>) {
    let written = match request {
        wit::Request::Archive(target) => format!("archive {}", target.path).into_bytes(),
        wit::Request::Write(placement) => {
            let mut written = format!("write {}\n\n", placement.path).into_bytes();
            written.extend_from_slice(&placement.bytes);
            written
        }
        wit::Request::Enumerate(_) => b"list".to_vec(),
        wit::Request::Read(range) => format!("read {}", range.path).into_bytes(),
    };
    (source(request).to_owned(), written)
}

/// Bytes an answer takes in a guest, roughly.
pub(crate) fn weight(answer: &Answer) -> usize {
    match answer {
        Ok(wit::Response::Chunk(chunk)) => chunk.bytes.len() + 64,
        Ok(wit::Response::Entries(listed)) => {
            listed.entries.iter().map(|e| e.path.len() + e.etag.len() + 64).sum()
        }
        Ok(wit::Response::Archived | wit::Response::Written(_)) | Err(_) => 64,
    }
}

impl Sources {
    /// The declared *and* granted sources. One that cannot be opened says so when it is asked.
    pub(crate) fn open(
        manifest: &Manifest,
        granted: &BTreeMap<String, String>,
        range_bytes: usize,
        driver: &tokio::runtime::Handle,
    ) -> Self {
        let by_label = manifest
            .files
            .iter()
            .filter_map(|declared| {
                let grant = granted.get(&declared.source)?;
                let source = Source { access: declared.access.clone(), place: open::place(grant, driver) };
                Some((declared.source.clone(), source))
            })
            .collect();
        Self { by_label, range_bytes }
    }

    /// Bytes of one range.
    pub(crate) fn range_bytes(&self) -> usize {
        self.range_bytes
    }

    /// Performs a request.
    pub(crate) fn perform(&self, request: wit::Request) -> Answer {
        match request {
            wit::Request::Enumerate(listing) => {
                self.source(&listing.source, Access::Read)?.list(&listing).map(wit::Response::Entries)
            }
            wit::Request::Read(range) => self
                .source(&range.source, Access::Read)?
                .read(&range, self.range_bytes)
                .map(wit::Response::Chunk),
            wit::Request::Archive(target) => self
                .source(&target.source, Access::Archive)?
                .archive(&target)
                .map(|()| wit::Response::Archived),
            wit::Request::Write(placement) => {
                self.source(&placement.source, Access::Write)?.write(placement).map(wit::Response::Written)
            }
        }
    }

    fn source(&self, label: &str, access: Access) -> Result<&Place, wit::FileFailure> {
        let Some(source) = self.by_label.get(label) else {
            let message = format!(
                "source `{label}` is not declared in the manifest, or not granted (--grant files:{label}=PATH)"
            );
            return Err(failure(wit::FailureKind::Denied, "source-not-granted", message));
        };
        if !source.access.contains(&access) {
            let message = format!("the manifest does not ask to {access:?} source `{label}`").to_lowercase();
            return Err(failure(wit::FailureKind::Denied, "access-not-declared", message));
        }
        source.place.as_ref().map_err(Clone::clone)
    }
}

impl Place {
    fn list(&self, listing: &wit::Listing) -> Result<wit::Listed, wit::FileFailure> {
        let mut paths = Vec::new();
        match &self.folder {
            Some(folder) => walk(folder, "", &mut paths).map_err(|e| {
                failure(wit::FailureKind::Unavailable, "source-unavailable", e.kind().to_string())
            })?,
            None => {
                let everything = options::ListOptions { recursive: true, ..Default::default() };
                let all = self.operator.list_options("", everything).map_err(|e| broken(&e, ""))?;
                paths.extend(all.into_iter().map(|e| e.path().to_owned()).filter(|p| !p.ends_with('/')));
            }
        }
        paths.retain(|path| wanted(path, listing));
        paths.sort_unstable();
        let limit = if listing.limit == 0 { LIMIT } else { listing.limit.min(LIMIT) } as usize;
        let mut entries = Vec::with_capacity(limit.min(paths.len()));
        let mut more = false;
        for path in paths {
            // Gone since: not there for the plugin.
            let Ok(meta) = self.stat(&path) else { continue };
            if !meta.is_file() {
                continue;
            }
            if entries.len() == limit {
                more = true;
                break;
            }
            entries.push(wit::Entry {
                size: meta.content_length(),
                etag: etag(&meta),
                modified: modified(&meta),
                path,
            });
        }
        Ok(wit::Listed { entries, more })
    }

    fn read(&self, range: &wit::Range, max: usize) -> Result<wit::Chunk, wit::FileFailure> {
        self.confined(&range.path)?;
        let meta = self.stat(&range.path)?;
        let version = etag(&meta);
        same_version(&range.path, range.etag.as_deref(), &version)?;
        let size = meta.content_length();
        let length = u64::from(range.length).min(max as u64).min(size.saturating_sub(range.offset));
        let bytes = if length == 0 {
            Vec::new()
        } else {
            let wanted = (range.offset..range.offset + length).into();
            let options = options::ReadOptions { range: wanted, ..Default::default() };
            self.operator.read_options(&range.path, options).map_err(|e| broken(&e, &range.path))?.to_vec()
        };
        // Replaced while it was read: half of each version would be worse than none.
        let after = etag(&self.stat(&range.path)?);
        same_version(&range.path, Some(&version), &after)?;
        let end_of_file = range.offset.saturating_add(bytes.len() as u64) >= size;
        Ok(wit::Chunk { bytes, end_of_file, etag: version })
    }

    fn archive(&self, target: &wit::Target) -> Result<(), wit::FileFailure> {
        self.confined(&target.path)?;
        let aside = format!("{DONE}/{}", target.path);
        let meta = match self.stat(&target.path) {
            Ok(meta) => meta,
            // Done before: doing it twice is doing it once.
            Err(e) if e.kind == wit::FailureKind::NotFound && self.stat(&aside).is_ok() => return Ok(()),
            Err(e) => return Err(e),
        };
        same_version(&target.path, target.etag.as_deref(), &etag(&meta))?;
        let free = (0..1_000_u32)
            .map(|n| if n == 0 { aside.clone() } else { format!("{aside}.{n}") })
            .find(|name| self.stat(name).is_err_and(|e| e.kind == wit::FailureKind::NotFound));
        let Some(free) = free else {
            let message =
                format!("`{aside}` and a thousand copies of it are there; clear the folder `{DONE}`");
            return Err(failure(wit::FailureKind::Other, "archive-full", message));
        };
        self.move_to(&target.path, &free)
    }

    fn move_to(&self, from: &str, to: &str) -> Result<(), wit::FileFailure> {
        match self.operator.rename(from, to) {
            Err(e) if e.kind() == ErrorKind::Unsupported => {
                self.operator.copy(from, to).map_err(|e| broken(&e, to))?;
                self.operator.delete(from).map_err(|e| broken(&e, from))
            }
            other => other.map_err(|e| broken(&e, from)),
        }
    }

    fn write(&self, placement: wit::Placement) -> Result<String, wit::FileFailure> {
        if !placement.slots.is_empty() {
            let message = "slots are filled only where an operation commits; nothing was written";
            return Err(failure(wit::FailureKind::Denied, "slot-denied", message));
        }
        self.confined(&placement.path)?;
        if let Ok(meta) = self.stat(&placement.path) {
            let same = meta.content_length() == placement.bytes.len() as u64
                && self.operator.read(&placement.path).map_err(|e| broken(&e, &placement.path))?.to_vec()
                    == placement.bytes;
            if same {
                return Ok(etag(&meta));
            }
            let message = format!("`{}` is there with other bytes", placement.path);
            return Err(failure(wit::FailureKind::Changed, "other-file-there", message));
        }
        let aside = format!("{}.part", placement.path);
        self.operator.write(&aside, placement.bytes).map_err(|e| broken(&e, &placement.path))?;
        self.move_to(&aside, &placement.path)?;
        self.stat(&placement.path).map(|meta| etag(&meta))
    }

    fn stat(&self, path: &str) -> Result<Metadata, wit::FileFailure> {
        self.operator.stat(path).map_err(|e| broken(&e, path))
    }

    /// Denies a path that leaves the source: by its text, or by a link below the folder.
    fn confined(&self, path: &str) -> Result<(), wit::FileFailure> {
        let denied = || {
            failure(
                wit::FailureKind::Denied,
                "path-escapes",
                format!("`{}` is not a relative path inside the source", path.escape_debug()),
            )
        };
        let clean = !path.is_empty()
            && path.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
            && !path.contains(|c: char| c == '\\' || c.is_control());
        if !clean {
            return Err(denied());
        }
        let Some(folder) = &self.folder else { return Ok(()) };
        let mut below: &Path = &folder.join(path);
        // The deepest part that is there decides; what is not there cannot be a link.
        loop {
            match below.canonicalize() {
                Ok(real) if real.starts_with(folder) => return Ok(()),
                Ok(_) => return Err(denied()),
                Err(_) if below.is_symlink() => return Err(denied()),
                Err(_) => below = below.parent().ok_or_else(denied)?,
            }
        }
    }
}

/// The files below a folder. Links are left out: where one leads is not the operator's grant. (opendal's own listing
/// stops at a link to a folder: an assertion of its debug builds.)
fn walk(folder: &Path, below: &str, into: &mut Vec<String>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        // A name that is not UTF-8 has no place in the contract.
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = format!("{below}{name}");
        if kind.is_dir() {
            walk(&entry.path(), &format!("{path}/"), into)?;
        } else if kind.is_file() {
            into.push(path);
        }
    }
    Ok(())
}

fn wanted(path: &str, listing: &wit::Listing) -> bool {
    path.starts_with(&listing.prefix)
        && path > listing.after.as_str()
        && !path.starts_with("done/")
        && !path.ends_with(".part")
        && !path.split('/').any(|part| part.starts_with('.'))
}

fn same_version(path: &str, expected: Option<&str>, found: &str) -> Result<(), wit::FileFailure> {
    match expected {
        Some(expected) if expected != found => {
            let message = format!("`{path}` is another version than the one asked for");
            Err(failure(wit::FailureKind::Changed, "changed", message))
        }
        _ => Ok(()),
    }
}

/// The source's own, else size and time.
fn etag(meta: &Metadata) -> String {
    match meta.etag() {
        Some(etag) => etag.to_owned(),
        None => {
            let at =
                modified(meta).map_or_else(String::new, |m| format!("{}.{:09}", m.seconds, m.nanoseconds));
            format!("{}-{at}", meta.content_length())
        }
    }
}

fn modified(meta: &Metadata) -> Option<Instant> {
    let at = meta.last_modified()?.into_inner();
    Some(Instant { seconds: at.as_second(), nanoseconds: u32::try_from(at.subsec_nanosecond()).unwrap_or(0) })
}

fn broken(error: &opendal::Error, path: &str) -> wit::FileFailure {
    let (kind, code) = match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => (wit::FailureKind::NotFound, "not-found"),
        ErrorKind::PermissionDenied => (wit::FailureKind::Denied, "denied"),
        ErrorKind::IsADirectory => (wit::FailureKind::NotFound, "is-a-folder"),
        ErrorKind::ConditionNotMatch | ErrorKind::AlreadyExists | ErrorKind::Conflict => {
            (wit::FailureKind::Changed, "changed")
        }
        ErrorKind::RateLimited => (wit::FailureKind::Unavailable, "rate-limited"),
        _ => (wit::FailureKind::Unavailable, "source-unavailable"),
    };
    // The source's own message may carry the real place; the plugin learns only the kind.
    log::debug!(target: "recaudo::files", "{path}: {error}");
    failure(kind, code, format!("`{path}`: {}", error.kind()))
}

pub(crate) fn failure(kind: wit::FailureKind, code: &str, message: impl Into<String>) -> wit::FileFailure {
    wit::FileFailure { kind, code: code.into(), message: message.into() }
}

mod open;
#[cfg(test)]
mod tests;
