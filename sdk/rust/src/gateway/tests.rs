//! An invented vendor, and everything a far side can answer.

use serde::Deserialize;

use super::{No, Posted, Vendor};
use crate::bench::{Bench, lost, ok, refused, status};
use crate::http::{FailureKind, Request, TransportFailure};
use crate::payments::webhook::Event;
use crate::payments::{Action, Intent, Kind as What, Status, Transaction};
use crate::webhook::Delivery;
use crate::{Ctx, Fail, Failure, Kind, Stop, values};

struct Acme;
crate::export!(Acme: Gateway);

impl crate::Gateway for Acme {
    fn execute(ctx: &mut Ctx<Self>, intent: Intent) -> Result<Transaction, Stop> {
        let request = Request::new("POST", URL);
        Ok(match Self::commit::<Named>(ctx, request, "acme: doing")? {
            Posted::Done(named) => Transaction::new(What::Payment, Status::Succeeded, named.id),
            Posted::No(no) => Transaction::refused(What::Payment, no),
            Posted::NotSent(code) => Transaction { code: format!("{code} {intent:?}"), ..nothing() },
        })
    }

    fn query(
        _: &mut Ctx<Self>,
        _: crate::call::Operation,
        intent: Intent,
        _: Option<String>,
    ) -> Result<Transaction, Stop> {
        Err(intent.unsupported("gateway-acme").into())
    }
}

#[derive(Debug, PartialEq, Deserialize)]
struct Named {
    id: String,
}

#[derive(Deserialize)]
struct Refusal {
    reason: String,
}

impl Vendor for Acme {
    const NAME: &'static str = "acme";
    const REFUSES: &'static [u16] = &[402, 404, 409];
    type Refusal = Refusal;

    fn no(status: u16, refusal: Refusal, what: &str) -> Result<No, Failure> {
        if status == 409 {
            return Err(Fail::new(
                Kind::Conflict,
                "idempotency-conflict",
                format!("{what}: the key is known"),
            ));
        }
        let attributes = vec![("provider-code".to_owned(), refusal.reason)];
        Ok(No { attributes, ..No::new("rejected") })
    }
}

const URL: &str = "https://acme.example/x";
const NO: &str = r#"{"reason":"r7"}"#;

fn nothing() -> Transaction {
    Transaction::not_sent(What::Payment, String::new())
}

fn wish() -> Intent {
    Intent {
        action: Action::CreateLink,
        amount: values::Money { minor: 100, exponent: 2, currency: (b'M', b'X', b'N') },
        documents: vec!["F-1".into(), "F-2".into()],
        payer: "C".into(),
        original: None,
        return_url: String::new(),
        not_after: None,
        attributes: vec![("method".into(), "card, spei,".into()), ("method".into(), String::new())],
    }
}

#[test]
fn a_commit_ends_in_words_only_when_the_answer_proves_them() {
    let posted = |answer| {
        let mut bench = Bench::new().answer("POST", URL, answer);
        let run = bench
            .run(|ctx: &mut Ctx<Acme>| Acme::commit::<Named>(ctx, Request::new("POST", URL), "acme: doing"));
        assert_eq!(bench.requests()[0].credential.as_deref(), Some("api"));
        run.result.map_err(|failure| failure.code)
    };
    let denied = Err(TransportFailure {
        kind: FailureKind::Denied,
        code: "egress-not-granted".into(),
        message: String::new(),
        request_sent: false,
    });
    let no = No { attributes: vec![("provider-code".into(), "r7".into())], ..No::new("rejected") };
    for (answer, expected) in [
        (status(201, r#"{"id":"a"}"#), Ok(Posted::Done(Named { id: "a".into() }))),
        (status(402, NO), Ok(Posted::No(no))),
        (refused(), Ok(Posted::NotSent("connection-refused".into()))),
        (denied, Err("egress-not-granted")),
        (lost(), Err("no-answer")),
        (status(409, NO), Err("idempotency-conflict")),
        (status(402, "<html>"), Err("rejected")),
        (status(400, NO), Err("rejected")),
        (status(503, NO), Err("unavailable")),
        (ok("{}"), Err("unreadable-answer")),
    ] {
        assert_eq!(posted(answer.clone()), expected.map_err(str::to_owned), "{answer:?}");
    }
}

#[test]
fn what_is_not_there_is_told_in_the_vendor_s_words_only() {
    let find = |answer| {
        let mut bench = Bench::new().answer("GET", URL, answer);
        bench.run(|ctx: &mut Ctx<Acme>| Acme::find::<Named>(ctx, URL.into(), "acme: asking")).result
    };
    assert_eq!(find(status(404, NO)), Ok(None));
    assert_eq!(find(ok(r#"{"id":"a"}"#)), Ok(Some(Named { id: "a".into() })));
    assert_eq!(find(status(404, "<html>")).expect_err("a proxy").kind, Kind::NotFound);
    let failed = find(status(500, NO)).expect_err("a stumble");
    assert!(failed.details.contains(&("provider-code".into(), "r7".into())), "{failed:?}");
}

#[test]
fn reads_go_side_by_side_and_answers_keep_their_order() {
    let url = |n: u32| format!("{URL}/{n}");
    let mut bench = Bench::new();
    for n in 0..5 {
        bench = bench.answer("GET", &url(n), ok(format!(r#"{{"id":"{n}"}}"#)));
    }
    let run = bench.run(|ctx: &mut Ctx<Acme>| Acme::get_all::<Named>(ctx, (0..5).map(url), "acme: asking"));
    let ids: Vec<String> = run.result.expect("all").into_iter().map(|named| named.id).collect();
    assert_eq!((ids.join(""), run.reads, run.runs), ("01234".into(), 5, 2));
}

#[test]
fn an_intent_says_what_it_wants_or_the_installation_does() {
    let mut intent = wish();
    let own = ["oxxo".to_owned()];
    assert_eq!(intent.methods(&own), ["oxxo"], "the last value counts, and it is empty");
    intent.attributes.pop();
    assert_eq!(intent.methods(&own), ["card", "spei"]);
    assert_eq!(intent.description(None, 250), "F-1, F-2");
    assert_eq!(intent.description(Some("bills\n"), 4), "bill");
    assert_eq!(Intent { documents: vec![], ..intent.clone() }.description(None, 9), "-");
    assert_eq!((intent.way_back(Some("u")), intent.way_back(None)), (Some("u"), None));
    assert_eq!(intent.about("acme").expect_err("none").code, "missing-original");
    assert!(!intent.takes_parts() && intent.above_zero().is_ok());
    intent.amount.minor = 0;
    assert_eq!(intent.above_zero().expect_err("nothing").code, "bad-amount");
    assert_eq!(intent.unsupported("gateway-acme").code, "unsupported-action");
}

#[test]
fn a_withdrawal_is_known_by_the_state_of_the_thing() {
    for (now, status, code) in [
        (None, Status::Declined, "not-found"),
        (Some(Status::Declined), Status::Succeeded, "cancelled"),
        (Some(Status::Succeeded), Status::Declined, "already-paid"),
        (Some(Status::RequiresAction), Status::NotAttempted, "still-open"),
    ] {
        let told = Transaction::withdrawal("x".into(), now);
        assert_eq!((told.status, told.code.as_str(), told.original.as_deref()), (status, code, Some("x")));
    }
}

#[test]
fn a_delivery_is_taken_apart() {
    let delivery = Delivery {
        method: "POST".into(),
        path: "/".into(),
        query: "a=1&data.id=x%2Fy+z&b=".into(),
        headers: vec![("x-signature".into(), "ts=17, v1=0aFf".into())],
        body: br#"{"data":{"object":{"id":"a"}}}"#.to_vec(),
        received_at: values::Instant { seconds: 0, nanoseconds: 0 },
    };
    let header = delivery.header("x-signature").expect("there");
    assert_eq!(Delivery::part_of(header, "ts"), Some("17"));
    assert_eq!(Delivery::part_of(header, "v1").and_then(Delivery::bytes_of_hex), Some(vec![10, 255]));
    assert_eq!((Delivery::bytes_of_hex("0"), Delivery::bytes_of_hex("0g")), (None, None));
    assert_eq!(delivery.parameter("data.id").as_deref(), Some("x/y z"));
    assert_eq!((delivery.parameter("b"), delivery.parameter("c"), delivery.header("y")), (None, None, None));
    assert_eq!(delivery.object::<Named>("acme's"), Ok(Named { id: "a".into() }));
    assert_eq!(delivery.json::<Named>("acme's").expect_err("an envelope").code, "bad-delivery");
    let ids = Event::numbered("e", vec![nothing(), nothing()]);
    assert_eq!(ids.into_iter().map(|event| event.id).collect::<Vec<_>>(), ["e", "e:1"]);
}
