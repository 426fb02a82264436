//! Commits over HTTP and to files: `prepared` is durable before the first byte can leave, `sent` before it does, and
//! what came of it is `settled`. Nothing here tries a second time.

use std::time::Instant;

use recaudo_ports::journal::{Effect, Journal, JournalError, Settled};
use recaudo_ports::plugin::Call;

use super::slots::{Filler, fill};
use super::{Denied, files, http};
use crate::exchange::Fact;
use crate::wit::effects::{files as wit_files, http as wit_http};

/// The operation's how-manieth commit, and until when it may take.
pub(crate) struct Commit<'a> {
    pub(crate) call: &'a Call,
    pub(crate) journal: &'a dyn Journal,
    pub(crate) number: u32,
    pub(crate) until: Instant,
}

/// What a person reads when the journal refused.
pub(crate) fn unwritten(error: &JournalError) -> String {
    format!("nothing was sent: {error}")
}

/// A request that commits. What the host refuses before a byte can leave is an outcome without a row.
pub(crate) fn http(
    order: &Commit<'_>,
    client: &http::Client,
    request: &wit_http::Request,
    means: &http::Means<'_>,
) -> Result<(wit_http::Outcome, Fact), JournalError> {
    let prepared = match client.prepare(request, means, order.until) {
        Ok(prepared) => prepared,
        Err(refused) => return Ok((*refused, Fact::NotSent)),
    };
    let written = http::as_written(request);
    let row = order.prepared("http", &prepared.host, &written)?;
    order.journal.sent(row)?;
    let outcome = client.perform(prepared, request, means, order.until);
    let fact = http::fact(&outcome);
    order.settled(row, fact, &http::as_answered(&outcome));
    Ok((outcome, fact))
}

/// A file placed or archived.
pub(crate) fn file(
    order: &Commit<'_>,
    sources: &files::Sources,
    mut request: wit_files::Request,
    filler: Filler<'_>,
) -> Result<(files::Answer, Fact), JournalError> {
    let (source, written) = files::as_written(&request);
    if let wit_files::Request::Write(placement) = &mut request
        && let Err(denied) = fill_placement(placement, filler)
    {
        let refused = files::failure(wit_files::FailureKind::Denied, denied.code, denied.message);
        return Ok((Err(refused), Fact::NotSent));
    }
    let row = order.prepared("file", &source, &written)?;
    order.journal.sent(row)?;
    let answer = sources.perform(request);
    let fact = files::fact(&answer);
    let said = match &answer {
        Ok(_) => "done".to_owned(),
        Err(failure) => format!("{}: {}", failure.code, failure.message),
    };
    order.settled(row, fact, said.as_bytes());
    Ok((answer, fact))
}

fn fill_placement(placement: &mut wit_files::Placement, filler: Filler<'_>) -> Result<(), Denied> {
    let filled = filler.values(&placement.slots, "")?;
    (_, placement.bytes) = fill(&filled, "", &placement.bytes)?;
    placement.slots.clear();
    Ok(())
}

impl Commit<'_> {
    fn prepared(&self, kind: &str, target: &str, request: &[u8]) -> Result<i64, JournalError> {
        let operation_id = &self.call.operation.id;
        self.journal.prepared(&Effect { operation_id, commit: self.number, kind, target, request })
    }

    fn settled(&self, row: i64, fact: Fact, answer: &[u8]) {
        let how = match fact {
            Fact::Done => Settled::Done,
            Fact::NotSent | Fact::Refused => Settled::NotDone,
            Fact::Unknown => Settled::Unknown,
        };
        if let Err(error) = self.journal.settled(row, how, answer) {
            // The row stays open and counts as unknown: the careful reading of the two.
            log::error!("operation {}, commit {}: {how:?}, but {error}", self.call.operation.id, self.number);
        }
    }
}
