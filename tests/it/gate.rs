//! The contact gate in the sandbox, asked through `recaudo gate test` as a compliance officer asks it.

use std::path::Path;

use serde_json::Value;

use crate::support::program::{command, write};
use crate::support::{root, shared};

/// The rows, and whether the program was content.
fn ask(file: &Path) -> (Vec<Value>, bool) {
    let output =
        command(&["gate", "test", &file.to_string_lossy(), "--json"]).output().expect("recaudo starts");
    let text = String::from_utf8_lossy(&output.stdout);
    let json: Value = serde_json::from_str(&text)
        .unwrap_or_else(|e| panic!("{e}: {text}\n{}", String::from_utf8_lossy(&output.stderr)));
    (json["rows"].as_array().expect("rows").clone(), output.status.success())
}

/// Blocking rules by vector id, as the file has them: its last column.
fn blocking_rules(file: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(file).expect("the vectors");
    text.lines().skip(1).map(|line| line.rsplit(',').next().unwrap_or("").to_owned()).collect()
}

/// Every row answers as expected, by the rule it names; answers the ids that were skipped.
fn check(file: &Path) -> Vec<String> {
    let (rows, content) = ask(file);
    let rules = blocking_rules(file);
    assert_eq!(rows.len(), rules.len(), "{}", file.display());
    let mut skipped = Vec::new();
    for (row, rule) in rows.iter().zip(rules) {
        let id = row["vector_id"].as_str().expect("an id");
        if row["got"] == "skipped" {
            println!("skipped {id}: {}", row["reason"]);
            skipped.push(id.to_owned());
            continue;
        }
        assert_eq!(row["got"], row["expected"], "{row}");
        assert_eq!(row["rule"], rule.as_str(), "{row}");
        assert_eq!(row["reason"] == "", row["got"] == "allowed", "a refusal says why: {row}");
    }
    assert!(content, "the exit code says that all agree");
    skipped
}

#[test]
fn every_published_vector_answers_as_expected_and_a_conflict_without_a_reading_is_skipped() {
    let skipped = check(&root().join("plugins/gate-contact/data/contact_vectors.csv"));
    assert_eq!(skipped, ["MX-HOURS-FIN-05", "GT-CARD-02"]);
    if let Some(newest) = shared("data/regulation/contact_vectors.csv") {
        check(&newest);
    }
}

#[test]
fn borders_dates_zones_and_readings_answer_as_expected() {
    let skipped = check(&root().join("plugins/gate-contact/data/own_vectors.csv"));
    assert!(skipped.is_empty(), "{skipped:?}");
}

#[test]
fn a_file_that_disagrees_or_cannot_be_read_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("mine.csv");
    write(&file, "country,local_datetime,channel,expected\nCO,2026-03-15T10:00:00-05:00,call,allowed\n");
    let (rows, content) = ask(&file);
    assert!(!content);
    assert_eq!((&rows[0]["got"], &rows[0]["rule"]), (&Value::from("blocked"), &Value::from("CO-HOURS")));
    write(&file, "country,local_datetime,channel\nCO,tomorrow,call\n");
    let output = command(&["gate", "test", &file.to_string_lossy()]).output().expect("recaudo starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(said.contains("row 2") && said.contains("local_datetime") && said.contains("tomorrow"), "{said}");
}
