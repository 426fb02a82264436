//! Scorers.

use recaudo_ports::plugin::{Call, PluginError, PluginErrorKind, Reason, Scorer, Scores};
use recaudo_ports::table::Batch;
use wasmtime::component::ComponentExportIndex;

use super::{declared, function};
use crate::guest::{Guest, Run};
use crate::registry::SCORER;
use crate::wit::exports::scoring::scorer as wit_scorer;
use crate::wit::types::{call::Context, errors::Failure};
use crate::wit::{self, BatchRef};

pub(crate) struct ScorerGuest {
    guest: Guest,
    functions: wit_scorer::GuestIndices,
    score: ComponentExportIndex,
    columns: Vec<String>,
}

impl ScorerGuest {
    pub(crate) fn new(guest: Guest, columns: Vec<String>) -> wasmtime::Result<Self> {
        let functions = wit_scorer::GuestIndices::new(&guest.pre)?;
        let score = function(&guest.pre, SCORER, "score")?;
        Ok(Self { guest, functions, score, columns })
    }

    fn check(&self, scores: &Scores, rows: usize) -> Result<(), PluginError> {
        let reasons = rows * usize::from(scores.reasons_per_row);
        for (what, found, expected) in [
            ("scores", scores.ppm.len(), rows),
            ("reason codes", scores.reason_code.len(), reasons),
            ("reason weights", scores.reason_ppm.len(), reasons),
        ] {
            if found != expected {
                let message = format!("{found} {what} for {rows} rows; expected {expected}");
                return Err(self.guest.error(PluginErrorKind::Internal, "wrong-count", message));
            }
        }
        Ok(())
    }
}

type Arguments<'a> = (&'a Context, BatchRef<'a>);
type Answer = (Result<wit_scorer::Scores, Failure>,);

impl Scorer for ScorerGuest {
    fn reasons(&self, call: &Call) -> Result<Vec<Reason>, PluginError> {
        let run = Run::single(&self.guest, SCORER, "reasons", call);
        let reasons = self
            .guest
            .run(&run, |store, instance| self.functions.load(&mut *store, instance)?.call_reasons(store))?;
        Ok(reasons.into_iter().map(Into::into).collect())
    }

    fn columns(&self, call: &Call) -> Result<Vec<String>, PluginError> {
        let run = Run::single(&self.guest, SCORER, "columns", call);
        let context = wit::context(call);
        let columns = self
            .guest
            .run(&run, |store, instance| {
                self.functions.load(&mut *store, instance)?.call_columns(store, &context)
            })?
            .map_err(|f| self.guest.failure(f))?;
        declared(&self.guest, columns, &self.columns)
    }

    fn score(&self, call: &Call, batch: &Batch) -> Result<Scores, PluginError> {
        let rows = batch.ids.len();
        let run = Run { rows, ..Run::single(&self.guest, SCORER, "score", call) };
        let context = wit::context(call);
        let scores = self
            .guest
            .run(&run, |store, instance| {
                let score = instance.get_typed_func::<Arguments<'_>, Answer>(&mut *store, &self.score)?;
                wit::with_batch(batch, |lent| Ok(score.call(store, (&context, lent))?.0))
            })?
            .map_err(|f| self.guest.failure(f))?;
        let scores = Scores::from(scores);
        self.check(&scores, rows)?;
        Ok(scores)
    }
}
