//! Money taken once, whatever the gateway, the wire and the machine do.

mod bench;

use recaudo_ports::plugin::gateway::{TransactionKind as Kind, TransactionStatus as Status};
use recaudo_ports::plugin::webhook::{Authenticity, Refused};

use bench::{Bench, Fault, said};

#[test]
fn a_link_is_made_once_given_again_and_its_payment_settles_the_debt_with_the_fee_beside_it() {
    let bench = Bench::new(1);
    let link = bench.link();
    assert_eq!(bench.link().id, link.id, "the same debts, the same link");
    bench.work();
    let made = bench.operation();
    assert_eq!((made.status, made.url.as_deref()), ("requires-action", Some("https://pay.example/1")));
    assert!(bench.pays(40_000, 1_500));
    assert_eq!(bench.open(), 60_000);
    assert!(bench.pays(60_000, 0));
    assert_eq!((bench.open(), bench.operation().state.as_str()), (0, "settled"));
    let entries = bench.entries();
    assert!(
        entries.contains(&"receive -1500".to_owned()) && entries.contains(&"charge 1500".to_owned()),
        "{entries:?}"
    );
    bench.verify();
}

#[test]
fn events_in_any_order_and_doubled_end_with_the_same_ledger() {
    let mut paid = said("pi_1", Kind::Payment, Status::Succeeded, 100_000);
    let mut waits = paid.clone();
    waits.status = Status::Pending;
    let mut refund = said("re_1", Kind::Refund, Status::Succeeded, 30_000);
    refund.original = Some("pi_1".into());
    let mut dispute = said("dp_1", Kind::ChargeBack, Status::Succeeded, 70_000);
    dispute.original = Some("pi_1".into());
    let mut back = said("txn_1", Kind::Payment, Status::Succeeded, 70_000);
    (back.original, back.code) = (Some("dp_1".into()), "charge-back-reversed".into());
    for seed in 0..40 {
        paid.operation_id = None;
        let bench = Bench::new(seed);
        bench.link();
        bench.work();
        // Some vendors tell of the money first, and only then of the link it came by.
        let bare = paid.clone();
        let id = bench.operation_id();
        (paid.operation_id, waits.operation_id) = (Some(id.clone()), Some(id));
        let mut words =
            vec![(1, &paid), (2, &waits), (3, &refund), (4, &dispute), (5, &back), (1, &paid), (3, &refund)];
        words.push((6, &bare));
        bench.shuffle(&mut words);
        for (event, word) in words {
            assert_eq!(bench.tell(&format!("evt_{event}"), word).status, 200);
        }
        assert_eq!((bench.open(), bench.payments()), (30_000, vec![(100_000, 0)]), "seed {seed}");
        bench.verify();
    }
}

#[test]
fn a_strangers_word_is_refused_a_challenge_is_answered_and_an_unproven_one_is_only_a_hint() {
    let bench = Bench::new(3);
    bench.link();
    bench.work();
    let mut word = said("pi_1", Kind::Payment, Status::Succeeded, 100_000);
    word.operation_id = Some(bench.operation_id());
    let tell = |authenticity| {
        bench.far(|far| far.authenticity = authenticity);
        bench.tell("evt_1", &word)
    };
    let refused = |code: &str| Authenticity::Refused(Refused { code: code.into(), message: String::new() });
    assert_eq!(tell(refused("bad-signature")).status, 401);
    assert_eq!(tell(refused("bad-token")).status, 403);
    let answer = tell(Authenticity::Challenge(b"pong".to_vec()));
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b"pong"[..]));
    assert_eq!(tell(Authenticity::Refetch).status, 200);
    assert_eq!((bench.open(), bench.payments().len()), (100_000, 0), "nothing of it was believed");
    assert_eq!(bench.work().asked, 1, "it is asked about at once");
    assert_eq!(tell(Authenticity::Verified).status, 200, "the hint did not use the event up");
    assert_eq!(bench.open(), 0);
}

#[test]
fn two_hundred_gateways_that_fail_in_every_way_never_charge_twice_and_end_with_one_payment() {
    let (mut lost, mut killed, mut listed) = (0, 0, 0);
    for seed in 0..200 {
        let bench = Bench::new(seed);
        bench.far(|far| far.faults = Fault::some(seed));
        let early = bench.far_first() == Some(Fault::TellsFirst);
        bench.link();
        if early {
            assert!(bench.pays(100_000, 0), "it tells of the money before its answer is there");
        }
        for _ in 0..14 {
            killed += u32::from(bench.work_or_die());
            bench.turn(3_600 * 13);
        }
        bench.far(|far| far.faults.clear());
        let (created, asked_twice) = bench.created();
        assert!(created <= 1, "seed {seed}: {created} charges");
        assert!(!asked_twice, "seed {seed}: executed again after a request may have been taken");
        bench.far(|far| assert!(far.seen.len() <= 1, "seed {seed}: {:?}", far.seen));
        let operation = bench.operation();
        let waits = bench.work().next_in_s.is_some();
        let is_listed = super::persons(&bench.engine).unwrap().iter().any(|kept| kept.id == operation.id);
        assert!(waits || is_listed || operation.state == "settled", "seed {seed}: stuck {operation:?}");
        listed += u32::from(is_listed);
        if created == 1 {
            lost += u32::from(operation.state != "settled");
            let mut waiting = said("pi_100000", Kind::Payment, Status::Pending, 100_000);
            waiting.operation_id = Some(bench.operation_id());
            let mut tellings = vec!["pending", "paid", "again", "pending"];
            bench.shuffle(&mut tellings);
            for telling in tellings {
                let heard = match telling {
                    "pending" => bench.tell("evt_p", &waiting).status == 200,
                    "paid" => bench.pays(100_000, 0),
                    _ => bench.pays_again(),
                };
                assert!(heard, "seed {seed}");
            }
            assert_eq!((bench.open(), bench.payments()), (0, vec![(100_000, 0)]), "seed {seed}");
            assert_eq!(bench.operation().state, "settled", "seed {seed}");
        } else if !early {
            assert_eq!((bench.open(), bench.payments().len()), (100_000, 0), "seed {seed}");
        }
        bench.verify();
    }
    assert!(lost > 0 && killed > 20 && listed > 0, "{lost} {killed} {listed}");
}

#[test]
fn an_unknown_outcome_is_asked_for_on_a_widening_schedule() {
    let bench = Bench::new(8);
    bench.far(|far| {
        far.faults = vec![Fault::Late];
        far.deaf = true;
    });
    bench.link();
    for _ in 0..5_000 {
        match bench.work().next_in_s {
            Some(wait) => bench.turn(wait.max(1)),
            None => break,
        }
    }
    let mut gaps = vec![];
    bench.far(|far| gaps = far.queried.windows(2).map(|two| two[1] - two[0]).collect());
    assert_eq!(gaps, [300, 1_800, 7_200, 43_200]);
    assert_eq!(super::persons(&bench.engine).unwrap().len(), 1, "then a person is to look");
}

#[test]
fn a_gateway_that_is_away_is_tried_three_times_a_pass_and_the_rest_waits() {
    let bench = Bench::new(9);
    for amount in 1..=6 {
        bench.link_of(amount * 1_000);
    }
    bench.far(|far| far.faults = vec![Fault::Away; 3]);
    let view = bench.work();
    assert_eq!((view.executed, view.put_off, bench.created()), (3, 3, (0, false)), "{view:?}");
    bench.turn(120);
    bench.far(|far| far.faults.clear());
    bench.work();
    assert_eq!(bench.created().0, 6);
}

#[test]
fn what_belonged_to_an_erased_person_ends_and_holds_nothing_up() {
    let bench = Bench::new(10);
    let token = super::token_for(&bench.engine, "ana").unwrap();
    bench.link();
    let ana = crate::vault::Subject::Customer(1);
    bench.engine.store.write(|tx| crate::vault::Vault::destroy(tx, 1, ana)).unwrap();
    assert_eq!(bench.work().settled, 1);
    assert_eq!((bench.operation().code.as_str(), bench.created().0), ("erased", 0));
    assert_eq!(super::by_token(&bench.engine, &token).unwrap(), None);
}

#[test]
fn a_refund_whose_answer_was_lost_is_not_made_twice() {
    for (seed, fault) in
        [Fault::Loses, Fault::Late, Fault::HalfBody, Fault::DiesDone, Fault::Garbage].iter().enumerate()
    {
        let bench = Bench::new(seed as u64);
        bench.link();
        bench.work();
        bench.pays(100_000, 0);
        bench.far(|far| far.forget(*fault));
        let refund = super::refund(&bench.engine, &bench.stripe, "pi_100000", Some(40_000)).unwrap();
        bench.work_or_die();
        let mut word = said("re_1", Kind::Refund, Status::Succeeded, 40_000);
        (word.original, word.operation_id) =
            (Some("pi_100000".into()), Some(bench.operation_id_of(refund.id)));
        for event in ["evt_r", "evt_r", "evt_s"] {
            assert_eq!(bench.tell(event, &word).status, 200);
        }
        for _ in 0..14 {
            bench.work();
            bench.turn(3_600 * 13);
        }
        assert_eq!(bench.created(), (1, false), "{fault:?}");
        assert_eq!((bench.open(), bench.payments()), (40_000, vec![(100_000, 0)]), "{fault:?}");
        bench.verify();
    }
}

#[test]
fn an_outcome_nobody_can_tell_is_asked_for_five_times_and_then_waits_for_a_person() {
    let bench = Bench::new(7);
    bench.far(|far| {
        far.faults = vec![Fault::Loses];
        far.deaf = true;
    });
    bench.link();
    let mut asked = 0;
    for _ in 0..12 {
        asked += bench.work().asked;
        bench.turn(3_600 * 13);
    }
    let operation = bench.operation();
    assert_eq!((asked, operation.state.as_str(), operation.status), (5, "person", "unknown"));
    assert_eq!(bench.created(), (1, false));
    let again = super::found(&bench.engine, operation.id, super::Found::TryAgain).unwrap_err();
    assert_eq!(again.code(), "may_have_left");
    super::found(&bench.engine, operation.id, super::Found::NotDone).unwrap();
    assert!(super::persons(&bench.engine).unwrap().is_empty());
}

#[test]
fn a_customers_page_opens_by_its_token_until_it_ends_and_messages_carry_it() {
    use super::{LinkAsk, by_token, link, revoke_tokens, token_for, url_for};
    let mut bench = Bench::new(11);
    let token = token_for(&bench.engine, "ana").unwrap();
    assert_eq!(token.len(), 40);
    assert_eq!(token_for(&bench.engine, "ana").unwrap(), token, "the same link while it is good");
    assert!(token_for(&bench.engine, "nobody").is_err());
    bench.link();
    let page = by_token(&bench.engine, &token).unwrap().unwrap();
    assert_eq!((page.customer.as_str(), page.name.as_str(), page.locale.as_str()), ("ana", "Ana", "es-CO"));
    let owed = &page.currencies[0];
    assert_eq!((owed.currency.as_str(), owed.open.as_str()), ("COP", "1000.00"));
    let document = &owed.documents[0];
    assert_eq!((document.number.as_str(), document.due_on.as_str()), ("INV-1", "2026-03-02"));
    assert_eq!((page.currencies.len(), page.operations.len()), (1, 1));
    assert_eq!(by_token(&bench.engine, &token[1..]).unwrap(), None);
    let day = 86_400;
    bench.turn(121 * day);
    let next = token_for(&bench.engine, "ana").unwrap();
    assert_ne!(next, token, "a link in a message is good for long");
    assert!(by_token(&bench.engine, &token).unwrap().is_some(), "the one sent before still opens");
    bench.turn(60 * day);
    assert_eq!(by_token(&bench.engine, &token).unwrap(), None, "it ended");
    assert_eq!(revoke_tokens(&bench.engine, "ana").unwrap(), 1);
    assert_eq!(by_token(&bench.engine, &next).unwrap(), None);

    let ana = 1;
    assert_eq!(url_for(&bench.engine, ana).unwrap(), "", "no server, no link");
    let sql = "UPDATE open_items SET disputed = 1 WHERE tenant_id = 1";
    bench.engine.store.write(|tx| tx.execute(sql, &[])).unwrap();
    let token = token_for(&bench.engine, "ana").unwrap();
    let owed = by_token(&bench.engine, &token).unwrap().unwrap().currencies.remove(0);
    assert_eq!((owed.open.as_str(), owed.documents[0].disputed), ("0.00", true));
    let ask = |documents| LinkAsk { customer: "ana", documents, ..LinkAsk::default() };
    let refused = link(&bench.engine, &bench.stripe, &ask(&[])).unwrap_err();
    assert_eq!(refused.code(), "nothing_open");
    assert_eq!(link(&bench.engine, &bench.stripe, &ask(&["INV-1"])).unwrap().amount.amount, "1000.00");
    bench.engine.settings.server.public_url = Some("https://cobros.acme.example".into());
    assert_eq!(url_for(&bench.engine, ana).unwrap(), "", "no gateway, no link");
    bench.engine.settings.installed.gateways.insert("stripe".into(), bench.stripe.clone());
    let url = url_for(&bench.engine, ana).unwrap();
    let token = url.strip_prefix("https://cobros.acme.example/pay/").unwrap();
    assert!(by_token(&bench.engine, token).unwrap().is_some());
}
