//! Gates.

use recaudo_ports::plugin::{Call, Gate, PluginError, PluginErrorKind, Proposal, Verdict};
use wasmtime::component::ComponentExportIndex;

use super::function;
use crate::guest::{Guest, Run};
use crate::registry::GATE;
use crate::wit::exports::policy::gate::Verdict as WitVerdict;
use crate::wit::types::{call::Context, errors::Failure};
use crate::wit::{self, ProposalRef};

pub(crate) struct GateGuest {
    guest: Guest,
    review: ComponentExportIndex,
}

impl GateGuest {
    pub(crate) fn new(guest: Guest) -> wasmtime::Result<Self> {
        let review = function(&guest.pre, GATE, "review")?;
        Ok(Self { guest, review })
    }
}

type Arguments<'a> = (&'a Context, &'a [ProposalRef<'a>]);
type Answer = (Result<Vec<WitVerdict>, Failure>,);

impl Gate for GateGuest {
    fn review(&self, call: &Call, proposals: &[Proposal]) -> Result<Vec<Verdict>, PluginError> {
        // Attempts are what a gate goes through: they count as rows.
        let rows = proposals.iter().map(|p| 1 + p.attempts.len()).sum();
        let run = Run { rows, ..Run::single(&self.guest, GATE, "review", call) };
        let context = wit::context(call);
        let lent = wit::proposals(proposals);
        let verdicts = self
            .guest
            .run(&run, |store, instance| {
                let review = instance.get_typed_func::<Arguments<'_>, Answer>(&mut *store, &self.review)?;
                Ok(review.call(store, (&context, &lent))?.0)
            })?
            .map_err(|f| self.guest.failure(f))?;
        if verdicts.len() != proposals.len() {
            let message = format!("{} verdicts for {} proposals", verdicts.len(), proposals.len());
            return Err(self.guest.error(PluginErrorKind::Internal, "wrong-count", message));
        }
        Ok(verdicts.into_iter().map(Into::into).collect())
    }
}
