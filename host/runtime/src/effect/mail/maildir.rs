//! Into a maildir: written aside, made durable, moved into place. The name comes from the Message-ID, so that the same
//! mail delivered again is recognised.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use recaudo_ports::journal::JournalError;
use sha2::{Digest, Sha256};

use super::compose::Composed;
use super::{Sent, not_sent, receipt};
use crate::exchange::Fact;

pub(super) fn deliver(
    folder: &Path,
    mail: &Composed,
    before: &mut dyn FnMut() -> Result<(), JournalError>,
) -> Sent {
    let name = format!("{}.recaudo", hex::encode(&Sha256::digest(mail.message_id.as_bytes())[..20]));
    match there_already(folder, &name) {
        Ok(false) => {}
        Ok(true) => return done("the same mail is there already"),
        Err(e) => return not_sent(format!("the maildir cannot be read: {e}")),
    }
    let aside = folder.join("tmp").join(&name);
    if let Err(e) = write_durably(&aside, &mail.bytes) {
        return not_sent(format!("the maildir cannot be written: {e}"));
    }
    if let Err(e) = before() {
        return not_sent(e.to_string());
    }
    let place = folder.join("new").join(&name);
    match fs::rename(&aside, &place).and_then(|()| File::open(folder.join("new"))?.sync_all()) {
        Ok(()) => done("in the maildir"),
        Err(e) if place.exists() => Sent {
            fact: Fact::Unknown,
            receipt: receipt(false, 0, format!("moved, but not made durable: {e}"), true),
        },
        Err(e) => not_sent(format!("the maildir cannot be written: {e}")),
    }
}

fn done(reply: &str) -> Sent {
    Sent { fact: Fact::Done, receipt: receipt(true, 250, reply, true) }
}

/// A reader may have moved it to `cur`, with flags after its name.
fn there_already(folder: &Path, name: &str) -> std::io::Result<bool> {
    for sub in ["new", "cur", "tmp"] {
        fs::create_dir_all(folder.join(sub))?;
    }
    if folder.join("new").join(name).try_exists()? {
        return Ok(true);
    }
    for entry in fs::read_dir(folder.join("cur"))? {
        if entry?.file_name().to_string_lossy().starts_with(name) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The bytes; the name in `tmp` need not last.
fn write_durably(aside: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = File::create(aside)?;
    file.write_all(bytes)?;
    file.sync_all()
}
