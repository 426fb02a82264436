//! Importers: they read files and HTTP.

use recaudo_ports::plugin::{Call, Feed, Importer, Page, PluginError, PullRequest};

use super::io::{Connector, Operation, Rights, suspension};
use crate::exchange::Step;
use crate::registry::IMPORTER;
use crate::wit::exports::erp::importer as wit;

pub(crate) struct ImporterGuest {
    connector: Connector,
    functions: wit::GuestIndices,
}

impl ImporterGuest {
    pub(crate) fn new(connector: Connector) -> wasmtime::Result<Self> {
        let functions = wit::GuestIndices::new(&connector.guest.pre)?;
        Ok(Self { connector, functions })
    }

    fn operation<'a>(&self, function: &'static str, call: &'a Call) -> Operation<'a> {
        let limits = &self.connector.guest.limits;
        let whole = if function == "pull" { limits.page } else { limits.operation };
        Operation { call, interface: IMPORTER, function, whole, rights: Rights::Read }
    }
}

impl Importer for ImporterGuest {
    fn check(&self, call: &Call) -> Result<String, PluginError> {
        let done = self.connector.exchange(
            &self.operation("check", call),
            |store, instance, context, history| {
                self.functions.load(&mut *store, instance)?.call_check(store, context, history)
            },
            |step| match step {
                wit::CheckStep::Ok(found) => Step::Done(found),
                wit::CheckStep::Pending(s) => Step::Pending(suspension(s)),
            },
        )?;
        Ok(done.0)
    }

    fn discover(&self, call: &Call) -> Result<Vec<Feed>, PluginError> {
        let done = self.connector.exchange(
            &self.operation("discover", call),
            |store, instance, context, history| {
                self.functions.load(&mut *store, instance)?.call_discover(store, context, history)
            },
            |step| match step {
                wit::DiscoverStep::Feeds(feeds) => Step::Done(feeds.into_iter().map(Into::into).collect()),
                wit::DiscoverStep::Pending(s) => Step::Pending(suspension(s)),
            },
        )?;
        Ok(done.0)
    }

    fn pull(&self, call: &Call, request: &PullRequest) -> Result<Page, PluginError> {
        let request = wit::PullRequest::from(request);
        let (page, _) = self.connector.exchange(
            &self.operation("pull", call),
            |store, instance, context, history| {
                self.functions.load(&mut *store, instance)?.call_pull(store, context, &request, history)
            },
            |step| match step {
                wit::PullStep::Page(page) => Step::Done(page),
                wit::PullStep::Pending(s) => Step::Pending(suspension(s)),
            },
        )?;
        self.connector.keeps(&page.checkpoint.bytes)?;
        Ok(page.into())
    }
}
