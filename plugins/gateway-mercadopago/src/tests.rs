//! What the plugin asks for and makes of answers, under the bench's rules; the whole against a schema of Mercado
//! Pago's documentation is in `tests/strict`.

use recaudo_sdk::bench::{Bench, lost, refused, status};
use recaudo_sdk::payments::{Action, Intent, Status};
use recaudo_sdk::{Checkpoint, Ctx, Gateway, Kind, Money, Settlement};

use super::GatewayMercadopago;

const API: &str = "https://api.mercadopago.com";

fn wish(action: Action, amount: &str, method: &str) -> Intent {
    Intent {
        action,
        amount: Money::parse(amount, 2, *b"BRL").expect("an amount").into(),
        documents: vec!["F-1".into()],
        payer: "C1".into(),
        original: None,
        return_url: String::new(),
        not_after: None,
        attributes: vec![("method".into(), method.into()), ("customer:email".into(), "a@b.example".into())],
    }
}

#[test]
fn answers_mean_what_they_prove() {
    let no = r#"{"message":"bad a@b.example","error":"bad_request","status":400,"cause":[{"code":4037}]}"#;
    let cases = [
        (refused(), Ok((Status::NotAttempted, "connection-refused"))),
        (status(400, no), Ok((Status::Declined, "gateway-mercadopago.4037"))),
        (lost(), Err(Kind::Timeout)),
        (status(400, "<html>"), Err(Kind::Rejected)),
        (status(201, "{}"), Err(Kind::InvalidInput)),
    ];
    for (answer, expected) in cases {
        let mut bench = Bench::new().answer("POST", &format!("{API}/v1/payments"), answer.clone());
        let run = bench.run(|ctx: &mut Ctx<GatewayMercadopago>| {
            GatewayMercadopago::execute(ctx, wish(Action::CreateLink, "5.00", "pix"))
        });
        let sent = &bench.requests()[0];
        assert!(sent.headers.contains(&("X-Idempotency-Key".into(), "key-1".into())));
        assert!(String::from_utf8_lossy(&sent.body).contains(r#""transaction_amount":5.00"#), "as it stands");
        match (run.result, expected) {
            (Ok(made), Ok(expected)) => {
                assert_eq!((made.status, made.code.as_str()), expected);
                assert!(!format!("{made:?}").contains("a@b.example"), "their words may quote ours");
            }
            (Err(failure), Err(kind)) => assert_eq!(failure.kind, kind, "{answer:?}"),
            (said, expected) => panic!("{said:?} instead of {expected:?}"),
        }
    }
}

#[test]
fn what_cannot_work_is_said_before_anything_is_sent() {
    let nobody =
        Intent { attributes: vec![("method".into(), "pix".into())], ..wish(Action::CreateLink, "5.00", "") };
    let cases = [
        (r#"{"base_url": "mp"}"#, wish(Action::CreateLink, "5.00", "card"), "config"),
        ("{}", wish(Action::CreateLink, "0", "card"), "bad-amount"),
        ("{}", nobody, "config"),
        ("{}", wish(Action::CreateLink, "5.00", "card,barter"), "unknown-method"),
        ("{}", wish(Action::Refund, "5.00", ""), "missing-original"),
        ("{}", wish(Action::ChargeSaved, "1.00", ""), "unsupported-action"),
    ];
    for (config, wish, code) in cases {
        let mut bench = Bench::new().config(config);
        let run =
            bench.run(|ctx: &mut Ctx<GatewayMercadopago>| GatewayMercadopago::execute(ctx, wish.clone()));
        assert_eq!((run.result.expect_err(config).code.as_str(), run.commits), (code, 0), "{config}");
    }
}

#[test]
fn a_strange_checkpoint_is_refused_by_name() {
    for (version, bytes) in [(2, "{}"), (1, "x"), (1, "")] {
        let since = Checkpoint { version, bytes: bytes.into() };
        let run = Bench::new()
            .run(|ctx: &mut Ctx<GatewayMercadopago>| GatewayMercadopago::pull(ctx, Some(since.clone())));
        assert_eq!(run.result.expect_err(bytes).code, "bad-checkpoint");
    }
}
