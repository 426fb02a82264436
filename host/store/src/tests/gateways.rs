//! Gateways: operations with their job and journal, transactions, deliveries and events.

use recaudo_core::gateway::{Kind, Known, Status};

use crate::effect::{self, Of, Prepared};
use crate::gateway::heard::{self, Delivery};
use crate::gateway::token::{self, Token};
use crate::gateway::transaction::{self, Transaction};
use crate::gateway::{self, Operation};
use crate::tests::on_both_engines;
use crate::tests::world::{COP, TODAY, World};
use crate::writeback::{self, Writeback};
use crate::{Store, StoreError, bank};

on_both_engines!(
    an_operation_is_kept_with_its_items_and_its_job_and_its_key_is_used_once,
    a_job_comes_round_is_put_off_and_goes,
    a_journal_row_goes_from_prepared_to_sent_to_settled_once,
    a_movement_has_one_row_by_whatever_road_it_comes,
    an_event_is_heard_once_an_installation_and_a_stranger_leaves_only_a_digest,
    the_source_of_a_gateway_is_made_once_and_never_asked_for_pages,
    a_token_opens_until_it_expires_or_is_revoked,
    what_is_written_back_is_wished_for_once_and_its_job_comes_round,
);

fn source(world: &World<'_>, name: &str) -> i64 {
    world.write(|tx| bank::source(tx, world.tenant, ("gateway", name), ("gateway-stripe", 9)))
}

fn a_wish(world: &World<'_>, key: &str) -> Operation {
    Operation {
        id: 0,
        source_id: source(world, "gateway:stripe"),
        action: "create-link".into(),
        amount_minor: 100_000,
        currency: COP,
        customer_id: world.ana,
        intent: b"sealed".to_vec(),
        operation_id: format!("pay-{key}"),
        idempotency_key: key.into(),
        state: "queued".into(),
        status: Status::Unknown,
        code: String::new(),
        gateway_id: None,
        next_url: None,
        attempts: 0,
        asked: 0,
        made_at: 10,
        changed_at: 10,
    }
}

fn kept(world: &World<'_>, key: &str) -> Operation {
    let mut wish = a_wish(world, key);
    let item = world.item(world.ana, key, 100_000, TODAY);
    wish.id = world.write(|tx| gateway::insert(tx, world.tenant, &wish, &[item.id], 50));
    wish
}

fn an_operation_is_kept_with_its_items_and_its_job_and_its_key_is_used_once(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let mut wish = a_wish(&world, "k1");
    let [first, second] = ["F-2", "F-1"].map(|number| world.item(world.ana, number, 50_000, TODAY).id);
    wish.id = world.write(|tx| gateway::insert(tx, tenant, &wish, &[second, first], 50));
    assert_eq!(world.read(|conn| gateway::by_id(conn, tenant, wish.id)).as_ref(), Some(&wish));
    assert_eq!(world.read(|conn| gateway::items(conn, tenant, wish.id)), [second, first]);
    (wish.state, wish.status, wish.code) = ("asking".into(), Status::RequiresAction, "waits".into());
    (wish.gateway_id, wish.next_url) = (Some("plink_1".into()), Some("https://pay.example/1".into()));
    (wish.attempts, wish.asked, wish.changed_at) = (1, 2, 20);
    world.write(|tx| gateway::save(tx, tenant, &wish, Some(60)));
    let by_key = world.read(|conn| gateway::by_operation_id(conn, tenant, "pay-k1"));
    let by_gateway = world.read(|conn| gateway::by_gateway_id(conn, tenant, wish.source_id, "plink_1"));
    assert_eq!((by_key.as_ref(), by_gateway.as_ref()), (Some(&wish), Some(&wish)));
    assert_eq!(world.read(|conn| gateway::of_customer(conn, tenant, world.ana)), [wish.clone()]);
    assert_eq!(world.read(|conn| gateway::in_state(conn, tenant, "asking")), [wish.clone()]);
    let again = store.write(|tx| gateway::insert(tx, tenant, &wish, &[], 50));
    assert!(matches!(again, Err(StoreError::Constraint { .. })), "{again:?}");
}

fn a_job_comes_round_is_put_off_and_goes(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let [one, two] = ["k1", "k2"].map(|key| kept(&world, key));
    let due = |now| world.read(|conn| gateway::due(conn, tenant, now, 10));
    assert_eq!((due(49), due(50)), (vec![], vec![one.id, two.id]));
    world.write(|tx| gateway::save(tx, tenant, &one, Some(70)));
    assert_eq!((due(50), due(70)), (vec![two.id], vec![two.id, one.id]));
    assert_eq!(world.read(|conn| gateway::next_at(conn, tenant, one.id)), Some(70));
    world.write(|tx| gateway::save(tx, tenant, &two, None));
    assert_eq!(due(99), [one.id]);
    world.write(|tx| gateway::save(tx, tenant, &two, Some(1)));
    assert_eq!(due(99), [two.id, one.id], "it is looked at again");
    let asked = || world.read(|conn| gateway::allocator_asked(conn, tenant));
    for at in [7, 8] {
        world.write(|tx| gateway::ask_allocator(tx, tenant, at));
    }
    world.write(|tx| gateway::allocator_answered(tx, tenant, 7));
    assert_eq!(asked(), Some(8), "more came while it was asked");
    world.write(|tx| gateway::allocator_answered(tx, tenant, 8));
    assert_eq!((asked(), due(99)), (None, vec![two.id, one.id]));
    assert_eq!(world.read(|conn| gateway::next_due(conn, tenant)), Some(1));
}

fn a_journal_row_goes_from_prepared_to_sent_to_settled_once(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let operation = kept(&world, "k1").id;
    let written = a_writeback(&world, "w1");
    assert!(world.write(|tx| writeback::wish(tx, tenant, &written, 50)));
    let written = world.read(|conn| writeback::in_state(conn, tenant, "queued")).remove(0);
    for of in [Of::Operation(operation), Of::Writeback(written.id)] {
        let prepared = Prepared {
            of,
            commit_number: 1,
            kind: "http",
            target: "api.stripe.com",
            request: b"sealed",
            at: 5,
        };
        let row = world.write(|tx| effect::prepare(tx, tenant, &prepared));
        let now = || world.read(|conn| effect::list(conn, tenant, of)).remove(0);
        assert_eq!((now().prepared_at, now().sent_at, now().settled), (5, None, None));
        world.write(|tx| effect::sent(tx, tenant, (of, row), 6));
        assert!(store.write(|tx| effect::sent(tx, tenant, (of, row), 7)).is_err());
        world.write(|tx| effect::settle(tx, tenant, (of, row), ("not_done", b"sealed"), 8));
        assert!(store.write(|tx| effect::settle(tx, tenant, (of, row), ("done", b""), 9)).is_err());
        assert_eq!(
            (now().sent_at, now().settled_at, now().settled.as_deref()),
            (Some(6), Some(8), Some("not_done"))
        );
        assert_eq!((now().id, now().kind.as_str(), now().target.as_str()), (row, "http", "api.stripe.com"));
    }
}

fn a_writeback(world: &World<'_>, key: &str) -> Writeback {
    Writeback {
        id: 0,
        source_id: world.source,
        kind: "receipt".into(),
        subject_id: 7,
        part: 0,
        customer_id: world.ana,
        entry: Vec::new(),
        operation_id: format!("wb-{key}"),
        idempotency_key: key.into(),
        state: "queued".into(),
        status: String::new(),
        code: String::new(),
        target_id: String::new(),
        attempts: 0,
        asked: 0,
        made_at: 10,
        changed_at: 10,
    }
}

fn what_is_written_back_is_wished_for_once_and_its_job_comes_round(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let mut first = a_writeback(&world, "k1");
    assert!(world.write(|tx| writeback::wish(tx, tenant, &first, 50)));
    let again = a_writeback(&world, "k2");
    assert!(!world.write(|tx| writeback::wish(tx, tenant, &again, 50)), "the same row, the same part");
    let more = Writeback { part: 1, ..again };
    assert!(world.write(|tx| writeback::wish(tx, tenant, &more, 40)));
    let key_again = Writeback { part: 2, ..a_writeback(&world, "k1") };
    let refused = store.write(|tx| writeback::wish(tx, tenant, &key_again, 50));
    assert!(matches!(refused, Err(StoreError::Constraint { .. })), "{refused:?}");
    let about = world.read(|conn| writeback::about(conn, tenant, world.source, ("receipt", 7)));
    assert_eq!(
        about.iter().map(|w| (w.part, w.idempotency_key.as_str())).collect::<Vec<_>>(),
        [(0, "k1"), (1, "k2")]
    );
    let due = |now| world.read(|conn| writeback::due(conn, tenant, now, 10));
    assert_eq!((due(39), due(50)), (vec![], vec![about[1].id, about[0].id]));
    assert_eq!(world.read(|conn| writeback::next_due(conn, tenant)), Some(40));
    first.id = about[0].id;
    (first.entry, first.state, first.status) = (b"sealed".to_vec(), "settled".into(), "applied".into());
    (first.code, first.target_id, first.attempts) = ("c".into(), "account.move,3".into(), 1);
    (first.asked, first.changed_at) = (2, 20);
    world.write(|tx| writeback::save(tx, tenant, &first, None));
    assert_eq!(world.read(|conn| writeback::by_id(conn, tenant, first.id)).as_ref(), Some(&first));
    assert_eq!(world.read(|conn| writeback::in_state(conn, tenant, "settled")), [first.clone()]);
    assert_eq!(due(99), [about[1].id]);
    world.write(|tx| writeback::save(tx, tenant, &first, Some(30)));
    assert_eq!(due(99), [first.id, about[1].id]);
}

fn a_movement_has_one_row_by_whatever_road_it_comes(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let operation = kept(&world, "k1");
    let mut paid = Transaction {
        id: 0,
        source_id: operation.source_id,
        gateway_id: "pi_1".into(),
        kind: Kind::Payment,
        currency: None,
        known: Known::word(Status::Pending, None, None, None),
        payout: None,
        code: "processing".into(),
        operation: None,
        payment_id: None,
        posted: [0; 3],
        seen_at: 3,
    };
    paid.id = world.write(|tx| transaction::put(tx, tenant, &paid));
    let found = |id: &str| world.read(|conn| transaction::find(conn, tenant, paid.source_id, id));
    assert_eq!((found("pi_1").as_ref(), found("pi_2")), (Some(&paid), None));
    let payment = world.payment(Some(world.ana), "pi_1", 100_000).id;
    let mut later = paid.clone();
    later.known = Known::word(Status::Succeeded, Some(100_000), Some(3_900), Some(7));
    (later.currency, later.payout, later.code) = (Some(COP), Some("po_1".into()), String::new());
    (later.operation, later.payment_id, later.posted) =
        (Some(operation.id), Some(payment), [100_000, 30_000, 3_900]);
    assert_eq!(world.write(|tx| transaction::put(tx, tenant, &later)), paid.id);
    assert_eq!(found("pi_1").as_ref(), Some(&later));
    let known = Known { original: Some("pi_1".into()), ..paid.known.clone() };
    let mut refund =
        Transaction { id: 0, gateway_id: "re_1".into(), kind: Kind::Refund, known, ..paid.clone() };
    refund.id = world.write(|tx| transaction::put(tx, tenant, &refund));
    assert_eq!(world.read(|conn| transaction::without_payment(conn, tenant)), []);
    later.payment_id = None;
    world.write(|tx| transaction::put(tx, tenant, &later));
    assert_eq!(world.read(|conn| transaction::without_payment(conn, tenant)), [later.clone()]);
    let mut payout = Transaction { id: 0, gateway_id: "po_1".into(), kind: Kind::Payout, ..later.clone() };
    payout.posted = [0; 3];
    world.write(|tx| transaction::put(tx, tenant, &payout));
    let mut out = vec![];
    world.read(|conn| {
        transaction::payouts(conn, tenant, &[100_000, 7], |payout| {
            out.push((payout.gateway_id, payout.amount_minor, payout.currency, payout.at, payout.source));
            Ok(())
        })
    });
    assert_eq!(out, [("po_1".to_owned(), 100_000, COP, 7, "gateway:stripe".to_owned())]);
    let about = world.read(|conn| transaction::about(conn, tenant, paid.source_id, "pi_1"));
    assert_eq!(about, [refund]);
    let of_operation = world.read(|conn| transaction::of_operation(conn, tenant, operation.id));
    assert_eq!(of_operation.into_iter().map(|t| t.gateway_id).collect::<Vec<_>>(), ["pi_1", "po_1"]);
}

fn an_event_is_heard_once_an_installation_and_a_stranger_leaves_only_a_digest(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let [one, two] = ["gateway:stripe", "gateway:khipu"].map(|name| source(&world, name));
    let delivery = Delivery { source_id: one, received_at: 4, sha256: &[6; 32], raw: b"sealed" };
    let row = world.write(|tx| heard::receive(tx, tenant, &delivery));
    let hear = |source, event| world.write(|tx| heard::hear(tx, tenant, source, event, row));
    assert_eq!([hear(one, "evt_1"), hear(one, "evt_1"), hear(two, "evt_1")], [true, false, true]);
    world.write(|tx| heard::settle(tx, tenant, row, ("done", "")));
    let stranger = world.write(|tx| heard::receive(tx, tenant, &delivery));
    world.write(|tx| heard::refuse(tx, tenant, stranger, "bad-signature"));
    let count = |state| world.read(|conn| heard::count(conn, tenant, state));
    assert_eq!([count("received"), count("done"), count("refused")], [0, 1, 1]);
    let sql = "SELECT raw, code FROM gateway_deliveries WHERE tenant_id = $1 AND id = $2";
    let left = world.read(|conn| {
        conn.first(sql, &[tenant.into(), stranger.into()], |row| {
            Ok((row.bytes(0)?.len(), row.text(1)?.to_owned()))
        })
    });
    assert_eq!(left, Some((0, "bad-signature".to_owned())));
}

fn the_source_of_a_gateway_is_made_once_and_never_asked_for_pages(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let first = source(&world, "gateway:stripe");
    assert_eq!(source(&world, "gateway:stripe"), first);
    assert_eq!(world.read(|conn| gateway::find_source(conn, tenant, "gateway:stripe")), Some(first));
    assert_eq!(world.read(|conn| gateway::find_source(conn, tenant, "gateway:khipu")), None);
    let names = world.read(|conn| crate::source::list(conn, tenant)).into_iter().map(|s| s.name);
    assert_eq!(names.collect::<Vec<_>>(), ["erp"]);
}

fn a_token_opens_until_it_expires_or_is_revoked(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let keep = |sha256: [u8; 32], not_after_at| {
        let mut new =
            Token { id: 0, customer_id: world.ana, sealed: sha256.to_vec(), made_at: 5, not_after_at };
        new.id = world.write(|tx| token::insert(tx, tenant, &new, &sha256));
        new
    };
    let (first, second) = (keep([1; 32], 100), keep([2; 32], 200));
    let again = store.write(|tx| token::insert(tx, tenant, &first, &[1; 32]));
    assert!(matches!(again, Err(StoreError::Constraint { .. })), "{again:?}");
    let opens = |sha256: [u8; 32], now| world.read(|conn| token::by_sha256(conn, tenant, &sha256, now));
    assert_eq!((opens([1; 32], 99).as_ref(), opens([1; 32], 100)), (Some(&first), None));
    assert_eq!(opens([9; 32], 0), None);
    let of = |customer, after| world.read(|conn| token::of_customer(conn, tenant, customer, after));
    assert_eq!(
        (of(world.ana, 50).as_ref(), of(world.ana, 200), of(world.beto, 0)),
        (Some(&second), None, None)
    );
    assert_eq!(world.write(|tx| token::revoke(tx, tenant, world.ana, 100)), 1, "the other had expired");
    assert_eq!((opens([2; 32], 150), of(world.ana, 0).map(|t| t.id)), (None, Some(first.id)));
}
