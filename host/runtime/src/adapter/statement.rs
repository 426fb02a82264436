//! Statements: they read files of banks.

use recaudo_ports::plugin::statement::{Page, Statement};
use recaudo_ports::plugin::{Call, Checkpoint, PluginError};

use super::io::{Connector, Operation, Rights, suspension};
use crate::exchange::Step;
use crate::registry::STATEMENT;
use crate::wit::exports::payments::statement as wit;
use crate::wit::types::call;

pub(crate) struct StatementGuest {
    connector: Connector,
    functions: wit::GuestIndices,
}

impl StatementGuest {
    pub(crate) fn new(connector: Connector) -> wasmtime::Result<Self> {
        let functions = wit::GuestIndices::new(&connector.guest.pre)?;
        Ok(Self { connector, functions })
    }
}

impl Statement for StatementGuest {
    fn read(
        &self,
        call: &Call,
        source: &str,
        path: &str,
        since: Option<&Checkpoint>,
    ) -> Result<Page, PluginError> {
        let since = since.map(call::Checkpoint::from);
        let whole = self.connector.guest.limits.page;
        let operation =
            Operation { call, interface: STATEMENT, function: "read", whole, rights: Rights::Read };
        let (page, _) = self.connector.exchange(
            &operation,
            |store, instance, context, history| {
                let guest = self.functions.load(&mut *store, instance)?;
                guest.call_read(store, context, source, path, since.as_ref(), history)
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
