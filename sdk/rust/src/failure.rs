//! Failures with a kind the host acts on, a code that is documented, and a message for a person.

use crate::bindings::types::recaudo::effects::{files, http};
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

    /// A key of the configuration (a path such as `/base_url`) that cannot work, and why: `is no day`.
    pub fn config(key: &str, reason: &str) -> Failure {
        let mut failure = Self::invalid_config("config", format!("the configuration's `{key}` {reason}"));
        failure.details.push(("key".into(), key.into()));
        failure
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

    /// There was no HTTP answer. Detail `request-sent` says whether the far side may have seen the request.
    pub fn transport(failure: &http::TransportFailure) -> Failure {
        let kind = match failure.kind {
            http::FailureKind::Denied => Kind::Forbidden,
            http::FailureKind::Timeout => Kind::Timeout,
            http::FailureKind::TooLarge | http::FailureKind::Protocol => Kind::InvalidInput,
            http::FailureKind::Dns
            | http::FailureKind::Connect
            | http::FailureKind::Tls
            | http::FailureKind::Other => Kind::Unavailable,
        };
        let mut made = Self::new(kind, &failure.code, failure.message.clone());
        made.details.push(("request-sent".into(), failure.request_sent.to_string()));
        made
    }

    /// An HTTP answer that is no success, as far as its status alone tells; `what` was asked for. An answer in
    /// seconds to when to come back (`Retry-After`) is passed on.
    pub fn status(answer: &http::Response, what: &str) -> Failure {
        let (kind, code, advice) = match answer.status {
            401 => (Kind::Unauthenticated, "unauthenticated", "renew the credential"),
            403 => (Kind::Forbidden, "forbidden", "grant the credential's user this right there"),
            404 | 410 => (Kind::NotFound, "not-found", "check the address in the configuration"),
            409 | 412 => (Kind::Conflict, "conflict", "look there, it changed meanwhile"),
            429 => (Kind::RateLimited, "rate-limited", "it is tried again later"),
            408 | 500..=599 => (Kind::Unavailable, "unavailable", "it is tried again later"),
            400..=499 => (Kind::Rejected, "rejected", "look at the answer in the log"),
            _ => (Kind::InvalidInput, "unexpected-status", "is this the right address?"),
        };
        let mut made =
            Self::new(kind, code, format!("{what}: the far side answered {}; {advice}", answer.status));
        let after = answer.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("retry-after"));
        if let Some(seconds) = after.and_then(|(_, value)| value.trim().parse::<u64>().ok()) {
            made.retry = Retry::AfterMs(seconds.saturating_mul(1_000));
        }
        made.details.push(("status".into(), answer.status.to_string()));
        made
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

#[cfg(test)]
mod tests {
    use super::{Fail, Kind, Retry, http};

    fn answer(status: u16, headers: &[(&str, &str)]) -> http::Response {
        let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        http::Response { status, headers, body: vec![], size: 0, truncated: false }
    }

    #[test]
    fn a_status_says_whose_turn_it_is() {
        let cases = [
            (401, Kind::Unauthenticated),
            (403, Kind::Forbidden),
            (404, Kind::NotFound),
            (409, Kind::Conflict),
            (422, Kind::Rejected),
            (429, Kind::RateLimited),
            (503, Kind::Unavailable),
            (302, Kind::InvalidInput),
        ];
        for (status, kind) in cases {
            let failure = Fail::status(&answer(status, &[]), "invoices");
            assert_eq!(failure.kind, kind, "{status}");
            assert!(failure.message.starts_with(&format!("invoices: the far side answered {status}; ")));
        }
    }

    #[test]
    fn a_far_side_may_say_when_to_come_back() {
        let failure = Fail::status(&answer(429, &[("retry-after", " 7 ")]), "invoices");
        assert_eq!(failure.retry, Retry::AfterMs(7_000));
        let dated =
            Fail::status(&answer(429, &[("retry-after", "Sun, 22 Nov 2026 15:00:00 GMT")]), "invoices");
        assert_eq!(dated.retry, Retry::HostPolicy);
    }
}
