//! What happened here is told to the ERP once, whatever the wire and the machine do, and known again when it comes back.

use std::panic::{AssertUnwindSafe, catch_unwind};

use recaudo_core::day::Day;
use recaudo_core::hold::Reason;
use recaudo_ports::plugin::Batch;
use recaudo_ports::plugin::gateway::TransactionKind;
use recaudo_ports::plugin::writeback::{Entry, Note, Receipt};

use super::{Found, WorkView, found, persons, work};
use crate::cash::tests::bench::{Bench, Fault, cop, credit, day, paid, settles, told};
use crate::holds::{self, HoldRequest};
use crate::settings::Writeback;

/// Ana owes two invoices; what happens here is told to `erp` at once.
fn told_at_once() -> Bench {
    let mut bench = Bench::billed(&[("INV-1001", "ana", 100_000), ("INV-1003", "ana", 70_000)]);
    bench.engine.settings.writeback =
        Some(Writeback { source: "erp".into(), after_minutes: 0, payments: true, holds: true });
    bench.asks_ana();
    bench
}

fn works(bench: &Bench) -> WorkView {
    work(&bench.engine).unwrap()
}

/// Works until nothing is due.
fn works_out(bench: &Bench) {
    for _ in 0..40 {
        let _ = catch_unwind(AssertUnwindSafe(|| works(bench)));
        bench.turn(13 * 3_600);
    }
}

fn receipts(bench: &Bench) -> Vec<(Receipt, u32)> {
    let world = bench.world.lock().unwrap();
    let receipt = |written: &crate::cash::tests::bench::Written| match &written.entry {
        Entry::Receipt(receipt) => Some((receipt.clone(), written.times)),
        _ => None,
    };
    world.written.values().filter_map(receipt).collect()
}

fn ended(bench: &Bench) -> Vec<String> {
    let read = |row: &recaudo_store::Row<'_>| {
        Ok::<_, recaudo_store::StoreError>(format!(
            "{} {} {} {}",
            row.text(0)?,
            row.text(1)?,
            row.text(2)?,
            row.text(3)?
        ))
    };
    let sql = "SELECT kind, state, status, code FROM writebacks WHERE tenant_id = 1 ORDER BY id";
    let kept = bench.engine.store.read(|conn| conn.all(sql, &[], read)).unwrap();
    kept.into_iter().map(|line| line.trim_end().to_owned()).collect()
}

#[test]
fn a_payment_is_told_once_with_what_it_settles_and_comes_back_in_parts_as_one() {
    let mut bench = told_at_once();
    bench.gateway("KH-1", 170_000, "2026-03-18", "KH-1");
    assert_eq!(works(&bench), WorkView { told: 1, settled: 1, ..WorkView::default() });
    let (receipt, _) = receipts(&bench).remove(0);
    let ours = receipt.reference.clone();
    assert!(ours.starts_with("RECAUDO-P"), "{ours}");
    assert_eq!(
        (receipt.customer.as_str(), receipt.amount, receipt.on),
        ("ana", cop(170_000), day("2026-03-18"))
    );
    assert_eq!(
        receipt.documents,
        [("INV-1001".to_owned(), cop(100_000)), ("INV-1003".to_owned(), cop(70_000))]
    );
    assert!(receipt.attributes.contains(&("gateway-id".into(), "KH-1".into())), "{receipt:?}");
    assert_eq!(works(&bench).told, 0);

    // The ERP keeps one line a document, each a payment of its own there.
    let parts = |bench: &mut Bench| {
        let mut lines =
            vec![paid("L-1", "ana", 100_000, "2026-03-30"), paid("L-2", "ana", 70_000, "2026-03-30")];
        lines.iter_mut().for_each(|line| line.reference.clone_from(&ours));
        bench.erp(Batch {
            payments: lines,
            allocations: vec![
                settles("A-1", "L-1", "INV-1001", 100_000, "2026-03-30"),
                settles("A-2", "L-2", "INV-1003", 70_000, "2026-03-30"),
            ],
            ..Batch::default()
        });
    };
    for _ in 0..2 {
        parts(&mut bench);
        assert_eq!((bench.payments(), bench.debt()), (1, ("0.00".into(), "0.00".into())));
    }
    let mut third = paid("L-3", "ana", 5_000, "2026-03-30");
    third.reference = ours;
    bench.erp(Batch { payments: vec![third], ..Batch::default() });
    assert_eq!(bench.payments(), 2, "more than the whole is another payment");
}

#[test]
fn whatever_goes_wrong_it_is_written_once_and_nothing_is_stuck() {
    const FAULTS: [Fault; 5] = [Fault::Loses, Fault::Dies, Fault::DiesBefore, Fault::Swallows, Fault::Away];
    let mut written = 0;
    for seed in 0..100_usize {
        let mut bench = told_at_once();
        let count = 1 + seed % 3;
        let faults = (0..count).map(|n| FAULTS[(seed / 3 + n * (1 + seed % 4)) % FAULTS.len()]).collect();
        bench.world.lock().unwrap().faults = faults;
        bench.gateway("KH-1", 170_000, "2026-03-18", "KH-1");
        works_out(&bench);
        let told = receipts(&bench);
        assert!(told.iter().all(|(_, times)| *times == 1) && told.len() <= 1, "seed {seed}: {told:?}");
        let state = ended(&bench).remove(0);
        let waits = persons(&bench.engine).unwrap().len();
        assert!(state.starts_with("receipt settled") || waits == 1, "seed {seed}: {state}");
        assert_eq!(state.contains("applied"), told.len() == 1 && waits == 0, "seed {seed}: {state}");
        written += told.len();
        bench.sound();
    }
    assert!(written > 90, "{written} of 100 were written in the end");
}

#[test]
fn what_the_erp_told_of_by_itself_is_not_told_to_it() {
    let mut bench = told_at_once();
    bench.engine.settings.writeback.as_mut().unwrap().after_minutes = 10;
    bench.statement("12", vec![credit("E-1", 100_000, "2026-03-19", "Ana", "INV-1001")]);
    assert_eq!(works(&bench).told, 0, "its own bank may tell it first");
    bench.erp(Batch {
        payments: vec![paid("PAY-1", "ana", 100_000, "2026-03-20")],
        allocations: vec![settles("A-1", "PAY-1", "INV-1001", 100_000, "2026-03-20")],
        ..Batch::default()
    });
    bench.turn(3_600);
    assert_eq!(works(&bench).not_needed, 1);
    assert_eq!(ended(&bench), ["receipt settled not-needed known-there"]);
    bench.erp(Batch { payments: vec![paid("PAY-2", "ana", 30_000, "2026-03-20")], ..Batch::default() });
    bench.gateway("KH-2", 30_000, "2026-03-20", "KH-2");
    assert_eq!(ended(&bench).len(), 1, "what it told of first is no wish at all");
}

#[test]
fn what_the_erp_told_of_while_nothing_had_left_is_not_told_to_it() {
    let mut bench = told_at_once();
    bench.world.lock().unwrap().faults = vec![Fault::Away];
    bench.gateway("KH-1", 100_000, "2026-03-18", "KH-1");
    assert_eq!(works(&bench).told, 1);
    bench.erp(Batch { payments: vec![paid("PAY-1", "ana", 100_000, "2026-03-20")], ..Batch::default() });
    works_out(&bench);
    assert_eq!((receipts(&bench).len(), bench.payments()), (0, 1));
    assert_eq!(ended(&bench), ["receipt settled not-needed known-there"]);
}

#[test]
fn what_went_back_is_taken_back_there_and_what_came_again_is_told_anew() {
    let mut bench = told_at_once();
    bench.gateway("KH-1", 100_000, "2026-03-18", "KH-1");
    works(&bench);
    bench.goes_back("dp_1", TransactionKind::ChargeBack, 100_000, "KH-1");
    bench.goes_back("bk_1", TransactionKind::Payment, 100_000, "dp_1");
    bench.world.lock().unwrap().faults = vec![Fault::Away];
    works_out(&bench);
    let mut told = receipts(&bench);
    told.sort_by(|a, b| a.0.reference.cmp(&b.0.reference));
    let shown: Vec<_> =
        told.iter().map(|(r, times)| (r.reference.as_str(), r.amount.minor, *times)).collect();
    let ours = told[0].0.reference.clone();
    let (again, back) = (format!("{ours}-G1"), format!("{ours}-R0"));
    assert_eq!(shown, [(&*ours, 100_000, 1), (&*again, 100_000, 1), (&*back, -100_000, 1)]);
    assert_eq!(told[2].0.attributes, [("reverses".to_owned(), ours)]);
    assert_eq!(told[1].0.documents, [("INV-1001".to_owned(), cop(100_000))]);

    let mut bench = told_at_once();
    bench.gateway("KH-1", 100_000, "2026-03-18", "KH-1");
    bench.goes_back("re_1", TransactionKind::Refund, 100_000, "KH-1");
    works_out(&bench);
    assert!(receipts(&bench).is_empty());
    assert_eq!(
        ended(&bench),
        ["receipt settled not-needed went-back-before", "reversal settled not-needed not-ours"]
    );
}

#[test]
fn a_pause_and_its_end_are_notes_and_stop_no_credit() {
    let mut bench = told_at_once();
    let request = HoldRequest {
        customer: "ana",
        item: None,
        reason: Reason::Promise,
        from: Day(day("2026-03-20")),
        until: Some(Day(day("2026-04-01"))),
        resume: None,
        made_by: "rosa",
        note: "llamó llorando",
    };
    let id = holds::add(&mut bench.engine, &request).unwrap();
    holds::release(&mut bench.engine, id, Day(day("2026-03-25"))).unwrap();
    works(&bench);
    let world = bench.world.lock().unwrap();
    let mut texts: Vec<String> = world
        .written
        .values()
        .map(|written| match &written.entry {
            Entry::Note(Note { customer, text, document: None }) if customer == "ana" => text.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    texts.sort();
    assert_eq!(
        texts,
        [
            "Gestión de cobranza en pausa desde 2026-03-20 y hasta antes de 2026-04-01: prometió pagar.",
            "La gestión de cobranza se reanuda el 2026-03-25.",
        ]
    );
}

#[test]
fn what_the_erp_cannot_hold_ends_and_what_it_refuses_waits_for_a_person() {
    let mut bench = told_at_once();
    bench.world.lock().unwrap().faults = vec![Fault::Unsupported];
    bench.tell("x", told("KH-0", TransactionKind::Payment, 5_000, "2026-03-18"));
    bench.gateway("KH-1", 100_000, "2026-03-18", "KH-1");
    works(&bench);
    assert_eq!(ended(&bench), ["receipt settled unsupported native.entry"]);

    bench.world.lock().unwrap().faults = vec![Fault::Rejected];
    bench.gateway("KH-2", 20_000, "2026-03-18", "KH-2");
    assert_eq!(works(&bench).persons, 1);
    let waits = persons(&bench.engine).unwrap().remove(0);
    assert_eq!(
        (waits.kind.as_str(), waits.customer.as_str(), waits.code.as_str()),
        ("receipt", "ana", "closed-period")
    );
    found(&bench.engine, waits.id, Found::TryAgain).unwrap();
    assert_eq!(works(&bench).settled, 1);
    assert_eq!(receipts(&bench).len(), 1);
    assert!(found(&bench.engine, waits.id, Found::Done).is_err(), "it waits for nobody");
}

#[test]
fn a_target_that_is_away_is_tried_three_times_a_pass_and_the_rest_waits() {
    let mut bench = told_at_once();
    for n in 0..6 {
        bench.gateway(&format!("KH-{n}"), 1_000 + n, "2026-03-18", &format!("KH-{n}"));
    }
    bench.world.lock().unwrap().faults = vec![Fault::Away; 3];
    let view = works(&bench);
    assert_eq!((view.told, view.put_off, receipts(&bench).len()), (3, 3, 0), "{view:?}");
    works_out(&bench);
    assert_eq!(receipts(&bench).len(), 6);
}
