//! Items, payments, allocations and entries.

use recaudo_core::ledger::{EntryKind, Horizon};
use recaudo_core::money::Currency;
use recaudo_core::receivable::Position;

use crate::item::{self, Aged, Change, Identity, Item};
use crate::payment::{self, Allocation};
use crate::tests::on_both_engines;
use crate::tests::world::{COP, TODAY, USD, World};
use crate::{Store, StoreError, entry};

on_both_engines!(
    an_item_is_kept_found_three_ways_and_replaced,
    items_open_and_settled_are_handed_over,
    what_a_snapshot_did_not_hold_is_found,
    changes_are_undone_from_the_last,
    a_payment_is_kept_found_and_used_up,
    an_allocation_is_kept_and_replaced,
    entries_are_appended_and_read_back_four_ways,
    an_item_is_settled_exactly_when_nothing_is_open,
);

fn by_external(world: &World<'_>, ids: &[&str]) -> Vec<Item> {
    let mut found = vec![];
    world.read(|conn| {
        item::by_external(conn, world.tenant, world.source, ids, |item| {
            found.push(item);
            Ok(())
        })
    });
    found
}

fn an_item_is_kept_found_three_ways_and_replaced(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let mut item = world.an_item(world.ana, "F-1", 12_345, TODAY);
    (item.rate, item.seen_in, item.instalment) = (Some((4_123_456, 3)), Some(4), 2);
    world.write(|tx| item::insert(tx, tenant, [&item]));
    let by_identity = |number: &str| {
        let identity =
            Identity { customer_id: world.ana, creditor_id: world.creditor, number, instalment: 2 };
        world.read(|conn| item::by_identity(conn, tenant, &identity))
    };
    let by_id = |ids: &[i64]| {
        let mut found = vec![];
        world.read(|conn| {
            item::by_id(conn, tenant, ids, |item| {
                found.push(item);
                Ok(())
            })
        });
        found
    };
    assert_eq!(by_external(&world, &["X-F-1", "X-F-2"]), [item.clone()]);
    assert_eq!(by_identity("F-1").as_ref(), Some(&item));
    assert_eq!(by_identity("F-2"), None);
    assert_eq!(by_id(&[item.id, -1]), [item.clone()]);
    item.position = Position { open_minor: 0, moved_on: TODAY };
    (item.rate, item.disputed, item.currency, item.status) = (None, true, USD, "paid".into());
    world.write(|tx| item::update(tx, tenant, [&item]));
    assert_eq!(by_id(&[item.id]), [item]);
}

fn aged(item: &Item) -> Aged {
    Aged {
        id: item.id,
        creditor_id: item.creditor_id,
        open_minor: item.position.open_minor,
        issued_on: item.issued_on,
        due_on: item.due_on,
        currency: item.currency,
    }
}

fn items_open_and_settled_are_handed_over(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let a = world.item(world.ana, "F-1", 100, TODAY);
    let settled = world.item(world.ana, "F-2", 0, TODAY);
    let credit = world.item(world.beto, "NC-1", -40, TODAY.plus(3));
    let handed = |all: bool, customer: Option<i64>| {
        let mut found = vec![];
        let each = |item: Aged| {
            found.push(item);
            Ok(())
        };
        world.read(|conn| match all {
            true => item::scan_all(conn, tenant, customer, each),
            false => item::scan_open(conn, tenant, customer, each),
        });
        found.sort_by_key(|item| item.id);
        found
    };
    assert_eq!(handed(false, None), [aged(&a), aged(&credit)]);
    assert_eq!(handed(true, None), [aged(&a), aged(&settled), aged(&credit)]);
    assert_eq!(handed(false, Some(world.ana)), [aged(&a)]);
    assert_eq!(handed(true, Some(world.ana)), [aged(&a), aged(&settled)]);
}

fn what_a_snapshot_did_not_hold_is_found(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let never = world.item(world.ana, "F-1", 100, TODAY);
    let mut rest = [("F-2", Some(7)), ("F-3", Some(8))].map(|(number, seen_in)| {
        let item = world.an_item(world.ana, number, 100, TODAY);
        Item { seen_in, ..item }
    });
    rest[1].position.open_minor = 50;
    world.write(|tx| item::insert(tx, tenant, &rest));
    world.item(world.beto, "F-4", 0, TODAY);
    let absent = |import, limit| {
        let found = world.read(|conn| item::absent_from(conn, tenant, world.source, import, limit));
        found.into_iter().map(|item| item.id).collect::<Vec<_>>()
    };
    assert_eq!(absent(8, 10), [never.id, rest[0].id]);
    assert_eq!(absent(8, 1), [never.id]);
    assert_eq!(absent(7, 10), [never.id, rest[1].id]);
}

fn changes_are_undone_from_the_last(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let item = world.item(world.ana, "F-1", 100, TODAY);
    let change = |known_at, old: &str, new: &str| Change {
        item_id: item.id,
        known_at,
        field: "due_on",
        old: old.into(),
        new: new.into(),
        source_id: Some(world.source),
        page_id: None,
    };
    let changes = [change(10, "1", "2"), change(20, "2", "3"), change(20, "3", "")];
    world.write(|tx| item::append_changes(tx, tenant, &changes));
    world.write(|tx| item::append_changes(tx, tenant, &[]));
    let mut found = vec![];
    world.read(|conn| {
        item::changes_after(conn, tenant, 10, |id, field, old| {
            found.push((id, field.to_owned(), old.to_owned()));
            Ok(())
        })
    });
    assert_eq!(found, [(item.id, "due_on".into(), "3".into()), (item.id, "due_on".into(), "2".into())]);
}

fn a_payment_is_kept_found_and_used_up(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let mut anas = world.payment(Some(world.ana), "R1", 900);
    let nobodys = world.payment(None, "R2", 50);
    let by_id = |id| world.read(|conn| payment::by_id(conn, tenant, id));
    let mut found = vec![];
    world.read(|conn| {
        payment::by_external(conn, tenant, world.source, &["P-R1", "P-R9"], |payment| {
            found.push(payment);
            Ok(())
        })
    });
    assert_eq!(found, [anas.clone()]);
    assert_eq!(by_id(nobodys.id).as_ref(), Some(&nobodys));
    assert_eq!(by_id(-1), None);
    (anas.unapplied_minor, anas.version, anas.digest) = (0, 2, [6; 16]);
    world.write(|tx| payment::update(tx, tenant, [&anas]));
    assert_eq!(by_id(anas.id).as_ref(), Some(&anas));
    let scanned = |customer, only_unapplied| {
        let mut found: Vec<(i64, Currency, i64)> = vec![];
        world.read(|conn| {
            payment::scan(conn, tenant, customer, only_unapplied, |id, currency, left, on| {
                assert_eq!(on, TODAY);
                found.push((id, currency, left));
                Ok(())
            })
        });
        found
    };
    assert_eq!(scanned(None, false), [(anas.id, COP, 0), (nobodys.id, COP, 50)]);
    assert_eq!(scanned(None, true), [(nobodys.id, COP, 50)]);
    assert_eq!(scanned(Some(world.ana), false), [(anas.id, COP, 0)]);
    assert_eq!(scanned(Some(world.ana), true), []);
}

fn an_allocation_is_kept_and_replaced(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let (item, credit) =
        (world.item(world.ana, "F-1", 100, TODAY), world.item(world.ana, "NC-1", -40, TODAY));
    let payment = world.payment(Some(world.ana), "R1", 900);
    let mut one = Allocation {
        id: world.id("allocations"),
        item_id: item.id,
        payment_id: Some(payment.id),
        credit_item_id: None,
        amount_minor: 60,
        applied_on: TODAY,
        source_id: world.source,
        external_id: "A1".into(),
        version: 1,
        digest: [4; 16],
    };
    world.write(|tx| payment::insert_allocations(tx, tenant, [&one]));
    let found = || {
        let mut found = vec![];
        world.read(|conn| {
            payment::allocations_by_external(conn, tenant, world.source, &["A1"], |allocation| {
                found.push(allocation);
                Ok(())
            })
        });
        found
    };
    assert_eq!(found(), [one.clone()]);
    (one.payment_id, one.credit_item_id, one.version) = (None, Some(credit.id), 2);
    world.write(|tx| payment::update_allocations(tx, tenant, [&one]));
    assert_eq!(found(), [one.clone()]);
    one.credit_item_id = None;
    let of_nothing = store.write(|tx| payment::update_allocations(tx, tenant, [&one]));
    assert!(matches!(of_nothing, Err(StoreError::Constraint { .. })), "{of_nothing:?}");
}

fn entries_are_appended_and_read_back_four_ways(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let item = world.item(world.ana, "F-1", 100, TODAY);
    let payment = world.payment(Some(world.ana), "R1", 900);
    let mut entries = [
        world.entry(Some(item.id), None, 100, TODAY.plus(-30)),
        world.entry(None, Some(payment.id), 900, TODAY),
        world.entry(Some(item.id), Some(payment.id), -60, TODAY.plus(2)),
    ];
    (entries[0].kind, entries[1].kind, entries[2].kind) =
        (EntryKind::Bill, EntryKind::Receive, EntryKind::Apply);
    (entries[0].page_id, entries[2].allocation_id, entries[2].source_id) = (Some(3), Some(4), None);
    world.write(|tx| entry::append(tx, tenant, &entries));
    let scanned = |first, last| {
        let mut found = vec![];
        world.read(|conn| {
            entry::scan(conn, tenant, first, last, |entry| {
                found.push(entry);
                Ok(())
            })
        });
        found
    };
    assert_eq!(scanned(i64::MIN, i64::MAX), entries);
    assert_eq!(scanned(entries[1].id, entries[1].id), entries[1..2]);
    assert_eq!(
        world.read(|conn| entry::of_item(conn, tenant, item.id)),
        [&entries[0], &entries[2]].map(Clone::clone)
    );
    assert_eq!(world.read(|conn| entry::of_payment(conn, tenant, payment.id)), entries[1..]);
    let beyond = |as_of, known_at| {
        let mut found = vec![];
        world.read(|conn| {
            entry::beyond(conn, tenant, Horizon { as_of, known_at }, |item, payment, minor| {
                found.push((item, payment, minor));
                Ok(())
            })
        });
        found.sort_unstable();
        found
    };
    let applied = (Some(item.id), Some(payment.id), -60);
    assert_eq!(beyond(TODAY, i64::MAX), [applied]);
    let known_yesterday = i64::from(TODAY.0 - 1) * 1_000;
    assert_eq!(beyond(TODAY.plus(9), known_yesterday), [(None, Some(payment.id), 900), applied]);
}

fn an_item_is_settled_exactly_when_nothing_is_open(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let item = world.item(world.ana, "F-1", 100, TODAY);
    let update = |sql: &str| store.write(|tx| tx.execute(sql, &[tenant.into(), item.id.into()]));
    let half = update("UPDATE open_items SET open_minor = 0 WHERE tenant_id = $1 AND id = $2");
    assert!(matches!(half, Err(StoreError::Constraint { .. })), "{half:?}");
    let whole =
        "UPDATE open_items SET open_minor = 0, settled_on = moved_on WHERE tenant_id = $1 AND id = $2";
    assert_eq!(update(whole).unwrap(), 1);
}
