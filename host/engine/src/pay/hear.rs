//! What a gateway tells by itself: kept as it arrived, believed only when its sender is known, effective once.

use recaudo_core::gateway::Status;
use recaudo_ports::plugin::webhook::{Authenticity, Delivery, Event, PaymentWebhook};
use recaudo_ports::plugin::{Call, Installation, Operation as Named, PluginError, PluginErrorKind};
use recaudo_store::gateway::{self, heard};
use sha2::{Digest, Sha256};

use super::absorb::{Ear, absorb};
use super::wish::source;
use crate::instant::{day_in, instant, micros};
use crate::vault::Subject;
use crate::{Engine, EngineError};

/// How long a gateway waits for its answer, seconds.
const PATIENCE_S: i64 = 5;

/// What the listener answers: everything a 2xx stands for is committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// A challenge's answer; else empty.
    pub body: Vec<u8>,
}

impl Answer {
    fn bare(status: u16) -> Self {
        Self { status, body: Vec::new() }
    }
}

/// Takes in a delivery. An error means 503: the gateway tells again later.
///
/// # Errors
/// The store's.
pub fn hear(
    engine: &Engine,
    installation: &Installation,
    delivery: &Delivery,
) -> Result<Answer, EngineError> {
    let Ok(webhook) = engine.plugins.payment_webhook(installation) else {
        return Ok(Answer::bare(503));
    };
    let mut hearing = Hearing::receive(engine, installation, delivery)?;
    let authenticity = match webhook.authenticate(&hearing.call, delivery) {
        Ok(authenticity) => authenticity,
        Err(error) => return hearing.failed(&error),
    };
    match authenticity {
        Authenticity::Refused(refused) => {
            let code = refused.code.as_str();
            let status = if code == "bad-token" { 403 } else { 401 };
            engine.store.write(|tx| heard::refuse(tx, engine.tenant, hearing.row, code))?;
            Ok(Answer::bare(status))
        }
        Authenticity::Challenge(body) => {
            hearing.settle("challenge", "")?;
            Ok(Answer { status: 200, body })
        }
        Authenticity::Verified => match webhook.parse(&hearing.call, delivery) {
            Ok(events) => hearing.take(&events),
            Err(error) => hearing.failed(&error),
        },
        Authenticity::Refetch => hearing.hint(webhook.as_ref(), delivery),
    }
}

struct Hearing<'e> {
    engine: &'e Engine,
    source_id: i64,
    row: i64,
    call: Call,
}

impl<'e> Hearing<'e> {
    /// Keeps the delivery before anything looks at it.
    fn receive(
        engine: &'e Engine,
        installation: &Installation,
        delivery: &Delivery,
    ) -> Result<Self, EngineError> {
        let now = engine.clock.now();
        let raw = postcard::to_stdvec(delivery).map_err(|error| EngineError::fault(error.to_string()))?;
        let sha256: [u8; 32] = Sha256::digest(&raw).into();
        let tenant = engine.tenant;
        let (source_id, row) = engine.store.write(|tx| {
            let source_id = source(tx, engine, installation)?;
            let subject = Subject::Source(source_id);
            let raw = engine.vault.seal(tx, tenant, subject, engine.random.as_ref(), &raw)?;
            let kept = heard::Delivery { source_id, received_at: micros(now), sha256: &sha256, raw: &raw };
            Ok::<_, EngineError>((source_id, heard::receive(tx, tenant, &kept)?))
        })?;
        let zone = engine.settings.creditor.time_zone;
        let mut entropy = [0; 32];
        engine.random.fill(&mut entropy);
        let mut deadline = instant(now);
        deadline.seconds += PATIENCE_S;
        let id = format!("delivery-{row}");
        let call = Call {
            now: instant(now),
            business_day: day_in(zone, now).0,
            time_zone: zone.name().into(),
            locale: engine.settings.creditor.locale.clone(),
            deadline,
            entropy,
            trace_id: id.clone(),
            operation: Named { id: id.clone(), idempotency_key: id, attempt: 1 },
            config: std::sync::Arc::clone(&installation.config),
        };
        Ok(Self { engine, source_id, row, call })
    }

    /// Each event once, with its effect, in one transaction.
    fn take(&mut self, events: &[Event]) -> Result<Answer, EngineError> {
        let (engine, tenant) = (self.engine, self.engine.tenant);
        engine.store.write(|tx| {
            let at = micros(engine.clock.now());
            for event in events {
                if heard::hear(tx, tenant, self.source_id, &event.id, self.row)? {
                    absorb(Ear { tx, engine, source_id: self.source_id, at }, &event.transaction, None)?;
                }
            }
            heard::settle(tx, tenant, self.row, ("done", ""))?;
            Ok::<_, EngineError>(())
        })?;
        Ok(Answer::bare(200))
    }

    /// Nothing is proven: whatever it names of ours is asked about at once, and none of it is believed or remembered.
    fn hint(&mut self, webhook: &dyn PaymentWebhook, delivery: &Delivery) -> Result<Answer, EngineError> {
        let events = match webhook.parse(&self.call, delivery) {
            Ok(events) => events,
            Err(error) => return self.failed(&error),
        };
        let (engine, tenant) = (self.engine, self.engine.tenant);
        engine.store.write(|tx| {
            let at = micros(engine.clock.now());
            for word in events.iter().map(|event| &event.transaction) {
                let ours = match &word.operation_id {
                    Some(id) => gateway::by_operation_id(tx, tenant, id)?,
                    None => gateway::by_gateway_id(tx, tenant, self.source_id, &word.gateway_id)?,
                };
                let asked_about = |o: &gateway::Operation| {
                    o.source_id == self.source_id
                        && o.status != Status::Succeeded
                        && ["asking", "person"].contains(&o.state.as_str())
                };
                if let Some(mut operation) = ours.filter(asked_about) {
                    operation.state = "asking".into();
                    gateway::save(tx, tenant, &operation, Some(at))?;
                }
            }
            heard::settle(tx, tenant, self.row, ("hint", ""))?;
            Ok::<_, EngineError>(())
        })?;
        Ok(Answer::bare(200))
    }

    fn failed(&mut self, error: &PluginError) -> Result<Answer, EngineError> {
        self.settle("failed", &error.code)?;
        // What is no delivery of this gateway does not become one by being sent again.
        let status = if error.kind == PluginErrorKind::InvalidInput { 400 } else { 503 };
        Ok(Answer::bare(status))
    }

    fn settle(&self, state: &str, code: &str) -> Result<(), EngineError> {
        Ok(self.engine.store.write(|tx| heard::settle(tx, self.engine.tenant, self.row, (state, code)))?)
    }
}
