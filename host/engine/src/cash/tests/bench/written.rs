//! An ERP that takes what is written back: looks before it writes, and fails as told.

use std::panic::resume_unwind;

use recaudo_ports::journal::{Effect, Journal, Settled};
use recaudo_ports::plugin::writeback::{Entry as Told, Posting, PostingStatus};
use recaudo_ports::plugin::{Call, Operation, PluginError, PluginErrorKind, Writeback};

use super::{Erp, failure};

/// How writing back goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Writes, and the answer is lost.
    Loses,
    /// Writes, and the machine dies.
    Dies,
    /// The machine dies before anything leaves.
    DiesBefore,
    /// The request never arrives and nobody can tell.
    Swallows,
    /// No connection, or a query that finds nothing out.
    Away,
    Unsupported,
    Rejected,
}

impl Writeback for Erp {
    fn push(&self, call: &Call, entry: &Told, journal: &dyn Journal) -> Result<Posting, PluginError> {
        let fault = self.0.lock().unwrap().faults.pop();
        match fault {
            Some(Fault::DiesBefore) => resume_unwind(Box::new("killed")),
            Some(Fault::Away) => return Err(failure(PluginErrorKind::Unavailable, "connection-refused")),
            Some(Fault::Unsupported) => return Err(failure(PluginErrorKind::Unsupported, "native.entry")),
            Some(Fault::Rejected) => return Err(failure(PluginErrorKind::Rejected, "closed-period")),
            _ => {}
        }
        let name = name(entry, &call.operation);
        if self.0.lock().unwrap().written.contains_key(&name) {
            return Ok(posting(PostingStatus::AlreadyApplied));
        }
        let operation_id = &call.operation.id;
        let effect =
            Effect { operation_id, commit: 1, kind: "http", target: "erp.example", request: b"POST" };
        let row = journal.prepared(&effect).unwrap();
        journal.sent(row).unwrap();
        if fault != Some(Fault::Swallows) {
            let mut world = self.0.lock().unwrap();
            let known =
                world.written.entry(name).or_insert_with(|| Written { entry: entry.clone(), times: 0 });
            known.times += 1;
        }
        let lost = matches!(fault, Some(Fault::Loses | Fault::Swallows));
        if fault == Some(Fault::Dies) {
            resume_unwind(Box::new("killed"));
        }
        journal.settled(row, if lost { Settled::Unknown } else { Settled::Done }, b"").unwrap();
        if lost {
            return Err(PluginError {
                may_have_committed: true,
                ..failure(PluginErrorKind::Timeout, "no-answer")
            });
        }
        Ok(posting(PostingStatus::Applied))
    }

    fn query(&self, _: &Call, original: &Operation, entry: &Told) -> Result<Posting, PluginError> {
        let mut world = self.0.lock().unwrap();
        if world.faults.pop().is_some() {
            return Err(failure(PluginErrorKind::Unavailable, "unavailable"));
        }
        let is_there = world.written.contains_key(&name(entry, original));
        Ok(posting(if is_there { PostingStatus::AlreadyApplied } else { PostingStatus::NotAttempted }))
    }
}

/// An entry at the ERP, and how often it was written.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    pub(crate) entry: Told,
    pub(crate) times: u32,
}

fn posting(status: PostingStatus) -> Posting {
    Posting { status, id: "move,1".into(), code: String::new() }
}

/// What an entry is found again by.
fn name(entry: &Told, operation: &Operation) -> String {
    match entry {
        Told::Receipt(receipt) => receipt.reference.clone(),
        _ => operation.idempotency_key.clone(),
    }
}
