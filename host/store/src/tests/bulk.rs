//! The bulk load: many rows, odd values, and a failure in its midst.

use crate::tests::on_both_engines;
use crate::tests::world::{COP, TODAY, World};
use crate::{Store, StoreError, Value, entry, item};

on_both_engines!(
    a_load_of_many_pages_arrives_whole_and_in_order,
    odd_values_arrive_as_they_were,
    a_row_that_is_refused_takes_the_load_with_it,
    updates_go_by_key_and_each_must_meet_a_row,
    what_was_loaded_can_be_read_in_the_same_transaction,
    a_load_of_nothing_is_nothing,
);

/// More than the driver gathers before it sends.
const MANY: i64 = 20_000;

fn a_load_of_many_pages_arrives_whole_and_in_order(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let item = world.item(world.ana, "F-1", 100, TODAY);
    let first = world.write(|tx| tx.ids("entries", MANY));
    let one = world.entry(Some(item.id), None, 0, TODAY);
    let reason = "motivo ".repeat(20);
    let entries: Vec<_> = (0..MANY)
        .map(|n| recaudo_core::ledger::Entry {
            id: first + n,
            amount_minor: n - 7,
            reason: reason.clone(),
            ..one.clone()
        })
        .collect();
    world.write(|tx| entry::append(tx, tenant, &entries));
    assert_eq!(world.read(|conn| entry::of_item(conn, tenant, item.id)), entries);
}

fn odd_values_arrive_as_they_were(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let mut items = [
        world.an_item(world.ana, "", i64::MAX, TODAY),
        world.an_item(world.ana, "\\N", i64::MIN, TODAY),
        world.an_item(world.beto, "tab\tnewline\n'quote\" ñ🜁", 1, TODAY),
    ];
    (items[0].rate, items[1].seen_in, items[2].attributes) =
        (Some((i64::MIN, 0)), Some(i64::MAX), "{\"a\":\"\\u0000\"}".into());
    world.write(|tx| item::insert(tx, tenant, &items));
    let found = |id| {
        let mut found = None;
        world.read(|conn| {
            item::by_id(conn, tenant, &[id], |item| {
                found = Some(item);
                Ok(())
            })
        });
        found.unwrap()
    };
    items.iter().for_each(|item| assert_eq!(found(item.id), *item));
    (items[0].rate, items[1].seen_in, items[2].number) = (None, None, "otro $1 bulk.c1".into());
    world.write(|tx| item::update(tx, tenant, &items));
    items.iter().for_each(|item| assert_eq!(found(item.id), *item));
}

fn a_row_that_is_refused_takes_the_load_with_it(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let mut items = [0, 1, 2].map(|n| world.an_item(world.ana, &format!("F-{n}"), 100, TODAY));
    items[1].currency = recaudo_core::money::Currency(*b"\0\0\0");
    items[2].number = items[0].number.clone();
    let refused = store.write(|tx| item::insert(tx, tenant, &items));
    assert!(matches!(refused, Err(StoreError::Constraint { .. })), "{refused:?}");
    items[1].currency = COP;
    let refused = store.write(|tx| item::insert(tx, tenant, &items));
    assert!(matches!(refused, Err(StoreError::Constraint { .. })), "{refused:?}");
    let left = world.read(|conn| crate::portfolio::items_of_customer(conn, tenant, world.ana));
    assert_eq!(left, [0; 0]);
    let short = "INSERT INTO phrases (id, tenant_id, rule, source, reason) VALUES ($1, $2, $3, $4, $5)";
    let refused = store.write(|tx| tx.bulk(short, |bulk| bulk.row(&[Value::Int(1)]).map(drop)));
    assert!(matches!(refused, Err(StoreError::Statement { .. })), "{refused:?}");
}

fn updates_go_by_key_and_each_must_meet_a_row(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let mut items: Vec<_> =
        (0..50).map(|n| world.an_item(world.ana, &format!("F-{n}"), 100, TODAY)).collect();
    world.write(|tx| item::insert(tx, tenant, &items));
    for (item, n) in items.iter_mut().zip(0..) {
        item.position.open_minor = n + 1;
    }
    world.write(|tx| item::update(tx, tenant, &items));
    let mut sum = 0;
    world.read(|conn| {
        item::scan_open(conn, tenant, Some(world.ana), |item| {
            sum += item.open_minor;
            Ok(())
        })
    });
    assert_eq!(sum, 50 * 51 / 2);
    items.push(world.an_item(world.ana, "nowhere", 5, TODAY));
    let missed = store.write(|tx| item::update(tx, tenant, &items));
    assert!(matches!(missed, Err(StoreError::Affected { .. })), "{missed:?}");
}

fn what_was_loaded_can_be_read_in_the_same_transaction(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let new = world.an_item(world.ana, "F-1", 100, TODAY);
    let seen = world.write(|tx| {
        item::insert(tx, tenant, [&new])?;
        crate::portfolio::items_of_customer(tx, tenant, world.ana)
    });
    assert_eq!(seen, [new.id]);
}

fn a_load_of_nothing_is_nothing(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    world.write(|tx| item::insert(tx, tenant, []));
    world.write(|tx| item::update(tx, tenant, []));
    world.write(|tx| crate::action::insert(tx, tenant, &[], &[], &[]));
}
