//! What only a server can do to us: stop, come back, refuse, and keep another engine's writers waiting.

use recaudo_postgres_server::Server;

use crate::{Store, StoreError};

fn count(store: &Store) -> Result<i64, StoreError> {
    store
        .read(|conn| conn.first("SELECT count(*) FROM tenants", &[], |row| row.int(0)))
        .map(Option::unwrap_or_default)
}

fn add(store: &Store, name: &str) -> Result<(), StoreError> {
    store.write_durably(|tx| {
        let id = tx.ids("tenants of a test", 1)? + 1;
        tx.execute_one("tenants", "INSERT INTO tenants (id, name) VALUES ($1, $2)", &[id.into(), name.into()])
    })
}

#[test]
fn a_server_that_was_gone_for_a_while_loses_nothing_and_is_used_again() {
    if Server::shared().is_none() {
        return;
    }
    let server = Server::start("").unwrap();
    let store = Store::connect(&server.database().unwrap()).unwrap();
    add(&store, "before").unwrap();
    assert_eq!(count(&store).unwrap(), 2);
    let cut_off: Result<(), StoreError> = store.write(|tx| {
        tx.execute("INSERT INTO tenants (id, name) VALUES (50, 'half')", &[])?;
        server.stop().unwrap();
        tx.execute("INSERT INTO tenants (id, name) VALUES (51, 'way')", &[]).map(drop)
    });
    assert!(matches!(cut_off, Err(StoreError::Unavailable { .. })), "{cut_off:?}");
    for gone in [count(&store).map(drop), add(&store, "meanwhile"), store.try_lock().map(drop)] {
        let gone = gone.unwrap_err();
        assert!(matches!(gone, StoreError::Unavailable { .. }), "{gone}");
        assert!(gone.to_string().contains("then try again"), "{gone}");
    }
    server.resume().unwrap();
    assert_eq!(count(&store).unwrap(), 2, "what was committed is there, and nothing else");
    add(&store, "after").unwrap();
    server.stop().unwrap();
    server.resume().unwrap();
    assert_eq!(count(&store).unwrap(), 3, "a session that died while it lay idle is opened anew unnoticed");
    add(&store, "at last").unwrap();
}

#[test]
fn an_address_that_will_not_do_is_refused_in_words_without_its_password() {
    let Some(server) = Server::shared() else { return };
    let url = server.database().unwrap();
    let tcp = server.over_tcp(&url);
    assert_eq!(count(&Store::connect(&tcp).unwrap()).unwrap(), 1, "a password opens it over TCP");
    let secret = tcp.split(':').nth(2).and_then(|rest| rest.split('@').next()).unwrap();
    server.sql("postgres", "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0").unwrap();
    let latin = url.rsplit_once('/').unwrap().0.to_owned() + "/latin";
    for (address, says) in [
        (format!("{tcp}?sslmode=require"), "does not speak yet"),
        (tcp.replace(secret, "wrong"), "password authentication failed"),
        (format!("{tcp}_gone"), "does not exist"),
        (format!("{tcp}?options=-csearch_path%3Dnowhere"), "create one"),
        (format!("postgres://recaudo:{secret}@127.0.0.1:1/x?connect_timeout=2"), "postgres://127.0.0.1:1/x"),
        ("mysql://localhost/x".into(), "is no postgres://"),
        (latin, "ENCODING 'UTF8'"),
    ] {
        let refused = Store::connect(&address).err().unwrap();
        let text = refused.to_string();
        assert!(
            matches!(refused, StoreError::Unavailable { .. }) && text.contains(says),
            "{address}: {text}"
        );
        assert!(!text.contains(secret), "{text}");
    }
}

#[test]
fn two_schemas_of_a_database_are_two_stores() {
    let Some(server) = Server::shared() else { return };
    let url = server.database().unwrap();
    server.sql(&url, "CREATE SCHEMA north; CREATE SCHEMA south").unwrap();
    let [north, south] = ["north", "south"]
        .map(|schema| Store::connect(&format!("{url}?options=-csearch_path%3D{schema}")).unwrap());
    add(&north, "acme").unwrap();
    assert_eq!((count(&north).unwrap(), count(&south).unwrap()), (2, 1));
    let held = north.try_lock().unwrap();
    assert!(held.is_some() && north.try_lock().unwrap().is_none());
    assert!(south.try_lock().unwrap().is_some(), "each has a worker of its own");
}

#[test]
fn a_statement_that_failed_is_not_committed_around() {
    let Some(store) = super::on_postgres() else { return };
    let unheeded: Result<(), StoreError> = store.write(|tx| {
        tx.execute("INSERT INTO tenants (id, name) VALUES (50, 'acme')", &[])?;
        let _ = tx.execute("INSERT INTO tenants (id, name) VALUES (50, 'again')", &[]);
        Ok(())
    });
    assert!(matches!(unheeded, Err(StoreError::Statement { .. })), "{unheeded:?}");
    assert_eq!(count(&store).unwrap(), 1);
}

#[test]
fn what_points_to_nothing_is_found_when_somebody_forced_it_in() {
    let Some(server) = Server::shared() else { return };
    let url = server.database().unwrap();
    let store = Store::connect(&url).unwrap();
    let sql = "SET session_replication_role = replica; \
               INSERT INTO consents VALUES (7, 1, 99, '', 'email', 0, 0, NULL, '')";
    server.sql(&url, sql).unwrap();
    let mut found = vec![];
    store
        .read(|conn| conn.dangling(|table, id, parent| found.push((table.to_owned(), id, parent.to_owned()))))
        .unwrap();
    assert_eq!(found, [("consents".to_owned(), 7, "customers".to_owned())]);
}

#[test]
fn a_text_with_a_zero_byte_is_refused_in_words() {
    let Some(store) = super::on_postgres() else { return };
    let sql = "INSERT INTO tenants (id, name) VALUES (50, $1)";
    let refused = store.write(|tx| tx.execute(sql, &["a\0b".into()])).unwrap_err();
    assert!(refused.to_string().contains("zero byte"), "{refused}");
}

#[test]
fn an_entry_is_not_truncated_away() {
    let Some(server) = Server::shared() else { return };
    let url = server.database().unwrap();
    drop(Store::connect(&url).unwrap());
    for table in ["entries", "item_changes", "audit"] {
        let refused = server.sql(&url, &format!("TRUNCATE {table}")).unwrap_err();
        assert!(refused.to_string().contains("only appended"), "{refused}");
    }
}
