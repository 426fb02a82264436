//! A snapshot tells what is open on a day; the movements are inferred and marked so.

use recaudo_ports::plugin::{Batch, Document, Mode, Page};

use super::bench::{Bench, cop, customer, day, invoice, page, reject};

fn open(number: &str, row: u64, total: i64, open: i64) -> Document {
    Document { open: Some(cop(open)), ..invoice(number, row, total, "2026-01-31") }
}

fn snapshot(on: &str, documents: Vec<Document>) -> Page {
    let rows = Batch { customers: vec![customer("ana", 1)], documents, ..Batch::default() };
    Page { mode: Mode::Snapshot(day(on)), ..page(rows) }
}

#[test]
fn balances_that_fell_are_inferred_movements() {
    let mut bench = Bench::on("2026-03-01");
    bench.import(vec![snapshot(
        "2026-03-01",
        vec![open("INV-1", 2, 1_000, 1_000), open("INV-2", 3, 500, 200)],
    )]);
    assert_eq!(bench.debt().0, "12.00");
    assert_eq!(bench.debt_as_of("2026-02-28"), "15.00");

    bench.turn_to("2026-03-02");
    let view = bench
        .import(vec![snapshot("2026-03-02", vec![open("INV-1", 2, 1_000, 400), open("INV-2", 3, 500, 200)])]);
    assert_eq!(Bench::counts(&view), (3, 1, 2, 0));
    assert_eq!(bench.debt().0, "6.00");
    assert_eq!(bench.entries()[3..], ["inferred -600 on 2026-03-02"]);
}

#[test]
fn what_a_whole_snapshot_does_not_hold_is_settled_and_may_come_back() {
    let mut bench = Bench::on("2026-03-01");
    bench.import(vec![
        snapshot("2026-03-01", vec![open("INV-1", 2, 1_000, 1_000)]),
        snapshot("2026-03-01", vec![open("INV-2", 3, 500, 500)]),
    ]);
    bench.turn_to("2026-03-02");
    bench.import(vec![snapshot("2026-03-02", vec![open("INV-2", 2, 500, 500)])]);
    assert_eq!(bench.debt().0, "5.00");
    assert_eq!(bench.debt_as_of("2026-03-01"), "15.00");
    bench.turn_to("2026-03-03");
    bench.import(vec![snapshot(
        "2026-03-03",
        vec![open("INV-1", 2, 1_000, 1_000), open("INV-2", 3, 500, 500)],
    )]);
    assert_eq!(bench.debt().0, "15.00");
}

#[test]
fn a_snapshot_with_unread_rows_settles_nothing_it_does_not_hold() {
    let mut bench = Bench::on("2026-03-01");
    bench.import(vec![snapshot("2026-03-01", vec![open("INV-1", 2, 1_000, 1_000)])]);
    let mut torn = snapshot("2026-03-02", vec![open("INV-2", 2, 500, 500)]);
    torn.rejects = vec![reject(3, "amount", "1,0,0", "bad-amount")];
    torn.read += 1;
    bench.import(vec![torn]);
    assert_eq!(bench.debt().0, "15.00");
    assert!(bench.complaints().iter().any(|c| c.contains("snapshot-incomplete")));
}
