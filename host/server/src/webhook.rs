//! What gateways tell by themselves, handed on as it arrived: nothing here looks into it, and nothing of it is logged.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use recaudo_engine::instant::instant;
use recaudo_engine::pay;
use recaudo_ports::plugin::webhook::Delivery;

use crate::face::{Face, Stopwatch};
use crate::gate::Refusal;

/// Before the path as a plugin sees it: this and the installation's name.
const PREFIX: &str = "/webhooks/";

/// `/webhooks/{installation}`
pub(crate) async fn hear(
    State(face): State<Arc<Face>>,
    Path(installation): Path<String>,
    request: Request<Body>,
) -> Response {
    answer(&face, &installation, request).await
}

/// `/webhooks/{installation}/{*rest}`
pub(crate) async fn hear_below(
    State(face): State<Arc<Face>>,
    Path((installation, _)): Path<(String, String)>,
    request: Request<Body>,
) -> Response {
    answer(&face, &installation, request).await
}

async fn answer(face: &Arc<Face>, name: &str, request: Request<Body>) -> Response {
    // A router answers HEAD as GET; a plugin is asked for neither.
    if request.method() == Method::HEAD {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    // A stranger's names make no series of their own.
    let Some(installation) = face.gateways.get(name).cloned() else {
        face.metrics.webhook("", "unknown-installation", None);
        return StatusCode::NOT_FOUND.into_response();
    };
    let watch = Stopwatch::start();
    let (head, body) = request.into_parts();
    let (outcome, response) = match face.gate.body(body, usize::MAX).await {
        Err(refusal) => refused(refusal),
        Ok(held) => {
            let work = Arc::clone(face);
            let heard = face.gate.work(move || {
                let mut held = held;
                let delivery = Delivery {
                    method: head.method.as_str().to_ascii_uppercase(),
                    path: path(&head.uri),
                    query: head.uri.query().unwrap_or("").into(),
                    headers: headers(&head.headers),
                    body: std::mem::take(&mut held.bytes),
                    received_at: instant(work.engine.clock.now()),
                    client_certificate: None,
                };
                pay::hear(&work.engine, &installation, &delivery)
            });
            match heard.await {
                Err(refusal) => refused(refusal),
                Ok(Ok(answer)) => said(&answer),
                Ok(Err(error)) => {
                    log::error!("webhook of {name}: {}: {error}", error.code());
                    ("failed", later(StatusCode::SERVICE_UNAVAILABLE, 30))
                }
            }
        }
    };
    face.metrics.webhook(name, outcome, Some(watch.micros()));
    response
}

/// As received, without our own prefix.
fn path(uri: &Uri) -> String {
    let below = uri.path().strip_prefix(PREFIX).unwrap_or("");
    below.find('/').map_or_else(|| "/".into(), |at| below[at..].into())
}

/// Text that is no UTF-8 is what HTTP says it is: a byte a character.
fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| match std::str::from_utf8(value.as_bytes()) {
        Ok(text) => text.to_owned(),
        Err(_) => value.as_bytes().iter().map(|byte| char::from(*byte)).collect(),
    };
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect()
}

fn said(answer: &pay::Answer) -> (&'static str, Response) {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    let outcome = match answer.status {
        200..=299 => "heard",
        401 | 403 => "refused",
        400 => "unreadable",
        _ => "failed",
    };
    if status == StatusCode::SERVICE_UNAVAILABLE {
        return (outcome, later(status, 30));
    }
    if answer.body.is_empty() {
        return (outcome, status.into_response());
    }
    let plain = [(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"))];
    (outcome, (status, plain, answer.body.clone()).into_response())
}

/// What did not come to be looked at.
fn refused(refusal: Refusal) -> (&'static str, Response) {
    match refusal {
        Refusal::Busy => ("busy", later(StatusCode::SERVICE_UNAVAILABLE, 5)),
        Refusal::Died => ("failed", later(StatusCode::SERVICE_UNAVAILABLE, 30)),
        Refusal::TooLarge => ("too-large", StatusCode::PAYLOAD_TOO_LARGE.into_response()),
        Refusal::Late => ("late", StatusCode::REQUEST_TIMEOUT.into_response()),
        Refusal::Broken => ("broken", StatusCode::BAD_REQUEST.into_response()),
    }
}

/// Try again, and when.
pub(crate) fn later(status: StatusCode, seconds: u32) -> Response {
    (status, [(header::RETRY_AFTER, HeaderValue::from(seconds))]).into_response()
}
