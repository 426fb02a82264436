//! Khipu, by its own `OpenAPI` file. It has no idempotency keys and cannot be asked by our reference.

use recaudo_gateway_khipu::GatewayKhipu;
use recaudo_sdk::payments::{Action, Kind, Status};
use recaudo_sdk::webhook::SignatureCheck;
use recaudo_strict::{Fault, Server, hmac_sha256, vendors::Khipu};

use crate::driver::{Desk, Dice, NOW, about, hear, intent, money, operation};
use crate::faults;

const KEY: &str = "khipu-api-key-strict";
const SECRET: &str = "khipu-secret-strict";

pub(crate) fn start() -> Option<(Server<Khipu>, Desk)> {
    let server = Server::start(Khipu::load(KEY, SECRET)?).expect("a port");
    server.set_clock(NOW);
    let config = format!(
        r#"{{"base_url": "{}", "notify_url": "https://nandu.example/hooks/khipu"}}"#,
        server.origin()
    );
    let desk = Desk::new(config, "api", "x-api-key", KEY);
    Some((server, desk))
}

fn clean(server: &Server<Khipu>) {
    assert_eq!(server.complaints(), Vec::<String>::new());
}

pub(crate) fn signed(check: &SignatureCheck) -> bool {
    check.signed_at.is_some_and(|at| at.seconds == NOW)
        && hmac_sha256(SECRET.as_bytes(), &check.message) == check.signature
}

#[test]
fn a_transfer_is_asked_for_made_told_and_given_back() {
    let Some((server, desk)) = start() else { return };
    let mut wish = intent(Action::CreateLink, "15000", 0, *b"CLP");
    wish.not_after = Some(recaudo_sdk::values::Instant { seconds: NOW + 86_400, nanoseconds: 0 });
    let (op, made) = (operation("op-1"), desk.execute::<GatewayKhipu>(&operation("op-1"), &wish).transaction);
    assert_eq!((made.status, made.code.as_str()), (Status::RequiresAction, "awaiting-payment"));
    assert_eq!(money(made.amount), "15000 CLP");
    assert!(made.next_url.as_ref().is_some_and(|url| url.contains(&made.gateway_id)));
    let sent = server.state(|khipu| khipu.payments()[0].clone());
    assert_eq!(sent["amount"].to_string(), "15000", "no decimals of a peso");
    assert_eq!(sent["expires_date"], "2026-11-23T15:00:00Z");
    assert_eq!((&sent["transaction_id"], &sent["custom"]), (&"op-1".into(), &"F-1001,F-1002".into()));

    let ask =
        |desk: &Desk| desk.query::<GatewayKhipu>(&op, &wish, Some(&made.gateway_id)).expect("an answer");
    assert_eq!(ask(&desk).status, Status::RequiresAction);
    server.state(|khipu| khipu.begin(&made.gateway_id));
    assert_eq!((ask(&desk).status, ask(&desk).code.as_str()), (Status::Pending, "verifying"));
    let paid = desk.execute::<GatewayKhipu>(&operation("op-2"), &wish).transaction;
    server.state(|khipu| khipu.pay(&paid.gateway_id));
    let hook = server.hooks().remove(0);
    let told = hear::<GatewayKhipu>(&desk, &hook, signed).expect("authentic");
    let (id, told) = &told[0];
    assert_eq!(
        (id.clone(), told.gateway_id.clone()),
        (format!("{}:done", paid.gateway_id), paid.gateway_id.clone())
    );
    assert_eq!(
        (told.status, told.operation_id.as_deref(), money(told.amount).as_str()),
        (Status::Succeeded, Some("op-2"), "15000 CLP")
    );
    let asked = desk.query::<GatewayKhipu>(&operation("op-2"), &wish, Some(&paid.gateway_id)).expect("paid");
    assert_eq!((asked.status, &asked.gateway_id), (Status::Succeeded, &paid.gateway_id));

    let back = about(Action::Refund, "0", 0, *b"CLP", &paid.gateway_id);
    let done = desk.execute::<GatewayKhipu>(&operation("op-3"), &back).transaction;
    assert_eq!(
        (done.kind, done.status, done.original.as_ref()),
        (Kind::Refund, Status::Succeeded, Some(&paid.gateway_id))
    );
    let asked = desk.query::<GatewayKhipu>(&operation("op-3"), &back, None).expect("known");
    assert_eq!((asked.status, asked.gateway_id), (Status::Succeeded, done.gateway_id));
    let again = desk.execute::<GatewayKhipu>(&operation("op-4"), &back).transaction;
    assert_eq!((again.status, again.code.as_str()), (Status::Declined, "rejected"), "nothing is left");
    clean(&server);
}

#[test]
fn a_link_is_withdrawn_once_and_only_before_it_is_paid() {
    let Some((server, desk)) = start() else { return };
    let wish = intent(Action::CreateLink, "10.50", 2, *b"PEN");
    let make = |n: &str| desk.execute::<GatewayKhipu>(&operation(n), &wish).transaction.gateway_id;
    let (open, paid, refused) = (make("op-1"), make("op-2"), make("op-3"));
    server.state(|khipu| (khipu.pay(&paid), khipu.reject(&refused)));
    let cases = [
        (&open, Status::NotAttempted, Status::Succeeded, Status::Succeeded),
        (&paid, Status::Declined, Status::Declined, Status::Declined),
    ];
    for (id, before, done, after) in cases {
        let cancel = about(Action::Cancel, "0", 2, *b"PEN", id);
        let ask = || desk.query::<GatewayKhipu>(&operation("op-9"), &cancel, None).expect("known").status;
        assert_eq!(ask(), before);
        assert_eq!(desk.execute::<GatewayKhipu>(&operation("op-9"), &cancel).transaction.status, done);
        assert_eq!(ask(), after);
    }
    let asked = desk.query::<GatewayKhipu>(&operation("op-3"), &wish, Some(&refused)).expect("known");
    assert_eq!((asked.status, asked.code.as_str()), (Status::Declined, "rejected-by-payer"));
    let late = Desk { now: NOW + 40 * 86_400, ..desk };
    let fresh = late.execute::<GatewayKhipu>(&operation("op-4"), &wish).transaction.gateway_id;
    let asked = late.query::<GatewayKhipu>(&operation("op-4"), &wish, Some(&fresh)).expect("known");
    assert_eq!((asked.status, asked.code.as_str()), (Status::Declined, "expired"));
    clean(&server);
}

#[test]
fn every_way_to_fail_says_what_it_is() {
    let Some((server, desk)) = start() else { return };
    let wish = intent(Action::CreateLink, "15000", 0, *b"CLP");
    faults::each_at_a_commit::<GatewayKhipu, _>(&server, &desk, &wish, KEY);
    let asked = desk.query::<GatewayKhipu>(&operation("fault-1"), &wish, None).expect("an answer");
    assert_eq!((asked.status, asked.code.as_str()), (Status::Unknown, "gateway-khipu.cannot-tell"));
    clean(&server);
}

#[test]
fn a_refund_whose_answer_was_lost_is_never_sent_again_in_two_hundred_runs() {
    let Some((server, desk)) = start() else { return };
    let faults = [Fault::Lost, Fault::Half, Fault::Garbage, Fault::Closed, Fault::Status(500), Fault::Html];
    for seed in 1..=200 {
        let mut dice = Dice(seed);
        // The link: its answer may be lost, a second one is made, and the payer knows only that.
        let (op, wish) = (operation(&format!("op-{seed}")), intent(Action::CreateLink, "15000", 0, *b"CLP"));
        if dice.roll(2) == 0 {
            server.tell(faults[usize::try_from(dice.roll(6)).expect("small")].clone());
            let lost = desk.execute::<GatewayKhipu>(&op, &wish).transaction;
            assert_eq!((lost.status, lost.next_url), (Status::Unknown, None), "seed {seed}");
        }
        let again = recaudo_sdk::call::Operation { attempt: 2, ..op };
        let link = desk.execute::<GatewayKhipu>(&again, &wish).transaction;
        let before = server.state(|khipu| khipu.charged());
        server.state(|khipu| khipu.pay(&link.gateway_id));
        assert_eq!(server.state(|khipu| khipu.charged()) - before, 1, "seed {seed}: one payment");
        // The refund: whole or in part, and whatever is lost, it is given at most once.
        let amount = ["0", "5000"][usize::try_from(dice.roll(2)).expect("small")];
        let (op, back) =
            (operation(&format!("back-{seed}")), about(Action::Refund, amount, 0, *b"CLP", &link.gateway_id));
        server.tell(faults[usize::try_from(dice.roll(6)).expect("small")].clone());
        let lost = desk.execute::<GatewayKhipu>(&op, &back).transaction;
        assert_eq!(lost.status, Status::Unknown, "seed {seed}");
        let asked = desk.query::<GatewayKhipu>(&op, &back, None).expect("an answer");
        let given =
            |khipu: &mut Khipu| khipu.refunds().iter().filter(|(id, _)| *id == link.gateway_id).count();
        let done = server.state(given);
        match asked.status {
            Status::Succeeded => assert_eq!((done, amount), (1, "0"), "seed {seed}"),
            Status::Unknown => assert!(done <= 1, "seed {seed}"),
            other => panic!("seed {seed}: {other:?}"),
        }
        let again = recaudo_sdk::call::Operation { attempt: 2, ..op };
        let again = desk.execute::<GatewayKhipu>(&again, &back).transaction;
        assert_eq!(
            (again.status, again.code.as_str()),
            (Status::Unknown, "gateway-khipu.cannot-tell"),
            "seed {seed}"
        );
        assert_eq!(server.state(given), done, "seed {seed}: nothing more was given back");
    }
    clean(&server);
}

#[test]
fn a_notification_is_believed_with_its_signature_alone() {
    let Some((server, desk)) = start() else { return };
    let wish = intent(Action::CreateLink, "15000", 0, *b"CLP");
    let made = desk.execute::<GatewayKhipu>(&operation("op-1"), &wish).transaction;
    server.state(|khipu| khipu.pay(&made.gateway_id));
    let hook = server.hooks().remove(0);
    let mut changed = hook.clone();
    changed.body = String::from_utf8(changed.body).expect("text").replace("15000", "99000").into_bytes();
    assert_eq!(hear::<GatewayKhipu>(&desk, &changed, signed), Err("bad-signature".into()));
    for header in ["", "t=1", "s=AA==", "t=x,s=AA==", "t=1,s=?"] {
        let mut hook = hook.clone();
        hook.headers[1].1 = header.into();
        assert_eq!(hear::<GatewayKhipu>(&desk, &hook, signed), Err("bad-delivery".into()), "{header}");
    }
}
