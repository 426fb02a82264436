//! What a running program tells whoever watches over it.

use recaudo_store::watch::{self, Jobs};
use recaudo_store::{action, writeback};

use crate::instant::micros;
use crate::{Engine, EngineError};

/// Messages with an unknown outcome that are counted at most.
const UNKNOWN_MAX: i64 = 10_000;

/// Figures of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// Kind of work, how much of it waits, and how much of that is due.
    pub jobs: Vec<(String, i64, i64)>,
    /// State and status of operations at gateways that are looked at, and how many.
    pub operations: Vec<(String, String, i64)>,
    /// Operations at gateways that wait for a person.
    pub persons: i64,
    /// Messages of which nobody knows whether they left.
    pub unknown_messages: usize,
    /// Things to tell the ERP that wait for a person.
    pub writebacks_for_a_person: usize,
    /// Seconds since a run ended.
    pub run_age: Option<i64>,
    /// Sources, and the seconds since an import of each ended.
    pub import_ages: Vec<(String, i64)>,
}

/// Reads them.
///
/// # Errors
/// The store's.
pub fn figures(engine: &Engine) -> Result<Figures, EngineError> {
    let (tenant, now) = (engine.tenant, micros(engine.clock.now()));
    let age = |at: i64| now.saturating_sub(at).max(0) / 1_000_000;
    engine.store.read(|conn| {
        let jobs = watch::jobs(conn, tenant, now)?;
        let imports = watch::last_imports(conn, tenant)?;
        Ok(Figures {
            jobs: jobs.into_iter().map(|Jobs { kind, all, due }| (kind, all, due)).collect(),
            operations: watch::operations(conn, tenant)?,
            persons: watch::persons(conn, tenant)?,
            unknown_messages: action::in_state(conn, tenant, "unknown", UNKNOWN_MAX)?.len(),
            writebacks_for_a_person: writeback::in_state(conn, tenant, "person")?.len(),
            run_age: watch::last_run(conn, tenant)?.map(age),
            import_ages: imports.into_iter().map(|(source, at)| (source, age(at))).collect(),
        })
    })
}

/// Says whether the store answers.
///
/// # Errors
/// It does not.
pub fn answers(engine: &Engine) -> Result<(), EngineError> {
    engine.store.read(|conn| watch::last_run(conn, engine.tenant)).map(drop).map_err(EngineError::from)
}

/// Is there a message whose time has come? Whoever sends takes a lock that keeps runs out.
///
/// # Errors
/// The store's.
pub fn messages_due(engine: &Engine) -> Result<bool, EngineError> {
    let now = micros(engine.clock.now());
    Ok(engine.store.read(|conn| watch::is_due(conn, engine.tenant, action::SEND, now))?)
}
