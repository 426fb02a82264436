//! Sources, imports, what they leave in quarantine, the audit trail and the keys of persons.

use crate::audit::{self, AuditRow};
use crate::import::{self, Checkpoint, Interaction};
use crate::quarantine::{self, Cause, Complaint};
use crate::source::{self, Source};
use crate::tests::on_both_engines;
use crate::tests::world::{COP, USD, World, erp};
use crate::{Store, StoreError, person_key};

on_both_engines!(
    a_source_is_added_listed_and_granted,
    an_import_counts_goes_on_and_ends,
    a_checkpoint_is_kept_replaced_and_dropped,
    control_totals_add_up_by_currency,
    a_creditor_is_added_and_found,
    a_rate_is_news_once,
    what_was_said_elsewhere_is_kept_once,
    a_complaint_is_made_met_again_and_resolved,
    the_trail_is_read_in_order,
    a_key_is_kept_once_and_destroyed,
);

fn a_source_is_added_listed_and_granted(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let id = world.write(|tx| source::insert(tx, tenant, &erp("another")));
    let names =
        || world.read(|conn| source::list(conn, tenant)).into_iter().map(|s| s.name).collect::<Vec<_>>();
    assert_eq!(names(), ["another", "erp"]);
    world.write(|tx| source::grant(tx, tenant, (id, &[2; 32]), "{\"files\":[]}"));
    let found = world.read(|conn| source::by_name(conn, tenant, "another"));
    let expected =
        Source { id, component_sha256: [2; 32], grants: "{\"files\":[]}".into(), ..erp("another") };
    assert_eq!(found, Some(expected));
    assert_eq!(world.read(|conn| source::by_name(conn, tenant, "Another")), None);
    let twice = store.write(|tx| source::insert(tx, tenant, &erp("erp")));
    assert!(matches!(twice, Err(StoreError::Constraint { .. })), "{twice:?}");
    let nobody = store.write(|tx| source::grant(tx, tenant, (-1, &[2; 32]), ""));
    assert!(matches!(nobody, Err(StoreError::Affected { changed: 0, .. })), "{nobody:?}");
}

fn an_import_counts_goes_on_and_ends(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let unfinished = |feed: &str| world.read(|conn| import::unfinished(conn, tenant, world.source, feed));
    let mut run = world.write(|tx| import::begin(tx, tenant, world.source, "items", 10));
    assert_eq!(unfinished("items"), Some(run));
    assert_eq!(unfinished("payments"), None);
    let pages = [1, 2].map(|at| world.write(|tx| import::add_page(tx, tenant, run.id, "f.csv", at)));
    assert!(pages[0] < pages[1]);
    (run.pages, run.read, run.imported, run.unchanged, run.quarantined) = (2, 10, 7, 2, 1);
    world.write(|tx| import::save(tx, tenant, &run, None));
    assert_eq!(unfinished("items"), Some(run));
    world.write(|tx| import::save(tx, tenant, &run, Some(20)));
    assert_eq!(unfinished("items"), None);
}

fn a_checkpoint_is_kept_replaced_and_dropped(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let run = world.write(|tx| import::begin(tx, tenant, world.source, "items", 10));
    let found = || world.read(|conn| import::checkpoint(conn, tenant, world.source, "items"));
    let save = |point: &Checkpoint| {
        world.write(|tx| import::save_checkpoint(tx, tenant, world.source, "items", (point, 1)));
    };
    let mut point = Checkpoint { import_id: Some(run.id), version: 3, bytes: vec![0, 255] };
    assert_eq!(found(), None);
    save(&point);
    assert_eq!(found().as_ref(), Some(&point));
    (point.import_id, point.bytes) = (None, vec![]);
    save(&point);
    assert_eq!(found(), Some(point));
    for _ in 0..2 {
        world.write(|tx| import::drop_checkpoint(tx, tenant, world.source, "items"));
        assert_eq!(found(), None);
    }
}

fn control_totals_add_up_by_currency(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let run = world.write(|tx| import::begin(tx, tenant, world.source, "items", 10));
    for (currency, totals) in [(USD, (5, 4)), (COP, (100, 100)), (USD, (7, -4))] {
        world.write(|tx| import::add_control(tx, tenant, run.id, currency, totals));
    }
    let totals = world.read(|conn| import::controls(conn, tenant, run.id));
    assert_eq!(totals, [(COP, 100, 100), (USD, 12, 0)]);
}

fn a_creditor_is_added_and_found(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let id = world.write(|tx| import::add_creditor(tx, tenant, "beta", "Beta Ltda", "America/Lima"));
    let found = |external: &str| world.read(|conn| import::creditor(conn, tenant, external));
    assert_eq!(found("beta"), Some((id, "America/Lima".into())));
    assert_eq!(found("gamma"), None);
    let zones = world.read(|conn| import::creditor_zones(conn, tenant));
    assert_eq!(zones, [(world.creditor, "America/Bogota".to_owned()), (id, "America/Lima".into())]);
}

fn a_rate_is_news_once(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let put = |on, rate| world.write(|tx| import::put_rate(tx, tenant, world.source, ("TRM", on), rate));
    assert_eq!(
        [put(1, (4_000, 2)), put(1, (4_000, 2)), put(1, (4_000, 3)), put(2, (4_000, 2))],
        [true, false, true, true]
    );
}

fn what_was_said_elsewhere_is_kept_once(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let said = Interaction {
        customer_id: world.ana,
        source_id: world.source,
        external_id: "I1",
        happened_at: 5,
        channel: "phone",
        inbound: true,
        body: b"sealed",
    };
    let put = || world.write(|tx| import::put_interaction(tx, tenant, &said));
    assert_eq!([put(), put()], [true, false]);
}

fn a_complaint_is_made_met_again_and_resolved(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let run = world.write(|tx| import::begin(tx, tenant, world.source, "items", 10));
    let cause = Cause { source_id: world.source, import_id: run.id, feed: "items", origin: "f.csv", at: 9 };
    let complaint =
        |row, code: &str| Complaint { row, entity: "item".into(), field: "total".into(), code: code.into() };
    for (row, code) in [(3, "not-a-number"), (8, "too-long"), (9, "not-a-number")] {
        world.write(|tx| quarantine::insert(tx, tenant, &cause, &complaint(row, code), (b"why", b"what")));
    }
    let between = |first, last| {
        world.read(|conn| quarantine::open_between(conn, tenant, (world.source, "f.csv"), first, last))
    };
    let open = between(1, 8);
    assert_eq!(
        open.iter().map(|(c, _)| c.clone()).collect::<Vec<_>>(),
        [complaint(3, "not-a-number"), complaint(8, "too-long")]
    );
    let later = world.write(|tx| import::begin(tx, tenant, world.source, "items", 11));
    world.write(|tx| quarantine::touch(tx, tenant, open[0].1, later.id, (b"still", b"this")));
    world.write(|tx| quarantine::resolve(tx, tenant, open[1].1, 12));
    let gone = world.write(|tx| quarantine::resolve_gone(tx, tenant, (world.source, "items"), later.id, 13));
    assert_eq!(gone, 1, "the row 9 was not met again");
    let mut left = vec![];
    world.read(|conn| {
        quarantine::scan_open(conn, tenant, |row| {
            left.push(row);
            Ok(())
        })
    });
    assert_eq!(left.len(), 1);
    let row = &left[0];
    assert_eq!((row.row, &row.message[..], &row.value[..]), (3, &b"still"[..], &b"this"[..]));
    assert_eq!((row.source.as_str(), row.feed.as_str(), row.origin.as_str()), ("erp", "items", "f.csv"));
    assert_eq!((row.id, row.source_id, row.first_seen_at), (open[0].1, world.source, 9));
    assert_eq!(between(1, 100).len(), 1);
}

fn the_trail_is_read_in_order(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    assert_eq!(world.read(|conn| audit::last(conn, tenant)), None);
    let rows = [1_u8, 2, 3].map(|seq| AuditRow {
        seq: seq.into(),
        at: 7,
        kind: "import".into(),
        subject: format!("page {seq}"),
        body: vec![seq],
        prev_hash: vec![seq - 1; 32],
        hash: vec![seq; 32],
    });
    rows.iter().for_each(|row| world.write(|tx| audit::append(tx, tenant, row)));
    assert_eq!(world.read(|conn| audit::last(conn, tenant)), Some((3, vec![3; 32])));
    let mut found = vec![];
    world.read(|conn| {
        audit::scan(conn, tenant, |row| {
            found.push(row);
            Ok(())
        })
    });
    assert_eq!(found, rows);
    let twice = store.write(|tx| audit::append(tx, tenant, &rows[2]));
    assert!(matches!(twice, Err(StoreError::Constraint { .. })), "{twice:?}");
}

fn a_key_is_kept_once_and_destroyed(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let keep = || store.write(|tx| person_key::insert(tx, tenant, "customer", world.ana, b"wrapped"));
    let find = |kind: &str| world.read(|conn| person_key::find(conn, tenant, kind, world.ana));
    keep().unwrap();
    assert!(matches!(keep(), Err(StoreError::Constraint { .. })));
    assert_eq!((find("customer"), find("source")), (Some(b"wrapped".to_vec()), None));
    let delete = || world.write(|tx| person_key::delete(tx, tenant, "customer", world.ana));
    assert_eq!([delete(), delete()], [true, false]);
    assert_eq!(find("customer"), None);
}
