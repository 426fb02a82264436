//! Does it live, can it serve, what does it do: for whoever watches over it.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use recaudo_engine::watch;
use serde_json::{Value, json};

use crate::face::{Face, Peer};
use crate::gate::Refusal;
use crate::metrics::CONTENT_TYPE;
use crate::worker::STALLED_S;

/// `GET /health`: the process answers.
pub(crate) async fn alive() -> Response {
    "ok\n".into_response()
}

/// `GET /ready`: 200 when everything it needs is there, else 503 with what is not. Why is for insiders.
pub(crate) async fn ready(State(face): State<Arc<Face>>, request: Request<Body>) -> Response {
    let insider = is_insider(&face, &request);
    let work = Arc::clone(&face);
    let reasons = face.gate.work(move || missing(&work)).await;
    let reasons = reasons.unwrap_or_else(|refusal| {
        let why = if refusal == Refusal::Busy { "every seat is taken" } else { "looking failed" };
        vec![("server", String::new(), why.to_owned())]
    });
    let status = if reasons.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let view: Vec<Value> = reasons
        .iter()
        .map(|(what, which, why)| match insider {
            true => json!({ "what": what, "which": which, "why": why }),
            false => json!({ "what": what }),
        })
        .collect();
    let body = json!({ "ready": reasons.is_empty(), "missing": view }).to_string();
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    (status, kind, body).into_response()
}

/// What is not there, which of it, and why.
fn missing(face: &Face) -> Vec<(&'static str, String, String)> {
    let mut missing = Vec::new();
    if let Err(error) = watch::answers(&face.engine) {
        missing.push(("store", String::new(), error.to_string()));
    }
    let installed = &face.engine.settings.installed;
    for installation in face.gateways.values().chain(installed.channels.values()) {
        if let Err(error) = face.engine.plugins.identity(installation) {
            missing.push(("plugin", installation.name.clone(), error.to_string()));
        }
    }
    for beat in face.workers.beats() {
        if !beat.alive || beat.age > STALLED_S {
            let why = format!("its last sign of life is {} s old", beat.age);
            missing.push(("worker", beat.name.to_owned(), why));
        }
    }
    missing
}

/// `GET /metrics`: for insiders; to anybody else there is no such page.
pub(crate) async fn metrics(State(face): State<Arc<Face>>, request: Request<Body>) -> Response {
    if !is_insider(&face, &request) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let work = Arc::clone(&face);
    let figures = face.gate.work(move || watch::figures(&work.engine)).await;
    let figures = match figures {
        Ok(Ok(figures)) => Some(figures),
        Ok(Err(error)) => {
            log::error!("figures: {error}");
            None
        }
        Err(_) => None,
    };
    let text = face.metrics.render(figures.as_ref(), &face.workers.beats(), face.gate.waiting());
    ([(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE))], text).into_response()
}

fn is_insider(face: &Face, request: &Request<Body>) -> bool {
    let headers: &HeaderMap = request.headers();
    face.is_insider(request.extensions().get::<Peer>().copied(), headers)
}
