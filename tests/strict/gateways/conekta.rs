//! Conekta, by its own `OpenAPI` file. It has no idempotency keys; orders carry our key in their metadata.

use recaudo_gateway_conekta::GatewayConekta;
use recaudo_sdk::payments::{Action, Intent, Kind, Status, Transaction};
use recaudo_sdk::webhook::SignatureCheck;
use recaudo_strict::{Fault, Server, vendors::Conekta, verifies_rsa};

use crate::driver::{Desk, Dice, NOW, about, hear, intent, money, operation};
use crate::faults;

const KEY: &str = "key_strict_conekta";

pub(crate) fn start() -> Option<(Server<Conekta>, Desk)> {
    let server = Server::start(Conekta::load(KEY)?).expect("a port");
    server.set_clock(NOW);
    let config = format!(
        r#"{{"base_url": "{}", "customer": {{"name": "Ñandú", "email": "pagos@nandu.example", "phone": "+525512345678"}}}}"#,
        server.origin()
    );
    let desk = Desk::new(config, "api", "Authorization", &format!("Bearer {KEY}"));
    Some((server, desk))
}

fn clean(server: &Server<Conekta>) {
    assert_eq!(server.complaints(), Vec::<String>::new());
}

pub(crate) fn link(amount: &str, method: &str) -> Intent {
    let mut wish = intent(Action::CreateLink, amount, 2, *b"MXN");
    wish.attributes.push(("method".into(), method.into()));
    wish
}

fn attribute<'a>(transaction: &'a Transaction, name: &str) -> Option<&'a str> {
    transaction.attributes.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
}

pub(crate) fn signed(check: &SignatureCheck) -> bool {
    verifies_rsa(&check.message, &check.signature)
}

fn told(server: &Server<Conekta>, desk: &Desk) -> Vec<Transaction> {
    let hooks = server.hooks();
    let heard = hooks.iter().flat_map(|hook| hear::<GatewayConekta>(desk, hook, signed).expect("authentic"));
    heard.map(|(_, transaction)| transaction).collect()
}

#[test]
fn a_page_is_made_paid_told_asked_about_and_settled_as_one_payment() {
    let Some((server, desk)) = start() else { return };
    let mut wish = link("1250.50", "card,spei,oxxo");
    wish.attributes.extend([
        ("customer:name".into(), "Ana Pérez".into()),
        ("customer:email".into(), "ana@example.com".into()),
        ("customer:phone".into(), "+525587654321".into()),
    ]);
    wish.not_after = Some(recaudo_sdk::values::Instant { seconds: NOW + 86_400, nanoseconds: 0 });
    let op = operation("op-1");
    let made = desk.execute::<GatewayConekta>(&op, &wish).transaction;
    assert_eq!(
        (made.status, made.code.as_str(), money(made.amount).as_str()),
        (Status::RequiresAction, "awaiting-payment", "1250.50 MXN")
    );
    assert!(made.next_url.is_some());
    let found = desk.query::<GatewayConekta>(&op, &wish, None).expect("found by its key");
    assert_eq!((found.gateway_id.as_str(), found.status), (made.gateway_id.as_str(), Status::RequiresAction));
    server.state(|conekta| conekta.pay(&made.gateway_id));
    let asked = desk.query::<GatewayConekta>(&op, &wish, Some(&made.gateway_id)).expect("paid");
    assert_eq!((asked.status, attribute(&asked, "last-four")), (Status::Succeeded, Some("4242")));
    let told = told(&server, &desk);
    assert_eq!(
        (told.len(), told[0].gateway_id.as_str(), told[0].operation_id.as_deref()),
        (1, made.gateway_id.as_str(), Some("op-1"))
    );
    let (settled, _) = desk.settle::<GatewayConekta>(None);
    assert_eq!((settled.len(), settled[0].gateway_id.as_str()), (1, made.gateway_id.as_str()));
    assert_eq!(
        (money(settled[0].amount).as_str(), money(settled[0].fee).as_str()),
        ("1250.50 MXN", "45.01 MXN")
    );
    clean(&server);
}

#[test]
fn spei_gives_a_clabe_and_oxxo_a_voucher_without_a_page() {
    let Some((server, desk)) = start() else { return };
    let spei = desk.execute::<GatewayConekta>(&operation("op-1"), &link("99.00", "spei")).transaction;
    assert_eq!((spei.status, spei.next_url.as_deref()), (Status::RequiresAction, None));
    assert_eq!(
        (attribute(&spei, "clabe"), attribute(&spei, "bank")),
        (Some("646180111812345678"), Some("STP"))
    );
    let oxxo = desk.execute::<GatewayConekta>(&operation("op-2"), &link("99.00", "oxxo")).transaction;
    assert_eq!(attribute(&oxxo, "voucher"), Some("93000262280678"));
    assert!(attribute(&oxxo, "barcode").is_some_and(|url| url.starts_with("https://")));
    server.state(|conekta| conekta.pay(&spei.gateway_id));
    let (settled, _) = desk.settle::<GatewayConekta>(None);
    assert_eq!(settled[0].gateway_id, spei.gateway_id);
    let unknown = desk.execute::<GatewayConekta>(&operation("op-3"), &link("99.00", "barter")).failure;
    assert_eq!(unknown.map(|failure| failure.code), Some("unknown-method".into()));
    clean(&server);
}

#[test]
fn a_saved_card_refunds_charge_backs_and_withdrawals() {
    let Some((server, desk)) = start() else { return };
    let charge = |n: &str, source: &str| {
        let wish = about(Action::ChargeSaved, "500.00", 2, *b"MXN", source);
        desk.execute::<GatewayConekta>(&operation(n), &wish).transaction
    };
    let paid = charge("op-1", "cus_1/src_visa");
    assert_eq!((paid.status, attribute(&paid, "method")), (Status::Succeeded, Some("card")));
    let no = charge("op-2", "cus_1/src_declined");
    assert_eq!((no.status, no.code.as_str()), (Status::Declined, "insufficient-funds"));
    assert_eq!(attribute(&no, "provider-code"), Some("conekta.errors.processing.bank.insufficient_funds"));
    let refund = |n: &str, amount: &str| {
        let wish = about(Action::Refund, amount, 2, *b"MXN", &paid.gateway_id);
        desk.execute::<GatewayConekta>(&operation(n), &wish).transaction
    };
    let part = refund("op-3", "125.00");
    assert_eq!(
        (part.kind, part.status, money(part.amount).as_str()),
        (Kind::Refund, Status::Succeeded, "125.00 MXN")
    );
    assert_eq!(refund("op-4", "400.00").status, Status::Declined, "more than is left");
    let other = charge("op-5", "cus_1/src_visa");
    server.state(|conekta| conekta.charge_back(&other.gateway_id));
    let told = told(&server, &desk);
    let back = told.iter().find(|t| t.kind == Kind::ChargeBack).expect("a charge-back");
    let (settled, checkpoint) = desk.settle::<GatewayConekta>(None);
    let of = |kind: Kind| settled.iter().filter(|t| t.kind == kind).collect::<Vec<_>>();
    assert_eq!(of(Kind::Payment).len(), 2);
    assert_eq!(of(Kind::Refund)[0].gateway_id, part.gateway_id, "the refund's own id by both roads");
    assert_eq!(
        (&of(Kind::ChargeBack)[0].gateway_id, &of(Kind::ChargeBack)[0].original),
        (&back.gateway_id, &Some(other.gateway_id))
    );
    let later = Desk { now: NOW + 3 * 86_400, ..desk };
    server.set_clock(NOW + 3 * 86_400);
    let wish = link("10.00", "card");
    let open = later.execute::<GatewayConekta>(&operation("op-6"), &wish).transaction;
    let cancel = about(Action::Cancel, "0", 2, *b"MXN", &open.gateway_id);
    assert_eq!(
        later.execute::<GatewayConekta>(&operation("op-7"), &cancel).transaction.status,
        Status::Succeeded
    );
    assert_eq!(
        later.query::<GatewayConekta>(&operation("op-7"), &cancel, None).expect("known").status,
        Status::Succeeded
    );
    let paid_already = about(Action::Cancel, "0", 2, *b"MXN", &paid.gateway_id);
    let (new, _) = later.settle::<GatewayConekta>(Some(checkpoint));
    assert_eq!(new.len(), settled.len(), "the overlap of a day, read once more");
    assert_eq!(
        later.query::<GatewayConekta>(&operation("op-8"), &paid_already, None).expect("known").status,
        Status::Declined
    );
    clean(&server);
}

#[test]
fn a_long_balance_is_read_page_by_page_and_then_only_what_is_new() {
    let Some((server, desk)) = start() else { return };
    for n in 0..120 {
        server.set_clock(NOW + n * 3_600);
        let wish = about(Action::ChargeSaved, "10.00", 2, *b"MXN", "cus_1/src_visa");
        desk.execute::<GatewayConekta>(&operation(&format!("op-{n}")), &wish);
    }
    let (all, checkpoint) = desk.settle::<GatewayConekta>(None);
    assert_eq!(all.len(), 120);
    let (rest, _) = desk.settle::<GatewayConekta>(Some(checkpoint));
    assert!((20..=30).contains(&rest.len()), "a day's overlap, not {}", rest.len());
    clean(&server);
}

#[test]
fn every_way_to_fail_says_what_it_is() {
    let Some((server, desk)) = start() else { return };
    faults::each_at_a_commit::<GatewayConekta, _>(&server, &desk, &link("10.00", "card"), KEY);
    faults::each_at_a_page::<GatewayConekta, _>(&server, &desk, "/transactions");
    clean(&server);
}

#[test]
fn work_done_and_answers_lost_never_become_a_second_charge_in_two_hundred_runs() {
    let Some((server, desk)) = start() else { return };
    let faults = [Fault::Lost, Fault::Half, Fault::Garbage, Fault::Closed, Fault::Status(500), Fault::Html];
    for seed in 1..=200 {
        let mut dice = Dice(seed);
        let lags = dice.roll(3) == 0;
        server.state(|conekta| conekta.hide_from_search(lags));
        let op = operation(&format!("op-{seed}"));
        let wish = about(Action::ChargeSaved, "20.00", 2, *b"MXN", "cus_1/src_visa");
        let before = server.state(|conekta| conekta.charged());
        server.tell_on("POST", "/orders", faults[usize::try_from(dice.roll(6)).expect("small")].clone());
        let said = desk.execute::<GatewayConekta>(&op, &wish).transaction;
        assert_eq!(said.status, Status::Unknown, "seed {seed}");
        let charged = || server.state(|conekta| conekta.charged()) - before;
        let done = charged();
        let asked = desk.query::<GatewayConekta>(&op, &wish, None).expect("an answer");
        let wanted = if done == 1 && !lags { Status::Succeeded } else { Status::Unknown };
        assert_eq!(asked.status, wanted, "seed {seed}: never a guess");
        let again = recaudo_sdk::call::Operation { attempt: 2, ..op };
        let again = desk.execute::<GatewayConekta>(&again, &wish).transaction;
        assert_eq!((again.status, charged()), (wanted, done), "seed {seed}: not sent again");
    }
    clean(&server);
}

#[test]
fn a_webhook_is_believed_with_its_signature_alone() {
    let Some((server, desk)) = start() else { return };
    let wish = about(Action::ChargeSaved, "20.00", 2, *b"MXN", "cus_1/src_visa");
    desk.execute::<GatewayConekta>(&operation("op-1"), &wish);
    let hook = server.hooks().remove(0);
    assert_eq!(hear::<GatewayConekta>(&desk, &hook, signed).map(|events| events.len()), Ok(1));
    let mut changed = hook.clone();
    changed.body = String::from_utf8(changed.body).expect("text").replace("2000", "9000").into_bytes();
    assert_eq!(hear::<GatewayConekta>(&desk, &changed, signed), Err("bad-signature".into()));
    let mut other = hook;
    other.headers[1].1 = "no base64".into();
    assert_eq!(hear::<GatewayConekta>(&desk, &other, signed), Err("bad-delivery".into()));
}
