//! Messages told as stories: once, or not at all, or honestly unknown.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{dispatch, unknown};
use crate::progress::Silent;
use crate::run::tests::bench::{Bench, Delivery};
use crate::run::{self, RunRequest};

fn owing(names: &[&str]) -> (Bench, Vec<i64>) {
    let mut bench = Bench::on("2026-03-06");
    let invoices = names
        .iter()
        .map(|name| {
            let customer = bench.customer(name);
            bench.invoice(customer, "F-1", "2026-03-05", 5_000_000)
        })
        .collect();
    (bench, invoices)
}

fn plan(bench: &mut Bench) {
    let view = run::plan(&mut bench.engine, RunRequest::default(), &mut Silent).unwrap();
    assert!(view.permitted > 0 && view.sent == 0, "{view:?}");
}

/// The process dies in the middle of a run, as the channel is scripted.
fn die(bench: &mut Bench, how: Delivery) {
    bench.script(|script| script.delivery = Some(how));
    let died = catch_unwind(AssertUnwindSafe(|| dispatch(&bench.engine, &mut Silent)));
    assert!(died.is_err(), "it was killed");
    bench.script.clear_poison();
    bench.script(|script| script.delivery = None);
}

#[test]
fn what_was_paid_meanwhile_is_not_chased() {
    let (mut bench, invoices) = owing(&["ana", "bea", "caro"]);
    plan(&mut bench);
    bench.pay(invoices[0], "2026-03-06", 0);
    bench.pay(invoices[1], "2026-03-06", 1_000_000);
    let view = dispatch(&bench.engine, &mut Silent).unwrap();
    assert_eq!((view.sent, view.cancelled), (1, 2));
    let ends: Vec<_> = view.reasons.iter().map(|end| (end.state.as_str(), end.reason.as_str())).collect();
    assert_eq!(ends, [("cancelled", "paid"), ("cancelled", "changed")]);
    assert_eq!(bench.post()[0].0, "caro@example.com");
    let view = bench.run("2026-03-07");
    assert_eq!(view.sent, 0, "10.000,00 is below the step's minimum");
    bench.pay(invoices[1], "2026-03-07", 4_000_000);
    assert_eq!(bench.run("2026-03-08").sent, 1, "what changed is planned again with what is open now");
    assert!(bench.post()[1].1.contains("40.000,00"));
}

#[test]
fn a_kill_before_a_byte_left_loses_nothing_and_doubles_nothing() {
    let (mut bench, _) = owing(&["ana", "bea", "caro"]);
    plan(&mut bench);
    die(&mut bench, Delivery::DieBeforeSent);
    let view = dispatch(&bench.engine, &mut Silent).unwrap();
    assert_eq!((view.sent, view.unknown), (3, 0));
    assert_eq!(bench.post().len(), 3);
}

#[test]
fn a_message_in_flight_at_the_kill_is_unknown_and_never_sent_again() {
    let (mut bench, _) = owing(&["ana", "bea", "caro"]);
    plan(&mut bench);
    die(&mut bench, Delivery::DieAfterSent);
    let view = dispatch(&bench.engine, &mut Silent).unwrap();
    assert_eq!((view.sent, view.unknown), (2, 1), "the rest goes out");
    let listed = unknown(&bench.engine).unwrap();
    assert_eq!((listed.len(), listed[0].reason.as_str()), (1, "interrupted"));
    for day in ["2026-03-06", "2026-03-07"] {
        assert_eq!(bench.run(day).sent, 0);
    }
    assert_eq!(bench.post().len(), 3, "ana's was counted when it left");
}

#[test]
fn a_lost_answer_is_unknown_at_once() {
    let (mut bench, _) = owing(&["ana"]);
    bench.script(|script| script.delivery = Some(Delivery::Lost));
    let view = bench.run("2026-03-06");
    assert_eq!((view.sent, view.unknown), (0, 1));
    assert_eq!(bench.run("2026-03-07").sent, 0, "and is not repeated unasked");
}

#[test]
fn what_was_not_attempted_is_tried_again_later() {
    let (mut bench, _) = owing(&["ana"]);
    bench.script(|script| script.delivery = Some(Delivery::NotAttempted));
    let view = bench.run("2026-03-06");
    assert_eq!((view.sent, view.queued, view.failed), (0, 1, 0));
    bench.script(|script| script.delivery = None);
    assert_eq!(dispatch(&bench.engine, &mut Silent).unwrap().sent, 0, "not before five minutes");
    *bench.clock_at() += chrono::TimeDelta::minutes(6);
    assert_eq!(dispatch(&bench.engine, &mut Silent).unwrap().sent, 1);
}

#[test]
fn a_permit_that_ran_out_is_asked_for_again() {
    let (mut bench, _) = owing(&["ana"]);
    plan(&mut bench);
    bench.turn_to("2026-03-08");
    let asked = bench.script.lock().unwrap().reviewed.len();
    assert_eq!(dispatch(&bench.engine, &mut Silent).unwrap().sent, 1);
    assert_eq!(bench.script.lock().unwrap().reviewed.len(), asked + 1);
    let (mut bench, _) = owing(&["bea"]);
    plan(&mut bench);
    bench.turn_to("2026-03-08");
    bench.script(|script| script.weekly_cap = Some(0));
    let view = dispatch(&bench.engine, &mut Silent).unwrap();
    assert_eq!((view.sent, view.cancelled, view.reasons[0].reason.as_str()), (0, 1, "WEEKLY-CAP"));
}

#[test]
fn what_is_sealed_in_the_journal_opens_with_the_persons_key_only() {
    let (mut bench, _) = owing(&["ana"]);
    bench.run("2026-03-06");
    let sealed = bench
        .engine
        .store
        .read::<_, recaudo_store::StoreError>(|conn| {
            conn.first("SELECT request, customer_id FROM journal", &[], |row| {
                Ok((row.bytes(0)?.to_vec(), row.int(1)?))
            })
        })
        .unwrap()
        .unwrap();
    assert!(!sealed.0.windows(3).any(|bytes| bytes == b"ana"), "no plain text");
    let subject = crate::vault::Subject::Customer(sealed.1);
    let open = bench.engine.store.read(|conn| bench.engine.vault.open(conn, 1, subject, &sealed.0)).unwrap();
    assert!(String::from_utf8(open.unwrap()).unwrap().contains("Hola, ana"));
}

#[test]
fn every_message_says_how_to_get_no_more_of_them() {
    let (mut bench, _) = owing(&["ana"]);
    bench.run("2026-03-06");
    let script = bench.script.lock().unwrap();
    let way_out = ("unsubscribe-mailto".to_owned(), "cobranza@acme.example?subject=BAJA".to_owned());
    assert_eq!(script.sent[0].variables, [way_out]);
    assert!(script.sent[0].text.contains("responda con la palabra BAJA"));
}
