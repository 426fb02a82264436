//! What is written back and nobody but a person can go on with.

use recaudo_store::Conn;
use recaudo_store::effect::{self, Of};
use recaudo_store::writeback::{self as rows, Writeback};
use serde::Serialize;

use super::wish::external;
use crate::effects::may_have_left;
use crate::instant::micros;
use crate::{Engine, EngineError};

/// Something written back as a person sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WritebackView {
    /// Its number.
    pub id: i64,
    /// `receipt`, `reversal`, `note`.
    pub kind: String,
    /// The store's number of the payment or hold it is about.
    pub subject: i64,
    /// The customer's id in the ERP.
    pub customer: String,
    /// `queued`, `executing`, `asking`, `person`, `settled`.
    pub state: String,
    /// `applied`, `already-applied`, `not-attempted`, `unknown`, `not-needed`, `unsupported`; empty while nothing is known.
    pub status: String,
    /// Why, when the status does not say all.
    pub code: String,
    /// What it is called there.
    pub target: String,
    /// The first instant it was wished for, seconds UTC.
    pub made_at: i64,
}

pub(super) fn view(conn: &Conn<'_>, engine: &Engine, wish: &Writeback) -> Result<WritebackView, EngineError> {
    Ok(WritebackView {
        id: wish.id,
        kind: wish.kind.clone(),
        subject: wish.subject_id,
        customer: external(conn, engine, wish.customer_id)?,
        state: wish.state.clone(),
        status: wish.status.clone(),
        code: wish.code.clone(),
        target: wish.target_id.clone(),
        made_at: wish.made_at.div_euclid(1_000_000),
    })
}

/// What a person has to look at.
///
/// # Errors
/// The store's.
pub fn persons(engine: &Engine) -> Result<Vec<WritebackView>, EngineError> {
    engine.store.read(|conn| {
        let kept = rows::in_state(conn, engine.tenant, "person")?;
        kept.iter().map(|wish| view(conn, engine, wish)).collect()
    })
}

/// What a person found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// It is there: entered by hand, or after all by us.
    Done,
    /// It is not there and is not wanted.
    NotDone,
    /// It is worth asking again, from the start of the schedule.
    AskAgain,
    /// Nothing had left, and what was in the way is gone: it is told again under its key.
    TryAgain,
}

/// Ends or resumes what waits for a person.
///
/// # Errors
/// It waits for no person, something may have left of what is to be tried again, or the store's.
pub fn found(engine: &Engine, id: i64, what: Found) -> Result<WritebackView, EngineError> {
    let (tenant, at) = (engine.tenant, micros(engine.clock.now()));
    engine.store.write(|tx| {
        let kept = rows::by_id(tx, tenant, id)?.filter(|wish| wish.state == "person");
        let mut wish = kept.ok_or_else(|| EngineError::Invalid {
            field: "writeback".into(),
            detail: format!("{id} is not among what is written back and waits for a person"),
        })?;
        wish.changed_at = at;
        let left = may_have_left(&effect::list(tx, tenant, Of::Writeback(id))?);
        let next = match what {
            Found::Done | Found::NotDone => {
                let (status, code) = match what {
                    Found::Done => ("applied", "found-done"),
                    _ => ("not-attempted", "found-not-done"),
                };
                (wish.state, wish.status, wish.code) = ("settled".into(), status.into(), code.into());
                None
            }
            Found::AskAgain => {
                (wish.state, wish.asked) = ("asking".into(), 0);
                Some(at)
            }
            Found::TryAgain if left => {
                let detail =
                    format!("something of {id} may have left: ask again, or say whether it is there");
                return Err(EngineError::Refused { code: "may_have_left", detail });
            }
            Found::TryAgain => {
                (wish.state, wish.attempts) = ("queued".into(), 0);
                Some(at)
            }
        };
        rows::save(tx, tenant, &wish, next)?;
        let subject = format!("written back {id}");
        crate::audit::append(tx, tenant, at, ("writeback-found", &subject), wish.state.as_bytes())?;
        view(tx, engine, &wish)
    })
}
