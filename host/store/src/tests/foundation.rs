//! The foundation: transactions, migrations, refusals.

use std::path::PathBuf;

use crate::tests::on_both_engines;
use crate::tests::world::add_tenant;
use crate::{Store, StoreError, Value};

on_both_engines!(
    a_failed_transaction_leaves_nothing,
    a_reader_sees_one_state_while_a_writer_goes_on,
    keys_are_handed_out_in_batches_and_never_twice,
    a_row_that_holds_the_wrong_thing_is_named,
    what_is_appended_is_neither_changed_nor_deleted,
    a_parameter_is_what_its_number_says_wherever_it_stands,
    a_wrong_statement_is_a_fault_and_the_next_one_works,
    a_statement_may_be_run_while_another_one_is_read,
    one_writer_waits_for_the_other_and_none_is_lost,
    one_worker_holds_the_lock_at_a_time,
    every_kind_of_value_comes_back_as_it_went_in,
    text_is_ordered_by_its_bytes,
    a_writer_that_panics_leaves_nothing_and_the_next_one_works,
    nothing_dangles,
);

fn names(store: &Store) -> Vec<String> {
    let sql = "SELECT name FROM tenants WHERE id BETWEEN 90 AND 99 ORDER BY id";
    store.read(|conn| conn.all(sql, &[], |row| Ok(row.text(0)?.to_owned()))).unwrap()
}

/// Foundation stories write tenants from 90 to 99, so that they can be told in a store with others.
fn named(tx: &crate::Tx<'_>, id: i64, name: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO tenants (id, name) VALUES ($1, $2)";
    tx.execute_one("tenants", sql, &[id.into(), name.into()])
}

fn forget(store: &Store) {
    let sql = "DELETE FROM tenants WHERE id BETWEEN 90 AND 99";
    store.write(|tx| tx.execute(sql, &[]).map(drop)).unwrap();
}

fn a_failed_transaction_leaves_nothing(store: &Store, _: i64) {
    let failed: Result<(), StoreError> = store.write(|tx| {
        named(tx, 90, "acme")?;
        named(tx, 91, "acme")
    });
    assert!(matches!(failed, Err(StoreError::Constraint { .. })), "{failed:?}");
    assert!(names(store).is_empty());
}

fn a_reader_sees_one_state_while_a_writer_goes_on(store: &Store, _: i64) {
    let sql = "SELECT count(*) FROM tenants WHERE id BETWEEN 90 AND 99";
    let seen = store.read(|conn| {
        let before = conn.first(sql, &[], |row| row.int(0))?;
        store.write(|tx| named(tx, 90, "acme"))?;
        let after = conn.first(sql, &[], |row| row.int(0))?;
        Ok::<_, StoreError>((before, after))
    });
    assert_eq!(seen.unwrap(), (Some(0), Some(0)));
    assert_eq!(names(store), ["acme"]);
    forget(store);
}

fn keys_are_handed_out_in_batches_and_never_twice(store: &Store, _: i64) {
    let names = ["first", "second"].map(|name| format!("{name} sequence"));
    let handed = store.write(|tx| {
        Ok::<_, StoreError>([tx.ids(&names[0], 5)?, tx.ids(&names[0], 1)?, tx.ids(&names[1], 2)?])
    });
    let next = store.write(|tx| Ok::<_, StoreError>([tx.ids(&names[0], 1)?, tx.ids(&names[1], 1)?])).unwrap();
    let [a, b, other] = handed.unwrap();
    assert_eq!((b - a, next[0] - b, next[1] - other), (5, 1, 2));
}

fn a_row_that_holds_the_wrong_thing_is_named(store: &Store, _: i64) {
    let wrong = store.read(|conn| conn.first("SELECT name FROM tenants", &[], |row| row.int(0)));
    let text = wrong.unwrap_err().to_string();
    assert_eq!(
        text,
        "table tenants, column name, row 1 holds what it must not: expected an integer, found Text"
    );
}

fn what_is_appended_is_neither_changed_nor_deleted(store: &Store, tenant: i64) {
    add_tenant(store, tenant);
    let row = crate::audit::AuditRow {
        seq: 1_000,
        at: 0,
        kind: "x".into(),
        subject: "y".into(),
        body: vec![],
        prev_hash: vec![],
        hash: vec![],
    };
    store.write(|tx| crate::audit::append(tx, tenant, &row)).unwrap();
    for sql in ["UPDATE audit SET at = 1 WHERE tenant_id = $1", "DELETE FROM audit WHERE tenant_id = $1"] {
        let refused = store.write(|tx| tx.execute(sql, &[tenant.into()])).unwrap_err();
        assert!(matches!(refused, StoreError::Constraint { .. }), "{refused}");
        assert!(refused.to_string().contains("only appended"), "{refused}");
    }
}

fn a_parameter_is_what_its_number_says_wherever_it_stands(store: &Store, _: i64) {
    let sql = "SELECT $3, $1, $2, $1 FROM tenants WHERE id = $4";
    let params = ["a".into(), "b".into(), "c".into(), 1.into()];
    let read = |row: &crate::Row<'_>| {
        Ok([row.text(0)?.to_owned(), row.text(1)?.into(), row.text(2)?.into(), row.text(3)?.into()])
    };
    let found = store.read(|conn| conn.first(sql, &params, read)).unwrap();
    assert_eq!(found.unwrap(), ["c", "a", "b", "a"]);
}

fn a_wrong_statement_is_a_fault_and_the_next_one_works(store: &Store, _: i64) {
    let one = |sql: &str, params: &[Value<'_>]| store.read(|conn| conn.first(sql, params, |row| row.int(0)));
    for (sql, params) in [
        ("SELECT nothing FROM tenants", &[][..]),
        ("SELECT id FROM tenants WHERE id = $1", &[][..]),
        ("SELECT id FROM tenants WHERE id = $1 AND name = $2", &[Value::Int(1)][..]),
        ("SELECT id FROM tenants WHERE id = $2", &[Value::Int(1)][..]),
    ] {
        let wrong = one(sql, params).unwrap_err();
        assert!(matches!(wrong, StoreError::Statement { .. }), "{sql}: {wrong}");
    }
    assert_eq!(one("SELECT id FROM tenants WHERE id = $1", &[1.into()]).unwrap(), Some(1));
}

fn a_statement_may_be_run_while_another_one_is_read(store: &Store, _: i64) {
    store.write(|tx| (90..99).try_for_each(|id| named(tx, id, &format!("name {id}")))).unwrap();
    let mut both = vec![];
    let ids = "SELECT id FROM tenants WHERE id BETWEEN 90 AND 99 ORDER BY id";
    let name = "SELECT name FROM tenants WHERE id = $1";
    store
        .read(|conn| {
            conn.query(ids, &[], |row| {
                let id = row.int(0)?;
                let name = conn.first(name, &[id.into()], |row| Ok(row.text(0)?.to_owned()))?;
                both.push((id, name.unwrap_or_default()));
                Ok(())
            })
        })
        .unwrap();
    assert_eq!(both.len(), 9);
    assert!(both.iter().all(|(id, name)| *name == format!("name {id}")), "{both:?}");
    forget(store);
}

fn one_writer_waits_for_the_other_and_none_is_lost(store: &Store, _: i64) {
    let rounds = 20;
    let name = "counted by two";
    let next = store.write(|tx| tx.ids(name, 1)).unwrap() + 1;
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..rounds {
                    store.write(|tx| tx.ids(name, 1).map(drop)).unwrap();
                }
            });
        }
    });
    assert_eq!(store.write_durably(|tx| tx.ids(name, 1)).unwrap(), next + 2 * rounds);
}

fn one_worker_holds_the_lock_at_a_time(store: &Store, _: i64) {
    let held = store.try_lock().unwrap();
    assert!(held.is_some());
    assert!(store.try_lock().unwrap().is_none(), "a second worker came in");
    let import = store.try_lock_for("import").unwrap();
    assert!(import.is_some(), "another kind of work has a lock of its own");
    drop(held);
    // A server notices that a session has ended a moment later.
    let again = (0..100).find_map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(20));
        store.try_lock().unwrap()
    });
    assert!(again.is_some(), "the lock outlived its holder");
}

fn every_kind_of_value_comes_back_as_it_went_in(store: &Store, tenant: i64) {
    add_tenant(store, tenant);
    let texts = ["", "ñandú 🜁", "it's \"quoted\" $1 \\x41"];
    let blobs: [&[u8]; 3] = [b"", b"\0\xff\n\\.", &[0x80; 70_000]];
    let numbers = [i64::MIN, -1, i64::MAX];
    let source = crate::tests::world::World::new(store, tenant).source;
    let insert = "INSERT INTO quarantine (id, tenant_id, source_id, feed, origin, row_number, entity, field, code, \
                  message, value, import_id, first_seen_at, resolved_at, resolution) \
                  VALUES ($1, $2, $3, $4, 'o', $5, 'e', 'f', 'c', $6, $6, 0, 0, $7, '')";
    let sql =
        "SELECT feed, row_number, message, resolved_at FROM quarantine WHERE tenant_id = $1 AND id = $2";
    for n in 0..3 {
        let late = (n == 2).then_some(7_i64);
        let id = store.write(|tx| tx.ids("quarantine", 1)).unwrap();
        let params = [
            id.into(),
            tenant.into(),
            source.into(),
            texts[n].into(),
            numbers[n].into(),
            blobs[n].into(),
            late.into(),
        ];
        store.write(|tx| tx.execute_one("quarantine", insert, &params)).unwrap();
        let found = store.read(|conn| {
            conn.first(sql, &[tenant.into(), id.into()], |row| {
                assert_eq!(row.value(0)?, Value::Text(texts[n]));
                assert_eq!(row.value(2)?, Value::Bytes(blobs[n]));
                assert_eq!((row.opt_text(0)?, row.opt_bytes(2)?), (Some(texts[n]), Some(blobs[n])));
                assert_eq!(row.value(3)?, late.into());
                assert_eq!(row.opt_int32(3)?, late.map(|_| 7));
                assert!(n == 1 || row.int32(1).is_err(), "64 bits do not fit 32");
                row.int(1)
            })
        });
        assert_eq!(found.unwrap(), Some(numbers[n]));
    }
}

fn text_is_ordered_by_its_bytes(store: &Store, _: i64) {
    let mut texts = ["b", "B", "a b", "ab", "á", "Z", "_", "1", "10", "2"];
    store.write(|tx| (90..).zip(texts).try_for_each(|(id, text)| named(tx, id, text))).unwrap();
    let sql = "SELECT name FROM tenants WHERE id BETWEEN 90 AND 99 ORDER BY name";
    let found = store.read(|conn| conn.all(sql, &[], |row| Ok(row.text(0)?.to_owned()))).unwrap();
    texts.sort_unstable();
    assert_eq!(found, texts);
    forget(store);
}

fn a_writer_that_panics_leaves_nothing_and_the_next_one_works(store: &Store, _: i64) {
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let _: Result<(), StoreError> = store.write(|tx| {
            named(tx, 90, "acme")?;
            std::panic::resume_unwind(Box::new("on purpose"))
        });
    }));
    assert!(panicked.is_err());
    assert!(names(store).is_empty());
    store.write(|tx| named(tx, 90, "acme")).unwrap();
    assert_eq!(names(store), ["acme"]);
    forget(store);
}

fn nothing_dangles(store: &Store, tenant: i64) {
    let world = crate::tests::world::World::new(store, tenant);
    let mut item = world.an_item(world.ana, "D-1", 5, crate::tests::world::TODAY);
    item.customer_id = i64::MAX;
    let refused = store.write(|tx| crate::item::insert(tx, tenant, [&item])).unwrap_err();
    assert!(matches!(refused, StoreError::Constraint { .. }), "{refused}");
    let mut found = 0;
    store.read(|conn| conn.dangling(|_, _, _| found += 1)).unwrap();
    assert_eq!(found, 0);
}

fn file(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("recaudo-store-{}-{name}.db", std::process::id()));
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
    }
    path
}

/// Opens a store, changes it behind its back, and says how it is refused afterwards.
fn refused_after(open: impl Fn() -> Result<Store, StoreError>, sql: &str) -> StoreError {
    drop(open().unwrap());
    let store = open().unwrap();
    store.write(|tx| tx.execute(sql, &[Value::Bytes(&[0])]).map(drop)).unwrap();
    drop(store);
    open().err().unwrap()
}

const FUTURE: &str = "INSERT INTO schema_migrations (number, name, digest) VALUES (9999, 'future', $1)";
const OLD: &str = "UPDATE schema_migrations SET digest = $1, name = 'old'";

#[test]
fn a_store_opens_again_and_a_newer_one_is_refused_whole() {
    let path = file("newer");
    let refused = refused_after(|| Store::open(&path), FUTURE);
    assert!(matches!(refused, StoreError::Newer { found: 9999, .. }), "{refused}");
    assert!(refused.to_string().contains("use the recaudo that wrote it"));
    let path = file("other");
    let refused = refused_after(|| Store::open(&path), OLD);
    assert!(matches!(refused, StoreError::OtherMigration { number: 1, .. }), "{refused}");
}

#[cfg(feature = "postgres")]
#[test]
fn a_store_on_a_server_opens_again_and_a_newer_one_is_refused_whole() {
    let Some(server) = recaudo_postgres_server::Server::shared() else { return };
    let url = server.database().unwrap();
    let refused = refused_after(|| Store::connect(&url), FUTURE);
    assert!(matches!(refused, StoreError::Newer { found: 9999, .. }), "{refused}");
    let url = server.database().unwrap();
    let refused = refused_after(|| Store::connect(&url), OLD);
    assert!(matches!(refused, StoreError::OtherMigration { number: 1, .. }), "{refused}");
}

#[test]
fn a_durable_write_is_an_ordinary_one_besides() {
    let path = file("durable");
    let store = Store::open(&path).unwrap();
    store.write_durably(|tx| named(tx, 90, "acme")).unwrap();
    assert_eq!(names(&Store::open(&path).unwrap()), ["acme"]);
}

#[test]
fn one_worker_a_process_and_no_second_one_from_another() {
    let path = file("worker");
    let (store, other) = (Store::open(&path).unwrap(), Store::open(&path).unwrap());
    let held = store.try_lock().unwrap();
    assert!(held.is_some() && other.try_lock().unwrap().is_none());
}
