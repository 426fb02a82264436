//! What an exchange's end means: for the facts, for the journal, for another try.

use std::time::Duration;

use crate::exchange::Fact;
use crate::wit::effects::http as wit;

/// Of an answer to a commit, so much is kept as evidence.
const ANSWER_KEPT: usize = 64 * 1024;

/// What is certain about a commit that ended so. Of an answer that may come from anybody on the way, or from a far side
/// that stumbled, nothing is certain.
pub(crate) fn fact(outcome: &wit::Outcome) -> Fact {
    match outcome {
        Ok(response) => match response.status {
            200..=299 => Fact::Done,
            // 408: it gave up waiting; 409: another attempt may hold the key; 499: somebody hung up.
            408 | 409 | 499 => Fact::Unknown,
            400..=498 => Fact::Refused,
            _ => Fact::Unknown,
        },
        Err(failure) if failure.request_sent => Fact::Unknown,
        Err(_) => Fact::NotSent,
    }
}

/// As the answer to a read: does it say how things stand?
pub(crate) fn told(outcome: &wit::Outcome) -> bool {
    outcome.as_ref().is_ok_and(|r| r.status < 500 && !matches!(r.status, 401 | 403 | 407 | 408 | 429))
}

/// The request as a person would read it: what the plugin wrote, without what the host put in.
pub(crate) fn as_written(request: &wit::Request) -> Vec<u8> {
    let mut text = format!("{} {}\n", request.method, request.url);
    for (name, value) in &request.headers {
        text.push_str(&format!("{name}: {value}\n"));
    }
    text.push('\n');
    let mut bytes = text.into_bytes();
    bytes.extend_from_slice(&request.body);
    bytes
}

/// What came of it, redacted, as a person would read it.
pub(crate) fn as_answered(outcome: &wit::Outcome) -> Vec<u8> {
    match outcome {
        Ok(response) => {
            let mut bytes = format!("{}\n\n", response.status).into_bytes();
            bytes.extend_from_slice(&response.body[..response.body.len().min(ANSWER_KEPT)]);
            bytes
        }
        Err(failure) => format!("{}: {}", failure.code, failure.message).into_bytes(),
    }
}

/// Is it worth another try, and after what pause does the far side ask for?
pub(super) fn again(outcome: &wit::Outcome) -> Option<Option<Duration>> {
    match outcome {
        Ok(response) if matches!(response.status, 429 | 502 | 503 | 504) => {
            let asked = response.headers.iter().find(|(name, _)| name == "retry-after");
            Some(asked.and_then(|(_, v)| v.trim().parse().ok()).map(Duration::from_secs))
        }
        Ok(_) => None,
        Err(failure) => match failure.kind {
            wit::FailureKind::Connect | wit::FailureKind::Timeout | wit::FailureKind::Protocol => Some(None),
            wit::FailureKind::Denied
            | wit::FailureKind::Dns
            | wit::FailureKind::Tls
            | wit::FailureKind::TooLarge
            | wit::FailureKind::Other => None,
        },
    }
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
