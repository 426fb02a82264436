//! HTTP(S) for plugins: one client, every check in one order.
//!
//! Parse the URL; refuse userinfo, plain http and IP literals; match what is declared *and* granted; look for secrets in
//! what the plugin wrote; refuse headers that are the host's; fill slots; sign; resolve, drop private addresses, dial
//! exactly what was checked; inject the credential bound to this origin; follow no redirect; keep captured secrets; cut or
//! spool the body; redact secrets on the way back.

mod address;
mod capture;
mod dial;
mod egress;
mod login;
mod outcome;
mod sign;
mod sigv4;
mod token;

use std::collections::BTreeSet;
use std::io::Read as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use recaudo_ports::plugin::Grants;
use ureq::http;
use ureq::tls::ClientCert;

use super::Denied;
use super::redact::Hidden;
use super::scratch::Scratch;
use super::slots::{Filler, Permitted, fill};
use super::vault::Vault;
use crate::limits::Limits;
use crate::manifest::Manifest;
use crate::wit::effects::http as wit;
use egress::Egress;
pub(crate) use outcome::{as_answered, as_written, fact, told, weight};

/// For a request that names no time-out of its own.
const TIMEOUT: Duration = Duration::from_secs(20);
/// A server that asks for a longer pause than this is told to the plugin instead.
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// What an operation brings to its requests.
pub(crate) struct Means<'a> {
    /// The operation's time, seconds since 1970: assertions and signatures are dated.
    pub(crate) now: i64,
    /// What a permit binds, when there is one.
    pub(crate) permitted: Option<&'a Permitted<'a>>,
    /// Where long answers go.
    pub(crate) scratch: &'a Scratch,
}

/// A request while it is put together.
struct Draft {
    method: String,
    origin: String,
    url: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    certificate: Option<ClientCert>,
    renewable: Option<login::Renewable>,
}

/// A request that passed every check, with what only the host knows in it.
pub(crate) struct Prepared {
    /// For the journal.
    pub(crate) host: String,
    request: http::Request<Vec<u8>>,
    certificate: Option<ClientCert>,
    renewable: Option<login::Renewable>,
    hidden: Hidden,
}

/// The client of one installation.
pub(crate) struct Client {
    egress: Egress,
    post_reads: BTreeSet<String>,
    vault: Arc<Vault>,
    /// Keeps connections, for what may be asked twice.
    reading: ureq::Agent,
    /// Dials each time: a kept connection that died would leave a commit in doubt.
    fresh: ureq::Agent,
    body_bytes: usize,
    spool_bytes: u64,
    retries: u32,
    retry_wait: Duration,
}

impl Client {
    pub(crate) fn new(manifest: &Manifest, grants: &Grants, vault: Arc<Vault>, limits: &Limits) -> Self {
        let egress = Egress::new(manifest, grants);
        let asked = manifest.limits.response_mib.map_or(0, |mib| mib as usize * crate::limits::MIB);
        Self {
            post_reads: manifest.http.iter().filter(|h| h.post_reads).map(|h| h.origin.clone()).collect(),
            vault,
            reading: dial::agent(egress.private_origins(), 8),
            fresh: dial::agent(egress.private_origins(), 0),
            egress,
            body_bytes: asked
                .clamp(limits.response_bytes, limits.response_bytes_granted.max(limits.response_bytes)),
            spool_bytes: limits.spool_bytes,
            retries: limits.read_retries,
            retry_wait: limits.retry_wait,
        }
    }

    /// An exchange that commits nothing. It is tried again when the far side stumbles; a POST that got no answer only
    /// where the manifest says that a POST may be a read.
    pub(crate) fn read(&self, request: &wit::Request, means: &Means<'_>, until: Instant) -> wit::Outcome {
        let mut wait = self.retry_wait;
        for attempt in 0_u32.. {
            let outcome = match self.prepare(request, means, until) {
                Ok(prepared) => self.perform(prepared, request, means, until),
                Err(refused) => *refused,
            };
            let pause = match outcome::again(&outcome) {
                Some(asked) if attempt < self.retries && self.repeats(request, &outcome) => {
                    asked.unwrap_or(wait)
                }
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

    fn repeats(&self, request: &wit::Request, outcome: &wit::Outcome) -> bool {
        self.reads(request) || outcome.as_ref().map_or_else(|failure| !failure.request_sent, |_| true)
    }

    /// Is it a read, as the method says or as the manifest says of its origin?
    pub(crate) fn reads(&self, request: &wit::Request) -> bool {
        is_read(&request.method)
            || (request.method == "POST"
                && url::Url::parse(&request.url).is_ok_and(|u| {
                    let origin = u.origin().ascii_serialization();
                    self.post_reads.contains(&origin) || self.post_reads.contains("*")
                }))
    }

    /// Everything that can be refused is refused here, before a byte of the request leaves. A credential that must be
    /// fetched first is; when the far side refuses to give it, that is an answer with status 401.
    pub(crate) fn prepare(
        &self,
        request: &wit::Request,
        means: &Means<'_>,
        until: Instant,
    ) -> Result<Prepared, Box<wit::Outcome>> {
        let mut draft = self.draft(request, means).map_err(denied)?;
        if let Some(label) = &request.credential {
            self.inject(label, &mut draft, means, until)?;
        }
        // After the credential: a session just opened is a secret too.
        let hidden = self.vault.hidden().map_err(denied)?;
        let target = self.egress.check(&draft.url).map_err(denied)?;
        if target.origin != draft.origin {
            return Err(denied(Denied::new(
                "slot-misplaced",
                "a filled slot changes where the request goes",
            )));
        }
        let mut builder = http::Request::builder().method(draft.method.as_str()).uri(target.url.as_str());
        for (name, value) in &draft.headers {
            builder = builder.header(name.as_str(), value.as_str());
        }
        // The builder's own error could quote a header that carries the secret.
        let request = builder.body(draft.body).map_err(|_| {
            denied(Denied::new("request-malformed", "the method, a header or the URL is not well formed"))
        })?;
        let host = target.url.host_str().unwrap_or_default().to_owned();
        Ok(Prepared { host, request, certificate: draft.certificate, renewable: draft.renewable, hidden })
    }

    fn draft(&self, request: &wit::Request, means: &Means<'_>) -> Result<Draft, Denied> {
        let target = self.egress.check(&request.url)?;
        if self.vault.hidden()?.written_in(request) {
            let message = "a kept secret stands in what the plugin wrote; secrets are the host's to send";
            return Err(Denied::new("secret-in-request", message));
        }
        own_headers(&request.headers)?;
        for capture in &request.captures {
            self.vault.bound(&capture.credential)?;
        }
        if let Some(name) = &request.spool {
            means.scratch.takes(name)?;
        }
        let filler = Filler { vault: Some(&self.vault), permitted: means.permitted };
        let filled = filler.values(&request.slots, &target.origin)?;
        let (url, body) = fill(&filled, &request.url, &request.body)?;
        let mut draft = Draft {
            method: request.method.clone(),
            origin: target.origin,
            url,
            headers: request.headers.clone(),
            body,
            certificate: None,
            renewable: None,
        };
        for signing in &request.signing {
            sign::sign(&self.vault, signing, &filled, &mut draft)?;
        }
        Ok(draft)
    }

    /// Sends what was prepared, once; once more only when the far side says that the session is over, which proves that
    /// it did nothing.
    pub(crate) fn perform(
        &self,
        prepared: Prepared,
        request: &wit::Request,
        means: &Means<'_>,
        until: Instant,
    ) -> wit::Outcome {
        let Some(renewable) = prepared.renewable.clone() else {
            return self.exchange(prepared, request, means, until);
        };
        let outcome = self.exchange(prepared, request, means, until);
        if !outcome.as_ref().is_ok_and(|r| renewable.expired.contains(&r.status)) {
            return outcome;
        }
        self.forget(&renewable);
        match self.prepare(request, means, until) {
            Ok(prepared) => self.exchange(prepared, request, means, until),
            Err(refused) => *refused,
        }
    }

    fn exchange(
        &self,
        prepared: Prepared,
        request: &wit::Request,
        means: &Means<'_>,
        until: Instant,
    ) -> wit::Outcome {
        let timeout = match request.timeout_ms {
            0 => TIMEOUT,
            ms => Duration::from_millis(u64::from(ms)),
        };
        let hidden = &prepared.hidden;
        let failed = |error: &ureq::Error| dial::failure(error, dial::was_sent(), hidden);
        let agent = if self.reads(request) { &self.reading } else { &self.fresh };
        dial::forget_sent();
        let sent = dial::send(agent, prepared.request, prepared.certificate, timeout.min(left(until)));
        let mut response = sent.map_err(|e| failed(&e))?;
        let status = response.status().as_u16();
        let mut headers = Vec::with_capacity(response.headers().len());
        for (name, value) in response.headers() {
            headers.push((name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
        }
        let mut reader = response.body_mut().as_reader();
        if let Some(name) = request.spool.as_ref().filter(|_| (200..300).contains(&status)) {
            let spool = means.scratch.spool(name, &mut reader, hidden, self.spool_bytes);
            let spool = spool.map_err(|e| failed(&ureq::Error::Io(e)))?;
            let answer = Raw { status, headers, body: vec![], size: spool.size, truncated: spool.truncated };
            return Ok(self.clean(answer, request, hidden));
        }
        let mut body = Vec::new();
        let limit = self.body_bytes as u64 + 1;
        reader.take(limit).read_to_end(&mut body).map_err(|e| failed(&ureq::Error::Io(e)))?;
        let truncated = body.len() > self.body_bytes;
        let size = body.len() as u64;
        body.truncate(self.body_bytes);
        Ok(self.clean(Raw { status, headers, body, size, truncated }, request, hidden))
    }

    /// The answer without secrets: those the plugin asked to keep are kept by the host.
    fn clean(&self, mut raw: Raw, request: &wit::Request, hidden: &Hidden) -> wit::Response {
        let mut captured = Hidden::default();
        for capture in &request.captures {
            if let Some(value) = capture::take(&capture.locator, &mut raw) {
                self.vault.capture(&capture.credential, &capture.field, &value);
                captured.add_value(&value);
            }
        }
        let redact = |text: &str| captured.redact_text(&hidden.redact_text(text));
        wit::Response {
            status: raw.status,
            headers: raw.headers.iter().map(|(n, v)| (n.clone(), redact(v))).collect(),
            body: captured.redact(hidden.redact(raw.body)),
            size: raw.size,
            truncated: raw.truncated,
        }
    }
}

/// An answer as it came.
struct Raw {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    size: u64,
    truncated: bool,
}

fn left(until: Instant) -> Duration {
    until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1))
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

fn denied(denied: Denied) -> Box<wit::Outcome> {
    Box::new(Err(wit::TransportFailure {
        kind: wit::FailureKind::Denied,
        code: denied.code.into(),
        message: denied.message,
        request_sent: false,
    }))
}

/// Does the method change nothing?
pub(crate) fn is_read(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS")
}

#[cfg(test)]
mod credential_tests;
#[cfg(test)]
mod tests;
