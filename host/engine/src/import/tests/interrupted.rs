//! Interrupted anywhere, split anyhow: the same ledger. Edited in the store: found.

use proptest::prelude::*;
use recaudo_ports::plugin::{Batch, Page};
use recaudo_store::StoreError;

use super::bench::{Bench, customer, invoice, page, payment, pays};
use crate::progress::Silent;
use crate::verify::verify;

#[test]
fn an_import_goes_on_from_its_last_page() {
    let mut bench = Bench::on("2026-03-10");
    let pages: Vec<Page> = (0..4).map(|n| page(batch(n * 10, 10))).collect();
    bench.script(|script| (script.pages, script.fail_at) = (pages, Some(2)));
    let stopped = bench.resume();
    assert_eq!(Bench::counts(&stopped), (20, 20, 0, 0));
    let why = stopped.stopped.unwrap();
    assert_eq!(why.code, "unavailable");
    assert!(
        why.message.contains("the far side hung up") && why.message.contains("goes on from its last page")
    );
    let rest = bench.resume();
    assert_eq!(rest.stopped, None);
    assert_eq!(Bench::counts(&rest), (40, 40, 0, 0));
    bench.script(|script| assert_eq!(script.asked, [None, Some(1), Some(2), Some(2), Some(3)]));
    let again = bench.resume();
    assert_eq!(Bench::counts(&again), (40, 0, 40, 0), "a finished feed begins anew");
}

#[test]
fn an_incremental_feed_goes_on_from_where_it_finished() {
    let mut bench = Bench::on("2026-03-10");
    bench.script(|script| script.incremental = true);
    bench.import(vec![page(batch(0, 5))]);
    let more = bench.import(vec![page(batch(0, 5)), page(batch(5, 5))]);
    assert_eq!(Bench::counts(&more), (5, 5, 0, 0));
}

/// Rows `from` to `from + count`: on each an invoice of its own and a payment of part of it.
fn batch(from: u64, count: u64) -> Batch {
    let mut rows = Batch { customers: vec![customer("ana", from + 1)], ..Batch::default() };
    for row in from + 1..=from + count {
        let amount = i64::try_from(row).unwrap() * 100;
        let (number, paid) = (format!("INV-{row}"), format!("PAY-{row}"));
        rows.documents.push(invoice(&number, row, amount, "2026-01-31"));
        rows.payments.push(payment(&paid, row, amount / 2 + 1, "2026-02-10"));
        rows.allocations.push(pays(&format!("A-{row}"), row, &paid, &number, amount / 2 + 1, "2026-02-10"));
    }
    rows
}

fn cut(whole: &Batch, cuts: &[usize]) -> Vec<Page> {
    let mut ends: Vec<usize> = cuts.iter().map(|cut| cut % whole.documents.len()).collect();
    ends.push(whole.documents.len());
    ends.sort_unstable();
    let mut from = 0;
    let mut pages = Vec::new();
    for end in ends {
        pages.push(page(Batch {
            customers: whole.customers.clone(),
            documents: whole.documents[from..end].to_vec(),
            payments: whole.payments[from..end].to_vec(),
            allocations: whole.allocations[from..end].to_vec(),
            ..Batch::default()
        }));
        from = end;
    }
    pages
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn however_it_is_cut_and_wherever_it_breaks_the_ledger_is_the_same(
        cuts in prop::collection::vec(0..60_usize, 0..6), fail_at in 0..8_usize,
    ) {
        let whole = batch(0, 60);
        let mut straight = Bench::on("2026-03-10");
        straight.import(vec![page(whole.clone())]);
        let mut broken = Bench::on("2026-03-10");
        broken.script(|script| (script.pages, script.fail_at) = (cut(&whole, &cuts), Some(fail_at)));
        let first = broken.resume();
        if first.stopped.is_some() {
            prop_assert_eq!(broken.resume().stopped, None);
        }
        prop_assert_eq!(straight.debt(), broken.debt());
        let mut entries = (straight.entries(), broken.entries());
        entries.0.sort();
        entries.1.sort();
        prop_assert_eq!(entries.0, entries.1);
    }
}

fn edited(sql: &str) -> Vec<String> {
    let mut bench = Bench::on("2026-03-10");
    bench.import(vec![page(batch(0, 3))]);
    bench
        .engine
        .store
        .write(|tx| {
            for trigger in
                ["tr_entries_no_update", "tr_entries_no_delete", "tr_audit_no_update", "tr_audit_no_delete"]
            {
                tx.execute(&format!("DROP TRIGGER {trigger}"), &[])?;
            }
            tx.execute(sql, &[])?;
            Ok::<_, StoreError>(())
        })
        .unwrap();
    let view = verify(&mut bench.engine, &mut Silent).unwrap();
    assert_eq!(view.ok, view.checks.iter().all(|check| check.ok));
    view.checks.into_iter().filter_map(|c| c.first_bad.map(|bad| format!("{}: {bad}", c.name))).collect()
}

#[test]
fn an_edited_store_is_found_and_the_first_bad_record_named() {
    assert_eq!(edited("UPDATE open_items SET disputed = 1"), [""; 0]);
    assert_eq!(
        edited("UPDATE open_items SET open_minor = 7 WHERE number = 'INV-2'"),
        ["items: open item 2 says 0.07 COP, its entries sum to 0.99"]
    );
    assert_eq!(
        edited("UPDATE entries SET reason = 'x' WHERE id = 2"),
        ["entries: the ledger entries 1 to 9 (erp/all) are not what audit row 2 says was written"]
    );
    let gone = edited("DELETE FROM entries WHERE kind = 'apply' AND id = (SELECT max(id) FROM entries)");
    assert_eq!(gone.len(), 3, "{gone:?}");
    assert_eq!(
        edited("UPDATE audit SET at = at + 1 WHERE seq = 1"),
        ["audit-chain: audit row 1 was changed"]
    );
    let cut = edited("DELETE FROM audit WHERE seq = 1");
    assert_eq!(cut, ["audit-chain: audit row 1 is missing; 2 follows"]);
    let stray = "INSERT INTO entries (id, tenant_id, item_id, effective_on, known_at, amount_minor, kind, currency, \
                 reason) VALUES (999, 1, 1, 20000, 0, 5, 'adjust', 'COP', '')";
    assert_eq!(
        edited(stray),
        [
            "entries: ledger entry 999 was never posted: no audit row speaks for it",
            "items: open item 1 says 0.49 COP, its entries sum to 0.54"
        ]
    );
    assert_eq!(
        edited("UPDATE entries SET kind = 'bill' WHERE id = 4").len(),
        1,
        "a changed kind breaks the digest and no balance"
    );
}
