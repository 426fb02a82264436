//! What the plugin asks for and makes of answers, under the bench's rules; the whole against Khipu's own schema
//! is in `tests/strict`.

use recaudo_sdk::bench::{Bench, lost, refused, status};
use recaudo_sdk::payments::{Action, Intent, Status};
use recaudo_sdk::{Ctx, Gateway, Kind, Money};

use super::GatewayKhipu;

const API: &str = "https://payment-api.khipu.com/v3/payments";

fn wish(action: Action, amount: &str, original: Option<&str>) -> Intent {
    Intent {
        action,
        amount: Money::parse(amount, 2, *b"CLP").expect("an amount").into(),
        documents: vec!["F-1".into()],
        payer: "C1".into(),
        original: original.map(str::to_owned),
        return_url: String::new(),
        not_after: None,
        attributes: vec![],
    }
}

#[test]
fn a_second_attempt_to_refund_sends_nothing() {
    let mut bench = Bench::new();
    bench.context.operation.id = "op-1".into();
    bench.context.operation.attempt = 2;
    let run = bench
        .run(|ctx: &mut Ctx<GatewayKhipu>| GatewayKhipu::execute(ctx, wish(Action::Refund, "0", Some("p1"))));
    let made = run.result.expect("an answer");
    assert_eq!((made.status, made.code.as_str()), (Status::Unknown, "gateway-khipu.cannot-tell"));
    assert_eq!((run.reads, run.commits), (0, 0));
}

#[test]
fn answers_mean_what_they_prove() {
    let bad = r#"{"status":400,"message":"bad","errors":[{"field":"amount","message":"15000 is bad"}]}"#;
    let cases = [
        (refused(), Ok((Status::NotAttempted, "connection-refused"))),
        (status(400, bad), Ok((Status::Declined, "rejected"))),
        (lost(), Err(Kind::Timeout)),
        (status(400, "<html>"), Err(Kind::Rejected)),
        (status(404, "<html>"), Err(Kind::NotFound)),
        (status(200, "{}"), Err(Kind::InvalidInput)),
    ];
    for (answer, expected) in cases {
        let mut bench = Bench::new().answer("POST", API, answer.clone());
        let run = bench.run(|ctx: &mut Ctx<GatewayKhipu>| {
            GatewayKhipu::execute(ctx, wish(Action::CreateLink, "15000", None))
        });
        match (run.result, expected) {
            (Ok(made), Ok((status, code))) => {
                assert_eq!((made.status, made.code.as_str()), (status, code));
                assert!(!format!("{made:?}").contains("is bad"), "their words may quote ours");
            }
            (Err(failure), Err(kind)) => assert_eq!(failure.kind, kind, "{answer:?}"),
            (said, expected) => panic!("{said:?} instead of {expected:?}"),
        }
    }
}

#[test]
fn what_cannot_work_is_said_before_anything_is_sent() {
    let cases = [
        (r#"{"base_url": "khipu"}"#, wish(Action::CreateLink, "5", None), "config"),
        ("{}", wish(Action::CreateLink, "0", None), "bad-amount"),
        ("{}", wish(Action::CreateLink, "5.50", None), "amount-precision"),
        ("{}", wish(Action::Refund, "1", None), "missing-original"),
        ("{}", wish(Action::ChargeSaved, "1", Some("x")), "unsupported-action"),
    ];
    for (config, wish, code) in cases {
        let mut bench = Bench::new().config(config);
        let run = bench.run(|ctx: &mut Ctx<GatewayKhipu>| GatewayKhipu::execute(ctx, wish.clone()));
        assert_eq!((run.result.expect_err(config).code.as_str(), run.commits), (code, 0), "{config}");
    }
}
