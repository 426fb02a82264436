//! What a gateway settled, page by page: fees, charge-backs, and payments no webhook told of.

use std::sync::Arc;

use recaudo_ports::plugin::{Call, Checkpoint, Installation, Operation as Named};
use recaudo_store::import as rows;
use serde::Serialize;

use super::absorb::{Ear, absorb};
use super::wish::source;
use crate::instant::{day_in, instant, micros};
use crate::{Engine, EngineError};

/// The feed its checkpoint is kept under.
const FEED: &str = "settlement";
/// Pages read in one go; the rest comes next time.
const PAGES_MAX: u32 = 1_000;
/// How long one page may take, seconds.
const PATIENCE_S: i64 = 120;

/// What a settlement brought.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SettlementView {
    /// Pages taken in, each in one transaction with its checkpoint.
    pub pages: u64,
    /// Movements told of, known ones too.
    pub transactions: u64,
    /// What could not be read: origin, code and what to do.
    pub rejects: Vec<String>,
    /// The gateway has no more for now.
    pub done: bool,
}

/// Reads what was settled since the last time.
///
/// # Errors
/// The plugin's: it stays at its last checkpoint; or the store's.
pub fn pull_settlement(engine: &Engine, installation: &Installation) -> Result<SettlementView, EngineError> {
    let settlement = engine.plugins.settlement(installation)?;
    let tenant = engine.tenant;
    let mut told = SettlementView::default();
    let source_id = engine.store.write(|tx| source(tx, engine, installation))?;
    for page in 0..PAGES_MAX {
        let since = engine.store.read(|conn| rows::checkpoint(conn, tenant, source_id, FEED))?;
        let since = since.map(|kept| Checkpoint { version: kept.version, bytes: kept.bytes });
        let page = settlement.pull(&call(engine, installation, page), since.as_ref())?;
        engine.store.write(|tx| {
            let at = micros(engine.clock.now());
            for word in &page.transactions {
                absorb(Ear { tx, engine, source_id, at }, word, None)?;
            }
            let Checkpoint { version, bytes } = page.checkpoint.clone();
            let kept = rows::Checkpoint { import_id: None, version, bytes };
            Ok::<_, EngineError>(rows::save_checkpoint(tx, tenant, source_id, FEED, (&kept, at))?)
        })?;
        told.pages += 1;
        told.transactions += page.transactions.len() as u64;
        told.rejects.extend(page.rejects.iter().map(|r| format!("{}: {} ({})", r.source, r.message, r.code)));
        if page.done || page.not_before.is_some() {
            told.done = page.done;
            break;
        }
    }
    Ok(told)
}

fn call(engine: &Engine, installation: &Installation, page: u32) -> Call {
    let now = engine.clock.now();
    let zone = engine.settings.creditor.time_zone;
    let mut entropy = [0; 32];
    engine.random.fill(&mut entropy);
    let mut deadline = instant(now);
    deadline.seconds += PATIENCE_S;
    let id = format!("settlement-{}-{}-{page}", installation.name, micros(now));
    Call {
        now: instant(now),
        business_day: day_in(zone, now).0,
        time_zone: zone.name().into(),
        locale: engine.settings.creditor.locale.clone(),
        deadline,
        entropy,
        trace_id: id.clone(),
        operation: Named { id: id.clone(), idempotency_key: id, attempt: 1 },
        config: Arc::clone(&installation.config),
    }
}
