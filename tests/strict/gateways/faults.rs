//! One table for every gateway: what a far side that misbehaves is called.

use recaudo_sdk::payments::{Intent, Status};
use recaudo_sdk::{Kind, Retry};
use recaudo_strict::{Fault, Server, Vendor};

use crate::driver::{Connector, Desk, operation};

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
