//! HTTP(S) for plugins: one client, every check in one order.
//!
//! Parse the URL; refuse userinfo, plain http and IP literals; match what is declared *and* granted; look for secrets in
//! what the plugin wrote; refuse headers that are the host's; resolve, drop private addresses, dial exactly what was
//! checked; inject the credential bound to this origin; follow no redirect; cut the body; redact secrets on the way back.

mod address;
mod credential;
mod dial;
mod egress;
mod redact;

use std::collections::BTreeSet;
use std::io::Read as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use recaudo_ports::plugin::Grants;
use recaudo_ports::secrets::Secrets;
use ureq::http;

use crate::exchange::Fact;
use crate::limits::Limits;
use crate::manifest::Manifest;
use crate::wit::effects::http as wit;
use credential::Credentials;
use egress::{Denied, Egress, Target};
use redact::Hidden;

/// For a request that names no time-out of its own.
const TIMEOUT: Duration = Duration::from_secs(20);
/// A server that asks for a longer pause than this is told to the plugin instead.
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// A request that passed every check, with what only the host knows in it.
pub(crate) struct Prepared {
    /// For the journal.
    pub(crate) host: String,
    request: http::Request<Vec<u8>>,
    hidden: Hidden,
}

/// Of an answer to a commit, so much is kept as evidence.
const ANSWER_KEPT: usize = 64 * 1024;

/// The client of one installation.
pub(crate) struct Client {
    egress: Egress,
    post_reads: BTreeSet<String>,
    credentials: Credentials,
    agent: ureq::Agent,
    body_bytes: usize,
    retries: u32,
    retry_wait: Duration,
}

impl Client {
    pub(crate) fn new(
        manifest: &Manifest,
        grants: &Grants,
        secrets: Arc<dyn Secrets>,
        limits: &Limits,
    ) -> Self {
        let egress = Egress::new(manifest, grants);
        let agent = dial::agent(egress.private_origins());
        let asked = manifest.limits.response_mib.map_or(0, |mib| mib as usize * crate::limits::MIB);
        let post_reads = manifest.http.iter().filter(|h| h.post_reads).map(|h| h.origin.clone()).collect();
        Self {
            post_reads,
            credentials: Credentials::new(manifest, grants, secrets),
            egress,
            agent,
            body_bytes: asked
                .clamp(limits.response_bytes, limits.response_bytes_granted.max(limits.response_bytes)),
            retries: limits.read_retries,
            retry_wait: limits.retry_wait,
        }
    }

    /// An exchange that commits nothing. It is tried again when the far side stumbles; a POST that got no answer only
    /// where the manifest says that a POST may be a read.
    pub(crate) fn read(&self, request: &wit::Request, until: Instant) -> wit::Outcome {
        let mut wait = self.retry_wait;
        for attempt in 0_u32.. {
            let outcome = self.once(request, until);
            let pause = match again(&outcome) {
                Some(asked) if attempt < self.retries && self.repeats(request, &outcome) => asked.unwrap_or(wait),
                _ => return outcome,
            };
            if pause > PAUSE_MAX || Instant::now() + pause >= until {
                return outcome;
            }
            std::thread::sleep(pause);
            wait = wait.saturating_mul(2);
        }
        unreachable!("the retries are counted")
    }

    fn once(&self, request: &wit::Request, until: Instant) -> wit::Outcome {
        let prepared = self.prepare(request, until)?;
        self.perform(prepared, request, until)
    }

    fn repeats(&self, request: &wit::Request, outcome: &wit::Outcome) -> bool {
        self.reads(request) || outcome.as_ref().map_or_else(|failure| !failure.request_sent, |_| true)
    }

    /// Is it a read, as the method says or as the manifest says of its origin?
    pub(crate) fn reads(&self, request: &wit::Request) -> bool {
        is_read(&request.method)
            || (request.method == "POST"
                && url::Url::parse(&request.url)
                    .is_ok_and(|u| self.post_reads.contains(&u.origin().ascii_serialization())))
    }

    /// Everything that can be refused is refused here, before a byte leaves.
    pub(crate) fn prepare(
        &self,
        request: &wit::Request,
        _: Instant,
    ) -> Result<Prepared, wit::TransportFailure> {
        let target = self.egress.check(&request.url).map_err(denied)?;
        not_yet(request).map_err(denied)?;
        let hidden = self.credentials.hidden().map_err(denied)?;
        if hidden.written_in(request) {
            let message = "a kept secret stands in what the plugin wrote; secrets are the host's to send";
            return Err(denied(Denied::new("secret-in-request", message)));
        }
        own_headers(&request.headers).map_err(denied)?;
        let host = target.url.host_str().unwrap_or_default().to_owned();
        let request = self.build(request, &target).map_err(denied)?;
        Ok(Prepared { host, request, hidden })
    }

    /// Sends what was prepared, once.
    pub(crate) fn perform(&self, prepared: Prepared, request: &wit::Request, until: Instant) -> wit::Outcome {
        let timeout = match request.timeout_ms {
            0 => TIMEOUT,
            ms => Duration::from_millis(u64::from(ms)),
        };
        let timeout =
            timeout.min(until.saturating_duration_since(Instant::now())).max(Duration::from_millis(1));
        self.exchange(prepared.request, timeout, &prepared.hidden)
    }

    fn build(&self, request: &wit::Request, target: &Target) -> Result<http::Request<Vec<u8>>, Denied> {
        let mut url = target.url.clone();
        let injected = match &request.credential {
            Some(label) => self.credentials.inject(label, &target.origin, &mut url)?,
            None => None,
        };
        let mut builder = http::Request::builder().method(request.method.as_str()).uri(url.as_str());
        for (name, value) in &request.headers {
            builder = builder.header(name.as_str(), value.as_str());
        }
        if let Some((name, value)) = injected {
            builder = builder.header(name.as_str(), value.as_str());
        }
        // The builder's own error could quote a header that carries the secret.
        builder.body(request.body.clone()).map_err(|_| {
            Denied::new("request-malformed", "the method, a header or the URL is not well formed")
        })
    }

    fn exchange(&self, request: http::Request<Vec<u8>>, timeout: Duration, hidden: &Hidden) -> wit::Outcome {
        dial::forget_sent();
        let answer = if request.body().is_empty() {
            let request = request.map(|_| ());
            self.agent.run(self.agent.configure_request(request).timeout_global(Some(timeout)).build())
        } else {
            self.agent.run(self.agent.configure_request(request).timeout_global(Some(timeout)).build())
        };
        let failed = |error: &ureq::Error| dial::failure(error, dial::was_sent(), hidden);
        let mut response = answer.map_err(|e| failed(&e))?;
        let mut body = Vec::new();
        let limit = self.body_bytes as u64 + 1;
        let reader = response.body_mut().as_reader();
        reader.take(limit).read_to_end(&mut body).map_err(|e| failed(&ureq::Error::Io(e)))?;
        let truncated = body.len() > self.body_bytes;
        body.truncate(self.body_bytes);
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| {
                (name.as_str().to_owned(), hidden.redact_text(&String::from_utf8_lossy(value.as_bytes())))
            })
            .collect();
        let size = body.len() as u64 + u64::from(truncated);
        let body = hidden.redact(body);
        Ok(wit::Response { status: response.status().as_u16(), headers, body, size, truncated })
    }
}

/// What the contract has and this host does not do yet is refused before anything leaves, never left out in silence.
fn not_yet(request: &wit::Request) -> Result<(), Denied> {
    let wanted = [
        ("signing", !request.signing.is_empty()),
        ("slots", !request.slots.is_empty()),
        ("captures", !request.captures.is_empty()),
        ("spool", request.spool.is_some()),
    ];
    match wanted.iter().find(|(_, wanted)| *wanted) {
        Some((what, _)) => {
            Err(Denied::new("unsupported", format!("this host does not do `{what}` yet; nothing was sent")))
        }
        None => Ok(()),
    }
}

/// Headers that are the host's to write, or that change how a message is framed.
fn own_headers(headers: &[(String, String)]) -> Result<(), Denied> {
    const OWN: &[&str] = &[
        "authorization",
        "cookie",
        "host",
        "content-length",
        "transfer-encoding",
        "connection",
        "upgrade",
        "te",
        "trailer",
        "expect",
        "keep-alive",
    ];
    for (name, value) in headers {
        let lower = name.to_ascii_lowercase();
        if OWN.contains(&lower.as_str()) || lower.starts_with("proxy-") {
            return Err(Denied::new(
                "header-denied",
                format!("the header {} is the host's to write", name.escape_debug()),
            ));
        }
        if value.contains(['\r', '\n', '\0']) || name.contains(|c: char| c.is_control() || c == ':') {
            return Err(Denied::new("header-injection", "a line break stands in a header"));
        }
    }
    Ok(())
}

/// Is it worth another try, and after what pause does the far side ask for?
fn again(outcome: &wit::Outcome) -> Option<Option<Duration>> {
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

fn denied(denied: Denied) -> wit::TransportFailure {
    wit::TransportFailure {
        kind: wit::FailureKind::Denied,
        code: denied.code.into(),
        message: denied.message,
        request_sent: false,
    }
}

/// Does the method change nothing?
pub(crate) fn is_read(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS")
}

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

#[cfg(test)]
mod tests;
