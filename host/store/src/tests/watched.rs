//! Figures of what waits and of what was done last.

use recaudo_core::gateway::Status;

use crate::gateway::{self, Operation};
use crate::tests::on_both_engines;
use crate::tests::world::{COP, TODAY, World};
use crate::watch::{self, Jobs};
use crate::{Store, bank, import, run};

on_both_engines!(work_that_waits_is_counted_by_what_it_is, runs_and_imports_say_when_they_ended);

fn work_that_waits_is_counted_by_what_it_is(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let source_id =
        world.write(|tx| bank::source(tx, tenant, ("gateway", "gateway:stripe"), ("gateway-stripe", 9)));
    for (key, run_after_at, state, status) in
        [("k1", 50, "queued", Status::Unknown), ("k2", 90, "asking", Status::RequiresAction)]
    {
        let wish = Operation {
            id: 0,
            source_id,
            action: "create-link".into(),
            amount_minor: 5,
            currency: COP,
            customer_id: world.ana,
            intent: b"sealed".to_vec(),
            operation_id: format!("pay-{key}"),
            idempotency_key: key.into(),
            state: state.into(),
            status,
            code: String::new(),
            gateway_id: None,
            next_url: None,
            attempts: 0,
            asked: 0,
            made_at: 10,
            changed_at: 10,
        };
        world.write(|tx| gateway::insert(tx, tenant, &wish, &[], run_after_at));
    }
    let kind = gateway::JOB.to_owned();
    assert_eq!(
        world.read(|conn| watch::jobs(conn, tenant, 50)),
        [Jobs { kind: kind.clone(), all: 2, due: 1 }]
    );
    let due = |now| world.read(|conn| watch::is_due(conn, tenant, &kind, now));
    assert_eq!((due(49), due(50)), (false, true));
    let operations = world.read(|conn| watch::operations(conn, tenant));
    let expected = [("asking", "requires-action"), ("queued", "unknown")];
    assert_eq!(operations, expected.map(|(state, status)| (state.to_owned(), status.to_owned(), 1)));
    assert_eq!(world.read(|conn| watch::persons(conn, tenant)), 0);
    let mut waiting = world.read(|conn| gateway::of_customer(conn, tenant, world.ana)).remove(0);
    waiting.state = "person".into();
    world.write(|tx| gateway::save(tx, tenant, &waiting, None));
    assert_eq!(world.read(|conn| watch::persons(conn, tenant)), 1);
}

fn runs_and_imports_say_when_they_ended(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let last = || world.read(|conn| watch::last_run(conn, tenant));
    let policy = world.write(|tx| run::keep_policy(tx, tenant, &[1; 32], "{}", 1));
    let begun = world.write(|tx| run::begin(tx, tenant, TODAY, policy, 10));
    assert_eq!(last(), None);
    world.write(|tx| run::finish(tx, tenant, begun.id, 20));
    assert_eq!(last(), Some(20));
    let imports = || world.read(|conn| watch::last_imports(conn, tenant));
    let begun = world.write(|tx| import::begin(tx, tenant, world.source, "items", 10));
    assert_eq!(imports(), []);
    world.write(|tx| import::save(tx, tenant, &begun, Some(30)));
    assert_eq!(imports().into_iter().map(|(_, at)| at).collect::<Vec<_>>(), [30]);
}
