//! The pricer in the sandbox, asked through `recaudo price test` as a lawyer asks it.

use serde_json::Value;

use crate::support::program::{command, write};
use crate::support::shared;

fn ask(file: &std::path::Path) -> (Vec<Value>, Option<i32>) {
    let output =
        command(&["price", "test", &file.to_string_lossy(), "--json"]).output().expect("recaudo starts");
    let text = String::from_utf8_lossy(&output.stdout);
    let json: Value = serde_json::from_str(&text)
        .unwrap_or_else(|e| panic!("{e}: {text}\n{}", String::from_utf8_lossy(&output.stderr)));
    (json["rows"].as_array().expect("rows").clone(), output.status.code())
}

#[test]
fn every_published_charge_cap_and_date_is_as_expected() {
    let Some(file) = shared("data/regulation/amount_vectors.csv") else { return };
    let (rows, code) = ask(&file);
    assert!(rows.len() > 50, "{} rows", rows.len());
    for row in &rows {
        assert_ne!(row["got"], "", "{row}");
        assert!(row["unit"].is_string() && row["rule_id"].is_string(), "{row}");
    }
    assert_eq!(code, Some(0), "all agree: {rows:#?}");
}

#[test]
fn a_wrong_expectation_is_shown_and_the_exit_code_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(file) = shared("data/regulation/amount_vectors.csv") else { return };
    let text = std::fs::read_to_string(file).expect("the vectors");
    let mut lines = text.lines();
    let (header, first) = (lines.next().expect("a header"), lines.next().expect("a vector"));
    let expected = ask_expected(header, first, folder.path());
    let spoilt = first.replacen(&format!(",{expected},"), ",123456,", 1);
    let wrong = folder.path().join("wrong.csv");
    write(&wrong, &format!("{header}\n{spoilt}\n"));
    let (rows, code) = ask(&wrong);
    assert_eq!((rows.len(), code), (1, Some(3)), "{rows:?}");
    assert_ne!(rows[0]["expected"], rows[0]["got"]);
}

/// What the file expects of its first vector, as the program reads it.
fn ask_expected(header: &str, vector: &str, folder: &std::path::Path) -> String {
    let one = folder.join("one.csv");
    write(&one, &format!("{header}\n{vector}\n"));
    ask(&one).0[0]["expected"].as_str().expect("a text").to_owned()
}
