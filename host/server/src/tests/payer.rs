//! A payer with a link: what is owed in their language, the way to a gateway, and what they see afterwards.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use recaudo_engine::pay;

use super::bench::{Bench, Said};
use crate::page::POLICY;
use crate::words::words;

fn token(bench: &Bench, customer: &str) -> String {
    pay::token_for(&bench.face.engine, customer).unwrap()
}

async fn read_in(bench: &Bench, path: &str, languages: &str) -> Said {
    let mut request = bench.request("GET", path, Body::empty());
    request.headers_mut().insert(header::ACCEPT_LANGUAGE, languages.parse().unwrap());
    bench.ask(request).await
}

async fn post(bench: &Bench, path: &str, form: &'static str) -> Said {
    bench.ask(bench.request("POST", path, form)).await
}

#[tokio::test]
async fn what_is_owed_stands_there_in_the_customers_language() {
    let bench = Bench::new();
    let (ana, joao) = (token(&bench, "ana"), token(&bench, "joao"));
    let spanish = bench.get(&format!("/pay/{ana}")).await;
    assert_eq!(spanish.status, StatusCode::OK);
    for text in ["lang=\"es\"", "Saldo pendiente", "INV-1", "02/03/2026", "1.000,00 COP", "Pagar con Stripe"]
    {
        assert!(spanish.text.contains(text), "{text}: {}", spanish.text);
    }
    let portuguese = read_in(&bench, &format!("/pay/{joao}"), "en-US,en;q=0.9").await;
    for text in ["lang=\"pt\"", "Valor em aberto", "NF-2", "1.000,00 COP", "Pagar com Stripe"] {
        assert!(portuguese.text.contains(text), "{text}: {}", portuguese.text);
    }
    let english = bench.get(&format!("/pay/{ana}?lang=en")).await;
    for text in ["lang=\"en\"", "Amount due", "2 Mar 2026", "Pay with Stripe"] {
        assert!(english.text.contains(text), "{text}: {}", english.text);
    }
    assert!(!spanish.text.contains("NF-2") && !portuguese.text.contains("INV-1"), "each their own");
}

#[tokio::test]
async fn a_page_is_small_needs_no_script_and_nothing_of_anybody_else() {
    let bench = Bench::new();
    let page = bench.get(&format!("/pay/{}", token(&bench, "ana"))).await;
    assert!(page.text.len() < 15_000, "{} bytes", page.text.len());
    for foreign in ["<script", "http:", "https:", "src=", "@import", "url("] {
        assert!(!page.text.contains(foreign), "{foreign}: {}", page.text);
    }
    assert!(page.text.contains("Acme &amp; Hijos &lt;S.A.S.&gt;"), "{}", page.text);
    assert_eq!(page.header("content-security-policy"), POLICY.as_str());
    for (name, value) in [
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("strict-transport-security", "max-age=31536000"),
    ] {
        assert_eq!(page.header(name), value, "{name}");
    }
    let style = page.text.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
    use base64::Engine as _;
    use sha2::Digest as _;
    let digest = base64::prelude::BASE64_STANDARD.encode(sha2::Sha256::digest(style));
    assert!(POLICY.contains(&format!("'sha256-{digest}'")), "browsers apply it");
}

#[tokio::test]
async fn what_opens_nothing_says_always_the_same() {
    let bench = Bench::new();
    let ana = token(&bench, "ana");
    pay::revoke_tokens(&bench.face.engine, "ana").unwrap();
    let ended = bench.get(&format!("/pay/{ana}")).await;
    assert_eq!(ended.status, StatusCode::NOT_FOUND);
    let never = "0".repeat(40);
    for path in [
        format!("/pay/{never}"),
        "/pay/short".into(),
        format!("/pay/{never}/return"),
        format!("/pay/{never}/wait/1"),
        format!("/pay/{}", "%27OR%201=1--".repeat(3)),
    ] {
        let said = bench.get(&path).await;
        assert_eq!((said.status, &said.text), (StatusCode::NOT_FOUND, &ended.text), "{path}");
    }
    let said = post(&bench, &format!("/pay/{never}/stripe"), "currency=COP").await;
    assert_eq!((said.status, &said.text), (StatusCode::NOT_FOUND, &ended.text));
    let spanish = read_in(&bench, &format!("/pay/{never}"), "fr, pt;q=0.3, es;q=0.8").await;
    assert!(spanish.text.contains("Este enlace no es válido"), "{}", spanish.text);
    let joao = token(&bench, "joao");
    let said = post(&bench, &format!("/pay/{joao}/paypal"), "currency=COP").await;
    assert_eq!(said.status, StatusCode::NOT_FOUND, "no such gateway");
}

#[tokio::test]
async fn a_button_leads_to_the_gateway_and_pressed_again_to_the_same_link() {
    let bench = Bench::new();
    let ana = token(&bench, "ana");
    let form = "currency=COP&document=INV-1";
    for _ in 0..2 {
        let said = post(&bench, &format!("/pay/{ana}/stripe"), form).await;
        assert_eq!((said.status, said.header("location")), (StatusCode::SEE_OTHER, "https://pay.example/0"));
    }
    assert_eq!(bench.count("gateway_operations"), 1);
    let id = pay::operations(&bench.face.engine, "ana").unwrap()[0].id;
    let wait = bench.get(&format!("/pay/{ana}/wait/{id}")).await;
    assert_eq!(wait.header("location"), "https://pay.example/0");
    let joao = token(&bench, "joao");
    let other = bench.get(&format!("/pay/{joao}/wait/{id}")).await;
    assert_eq!(other.status, StatusCode::NOT_FOUND, "another customer's");
}

#[tokio::test]
async fn who_comes_back_reads_what_is_known_and_the_debt_goes_once_it_is_paid() {
    let bench = Bench::new();
    let ana = token(&bench, "ana");
    post(&bench, &format!("/pay/{ana}/stripe"), "currency=COP").await;
    let waiting = bench.get(&format!("/pay/{ana}/return")).await;
    assert!(waiting.text.contains("Gracias") && waiting.text.contains("http-equiv=\"refresh\""));
    let sql = "SELECT operation_id FROM gateway_operations";
    let store = &bench.face.engine.store;
    let operation =
        store.read(|conn| conn.first(sql, &[], |row| Ok(row.text(0)?.to_owned()))).unwrap().unwrap();
    bench.deliver(true, format!("evt_1 {operation} 100000")).await;
    let paid = bench.get(&format!("/pay/{ana}/return")).await;
    assert!(paid.text.contains("1.000,00 COP · recibido"), "{}", paid.text);
    assert!(!paid.text.contains("refresh"));
    let owed = bench.get(&format!("/pay/{ana}")).await;
    assert!(owed.text.contains("No hay nada pendiente") && !owed.text.contains("INV-1"), "{}", owed.text);
    // A page that was open meanwhile: its button leads back to what is owed now.
    let late = post(&bench, &format!("/pay/{ana}/stripe"), "currency=COP&document=INV-1").await;
    assert_eq!((late.status, late.header("location")), (StatusCode::SEE_OTHER, format!("../{ana}").as_str()));
}

#[tokio::test]
async fn a_gateway_that_makes_no_link_in_time_is_waited_for_on_a_page() {
    let bench = Bench::with(|config| config.limits.link = std::time::Duration::ZERO);
    bench.far.away.store(true, std::sync::atomic::Ordering::SeqCst);
    let ana = token(&bench, "ana");
    let said = post(&bench, &format!("/pay/{ana}/stripe"), "currency=COP").await;
    assert_eq!(said.status, StatusCode::SEE_OTHER);
    let place = said.header("location").to_owned();
    assert!(place.starts_with("wait/"), "{place}");
    let wait = bench.get(&format!("/pay/{ana}/{place}")).await;
    assert!(wait.text.contains("Estamos preparando") && wait.text.contains("content=\"3\""), "{}", wait.text);
    let failed = "UPDATE gateway_operations SET state = 'person'";
    let update = |tx: &recaudo_store::Tx<'_>| tx.execute(failed, &[]).map(|_| ());
    bench.face.engine.store.write::<_, recaudo_store::StoreError>(update).unwrap();
    let over = bench.get(&format!("/pay/{ana}/{place}")).await;
    assert!(over.text.contains("No se cobró nada"), "{}", over.text);
}

#[tokio::test]
async fn a_form_is_bounded_and_a_flood_is_asked_to_come_again() {
    let bench = Bench::with(|config| config.limits = super::bench::tight());
    let ana = token(&bench, "ana");
    let large = Request::post(format!("/pay/{ana}/stripe")).body(Body::from(vec![b'x'; 101])).unwrap();
    assert_eq!(bench.ask(large).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let (gate, holds) = (Arc::clone(&bench.face), Arc::new(std::sync::Barrier::new(2)));
    let held = Arc::clone(&holds);
    let first = tokio::spawn(async move { gate.gate.work(move || held.wait()).await.is_ok() });
    while bench.face.gate.work(|| ()).await.is_ok() {
        tokio::task::yield_now().await;
    }
    let busy = read_in(&bench, &format!("/pay/{ana}"), "pt-BR").await;
    assert_eq!((busy.status, busy.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "5"));
    assert!(busy.text.contains("Há muitas pessoas pagando"), "{}", busy.text);
    tokio::task::spawn_blocking(move || holds.wait()).await.unwrap();
    assert!(first.await.unwrap());
}

#[test]
fn a_language_is_the_one_asked_for_then_the_customers_then_the_browsers() {
    let code = |asked, locale, accepts| words(asked, locale, accepts).code;
    assert_eq!(code(Some("pt"), "es-CO", "en"), "pt");
    assert_eq!(code(Some("fr"), "es-CO", "en"), "es");
    assert_eq!(code(None, "fr-FR", "de, en;q=0.5, pt-BR;q=0.85"), "pt");
    assert_eq!(code(None, "", "es;q=0"), "en");
    assert_eq!(code(None, "é", "\u{e9}x;q=zz"), "en");
}
