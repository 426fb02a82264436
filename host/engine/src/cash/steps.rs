//! Transactions of a use case: one after the other, or all in one that is not kept: a rehearsal.

use recaudo_store::Tx;

use crate::Engine;
use crate::error::EngineError;

/// How the work is committed.
#[derive(Clone, Copy)]
pub(crate) struct Steps<'s> {
    engine: &'s Engine,
    rehearsal: Option<&'s Tx<'s>>,
}

/// Ends a rehearsal.
enum Over<T> {
    Well(T),
    Badly(EngineError),
}

impl<T> From<recaudo_store::StoreError> for Over<T> {
    fn from(error: recaudo_store::StoreError) -> Self {
        Self::Badly(error.into())
    }
}

impl Steps<'_> {
    /// Does the work; a rehearsal does it too, sees what it does, and keeps nothing.
    pub(crate) fn run<T>(
        engine: &Engine,
        rehearse: bool,
        work: impl FnOnce(Steps<'_>) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        if !rehearse {
            return work(Steps { engine, rehearsal: None });
        }
        let over: Result<(), Over<T>> = engine.store.write(|tx| {
            Err(match work(Steps { engine, rehearsal: Some(tx) }) {
                Ok(value) => Over::Well(value),
                Err(error) => Over::Badly(error),
            })
        });
        match over {
            Err(Over::Well(value)) => Ok(value),
            Err(Over::Badly(error)) => Err(error),
            Ok(()) => Err(EngineError::fault("a rehearsal was kept")),
        }
    }

    /// One transaction.
    pub(crate) fn step<T>(
        &self,
        work: impl FnOnce(&Tx<'_>) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        match self.rehearsal {
            Some(tx) => work(tx),
            None => self.engine.store.write(work),
        }
    }

    pub(crate) fn engine(&self) -> &Engine {
        self.engine
    }
}
