//! What the plugin asks for and makes of answers, under the bench's rules; the whole against Conekta's own schema
//! is in `tests/strict`.

use recaudo_sdk::bench::{Bench, lost, ok, refused, status};
use recaudo_sdk::payments::{Action, Intent, Status};
use recaudo_sdk::{Checkpoint, Ctx, Gateway, Kind, Money, Settlement};

use super::GatewayConekta;

const API: &str = "https://api.conekta.io";

fn wish(action: Action, amount: &str, original: Option<&str>) -> Intent {
    let customer =
        [("customer:name", "Ana"), ("customer:email", "a@b.example"), ("customer:phone", "+52555")];
    Intent {
        action,
        amount: Money::parse(amount, 2, *b"MXN").expect("an amount").into(),
        documents: vec!["F-1".into()],
        payer: "C1".into(),
        original: original.map(str::to_owned),
        return_url: String::new(),
        not_after: None,
        attributes: customer.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
    }
}

#[test]
fn a_second_attempt_looks_and_never_charges_again() {
    let none = r#"{"object":"list","has_more":false,"data":[]}"#;
    let mut bench = Bench::new().answer("GET", &format!("{API}/orders?*"), ok(none));
    bench.context.operation.id = "op-1".into();
    bench.context.operation.attempt = 2;
    let run = bench.run(|ctx: &mut Ctx<GatewayConekta>| {
        GatewayConekta::execute(ctx, wish(Action::ChargeSaved, "5.00", Some("cus_1/src_1")))
    });
    let made = run.result.expect("an answer");
    assert_eq!(
        (made.status, made.code.as_str(), run.commits),
        (Status::Unknown, "gateway-conekta.cannot-tell", 0)
    );
}

#[test]
fn answers_mean_what_they_prove() {
    let no = r#"{"object":"error","type":"processing_error","details":[{"code":"conekta.errors.processing.bank.stolen_card"}]}"#;
    let cases = [
        (refused(), Ok((Status::NotAttempted, "connection-refused"))),
        (status(402, no), Ok((Status::Declined, "card-blocked"))),
        (lost(), Err(Kind::Timeout)),
        (status(402, "<html>"), Err(Kind::Rejected)),
        (status(200, "{}"), Err(Kind::InvalidInput)),
    ];
    for (answer, expected) in cases {
        let mut bench = Bench::new().answer("POST", &format!("{API}/orders"), answer.clone());
        let run = bench.run(|ctx: &mut Ctx<GatewayConekta>| {
            GatewayConekta::execute(ctx, wish(Action::CreateLink, "50.00", None))
        });
        match (run.result, expected) {
            (Ok(made), Ok(expected)) => assert_eq!((made.status, made.code.as_str()), expected),
            (Err(failure), Err(kind)) => assert_eq!(failure.kind, kind, "{answer:?}"),
            (said, expected) => panic!("{said:?} instead of {expected:?}"),
        }
    }
}

#[test]
fn what_cannot_work_is_said_before_anything_is_sent() {
    let nobody = Intent { attributes: vec![], ..wish(Action::CreateLink, "5.00", None) };
    let cases = [
        (r#"{"base_url": "conekta"}"#, wish(Action::CreateLink, "5.00", None), "config"),
        ("{}", wish(Action::CreateLink, "0", None), "bad-amount"),
        ("{}", wish(Action::CreateLink, "30000000.00", None), "amount-too-large"),
        ("{}", nobody, "missing-customer"),
        ("{}", wish(Action::ChargeSaved, "1.00", Some("src_1")), "bad-method"),
        ("{}", wish(Action::CreateMandate, "1.00", None), "unsupported-action"),
    ];
    for (config, wish, code) in cases {
        let mut bench = Bench::new().config(config);
        let run = bench.run(|ctx: &mut Ctx<GatewayConekta>| GatewayConekta::execute(ctx, wish.clone()));
        assert_eq!((run.result.expect_err(config).code.as_str(), run.commits), (code, 0), "{config}");
    }
}

#[test]
fn a_strange_checkpoint_is_refused_by_name() {
    for (version, bytes) in [(2, "{}"), (1, "x"), (1, "")] {
        let since = Checkpoint { version, bytes: bytes.into() };
        let run =
            Bench::new().run(|ctx: &mut Ctx<GatewayConekta>| GatewayConekta::pull(ctx, Some(since.clone())));
        assert_eq!(run.result.expect_err(bytes).code, "bad-checkpoint");
    }
}
