//! Putting a customer or one of its items on hold, and letting go.

use recaudo_core::day::Day;
use recaudo_core::hold::{Hold, Reason, Resume};
use recaudo_store::{customer, hold};

use crate::instant::micros;
use crate::vault::Subject;
use crate::{Engine, EngineError};

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HoldRequest<'a> {
    /// The customer's id in the ERP.
    pub customer: &'a str,
    /// The store's number of an item of the customer; none holds the whole customer.
    pub item: Option<i64>,
    /// Why.
    pub reason: Reason,
    /// The first day.
    pub from: Day,
    /// The first day it no longer holds; none while nobody knows.
    pub until: Option<Day>,
    /// None takes the reason's own.
    pub resume: Option<Resume>,
    /// Who decided.
    pub made_by: &'a str,
    /// For whoever looks at it later; sealed.
    pub note: &'a str,
}

/// Puts on hold; returns the hold's number.
///
/// # Errors
/// No such customer, days in the wrong order, or the store's.
pub fn add(engine: &mut Engine, request: &HoldRequest<'_>) -> Result<i64, EngineError> {
    let (from, until) = (request.from, request.until);
    if until.is_some_and(|until| until < from) {
        return Err(EngineError::Invalid {
            field: "until".into(),
            detail: "it lies before the first day".into(),
        });
    }
    let at = micros(engine.clock.now());
    let tenant = engine.tenant;
    engine.store.write(|tx| {
        let customer = customer::by_external(tx, tenant, request.customer)?
            .ok_or_else(|| EngineError::NotFound { kind: "customer", id: request.customer.into() })?;
        let subject = Subject::Customer(customer.id);
        let note = engine.vault.seal(tx, tenant, subject, engine.random.as_ref(), request.note.as_bytes())?;
        let resume = request.resume.unwrap_or(request.reason.resume());
        let new = hold::New {
            customer_id: customer.id,
            item_id: request.item,
            hold: Hold { reason: request.reason, from, until, resume },
            made_by: request.made_by,
            note: &note,
            at,
        };
        let id = hold::insert(tx, tenant, &new)?;
        let kept = hold::Kept { id, customer_id: customer.id, item_id: request.item, hold: new.hold };
        crate::writeback::held(tx, (engine, at), &kept, None)?;
        let body = serde_json::json!({
            "hold": id, "reason": request.reason.code(), "from": from.to_string(),
            "until": until.map(|day| day.to_string()),
        });
        let subject = format!("customer {}", customer.id);
        crate::audit::append(tx, tenant, at, ("hold", &subject), body.to_string().as_bytes())?;
        Ok(id)
    })
}

/// Lets go from a day on.
///
/// # Errors
/// No such hold, or the store's.
pub fn release(engine: &mut Engine, id: i64, until: Day) -> Result<(), EngineError> {
    let at = micros(engine.clock.now());
    let tenant = engine.tenant;
    engine.store.write(|tx| {
        hold::release(tx, tenant, id, until)?;
        let kept = hold::by_id(tx, tenant, id)?;
        let kept = kept.ok_or_else(|| EngineError::NotFound { kind: "hold", id: id.to_string() })?;
        crate::writeback::held(tx, (engine, at), &kept, Some(until))?;
        let body = serde_json::json!({ "hold": id, "until": until.to_string() });
        crate::audit::append(tx, tenant, at, ("hold", "release"), body.to_string().as_bytes())
    })
}
