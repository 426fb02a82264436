//! What every request meets: the shared state, the routes, the headers of every answer.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, State};
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get, post, put};
use recaudo_engine::Engine;
use recaudo_engine::pay::Gateways;

use crate::config::{Config, client};
use crate::gate::Gate;
use crate::metrics::Metrics;
use crate::worker::Workers;
use crate::{health, pay, webhook};

/// What requests share.
pub(crate) struct Face {
    pub(crate) engine: Arc<Engine>,
    pub(crate) gateways: Arc<Gateways>,
    pub(crate) config: Config,
    pub(crate) gate: Gate,
    pub(crate) metrics: Metrics,
    pub(crate) workers: Arc<Workers>,
}

/// Whose connection a request came over.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// Measures how long something takes; decides nothing.
#[derive(Clone, Copy)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn micros(self) -> u64 {
        u64::try_from(self.0.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

impl Face {
    /// Is it this machine that asks, or somebody who may know what goes on inside?
    pub(crate) fn is_insider(&self, peer: Option<Peer>, headers: &HeaderMap) -> bool {
        let Some(Peer(peer)) = peer else { return false };
        let forwarded: Vec<&str> =
            headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok()).collect();
        // Somebody forwarded it for a stranger, and we were not told to believe them.
        let trusted = &self.config.trusted_proxies;
        if !forwarded.is_empty() && !trusted.iter().any(|network| network.holds(peer)) {
            return false;
        }
        let client = client(peer, &forwarded.join(","), trusted);
        client.is_loopback() || self.config.metrics_from.iter().any(|network| network.holds(client))
    }
}

/// All the routes there are.
pub(crate) fn router(face: Arc<Face>) -> Router {
    let hear = || get(webhook::hear).merge(post(webhook::hear)).merge(put(webhook::hear));
    let below = get(webhook::hear_below).merge(post(webhook::hear_below)).merge(put(webhook::hear_below));
    Router::new()
        .route("/health", get(health::alive))
        .route("/ready", get(health::ready))
        .route("/metrics", get(health::metrics))
        .route("/webhooks/{installation}", hear())
        .route("/webhooks/{installation}/", hear())
        .route("/webhooks/{installation}/{*rest}", below)
        .route("/pay/{token}", get(pay::owed))
        .route("/pay/{token}/return", get(pay::returned))
        .route("/pay/{token}/wait/{operation}", get(pay::wait))
        .route("/pay/{token}/{gateway}", post(pay::go))
        .fallback(any(nothing))
        .layer(middleware::from_fn_with_state(Arc::clone(&face), around))
        .with_state(face)
}

async fn nothing() -> Response {
    StatusCode::NOT_FOUND.into_response()
}

/// Headers no answer goes without, one line of log, one count. A path may hold a payer's token: only its pattern is named.
async fn around(State(face): State<Arc<Face>>, request: Request<Body>, next: Next) -> Response {
    let watch = Stopwatch::start();
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    if face.config.is_secure() {
        let year = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    let (status, micros) = (response.status(), watch.micros());
    face.metrics.request(&route, status.as_u16(), micros);
    log::info!(target: "recaudo::http", "{method} {route} {} {} ms", status.as_u16(), micros / 1_000);
    response
}
