//! Mercado Pago, by a schema written from its public documentation: it publishes none.

use recaudo_gateway_mercadopago::GatewayMercadopago;
use recaudo_sdk::payments::{Action, Intent, Kind, Status, Transaction};
use recaudo_sdk::webhook::SignatureCheck;
use recaudo_strict::{Fault, Server, hmac_sha256, vendors::MercadoPago};

use crate::driver::{Desk, Dice, NOW, about, hear, intent, money, operation};
use crate::faults;

const TOKEN: &str = "APP_USR-strict";
const SECRET: &str = "mp-webhook-secret";

pub(crate) fn start() -> (Server<MercadoPago>, Desk) {
    let server = Server::start(MercadoPago::load(TOKEN, SECRET)).expect("a port");
    server.set_clock(NOW);
    let config = format!(
        r#"{{"base_url": "{}", "payer_email": "pagos@nandu.example", "notify_url": "https://nandu.example/hooks/mp"}}"#,
        server.origin()
    );
    let desk = Desk::new(config, "api", "Authorization", &format!("Bearer {TOKEN}"));
    (server, desk)
}

fn clean(server: &Server<MercadoPago>) {
    assert_eq!(server.complaints(), Vec::<String>::new());
}

pub(crate) fn link(amount: &str, currency: [u8; 3], method: &str) -> Intent {
    let mut wish = intent(Action::CreateLink, amount, 2, currency);
    wish.attributes.push(("method".into(), method.into()));
    wish
}

fn attribute<'a>(transaction: &'a Transaction, name: &str) -> Option<&'a str> {
    transaction.attributes.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
}

pub(crate) fn signed(check: &SignatureCheck) -> bool {
    check.signed_at.is_some_and(|at| at.seconds == NOW)
        && hmac_sha256(SECRET.as_bytes(), &check.message) == check.signature
}

#[test]
fn a_page_is_made_paid_told_asked_about_and_settled_as_one_payment() {
    let (server, desk) = start();
    let wish = link("125000.00", *b"COP", "pse,card");
    let op = operation("op-1");
    let made = desk.execute::<GatewayMercadopago>(&op, &wish).transaction;
    assert_eq!((made.status, made.code.as_str()), (Status::RequiresAction, "awaiting-payment"));
    let sent = server.state(|mp| mp.preferences()[0].clone());
    assert_eq!(sent["items"][0]["unit_price"].to_string(), "125000", "no decimals of a Colombian peso");
    assert_eq!(sent["payment_methods"]["excluded_payment_types"][0]["id"], "ticket");
    assert_eq!(sent["notification_url"], "https://nandu.example/hooks/mp?operation=op-1");
    let found = desk.query::<GatewayMercadopago>(&op, &wish, None).expect("found by its reference");
    assert_eq!((&found.gateway_id, found.next_url), (&made.gateway_id, made.next_url));
    server.state(|mp| mp.fail(&made.gateway_id, "cc_rejected_insufficient_amount"));
    let still = desk.query::<GatewayMercadopago>(&op, &wish, Some(&made.gateway_id)).expect("open");
    assert_eq!(still.status, Status::RequiresAction, "a refused card may be followed by another");
    let paid = server.state(|mp| mp.pay(&made.gateway_id)).to_string();
    let asked = desk.query::<GatewayMercadopago>(&op, &wish, Some(&made.gateway_id)).expect("paid");
    assert_eq!((asked.status, &asked.gateway_id), (Status::Succeeded, &paid));

    // The webhook says which payment and which operation; the question says the rest.
    let hooks = server.hooks();
    let told = hear::<GatewayMercadopago>(&desk, &hooks[1], signed).expect("authentic");
    let (_, told) = &told[0];
    assert_eq!(
        (told.status, &told.gateway_id, told.operation_id.as_deref()),
        (Status::Unknown, &paid, Some("op-1"))
    );
    let asked = desk.query::<GatewayMercadopago>(&op, &wish, Some(&told.gateway_id)).expect("asked");
    assert_eq!((asked.status, money(asked.amount).as_str()), (Status::Succeeded, "125000 COP"));
    let forged =
        desk.query::<GatewayMercadopago>(&operation("op-2"), &wish, Some(&told.gateway_id)).expect("asked");
    assert_eq!(
        (forged.status, forged.code.as_str()),
        (Status::Unknown, "gateway-mercadopago.other-operation")
    );
    let (settled, _) = desk.settle::<GatewayMercadopago>(None);
    assert_eq!(
        (settled.len(), &settled[0].gateway_id, settled[0].operation_id.as_deref()),
        (1, &paid, Some("op-1"))
    );
    assert_eq!(
        (money(settled[0].amount).as_str(), money(settled[0].fee).as_str()),
        ("125000 COP", "5000 COP")
    );
    clean(&server);
}

#[test]
fn pix_gives_a_code_and_oxxo_a_voucher_without_a_page() {
    let (server, desk) = start();
    let mut wish = link("150.75", *b"BRL", "pix");
    wish.not_after = Some(recaudo_sdk::values::Instant { seconds: NOW + 86_400, nanoseconds: 0 });
    let pix = desk.execute::<GatewayMercadopago>(&operation("op-1"), &wish).transaction;
    assert_eq!((pix.status, money(pix.amount).as_str()), (Status::RequiresAction, "150.75 BRL"));
    assert_eq!(attribute(&pix, "pix-code"), Some("00020126580014br.gov.bcb.pix"));
    assert_eq!(attribute(&pix, "qr"), Some("aVZCT1J3"));
    let again = desk.execute::<GatewayMercadopago>(&operation("op-1"), &wish).transaction;
    assert_eq!(again.gateway_id, pix.gateway_id, "the same key, the same payment");
    let oxxo =
        desk.execute::<GatewayMercadopago>(&operation("op-2"), &link("150.00", *b"MXN", "oxxo")).transaction;
    assert_eq!(
        (attribute(&oxxo, "voucher"), attribute(&oxxo, "barcode")),
        (Some("2334000000000001"), Some("23340000000000011125"))
    );
    assert!(oxxo.next_url.is_some());
    server.state(|mp| mp.pay(&oxxo.gateway_id));
    let paid = desk
        .query::<GatewayMercadopago>(&operation("op-2"), &link("150.00", *b"MXN", "oxxo"), None)
        .expect("found");
    assert_eq!((paid.status, paid.gateway_id), (Status::Succeeded, oxxo.gateway_id));
    let cancel = about(Action::Cancel, "0", 2, *b"BRL", &pix.gateway_id);
    assert_eq!(
        desk.execute::<GatewayMercadopago>(&operation("op-3"), &cancel).transaction.status,
        Status::Succeeded
    );
    assert_eq!(
        desk.query::<GatewayMercadopago>(&operation("op-3"), &cancel, None).expect("known").status,
        Status::Succeeded
    );
    clean(&server);
}

#[test]
fn a_refund_is_given_once_and_a_charge_back_is_settled() {
    let (server, desk) = start();
    let pay = |n: &str| {
        let made =
            desk.execute::<GatewayMercadopago>(&operation(n), &link("900.00", *b"MXN", "card")).transaction;
        server.state(|mp| mp.pay(&made.gateway_id))
    };
    let (one, two) = (pay("op-1"), pay("op-2"));
    let part = about(Action::Refund, "300.00", 2, *b"MXN", &one.to_string());
    let done = desk.execute::<GatewayMercadopago>(&operation("op-3"), &part).transaction;
    assert_eq!(
        (done.kind, done.status, money(done.amount).as_str()),
        (Kind::Refund, Status::Succeeded, "300.00 MXN")
    );
    let again = desk.execute::<GatewayMercadopago>(&operation("op-3"), &part).transaction;
    assert_eq!(again.gateway_id, done.gateway_id);
    let more = about(Action::Refund, "700.00", 2, *b"MXN", &one.to_string());
    let more = desk.execute::<GatewayMercadopago>(&operation("op-4"), &more).transaction;
    assert_eq!((more.status, more.code.as_str()), (Status::Declined, "amount-too-large"));
    server.state(|mp| mp.charge_back(two));
    let (settled, checkpoint) = desk.settle::<GatewayMercadopago>(None);
    let of = |kind: Kind| settled.iter().filter(|t| t.kind == kind).collect::<Vec<_>>();
    assert_eq!((of(Kind::Payment).len(), of(Kind::Refund).len(), of(Kind::ChargeBack).len()), (2, 1, 1));
    assert_eq!(of(Kind::Refund)[0].gateway_id, done.gateway_id);
    assert_eq!(of(Kind::ChargeBack)[0].original, Some(two.to_string()));
    let later = Desk { now: NOW + 86_400, ..desk };
    let (_, checkpoint) = later.settle::<GatewayMercadopago>(Some(checkpoint));
    let (rest, _) = later.settle::<GatewayMercadopago>(Some(checkpoint));
    assert_eq!(rest, []);
    clean(&server);
}

#[test]
fn many_payments_of_one_second_and_of_many_are_all_settled() {
    let (server, desk) = start();
    for n in 0..250_i64 {
        server.set_clock(NOW - 1_000 + if n < 130 { 0 } else { n });
        let made = desk
            .execute::<GatewayMercadopago>(&operation(&format!("op-{n}")), &link("10.00", *b"MXN", "card"));
        server.state(|mp| mp.pay(&made.transaction.gateway_id));
    }
    let (settled, _) = desk.settle::<GatewayMercadopago>(None);
    let ids: std::collections::BTreeSet<&String> = settled.iter().map(|t| &t.gateway_id).collect();
    assert_eq!(ids.len(), 250);
    clean(&server);
}

#[test]
fn every_way_to_fail_says_what_it_is() {
    let (server, desk) = start();
    faults::each_at_a_commit::<GatewayMercadopago, _>(&server, &desk, &link("10.00", *b"MXN", "oxxo"), TOKEN);
    faults::each_at_a_page::<GatewayMercadopago, _>(&server, &desk, "/v1/payments/search");
    clean(&server);
}

#[test]
fn work_done_and_answers_lost_never_become_a_second_charge_in_two_hundred_runs() {
    let (server, desk) = start();
    let faults = [Fault::Lost, Fault::Half, Fault::Garbage, Fault::Closed, Fault::Status(500), Fault::Html];
    for seed in 1..=200 {
        let mut dice = Dice(seed);
        server.state(|mp| mp.hide_from_search(false));
        let back = dice.roll(2) == 0;
        let op = operation(&format!("op-{seed}"));
        let mut wish = link("20.00", *b"MXN", "oxxo");
        if back {
            let made =
                desk.execute::<GatewayMercadopago>(&operation(&format!("paid-{seed}")), &wish).transaction;
            let paid = server.state(|mp| mp.pay(&made.gateway_id));
            wish = about(Action::Refund, "5.00", 2, *b"MXN", &paid.to_string());
        }
        let lags = dice.roll(3) == 0;
        server.state(|mp| mp.hide_from_search(lags));
        let refunds = |mp: &mut MercadoPago| -> usize {
            mp.payments().iter().filter_map(|p| p["refunds"].as_array()).map(Vec::len).sum()
        };
        let count = |mp: &mut MercadoPago| if back { refunds(mp) } else { mp.payments().len() };
        let before = server.state(count);
        let mut settled = false;
        for attempt in 1..=4 {
            if attempt < 4 && dice.roll(4) > 0 {
                server.tell(faults[usize::try_from(dice.roll(6)).expect("small")].clone());
            }
            let op = recaudo_sdk::call::Operation { attempt, ..op.clone() };
            let mut said = desk.execute::<GatewayMercadopago>(&op, &wish).transaction;
            if said.status == Status::Unknown {
                said = desk.query::<GatewayMercadopago>(&op, &wish, None).expect("an answer");
            }
            settled = matches!(said.status, Status::Succeeded | Status::RequiresAction);
            if settled {
                break;
            }
            assert_eq!(said.status, Status::Unknown, "seed {seed}: never a guess");
        }
        assert!(settled, "seed {seed}");
        assert_eq!(server.state(count) - before, 1, "seed {seed}: exactly once");
    }
    clean(&server);
}

#[test]
fn a_webhook_is_believed_as_far_as_it_is_signed() {
    let (server, desk) = start();
    let made =
        desk.execute::<GatewayMercadopago>(&operation("op-1"), &link("10.00", *b"MXN", "oxxo")).transaction;
    server.state(|mp| mp.pay(&made.gateway_id));
    let hook = server.hooks().remove(0);
    assert!(hear::<GatewayMercadopago>(&desk, &hook, signed).is_ok());
    let mut other = hook.clone();
    other.query = other.query.replace(&made.gateway_id, "1");
    assert_eq!(hear::<GatewayMercadopago>(&desk, &other, signed), Err("bad-signature".into()));
    // The body is not signed: one that names another payment is no delivery.
    let mut other = hook.clone();
    other.body = String::from_utf8(other.body)
        .expect("text")
        .replace(&format!("\"{}\"", made.gateway_id), "\"1\"")
        .into_bytes();
    assert_eq!(hear::<GatewayMercadopago>(&desk, &other, signed), Err("bad-delivery".into()));
    for header in ["", "ts=1", "v1=00", "ts=x,v1=00", "ts=1,v1=zz"] {
        let mut hook = hook.clone();
        hook.headers[2].1 = header.into();
        assert_eq!(hear::<GatewayMercadopago>(&desk, &hook, signed), Err("bad-delivery".into()), "{header}");
    }
}
