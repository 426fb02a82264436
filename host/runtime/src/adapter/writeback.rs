//! Write-back: each entry once, and whether it is there.

use recaudo_ports::journal::Journal;
use recaudo_ports::plugin::writeback::{Entry, Posting, PostingStatus, Writeback};
use recaudo_ports::plugin::{self as ports, Call, PluginError};

use super::io::{Connector, Operation, Rights, suspension};
use crate::exchange::{Fact, Facts, Step};
use crate::registry::WRITEBACK;
use crate::wit::exports::erp::writeback as wit;
use crate::wit::{effects::io as wit_io, types::call};

pub(crate) struct WritebackGuest {
    connector: Connector,
    functions: wit::GuestIndices,
}

impl WritebackGuest {
    pub(crate) fn new(connector: Connector) -> wasmtime::Result<Self> {
        let functions = wit::GuestIndices::new(&connector.guest.pre)?;
        Ok(Self { connector, functions })
    }

    fn operation<'a>(&self, function: &'static str, call: &'a Call, rights: Rights<'a>) -> Operation<'a> {
        let whole = self.connector.guest.limits.operation;
        Operation { call, interface: WRITEBACK, function, whole, rights }
    }
}

impl Writeback for WritebackGuest {
    fn push(&self, call: &Call, entry: &Entry, journal: &dyn Journal) -> Result<Posting, PluginError> {
        let entry = wit::Entry::from(entry);
        let (posting, facts) = self.connector.exchange(
            &self.operation("push", call, Rights::Commit(journal)),
            |store, instance, context, history| {
                self.functions.load(&mut *store, instance)?.call_push(store, context, &entry, history)
            },
            step,
        )?;
        Ok(overrule(posting, &facts))
    }

    fn query(&self, call: &Call, original: &ports::Operation, entry: &Entry) -> Result<Posting, PluginError> {
        let (original, entry) = (call::Operation::from(original), wit::Entry::from(entry));
        let (posting, _) = self.connector.exchange(
            &self.operation("query", call, Rights::Query),
            |store, instance, context, history| {
                let guest = self.functions.load(&mut *store, instance)?;
                guest.call_query(store, context, &original, &entry, history)
            },
            step,
        )?;
        Ok(posting)
    }
}

fn step(from: wit::Step) -> Step<wit_io::Effect, Posting> {
    match from {
        wit::Step::Done(posting) => Step::Done(posting.into()),
        wit::Step::Pending(s) => Step::Pending(suspension(s)),
    }
}

/// The facts outrank the plugin's word: what may have left is never "not attempted", what never left or was refused is
/// not written now, and an entry that was there already must have been seen.
fn overrule(posting: Posting, facts: &Facts) -> Posting {
    use PostingStatus as S;
    let (status, code) = match (facts.last, posting.status) {
        (_, S::NotAttempted) if facts.may_have_committed => (S::Unknown, "overruled-may-have-left"),
        (Some(Fact::Unknown), S::Applied | S::AlreadyApplied) if !facts.read_since => {
            (S::Unknown, "overruled-may-have-left")
        }
        (Some(Fact::Refused), S::Applied) if !facts.read_since => (S::Unknown, "overruled-refused"),
        (Some(Fact::NotSent), S::Applied) if !facts.may_have_committed => {
            (S::NotAttempted, "overruled-nothing-sent")
        }
        (None, S::Applied) => (S::NotAttempted, "overruled-nothing-sent"),
        (None, S::AlreadyApplied) if !facts.read_since => (S::NotAttempted, "overruled-nothing-read"),
        _ => return posting,
    };
    Posting { status, code: code.into(), ..posting }
}

#[cfg(test)]
mod tests {
    use recaudo_ports::plugin::writeback::{Posting, PostingStatus as S};

    use super::overrule;
    use crate::exchange::{Fact, Facts};

    #[test]
    fn the_fact_outranks_the_claim() {
        for (last, read_since, claim, becomes) in [
            (None, false, S::Applied, S::NotAttempted),
            (None, false, S::AlreadyApplied, S::NotAttempted),
            (None, true, S::AlreadyApplied, S::AlreadyApplied),
            (Some(Fact::Done), false, S::Applied, S::Applied),
            (Some(Fact::Done), false, S::NotAttempted, S::Unknown),
            (Some(Fact::Unknown), false, S::Applied, S::Unknown),
            (Some(Fact::Unknown), true, S::Applied, S::Applied),
            (Some(Fact::Refused), false, S::Applied, S::Unknown),
            (Some(Fact::Refused), false, S::NotAttempted, S::NotAttempted),
            (Some(Fact::NotSent), false, S::Applied, S::NotAttempted),
        ] {
            let may_have_committed = matches!(last, Some(Fact::Done | Fact::Unknown));
            let facts = Facts { may_have_committed, last, read_since };
            let posting = Posting { status: claim, id: String::new(), code: String::new() };
            assert_eq!(overrule(posting, &facts).status, becomes, "{last:?}, {read_since}, {claim:?}");
        }
    }
}
