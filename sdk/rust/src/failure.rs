//! Failures with a kind the host acts on, a code that is documented, and a message for a person.

use crate::bindings::types::recaudo::effects::files;
use crate::bindings::types::recaudo::types::errors::{Failure, Kind, Retry};

/// Makes failures; each constructor is one kind of the contract.
pub struct Fail;

impl Fail {
    /// A failure of `kind`, retried as the host sees fit for that kind.
    #[expect(clippy::new_ret_no_self, reason = "the failure is the contract's type, not ours")]
    pub fn new(kind: Kind, code: &str, message: impl Into<String>) -> Failure {
        Failure {
            kind,
            code: code.into(),
            message: message.into(),
            retry: Retry::HostPolicy,
            details: vec![],
        }
    }

    /// The configuration cannot work: never retried.
    pub fn invalid_config(code: &str, message: impl Into<String>) -> Failure {
        Failure { retry: Retry::Never, ..Self::new(Kind::InvalidConfig, code, message) }
    }

    /// The far side gave us something that cannot be read: never retried.
    pub fn invalid_input(code: &str, message: impl Into<String>) -> Failure {
        Failure { retry: Retry::Never, ..Self::new(Kind::InvalidInput, code, message) }
    }

    /// The far side did not answer.
    pub fn unavailable(code: &str, message: impl Into<String>) -> Failure {
        Self::new(Kind::Unavailable, code, message)
    }

    /// An answer came back under a tag of another kind of effect: a bug, never a fact.
    pub fn diverged() -> Failure {
        Failure {
            retry: Retry::Never,
            ..Self::new(Kind::Internal, "diverged", "an answer does not fit its question")
        }
    }

    /// What a file source said.
    pub fn file(failure: &files::FileFailure) -> Failure {
        let kind = match failure.kind {
            files::FailureKind::NotFound => Kind::NotFound,
            files::FailureKind::Denied => Kind::Forbidden,
            files::FailureKind::Changed => Kind::Conflict,
            files::FailureKind::Timeout => Kind::Timeout,
            files::FailureKind::TooLarge => Kind::InvalidInput,
            files::FailureKind::Unavailable | files::FailureKind::Other => Kind::Unavailable,
        };
        Self::new(kind, &failure.code, failure.message.clone())
    }
}
