//! HTTP(S) for plugins.

use std::time::Instant;

use crate::wit::effects::http as wit;

/// The client of one installation.
pub(crate) struct Client;

impl Client {
    pub(crate) fn read(&self, _request: wit::Request, _until: Instant) -> wit::Outcome {
        Err(wit::TransportFailure {
            kind: wit::FailureKind::Denied,
            code: "egress-not-granted".into(),
            message: "no origin is granted".into(),
            request_sent: false,
        })
    }
}

/// Does the method change nothing?
pub(crate) fn is_read(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS")
}

/// Bytes an answer takes in a guest, roughly.
pub(crate) fn weight(answer: &wit::Outcome) -> usize {
    match answer {
        Ok(response) => {
            let headers: usize = response.headers.iter().map(|(n, v)| n.len() + v.len() + 16).sum();
            response.body.len() + headers + 64
        }
        Err(failure) => failure.message.len() + 64,
    }
}
