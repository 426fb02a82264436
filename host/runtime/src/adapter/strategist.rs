//! Strategists.

use recaudo_ports::plugin::{Call, Decision, PluginError, PluginErrorKind, Strategist};
use recaudo_ports::table::Batch;
use wasmtime::component::ComponentExportIndex;

use super::{declared, function};
use crate::guest::{Guest, Run};
use crate::registry::STRATEGIST;
use crate::wit::exports::policy::strategist as wit_strategist;
use crate::wit::types::{call::Context, errors::Failure};
use crate::wit::{self, BatchRef};

pub(crate) struct StrategistGuest {
    guest: Guest,
    functions: wit_strategist::GuestIndices,
    decide: ComponentExportIndex,
    columns: Vec<String>,
}

impl StrategistGuest {
    pub(crate) fn new(guest: Guest, columns: Vec<String>) -> wasmtime::Result<Self> {
        let functions = wit_strategist::GuestIndices::new(&guest.pre)?;
        let decide = function(&guest.pre, STRATEGIST, "decide")?;
        Ok(Self { guest, functions, decide, columns })
    }
}

type Arguments<'a> = (&'a Context, BatchRef<'a>);
type Answer = (Result<Vec<wit_strategist::Decision>, Failure>,);

impl Strategist for StrategistGuest {
    fn columns(&self, call: &Call) -> Result<Vec<String>, PluginError> {
        let run = Run::single(&self.guest, STRATEGIST, "columns", call);
        let context = wit::context(call);
        let columns = self
            .guest
            .run(&run, |store, instance| {
                self.functions.load(&mut *store, instance)?.call_columns(store, &context)
            })?
            .map_err(|f| self.guest.failure(f))?;
        declared(&self.guest, columns, &self.columns)
    }

    fn decide(&self, call: &Call, batch: &Batch) -> Result<Vec<Decision>, PluginError> {
        let rows = batch.ids.len();
        let run = Run { rows, ..Run::single(&self.guest, STRATEGIST, "decide", call) };
        let context = wit::context(call);
        let decisions: Vec<Decision> = self
            .guest
            .run(&run, |store, instance| {
                let decide = instance.get_typed_func::<Arguments<'_>, Answer>(&mut *store, &self.decide)?;
                wit::with_batch(batch, |lent| Ok(decide.call(store, (&context, lent))?.0))
            })?
            .map_err(|f| self.guest.failure(f))?
            .into_iter()
            .map(Into::into)
            .collect();
        match decisions.iter().find(|d| usize::try_from(d.row).map_or(true, |row| row >= rows)) {
            None => Ok(decisions),
            Some(stray) => {
                let message = format!("a decision for row {}, but there are {rows} rows", stray.row);
                Err(self.guest.error(PluginErrorKind::Internal, "no-such-row", message))
            }
        }
    }
}
