//! The configuration: what is refused, and that the schema and the code know the same keys.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::plan;

/// The message a configuration is refused with.
fn refused(config: &str) -> String {
    let value = plan::parse(config.as_bytes()).expect("JSON");
    plan::feeds(&value).expect_err("it should be refused").message
}

#[test]
fn every_mistake_is_named_with_its_place() {
    let document = |members: &str| {
        format!(
            r#"{{ "files": [{{ "path": "a.csv", "customer": {{ "id": "c" }}, "document": {{ {members} }} }}] }}"#
        )
    };
    let good = r#""number": "n", "issued": "i", "due": "d", "total": "t", "currency": "=USD""#;
    let cases = [
        (r#"{}"#.to_owned(), "the configuration: `files` is needed"),
        (r#"{ "files": [] }"#.to_owned(), "files: at least one file"),
        (r#"{ "files": [{ "path": "a" }] }"#.to_owned(), "files[0]: at least one of customer"),
        (
            r#"{ "files": [{ "path": "a", "custmer": {} }] }"#.to_owned(),
            "files[0]: `custmer` is not known here",
        ),
        (document(&format!(r#"{good}, "totl": "x""#)), "files[0].document: `totl` is not known here"),
        (document(&good.replace(r#""due": "d","#, "")), "files[0].document: `due`, or `due_days`"),
        (
            document(&good.replace(r#""total": "t","#, "")),
            "files[0].document: either `total`, or both `debit` and `credit`",
        ),
        (
            document(&format!(r#"{good}, "debit": "x""#)),
            "files[0].document: `debit` and `credit` go together",
        ),
        (
            document(&good.replace(r#""=USD""#, r#"{ "constant": "USD", "column": "x" }"#)),
            "files[0].document.currency: one of `column`",
        ),
        (document(&good.replace(r#""n""#, "0")), "files[0].document.number: columns count from 1"),
        (document(&format!(r#"{good}, "signs": "minus""#)), "files[0].document.signs: one of positive"),
    ];
    for (config, expected) in cases {
        let message = refused(&config);
        assert!(message.starts_with(expected), "{message}");
    }
}

#[test]
fn a_format_that_would_misread_is_refused() {
    let with = |format: &str| {
        format!(r#"{{ "format": {{ {format} }}, "files": [{{ "path": "a", "customer": {{ "id": 1 }} }}] }}"#)
    };
    for (format, expected) in [
        (r#""dates": ["dd/mm/yy"]"#, "format.dates[0]: a year of two digits needs `two_digit_year_pivot`"),
        (r#""dates": ["dd/mm/yyyy", "mm/dd/yyyy"]"#, "format.dates[1]: day first and month first together"),
        (r#""dates": ["soon"]"#, "format.dates[0]: a date format is made of"),
        (r#""decimal": ",", "thousands": ",""#, "format.thousands: thousands and decimals cannot share"),
        (r#""encoding": "ebcdic""#, "format.encoding: one of auto, utf-8"),
        (r#""header": false"#, ""),
    ] {
        let config = with(format);
        let value = plan::parse(config.as_bytes()).expect("JSON");
        let message = plan::feeds(&value).err().map_or_else(String::new, |failure| failure.message);
        assert!(
            message.starts_with(expected) && message.is_empty() == expected.is_empty(),
            "{format}: {message}"
        );
    }
    let named = with(r#""header": false"#).replace(r#""id": 1"#, r#""id": "c""#);
    assert!(refused(&named).contains("the file has no header, so columns are told by number"));
}

#[test]
fn the_examples_are_good() {
    for example in [
        include_str!("../../examples/ibm-accounts-receivable.json"),
        include_str!("../../examples/ibm-with-missing.json"),
        include_str!("../../examples/spanish-erp.json"),
        include_str!("../../examples/three-files.json"),
        include_str!("../../examples/balances-snapshot.json"),
    ] {
        let value = plan::parse(example.as_bytes()).expect("JSON");
        assert!(plan::feeds(&value).is_ok_and(|feeds| !feeds.is_empty()), "{example}");
    }
}

#[test]
fn the_schema_and_the_code_know_the_same_keys() {
    let schema: Value = serde_json::from_str(include_str!("../../config.schema.json")).expect("JSON");
    let listed = |definition: &Value| -> BTreeSet<String> {
        definition["properties"].as_object().expect("an object").keys().cloned().collect()
    };
    let known = |node: &str| -> BTreeSet<String> {
        // A key nobody knows makes the code list the ones it does know.
        let message = refused(node);
        let (_, keys) =
            message.split_once("is not known here; there is: ").unwrap_or_else(|| panic!("{message}"));
        keys.split(", ").map(str::to_owned).collect()
    };
    let file = |members: &str| format!(r#"{{ "files": [{{ "path": "a", {members} }}] }}"#);
    assert_eq!(listed(&schema), known(r#"{ "?": 1 }"#));
    assert_eq!(
        listed(&schema["properties"]["defaults"]),
        known(
            &file(r#""customer": {"id": 1} }], "defaults": { "?": 1 }, "x": [{"#)
                .replace(r#", "x": [{ }]"#, "")
        )
    );
    assert_eq!(
        listed(&schema["$defs"]["format"]),
        known(&file(r#""customer": {"id": 1}, "format": { "?": 1 }"#))
    );
    assert_eq!(listed(&schema["$defs"]["file"]), known(&file(r#""?": 1"#)));
    assert_eq!(
        listed(&schema["$defs"]["rows"]),
        known(&file(r#""customer": {"id": 1}, "skip": { "?": 1 }"#))
    );
    assert_eq!(
        listed(&schema["$defs"]["value"]["oneOf"][2]),
        known(&file(r#""customer": {"id": { "?": 1 }}"#))
    );
    for (section, definition) in [
        ("customer", "customer"),
        ("contacts", "contact"),
        ("document", "document"),
        ("payment", "payment"),
        ("allocation", "allocation"),
        ("consent", "consent"),
    ] {
        assert_eq!(
            listed(&schema["$defs"][definition]),
            known(&file(&format!(r#""{section}": {{ "?": 1 }}"#))),
            "{section}"
        );
    }
}
