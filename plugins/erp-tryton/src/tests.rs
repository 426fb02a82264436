//! Stories with a Tryton that answers from a script: what is rare, and what a real one cannot be made to
//! do. The rest is told by the tests that have a real one.

use recaudo_sdk::bench::{Bench, lost, ok, status};
use recaudo_sdk::erp::writeback::{Entry, Note, Status};
use recaudo_sdk::{Checkpoint, Ctx, Failure, Importer, Kind, Retry, Writeback, erp, http};
use serde_json::{Value, json};

use crate::ErpTryton;
use crate::amount::{Decimal, NoAmount, Plain};
use crate::matching::{Pair, Side, pairs};
use crate::rpc::{Call, result};

const CONFIG: &str = r#"{"base_url": "https://erp.example", "database": "acme", "companies": [1]}"#;
const DATABASE: &str = "https://erp.example/acme/rpc/";

fn answer(result: &Value) -> http::Outcome {
    ok(json!({ "id": 1, "result": result }).to_string())
}

fn bench(answers: &[Value]) -> Bench {
    let bench = Bench::new().config(CONFIG).answer("POST", "https://erp.example/rpc/", answer(&json!("8.2")));
    answers.iter().fold(bench, |bench, value| bench.answer("POST", DATABASE, answer(value)))
}

fn check(outcome: http::Outcome) -> Failure {
    let mut bench = bench(&[]).answer("POST", DATABASE, outcome);
    bench.run(ErpTryton::check).result.expect_err("it refuses")
}

#[test]
fn every_answer_that_is_none_says_which_call_and_what_to_do() {
    let error = |args: Value| ok(json!({ "id": 1, "error": args }).to_string());
    let user_error = json!(["UserError", ["You cannot modify posted move \"1\".", "", null]]);
    let warning = json!(["UserWarning", ["name", "The period is closed.", ""]]);
    let cases = [
        (status(401, ""), Kind::Unauthenticated, "unauthenticated", "check user and password"),
        (status(403, "<!doctype html>"), Kind::Forbidden, "forbidden", "is the module of it activated?"),
        (status(404, "<html>"), Kind::NotFound, "not-found", "check `base_url` and `database`"),
        (status(429, ""), Kind::RateLimited, "rate-limited", "tried again later"),
        (status(500, "oops"), Kind::Unavailable, "unavailable", "tried again later"),
        (ok("<html>Welcome</html>"), Kind::InvalidInput, "erp-tryton.not-json", "address of a Tryton server"),
        (ok(""), Kind::InvalidInput, "erp-tryton.not-json", "address of a Tryton server"),
        (ok(r#"{"id":1,"result":[{"id":1,"#), Kind::Unavailable, "erp-tryton.half-answer", "after 26 bytes"),
        (
            ok(r#"{"id":1,"result":[{"key":1}]}"#),
            Kind::InvalidInput,
            "erp-tryton.bad-answer",
            "missing field",
        ),
        (error(user_error), Kind::Rejected, "erp-tryton.user-error", "cannot modify posted move \"1\""),
        (error(warning), Kind::Rejected, "erp-tryton.user-warning", "The period is closed; confirm it"),
        (error(json!(["'account.nope'", ""])), Kind::Unavailable, "erp-tryton.fault", "'account.nope'"),
        (lost(), Kind::Timeout, "no-answer", "no answer"),
    ];
    for (outcome, kind, code, says) in cases {
        let failure = check(outcome);
        assert_eq!((failure.kind, failure.code.as_str()), (kind, code));
        assert!(failure.message.contains(says), "{code}: {}", failure.message);
        assert!(code == "no-answer" || failure.message.starts_with("model.company.company.search_read: "));
        assert!(!failure.message.ends_with('.'), "{}", failure.message);
    }
}

#[test]
fn a_server_of_another_series_is_refused_by_name() {
    let mut bench =
        Bench::new().config(CONFIG).answer("POST", "https://erp.example/rpc/", answer(&json!("6.0")));
    let failure = bench.run(ErpTryton::check).result.expect_err("too old");
    assert_eq!((failure.kind, failure.code.as_str()), (Kind::Unsupported, "erp-tryton.version"));
    assert_eq!(failure.retry, Retry::Never);
    assert!(failure.message.contains("this is Tryton 6.0"), "{}", failure.message);
    assert_eq!(bench.requests()[0].credential, None, "the version is asked without a session");
}

#[test]
fn a_company_the_user_does_not_see_is_named() {
    let mut bench = bench(&[json!([])]);
    let failure = bench.run(ErpTryton::check).result.expect_err("no company");
    assert_eq!(failure.code, "erp-tryton.no-company");
    assert!(failure.message.contains("no company 1"), "{}", failure.message);
    assert_eq!(bench.requests()[1].credential.as_deref(), Some("tryton"));
}

#[test]
fn a_configuration_that_cannot_work_is_refused_before_anything_is_asked() {
    for (config, key) in [
        (r#"{"base_url": "erp.example", "database": "acme"}"#, "/base_url"),
        (r#"{"base_url": "https://erp.example", "database": "a/b"}"#, "/database"),
        (r#"{"base_url": "https://erp.example", "database": "a", "company": 1}"#, "/company"),
    ] {
        let run = Bench::new().config(config).run(ErpTryton::check);
        let failure = run.result.expect_err("it cannot work");
        assert_eq!(failure.kind, Kind::InvalidConfig);
        assert_eq!(failure.details, [("key".to_owned(), key.to_owned())]);
        assert_eq!(run.reads, 0);
    }
}

#[test]
fn an_odd_checkpoint_is_refused_and_one_of_another_configuration_starts_anew() {
    let pull = |bench: &mut Bench, bytes: &[u8], version| {
        let checkpoint = Some(Checkpoint { version, bytes: bytes.to_vec() });
        let request = erp::PullRequest { feed: "ledger".into(), checkpoint, rows_max: 500 };
        bench.run(|ctx: &mut Ctx<ErpTryton>| ErpTryton::pull(ctx, request.clone())).result
    };
    for (bytes, version) in [(&b"\xff"[..], 1), (b"{}", 1), (b"{\"config\":1}", 2), (b"", 1)] {
        let failure = pull(&mut bench(&[]), bytes, version).expect_err("no checkpoint of ours");
        assert_eq!((failure.kind, failure.code.as_str()), (Kind::InvalidInput, "bad-checkpoint"));
    }
    // An empty Tryton: eight questions for the latest change, no lines, one company.
    let mut empty = vec![json!([]); 9];
    empty.push(json!([company()]));
    let page = pull(&mut bench(&empty), br#"{"config":1,"since":99}"#, 1).expect("from the start");
    assert!(page.rows.documents.is_empty() && !page.done);
}

fn company() -> Value {
    json!({ "id": 1, "currency.": { "id": 1, "code": "MXN", "digits": 2 }, "party.": { "name": "Acme" } })
}

#[test]
fn an_unknown_feed_is_no_crash() {
    let request = erp::PullRequest { feed: "orders".into(), checkpoint: None, rows_max: 500 };
    let run = bench(&[]).run(|ctx: &mut Ctx<ErpTryton>| ErpTryton::pull(ctx, request.clone()));
    assert_eq!(run.result.expect_err("no such feed").code, "unknown-feed");
}

#[test]
fn a_note_whose_answer_was_lost_is_found_and_not_written_again() {
    let note = || {
        let text = "call after five".into();
        Entry::Note(Note { customer: "C-1".into(), document: None, text })
    };
    let mut bench = bench(&[json!([{ "id": 7 }]), json!([])]).answer("POST", DATABASE, lost());
    let run = bench.run(|ctx: &mut Ctx<ErpTryton>| ErpTryton::push(ctx, note()));
    assert_eq!((run.commits, run.result.expect_err("no answer").kind), (1, Kind::Timeout));
    let sent = String::from_utf8_lossy(&bench.requests()[2].body).into_owned();
    assert!(sent.contains("[recaudo key-1]") && sent.contains("party.party,7"), "{sent}");

    let mut bench = self::bench(&[json!([{ "id": 7 }]), json!([{ "id": 42 }])]);
    let run = bench.run(|ctx: &mut Ctx<ErpTryton>| ErpTryton::push(ctx, note()));
    let posting = run.result.expect("it is there");
    assert_eq!((posting.status, posting.id.as_str(), run.commits), (Status::AlreadyApplied, "ir.note,42", 0));
}

#[test]
fn what_tryton_has_no_place_for_is_unsupported() {
    let charge = erp::writeback::Charge {
        customer: "C-1".into(),
        document: None,
        kind: "interest".into(),
        amount: recaudo_sdk::Money { minor: 1, exponent: 2, currency: *b"MXN" }.into(),
        on: 0,
    };
    let run = bench(&[]).run(|ctx: &mut Ctx<ErpTryton>| ErpTryton::push(ctx, Entry::Charge(charge.clone())));
    assert_eq!(run.result.expect_err("no charge").kind, Kind::Unsupported);
}

#[test]
fn decimals_are_exact() {
    let minor = |text, digits| Decimal::parse(text).map(|decimal| decimal.minor(digits));
    assert_eq!(minor("1160.00", 2), Some(Ok(116_000)));
    assert_eq!(minor("-0.5", 2), Some(Ok(-50)));
    assert_eq!(minor("1E+3", 2), Some(Ok(100_000)));
    assert_eq!(minor("0E-8", 2), Some(Ok(0)));
    assert_eq!(minor("7.000", 0), Some(Ok(7)));
    assert_eq!(minor("0.005", 2), Some(Err(NoAmount::TooPrecise)));
    assert_eq!(minor("99999999999999999999", 2), Some(Err(NoAmount::TooLarge)));
    for no_number in ["", "-", "1,5", "NaN", "Infinity", "1E", "1E99", "0x1"] {
        assert_eq!(Decimal::parse(no_number), None, "{no_number}");
    }
    assert_eq!(Plain(-5, 2).to_string(), "-0.05");
    assert_eq!(Plain(1500, 0).to_string(), "1500");
}

#[test]
fn broken_answers_never_trap() {
    let whole = json!({ "id": 1, "result": [company()] }).to_string();
    let call = Call::new("x", json!([]));
    for end in 0..whole.len() {
        let body = whole.as_bytes()[..end].to_vec();
        let size = body.len() as u64;
        let answer = http::Response { status: 200, headers: vec![], body, size, truncated: false };
        assert!(result::<Vec<Value>>(&answer, &call).is_err(), "cut at {end}");
    }
}

#[test]
fn links_go_first_and_then_the_oldest() {
    let side = |id: i64, left: i64, day: i32, invoice: Option<i64>| Side {
        id,
        left,
        currency: "MXN".into(),
        day: recaudo_sdk::Date::from_epoch_day(day),
        invoice,
    };
    let mut paid = [side(11, 50, 9, None), side(12, 30, 1, Some(2))];
    let mut owed = [side(1, 60, 1, Some(1)), side(2, 20, 2, Some(2))];
    let found = pairs(&mut paid, &mut owed);
    let pair = |settler, document, minor| Pair { settler, document, minor };
    assert_eq!(found, [pair(12, 2, 20), pair(12, 1, 10), pair(11, 1, 50)]);
    assert!(paid.iter().chain(&owed).all(|side| side.left == 0));

    let mut dollars = [Side { currency: "USD".into(), ..side(3, 10, 1, None) }];
    assert_eq!(pairs(&mut dollars, &mut [side(1, 10, 1, None)]), [], "currencies are never mixed");
}
