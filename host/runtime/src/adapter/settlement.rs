//! Settlements: they read what gateways settled.

use recaudo_ports::plugin::settlement::{Page, Settlement};
use recaudo_ports::plugin::{Call, Checkpoint, PluginError};

use super::io::{Connector, Operation, Rights, suspension};
use crate::exchange::Step;
use crate::registry::SETTLEMENT;
use crate::wit::exports::payments::settlement as wit;
use crate::wit::types::call;

pub(crate) struct SettlementGuest {
    connector: Connector,
    functions: wit::GuestIndices,
}

impl SettlementGuest {
    pub(crate) fn new(connector: Connector) -> wasmtime::Result<Self> {
        let functions = wit::GuestIndices::new(&connector.guest.pre)?;
        Ok(Self { connector, functions })
    }
}

impl Settlement for SettlementGuest {
    fn pull(&self, call: &Call, since: Option<&Checkpoint>) -> Result<Page, PluginError> {
        let since = since.map(call::Checkpoint::from);
        let whole = self.connector.guest.limits.page;
        let operation =
            Operation { call, interface: SETTLEMENT, function: "pull", whole, rights: Rights::Read };
        let (page, _) = self.connector.exchange(
            &operation,
            |store, instance, context, history| {
                let guest = self.functions.load(&mut *store, instance)?;
                guest.call_pull(store, context, since.as_ref(), history)
            },
            |step| match step {
                wit::Step::Page(page) => Step::Done(page),
                wit::Step::Pending(s) => Step::Pending(suspension(s)),
            },
        )?;
        self.connector.keeps(&page.checkpoint.bytes)?;
        Ok(page.into())
    }
}
