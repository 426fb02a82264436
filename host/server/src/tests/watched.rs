//! Health, readiness, metrics, workers: what whoever watches over the server learns, and who may.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::http::StatusCode;
use recaudo_engine::EngineError;
use serde_json::Value;

use super::bench::{Bench, Said};
use crate::face::Peer;
use crate::worker::Workers;

#[tokio::test]
async fn it_says_that_it_lives_and_whether_it_can_serve() {
    let bench = Bench::new();
    let alive = bench.get("/health").await;
    assert_eq!((alive.status, alive.text.as_str()), (StatusCode::OK, "ok\n"));
    let ready = bench.get("/ready").await;
    assert_eq!((ready.status, ready.text.as_str()), (StatusCode::OK, r#"{"missing":[],"ready":true}"#));

    let drop = |tx: &recaudo_store::Tx<'_>| {
        tx.execute("PRAGMA foreign_keys = OFF", &[])?;
        tx.execute("ALTER TABLE runs RENAME TO gone", &[]).map(|_| ())
    };
    bench.face.engine.store.write::<_, recaudo_store::StoreError>(drop).unwrap();
    let ready = bench.get("/ready").await;
    let said: Value = serde_json::from_str(&ready.text).unwrap();
    assert_eq!(
        (ready.status, &said["missing"][0]["what"]),
        (StatusCode::SERVICE_UNAVAILABLE, &"store".into())
    );
    assert!(said["missing"][0]["why"].is_string(), "{said}");
    let stranger: Value =
        serde_json::from_str(&asked(&bench, "/ready", "203.0.113.9", None).await.text).unwrap();
    assert_eq!(stranger["missing"][0], serde_json::json!({ "what": "store" }));
    assert_eq!(bench.get("/health").await.status, StatusCode::OK, "it lives all the same");
}

async fn asked(bench: &Bench, path: &str, peer: &str, forwarded: Option<&str>) -> Said {
    let mut request = bench.request("GET", path, axum::body::Body::empty());
    request.extensions_mut().insert(Peer(peer.parse().unwrap()));
    if let Some(forwarded) = forwarded {
        request.headers_mut().insert("x-forwarded-for", forwarded.parse().unwrap());
    }
    bench.ask(request).await
}

#[tokio::test]
async fn metrics_are_for_insiders() {
    let bench = Bench::with(|config| {
        config.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
        config.metrics_from = vec!["10.1.0.0/16".parse().unwrap()];
    });
    for (peer, forwarded, status) in [
        ("127.0.0.1", None, 200),
        ("10.1.2.3", None, 200),
        ("10.2.2.3", None, 404),
        ("203.0.113.9", None, 404),
        ("127.0.0.1", Some("203.0.113.9"), 404),
        ("127.0.0.1", Some("10.1.2.3"), 200),
        ("203.0.113.9", Some("127.0.0.1"), 404),
        ("10.1.2.3", Some("127.0.0.1"), 404),
    ] {
        let said = asked(&bench, "/metrics", peer, forwarded).await;
        assert_eq!(said.status.as_u16(), status, "{peer} {forwarded:?}");
    }
    let proxied = Bench::new();
    let said = asked(&proxied, "/metrics", "127.0.0.1", Some("203.0.113.9")).await;
    assert_eq!(said.status, StatusCode::NOT_FOUND, "a proxy nobody told us of");
}

#[tokio::test]
async fn metrics_count_what_happened_without_a_strangers_words() {
    let bench = Bench::new();
    bench.deliver(false, "secret-body").await;
    bench.deliver(true, "evt_1 nobody 5").await;
    bench.ask(bench.request("POST", "/webhooks/made-up-name", "x")).await;
    bench.get("/made/up/path").await;
    let said = bench.get("/metrics").await;
    assert!(said.header("content-type").starts_with("text/plain; version=0.0.4"));
    let text = said.text;
    for line in [
        r#"recaudo_webhooks_total{installation="stripe",outcome="refused"} 1"#,
        r#"recaudo_webhooks_total{installation="stripe",outcome="heard"} 1"#,
        r#"recaudo_webhooks_total{installation="",outcome="unknown-installation"} 1"#,
        r#"recaudo_webhook_seconds_count{installation="stripe"} 2"#,
        r#"recaudo_webhook_seconds_bucket{installation="stripe",le="+Inf"} 2"#,
        r#"recaudo_http_requests_total{route="/webhooks/{installation}",status="401"} 1"#,
        r#"recaudo_http_requests_total{route="-",status="404"} 1"#,
        "recaudo_store_up 1",
        "recaudo_gateway_operations_for_a_person 0",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
    assert!(!text.contains("made") && !text.contains("secret"), "{text}");
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (_, value) = line.rsplit_once(' ').unwrap();
        assert!(value.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-'), "{line}");
    }
}

#[test]
fn a_pass_that_fails_or_dies_is_counted_and_the_next_one_goes_on() {
    let passes = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&passes);
    let pass = move || match counted.fetch_add(1, Ordering::SeqCst) {
        0 => std::panic::resume_unwind(Box::new("died")),
        1 => Err(EngineError::fault("broken")),
        2 => Err(EngineError::Conflict { detail: "another is at it".into() }),
        _ => Ok(true),
    };
    let (workers, threads) = Workers::of(vec![("tests", Box::new(pass))]);
    while passes.load(Ordering::SeqCst) < 6 {
        assert!(workers.nudge("tests") && !workers.nudge("nobody"));
        std::thread::sleep(Duration::from_millis(5));
    }
    workers.end();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let beat = workers.beats().remove(0);
    assert_eq!((beat.name, beat.alive, beat.failures), ("tests", false, 2));
    assert!(beat.passes >= 6);
}
