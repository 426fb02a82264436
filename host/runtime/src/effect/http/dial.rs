//! Dialling: the addresses that were checked are the addresses that are dialled, and whether a byte of the request left
//! is known.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::time::Duration;

use ureq::config::Config;
use ureq::http::{self, Uri};
use ureq::tls::{ClientCert, TlsConfig};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, DefaultConnector, NextTimeout, Transport,
};
use ureq::{Agent, Body, Timeout};

use super::address::is_public;
use crate::effect::redact::Hidden;
use crate::wit::effects::http as wit;

thread_local! {
    /// Did a byte of this thread's request leave? The client is blocking: one request a thread at a time.
    static SENT: Cell<bool> = const { Cell::new(false) };
}

pub(super) fn forget_sent() {
    SENT.set(false);
}

pub(super) fn was_sent() -> bool {
    SENT.get()
}

/// Sends one request.
pub(super) fn send(
    agent: &Agent,
    request: http::Request<Vec<u8>>,
    certificate: Option<ClientCert>,
    timeout: Duration,
) -> Result<http::Response<Body>, ureq::Error> {
    let tls = certificate.map(|c| TlsConfig::builder().client_cert(Some(c)).build());
    // A body, even an empty one, is refused with methods that have none.
    if request.body().is_empty() && !matches!(request.method().as_str(), "POST" | "PUT" | "PATCH") {
        let configured = agent.configure_request(request.map(|_| ())).timeout_global(Some(timeout));
        return agent.run(match tls {
            Some(tls) => configured.tls_config(tls).build(),
            None => configured.build(),
        });
    }
    let configured = agent.configure_request(request).timeout_global(Some(timeout));
    agent.run(match tls {
        Some(tls) => configured.tls_config(tls).build(),
        None => configured.build(),
    })
}

/// A client that follows nothing, asks no proxy and dials only what may be dialled.
pub(super) fn agent(private: BTreeSet<String>, kept_connections: usize) -> Agent {
    let config = Config::builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .max_idle_connections(kept_connections)
        .max_idle_connections_per_host(kept_connections)
        .user_agent("recaudo")
        .accept("")
        .build();
    Agent::with_parts(
        config,
        DefaultConnector::default().chain(Watch),
        Checked { private, system: DefaultResolver::default() },
    )
}

/// Resolves, and drops what is not public. The agent dials this very list: a name cannot mean something else a moment
/// later.
#[derive(Debug)]
struct Checked {
    private: BTreeSet<String>,
    system: DefaultResolver,
}

/// What the resolver says when every address was dropped; the only way to tell through the client's error.
const DROPPED: &str = "recaudo: only private addresses";

impl Resolver for Checked {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.system.resolve(uri, config, timeout)?;
        let origin =
            url::Url::parse(&uri.to_string()).map(|u| u.origin().ascii_serialization()).unwrap_or_default();
        if self.private.contains(&origin) {
            return Ok(found);
        }
        let mut kept = self.empty();
        for address in found.iter().filter(|a| is_public(a.ip())) {
            kept.push(*address);
        }
        if kept.is_empty() {
            return Err(ureq::Error::Io(std::io::Error::other(DROPPED)));
        }
        Ok(kept)
    }
}

/// Notes the first byte of a request; above TLS, so that a handshake is no request.
#[derive(Debug)]
struct Watch;

#[derive(Debug)]
struct Watched<T>(T);

impl<In: Transport> Connector<In> for Watch {
    type Out = Watched<In>;

    fn connect(
        &self,
        _: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        Ok(chained.map(Watched))
    }
}

impl<T: Transport> Transport for Watched<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        SENT.set(true);
        self.0.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.0.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    fn is_tls(&self) -> bool {
        self.0.is_tls()
    }
}

/// The client's error in the contract's words.
pub(super) fn failure(error: &ureq::Error, sent: bool, hidden: &Hidden) -> wit::TransportFailure {
    let (kind, code) = match error {
        ureq::Error::Io(e) if e.to_string().contains(DROPPED) => (wit::FailureKind::Dns, "private-address"),
        ureq::Error::HostNotFound => (wit::FailureKind::Dns, "dns"),
        ureq::Error::ConnectionFailed => (wit::FailureKind::Connect, "connect"),
        ureq::Error::Timeout(Timeout::Resolve) => (wit::FailureKind::Dns, "dns-timeout"),
        ureq::Error::Timeout(Timeout::Connect) => (wit::FailureKind::Connect, "connect-timeout"),
        ureq::Error::Timeout(_) => (wit::FailureKind::Timeout, "timeout"),
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => (wit::FailureKind::Tls, "tls"),
        ureq::Error::Io(_) if !sent => (wit::FailureKind::Connect, "connect"),
        ureq::Error::Io(_) | ureq::Error::Protocol(_) => (wit::FailureKind::Protocol, "connection-broken"),
        _ => (wit::FailureKind::Other, "transport"),
    };
    let message = match code {
        "private-address" => {
            "the name resolves only to private addresses, which are not granted (private:ORIGIN)".into()
        }
        _ => hidden.redact_text(&error.to_string()),
    };
    wit::TransportFailure { kind, code: code.into(), message, request_sent: sent }
}
