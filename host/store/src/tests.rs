//! The foundation: transactions, migrations, refusals.

use std::path::PathBuf;

use crate::{Store, StoreError, Value};

fn file(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("recaudo-store-{}-{name}.db", std::process::id()));
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
    }
    path
}

fn tenants(store: &Store) -> Vec<String> {
    store
        .read(|conn| conn.all("SELECT name FROM tenants ORDER BY id", &[], |row| Ok(row.text(0)?.to_owned())))
        .unwrap()
}

#[test]
fn a_failed_transaction_leaves_nothing() {
    let store = Store::scratch().unwrap();
    let failed: Result<(), StoreError> = store.write(|tx| {
        tx.execute("INSERT INTO tenants (id, name) VALUES ($1, $2)", &[2.into(), "acme".into()])?;
        tx.execute("INSERT INTO tenants (id, name) VALUES ($1, $2)", &[3.into(), "acme".into()])?;
        Ok(())
    });
    assert!(matches!(failed, Err(StoreError::Constraint { .. })), "{failed:?}");
    assert_eq!(tenants(&store), ["default"]);
}

#[test]
fn a_reader_sees_one_state_while_a_writer_goes_on() {
    let store = Store::scratch().unwrap();
    let seen = store.read(|conn| {
        let before = conn.first("SELECT count(*) FROM tenants", &[], |row| row.int(0))?;
        store.write(|tx| tx.execute("INSERT INTO tenants (id, name) VALUES (2, 'acme')", &[]).map(drop))?;
        let after = conn.first("SELECT count(*) FROM tenants", &[], |row| row.int(0))?;
        Ok::<_, StoreError>((before, after))
    });
    assert_eq!(seen.unwrap(), (Some(1), Some(1)));
    assert_eq!(tenants(&store), ["default", "acme"]);
}

#[test]
fn keys_are_handed_out_in_batches_and_never_twice() {
    let store = Store::scratch().unwrap();
    let (a, b, other) = store
        .write(|tx| {
            Ok::<_, StoreError>((tx.ids("entries", 5)?, tx.ids("entries", 1)?, tx.ids("open_items", 2)?))
        })
        .unwrap();
    assert_eq!((a, b, other), (1, 6, 1));
}

#[test]
fn a_store_opens_again_and_a_newer_one_is_refused_whole() {
    let path = file("newer");
    drop(Store::open(&path).unwrap());
    let store = Store::open(&path).unwrap();
    store
        .write(|tx| {
            let sql = "INSERT INTO schema_migrations (number, name, digest) VALUES (9999, 'future', $1)";
            tx.execute(sql, &[Value::Bytes(&[0])]).map(drop)
        })
        .unwrap();
    drop(store);
    let refused = Store::open(&path).err().unwrap();
    assert!(matches!(refused, StoreError::Newer { found: 9999, .. }), "{refused}");
    assert!(refused.to_string().contains("use the recaudo that wrote it"));
}

#[test]
fn a_migration_that_is_not_ours_is_named() {
    let path = file("other");
    let store = Store::open(&path).unwrap();
    store
        .write(|tx| tx.execute("UPDATE schema_migrations SET digest = x'00', name = 'old'", &[]).map(drop))
        .unwrap();
    drop(store);
    let refused = Store::open(&path).err().unwrap();
    assert!(matches!(refused, StoreError::OtherMigration { number: 1, .. }), "{refused}");
}

#[test]
fn a_row_that_holds_the_wrong_thing_is_named() {
    let store = Store::scratch().unwrap();
    let wrong = store.read(|conn| conn.first("SELECT name FROM tenants", &[], |row| row.int(0)));
    let text = wrong.unwrap_err().to_string();
    assert_eq!(
        text,
        "table tenants, column name, row 1 holds what it must not: expected an integer, found Text"
    );
}

#[test]
fn entries_are_only_appended() {
    let store = Store::scratch().unwrap();
    store
        .write(|tx| {
            let sql = "INSERT INTO audit (id, tenant_id, seq, at, kind, subject, body, prev_hash, hash) \
                       VALUES (1, 1, 1, 0, 'x', 'y', x'', x'', x'')";
            tx.execute(sql, &[]).map(drop)
        })
        .unwrap();
    for sql in ["UPDATE audit SET at = 1", "DELETE FROM audit"] {
        let refused = store.write(|tx| tx.execute(sql, &[])).unwrap_err();
        assert!(refused.to_string().contains("only appended"), "{refused}");
    }
}

#[test]
fn a_durable_write_is_an_ordinary_one_besides() {
    let path = file("durable");
    let store = Store::open(&path).unwrap();
    store
        .write_durably(|tx| tx.execute("INSERT INTO tenants (id, name) VALUES (2, 'acme')", &[]).map(drop))
        .unwrap();
    assert_eq!(tenants(&Store::open(&path).unwrap()), ["default", "acme"]);
}

#[test]
fn a_parameter_is_what_its_number_says_wherever_it_stands() {
    let store = Store::scratch().unwrap();
    let sql = "SELECT $3, $1, $2, $1 FROM tenants WHERE id = $4";
    let params = ["a".into(), "b".into(), "c".into(), 1.into()];
    let read = |row: &crate::Row<'_>| {
        Ok([row.text(0)?.to_owned(), row.text(1)?.into(), row.text(2)?.into(), row.text(3)?.into()])
    };
    let found = store.read(|conn| conn.first(sql, &params, read)).unwrap();
    assert_eq!(found.unwrap(), ["c", "a", "b", "a"]);
    let short = store.read(|conn| conn.first("SELECT $1, $3", &[1.into(), 2.into()], |row| row.int(0)));
    assert!(short.unwrap_err().to_string().contains("it names $3, but there are 2 parameters"));
}
