//! After a crash: what became of the messages that were being sent.

use recaudo_store::action::{self, End, Kept};
use recaudo_store::journal;

use crate::instant::micros;
use crate::{Engine, EngineError};

/// Contacts looked at in one go: a worker sends one at a time, so there are few.
const LIMIT: i64 = 10_000;

/// How a message stands that was being sent when the worker died.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stand {
    /// Nothing can have left: it may be sent.
    NotSent,
    /// The far side had said yes.
    Sent,
    /// It may have left.
    Unknown,
}

/// Lays to rest what an earlier worker left. Nobody else is at work: the lock is ours.
pub(super) fn recover(engine: &Engine) -> Result<(), EngineError> {
    let tenant = engine.tenant;
    let sending = engine.store.read(|conn| action::in_state(conn, tenant, "sending", LIMIT))?;
    for kept in sending {
        let effects = engine.store.read(|conn| journal::of_action(conn, tenant, kept.action.id))?;
        lay_to_rest(engine, &kept, stand(&effects))?;
    }
    Ok(())
}

fn lay_to_rest(engine: &Engine, kept: &Kept, stand: Stand) -> Result<(), EngineError> {
    let (tenant, at) = (engine.tenant, micros(engine.clock.now()));
    let (state, reason) = match stand {
        Stand::NotSent => {
            return Ok(engine.store.write(|tx| action::requeue(tx, tenant, kept.action.id))?);
        }
        Stand::Sent => ("sent", ""),
        Stand::Unknown => ("unknown", "interrupted"),
    };
    let end = End { state, reason, provider_id: "", at };
    Ok(engine.store.write(|tx| action::end(tx, tenant, &kept.action, &end))?)
}

/// What the journal tells. A row that was only prepared had sent no byte.
pub(super) fn stand(effects: &[journal::Entry]) -> Stand {
    let mut stand = Stand::NotSent;
    for effect in effects {
        match (effect.settled.as_deref(), effect.sent_at) {
            (Some("done"), _) => return Stand::Sent,
            (Some("not_done"), _) | (None, None) => {}
            (Some(_), _) | (None, Some(_)) => stand = Stand::Unknown,
        }
    }
    stand
}
