//! Customers, their contacts and what they consented to.

use crate::customer::{self, Consent, Known};
use crate::tests::on_both_engines;
use crate::tests::world::World;
use crate::{Store, StoreError};

on_both_engines!(
    a_customer_is_kept_found_and_replaced,
    more_customers_than_one_lookup_takes_are_all_found,
    a_contact_is_put_replaced_taken_out_and_brought_back,
    a_word_about_a_channel_is_kept_once,
    a_customer_that_is_not_there_is_not_updated,
    two_customers_do_not_share_an_id_of_the_source,
);

fn a_customer_is_kept_found_and_replaced(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let mut dora = world.a_customer("DORA");
    (dora.parent, dora.tax_id, dora.attributes) = (Some("ANA".into()), None, "{\"zona\":\"ñ\"}".into());
    world.write(|tx| customer::insert(tx, tenant, [&dora]));
    let found = |id: &str| world.read(|conn| customer::by_external(conn, tenant, id));
    assert_eq!(found("DORA").as_ref(), Some(&dora));
    assert_eq!(found("dora"), None);
    (dora.name, dora.version, dora.digest) = ("Dora S.A.".into(), 2, [3; 16]);
    world.write(|tx| customer::update(tx, tenant, [&dora]));
    assert_eq!(found("DORA"), Some(dora));
}

fn more_customers_than_one_lookup_takes_are_all_found(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let many: Vec<_> = (0..300).map(|n| world.a_customer(&format!("C{n}"))).collect();
    world.write(|tx| customer::insert(tx, tenant, &many));
    let mut asked: Vec<&str> = many.iter().map(|c| c.external_id.as_str()).collect();
    asked.push("nobody");
    let mut found = vec![];
    world.read(|conn| {
        customer::known(conn, tenant, &asked, |external_id, known| {
            found.push((external_id.to_owned(), known));
            Ok(())
        })
    });
    let known = |id| Known { id, version: 1, digest: [7; 16] };
    let mut expected: Vec<_> = many.iter().map(|c| (c.external_id.clone(), known(c.id))).collect();
    // The last lookup is filled up by repeating its last key: a database answers once all the same.
    found.sort_by_key(|(id, _)| id.clone());
    expected.sort_by_key(|(id, _)| id.clone());
    assert_eq!(found, expected);
}

fn a_contact_is_put_replaced_taken_out_and_brought_back(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let mut contact = world.contact(world.ana, "K1", "ana@example.com");
    let known = || {
        let mut found = vec![];
        world.read(|conn| {
            customer::known_contacts(conn, tenant, world.source, &["K1", "K2"], |external_id, known| {
                found.push((external_id.to_owned(), known));
                Ok(())
            })
        });
        found
    };
    let k1 = |version, digest| vec![("K1".to_owned(), Known { id: contact.id, version, digest })];
    let (first, second, out) = (k1(1, [8; 16]), k1(2, [2; 16]), k1(-1, [2; 16]));
    assert_eq!(known(), first);
    (contact.version, contact.digest, contact.email) = (2, [2; 16], "otra@example.com".into());
    let put = |contact: &customer::Contact| world.write(|tx| customer::put_contact(tx, tenant, contact));
    put(&contact);
    assert_eq!(known(), second);
    let remove = || world.write(|tx| customer::remove_contact(tx, tenant, world.source, "K1", 77));
    assert_eq!([remove(), remove()], [true, false]);
    assert_eq!(known(), out, "its version lets the next import bring it back");
    put(&contact);
    assert_eq!(known(), second);
    assert!(remove(), "it was in use again");
}

fn a_word_about_a_channel_is_kept_once(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let said = Consent {
        customer_id: world.ana,
        contact: "",
        channel: "email",
        granted: false,
        said_at: 9,
        source_id: Some(world.source),
        evidence: b"sealed",
    };
    let put = |consent: &Consent<'_>| world.write(|tx| customer::put_consent(tx, tenant, consent));
    assert_eq!([put(&said), put(&said)], [true, false]);
    let later = Consent { granted: true, said_at: 10, source_id: None, ..said };
    assert!(put(&later));
}

fn a_customer_that_is_not_there_is_not_updated(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let (mut there, nobody) = (world.a_customer("X"), world.a_customer("NOBODY"));
    there.id = world.ana;
    let update = store.write(|tx| customer::update(tx, tenant, [&there, &nobody]));
    assert!(matches!(update, Err(StoreError::Affected { .. })), "{update:?}");
    let found = world.read(|conn| customer::by_external(conn, tenant, "X"));
    assert_eq!(found, None, "nothing of a failed load stays");
}

fn two_customers_do_not_share_an_id_of_the_source(store: &Store, tenant: i64) {
    let world = World::new(store, tenant);
    let again = world.a_customer("ANA");
    let twice = store.write(|tx| customer::insert(tx, tenant, [&again]));
    assert!(matches!(twice, Err(StoreError::Constraint { .. })), "{twice:?}");
}
