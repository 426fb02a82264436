//! One table for every gateway: what a far side that misbehaves is called.

use std::time::Duration;

use recaudo_sdk::payments::{Intent, Status};
use recaudo_sdk::webhook::SignatureCheck;
use recaudo_sdk::{Kind, Retry};
use recaudo_strict::{Fault, Hook, Server, Vendor};

use crate::driver::{Connector, Desk, hear, operation};

/// Each misbehaviour at the commit of `intent`, and the failure it becomes. Without idempotency keys a conflict
/// is a status like any other.
pub(crate) fn table() -> Vec<(Fault, Kind, &'static str)> {
    vec![
        (Fault::Status(401), Kind::Unauthenticated, "unauthenticated"),
        (Fault::Status(403), Kind::Forbidden, "forbidden"),
        (Fault::Status(409), Kind::Conflict, "conflict"),
        (Fault::TooMany(7), Kind::RateLimited, "rate-limited"),
        (Fault::Status(500), Kind::Unavailable, "unavailable"),
        (Fault::Status(503), Kind::Unavailable, "unavailable"),
        (Fault::Html, Kind::InvalidInput, "unreadable-answer"),
        (Fault::Garbage, Kind::InvalidInput, "unreadable-answer"),
        (Fault::OtherVersion, Kind::InvalidInput, "unreadable-answer"),
        (Fault::Half, Kind::InvalidInput, "no-answer"),
        (Fault::Lost, Kind::InvalidInput, "no-answer"),
        (Fault::Closed, Kind::InvalidInput, "no-answer"),
    ]
}

/// A commit that fails in each way is `unknown`, in one line that names nothing secret.
pub(crate) fn each_at_a_commit<P, V>(server: &Server<V>, desk: &Desk, wish: &Intent, secret: &str)
where
    P: Connector + recaudo_sdk::Gateway,
    V: Vendor,
{
    for (n, (fault, kind, code)) in table().into_iter().enumerate() {
        server.tell(fault.clone());
        let judged = desk.execute::<P>(&operation(&format!("fault-{n}")), wish);
        let failure = judged.failure.expect("a failure");
        assert_eq!((failure.kind, failure.code.as_str()), (kind, code), "{fault:?}: {}", failure.message);
        assert_eq!(judged.transaction.status, Status::Unknown, "{fault:?}");
        let line = &failure.message;
        assert!(!line.contains('\n') && line.len() < 300 && !line.contains(secret), "{line}");
        if matches!(fault, Fault::TooMany(_)) {
            assert_eq!(failure.retry, Retry::AfterMs(7_000));
        }
    }
}

/// A settlement that fails in each way fails by name and can simply be pulled again.
pub(crate) fn each_at_a_page<P, V>(server: &Server<V>, desk: &Desk, path: &str)
where
    P: Connector + recaudo_sdk::Settlement,
    V: Vendor,
{
    for (fault, kind, _) in table() {
        server.tell_on("GET", path, fault.clone());
        let failure = desk.pull::<P>(None).expect_err("a failure");
        assert_eq!(failure.kind, kind, "{fault:?}");
    }
    assert!(desk.pull::<P>(None).is_ok());
}

/// A far side that takes its time does the work; one that answers when nobody listens any more did it too, and so
/// its caller knows nothing. Where nobody is, nothing is attempted.
pub(crate) fn slow_and_late<P, V>(server: &Server<V>, desk: Desk, wish: &Intent)
where
    P: Connector + recaudo_sdk::Gateway,
    V: Vendor,
{
    let before = server.requests().len();
    server.tell(Fault::Slow(Duration::from_millis(60)));
    let slow = desk.execute::<P>(&operation("slow-1"), wish);
    assert_eq!(slow.failure, None);
    assert!(matches!(slow.transaction.status, Status::Succeeded | Status::RequiresAction), "{slow:?}");
    let hasty = Desk { timeout: Duration::from_millis(80), ..desk };
    server.tell(Fault::Late(Duration::from_millis(250)));
    let late = hasty.execute::<P>(&operation("late-1"), wish);
    assert_eq!(late.failure.map(|failure| failure.kind), Some(Kind::Timeout));
    assert_eq!(late.transaction.status, Status::Unknown);
    let done = server.requests().into_iter().skip(before).filter(|seen| seen.request.method == "POST");
    assert!(done.clone().count() >= 2 && done.into_iter().all(|seen| seen.status < 300), "both were done");
    let nobody = Desk { config: r#"{"base_url": "http://127.0.0.1:9"}"#.into(), ..hasty };
    let refused = nobody.execute::<P>(&operation("refused-1"), wish);
    assert_eq!(refused.failure, None);
    assert_eq!(
        (refused.transaction.status, refused.transaction.code.as_str()),
        (Status::NotAttempted, "connection-refused")
    );
}

/// Delivered twice or backwards, a webhook says the same under the same id; two webhooks never share one.
pub(crate) fn doubled_and_reversed<P: recaudo_sdk::PaymentWebhook>(
    desk: &Desk,
    hooks: &[Hook],
    verify: impl Fn(&SignatureCheck) -> bool,
) {
    assert!(hooks.len() > 1, "{} webhooks", hooks.len());
    let say = |hook: &Hook| hear::<P>(desk, hook, &verify).expect("authentic");
    let straight: Vec<_> = hooks.iter().map(say).collect();
    let doubled: Vec<_> = hooks.iter().flat_map(|hook| [hook, hook]).map(say).collect();
    assert!(doubled.chunks(2).zip(&straight).all(|(pair, once)| pair[0] == *once && pair[1] == *once));
    let mut reversed: Vec<_> = hooks.iter().rev().map(say).collect();
    reversed.reverse();
    assert_eq!(reversed, straight);
    let mut ids: Vec<&String> = straight.iter().flatten().map(|(id, _)| id).collect();
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count, "an id for each event");
}
