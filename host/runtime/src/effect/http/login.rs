//! Credentials on their way into a request; what must be fetched first is fetched here, and kept until it is over.

use std::io::Read as _;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use recaudo_ports::secrets::Secret;
use serde_json::Value;
use ureq::http;
use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, parse_pem};

use super::{Client, Draft, Means, denied, dial, left, sigv4};
use crate::effect::Denied;
use crate::effect::template::{Safe, render};
use crate::effect::vault::{Bound, Session};
use crate::manifest::{self, Scheme};
use crate::wit::effects::http as wit;

/// An answer of a login is small.
const ANSWER_BYTES: u64 = 1024 * 1024;
const TIMEOUT: Duration = Duration::from_secs(15);
/// How long a refused login is not tried again.
const SHUT: Duration = Duration::from_secs(60);

static GENERATION: AtomicU64 = AtomicU64::new(0);

/// What can be opened anew when the far side says that it is over.
#[derive(Debug, Clone)]
pub(super) struct Renewable {
    label: String,
    origin: String,
    generation: u64,
    pub(super) expired: Vec<u16>,
}

/// Either a refusal or the far side's own "no".
pub(super) type Stopped = Box<wit::Outcome>;

/// What a login or token endpoint said.
pub(super) struct Answer {
    pub(super) status: u16,
    headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Client {
    /// Writes the credential into the request.
    pub(super) fn inject(
        &self,
        label: &str,
        draft: &mut Draft,
        means: &Means<'_>,
        until: Instant,
    ) -> Result<(), Stopped> {
        let bound = self.vault.bound_to(label, &draft.origin).map_err(denied)?;
        let secret = self.vault.fields(bound).map_err(denied)?;
        if matches!(bound.declared.scheme, Scheme::Session | Scheme::OAuth2) {
            return self.inject_session(bound, draft, means, until);
        }
        self.inject_kept(bound, &secret, draft, means).map_err(denied)
    }

    fn inject_kept(
        &self,
        bound: &Bound,
        secret: &Secret,
        draft: &mut Draft,
        means: &Means<'_>,
    ) -> Result<(), Denied> {
        let field = |name: &str| bound.field(secret, name);
        let declared = &bound.declared;
        match declared.scheme {
            Scheme::Bearer => draft.authorize(format!("Bearer {}", field("token")?)),
            Scheme::Basic => draft.authorize(basic(field("user")?, field("password")?)),
            Scheme::Header => draft.headers.push((declared.name.clone(), field("value")?.to_owned())),
            Scheme::Query => {
                let mut url = url::Url::parse(&draft.url)
                    .map_err(|_| Denied::new("url-malformed", "the URL cannot be read"))?;
                url.query_pairs_mut().append_pair(&declared.name, field("value")?);
                draft.url = url.into();
            }
            Scheme::Jwt => draft.authorize(format!("Bearer {}", self.assertion(bound, secret, means.now)?)),
            Scheme::Mtls => draft.certificate = Some(certificate(bound, secret)?),
            Scheme::SigV4 => {
                if let Some(place) = &declared.sigv4 {
                    sigv4::sign(bound, secret, place, means.now, draft)?;
                }
            }
            Scheme::Secret | Scheme::Session | Scheme::OAuth2 => {
                let message = format!(
                    "credential `{}` is applied by signatures and slots, not by itself",
                    declared.label
                );
                return Err(Denied::new("credential-not-applicable", message));
            }
        }
        Ok(())
    }

    fn inject_session(
        &self,
        bound: &Bound,
        draft: &mut Draft,
        means: &Means<'_>,
        until: Instant,
    ) -> Result<(), Stopped> {
        let session = self.open(bound, &draft.origin, means, until)?;
        let mut expired = vec![401];
        match &bound.declared.session {
            Some(declared) => {
                let secret = self.vault.fields(bound).map_err(denied)?;
                let value = self.values(&secret, &session);
                for (name, template) in &declared.apply {
                    let text = render(template, Safe::Plain, &value).map_err(denied)?;
                    if text.contains(char::is_control) {
                        return Err(denied(Denied::new(
                            "header-injection",
                            "a session's header breaks a line",
                        )));
                    }
                    draft.headers.push((name.to_ascii_lowercase(), text));
                }
                if let Some(cookies) = session.values.get(COOKIES).filter(|c| !c.is_empty()) {
                    draft.headers.push(("cookie".into(), cookies.clone()));
                }
                expired.clone_from(&declared.expired);
            }
            None => {
                let token = session.values.get("access_token").cloned().unwrap_or_default();
                draft.authorize(format!("Bearer {token}"));
            }
        }
        draft.renewable = Some(Renewable {
            label: bound.declared.label.clone(),
            origin: draft.origin.clone(),
            generation: session.generation,
            expired,
        });
        Ok(())
    }

    /// The session with that origin, opened by one request at a time.
    fn open(
        &self,
        bound: &Bound,
        origin: &str,
        means: &Means<'_>,
        until: Instant,
    ) -> Result<Session, Stopped> {
        let slot = self.vault.session(bound, origin);
        let mut door = slot.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if let Some(session) = door.session.as_ref().filter(|s| s.until.is_none_or(|u| now < u)) {
            return Ok(session.clone());
        }
        if let Some((_, refused)) = door.shut.as_ref().filter(|(until, _)| now < *until) {
            return Err(refused.clone());
        }
        let opened = self.renew(bound, origin, means, until);
        door.shut = match &opened {
            // Only a refusal is an answer; whatever else went wrong may go right the next moment.
            Err(refused) if refused.is_ok() => Some((Instant::now() + SHUT, refused.clone())),
            _ => None,
        };
        let session = opened?;
        door.session = Some(session.clone());
        Ok(session)
    }

    fn renew(
        &self,
        bound: &Bound,
        origin: &str,
        means: &Means<'_>,
        until: Instant,
    ) -> Result<Session, Stopped> {
        let secret = self.vault.fields(bound).map_err(denied)?;
        let mut session = match (&bound.declared.session, &bound.declared.token) {
            (Some(login), _) => self.log_in(bound, &secret, (login, origin), until)?,
            (None, Some(token)) => self.token(bound, &secret, (token, origin), means, until)?,
            (None, None) => return Err(denied(Denied::new("credential-malformed", "no login is declared"))),
        };
        session.generation = GENERATION.fetch_add(1, Ordering::Relaxed) + 1;
        Ok(session)
    }

    /// Lets go of a session that is over, unless somebody has opened a newer one.
    pub(super) fn forget(&self, over: &Renewable) {
        let Ok(bound) = self.vault.bound(&over.label) else { return };
        let slot = self.vault.session(bound, &over.origin);
        let mut door = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if door.session.as_ref().is_some_and(|s| s.generation == over.generation) {
            door.session = None;
        }
    }

    pub(super) fn values<'v>(
        &'v self,
        secret: &'v Secret,
        session: &'v Session,
    ) -> impl Fn(&str) -> Option<String> + 'v {
        move |name| match name.strip_prefix("config:") {
            Some(pointer) => self.vault.configured(pointer),
            None => session.values.get(name).cloned().or_else(|| secret.field(name).map(str::to_owned)),
        }
    }

    fn log_in(
        &self,
        bound: &Bound,
        secret: &Secret,
        (login, origin): (&manifest::Session, &str),
        until: Instant,
    ) -> Result<Session, Stopped> {
        let nothing = Session::default();
        let value = self.values(secret, &nothing);
        let path = render(&login.path, Safe::Percent, &value).map_err(denied)?;
        let body = render(&login.body, Safe::of(&login.content_type), &value).map_err(denied)?;
        let mut builder = http::Request::builder()
            .method(login.method.as_str())
            .uri(format!("{origin}{path}"))
            .header("content-type", &login.content_type)
            .header("accept", &login.content_type);
        for (name, template) in &login.headers {
            builder = builder.header(name, render(template, Safe::Plain, &value).map_err(denied)?);
        }
        let request = builder.body(body.into_bytes()).map_err(|_| malformed())?;
        let answer = self.ask(bound, request, until)?;
        if !(200..300).contains(&answer.status) {
            return Err(refused(bound, &format!("HTTP {}", answer.status)));
        }
        let mut session = Session::default();
        for (name, place) in &login.keep {
            let found =
                answer.find(place).ok_or_else(|| refused(bound, &format!("no {place} in its answer")))?;
            session.values.insert(name.clone(), found);
        }
        if login.cookies {
            session.values.insert(COOKIES.into(), answer.cookies());
        }
        Ok(session)
    }

    /// A login's own exchange: to a declared and granted origin the credential may go to, on a fresh connection.
    pub(super) fn ask(
        &self,
        bound: &Bound,
        request: http::Request<Vec<u8>>,
        until: Instant,
    ) -> Result<Answer, Stopped> {
        let target = self.egress.check(&request.uri().to_string()).map_err(denied)?;
        self.vault.bound_to(&bound.declared.label, &target.origin).map_err(denied)?;
        let hidden = self.vault.hidden().map_err(denied)?;
        // Whatever happened there, nothing of the plugin's own request has left.
        let failed = |error: &ureq::Error| Box::new(Err(dial::failure(error, false, &hidden)));
        let mut response =
            dial::send(&self.fresh, request, None, TIMEOUT.min(left(until))).map_err(|e| failed(&e))?;
        let mut body = Vec::new();
        let reader = response.body_mut().as_reader();
        reader.take(ANSWER_BYTES).read_to_end(&mut body).map_err(|e| failed(&ureq::Error::Io(e)))?;
        let status = response.status().as_u16();
        if matches!(status, 429 | 500..=599) {
            let message = format!(
                "credential `{}`: the login answers HTTP {status}; nothing was sent",
                bound.declared.label
            );
            return Err(Box::new(Err(wit::TransportFailure {
                kind: wit::FailureKind::Connect,
                code: "login-unavailable".into(),
                message,
                request_sent: false,
            })));
        }
        let mut headers = Vec::new();
        for (name, value) in response.headers() {
            headers.push((name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
        }
        Ok(Answer { status, headers, body })
    }
}

/// Where the cookies of a session are kept; no name of a manifest can be this.
const COOKIES: &str = " cookies";

impl Answer {
    fn find(&self, place: &str) -> Option<String> {
        let found = if let Some(name) = place.strip_prefix("cookie:") {
            self.set_cookies().find(|(n, _)| *n == name).map(|(_, v)| v.to_owned())
        } else if let Some(name) = place.strip_prefix("header:") {
            self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.clone())
        } else {
            let body: Value = serde_json::from_slice(&self.body).ok()?;
            match body.pointer(place)? {
                Value::String(text) => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            }
        };
        found.filter(|value| !value.is_empty() && !value.contains(char::is_control))
    }

    fn set_cookies(&self) -> impl Iterator<Item = (&str, &str)> {
        let set = self.headers.iter().filter(|(n, _)| n == "set-cookie");
        set.filter_map(|(_, value)| {
            let (name, value) = value.split(';').next()?.split_once('=')?;
            Some((name.trim(), value.trim()))
        })
    }

    fn cookies(&self) -> String {
        let clean = self.set_cookies().filter(|(_, v)| !v.contains(char::is_control));
        clean.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }
}

impl Draft {
    fn authorize(&mut self, value: String) {
        self.headers.push(("authorization".into(), value));
    }
}

pub(super) fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

fn certificate(bound: &Bound, secret: &Secret) -> Result<ClientCert, Denied> {
    let label = &bound.declared.label;
    let missing = |what: &str| {
        Denied::new("credential-incomplete", format!("credential `{label}` has no usable PEM field `{what}`"))
    };
    let chain: Vec<Certificate<'static>> =
        parse_pem(secret.field("certificate").unwrap_or_default().as_bytes())
            .filter_map(|item| match item {
                Ok(PemItem::Certificate(certificate)) => Some(certificate),
                _ => None,
            })
            .collect();
    if chain.is_empty() {
        return Err(missing("certificate"));
    }
    let key = PrivateKey::from_pem(secret.field("key").unwrap_or_default().as_bytes());
    Ok(ClientCert::new_with_certs(&chain, key.map_err(|_| missing("key"))?))
}

/// The far side does not know the credential: the plugin gets the answer an API would have given.
pub(super) fn refused(bound: &Bound, why: &str) -> Stopped {
    let label = &bound.declared.label;
    let body =
        format!("the host could not log in with credential `{label}`: {why}; nothing was sent").into_bytes();
    let headers = vec![("content-type".into(), "text/plain; charset=utf-8".into())];
    Box::new(Ok(wit::Response { status: 401, headers, size: body.len() as u64, body, truncated: false }))
}

pub(super) fn malformed() -> Stopped {
    denied(Denied::new("credential-malformed", "the login request of the manifest is not well formed"))
}
