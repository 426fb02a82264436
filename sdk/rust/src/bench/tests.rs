//! The protocol as plugins meet it: what works, and what each broken rule is called.

use super::{Bench, get, lost, ok, refused, status};
use crate::{Ctx, Failure, Listener, Stop, files};

struct Plugin;
crate::export!(Plugin: Listener);
impl Listener for Plugin {
    fn on_events(ctx: &mut Ctx<Self>, events: Vec<crate::events::Event>) -> Result<(), Stop> {
        for event in events {
            ctx.commit(crate::http::Request { method: "POST".into(), ..get(&event.id) })?;
        }
        Ok(())
    }
}
type C = Ctx<Plugin>;

fn code(result: Result<impl core::fmt::Debug, Failure>) -> String {
    result.expect_err("a rule is broken").code
}

fn pages() -> Bench {
    let bench = Bench::new().answer("GET", "https://erp.example/list", ok("3"));
    (0..3)
        .fold(bench, |b, n| b.answer("GET", &format!("https://erp.example/{n}"), ok(format!("customer {n}"))))
}

#[test]
fn every_answer_finds_its_question_whatever_the_order() {
    let run = pages().run(|ctx: &mut C| {
        let count = ctx.fetch(get("https://erp.example/list"))?.body[0] - b'0';
        let details = (0..count).map(|n| get(&format!("https://erp.example/{n}")).into()).collect();
        ctx.perform_all(details)
    });
    let texts: Vec<String> =
        run.result.expect("all answered").into_iter().map(|o| format!("{o:?}")).collect();
    for (n, text) in texts.iter().enumerate() {
        let body = format!("{:?}", format!("customer {n}").into_bytes());
        assert!(text.contains(&body), "{n}: {text}");
    }
    assert_eq!((run.runs, run.reads, run.commits), (3, 4, 0));
}

#[test]
fn the_same_question_asked_twice_has_two_answers() {
    let mut bench = Bench::new().answer("GET", "https://erp.example/job", ok("busy")).answer(
        "GET",
        "https://erp.example/job",
        ok("done"),
    );
    let run = bench.run(|ctx: &mut C| {
        let first = ctx.fetch(get("https://erp.example/job"))?.body;
        Ok((first, ctx.fetch(get("https://erp.example/job"))?.body))
    });
    assert_eq!(run.result.expect("both answered"), (b"busy".to_vec(), b"done".to_vec()));
}

#[test]
fn steps_keep_what_they_made_and_let_go_of_what_they_read() {
    let parsed = core::cell::Cell::new(0);
    let run = pages().run(|ctx: &mut C| {
        let mut total = vec![];
        for n in 0..3 {
            total.extend(ctx.step(|ctx| {
                let body = ctx.fetch(get(&format!("https://erp.example/{n}")))?.body;
                parsed.set(parsed.get() + 1);
                Ok(body[9..].to_vec())
            })?);
            // The same request inside and between steps, remembered or not, never gets a tag twice.
            ctx.fetch(get("https://erp.example/list"))?;
        }
        Ok(total)
    });
    assert_eq!(run.result.expect("three steps"), b"012");
    assert_eq!((run.runs, run.reads, parsed.get()), (7, 6, 3), "each body was parsed once");
}

#[test]
fn a_commit_that_fails_stops_the_list_behind_it() {
    let post = |url: &str| crate::http::Request { method: "POST".into(), ..get(url) };
    let mut bench = Bench::new().answer("POST", "https://pay.example/*", lost());
    let run = bench.run(|ctx: &mut C| ctx.commit(post("https://pay.example/charge")).map(|r| r.status));
    assert_eq!(code(run.result), "no-answer");
    assert_eq!((run.commits, bench.requests().len()), (1, 1));
}

#[test]
fn events_are_committed_one_a_step() {
    let event = |n: u8| crate::events::Event {
        id: format!("https://crm.example/{n}"),
        sequence: n.into(),
        kind: "payment.recorded".into(),
        at: crate::values::Instant { seconds: 0, nanoseconds: 0 },
        body: vec![],
    };
    let mut bench = Bench::new().answer("POST", "https://crm.example/*", status(204, ""));
    let run = bench.run(|ctx: &mut C| Plugin::on_events(ctx, vec![event(1), event(2)]));
    assert_eq!(run.result, Ok(()));
    assert_eq!((run.runs, run.commits), (3, 2));
}

#[test]
fn broken_rules_have_names() {
    let two = pages().run(|ctx: &mut C| {
        let mut post = |url: &str| ctx.perform(get(url).into(), true).map(|_| ());
        let (first, second) = (post("https://erp.example/1"), post("https://erp.example/2"));
        first.and(second)
    });
    assert_eq!(code(two.result), "two-commits");

    let ignored = pages().run(|ctx: &mut C| {
        let _ = ctx.fetch(get("https://erp.example/list"));
        Ok(())
    });
    assert_eq!(code(ignored.result), "ignored-suspension");

    let unscripted = pages().run(|ctx: &mut C| ctx.fetch(get("https://evil.example/")).map(|_| ()));
    assert_eq!(code(unscripted.result), "not-scripted");

    let calls = core::cell::Cell::new(0);
    let moody = pages().run(|_: &mut C| {
        calls.set(calls.get() + 1);
        Ok(calls.get())
    });
    assert_eq!(code(moody.result), "not-deterministic");

    let runs = core::cell::Cell::new(0);
    let forgetful = pages().run(|ctx: &mut C| {
        runs.set(runs.get() + 1);
        ctx.fetch(get(&format!("https://erp.example/{}", runs.get() - 1))).map(|_| ())
    });
    assert_eq!(code(forgetful.result), "diverged", "it asked something else on the re-run");

    let greedy = Bench::new().answer("GET", "https://erp.example/*", ok("")).run(|ctx: &mut C| {
        ctx.perform_all((0..1_001).map(|n| get(&format!("https://erp.example/{n}")).into()).collect())
            .map(|_| ())
    });
    assert_eq!(code(greedy.result), "too-many-reads");

    let nested = pages().run(|ctx: &mut C| ctx.step(|ctx| ctx.step(|_| Ok(vec![]))));
    assert_eq!(code(nested.result), "nested-step");
}

#[test]
fn nothing_sent_and_no_answer_are_told_apart() {
    for (outcome, expected, sent) in
        [(refused(), "connection-refused", "false"), (lost(), "no-answer", "true")]
    {
        let run = Bench::new()
            .answer("GET", "https://a.example/", outcome)
            .run(|ctx: &mut C| ctx.fetch(get("https://a.example/")));
        let failure = run.result.expect_err("there is no answer");
        assert_eq!(failure.code, expected);
        assert_eq!(failure.details, [("request-sent".to_owned(), sent.to_owned())]);
    }
}

#[test]
fn files_are_read_in_ranges_and_a_change_is_seen() {
    let read = |ctx: &mut C, offset: u64, etag: Option<String>| {
        ctx.read(files::Range { source: "drop".into(), path: "a.csv".into(), offset, length: 4, etag })
    };
    let mut bench = Bench::new().file("drop", "a.csv", "abcdef").rewritten_after(2, "drop", "a.csv", "other");
    let whole = bench.run(|ctx: &mut C| {
        let first = read(ctx, 0, None)?;
        let second = read(ctx, 4, Some(first.etag.clone()))?;
        Ok((first.bytes, first.end_of_file, second.bytes, second.end_of_file, first.etag))
    });
    let (first, more, second, end, etag) = whole.result.expect("both parts");
    assert_eq!((&*first, more, &*second, end), (&b"abcd"[..], false, &b"ef"[..], true));
    let changed = bench.run(|ctx: &mut C| read(ctx, 0, Some(etag.clone())));
    assert_eq!(code(changed.result), "file-changed");
}

#[test]
fn a_file_is_listed_archived_once_and_never_overwritten() {
    let mut bench =
        Bench::new().file("drop", "a.csv", "x").file("drop", "b.csv", "y").file("other", "c", "z");
    let listed = bench.run(|ctx: &mut C| {
        let listing = |after: &str| files::Listing {
            source: "drop".into(),
            prefix: String::new(),
            after: after.into(),
            limit: 1,
        };
        let first = ctx.enumerate(listing(""))?;
        let second = ctx.enumerate(listing("a.csv"))?;
        Ok((first.entries[0].path.clone(), first.more, second.entries[0].path.clone(), second.more))
    });
    assert_eq!(listed.result.expect("two pages"), ("a.csv".into(), true, "b.csv".into(), false));
    for _ in 0..2 {
        let target = files::Target { source: "drop".into(), path: "a.csv".into(), etag: None };
        let run =
            bench.run(|ctx: &mut C| ctx.file(files::Request::Archive(target.clone()), true).map(|_| ()));
        assert_eq!(run.result, Ok(()));
    }
    assert_eq!(bench.archived("drop"), ["a.csv"]);
    let placement = |bytes: &[u8]| files::Placement {
        source: "out".into(),
        path: "p".into(),
        bytes: bytes.into(),
        slots: vec![],
    };
    let mut write = |bytes: &'static [u8]| {
        bench
            .run(move |ctx: &mut C| ctx.file(files::Request::Write(placement(bytes)), true).map(|_| ()))
            .result
    };
    assert_eq!((write(b"one"), write(b"one")), (Ok(()), Ok(())));
    assert_eq!(code(write(b"two")), "other-file-there");
}
