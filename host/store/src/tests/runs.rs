//! Runs, what came of candidates, contacts and their jobs, judgements, holds, promises and the journal.

use recaudo_core::hold::{Hold, Reason, Resume};

use crate::action::{self, AboutItem, Action, ActionItem, End, Kept, Permit};
use crate::decision::{self, Blob, Component, Decision};
use crate::hold::{self, Promise};
use crate::journal::{self, Prepared};
use crate::run::{self, Candidate, Count, Phrase, Step};
use crate::tests::on_both_engines;
use crate::tests::world::{COP, TODAY, USD, World};
use crate::{Store, StoreError};

on_both_engines!(
    a_run_begins_advances_and_ends,
    policies_steps_and_phrases_are_kept_once,
    candidates_are_kept_and_counted,
    a_contact_is_planned_sent_and_counted,
    a_permit_is_used_once_and_renewed_only_before,
    a_step_is_done_for_an_item_once_until_it_failed,
    jobs_are_due_put_off_and_claimed_by_one_worker,
    a_judgement_is_kept_with_who_judged,
    holds_and_promises_are_kept_and_released,
    an_effect_is_prepared_sent_and_settled_once,
);

fn a_run_begins_advances_and_ends(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let policy = world.write(|tx| run::keep_policy(tx, tenant, &[1; 32], "{}", 1));
    let first = world.write(|tx| run::begin(tx, tenant, TODAY, policy, 10));
    let unfinished = || world.read(|conn| run::unfinished(conn, tenant));
    assert_eq!(unfinished(), Some(first));
    world.write(|tx| run::advance(tx, tenant, first.id, world.ana));
    assert_eq!(unfinished().unwrap().cursor_customer, world.ana);
    world.write(|tx| run::finish(tx, tenant, first.id, 20));
    assert_eq!(unfinished(), None);
    let ended = store.write(|tx| run::advance(tx, tenant, first.id, world.beto));
    assert!(matches!(ended, Err(StoreError::Affected { changed: 0, .. })), "{ended:?}");
    let second = world.write(|tx| run::begin(tx, tenant, TODAY.plus(1), policy, 30));
    let of_day = |on| world.read(|conn| run::of_day(conn, tenant, on));
    let last = |on| world.read(|conn| run::last_until(conn, tenant, on));
    let first = run::Run { finished_at: Some(20), cursor_customer: world.ana, ..first };
    assert_eq!(
        (of_day(TODAY), of_day(TODAY.plus(1)), of_day(TODAY.plus(2))),
        (vec![first], vec![second], vec![])
    );
    assert_eq!((last(TODAY), last(TODAY.plus(9)), last(TODAY.plus(-1))), (Some(first), Some(second), None));
}

fn policies_steps_and_phrases_are_kept_once(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let policy =
        |digest: u8, body: &str| world.write(|tx| run::keep_policy(tx, tenant, &[digest; 32], body, 1));
    let a = policy(1, "{\"a\":1}");
    assert_eq!(policy(1, "{\"a\":1}"), a);
    assert_ne!(policy(2, "{}"), a);
    let found = world.read(|conn| run::policy(conn, tenant, a)).unwrap();
    assert_eq!((found.sha256, found.body.as_str()), (vec![1; 32], "{\"a\":1}"));
    assert_eq!(world.read(|conn| run::policy(conn, tenant, -1)), None);
    let step = |step: &str, day| world.write(|tx| run::keep_step(tx, tenant, ("standard", step), day));
    let (before, after) = (step("reminder", -3), step("first", 5));
    assert_eq!((step("first", 5), step("reminder", -2)), (after, before));
    let steps = world.read(|conn| run::steps(conn, tenant));
    let named = |id, step: &str, day| Step { id, strategy: "standard".into(), step: step.into(), day };
    assert_eq!(steps, [named(before, "reminder", -2), named(after, "first", 5)]);
    let phrase =
        |reason: &str| Phrase { rule: "hours".into(), source: "Ley 2300".into(), reason: reason.into() };
    let keep = |phrase: &Phrase| world.write(|tx| run::keep_phrase(tx, tenant, phrase));
    let sunday = keep(&phrase("domingo"));
    assert_eq!((keep(&phrase("domingo")), keep(&phrase("festivo")) == sunday), (sunday, false));
    assert_eq!(world.read(|conn| run::phrase(conn, tenant, sunday)), Some(phrase("domingo")));
    assert_eq!(world.read(|conn| run::phrase(conn, tenant, -1)), None);
}

fn candidates_are_kept_and_counted(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let policy = world.write(|tx| run::keep_policy(tx, tenant, &[1; 32], "{}", 1));
    let begun = world.write(|tx| run::begin(tx, tenant, TODAY, policy, 10));
    let plain = Candidate {
        customer_id: world.ana,
        creditor_id: world.creditor,
        currency: COP,
        segment: 1,
        score_ppm: None,
        outcome: 2,
        reason: 3,
        detail: None,
        step_id: None,
        phrase_id: None,
        not_before_at: None,
        action_id: None,
    };
    let full = Candidate {
        currency: USD,
        score_ppm: Some(999_999),
        detail: Some(-5),
        step_id: Some(6),
        phrase_id: Some(7),
        not_before_at: Some(8),
        action_id: Some(9),
        ..plain
    };
    let others = Candidate { customer_id: world.beto, ..plain };
    world.write(|tx| run::insert_candidates(tx, tenant, begun.id, &[plain, full, others]));
    world.write(|tx| run::insert_candidates(tx, tenant, begun.id, &[]));
    let of = |customer| world.read(|conn| run::candidates_of(conn, tenant, begun.id, customer));
    assert_eq!((of(world.ana), of(world.beto)), (vec![plain, full], vec![others]));
    let count = |phrase_id, count| Count { outcome: 2, reason: 3, phrase_id, count };
    let counts = world.read(|conn| run::counts(conn, tenant, begun.id));
    assert_eq!(counts, [count(None, 2), count(Some(7), 1)], "without a phrase comes first");
}

/// A contact about one item and one that is only listed.
fn plan(
    world: &World<'_>,
    customer_id: i64,
    step_id: i64,
    contact_at: i64,
) -> (Action, Vec<ActionItem>, Permit) {
    let contact = world.contact(customer_id, &format!("K{contact_at}"), "x@example.com");
    let numbers = [0, 1].map(|n| world.item(customer_id, &format!("F{contact_at}-{n}"), 100 + n, TODAY));
    let first = world.write(|tx| tx.ids("action_items", 2));
    let action = Action {
        id: world.id("actions"),
        run_id: 1,
        customer_id,
        creditor_id: world.creditor,
        contact_id: contact.id,
        step_id,
        business_on: TODAY,
        contact_at,
        amount_minor: 100,
        days_past_due: -3,
        priority: 7,
        items_first: first,
        items_count: 2,
        currency: COP,
        channel: "email".into(),
        template: "reminder".into(),
        purpose: "collection".into(),
        language: "es".into(),
    };
    let item = |n: usize| ActionItem {
        action_id: action.id,
        customer_id,
        item_id: numbers[n].id,
        due_on: TODAY,
        open_minor: 100,
        step_id: (n == 0).then_some(step_id),
    };
    let permit = Permit {
        action_id: action.id,
        content_sha256: [3; 32],
        issued_at: 1,
        not_before_at: 2,
        not_after_at: 3,
    };
    let items = vec![item(0), item(1)];
    world.write(|tx| action::insert(tx, world.tenant, std::slice::from_ref(&action), &items, &[permit]));
    (action, items, permit)
}

fn kept(world: &World<'_>, action: &Action) -> Kept {
    world.read(|conn| action::by_id(conn, world.tenant, action.id)).unwrap()
}

fn begin(world: &World<'_>, action: &Action) -> Result<(), StoreError> {
    world.store.write(|tx| action::begin_sending(tx, world.tenant, action.id, &[4; 32], 50))
}

fn end(world: &World<'_>, action: &Action, state: &str) -> Result<(), StoreError> {
    let end = End { state, reason: "why", provider_id: "m-1", at: 60 };
    world.store.write(|tx| action::end(tx, world.tenant, action, &end))
}

fn a_contact_is_planned_sent_and_counted(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let (planned, items, permit) = plan(&world, world.ana, 1, 100);
    let found = kept(&world, &planned);
    assert_eq!((&found.action, found.permit, found.permit_used_at), (&planned, permit, None));
    assert_eq!((found.state.as_str(), found.attempts, found.closed_at), ("queued", 0, None));
    let about = world.read(|conn| action::about(conn, tenant, &planned));
    let line = |n: usize, number: &str, open_minor| AboutItem {
        item_id: items[n].item_id,
        planned_due_on: TODAY,
        planned_open_minor: 100,
        open_minor,
        due_on: TODAY,
        issued_on: TODAY.plus(-30),
        disputed: false,
        kind: "invoice".into(),
        number: number.into(),
    };
    assert_eq!(about, [line(0, "F100-0", 100), line(1, "F100-1", 101)]);
    let person = |contact| world.read(|conn| action::person(conn, tenant, world.ana, contact));
    assert_eq!(person(planned.contact_id).unwrap().email, "x@example.com");
    assert_eq!(person(-1), None);
    let queued = || world.read(|conn| action::count_queued(conn, tenant));
    let counted = |state: &str| world.read(|conn| action::count_in_state(conn, tenant, state));
    assert_eq!((queued(), counted("sending")), (1, 0));
    begin(&world, &planned).unwrap();
    let sending = world.read(|conn| action::in_state(conn, tenant, "sending", 10));
    assert_eq!((sending.len(), counted("sending")), (1, 1));
    assert_eq!((sending[0].attempts, sending[0].permit_used_at), (1, Some(50)));
    end(&world, &planned, "failed").unwrap();
    assert_eq!((queued(), counted("sending"), counted("failed")), (0, 0, 1));
    let found = kept(&world, &planned);
    assert_eq!(
        (found.state.as_str(), found.reason.as_str(), found.provider_id.as_str()),
        ("failed", "why", "m-1")
    );
    assert_eq!(found.closed_at, Some(60));
    assert!(matches!(end(&world, &planned, "sent"), Err(StoreError::Affected { .. })));
    let of_day = |on| world.read(|conn| action::of_customer(conn, tenant, world.ana, on)).len();
    assert_eq!((of_day(TODAY), of_day(TODAY.plus(1))), (1, 0));
    let failed =
        |since| world.read(|conn| action::failed_channels(conn, tenant, (world.ana, world.beto), since));
    assert_eq!((failed(100), failed(101)), (vec![(world.ana, "email".to_owned())], vec![]));
}

fn a_permit_is_used_once_and_renewed_only_before(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let (planned, _, permit) = plan(&world, world.ana, 1, 100);
    let renewed = Permit { content_sha256: [9; 32], not_after_at: 99, ..permit };
    let renew = || store.write(|tx| action::renew_permit(tx, tenant, &renewed));
    renew().unwrap();
    assert_eq!(kept(&world, &planned).permit, renewed);
    begin(&world, &planned).unwrap();
    assert!(matches!(begin(&world, &planned), Err(StoreError::Affected { .. })), "a permit was used twice");
    assert!(matches!(renew(), Err(StoreError::Affected { .. })), "a used permit was renewed");
    world.write(|tx| action::requeue(tx, tenant, planned.id));
    let found = kept(&world, &planned);
    assert_eq!((found.state.as_str(), found.permit_used_at, found.attempts), ("queued", None, 1));
    let again = store.write(|tx| action::requeue(tx, tenant, planned.id));
    assert!(matches!(again, Err(StoreError::Affected { .. })), "{again:?}");
    begin(&world, &planned).unwrap();
}

fn a_step_is_done_for_an_item_once_until_it_failed(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let (planned, items, permit) = plan(&world, world.ana, 1, 100);
    let again = || {
        let id = world.id("actions");
        let first = world.write(|tx| tx.ids("action_items", 1));
        let action = Action { id, items_first: first, items_count: 1, ..planned.clone() };
        let item = ActionItem { action_id: id, ..items[0] };
        let permit = Permit { action_id: id, ..permit };
        store.write(|tx| action::insert(tx, tenant, &[action], &[item], &[permit]))
    };
    assert!(matches!(again(), Err(StoreError::Constraint { .. })), "a step was done twice for an item");
    assert_eq!(world.read(|conn| action::count_queued(conn, tenant)), 1, "nothing of it stays");
    end(&world, &planned, "cancelled").unwrap();
    again().unwrap();
}

fn jobs_are_due_put_off_and_claimed_by_one_worker(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let plans = [(1, 100), (2, 101), (3, 200)].map(|(step, at)| plan(&world, world.ana, step, at).0);
    let due = |now, after, limit| world.read(|conn| action::due_jobs(conn, tenant, now, after, limit));
    let subjects = |jobs: &[(i64, i64)]| jobs.iter().map(|(_, subject)| *subject).collect::<Vec<_>>();
    let now = due(150, 0, 10);
    assert_eq!(subjects(&now), [plans[0].id, plans[1].id]);
    assert_eq!(subjects(&due(150, 0, 1)), [plans[0].id]);
    assert_eq!(subjects(&due(150, now[0].0, 10)), [plans[1].id]);
    world.write(|tx| action::put_off(tx, tenant, plans[0].id, 500));
    assert_eq!(subjects(&due(150, 0, 10)), [plans[1].id]);
    assert_eq!(subjects(&due(500, 0, 10)), [plans[0].id, plans[1].id, plans[2].id]);
    let nobody = store.write(|tx| action::put_off(tx, tenant, -1, 500));
    assert!(matches!(nobody, Err(StoreError::Affected { .. })), "{nobody:?}");
    let claim = |limit| world.write(|tx| action::claim_jobs(tx, tenant, 500, 900, limit));
    assert_eq!(subjects(&claim(2)), [plans[0].id, plans[1].id]);
    assert_eq!(subjects(&claim(2)), [plans[2].id], "what one worker has claimed, no other gets");
    assert_eq!(claim(2), []);
    assert_eq!(subjects(&due(900, 0, 10)).len(), 3, "a worker that died leaves its jobs to the next");
}

fn a_judgement_is_kept_with_who_judged(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let component = Component {
        plugin: "gate-contact",
        version: "1.2.3",
        contract: "1",
        component_sha256: &[1; 32],
        manifest_sha256: &[2; 32],
    };
    let keep = || world.write(|tx| decision::keep_component(tx, tenant, &component));
    let component_id = keep();
    assert_eq!(keep(), component_id);
    let keep =
        |digest: u8, bytes: &[u8]| world.write(|tx| decision::keep_blob(tx, tenant, &[digest; 32], bytes));
    let (config, input) = (keep(1, b"config"), keep(2, b"\0input"));
    assert_eq!(keep(2, b"\0input"), input);
    let blob = |id| world.read(|conn| decision::blob(conn, tenant, id));
    assert_eq!(blob(input), Some(Blob { sha256: [2; 32], bytes: b"\0input".to_vec() }));
    assert_eq!(blob(-1), None);
    let judged = Decision {
        run_id: 4,
        component_id,
        config_blob_id: config,
        input_blob_id: input,
        output_blob_id: None,
        first_customer_id: world.ana,
        last_customer_id: world.ana,
        row_count: 2,
        decided_at: 5,
        interface: "policy/gate",
        installation: "gate".into(),
        failure: "trap".into(),
    };
    let id = world.write(|tx| decision::insert(tx, tenant, &judged));
    let of = |run, customer| world.read(|conn| decision::of_customer(conn, tenant, run, customer));
    assert_eq!((of(4, world.beto), of(5, world.ana)), (vec![], vec![]));
    let found = of(4, world.ana);
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].id, found[0].plugin.as_str(), found[0].version.as_str()),
        (id, "gate-contact", "1.2.3")
    );
    assert_eq!(
        (found[0].config_blob_id, found[0].input_blob_id, found[0].output_blob_id),
        (config, input, None)
    );
    assert_eq!(
        (found[0].interface.as_str(), found[0].failure.as_str(), found[0].row_count),
        ("policy/gate", "trap", 2)
    );
    assert_eq!(found[0].component_sha256, [1; 32]);
}

fn holds_and_promises_are_kept_and_released(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let item = world.item(world.ana, "F-1", 100, TODAY);
    let hold = |from, until| Hold { from, until, reason: Reason::Legal, resume: Resume::Shift };
    let keep = |customer_id, item_id, hold| {
        let new = hold::New { customer_id, item_id, hold, made_by: "eva", note: b"sealed", at: 5 };
        world.write(|tx| hold::insert(tx, tenant, &new))
    };
    let later = keep(world.ana, Some(item.id), hold(TODAY.plus(5), None));
    let now = keep(world.ana, None, hold(TODAY, Some(TODAY.plus(9))));
    keep(world.beto, None, hold(TODAY, None));
    let within = || world.read(|conn| hold::within(conn, tenant, (world.ana, world.ana)));
    let seen: Vec<_> = within().iter().map(|kept| (kept.id, kept.item_id, kept.hold)).collect();
    assert_eq!(
        seen,
        [(now, None, hold(TODAY, Some(TODAY.plus(9)))), (later, Some(item.id), hold(TODAY.plus(5), None))]
    );
    let one = world.read(|conn| hold::by_id(conn, tenant, later)).unwrap();
    assert_eq!((one.id, one.customer_id, one.item_id), (later, world.ana, Some(item.id)));
    assert_eq!(world.read(|conn| hold::by_id(conn, tenant, -1)), None);
    for id in [later, now] {
        world.write(|tx| hold::release(tx, tenant, id, TODAY.plus(3)));
    }
    let until: Vec<_> = within().iter().map(|kept| kept.hold.until).collect();
    assert_eq!(until, [Some(TODAY.plus(3)), Some(TODAY.plus(5))], "a hold never ends before it begins");
    let nobody = store.write(|tx| hold::release(tx, tenant, -1, TODAY));
    assert!(matches!(nobody, Err(StoreError::Affected { .. })), "{nobody:?}");
    let promise = |currency, day| Promise { customer_id: world.ana, currency, pay_on: TODAY.plus(day) };
    for made in [promise(USD, 7), promise(COP, 2)] {
        world.write(|tx| hold::promise(tx, tenant, &made, 100, 5));
    }
    let promises = world.read(|conn| hold::promises(conn, tenant, (world.ana, world.beto)));
    assert_eq!(promises, [promise(COP, 2), promise(USD, 7)]);
}

fn an_effect_is_prepared_sent_and_settled_once(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let effect = Prepared {
        action_id: 5,
        customer_id: world.ana,
        commit_number: 1,
        kind: "smtp",
        target: "mx.example.com:25",
        request: b"sealed",
        at: 10,
    };
    let id = world.write(|tx| journal::prepare(tx, tenant, &effect));
    let sent = || store.write(|tx| journal::sent(tx, tenant, id, 11));
    let settle = || store.write_durably(|tx| journal::settle(tx, tenant, id, "done", b"250", 12));
    sent().unwrap();
    assert!(matches!(sent(), Err(StoreError::Affected { .. })));
    settle().unwrap();
    assert!(matches!(settle(), Err(StoreError::Affected { .. })));
    let of = |action| world.read(|conn| journal::of_action(conn, tenant, action));
    let found = of(5);
    assert_eq!((found.len(), of(6).len()), (1, 0));
    assert_eq!((found[0].kind.as_str(), found[0].target.as_str()), ("smtp", "mx.example.com:25"));
    assert_eq!(
        (found[0].id, found[0].prepared_at, found[0].sent_at, found[0].settled_at),
        (id, 10, Some(11), Some(12))
    );
    assert_eq!(found[0].settled.as_deref(), Some("done"));
    let odd = store.write(|tx| {
        journal::prepare(tx, tenant, &effect).and_then(|id| journal::settle(tx, tenant, id, "maybe", b"", 1))
    });
    assert!(matches!(odd, Err(StoreError::Constraint { .. })), "{odd:?}");
}
