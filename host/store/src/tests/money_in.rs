//! What banks and gateways saw: readings, statements, entries, sightings, suggestions.

use recaudo_core::day::Day;
use recaudo_core::ledger::EntryKind;

use crate::bank::{self, Entry, Reading, Statement};
use crate::sighting::{self, Candidate, Sighting};
use crate::suggestion::{self, About, Debt, Money, Suggestion};
use crate::tests::on_both_engines;
use crate::tests::world::{COP, TODAY, World};
use crate::{Store, entry, payment, source};

on_both_engines!(
    a_files_reading_goes_on_where_it_stopped,
    a_statement_is_read_found_whole_and_known_again,
    entries_are_staged_and_become_payments,
    a_payment_several_roads_tell_of_is_one,
    what_payments_settle_and_who_said_so_is_found,
    a_suggestion_waits_and_is_decided_once,
    money_and_debts_are_handed_to_the_allocator,
    a_payers_account_and_the_allocators_mark_are_remembered,
);

const FILE: [u8; 32] = [3; 32];

fn account(world: &World<'_>) -> i64 {
    world.write(|tx| bank::source(tx, world.tenant, ("bank", "bank:ES91"), ("statement-camt", 5)))
}

fn a_statement(world: &World<'_>, state: &str) -> Statement {
    let mut new = Statement {
        id: 0,
        source_id: account(world),
        number: "7".into(),
        kind: "statement".into(),
        currency: COP,
        first_on: Some(TODAY),
        last_on: Some(TODAY.plus(1)),
        opening_minor: Some(1_000),
        closing_minor: Some(1_500),
        entry_count: 1,
        entries_minor: 500,
        known_count: 0,
        state: state.into(),
    };
    new.id = world.write(|tx| bank::add_statement(tx, world.tenant, &new, (&FILE, 6)));
    new
}

/// An entry of a statement, kept.
fn an_entry(world: &World<'_>, statement: &Statement, external_id: &str, payment: Option<i64>) -> Entry {
    let new = Entry {
        id: world.id("bank_entries"),
        source_id: statement.source_id,
        statement_id: Some(statement.id),
        road: "statement".into(),
        external_id: external_id.into(),
        booked_on: TODAY,
        value_on: TODAY,
        amount_minor: 500,
        currency: COP,
        reversal: false,
        customer_id: None,
        payment_id: payment,
        payer: vec![4; 32],
        details: vec![0, 255],
        state: if payment.is_some() { "posted" } else { "staged" }.into(),
    };
    world.write(|tx| bank::insert_entries(tx, world.tenant, std::slice::from_ref(&new)));
    new
}

fn a_files_reading_goes_on_where_it_stopped(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    assert_eq!(world.read(|conn| bank::reading(conn, tenant, &FILE)), None);
    let mut reading =
        Reading { plugin: "statement-camt".into(), version: 1, checkpoint: vec![0, 1], rejects: vec![] };
    world.write(|tx| bank::save_reading(tx, tenant, &FILE, (&reading, 1)));
    reading.checkpoint = vec![2];
    reading.rejects = vec![255];
    world.write(|tx| bank::save_reading(tx, tenant, &FILE, (&reading, 2)));
    assert_eq!(world.read(|conn| bank::reading(conn, tenant, &FILE)), Some(reading.clone()));
    let other = [4; 32];
    world.write(|tx| bank::save_reading(tx, tenant, &other, (&reading, 3)));
    world.write(|tx| bank::finish_reading(tx, tenant, &FILE));
    assert_eq!(world.read(|conn| bank::reading(conn, tenant, &FILE)), None);
    assert!(world.read(|conn| bank::reading(conn, tenant, &other)).is_some());
}

fn a_statement_is_read_found_whole_and_known_again(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    assert!(!world.read(|conn| bank::any(conn, tenant)));
    let mut statement = a_statement(&world, "reading");
    assert!(world.read(|conn| bank::any(conn, tenant)));
    assert_eq!(world.read(|conn| bank::account(conn, tenant, statement.source_id)), "ES91");
    assert_eq!(account(&world), statement.source_id, "an account is made once");
    let importers = world.read(|conn| source::list(conn, tenant));
    assert!(importers.iter().all(|source| source.id != statement.source_id), "and is asked for no pages");
    assert_eq!(world.read(|conn| bank::undone_of_file(conn, tenant, &FILE)), [statement.clone()]);
    statement.state = "posted".into();
    world.write(|tx| bank::save_statement(tx, tenant, &statement));
    assert!(world.read(|conn| bank::undone_of_file(conn, tenant, &FILE)).is_empty());
    let mut posted = vec![];
    world.read(|conn| {
        bank::scan_posted(conn, tenant, |found| {
            posted.push(found);
            Ok(())
        })
    });
    assert_eq!(posted, [statement.clone()]);
    let again = Statement { id: 0, ..statement.clone() };
    let renamed = Statement { number: "2026/7".into(), ..again.clone() };
    let other = Statement { number: "8".into(), entries_minor: 501, last_on: None, ..again.clone() };
    let like = |statement: &Statement| world.read(|conn| bank::posted_like(conn, tenant, statement));
    assert_eq!([like(&again), like(&renamed)], [Some(statement.clone()), Some(statement.clone())]);
    assert_eq!(like(&other), None);
    let dropped = Statement { number: "9".into(), ..a_statement(&world, "reading") };
    an_entry(&world, &dropped, "E9", None);
    world.write(|tx| bank::drop_statement(tx, tenant, dropped.id));
    assert_eq!(world.read(|conn| bank::staged_count(conn, tenant, dropped.id)), 0);
}

fn entries_are_staged_and_become_payments(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let statement = a_statement(&world, "whole");
    let [mut first, second] = ["E1", "E2"].map(|id| an_entry(&world, &statement, id, None));
    assert_eq!(world.read(|conn| bank::staged_count(conn, tenant, statement.id)), 2);
    assert_eq!(world.read(|conn| bank::staged(conn, tenant, statement.id, 1)), [first.clone()]);
    let paid = world.payment(Some(world.ana), "R1", 500);
    first.state = "posted".into();
    first.customer_id = Some(world.ana);
    first.payment_id = Some(paid.id);
    first.details = vec![9];
    world.write(|tx| bank::save_entries(tx, tenant, [&first]));
    let second = Entry { state: "waiting".into(), ..second };
    world.write(|tx| bank::save_entries(tx, tenant, [&second]));
    assert_eq!(world.read(|conn| bank::waiting(conn, tenant)), std::slice::from_ref(&second));
    assert_eq!(world.read(|conn| bank::entry_by_id(conn, tenant, first.id)), Some(first.clone()));
    let mut known = vec![];
    world.read(|conn| {
        bank::known_entries(conn, tenant, (statement.source_id, "statement"), &["E1", "E7"], |entry| {
            known.push(entry);
            Ok(())
        })
    });
    let mut of_payment = vec![];
    world.read(|conn| {
        bank::of_payments(conn, tenant, &[paid.id], |entry| {
            of_payment.push(entry);
            Ok(())
        })
    });
    assert_eq!((known, of_payment), (vec![first.clone()], vec![first.clone()]));
    let mut told = vec![];
    world.read(|conn| {
        bank::scan_told(conn, tenant, |state, amount, paid, id| {
            told.push((state.to_owned(), amount, paid, id));
            Ok(())
        })
    });
    assert_eq!(told, [("posted".to_owned(), 500, Some(500), first.id)]);
    world.write(|tx| bank::amend(tx, tenant, first.id, 450));
    assert_eq!(world.read(|conn| bank::entry_by_id(conn, tenant, first.id)).unwrap().amount_minor, 450);
    an_entry(&world, &statement, "E3", None);
    world.write(|tx| bank::drop_staged(tx, tenant, statement.id));
    assert_eq!(world.read(|conn| bank::staged_count(conn, tenant, statement.id)), 0);
    assert_eq!(world.read(|conn| bank::waiting(conn, tenant)).len(), 1, "only what is staged goes");
}

fn a_payment_several_roads_tell_of_is_one(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let source_id = account(&world);
    let paid = world.payment(Some(world.ana), "R1", 700);
    let mut seen = Sighting {
        payment_id: paid.id,
        source_id,
        road: "notice".into(),
        external_id: "N1".into(),
        matched: "evidence".into(),
        amount_minor: 700,
        version: 1,
        digest: [1; 16],
        seen_at: 9,
    };
    world.write(|tx| sighting::insert(tx, tenant, std::slice::from_ref(&seen)));
    (seen.version, seen.digest) = (2, [2; 16]);
    world.write(|tx| sighting::update(tx, tenant, &seen));
    let found = |id: &str| {
        let mut found = vec![];
        world.read(|conn| {
            sighting::by_external(conn, tenant, (source_id, "notice"), &[id], |s| {
                found.push(s);
                Ok(())
            })
        });
        found
    };
    assert_eq!((found("N1"), found("N2")), (vec![seen.clone()], vec![]));
    let mut of_payment = vec![];
    world.read(|conn| {
        sighting::of_payments(conn, tenant, &[paid.id], |s| {
            of_payment.push(s);
            Ok(())
        })
    });
    assert_eq!(of_payment, [seen]);
    let mut checked = vec![];
    world.read(|conn| {
        sighting::scan(conn, tenant, |payment, seen, own, in_parts| {
            checked.push((payment, seen, own, in_parts));
            Ok(())
        })
    });
    assert_eq!(checked, [(paid.id, 700, 700, false)]);
    let mut alike: Vec<Candidate> = vec![];
    world.read(|conn| {
        sighting::candidates(conn, tenant, (TODAY.plus(-2), TODAY), &[700, 1], |candidate| {
            alike.push(candidate);
            Ok(())
        })
    });
    let candidate = alike.first().expect("the payment");
    assert_eq!((alike.len(), candidate.id, candidate.source_kind.as_str()), (1, paid.id, "importer"));
    world.write(|tx| sighting::remove(tx, tenant, (source_id, "notice"), "N1"));
    assert!(found("N1").is_empty());
    // One that stays, so that a store that is carried has it.
    let stays = Sighting { external_id: "N9".into(), ..candidate_sighting(&paid, source_id) };
    world.write(|tx| sighting::insert(tx, tenant, &[stays]));
}

fn candidate_sighting(paid: &payment::Payment, source_id: i64) -> Sighting {
    Sighting {
        payment_id: paid.id,
        source_id,
        road: "statement".into(),
        external_id: "S1".into(),
        matched: "reference".into(),
        amount_minor: paid.amount_minor,
        version: 1,
        digest: [1; 16],
        seen_at: 9,
    }
}

fn what_payments_settle_and_who_said_so_is_found(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let item = world.item(world.ana, "F-1", 900, TODAY);
    let paid = world.payment(Some(world.ana), "R1", 900);
    let ours = recaudo_core::ledger::Entry {
        kind: EntryKind::Apply,
        source_id: None,
        ..world.entry(Some(item.id), Some(paid.id), -400, TODAY.plus(2))
    };
    let theirs = world.entry(Some(item.id), Some(paid.id), -100, TODAY);
    world.write(|tx| entry::append(tx, tenant, &[ours, theirs]));
    let mut numbers = vec![];
    world.read(|conn| {
        sighting::settled_numbers(conn, tenant, &[paid.id], |payment, number| {
            numbers.push((payment, number.to_owned()));
            Ok(())
        })
    });
    assert_eq!(numbers, [(paid.id, "F-1".to_owned())]);
    let mut foreign = vec![];
    world.read(|conn| {
        sighting::foreign_sums(conn, tenant, &[item.id], |item, sum| {
            foreign.push((item, sum));
            Ok(())
        })
    });
    assert_eq!(foreign, [(item.id, -400)]);
    let applied = (paid.id, item.id, 400, TODAY.plus(2));
    for about in [About::Item(item.id), About::Payment(paid.id)] {
        assert_eq!(world.read(|conn| suggestion::applied_by_us(conn, tenant, about)), [applied]);
    }
    let mut names = vec![];
    world.read(|conn| {
        sighting::names(conn, tenant, &[world.ana], |id, name, external_id| {
            names.push((id, name.to_owned(), external_id.to_owned()));
            Ok(())
        })
    });
    assert_eq!(names, [(world.ana, "ANA Muñoz".to_owned(), "ANA".to_owned())]);
    let mut payments = vec![];
    world.read(|conn| {
        payment::by_ids(conn, tenant, &[paid.id, paid.id + 1_000], |payment| {
            payments.push(payment);
            Ok(())
        })
    });
    assert_eq!(payments, [paid]);
}

fn a_suggestion(
    world: &World<'_>,
    (payment_id, item_id, entry_id): (i64, Option<i64>, Option<i64>),
) -> Suggestion {
    let new = Suggestion {
        id: world.id("suggestions"),
        kind: if item_id.is_some() { "apply" } else { "same" }.into(),
        payment_id,
        item_id,
        entry_id,
        amount_minor: 300,
        written_off_minor: 0,
        confidence_ppm: 700_000,
        rule: "sum".into(),
        difference: "short".into(),
        difference_minor: 1,
        state: "open".into(),
        made_at: 8,
        decided_at: None,
        decided_by: String::new(),
    };
    world.write(|tx| suggestion::insert(tx, world.tenant, std::slice::from_ref(&new)));
    new
}

fn a_suggestion_waits_and_is_decided_once(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let item = world.item(world.ana, "F-1", 900, TODAY);
    let paid = world.payment(Some(world.ana), "R1", 900);
    let entry = an_entry(&world, &a_statement(&world, "posted"), "E1", None);
    let apply = a_suggestion(&world, (paid.id, Some(item.id), None));
    let same = a_suggestion(&world, (paid.id, None, Some(entry.id)));
    assert_eq!(world.read(|conn| suggestion::open(conn, tenant)), [apply.clone(), same.clone()]);
    assert_eq!(world.read(|conn| suggestion::of_entry(conn, tenant, entry.id)), std::slice::from_ref(&same));
    world.write(|tx| suggestion::decide(tx, tenant, (apply.id, "confirmed"), ("ana", 9)));
    world.write(|tx| suggestion::posted(tx, tenant, apply.id, (250, 5)));
    let confirmed = Suggestion {
        state: "confirmed".into(),
        decided_by: "ana".into(),
        decided_at: Some(9),
        amount_minor: 250,
        written_off_minor: 5,
        ..apply.clone()
    };
    assert_eq!(world.read(|conn| suggestion::by_id(conn, tenant, apply.id)), Some(confirmed.clone()));
    world.write(|tx| suggestion::remove(tx, tenant, &[same.id]));
    let mut of_payment = vec![];
    world.read(|conn| {
        suggestion::of_payments(conn, tenant, &[paid.id], |s| {
            of_payment.push(s);
            Ok(())
        })
    });
    assert_eq!(of_payment, [confirmed], "what is decided stays");
    let ours = recaudo_core::ledger::Entry {
        kind: EntryKind::Apply,
        source_id: None,
        ..world.entry(Some(item.id), Some(paid.id), -250, TODAY)
    };
    world.write(|tx| entry::append(tx, tenant, &[ours]));
    let mut applied = vec![];
    world.read(|conn| {
        suggestion::scan_applied(conn, tenant, |payment, item, said, posted| {
            applied.push((payment, item, said, posted));
            Ok(())
        })
    });
    assert_eq!(applied, [(paid.id, item.id, 250, 250)]);
}

fn money_and_debts_are_handed_to_the_allocator(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let item = world.item(world.ana, "F-1", 900, TODAY);
    world.item(world.beto, "F-2", 0, TODAY);
    let mut paid = world.payment(Some(world.ana), "R1", 500);
    paid.status = "received".into();
    world.write(|tx| payment::update(tx, tenant, [&paid]));
    world.payment(None, "R2", 600);
    an_entry(&world, &a_statement(&world, "posted"), "E1", Some(paid.id));
    let mut money: Vec<Money> = vec![];
    world.read(|conn| {
        suggestion::unapplied(conn, tenant, |found| {
            money.push(found);
            Ok(())
        })
    });
    let [only] = money[..] else { panic!("a bank has seen one: {money:?}") };
    assert_eq!((only.payment_id, only.unapplied_minor, only.received_on), (paid.id, 500, TODAY));
    let mut debts: Vec<Debt> = vec![];
    world.read(|conn| {
        suggestion::debts(conn, tenant, |debt| {
            debts.push(debt);
            Ok(())
        })
    });
    let debt = debts.first().expect("what is open");
    assert_eq!((debts.len(), debt.item_id, debt.open_minor), (1, item.id, 900));
    assert_eq!((debt.number.as_str(), debt.due_on), ("F-1", Day(TODAY.0)));
}

fn a_payers_account_and_the_allocators_mark_are_remembered(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let (own, other) = (vec![1; 32], vec![2; 32]);
    world.write(|tx| bank::remember_payers(tx, tenant, &[(own.clone(), world.ana), (other, world.beto)]));
    world.write(|tx| {
        bank::remember_payers(tx, tenant, &[(own.clone(), world.ana), (own.clone(), world.beto)])
    });
    let mut whose = vec![];
    world.read(|conn| {
        bank::payers(conn, tenant, &[&own], |mark, customer| {
            whose.push((mark.to_vec(), customer));
            Ok(())
        })
    });
    assert_eq!(whose, [(own.clone(), world.ana), (own, world.beto)]);
    let item = world.item(world.ana, "F-1", 900, TODAY);
    let entry = world.entry(Some(item.id), None, 900, TODAY);
    let last = entry.id;
    world.write(|tx| entry::append(tx, tenant, &[entry]));
    assert_eq!(world.read(|conn| bank::marks(conn, tenant)), (last, 0));
    for mark in [last - 1, last] {
        world.write(|tx| bank::mark(tx, tenant, mark));
    }
    assert_eq!(world.read(|conn| bank::marks(conn, tenant)), (last, last));
}
