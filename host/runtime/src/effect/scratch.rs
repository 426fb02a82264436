//! The scratch source of one operation: long answers lie there and are read in ranges. Gone when the operation ends.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::sync::{Mutex, PoisonError};

use super::Denied;
use super::files::{Answer, failure};
use super::redact::Hidden;
use crate::wit::effects::files as wit;

/// The source's name.
pub(crate) const SCRATCH: &str = "scratch";
/// Read from the network at once.
const PART: usize = 256 * 1024;

/// What was spooled.
#[derive(Default)]
pub(crate) struct Scratch {
    files: Mutex<BTreeMap<String, Spooled>>,
}

struct Spooled {
    file: File,
    size: u64,
}

/// How a spooled body ended.
pub(crate) struct Spool {
    pub(crate) size: u64,
    pub(crate) truncated: bool,
}

impl Scratch {
    /// Takes a body, without secrets, up to `max` bytes.
    pub(crate) fn spool(
        &self,
        name: &str,
        body: &mut dyn std::io::Read,
        hidden: &Hidden,
        max: u64,
    ) -> std::io::Result<Spool> {
        let mut file = tempfile::tempfile()?;
        let hold = hidden.longest();
        let (mut size, mut held) = (0_u64, Vec::new());
        let mut part = vec![0; PART];
        while size <= max {
            let n = body.read(&mut part)?;
            size += n as u64;
            if n == 0 || size > max {
                break;
            }
            held.extend_from_slice(&part[..n]);
            // A secret may go on in the next part: what could be its beginning stays here.
            held = hidden.redact(held);
            let whole = held.len().saturating_sub(hold);
            file.write_all(&held[..whole])?;
            held.drain(..whole);
        }
        file.write_all(&hidden.redact(held))?;
        let kept = file.stream_position()?;
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.insert(name.into(), Spooled { file, size: kept });
        Ok(Spool { size, truncated: size > max })
    }

    /// May a body go here under that name?
    pub(crate) fn takes(&self, name: &str) -> Result<(), Denied> {
        let clean = !name.is_empty()
            && name.len() <= 128
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
            && !name.starts_with('.');
        if !clean {
            return Err(Denied::new(
                "spool-name",
                "a spooled body's name is letters, digits, `-`, `_` and `.`",
            ));
        }
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if files.contains_key(name) {
            return Err(Denied::new("spool-name", format!("`{name}` was spooled before in this operation")));
        }
        Ok(())
    }

    /// Lists or reads. Nothing is written or archived here.
    pub(crate) fn perform(&self, request: &wit::Request, range_bytes: usize) -> Answer {
        match request {
            wit::Request::Enumerate(listing) => Ok(wit::Response::Entries(self.list(listing))),
            wit::Request::Read(range) => self.read(range, range_bytes).map(wit::Response::Chunk),
            wit::Request::Archive(_) | wit::Request::Write(_) => {
                let message = "the scratch source holds answers; it is read only";
                Err(failure(wit::FailureKind::Denied, "access-not-declared", message))
            }
        }
    }

    fn list(&self, listing: &wit::Listing) -> wit::Listed {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let entries = files
            .iter()
            .filter(|(name, _)| name.starts_with(&listing.prefix) && **name > listing.after)
            .map(|(name, spooled)| wit::Entry {
                path: name.clone(),
                size: spooled.size,
                etag: spooled.size.to_string(),
                modified: None,
            })
            .collect();
        wit::Listed { entries, more: false }
    }

    fn read(&self, range: &wit::Range, range_bytes: usize) -> Result<wit::Chunk, wit::FileFailure> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(spooled) = files.get_mut(&range.path) else {
            let message = format!("nothing was spooled as `{}`", range.path.escape_debug());
            return Err(failure(wit::FailureKind::NotFound, "not-found", message));
        };
        let left = spooled.size.saturating_sub(range.offset);
        let length = u64::from(range.length).min(range_bytes as u64).min(left);
        let mut bytes = Vec::new();
        let read = spooled
            .file
            .seek(SeekFrom::Start(range.offset))
            .and_then(|_| (&spooled.file).take(length).read_to_end(&mut bytes));
        read.map_err(|e| failure(wit::FailureKind::Unavailable, "source-unavailable", e.kind().to_string()))?;
        Ok(wit::Chunk { bytes, end_of_file: length == left, etag: spooled.size.to_string() })
    }
}
