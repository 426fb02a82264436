//! Gateways: they take money, once, and say what became of it.

use recaudo_ports::journal::Journal;
use recaudo_ports::plugin::gateway::{Gateway, Intent, Transaction, TransactionStatus};
use recaudo_ports::plugin::{self as ports, Call, PluginError};

use super::io::{Connector, Operation, Rights, suspension};
use crate::exchange::{Fact, Facts, Step};
use crate::registry::GATEWAY;
use crate::wit::bindings::recaudo::payments::model;
use crate::wit::exports::payments::gateway as wit;
use crate::wit::{effects::io as wit_io, types::call};

pub(crate) struct GatewayGuest {
    connector: Connector,
    functions: wit::GuestIndices,
}

impl GatewayGuest {
    pub(crate) fn new(connector: Connector) -> wasmtime::Result<Self> {
        let functions = wit::GuestIndices::new(&connector.guest.pre)?;
        Ok(Self { connector, functions })
    }

    fn operation<'a>(&self, function: &'static str, call: &'a Call, rights: Rights<'a>) -> Operation<'a> {
        let whole = self.connector.guest.limits.operation;
        Operation { call, interface: GATEWAY, function, whole, rights }
    }
}

impl Gateway for GatewayGuest {
    fn execute(
        &self,
        call: &Call,
        intent: &Intent,
        journal: &dyn Journal,
    ) -> Result<Transaction, PluginError> {
        let intent = model::Intent::from(intent);
        let (transaction, facts) = self.connector.exchange(
            &self.operation("execute", call, Rights::Commit(journal)),
            |store, instance, context, history| {
                self.functions.load(&mut *store, instance)?.call_execute(store, context, &intent, history)
            },
            step,
        )?;
        Ok(overrule(transaction, &facts))
    }

    fn query(
        &self,
        call: &Call,
        original: &ports::Operation,
        intent: &Intent,
        gateway_id: Option<&str>,
    ) -> Result<Transaction, PluginError> {
        let (original, intent) = (call::Operation::from(original), model::Intent::from(intent));
        let (transaction, _) = self.connector.exchange(
            &self.operation("query", call, Rights::Query),
            |store, instance, context, history| {
                let guest = self.functions.load(&mut *store, instance)?;
                guest.call_query(store, context, &original, &intent, gateway_id, history)
            },
            step,
        )?;
        Ok(transaction)
    }
}

fn step(from: wit::Step) -> Step<wit_io::Effect, Transaction> {
    match from {
        wit::Step::Done(transaction) => Step::Done(transaction.into()),
        wit::Step::Pending(s) => Step::Pending(suspension(s)),
    }
}

/// The facts outrank the plugin's word.
///
/// What may have left is never "not attempted". After a commit without a certain answer nothing but a read that came
/// after it can tell; and a commit that was refused, or never left, did not succeed unless such a read found otherwise.
fn overrule(transaction: Transaction, facts: &Facts) -> Transaction {
    use TransactionStatus as S;
    let positive = matches!(transaction.status, S::Succeeded | S::Pending | S::RequiresAction);
    let (status, code) = match facts.last {
        _ if facts.may_have_committed && transaction.status == S::NotAttempted => {
            (S::Unknown, "overruled-may-have-left")
        }
        Some(Fact::Unknown) if !facts.read_since && transaction.status != S::Unknown => {
            (S::Unknown, "overruled-may-have-left")
        }
        Some(Fact::Refused) if !facts.read_since && positive => (S::Unknown, "overruled-refused"),
        Some(Fact::NotSent) if !facts.read_since && positive && !facts.may_have_committed => {
            (S::NotAttempted, "overruled-nothing-sent")
        }
        _ => return transaction,
    };
    Transaction { status, code: code.into(), ..transaction }
}

#[cfg(test)]
mod tests {
    use recaudo_ports::plugin::gateway::{Transaction, TransactionKind, TransactionStatus as S};

    use super::overrule;
    use crate::exchange::{Fact, Facts};

    fn said(status: S) -> Transaction {
        Transaction {
            kind: TransactionKind::Payment,
            status,
            gateway_id: "g".into(),
            operation_id: None,
            original: None,
            payout: None,
            amount: None,
            fee: None,
            next_url: None,
            code: String::new(),
            occurred_at: None,
            attributes: vec![],
        }
    }

    #[test]
    fn the_fact_outranks_the_claim() {
        let facts = |last: Option<Fact>, read_since: bool| Facts {
            may_have_committed: matches!(last, Some(Fact::Done | Fact::Unknown)),
            last,
            read_since,
        };
        for (fact, read_since, claim, becomes) in [
            // A way to pay that is made without asking anybody (a static QR code).
            (None, false, S::Succeeded, S::Succeeded),
            (Some(Fact::Done), false, S::Succeeded, S::Succeeded),
            (Some(Fact::Done), false, S::Declined, S::Declined),
            (Some(Fact::Done), false, S::NotAttempted, S::Unknown),
            (Some(Fact::Done), true, S::NotAttempted, S::Unknown),
            (Some(Fact::Unknown), false, S::Succeeded, S::Unknown),
            (Some(Fact::Unknown), false, S::Declined, S::Unknown),
            (Some(Fact::Unknown), false, S::NotAttempted, S::Unknown),
            (Some(Fact::Unknown), true, S::Succeeded, S::Succeeded),
            (Some(Fact::Unknown), true, S::Declined, S::Declined),
            (Some(Fact::Unknown), true, S::NotAttempted, S::Unknown),
            (Some(Fact::Refused), false, S::Declined, S::Declined),
            (Some(Fact::Refused), false, S::Succeeded, S::Unknown),
            (Some(Fact::Refused), true, S::Succeeded, S::Succeeded),
            (Some(Fact::NotSent), false, S::Succeeded, S::NotAttempted),
            (Some(Fact::NotSent), true, S::Succeeded, S::Succeeded),
            (Some(Fact::NotSent), false, S::NotAttempted, S::NotAttempted),
        ] {
            let ruled = overrule(said(claim), &facts(fact, read_since));
            assert_eq!(ruled.status, becomes, "{fact:?}, read since: {read_since}, claimed {claim:?}");
        }
    }
}
