//! Pricers.

use std::collections::BTreeSet;

use recaudo_ports::plugin::pricer::{Charge, Item, Pricer, Series};
use recaudo_ports::plugin::{Call, EpochDay, PluginError, PluginErrorKind};

use crate::guest::{Guest, Run};
use crate::registry::PRICER;
use crate::wit;
use crate::wit::exports::policy::pricer as wit_pricer;

pub(crate) struct PricerGuest {
    guest: Guest,
    functions: wit_pricer::GuestIndices,
}

impl PricerGuest {
    pub(crate) fn new(guest: Guest) -> wasmtime::Result<Self> {
        let functions = wit_pricer::GuestIndices::new(&guest.pre)?;
        Ok(Self { guest, functions })
    }
}

impl Pricer for PricerGuest {
    fn price(
        &self,
        call: &Call,
        on: EpochDay,
        rates: &[Series],
        items: &[Item],
    ) -> Result<Vec<Charge>, PluginError> {
        // Balances, earlier charges and rates are what a pricer goes through: they count as rows.
        let rows = items.iter().map(|i| 1 + i.balances.len() + i.charged.len()).sum::<usize>()
            + rates.iter().map(|s| s.rates.len()).sum::<usize>();
        let run = Run { rows, ..Run::single(&self.guest, PRICER, "price", call) };
        let context = wit::context(call);
        let lent: (Vec<wit_pricer::Series>, Vec<wit_pricer::Item>) = (wit::all(rates), wit::all(items));
        let charges: Vec<Charge> = self
            .guest
            .run(&run, |store, instance| {
                let guest = self.functions.load(&mut *store, instance)?;
                guest.call_price(store, &context, on, &lent.0, &lent.1)
            })?
            .map(wit::all)
            .map_err(|f| self.guest.failure(f))?;
        let known: BTreeSet<&str> = items.iter().map(|i| i.id.as_str()).collect();
        match charges.iter().find(|c| !known.contains(c.item.as_str())) {
            None => Ok(charges),
            Some(stray) => {
                let item = stray.item.escape_debug();
                let message = format!("it charges the item `{item}`, which is not in the batch");
                Err(self.guest.error(PluginErrorKind::Internal, "no-such-row", message))
            }
        }
    }
}
