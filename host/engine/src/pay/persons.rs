//! Operations nobody but a person can go on with.

use recaudo_core::gateway::Status;
use recaudo_store::effect::{self, Of};
use recaudo_store::gateway;

use super::wish::{OperationView, view};
use crate::effects::may_have_left;
use crate::instant::micros;
use crate::{Engine, EngineError};

/// Operations a person has to look at.
///
/// # Errors
/// The store's.
pub fn persons(engine: &Engine) -> Result<Vec<OperationView>, EngineError> {
    let tenant = engine.tenant;
    engine.store.read(|conn| {
        let kept = gateway::in_state(conn, tenant, "person")?;
        kept.iter().map(|operation| view(conn, tenant, operation)).collect()
    })
}

/// What a person found out about an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// Nothing happened there and nothing will: it ends. Who still wants it asks anew.
    NotDone,
    /// It is worth asking the gateway again, from the start of the schedule.
    AskAgain,
    /// Nothing had left, and what was in the way is gone: it is tried again under its key.
    TryAgain,
}

/// Ends or resumes an operation as a person says.
///
/// # Errors
/// It waits for no person, something may have left of one that is to be tried again, or the store's.
pub fn found(engine: &Engine, id: i64, what: Found) -> Result<OperationView, EngineError> {
    let (tenant, at) = (engine.tenant, micros(engine.clock.now()));
    engine.store.write(|tx| {
        let kept = gateway::by_id(tx, tenant, id)?.filter(|operation| operation.state == "person");
        let mut operation = kept.ok_or_else(|| EngineError::Invalid {
            field: "operation".into(),
            detail: format!("operation {id} is not among those that wait for a person"),
        })?;
        operation.changed_at = at;
        let left = may_have_left(&effect::list(tx, tenant, Of::Operation(id))?);
        let next = match what {
            Found::NotDone => {
                (operation.state, operation.status) = ("settled".into(), Status::NotAttempted);
                operation.code = "found-not-done".into();
                None
            }
            Found::AskAgain => {
                (operation.state, operation.asked) = ("asking".into(), 0);
                Some(at)
            }
            Found::TryAgain if left => {
                let detail = format!(
                    "something of operation {id} may have left: ask again, or say that it was not done"
                );
                return Err(EngineError::Refused { code: "may_have_left", detail });
            }
            Found::TryAgain => {
                (operation.state, operation.attempts) = ("queued".into(), 0);
                Some(at)
            }
        };
        gateway::save(tx, tenant, &operation, next)?;
        let subject = format!("operation {id}");
        crate::audit::append(tx, tenant, at, ("gateway-found", &subject), operation.state.as_bytes())?;
        view(tx, tenant, &operation)
    })
}
