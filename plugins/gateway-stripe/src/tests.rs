//! What the plugin asks for and makes of answers, under the bench's rules; the whole against Stripe's own schema
//! is in `tests/strict`.

use recaudo_sdk::bench::{Bench, lost, ok, refused, status};
use recaudo_sdk::payments::{Action, Intent, Status, Transaction};
use recaudo_sdk::{Checkpoint, Ctx, Gateway, Kind, Money, Settlement, call, http};

use super::GatewayStripe;

const API: &str = "https://api.stripe.com/v1";

fn wish(action: Action, amount: &str, original: Option<&str>) -> Intent {
    Intent {
        action,
        amount: Money::parse(amount, 2, *b"USD").expect("an amount").into(),
        documents: vec!["F-1".into()],
        payer: "C1".into(),
        original: original.map(str::to_owned),
        return_url: String::new(),
        not_after: None,
        attributes: vec![],
    }
}

fn execute(bench: &mut Bench, wish: &Intent) -> Result<Transaction, recaudo_sdk::Failure> {
    bench.run(|ctx: &mut Ctx<GatewayStripe>| GatewayStripe::execute(ctx, wish.clone())).result
}

fn header<'a>(request: &'a http::Request, name: &str) -> Option<&'a str> {
    request.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
}

#[test]
fn a_link_is_two_commits_with_two_keys() {
    let link = r#"{"id":"plink_1","url":"https://buy.stripe.com/1","active":true,"metadata":{}}"#;
    let mut bench = Bench::new().answer("POST", &format!("{API}/prices"), ok(r#"{"id":"price_1"}"#)).answer(
        "POST",
        &format!("{API}/payment_links"),
        ok(link),
    );
    let run = bench.run(|ctx: &mut Ctx<GatewayStripe>| {
        GatewayStripe::execute(ctx, wish(Action::CreateLink, "12.34", None))
    });
    let made = run.result.expect("a link");
    assert_eq!((made.status, made.gateway_id.as_str(), run.commits), (Status::RequiresAction, "plink_1", 2));
    assert_eq!(made.operation_id.as_deref(), Some("op-1"));
    let keys: Vec<_> = bench.requests().iter().map(|request| header(request, "Idempotency-Key")).collect();
    assert_eq!(keys, [Some("key-1"), Some("key-1-2")]);
    assert!(bench.requests().iter().all(|request| request.credential.as_deref() == Some("api")));
    let body = String::from_utf8(bench.requests()[0].body.clone()).expect("text");
    assert!(body.contains("unit_amount=1234&") || body.ends_with("unit_amount=1234"), "{body}");
}

#[test]
fn no_connection_is_no_attempt_and_no_answer_is_no_guess() {
    let charge = wish(Action::ChargeSaved, "5.00", Some("cus_1/pm_1"));
    let mut bench = Bench::new().answer("POST", &format!("{API}/payment_intents"), refused());
    let made = execute(&mut bench, &charge).expect("an answer");
    assert_eq!((made.status, made.code.as_str()), (Status::NotAttempted, "connection-refused"));
    let mut bench = Bench::new().answer("POST", &format!("{API}/payment_intents"), lost());
    let failure = execute(&mut bench, &charge).expect_err("nobody knows");
    assert_eq!((failure.kind, failure.code.as_str()), (Kind::Timeout, "no-answer"));
    assert!(failure.details.contains(&("request-sent".into(), "true".into())));
    let denied = http::TransportFailure {
        kind: http::FailureKind::Denied,
        code: "egress-not-granted".into(),
        message: "not granted".into(),
        request_sent: false,
    };
    let mut bench = Bench::new().answer("POST", &format!("{API}/payment_intents"), Err(denied));
    assert_eq!(execute(&mut bench, &charge).expect_err("for a person").code, "egress-not-granted");
}

#[test]
fn a_status_this_version_does_not_know_is_unknown() {
    let odd = r#"{"id":"pi_1","created":1,"status":"teleported","amount":500,"currency":"usd"}"#;
    let mut bench = Bench::new().answer("POST", &format!("{API}/payment_intents"), ok(odd));
    let made = execute(&mut bench, &wish(Action::ChargeSaved, "5.00", Some("pm_1"))).expect("an answer");
    assert_eq!((made.status, made.code.as_str()), (Status::Unknown, "gateway-stripe.unknown-status"));
}

#[test]
fn what_waits_at_a_voucher_or_a_code_comes_as_attributes() {
    let oxxo = r#"{"id":"pi_1","created":1,"status":"requires_action","amount":500,"currency":"mxn","next_action":
        {"oxxo_display_details":{"number":"123","hosted_voucher_url":"https://v.example"}}}"#;
    let pix = r#"{"id":"pi_2","created":1,"status":"requires_action","amount":500,"currency":"brl","next_action":
        {"pix_display_qr_code":{"data":"000201","image_url_png":"https://q.example","hosted_instructions_url":"https://h.example"}}}"#;
    let mut bench = Bench::new().answer("GET", &format!("{API}/payment_intents/pi_1"), ok(oxxo)).answer(
        "GET",
        &format!("{API}/payment_intents/pi_2"),
        ok(pix),
    );
    let mut ask = |id: &str| {
        let original = call::Operation { id: "op-9".into(), idempotency_key: "key-9".into(), attempt: 1 };
        let wish = wish(Action::CreateLink, "5.00", None);
        let run = bench.run(|ctx: &mut Ctx<GatewayStripe>| {
            GatewayStripe::query(ctx, original.clone(), wish.clone(), Some(id.to_owned()))
        });
        run.result.expect("an answer")
    };
    let voucher = ask("pi_1");
    let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    assert_eq!(voucher.attributes, pairs(&[("barcode", "123"), ("voucher", "https://v.example")]));
    assert_eq!(voucher.next_url.as_deref(), Some("https://v.example"));
    assert_eq!(ask("pi_2").attributes, pairs(&[("pix-code", "000201"), ("qr", "https://q.example")]));
}

#[test]
fn what_cannot_work_is_said_before_anything_is_sent() {
    let cases = [
        (r#"{"base_url": "api.stripe.com"}"#, wish(Action::CreateLink, "5.00", None), "config"),
        (r#"{"bas_url": "https://x"}"#, wish(Action::CreateLink, "5.00", None), "config"),
        (r#"{"link": "checkout"}"#, wish(Action::CreateLink, "5.00", None), "config"),
        ("{}", wish(Action::CreateLink, "0", None), "bad-amount"),
        ("{}", wish(Action::ChargeSaved, "-1.00", Some("pm_1")), "bad-amount"),
        ("{}", wish(Action::Refund, "1.00", None), "missing-original"),
        ("{}", wish(Action::CreateMandate, "0", None), "unsupported-action"),
        (r#"{"methods": ["barter"]}"#, wish(Action::CreateLink, "5.00", None), "unknown-method"),
    ];
    for (config, wish, code) in cases {
        let mut bench = Bench::new().config(config);
        let run = bench.run(|ctx: &mut Ctx<GatewayStripe>| GatewayStripe::execute(ctx, wish.clone()));
        assert_eq!((run.result.expect_err(config).code.as_str(), run.commits), (code, 0), "{config}");
    }
}

#[test]
fn a_strange_checkpoint_is_refused_by_name() {
    for (version, bytes) in [(2, "{}"), (1, "x"), (1, "{\"from\":0}"), (1, "")] {
        let since = Checkpoint { version, bytes: bytes.into() };
        let mut bench = Bench::new();
        let run = bench.run(|ctx: &mut Ctx<GatewayStripe>| GatewayStripe::pull(ctx, Some(since.clone())));
        assert_eq!(run.result.expect_err(bytes).code, "bad-checkpoint");
    }
}

#[test]
fn a_refusal_on_reading_carries_stripes_own_code() {
    let body =
        r#"{"error":{"type":"invalid_request_error","code":"secret_key_required","message":"sk_live_x"}}"#;
    let mut bench = Bench::new().answer("GET", &format!("{API}/balance_transactions*"), status(403, body));
    let run = bench.run(|ctx: &mut Ctx<GatewayStripe>| GatewayStripe::pull(ctx, None));
    let failure = run.result.expect_err("forbidden");
    assert_eq!(failure.kind, Kind::Forbidden);
    assert!(failure.details.contains(&("provider-code".into(), "secret_key_required".into())));
    assert!(!format!("{failure:?}").contains("sk_live_x"), "Stripe's words may quote a key");
}
