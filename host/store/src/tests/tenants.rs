//! No statement crosses tenants: each is read for it, and each story is told to two tenants of one store.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::tests::heard::statements;
use crate::tests::stories;
use crate::tests::world::World;
use crate::{
    Store, StoreError, Value, action, customer, entry, hold, item, migrate, payment, portfolio, run,
};

/// Tables that belong to no tenant.
const OF_NOBODY: &[(&str, &str)] = &[
    ("sequences", "keys are handed out to all tenants from one row a table, so that a key names one row"),
    ("tenants", "the list of tenants itself; only tests and whoever founds a tenant write it"),
    ("schema_migrations", "the schema is everybody's"),
];

/// Statements that look at all tenants on purpose: how they begin, and why.
const ACROSS: &[(&str, &str)] = &[
    ("PRAGMA foreign_key_check", "the check of references reads row ids and nothing else"),
    ("SELECT child.relname::text", "the same on PostgreSQL: which references there are"),
    ("SELECT c.id FROM ", "the same on PostgreSQL: ids of rows that point to nothing"),
];

/// Words that come after a table's name where it has no other one.
const NO_ALIAS: [&str; 8] = ["WHERE", "SET", "JOIN", "ON", "ORDER", "LIMIT", "LEFT", "GROUP"];

/// The tables of a statement, by the name it uses for them.
fn tables(sql: &str) -> Vec<(&str, &str)> {
    let words: Vec<&str> = sql.split([' ', '(', ')', ',']).filter(|word| !word.is_empty()).collect();
    let mut found = vec![];
    for (place, word) in words.iter().enumerate() {
        let is_update = *word == "UPDATE" && words.get(place.wrapping_sub(1)) != Some(&"DO");
        if matches!(*word, "FROM" | "JOIN" | "INTO") || (is_update && words.get(place + 1) != Some(&"SKIP")) {
            let Some(table) = words.get(place + 1) else { continue };
            let alias = words.get(place + 2).filter(|next| {
                *word != "INTO" && !NO_ALIAS.contains(next) && next.chars().all(|c| c.is_ascii_lowercase())
            });
            found.push((*table, alias.copied().unwrap_or(table)));
        }
    }
    found
}

/// Why a statement may cross tenants, if it may.
fn crosses(sql: &str) -> Option<String> {
    let tables = tables(sql);
    for (table, name) in &tables {
        if OF_NOBODY.iter().any(|(known, _)| known == table) {
            continue;
        }
        if let Some((_, rest)) = sql.split_once("INSERT INTO ") {
            let columns = rest.split(['(', ')']).nth(1).unwrap_or_default();
            if !columns.split(", ").any(|column| column == "tenant_id") {
                return Some(format!("{table} gets rows of no tenant"));
            }
            continue;
        }
        let own =
            [format!("{name}.tenant_id = "), "WHERE tenant_id = $".into(), "WHERE +tenant_id = $".into()];
        let alone = tables.iter().all(|(other, _)| other == table);
        let held = if alone { &own[..] } else { &own[..1] };
        // A table that is joined to may also stand on the right, as in `e.tenant_id = i.tenant_id`.
        let joined = sql.contains(&format!("= {name}.tenant_id"));
        if !joined && !held.iter().any(|text| sql.contains(text.as_str())) {
            return Some(format!("{table} is read of all tenants"));
        }
        if !sql.contains("tenant_id = $") {
            return Some("it asks for no tenant".into());
        }
    }
    None
}

#[test]
fn every_statement_names_its_tenant() {
    let mut statements = statements(&Store::scratch().unwrap());
    #[cfg(feature = "postgres")]
    if let Some(store) = crate::tests::on_postgres() {
        statements.extend(crate::tests::heard::statements(&store));
    }
    assert!(statements.len() > 120, "only {} statements were heard", statements.len());
    let wrong: Vec<String> = statements
        .iter()
        .filter(|sql| !ACROSS.iter().any(|(begin, _)| sql.starts_with(begin)))
        .filter(|sql| !is_a_tests(sql))
        .filter_map(|sql| crosses(sql).map(|why| format!("{why}: {sql}")))
        .collect();
    assert_eq!(wrong, [""; 0]);
}

/// Written in a story, not in the store.
fn is_a_tests(sql: &str) -> bool {
    source_of("src/tests").iter().any(|text| text.contains(sql))
}

#[test]
fn a_statement_that_forgets_its_tenant_would_be_found() {
    for sql in [
        "SELECT id FROM open_items WHERE id = $1",
        "SELECT a.id FROM actions a JOIN permits p ON p.id = a.id WHERE a.tenant_id = $1",
        "SELECT id FROM open_items WHERE id = $1 AND id IN (SELECT item_id FROM entries WHERE tenant_id = $2)",
        "INSERT INTO holds (id, customer_id) VALUES ($1, $2)",
        "DELETE FROM jobs WHERE id = $1",
        "UPDATE jobs SET kind = $1 WHERE id = $2",
        "UPDATE jobs SET tenant_id = $1 WHERE id = $2",
    ] {
        assert!(crosses(sql).is_some(), "{sql}");
    }
    assert_eq!(crosses("UPDATE jobs SET kind = $1 WHERE tenant_id = $2"), None);
}

/// The texts of the files of a folder of this crate, not of those below, with their whitespace evened out.
fn source_of(folder: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let rust = files.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    let even = |text: String| text.replace("\\\n", " ").split_whitespace().collect::<Vec<_>>().join(" ");
    rust.map(|path| even(fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn every_public_function_of_the_store_has_a_story() {
    let told = source_of("src/tests").join(" ");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut untold = vec![];
    let mut functions = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let module = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let Ok(text) = fs::read_to_string(&path) else { continue };
        for line in text.lines() {
            // Methods are indented; what stands at the margin is called by module and name.
            let Some(rest) = line.strip_prefix("pub fn ") else { continue };
            let name = rest.split(['(', '<']).next().unwrap_or_default();
            functions += 1;
            if !told.contains(&format!("{module}::{name}(")) {
                untold.push(format!("{module}::{name}"));
            }
        }
    }
    assert!(functions > 90, "only {functions} functions were found");
    assert_eq!(untold, [""; 0]);
}

/// What tenants have in every table: rows and a digest.
fn holdings(store: &Store, (first, last): (i64, i64)) -> BTreeMap<&'static str, (u64, Vec<u8>)> {
    let tables =
        migrate::tables().into_iter().filter(|table| !OF_NOBODY.iter().any(|(known, _)| known == table));
    let of_table = |table: &'static str| {
        let (mut rows, mut digest) = (0, Sha256::new());
        let sql = format!("SELECT * FROM {table} WHERE tenant_id BETWEEN $1 AND $2 ORDER BY id");
        let read = store.read(|conn| {
            conn.query(&sql, &[first.into(), last.into()], |row| {
                rows += 1;
                let values = (0..).map_while(|column| row.value(column).ok());
                values.for_each(|value| digest.update(format!("{value:?};")));
                Ok::<_, StoreError>(())
            })
        });
        read.unwrap();
        (table, (rows, digest.finalize().to_vec()))
    };
    tables.map(of_table).collect()
}

/// Every story is true in a tenant whatever another tenant has, and leaves what the other has as it was.
fn two_tenants_of_one(store: &Store) {
    stories().zip(1_000..).for_each(|((_, story), tenant)| story(store, tenant));
    let before = holdings(store, (1_000, 1_999));
    stories().zip(2_000..).for_each(|((_, story), tenant)| story(store, tenant));
    assert_eq!(holdings(store, (1_000, 1_999)), before, "a story reached over to another tenant");
}

#[test]
fn two_tenants_of_one_store_never_meet() {
    two_tenants_of_one(&Store::scratch().unwrap());
}

#[cfg(feature = "postgres")]
#[test]
fn two_tenants_of_one_server_never_meet() {
    if let Some(store) = crate::tests::on_postgres() {
        two_tenants_of_one(&store);
    }
}

/// A tenant that knows another one's numbers gets nothing for them.
fn numbers_of_others(store: &Store) {
    let (mine, theirs) = (World::new(store, 1), World::new(store, 2));
    let item = theirs.item(theirs.ana, "F-1", 100, crate::tests::world::TODAY);
    let paid = theirs.payment(Some(theirs.ana), "R1", 5);
    let policy = theirs.write(|tx| run::keep_policy(tx, 2, &[1; 32], "{}", 1));
    let begun = theirs.write(|tx| run::begin(tx, 2, crate::tests::world::TODAY, policy, 1));
    let before = holdings(store, (2, 2));
    mine.read(|conn| item::by_id(conn, 1, &[item.id], |_| panic!("an item of another tenant")));
    assert_eq!(mine.read(|conn| payment::by_id(conn, 1, paid.id)), None);
    assert_eq!(mine.read(|conn| entry::of_item(conn, 1, item.id)), []);
    assert_eq!(mine.read(|conn| run::policy(conn, 1, policy)), None);
    assert_eq!(mine.read(|conn| action::by_id(conn, 1, 1)), None);
    assert_eq!(mine.read(|conn| portfolio::items_of_customer(conn, 1, theirs.ana)), [0; 0]);
    assert_eq!(mine.read(|conn| hold::within(conn, 1, (i64::MIN, i64::MAX))), []);
    let all_of = |tenant: i64| {
        let (mut words, mut found) = (portfolio::CustomerWords::default(), vec![]);
        let span = (i64::MIN, i64::MAX);
        mine.read(|conn| portfolio::customers(conn, tenant, span, &mut words, &mut found));
        found.into_iter().map(|c| c.id).collect::<Vec<_>>()
    };
    assert_eq!((all_of(1), all_of(2)), (vec![mine.ana, mine.beto], vec![theirs.ana, theirs.beto]));
    let mut stolen = customer::Customer { id: theirs.ana, ..mine.a_customer("THEIRS") };
    stolen.source_id = mine.source;
    for tried in [
        store.write(|tx| customer::update(tx, 1, [&stolen])),
        store.write(|tx| item::update(tx, 1, [&item])),
        store.write(|tx| payment::update(tx, 1, [&paid])),
        store.write(|tx| run::finish(tx, 1, begun.id, 9)),
        store.write(|tx| crate::source::grant(tx, 1, (theirs.source, &[9; 32]), "{}")),
    ] {
        assert!(matches!(tried, Err(StoreError::Affected { .. })), "{tried:?}");
    }
    assert_eq!(holdings(store, (2, 2)), before);
    let sql = "SELECT count(*) FROM customers WHERE tenant_id = $1";
    let count = |tenant: i64| mine.read(|conn| conn.first(sql, &[Value::Int(tenant)], |row| row.int(0)));
    assert_eq!((count(1), count(2)), (Some(2), Some(2)));
}

#[test]
fn numbers_of_another_tenant_open_nothing() {
    numbers_of_others(&Store::scratch().unwrap());
    #[cfg(feature = "postgres")]
    if let Some(store) = crate::tests::on_postgres() {
        numbers_of_others(&store);
    }
}
