//! Allocators.

use std::collections::BTreeSet;

use recaudo_ports::plugin::allocator::{Allocator, Item, Receipt, Suggestion};
use recaudo_ports::plugin::{Call, PluginError, PluginErrorKind};

use crate::guest::{Guest, Run};
use crate::registry::ALLOCATOR;
use crate::wit;
use crate::wit::exports::policy::allocator as wit_allocator;

pub(crate) struct AllocatorGuest {
    guest: Guest,
    functions: wit_allocator::GuestIndices,
}

impl AllocatorGuest {
    pub(crate) fn new(guest: Guest) -> wasmtime::Result<Self> {
        let functions = wit_allocator::GuestIndices::new(&guest.pre)?;
        Ok(Self { guest, functions })
    }

    /// Money may go only where the host said it could.
    fn check(
        &self,
        suggestion: &Suggestion,
        receipts: &[Receipt],
        items: &[Item],
    ) -> Result<(), PluginError> {
        let receipts: BTreeSet<&str> = receipts.iter().map(|r| r.id.as_str()).collect();
        let items: BTreeSet<&str> = items.iter().map(|i| i.id.as_str()).collect();
        let assigned = suggestion.assignments.iter().map(|a| (a.receipt.as_str(), Some(a.item.as_str())));
        let differing = suggestion.differences.iter().map(|d| (d.receipt.as_str(), d.item.as_deref()));
        for (receipt, item) in assigned.chain(differing) {
            if !receipts.contains(receipt) {
                return Err(self.stray("receipt", receipt));
            }
            if let Some(item) = item.filter(|item| !items.contains(item)) {
                return Err(self.stray("item", item));
            }
        }
        Ok(())
    }

    fn stray(&self, what: &str, id: &str) -> PluginError {
        let message = format!("it names the {what} `{}`, which is not in the batch", id.escape_debug());
        self.guest.error(PluginErrorKind::Internal, "no-such-row", message)
    }
}

impl Allocator for AllocatorGuest {
    fn allocate(&self, call: &Call, receipts: &[Receipt], items: &[Item]) -> Result<Suggestion, PluginError> {
        let rows = receipts.len() + items.len();
        let run = Run { rows, ..Run::single(&self.guest, ALLOCATOR, "allocate", call) };
        let context = wit::context(call);
        let lent: (Vec<wit_allocator::Receipt>, Vec<wit_allocator::Item>) =
            (wit::all(receipts), wit::all(items));
        let suggestion = self
            .guest
            .run(&run, |store, instance| {
                let guest = self.functions.load(&mut *store, instance)?;
                guest.call_allocate(store, &context, &lent.0, &lent.1)
            })?
            .map_err(|f| self.guest.failure(f))?
            .into();
        self.check(&suggestion, receipts, items)?;
        Ok(suggestion)
    }
}
