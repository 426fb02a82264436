//! The audit trail: a hash chain per tenant. Whoever edits a row, or an entry a row speaks for, is found by `verify`.
//!
//! A row's hash covers the hash before it, its number, moment, kind, subject and body. Entries reach the ledger only through
//! [`post`], which writes them and a row with their range and digest in one transaction. Bodies are JSON without personal data.

use recaudo_core::ledger::Entry;
use recaudo_store::audit::AuditRow;
use recaudo_store::{Tx, audit, entry};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::error::EngineError;

/// Appends a row to the tenant's chain; `at` is microseconds UTC.
///
/// # Errors
/// The store's.
pub fn append(
    tx: &Tx<'_>,
    tenant: i64,
    at: i64,
    (kind, subject): (&str, &str),
    body: &[u8],
) -> Result<(), EngineError> {
    let (last, prev_hash) = audit::last(tx, tenant)?.unwrap_or((0, Vec::new()));
    let mut row = AuditRow {
        seq: last + 1,
        at,
        kind: kind.into(),
        subject: subject.into(),
        body: body.into(),
        prev_hash,
        hash: Vec::new(),
    };
    row.hash = hash(tenant, &row).to_vec();
    audit::append(tx, tenant, &row)?;
    Ok(())
}

/// What the hash of a row must be.
pub fn hash(tenant: i64, row: &AuditRow) -> [u8; 32] {
    let mut sha = Sha256::new();
    for word in [tenant, row.seq, row.at] {
        sha.update(word.to_be_bytes());
    }
    for part in [&row.prev_hash, row.kind.as_bytes(), row.subject.as_bytes(), &row.body] {
        sha.update((part.len() as u64).to_be_bytes());
        sha.update(part);
    }
    sha.finalize().into()
}

/// Posts entries: numbers them, appends them, and appends the audit row that speaks for them. None posts nothing.
///
/// # Errors
/// The store's.
pub fn post(
    tx: &Tx<'_>,
    tenant: i64,
    at: i64,
    (kind, subject): (&str, &str),
    entries: &mut [Entry],
) -> Result<(), EngineError> {
    if entries.is_empty() {
        return Ok(());
    }
    let count = i64::try_from(entries.len()).map_err(|_| EngineError::fault("more entries than numbers"))?;
    let first = tx.ids("entries", count)?;
    let mut digest = EntriesDigest::default();
    for (entry, id) in entries.iter_mut().zip(first..) {
        entry.id = id;
        digest.add(entry);
    }
    entry::append(tx, tenant, entries)?;
    let body = json!({ FIRST: first, LAST: first + count - 1, SHA256: digest.hex() });
    append(tx, tenant, at, (kind, subject), body.to_string().as_bytes())
}

const FIRST: &str = "first_entry";
const LAST: &str = "last_entry";
const SHA256: &str = "entries_sha256";

/// The entries a row speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// The first entry's id.
    pub first: i64,
    /// The last one's.
    pub last: i64,
    /// Lower-case hexadecimal.
    pub sha256: String,
}

/// Which entries a body speaks for, if for any.
pub fn posted(body: &[u8]) -> Option<Posted> {
    let body: Map<String, Value> = serde_json::from_slice(body).ok()?;
    Some(Posted {
        first: body.get(FIRST)?.as_i64()?,
        last: body.get(LAST)?.as_i64()?,
        sha256: body.get(SHA256)?.as_str()?.into(),
    })
}

/// A digest over entries in the order of their ids.
#[derive(Debug, Clone, Default)]
pub struct EntriesDigest(Sha256);

impl EntriesDigest {
    /// Takes in the next entry.
    pub fn add(&mut self, entry: &Entry) {
        entry.digest_into(|bytes| self.0.update(bytes));
    }

    /// Lower-case hexadecimal.
    pub fn hex(self) -> String {
        hex::encode(self.0.finalize())
    }
}
