//! The roads an outcome takes, for every gateway alike: an answer that is slow or too late, webhooks that come
//! twice or backwards, and money that comes days after the payer chose how to pay.

use recaudo_gateway_conekta::GatewayConekta;
use recaudo_gateway_khipu::GatewayKhipu;
use recaudo_gateway_mercadopago::GatewayMercadopago;
use recaudo_gateway_stripe::GatewayStripe;
use recaudo_sdk::payments::{Action, Intent, Status};

use crate::driver::{about, hear, intent, money, operation};
use crate::{conekta, faults, khipu, mercadopago, stripe};

#[test]
fn a_slow_or_late_answer_is_told_from_none_at_every_gateway() {
    let pesos = |amount| intent(Action::CreateLink, amount, 0, *b"CLP");
    if let Some((server, desk)) = stripe::start() {
        let charge = about(Action::ChargeSaved, "5.00", 2, *b"USD", "pm_card_visa");
        faults::slow_and_late::<GatewayStripe, _>(&server, desk, &charge);
    }
    if let Some((server, desk)) = khipu::start() {
        faults::slow_and_late::<GatewayKhipu, _>(&server, desk, &pesos("15000"));
    }
    if let Some((server, desk)) = conekta::start() {
        let charge = about(Action::ChargeSaved, "20.00", 2, *b"MXN", "cus_1/src_visa");
        faults::slow_and_late::<GatewayConekta, _>(&server, desk, &charge);
    }
    let (server, desk) = mercadopago::start();
    let page = mercadopago::link("125000.00", *b"COP", "pse,card");
    faults::slow_and_late::<GatewayMercadopago, _>(&server, desk, &page);
}

/// The ids of two ways to pay.
fn two<P: crate::driver::Connector + recaudo_sdk::Gateway>(
    desk: &crate::driver::Desk,
    wish: &Intent,
) -> [String; 2] {
    ["op-1", "op-2"].map(|op| desk.execute::<P>(&operation(op), wish).transaction.gateway_id)
}

#[test]
fn webhooks_that_come_twice_or_backwards_say_the_same_at_every_gateway() {
    if let Some((server, desk)) = stripe::start() {
        for id in two::<GatewayStripe>(&desk, &intent(Action::CreateLink, "20.00", 2, *b"MXN")) {
            server.state(|stripe| stripe.pay(&id, None));
        }
        faults::doubled_and_reversed::<GatewayStripe>(&desk, &server.hooks(), stripe::signed);
    }
    if let Some((server, desk)) = khipu::start() {
        for id in two::<GatewayKhipu>(&desk, &intent(Action::CreateLink, "15000", 0, *b"CLP")) {
            server.state(|khipu| khipu.pay(&id));
        }
        faults::doubled_and_reversed::<GatewayKhipu>(&desk, &server.hooks(), khipu::signed);
    }
    if let Some((server, desk)) = conekta::start() {
        for id in two::<GatewayConekta>(&desk, &conekta::link("99.00", "spei")) {
            server.state(|conekta| conekta.pay(&id));
        }
        faults::doubled_and_reversed::<GatewayConekta>(&desk, &server.hooks(), conekta::signed);
    }
    let (server, desk) = mercadopago::start();
    for id in two::<GatewayMercadopago>(&desk, &mercadopago::link("150.00", *b"MXN", "oxxo")) {
        server.state(|mp| mp.pay(&id));
    }
    faults::doubled_and_reversed::<GatewayMercadopago>(&desk, &server.hooks(), mercadopago::signed);
}

#[test]
fn stripe_s_voucher_waits_for_the_money_and_is_one_payment_all_along() {
    let Some((server, desk)) = stripe::start() else { return };
    let mut wish = intent(Action::CreateLink, "350.00", 2, *b"MXN");
    wish.attributes.push(("method".into(), "card,oxxo".into()));
    let told = || {
        let hooks = server.hooks();
        let heard = hooks
            .iter()
            .flat_map(|hook| hear::<GatewayStripe>(&desk, hook, stripe::signed).expect("authentic"));
        heard.map(|(_, transaction)| transaction).collect::<Vec<_>>()
    };
    let [paid, lapsed] = ["op-1", "op-2"].map(|op| {
        let link = desk.execute::<GatewayStripe>(&operation(op), &wish).transaction.gateway_id;
        let voucher = server.state(|stripe| stripe.ask_for_voucher(&link));
        let waits = told();
        assert_eq!((waits.len(), waits[0].gateway_id.as_str()), (1, voucher.as_str()));
        assert_eq!((waits[0].status, waits[0].code.as_str()), (Status::Pending, "awaiting-funds"));
        assert_eq!(waits[0].operation_id.as_deref(), Some(op));
        // Its number and page, for whoever asks.
        let asked = desk.query::<GatewayStripe>(&operation(op), &wish, Some(&voucher)).expect("known");
        assert_eq!(asked.status, Status::RequiresAction);
        assert!(asked.attributes.contains(&("barcode".into(), "93000262280678".into())), "{asked:?}");
        assert!(asked.next_url.is_some_and(|url| url.contains("voucher")));
        let by_link = desk.query::<GatewayStripe>(&operation(op), &wish, Some(&link)).expect("known");
        assert_eq!((by_link.status, by_link.gateway_id), (Status::Pending, voucher.clone()));
        voucher
    });
    assert_eq!(desk.settle::<GatewayStripe>(None).0, [], "nothing has come yet");

    server.state(|stripe| stripe.cash(&paid));
    let done = told();
    assert!(done.iter().all(|t| t.status == Status::Succeeded && t.gateway_id == paid), "{done:?}");
    assert!(done.iter().any(|t| t.operation_id.as_deref() == Some("op-1")));
    server.state(|stripe| stripe.lapse(&lapsed));
    let over = told();
    assert_eq!((over.len(), over[0].status, over[0].code.as_str()), (1, Status::Declined, "not-paid"));
    assert_eq!(
        (over[0].gateway_id.as_str(), over[0].operation_id.as_deref()),
        (lapsed.as_str(), Some("op-2"))
    );
    let (settled, _) = desk.settle::<GatewayStripe>(None);
    assert_eq!((settled.len(), settled[0].gateway_id.as_str()), (1, paid.as_str()));
    assert_eq!(money(settled[0].amount), "350.00 MXN");
    assert_eq!(server.complaints(), Vec::<String>::new());
}
