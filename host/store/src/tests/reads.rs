//! What a run, the report and a scorer read, block by block.

use recaudo_core::features::ItemFacts;

use crate::customer::{self, Consent};
use crate::history::{self, Past};
use crate::import::{self, Interaction};
use crate::portfolio::{self, Contacted, CustomerWords, Done, OpenItem, Reach, Said, SettledItem, Words};
use crate::report::{self, Movement};
use crate::tests::on_both_engines;
use crate::tests::world::{COP, TODAY, World};
use crate::{Store, action, entry, item};

on_both_engines!(
    open_items_come_in_pages_by_customer,
    customers_and_how_to_reach_them_are_read,
    settled_items_are_read_in_order,
    what_customers_said_and_what_was_said_to_them_is_read,
    contacts_made_are_read_and_counted,
    the_report_reads_movements_and_names,
    history_leaves_out_what_was_never_owed,
);

fn open_items_come_in_pages_by_customer(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let b = world.item(world.beto, "F-3", 50, TODAY);
    let late = world.item(world.ana, "F-2", 200, TODAY.plus(9));
    let early = world.item(world.ana, "F-1", 100, TODAY.plus(-9));
    world.item(world.ana, "F-0", 0, TODAY);
    let future = world.item(world.beto, "F-4", 70, TODAY.plus(60));
    let page = |after, limit| {
        let (mut kinds, mut items) = (Words::default(), vec![]);
        let page = world
            .read(|conn| portfolio::open_items(conn, tenant, (after, limit), TODAY, &mut kinds, &mut items));
        assert_eq!(kinds.all(), ["invoice"]);
        (page.rows, page.first_customer, page.last_customer, items)
    };
    let open = |item: &item::Item| OpenItem {
        id: item.id,
        customer_id: item.customer_id,
        creditor_id: world.creditor,
        open_minor: item.total_minor,
        issued_on: item.issued_on,
        due_on: item.due_on,
        currency: COP,
        disputed: false,
        kind: 0,
    };
    let (ana, beto) = (Some(world.ana), Some(world.beto));
    assert!(future.issued_on > TODAY);
    assert_eq!(page(0, 10), (4, ana, beto, vec![open(&early), open(&late), open(&b)]));
    assert_eq!(page(0, 1), (1, ana, ana, vec![open(&early)]));
    assert_eq!(page(world.ana, 10), (2, beto, beto, vec![open(&b)]));
    assert_eq!(world.read(|conn| portfolio::open_customers(conn, tenant)), 2);
    let of_ana = world.read(|conn| portfolio::items_of_customer(conn, tenant, world.ana));
    assert_eq!(of_ana.len(), 3);
    assert!(of_ana.is_sorted() && of_ana.contains(&early.id));
}

fn customers_and_how_to_reach_them_are_read(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let (last, other) = (world.customer("CARO"), world.customer("DIEGO"));
    let (mut words, mut found) = (CustomerWords::default(), vec![]);
    world.read(|conn| portfolio::customers(conn, tenant, (world.ana, last), &mut words, &mut found));
    assert_eq!((words.kinds.get(0), words.countries.get(0)), ("person", "CO"));
    assert_eq!((words.locales.get(0), words.time_zones.get(0)), ("es-CO", "America/Bogota"));
    let named: Vec<_> = found.into_iter().map(|c| (c.external_id, c.attributes)).collect();
    assert_eq!(named, ["ANA", "BETO", "CARO"].map(|id| (id.to_owned(), "{}".to_owned())));
    let (mail, none) =
        (world.contact(world.ana, "K1", "ana@example.com"), world.contact(world.beto, "K2", ""));
    world.contact(other, "K3", "diego@example.com");
    let out = world.contact(world.ana, "K4", "old@example.com");
    assert!(world.write(|tx| customer::remove_contact(tx, tenant, world.source, &out.external_id, 9)));
    let (mut roles, mut found) = (Words::default(), vec![]);
    world.read(|conn| portfolio::reaches(conn, tenant, (world.ana, last), &mut roles, &mut found));
    let reach = |contact: &customer::Contact, email| Reach {
        customer_id: contact.customer_id,
        contact_id: contact.id,
        version: 1,
        role: 0,
        email,
        phone: false,
    };
    assert_eq!(found, [reach(&mail, true), reach(&none, false)]);
    let creditors = world.read(|conn| portfolio::creditors(conn, tenant));
    assert_eq!(creditors.len(), 1);
    assert_eq!((creditors[0].external_id.as_str(), creditors[0].name.as_str()), ("acme", "Acme S.A.S."));
}

fn settled_items_are_read_in_order(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    world.item(world.beto, "F-3", 0, TODAY.plus(1));
    world.item(world.ana, "F-2", 0, TODAY.plus(2));
    world.item(world.ana, "F-1", 0, TODAY);
    world.item(world.ana, "F-0", 10, TODAY);
    let mut credit = world.an_item(world.ana, "NC-1", 0, TODAY);
    credit.total_minor = -5;
    world.write(|tx| item::insert(tx, tenant, [&credit]));
    let mut found = vec![];
    world.read(|conn| portfolio::settled_items(conn, tenant, (world.ana, world.beto), &mut found));
    let settled = |customer_id, days| SettledItem {
        customer_id,
        issued_on: TODAY.plus(days - 30),
        due_on: TODAY.plus(days),
        settled_on: TODAY.plus(days - 30),
        total_minor: 500,
        currency: COP,
        disputed: false,
    };
    assert_eq!(found, [settled(world.ana, 0), settled(world.ana, 2), settled(world.beto, 1)]);
}

fn what_customers_said_and_what_was_said_to_them_is_read(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    for (channel, granted, said_at) in [("email", true, 9), ("", false, 5), ("sms", true, 99)] {
        let consent = Consent {
            customer_id: world.ana,
            contact: "",
            channel,
            granted,
            said_at,
            source_id: None,
            evidence: b"",
        };
        world.write(|tx| customer::put_consent(tx, tenant, &consent));
    }
    let mut said = vec![];
    world.read(|conn| portfolio::consents(conn, tenant, (world.ana, world.beto), 50, &mut said));
    let word = |channel: &str, granted, said_at| Said {
        customer_id: world.ana,
        channel: channel.into(),
        granted,
        said_at,
    };
    assert_eq!(said, [word("", false, 5), word("email", true, 9)]);
    for (external_id, inbound, happened_at) in [("I1", true, 30), ("I2", false, 20), ("I3", true, 10)] {
        let said = Interaction {
            customer_id: world.beto,
            source_id: world.source,
            external_id,
            happened_at,
            channel: "phone",
            inbound,
            body: b"",
        };
        world.write(|tx| import::put_interaction(tx, tenant, &said));
    }
    let mut contacts = vec![];
    world.read(|conn| portfolio::contacted(conn, tenant, (world.ana, world.beto), 15, &mut contacts));
    let told = |at, state: &str| Contacted {
        customer_id: world.beto,
        at,
        channel: "phone".into(),
        state: state.into(),
    };
    assert_eq!(contacts, [told(20, "outbound"), told(30, "inbound")]);
}

fn contacts_made_are_read_and_counted(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let items = [0, 1].map(|n| world.item(world.ana, &format!("F-{n}"), 100, TODAY.plus(n)));
    for (n, state) in [(0, "queued"), (1, "cancelled")] {
        let id = world.id("actions");
        let first = world.write(|tx| tx.ids("action_items", 1));
        let planned = action::Action {
            id,
            run_id: 1,
            customer_id: world.ana,
            creditor_id: world.creditor,
            contact_id: 1,
            step_id: 4,
            business_on: TODAY.plus(n),
            contact_at: 100 + i64::from(n),
            amount_minor: 100,
            days_past_due: 0,
            priority: 0,
            items_first: first,
            items_count: 1,
            currency: COP,
            channel: "email".into(),
            template: String::new(),
            purpose: String::new(),
            language: String::new(),
        };
        let about = &items[usize::try_from(n).unwrap()];
        let listed = action::ActionItem {
            action_id: id,
            customer_id: world.ana,
            item_id: about.id,
            due_on: about.due_on,
            open_minor: 100,
            step_id: Some(4),
        };
        let permit = action::Permit {
            action_id: id,
            content_sha256: [0; 32],
            issued_at: 0,
            not_before_at: 0,
            not_after_at: 0,
        };
        world.write(|tx| action::insert(tx, tenant, std::slice::from_ref(&planned), &[listed], &[permit]));
        if state == "cancelled" {
            let end = action::End { state, reason: "paid", provider_id: "", at: 5 };
            world.write(|tx| action::end(tx, tenant, &planned, &end));
        }
    }
    let (mut done, mut contacts) = (vec![], vec![]);
    world.read(|conn| portfolio::done(conn, tenant, (world.ana, world.ana), &mut done));
    world.read(|conn| portfolio::contacted(conn, tenant, (world.ana, world.ana), 0, &mut contacts));
    assert_eq!(done, [Done { customer_id: world.ana, item_id: items[0].id, due_on: TODAY, step_id: 4 }]);
    let queued =
        Contacted { customer_id: world.ana, at: 100, channel: "email".into(), state: "queued".into() };
    assert_eq!(contacts, [queued], "what was cancelled was no contact");
    let counted = |to| world.read(|conn| report::contacts(conn, tenant, TODAY, to));
    let row = |state: &str| (state.to_owned(), "email".to_owned(), 1);
    assert_eq!(counted(TODAY.plus(1)), [row("cancelled"), row("queued")]);
    assert_eq!(counted(TODAY), [row("queued")]);
}

fn the_report_reads_movements_and_names(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let items = [world.item(world.ana, "F-1", 100, TODAY), world.item(world.beto, "F-2", 70, TODAY)];
    let entries = [
        world.entry(Some(items[1].id), None, 70, TODAY.plus(-30)),
        world.entry(Some(items[0].id), None, 100, TODAY.plus(-30)),
        world.entry(Some(items[0].id), None, -40, TODAY),
        world.entry(Some(items[0].id), None, -60, TODAY.plus(1)),
    ];
    world.write(|tx| entry::append(tx, tenant, &entries));
    let mut found = vec![];
    world.read(|conn| {
        report::movements(conn, tenant, TODAY, |movement| {
            found.push(*movement);
            Ok(())
        })
    });
    let movement = |n: usize, effective_on, amount_minor| Movement {
        item_id: items[n].id,
        customer_id: items[n].customer_id,
        currency: COP,
        issued_on: items[n].issued_on,
        due_on: items[n].due_on,
        total_minor: items[n].total_minor,
        effective_on,
        amount_minor,
    };
    let born = TODAY.plus(-30);
    assert_eq!(found, [movement(0, born, 100), movement(0, TODAY, -40), movement(1, born, 70)]);
    let mut names = vec![];
    world.read(|conn| {
        report::names(conn, tenant, &[world.beto, -1], |id, external_id, name| {
            names.push((id, external_id.to_owned(), name.to_owned()));
            Ok(())
        })
    });
    assert_eq!(names, [(world.beto, "BETO".to_owned(), "BETO Muñoz".to_owned())]);
}

fn history_leaves_out_what_was_never_owed(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let late = world.item(world.beto, "F-2", 0, TODAY);
    let open = world.item(world.ana, "F-1", 100, TODAY);
    world.item(world.ana, "NC-1", -40, TODAY);
    let mut void = world.an_item(world.ana, "F-3", 100, TODAY);
    void.status = "void".into();
    world.write(|tx| item::insert(tx, tenant, [&void]));
    let mut found = vec![];
    world.read(|conn| {
        history::scan(conn, tenant, |past| {
            found.push(past);
            Ok(())
        })
    });
    let past = |item: &item::Item| Past {
        customer_id: item.customer_id,
        country: "CO".into(),
        customer_kind: "person".into(),
        item_id: item.id,
        kind: "invoice".into(),
        facts: ItemFacts {
            issued_on: item.issued_on,
            due_on: item.due_on,
            settled_on: item.position.settled_on(),
            amount_minor: item.total_minor,
            currency: COP,
            disputed: false,
        },
    };
    assert_eq!(found, [past(&open), past(&late)]);
}
