//! Stripe, by its own `OpenAPI` file.

use recaudo_gateway_stripe::GatewayStripe;
use recaudo_sdk::Kind as FailureKind;
use recaudo_sdk::payments::{Action, Kind, Status, Transaction};
use recaudo_sdk::webhook::SignatureCheck;
use recaudo_strict::{Fault, Server, hmac_sha256, vendors::Stripe};

use crate::driver::{Desk, Dice, NOW, about, hear, intent, money, operation};
use crate::faults;

const KEY: &str = "sk_test_strict";
const SECRET: &str = "whsec_strict";

pub(crate) fn start() -> Option<(Server<Stripe>, Desk)> {
    let server = Server::start(Stripe::load(KEY, SECRET)?).expect("a port");
    server.set_clock(NOW);
    let desk = desk(&server, "payment-link");
    Some((server, desk))
}

pub(crate) fn desk(server: &Server<Stripe>, link: &str) -> Desk {
    let config = format!(r#"{{"base_url": "{}", "link": "{link}"}}"#, server.origin());
    Desk::new(config, "api", "Authorization", &format!("Bearer {KEY}"))
}

fn clean(server: &Server<Stripe>) {
    assert_eq!(server.complaints(), Vec::<String>::new());
}

pub(crate) fn signed(check: &SignatureCheck) -> bool {
    check.credential == "webhook"
        && check.signed_at.is_some_and(|at| at.seconds == NOW)
        && hmac_sha256(SECRET.as_bytes(), &check.message) == check.signature
}

/// What the webhooks that wait say.
fn told(server: &Server<Stripe>, desk: &Desk) -> Vec<Transaction> {
    let hooks = server.hooks();
    let heard = hooks.iter().flat_map(|hook| hear::<GatewayStripe>(desk, hook, signed).expect("authentic"));
    heard.map(|(_, transaction)| transaction).collect()
}

#[test]
fn a_link_is_made_paid_told_asked_about_and_settled_as_one_payment() {
    let Some((server, desk)) = start() else { return };
    let (op, wish) = (operation("op-1"), intent(Action::CreateLink, "1250.50", 2, *b"MXN"));
    let made = desk.execute::<GatewayStripe>(&op, &wish).transaction;
    assert_eq!((made.status, made.code.as_str()), (Status::RequiresAction, "awaiting-payment"));
    assert_eq!((made.kind, money(made.amount).as_str()), (Kind::Payment, "1250.50 MXN"));
    assert!(made.next_url.as_ref().is_some_and(|url| url.starts_with("https://buy.stripe.")), "{made:?}");
    let open = desk.query::<GatewayStripe>(&op, &wish, Some(&made.gateway_id)).expect("open");
    assert_eq!((open.status, open.next_url), (Status::RequiresAction, made.next_url.clone()));

    let paid = server.state(|stripe| stripe.pay(&made.gateway_id, None));
    let asked = desk.query::<GatewayStripe>(&op, &wish, Some(&made.gateway_id)).expect("paid");
    assert_eq!((asked.status, asked.gateway_id.as_str()), (Status::Succeeded, paid.as_str()));
    let told = told(&server, &desk);
    assert_eq!(told.len(), 2, "the payment and the session");
    assert!(told.iter().all(|t| t.gateway_id == paid && t.status == Status::Succeeded), "{told:?}");
    assert!(told.iter().any(|t| t.operation_id.as_deref() == Some("op-1")));
    let (settled, _) = desk.settle::<GatewayStripe>(None);
    assert_eq!(settled.len(), 1);
    let one = &settled[0];
    assert_eq!((one.gateway_id.as_str(), one.operation_id.as_deref()), (paid.as_str(), Some("op-1")));
    assert_eq!((money(one.amount).as_str(), money(one.fee).as_str()), ("1250.50 MXN", "36.56 MXN"));
    clean(&server);
}

#[test]
fn a_checkout_session_is_the_same_for_a_day() {
    let Some((server, _)) = start() else { return };
    let desk = desk(&server, "checkout");
    let mut wish = intent(Action::CreateLink, "15000", 0, *b"CLP");
    wish.attributes.push(("locale".into(), "es-CL".into()));
    wish.attributes.push(("method".into(), "card".into()));
    wish.not_after = Some(recaudo_sdk::values::Instant { seconds: NOW + 7_200, nanoseconds: 0 });
    let made = desk.execute::<GatewayStripe>(&operation("op-1"), &wish).transaction;
    assert_eq!(made.status, Status::RequiresAction);
    let total = server.state(|stripe| stripe.get(&made.gateway_id).map(|s| s["amount_total"].clone()));
    assert_eq!(total, Some(15_000.into()), "a currency without cents");
    let paid = server.state(|stripe| stripe.pay(&made.gateway_id, None));
    let found = desk.query::<GatewayStripe>(&operation("op-1"), &wish, None).expect("found by its key");
    assert_eq!((found.gateway_id, found.status), (paid.clone(), Status::Succeeded));
    assert!(told(&server, &desk).iter().all(|t| t.operation_id.as_deref() == Some("op-1")));

    let dinars = intent(Action::CreateLink, "12.340", 3, *b"KWD");
    let made = desk.execute::<GatewayStripe>(&operation("op-2"), &dinars).transaction;
    let total = server.state(|stripe| stripe.get(&made.gateway_id).map(|s| s["amount_total"].clone()));
    assert_eq!(total, Some(12_340.into()), "a currency with thousandths");
    let over = about(Action::Cancel, "0", 3, *b"KWD", &made.gateway_id);
    let over = desk.execute::<GatewayStripe>(&operation("op-3"), &over).transaction;
    assert_eq!((over.status, over.code.as_str()), (Status::Succeeded, "cancelled"));
    clean(&server);
}

#[test]
fn part_payments_go_through_one_link() {
    let Some((server, desk)) = start() else { return };
    let mut wish = intent(Action::CreateLink, "900.00", 2, *b"MXN");
    wish.attributes.push(("part-payments".into(), "allowed".into()));
    let made = desk.execute::<GatewayStripe>(&operation("op-1"), &wish).transaction;
    let ids: Vec<String> =
        [40_000, 50_000].map(|part| server.state(|s| s.pay(&made.gateway_id, Some(part)))).into();
    let (settled, _) = desk.settle::<GatewayStripe>(None);
    let mut seen: Vec<(String, String)> =
        settled.iter().map(|t| (t.gateway_id.clone(), money(t.amount))).collect();
    seen.sort();
    assert_eq!(seen, [(ids[0].clone(), "400.00 MXN".into()), (ids[1].clone(), "500.00 MXN".into())]);
    assert!(settled.iter().all(|t| t.operation_id.as_deref() == Some("op-1")));
    clean(&server);
}

#[test]
fn a_withdrawn_link_takes_nothing() {
    let Some((server, desk)) = start() else { return };
    let wish = intent(Action::CreateLink, "10.00", 2, *b"USD");
    let made = desk.execute::<GatewayStripe>(&operation("op-1"), &wish).transaction;
    let cancel = about(Action::Cancel, "0", 2, *b"USD", &made.gateway_id);
    let before = desk.query::<GatewayStripe>(&operation("op-2"), &cancel, None).expect("not yet");
    assert_eq!((before.status, before.code.as_str()), (Status::NotAttempted, "still-open"));
    let done = desk.execute::<GatewayStripe>(&operation("op-2"), &cancel).transaction;
    assert_eq!((done.status, done.amount), (Status::Succeeded, None));
    let link = desk.query::<GatewayStripe>(&operation("op-1"), &wish, Some(&made.gateway_id)).expect("there");
    assert_eq!((link.status, link.code.as_str(), link.next_url), (Status::Declined, "cancelled", None));
    let after = desk.query::<GatewayStripe>(&operation("op-2"), &cancel, None).expect("done");
    assert_eq!(after.status, Status::Succeeded);
    clean(&server);
}

#[test]
fn a_saved_card_is_charged_or_refused_in_words() {
    let Some((server, desk)) = start() else { return };
    let cases = [
        ("cus_1/pm_card_visa", Status::Succeeded, ""),
        ("pm_card_visa", Status::Succeeded, ""),
        ("cus_1/pm_card_Processing", Status::Pending, "processing"),
        ("cus_1/pm_card_chargeDeclinedInsufficientFunds", Status::Declined, "insufficient-funds"),
        ("cus_1/pm_card_chargeDeclinedExpiredCard", Status::Declined, "card-expired"),
        ("cus_1/pm_card_authenticationRequired", Status::Declined, "authentication-required"),
    ];
    for (n, (method, status, code)) in cases.into_iter().enumerate() {
        let (op, wish) =
            (operation(&format!("op-{n}")), about(Action::ChargeSaved, "75.00", 2, *b"USD", method));
        let done = desk.execute::<GatewayStripe>(&op, &wish).transaction;
        assert_eq!((done.status, done.code.as_str()), (status, code), "{method}");
        assert!(done.gateway_id.starts_with("pi_"), "{method}");
        let asked = desk.query::<GatewayStripe>(&op, &wish, None).expect("found by its key");
        assert_eq!((asked.status, asked.gateway_id), (status, done.gateway_id), "{method}");
    }
    assert_eq!(server.state(|stripe| stripe.charged()), 2);
    clean(&server);
}

#[test]
fn a_refund_is_given_once_and_never_more_than_was_paid() {
    let Some((server, desk)) = start() else { return };
    let wish = about(Action::ChargeSaved, "75.00", 2, *b"USD", "pm_card_visa");
    let paid = desk.execute::<GatewayStripe>(&operation("op-1"), &wish).transaction.gateway_id;
    let part = about(Action::Refund, "25.00", 2, *b"USD", &paid);
    let done = desk.execute::<GatewayStripe>(&operation("op-2"), &part).transaction;
    assert_eq!(
        (done.kind, done.status, money(done.amount).as_str()),
        (Kind::Refund, Status::Succeeded, "25.00 USD")
    );
    assert_eq!(done.original.as_deref(), Some(paid.as_str()));
    let again = desk.execute::<GatewayStripe>(&operation("op-2"), &part).transaction;
    assert_eq!(again.gateway_id, done.gateway_id, "the same operation is the same refund");
    let asked = desk.query::<GatewayStripe>(&operation("op-2"), &part, None).expect("found");
    assert_eq!(asked.gateway_id, done.gateway_id);
    let cases = [("90.00", "amount-too-large"), ("0", ""), ("0", "already-refunded")];
    for (n, (amount, code)) in cases.into_iter().enumerate() {
        let wish = about(Action::Refund, amount, 2, *b"USD", &paid);
        let done = desk.execute::<GatewayStripe>(&operation(&format!("op-3{n}")), &wish).transaction;
        assert_eq!(done.code, code, "{amount}");
    }
    let missing = about(Action::Refund, "1.00", 2, *b"USD", "pi_none");
    let done = desk.execute::<GatewayStripe>(&operation("op-4"), &missing).transaction;
    assert_eq!((done.status, done.code.as_str()), (Status::Declined, "not-found"));
    assert_eq!(server.state(|stripe| stripe.count("refund")), 2);
    let told = told(&server, &desk);
    assert_eq!(told.iter().filter(|t| t.kind == Kind::Refund).count(), 2);
    clean(&server);
}

#[test]
fn a_key_used_for_something_else_is_a_conflict() {
    let Some((server, desk)) = start() else { return };
    let charge = |amount| about(Action::ChargeSaved, amount, 2, *b"USD", "pm_card_visa");
    let first = desk.execute::<GatewayStripe>(&operation("op-1"), &charge("75.00")).transaction;
    assert_eq!(first.status, Status::Succeeded);
    let other = desk.execute::<GatewayStripe>(&operation("op-1"), &charge("76.00"));
    let failure = other.failure.expect("a conflict");
    assert_eq!((failure.kind, failure.code.as_str()), (FailureKind::Conflict, "idempotency-conflict"));
    assert_eq!(other.transaction.status, Status::Unknown);
    assert_eq!(server.state(|stripe| stripe.charged()), 1);
    clean(&server);
}

#[test]
fn every_way_to_fail_says_what_it_is() {
    let Some((server, desk)) = start() else { return };
    let wish = about(Action::ChargeSaved, "5.00", 2, *b"USD", "pm_card_visa");
    faults::each_at_a_commit::<GatewayStripe, _>(&server, &desk, &wish, KEY);
    faults::each_at_a_page::<GatewayStripe, _>(&server, &desk, "/v1/balance_transactions");
    clean(&server);
}

/// One life of a charge, a refund or a link whose answers get lost: what was left there.
fn survive(server: &Server<Stripe>, desk: &Desk, seed: u64) {
    let mut dice = Dice(seed);
    let faults = [
        Fault::Lost,
        Fault::Half,
        Fault::Garbage,
        Fault::Closed,
        Fault::Status(500),
        Fault::Html,
        Fault::OtherVersion,
    ];
    let op = operation(&format!("op-{seed}"));
    let (action, kind) = [
        (Action::ChargeSaved, "payment_intent"),
        (Action::CreateLink, "payment_link"),
        (Action::Refund, "refund"),
    ][usize::try_from(dice.roll(3)).expect("small")];
    let wish = match action {
        Action::Refund => {
            let paid = about(Action::ChargeSaved, "20.00", 2, *b"USD", "cus_1/pm_card_visa");
            let paid = desk.execute::<GatewayStripe>(&operation(&format!("paid-{seed}")), &paid).transaction;
            about(Action::Refund, "10.00", 2, *b"USD", &paid.gateway_id)
        }
        Action::ChargeSaved => about(action, "20.00", 2, *b"USD", "cus_1/pm_card_visa"),
        _ => intent(action, "20.00", 2, *b"USD"),
    };
    let before = server.state(|stripe| stripe.count(kind));
    // Up to three attempts, each of which may lose an answer; in between only questions.
    for attempt in 1..=4 {
        let op = recaudo_sdk::call::Operation { attempt, ..op.clone() };
        if attempt < 4 && dice.roll(4) > 0 {
            let fault = faults[usize::try_from(dice.roll(7)).expect("small")].clone();
            let path =
                if action == Action::CreateLink && dice.roll(2) == 0 { "/v1/payment_links" } else { "/v1/" };
            server.tell_on("POST", path, fault);
        }
        let said = desk.execute::<GatewayStripe>(&op, &wish).transaction;
        let known = match said.status {
            Status::Unknown => desk.query::<GatewayStripe>(&op, &wish, None).expect("a question is answered"),
            _ => said,
        };
        match known.status {
            Status::NotAttempted => continue,
            Status::Succeeded | Status::RequiresAction => break,
            other => panic!("seed {seed}: {other:?} {}", known.code),
        }
    }
    let made = server.state(|stripe| stripe.count(kind)) - before;
    assert_eq!(made, 1, "seed {seed}: {action:?} exactly once");
    let asked = desk.query::<GatewayStripe>(&op, &wish, None).expect("still known");
    assert!(matches!(asked.status, Status::Succeeded | Status::RequiresAction), "seed {seed}");
}

#[test]
fn work_done_and_answers_lost_never_become_a_second_charge_in_two_hundred_runs() {
    let Some((server, desk)) = start() else { return };
    for seed in 1..=200 {
        survive(&server, &desk, seed);
    }
    clean(&server);
}

#[test]
fn the_balance_becomes_payments_refunds_charge_backs_fees_and_payouts() {
    let Some((server, desk)) = start() else { return };
    let pay = |n: u32| {
        let wish = about(Action::ChargeSaved, "100.00", 2, *b"USD", "pm_card_visa");
        desk.execute::<GatewayStripe>(&operation(&format!("op-{n}")), &wish).transaction.gateway_id
    };
    let ids: Vec<String> = (0..150).map(pay).collect();
    let refund = about(Action::Refund, "30.00", 2, *b"USD", &ids[1]);
    desk.execute::<GatewayStripe>(&operation("refund-1"), &refund);
    let dispute = server.state(|stripe| stripe.dispute(&ids[2]));
    let payout = server.state(Stripe::pay_out);
    server.state(|stripe| stripe.win(&dispute));

    // Killed after any page, the next pull goes on from the last checkpoint.
    let (mut pages, mut since) = (vec![], None);
    loop {
        let page = desk.pull::<GatewayStripe>(since.as_ref()).expect("a page");
        let again = desk.pull::<GatewayStripe>(since.as_ref()).expect("the same page");
        assert_eq!(page, again);
        since = Some(page.checkpoint.clone());
        let done = page.done;
        pages.push(page);
        if done {
            break;
        }
    }
    assert!(pages.len() >= 4, "{} pages", pages.len());
    let all: Vec<&Transaction> = pages.iter().flat_map(|page| &page.transactions).collect();
    let of = |kind: Kind, id: &str| {
        all.iter().filter(|t| t.kind == kind && t.gateway_id == id).collect::<Vec<_>>()
    };
    for id in &ids {
        let seen = of(Kind::Payment, id);
        assert_eq!(seen.iter().filter(|t| t.payout.is_none()).count(), 1, "once in the feed");
        assert_eq!(
            seen.iter().filter(|t| t.payout.as_deref() == Some(&payout)).count(),
            1,
            "once in its payout"
        );
        assert!(seen.iter().all(|t| money(t.amount) == "100.00 USD" && money(t.fee) == "3.20 USD"));
    }
    let held = of(Kind::ChargeBack, &dispute);
    assert_eq!((money(held[0].amount).as_str(), money(held[0].fee).as_str()), ("100.00 USD", "15.00 USD"));
    assert_eq!(held[0].original.as_ref(), Some(&ids[2]));
    let back = all.iter().find(|t| t.code == "charge-back-reversed").expect("money of a dispute won");
    assert_eq!(
        (back.kind, back.original.as_ref(), money(back.amount).as_str()),
        (Kind::Payment, Some(&dispute), "100.00 USD")
    );
    let refunds: Vec<_> = all.iter().filter(|t| t.kind == Kind::Refund && t.payout.is_none()).collect();
    assert_eq!(
        (refunds.len(), refunds[0].original.as_ref(), refunds[0].operation_id.as_deref()),
        (1, Some(&ids[1]), Some("refund-1"))
    );
    assert_eq!(of(Kind::Payout, &payout).len(), 2, "in the feed and in its own list");
    // By webhook the dispute's money has the same identities.
    let told = told(&server, &desk);
    assert!(told.iter().any(|t| t.gateway_id == back.gateway_id && t.code == "charge-back-reversed"));
    assert!(told.iter().any(|t| t.kind == Kind::Payout && t.gateway_id == payout));

    // Later, nothing new but the overlap.
    let later = Desk { now: NOW + 86_400, ..desk };
    server.set_clock(NOW + 86_400);
    let (rest, since) = later.settle::<GatewayStripe>(since);
    assert!(rest.iter().all(|t| all.iter().any(|before| before.gateway_id == t.gateway_id)));
    let (rest, _) = later.settle::<GatewayStripe>(Some(since));
    assert_eq!(rest, [], "a day later the overlap is behind");
    clean(&server);
}

#[test]
fn a_webhook_is_believed_with_its_signature_alone() {
    let Some((server, desk)) = start() else { return };
    let wish = about(Action::ChargeSaved, "5.00", 2, *b"USD", "pm_card_visa");
    desk.execute::<GatewayStripe>(&operation("op-1"), &wish);
    let hook = server.hooks().remove(0);
    assert_eq!(hear::<GatewayStripe>(&desk, &hook, signed).map(|events| events.len()), Ok(1));
    let mut changed = hook.clone();
    let place = changed.body.windows(3).position(|three| three == b"500").expect("the amount");
    changed.body[place] = b'9';
    assert_eq!(hear::<GatewayStripe>(&desk, &changed, signed), Err("bad-signature".into()));
    let mut moved = hook.clone();
    moved.headers[1].1 = moved.headers[1].1.replace(&format!("t={NOW}"), &format!("t={}", NOW + 1));
    assert_eq!(hear::<GatewayStripe>(&desk, &moved, signed), Err("bad-signature".into()));
    for header in ["", "t=1", "v1=00", "t=x,v1=00", "t=1,v1=zz", "t=1,v1=0"] {
        let mut hook = hook.clone();
        hook.headers[1].1 = header.into();
        assert_eq!(hear::<GatewayStripe>(&desk, &hook, signed), Err("bad-delivery".into()), "{header}");
    }
}
