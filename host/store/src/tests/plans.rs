//! How SQLite goes about the statements that read much: a detour there is seconds a day.

use crate::tests::heard::statements;
use crate::{Store, Value};

/// How the engine says it will go about a statement.
fn plan(store: &Store, sql: &str) -> String {
    let count = (1..).take_while(|n| sql.contains(&format!("${n}"))).count();
    let params = vec![Value::Int(1); count];
    let sql = format!("EXPLAIN QUERY PLAN {sql}");
    store.read(|conn| conn.all(&sql, &params, |row| Ok(row.text(3)?.to_owned()))).unwrap().join("; ")
}

/// The plan of the only statement that begins and goes on like this.
fn plan_of(begins: &str, contains: &str) -> String {
    let store = Store::scratch().unwrap();
    let heard = statements(&store);
    let found: Vec<_> =
        heard.iter().filter(|sql| sql.starts_with(begins) && sql.contains(contains)).collect();
    assert_eq!(found.len(), 1, "{begins} ... {contains}: {found:?}");
    plan(&store, found[0])
}

#[test]
fn a_run_reads_its_items_from_indexes_alone_and_sorts_nothing() {
    for (begins, contains, index) in [
        ("SELECT id, customer_id, creditor_id, open_minor", "LIMIT $3", "COVERING INDEX ix_open_items_open"),
        (
            "SELECT customer_id, issued_on, due_on",
            "settled_on IS NOT NULL",
            "COVERING INDEX ix_open_items_settled",
        ),
        ("SELECT customer_id, contact_at", "FROM actions", "INDEX ix_actions_customer"),
        ("SELECT customer_id, happened_at", "FROM interactions", "INDEX ix_interactions_customer"),
        ("SELECT customer_id, item_id, due_on", "counts = 1", "COVERING INDEX uq_action_items_once"),
        ("SELECT customer_id, id, version, role", "removed_at IS NULL", "INDEX ix_contacts_customer"),
        ("SELECT id, kind, country", "attributes FROM", "INTEGER PRIMARY KEY"),
    ] {
        let plan = plan_of(begins, contains);
        assert!(plan.contains(index) && !plan.contains("TEMP"), "{begins}: {plan}");
    }
}

#[test]
fn what_looks_at_a_whole_table_reads_it_in_its_own_order() {
    for (begins, contains) in [
        ("SELECT id, creditor_id, open_minor", "WHERE +tenant_id = $1 AND open_minor <> 0"),
        ("SELECT item_id, payment_id, amount_minor", "FROM entries"),
        ("SELECT id, currency, unapplied_minor", "WHERE +tenant_id"),
    ] {
        let plan = plan_of(begins, contains);
        assert!(
            plan.starts_with("SCAN ") && !plan.contains("INDEX") && !plan.contains("TEMP"),
            "{begins}: {plan}"
        );
    }
}
