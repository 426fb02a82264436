//! Webhooks: believed only from their sender, effective once, acknowledged only once committed.

use axum::http::StatusCode;
use recaudo_engine::pay::{self, LinkAsk};

use super::bench::Bench;

/// A link of Ana's, made; its operation as the far side knows it.
fn made(bench: &Bench) -> String {
    let engine = &bench.face.engine;
    let ask = LinkAsk { customer: "ana", ..LinkAsk::default() };
    pay::link(engine, &bench.stripe, &ask).unwrap();
    pay::work(engine, &bench.face.gateways).unwrap();
    let sql = "SELECT operation_id FROM gateway_operations";
    let found = engine.store.read(|conn| conn.first(sql, &[], |row| Ok(row.text(0)?.to_owned())));
    found.unwrap().unwrap()
}

#[tokio::test]
async fn what_a_gateway_tells_is_in_the_ledger_once_however_often_it_tells_it() {
    let bench = Bench::new();
    let operation = made(&bench);
    for _ in 0..2 {
        let said = bench.deliver(true, format!("evt_1 {operation} 100000")).await;
        assert_eq!((said.status, said.text.as_str()), (StatusCode::OK, ""));
    }
    let again = bench.deliver(true, format!("evt_2 {operation} 100000")).await;
    assert_eq!(again.status, StatusCode::OK, "the same payment by another event");
    assert_eq!((bench.open("INV-1"), bench.count("payments")), (0, 1));
    assert_eq!(bench.count("gateway_deliveries WHERE state = 'done'"), 3);
}

#[tokio::test]
async fn a_stranger_changes_nothing() {
    let bench = Bench::new();
    let operation = made(&bench);
    let said = bench.deliver(false, format!("evt_1 {operation} 100000")).await;
    assert_eq!(said.status, StatusCode::UNAUTHORIZED);
    assert_eq!((bench.open("INV-1"), bench.count("payments")), (100_000, 0));
    assert_eq!(bench.count("gateway_deliveries WHERE state = 'refused'"), 1);
    assert_eq!(bench.count("gateway_deliveries WHERE length(raw) > 0"), 0);
}

#[tokio::test]
async fn a_handshake_is_answered_with_what_the_plugin_says() {
    let bench = Bench::new();
    let said = bench.get("/webhooks/stripe/check?challenge=abc%20d").await;
    assert_eq!((said.status, said.text.as_str()), (StatusCode::OK, "abc%20d"));
    assert!(said.header("content-type").starts_with("text/plain"));
    assert_eq!(said.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn a_delivery_reaches_the_plugin_as_it_arrived() {
    let bench = Bench::new();
    let mut request = bench.request("PUT", "/webhooks/stripe/a%2Fb/c?x=1&y=%20", vec![0_u8, 255]);
    request.headers_mut().insert("X-Odd", axum::http::HeaderValue::from_bytes(b"caf\xe9").unwrap());
    bench.ask(request).await;
    let seen = bench.far.seen.lock().unwrap().take().unwrap();
    assert_eq!(
        (seen.method.as_str(), seen.path.as_str(), seen.query.as_str()),
        ("PUT", "/a%2Fb/c", "x=1&y=%20")
    );
    assert_eq!(seen.body, [0, 255]);
    assert!(seen.headers.contains(&("x-odd".into(), "café".into())), "{:?}", seen.headers);
    assert_eq!(seen.received_at.seconds, 1_773_162_000);
    bench.deliver(true, "x").await;
    assert_eq!(bench.far.seen.lock().unwrap().as_ref().unwrap().path, "/");
}

#[tokio::test]
async fn what_is_no_delivery_of_the_gateway_is_not_asked_for_again() {
    let bench = Bench::new();
    assert_eq!(bench.deliver(true, "one two three four").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_fault_of_ours_asks_the_gateway_to_tell_again() {
    let bench = Bench::new();
    bench.far.broken.store(true, std::sync::atomic::Ordering::SeqCst);
    let said = bench.deliver(true, "evt_1 x 1").await;
    assert_eq!((said.status, said.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "30"));
}

#[tokio::test]
async fn without_its_store_the_server_acknowledges_nothing() {
    let bench = Bench::new();
    let operation = made(&bench);
    let drop = |tx: &recaudo_store::Tx<'_>| tx.execute("DROP TABLE gateway_events", &[]).map(|_| ());
    bench.face.engine.store.write::<_, recaudo_store::StoreError>(drop).unwrap();
    let said = bench.deliver(true, format!("evt_1 {operation} 100000")).await;
    assert_eq!((said.status, said.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "30"));
    assert_eq!((bench.open("INV-1"), bench.count("payments")), (100_000, 0));
}

#[tokio::test]
async fn only_what_is_installed_hears() {
    let bench = Bench::new();
    for path in ["/webhooks/paypal", "/webhooks/paypal/x", "/webhooks/", "/webhooks/..%2Fstripe"] {
        let said = bench.ask(bench.request("POST", path, "x")).await;
        assert_eq!((said.status, said.text.as_str()), (StatusCode::NOT_FOUND, ""), "{path}");
    }
    for method in ["HEAD", "DELETE", "PATCH"] {
        let said = bench.ask(bench.request(method, "/webhooks/stripe", "x")).await;
        assert_eq!(said.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
    }
    assert_eq!(bench.count("gateway_deliveries"), 0);
}
