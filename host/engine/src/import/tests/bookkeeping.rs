//! What money does: part payments, corrections, credit notes, returned payments; as it is and as it was known.

use recaudo_ports::plugin::{Batch, Deletion, Settler};

use super::bench::{Bench, cop, customer, day, invoice, page, payment, pays};
use crate::aging::AgingQuery;

fn ana(rows: Batch) -> Batch {
    Batch { customers: vec![customer("ana", 1)], ..rows }
}

fn debt(outstanding: &str, credits: &str, unapplied: &str) -> (String, String, String) {
    (outstanding.into(), credits.into(), unapplied.into())
}

/// INV-1 of 1,000.00 on row 2; PAY-1 of `paid` settles `settled` of it, on row 3.
fn part_paid(paid: i64, settled: i64) -> Batch {
    ana(Batch {
        documents: vec![invoice("INV-1", 2, 100_000, "2026-01-31")],
        payments: vec![payment("PAY-1", 3, paid, "2026-03-06")],
        allocations: vec![pays("A-1", 3, "PAY-1", "INV-1", settled, "2026-03-06")],
        ..Batch::default()
    })
}

#[test]
fn a_part_payment_leaves_the_rest_open_and_nothing_comes_in_twice() {
    let mut bench = Bench::on("2026-03-10");
    let pages = vec![page(part_paid(40_000, 40_000))];
    let first = bench.import(pages.clone());
    assert_eq!(Bench::counts(&first), (3, 3, 0, 0));
    assert_eq!(bench.debt(), debt("600.00", "0.00", "0.00"));
    let entries = ["bill 100000 on 2026-01-31", "receive 40000 on 2026-03-06", "apply -40000 on 2026-03-06"];
    assert_eq!(bench.entries(), entries);

    let again = bench.import(pages);
    assert_eq!(Bench::counts(&again), (3, 0, 3, 0));
    assert_eq!(bench.entries(), entries);
    assert_eq!(bench.debt_as_of("2026-03-05"), "1000.00");
    assert_eq!(bench.debt_as_of("2026-01-30"), "0.00");
}

#[test]
fn what_an_item_does_not_need_stays_with_the_payment() {
    let mut bench = Bench::on("2026-03-10");
    bench.import(vec![page(part_paid(150_000, 120_000))]);
    assert_eq!(bench.debt(), debt("0.00", "0.00", "500.00"));
}

#[test]
fn a_greater_version_corrects_by_new_entries_and_yesterdays_report_stays_as_it_was_known() {
    let mut bench = Bench::on("2026-02-10");
    let mut document = invoice("INV-1", 2, 100_000, "2026-01-31");
    bench.import(vec![page(ana(Batch { documents: vec![document.clone()], ..Batch::default() }))]);

    bench.turn_to("2026-04-01");
    document.key.version = 2;
    document.total = cop(80_000);
    document.due = day("2026-03-31");
    let view = bench.import(vec![page(ana(Batch { documents: vec![document], ..Batch::default() }))]);
    assert_eq!(Bench::counts(&view), (2, 1, 1, 0));
    assert_eq!(bench.entries(), ["bill 100000 on 2026-01-31", "adjust -20000 on 2026-01-31"]);
    assert_eq!(bench.debt_as_of("2026-03-05"), "800.00");
    assert_eq!(bench.debt_as_known("2026-03-05", "2026-03-05"), "1000.00");

    let past_due = |bench: &mut Bench, known: Option<&str>| {
        let known_at = known.map(|day| format!("{day}T17:00:00Z").parse().unwrap());
        let as_of = Some("2026-03-05".parse().unwrap());
        bench.aging(&AgingQuery { as_of, known_at, ..AgingQuery::default() }).currencies[0].past_due.clone()
    };
    assert_eq!(past_due(&mut bench, Some("2026-03-05")), "1000.00", "it was due on 2 March then");
    assert_eq!(past_due(&mut bench, None), "0.00", "it turned out to be due on 31 March");
}

#[test]
fn a_payment_backdated_into_a_reported_day_corrects_that_day_and_not_what_was_known() {
    let mut bench = Bench::on("2026-03-10");
    bench.import(vec![page(part_paid(40_000, 40_000))]);
    bench.turn_to("2026-04-10");
    let late = Batch {
        payments: vec![payment("PAY-2", 4, 60_000, "2026-02-15")],
        allocations: vec![pays("A-2", 4, "PAY-2", "INV-1", 60_000, "2026-02-15")],
        ..Batch::default()
    };
    bench.import(vec![page(late)]);
    assert_eq!(bench.debt_as_known("2026-03-01", "2026-04-01"), "1000.00");
    assert_eq!(bench.debt_as_of("2026-03-01"), "400.00");
    assert_eq!(bench.debt(), debt("0.00", "0.00", "0.00"));
    let settled_on = bench.engine.store.read(|conn| {
        conn.first("SELECT settled_on FROM open_items WHERE number = 'INV-1'", &[], |row| row.int32(0))
    });
    assert_eq!(settled_on.unwrap(), Some(day("2026-03-06")));
}

#[test]
fn a_void_is_a_reversal_and_may_be_taken_back() {
    let mut bench = Bench::on("2026-02-10");
    let mut document = invoice("INV-1", 2, 100_000, "2026-01-31");
    let tell = |document: &recaudo_ports::plugin::Document| {
        vec![page(ana(Batch { documents: vec![document.clone()], ..Batch::default() }))]
    };
    bench.import(tell(&document));
    document.key.version = 2;
    document.status = "Cancelled".into();
    bench.import(tell(&document));
    assert_eq!(bench.debt(), debt("0.00", "0.00", "0.00"));
    document.key.version = 3;
    document.status = "open".into();
    bench.import(tell(&document));
    assert_eq!(bench.debt(), debt("1000.00", "0.00", "0.00"));
    assert_eq!(
        bench.entries(),
        ["bill 100000 on 2026-01-31", "reverse -100000 on 2026-02-10", "reverse 100000 on 2026-02-10"]
    );
}

#[test]
fn a_credit_note_stands_beside_the_debt_until_it_is_applied() {
    let mut bench = Bench::on("2026-02-10");
    let mut credit = invoice("CN-1", 3, 30_000, "2026-02-01");
    credit.kind = "credit-note".into();
    let mut rows = ana(Batch {
        documents: vec![invoice("INV-1", 2, 100_000, "2026-01-31"), credit],
        ..Batch::default()
    });
    bench.import(vec![page(rows.clone())]);
    assert_eq!(bench.debt(), debt("1000.00", "-300.00", "0.00"));

    let mut applied = pays("A-1", 4, "", "INV-1", 25_000, "2026-02-05");
    applied.settler = Settler::CreditNote("CN-1".into());
    rows.allocations.push(applied);
    bench.import(vec![page(rows)]);
    assert_eq!(bench.debt(), debt("750.00", "-50.00", "0.00"));
    assert_eq!(bench.debt_as_of("2026-02-04"), "1000.00");
}

#[test]
fn a_payment_that_comes_back_reopens_what_it_settled() {
    let mut bench = Bench::on("2026-03-10");
    bench.import(vec![page(part_paid(100_000, 100_000))]);
    assert_eq!(bench.debt(), debt("0.00", "0.00", "0.00"));
    bench.turn_to("2026-03-20");
    let returned = Deletion { entity: "payment".into(), id: "PAY-1".into() };
    let back = page(Batch { deletions: vec![returned], ..Batch::default() });
    bench.import(vec![back.clone()]);
    assert_eq!(bench.debt(), debt("1000.00", "0.00", "0.00"));
    assert_eq!(bench.debt_as_of("2026-03-15"), "0.00");
    let told_twice = bench.import(vec![back]);
    assert_eq!(Bench::counts(&told_twice), (1, 0, 1, 0));
}

#[test]
fn an_allocation_that_moves_settles_the_other_item_instead() {
    let mut bench = Bench::on("2026-03-10");
    let mut rows = part_paid(40_000, 40_000);
    rows.documents.push(invoice("INV-2", 4, 50_000, "2026-02-01"));
    bench.import(vec![page(rows.clone())]);
    rows.allocations[0].key.version = 2;
    rows.allocations[0].document = "INV-2".into();
    bench.import(vec![page(rows)]);
    assert_eq!(bench.debt(), debt("1100.00", "0.00", "0.00"));
    let open = bench
        .engine
        .store
        .read(|conn| conn.all("SELECT open_minor FROM open_items ORDER BY number", &[], |row| row.int(0)));
    assert_eq!(open.unwrap(), [100_000, 10_000]);
}

#[test]
fn control_totals_show_what_is_missing() {
    let mut bench = Bench::on("2026-03-10");
    let mut rows = part_paid(40_000, 40_000);
    let mut stranger = invoice("INV-2", 4, 50_000, "2026-02-01");
    stranger.customer = "nobody".into();
    rows.documents.push(stranger);
    let mut told = page(rows);
    told.control = vec![cop(150_000)];
    let view = bench.import(vec![told]);
    let control = &view.control[0];
    assert_eq!(
        (&*control.source_total, &*control.ours, &*control.difference),
        ("1500.00", "1000.00", "500.00")
    );
    assert_eq!(bench.complaints(), ["4 document customer unknown-customer: nobody"]);
}

#[test]
fn money_that_went_back_reopens_the_debt_with_entries_of_its_own() {
    let mut bench = Bench::on("2026-03-10");
    bench.import(vec![page(part_paid(100_000, 100_000))]);
    let back = Batch {
        payments: vec![payment("PAY-2", 4, -30_000, "2026-03-08")],
        allocations: vec![pays("A-2", 4, "PAY-2", "INV-1", -30_000, "2026-03-08")],
        ..Batch::default()
    };
    let view = bench.import(vec![page(back)]);
    assert_eq!(Bench::counts(&view), (1, 1, 0, 0));
    assert_eq!(bench.debt(), debt("300.00", "0.00", "0.00"));
    assert_eq!(bench.entries()[3..], ["receive -30000 on 2026-03-08", "apply 30000 on 2026-03-08"]);
}
