//! The ledger as a file on disk: two programs at once, a newer store, an edited one.

use recaudo_engine::progress::Silent;
use recaudo_engine::verify::verify;
use recaudo_store::StoreError;

use super::support::desk::Desk;

const CONFIG: &str = r#"{
  "defaults": { "currency": "=COP" },
  "format": { "delimiter": ",", "dates": ["yyyy-mm-dd"] },
  "files": [ { "path": "snapshot.csv", "mode": "snapshot",
    "customer": { "id": "customer" },
    "document": { "number": "number", "issued": "issued", "due": "due", "total": "total", "open": "open" } } ]
}"#;

fn desk(rows: &str) -> Desk {
    let mut desk = Desk::on("2026-03-10");
    let drop = desk.drop();
    desk.source("erp", CONFIG, &drop);
    desk.file("snapshot.csv", format!("customer,number,issued,due,total,open\n{rows}"));
    desk
}

#[test]
fn an_entry_edited_behind_our_back_is_found() {
    let mut desk =
        desk("A,F-1,2026-01-01,2026-02-01,100.00,40.00\nB,F-2,2026-01-01,2026-02-01,50.00,50.00\n");
    let view = desk.import("erp");
    assert_eq!((view.imported, view.quarantined), (2, 0), "{:?}", desk.complaints());
    desk.engine
        .store
        .write(|tx| {
            tx.execute("DROP TRIGGER tr_entries_no_update", &[])?;
            tx.execute("UPDATE entries SET amount_minor = -5900 WHERE kind = 'inferred'", &[])?;
            tx.execute("UPDATE open_items SET open_minor = 4100 WHERE number = 'F-1'", &[])?;
            Ok::<_, StoreError>(())
        })
        .unwrap();
    let found = verify(&mut desk.engine, &mut Silent).unwrap();
    assert!(!found.ok);
    let entries = found.checks.iter().find(|check| check.name == "entries").unwrap();
    assert!(entries.first_bad.as_ref().unwrap().contains("are not what audit row"), "{found:?}");
    let items = found.checks.iter().find(|check| check.name == "items").unwrap();
    assert!(items.ok, "the forger kept the sum right: only the digest tells");
}

#[test]
fn entries_cannot_be_changed_by_any_statement() {
    let mut desk = desk("A,F-1,2026-01-01,2026-02-01,100.00,40.00\n");
    desk.import("erp");
    for sql in ["UPDATE entries SET amount_minor = 1", "DELETE FROM entries", "DELETE FROM audit"] {
        let refused = desk.engine.store.write(|tx| tx.execute(sql, &[])).unwrap_err();
        assert!(refused.to_string().contains("only appended"), "{sql}: {refused}");
    }
}

#[test]
fn what_leaves_the_snapshot_is_settled_by_an_inferred_entry() {
    let mut desk =
        desk("A,F-1,2026-01-01,2026-02-01,100.00,40.00\nB,F-2,2026-01-01,2026-02-01,50.00,50.00\n");
    desk.import("erp");
    desk.file(
        "snapshot.csv",
        "customer,number,issued,due,total,open\nA,F-1,2026-01-01,2026-02-01,100.00,30.00\n",
    );
    let view = desk.import("erp");
    assert_eq!(view.quarantined, 0, "{:?}", desk.complaints());
    let sql = "SELECT reason, sum(amount_minor) FROM entries WHERE kind = 'inferred' GROUP BY reason ORDER BY reason";
    let inferred = desk
        .engine
        .store
        .read(|conn| conn.all(sql, &[], |row| Ok(format!("{}: {}", row.text(0)?, row.int(1)?))));
    assert_eq!(inferred.unwrap(), ["absent from snapshot: -5000", "snapshot: -7000"]);
}
