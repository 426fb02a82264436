//! A store carried to another one: all of it, equal, or nothing.

use crate::import::{self, Checkpoint};
use crate::tests::stories;
use crate::tests::world::World;
use crate::{Carried, Step, Store, StoreError, Value, migrate, person_key};

/// A store with something in every table: what the stories leave, and what they take away again.
fn full() -> Store {
    let store = Store::scratch().unwrap();
    for ((_, story), tenant) in stories().zip(1_000..) {
        story(&store, tenant);
    }
    let world = World::new(&store, 1);
    let point = Checkpoint { import_id: None, version: 1, bytes: vec![0, 255] };
    world.write(|tx| import::save_checkpoint(tx, 1, world.source, "items", (&point, 1)));
    world.write(|tx| person_key::insert(tx, 1, "customer", world.ana, b"wrapped"));
    store
}

fn carried(from: &Store, to: &Store) -> Vec<Carried> {
    let mut rows = 0;
    let mut steps = vec![];
    let carried = from.move_to(to, &mut |step| match step {
        Step::Begin { table, rows } => steps.push((table.to_owned(), rows)),
        Step::Written { rows: so_far } => rows = so_far,
        Step::Proved => assert_eq!(steps.last().unwrap().1, rows),
    });
    let carried = carried.unwrap();
    assert_eq!(steps, carried.iter().map(|c| (c.table.clone(), c.rows)).collect::<Vec<_>>());
    carried
}

#[test]
fn every_table_is_carried_and_every_one_holds_something_here() {
    let store = full();
    let sql =
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
    let mut there = store.read(|conn| conn.all(sql, &[], |row| Ok(row.text(0)?.to_owned()))).unwrap();
    there.retain(|table| table != "schema_migrations");
    let mut tables = migrate::tables();
    tables.sort_unstable();
    assert_eq!(tables, there, "a table would be left behind");
    let carried = carried(&store, &Store::scratch().unwrap());
    let empty: Vec<_> = carried.iter().filter(|c| c.rows == 0).map(|c| c.table.as_str()).collect();
    assert_eq!(empty, [""; 0], "no story writes them");
}

#[cfg(feature = "postgres")]
#[test]
fn a_store_goes_to_a_server_and_back_and_is_the_same() {
    let Some(server) = crate::tests::on_postgres() else { return };
    let (store, back) = (full(), Store::scratch().unwrap());
    let there = carried(&store, &server);
    assert_eq!(carried(&server, &back), there);
    // It goes on where it was: keys are handed out after those that are taken, the trail is only appended.
    let [a, b] = [&store, &server].map(|store| World::new(store, 5_000));
    assert_eq!((a.ana, a.source, a.creditor), (b.ana, b.source, b.creditor));
    let refused = server.write(|tx| tx.execute("DELETE FROM audit", &[])).unwrap_err();
    assert!(refused.to_string().contains("only appended"), "{refused}");
}

fn refused(from: &Store, to: &Store) -> StoreError {
    from.move_to(to, &mut |_| ()).unwrap_err()
}

fn refusals(to: &Store) {
    let store = Store::scratch().unwrap();
    World::new(&store, 1);
    assert!(refused(to, to).to_string().contains("to itself"));
    let worker = store.try_lock_for("import").unwrap();
    assert!(matches!(refused(&store, to), StoreError::Busy));
    drop(worker);
    to.write(|tx| tx.ids("entries", 1)).unwrap();
    let text = refused(&store, to).to_string();
    assert!(text.contains("1 rows in sequences already; move to an empty store"), "{text}");
    World::new(to, 1);
    let text = refused(&store, to).to_string();
    assert!(text.contains("in use; move to an empty store"), "{text}");
}

#[test]
fn a_store_that_is_in_use_is_refused() {
    refusals(&Store::scratch().unwrap());
    #[cfg(feature = "postgres")]
    if let Some(server) = crate::tests::on_postgres() {
        refusals(&server);
    }
}

#[cfg(feature = "postgres")]
#[test]
fn what_the_server_cannot_hold_leaves_it_empty() {
    let Some(server) = crate::tests::on_postgres() else { return };
    let store = Store::scratch().unwrap();
    let world = World::new(&store, 1);
    let sql = "UPDATE customers SET name = $1 WHERE id = $2";
    world.write(|tx| tx.execute(sql, &[Value::Text("zero\0byte"), world.beto.into()]));
    let text = refused(&store, &server).to_string();
    assert!(text.contains("zero byte"), "{text}");
    let sources = server.read(|conn| conn.first("SELECT count(*) FROM sources", &[], |row| row.int(0)));
    assert_eq!(sources.unwrap(), Some(0), "half of it stayed");
    world.write(|tx| tx.execute(sql, &[Value::Text("mended"), world.beto.into()]));
    carried(&store, &server);
}
