//! The vocabulary every caller sees. Texts are for a person; codes are for scripts and never change.

use recaudo_core::money::MoneyError;
use recaudo_ports::plugin::PluginError;
use recaudo_store::StoreError;

/// What a use case can answer instead of its view.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Nothing goes by that name.
    #[error("there is no {kind} {id:?}")]
    NotFound {
        /// The kind of thing, as in the glossary.
        kind: &'static str,
        /// What was asked for.
        id: String,
    },
    /// A rule said no.
    #[error("{detail}")]
    Refused {
        /// Stable, `snake_case`.
        code: &'static str,
        /// Which rule, and what to do.
        detail: String,
    },
    /// An argument is wrong.
    #[error("{field}: {detail}")]
    Invalid {
        /// Which argument or key.
        field: String,
        /// What is wrong, and what is right.
        detail: String,
    },
    /// Something else was there first.
    #[error("{detail}")]
    Conflict {
        /// What, and what to do.
        detail: String,
    },
    /// Trying again later may work.
    #[error("{what}: {detail}")]
    Unavailable {
        /// What is not there.
        what: String,
        /// Why, and what to do.
        detail: String,
        /// When to come back, if somebody said.
        retry_after_ms: Option<u64>,
    },
    /// A plugin failed, or its sandbox stopped it.
    #[error("{0}")]
    Plugin(PluginError),
    /// Our fault, or broken data: a person has to look.
    #[error("this should not have happened: {detail}")]
    Fault {
        /// For the report.
        detail: String,
    },
}

impl EngineError {
    /// A fault, in words.
    pub fn fault(detail: impl Into<String>) -> Self {
        Self::Fault { detail: detail.into() }
    }

    /// A stable code for scripts.
    pub fn code(&self) -> &str {
        match self {
            Self::NotFound { .. } => "not_found",
            Self::Refused { code, .. } => code,
            Self::Invalid { .. } => "invalid",
            Self::Conflict { .. } => "conflict",
            Self::Unavailable { .. } => "unavailable",
            Self::Plugin(error) => &error.code,
            Self::Fault { .. } => "fault",
        }
    }
}

impl From<PluginError> for EngineError {
    fn from(error: PluginError) -> Self {
        Self::Plugin(error)
    }
}

impl From<MoneyError> for EngineError {
    fn from(error: MoneyError) -> Self {
        Self::Fault { detail: error.to_string() }
    }
}

impl From<StoreError> for EngineError {
    fn from(error: StoreError) -> Self {
        let detail = error.to_string();
        match error {
            StoreError::Busy | StoreError::Unavailable { .. } => {
                Self::Unavailable { what: "store".into(), detail, retry_after_ms: None }
            }
            StoreError::Newer { .. } | StoreError::OtherMigration { .. } => {
                Self::Refused { code: "store_newer", detail }
            }
            StoreError::Inconsistent { .. }
            | StoreError::Constraint { .. }
            | StoreError::Affected { .. }
            | StoreError::Statement { .. } => Self::Fault { detail },
        }
    }
}
