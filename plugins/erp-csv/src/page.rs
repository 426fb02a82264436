//! The page being filled: records, rejects, totals as the source has them.

use recaudo_sdk::{Reject, erp, values};

use crate::currency::Currency;
use crate::map::Seen;
use crate::problem::Problem;
use crate::reader::Amount;

/// Bytes of records on a page, by a generous estimate; the contract allows 8 MiB.
pub(crate) const BYTES_MAX: usize = 6 * 1024 * 1024;

/// What a page holds so far.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) origin: String,
    pub(crate) batch: erp::Batch,
    pub(crate) rejects: Vec<Reject>,
    /// Rows taken, rejects included.
    pub(crate) read: u64,
    pub(crate) bytes: usize,
    /// What the source's documents sum to, per currency.
    totals: Vec<(Currency, i64)>,
    seen: Seen,
    /// Fingerprints of the row in hand, seen once the row is taken whole.
    pending: Vec<Vec<u8>>,
    pub(crate) fingerprint: Vec<u8>,
}

/// How many records of each kind there were at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    customers: usize,
    contacts: usize,
    documents: usize,
    payments: usize,
    allocations: usize,
    consents: usize,
}

impl Page {
    pub(crate) fn new(origin: &str) -> Self {
        Self {
            origin: origin.to_owned(),
            batch: erp::Batch::default(),
            rejects: vec![],
            read: 0,
            bytes: 0,
            totals: vec![],
            seen: Seen::new(),
            pending: vec![],
            fingerprint: vec![],
        }
    }

    /// Counts a row that came in. `length`: its bytes in the file.
    pub(crate) fn accept(&mut self, length: usize) {
        self.read += 1;
        // Ids and names are repeated on up to four records of a row, each with a few hundred bytes of its
        // own.
        self.bytes += length * 4 + 600;
    }

    /// Counts a row, or a file, that could not be taken.
    pub(crate) fn refuse(&mut self, row: u64, problem: Problem) {
        self.read += 1;
        self.bytes += 600;
        let reject = problem.reject(&self.origin, row);
        self.rejects.push(reject);
    }

    /// Adds to the source's total; `false` when it no longer fits.
    pub(crate) fn control(&mut self, currency: Currency, minor: i64) -> bool {
        match self.totals.iter_mut().find(|(known, _)| *known == currency) {
            Some((_, total)) => match total.checked_add(minor) {
                Some(sum) => *total = sum,
                None => return false,
            },
            None => self.totals.push((currency, minor)),
        }
        true
    }

    /// The source's totals, sorted by currency.
    pub(crate) fn totals(&self) -> Vec<values::Money> {
        let mut sorted = self.totals.clone();
        sorted.sort_unstable();
        sorted.into_iter().map(|(currency, minor)| Amount { minor, currency }.money()).collect()
    }

    /// Is the record behind the fingerprint not on the page yet? `kind` keeps kinds of records apart.
    pub(crate) fn is_new(&mut self, kind: u8) -> bool {
        self.fingerprint.push(kind);
        !self.seen.contains(self.fingerprint.as_slice())
    }

    /// The record behind the fingerprint is on the page, if its row is taken.
    pub(crate) fn remember(&mut self) {
        self.pending.push(self.fingerprint.clone());
    }

    /// The row in hand is taken whole.
    pub(crate) fn keep(&mut self) {
        self.seen.extend(self.pending.drain(..));
    }

    pub(crate) fn mark(&self) -> Mark {
        let batch = &self.batch;
        Mark {
            customers: batch.customers.len(),
            contacts: batch.contacts.len(),
            documents: batch.documents.len(),
            payments: batch.payments.len(),
            allocations: batch.allocations.len(),
            consents: batch.consents.len(),
        }
    }

    /// Takes back what came after `mark`.
    pub(crate) fn rollback(&mut self, mark: Mark) {
        self.pending.clear();
        let batch = &mut self.batch;
        batch.customers.truncate(mark.customers);
        batch.contacts.truncate(mark.contacts);
        batch.documents.truncate(mark.documents);
        batch.payments.truncate(mark.payments);
        batch.allocations.truncate(mark.allocations);
        batch.consents.truncate(mark.consents);
    }
}
