//! Whatever the rows, the page size and the range length: every row comes in once, or is refused once.

use proptest::prelude::*;

use super::bench::{Folder, Import};
use crate::pull::Ranges;

const CONFIG: &str = r#"{
  "defaults": { "currency": "=USD" },
  "format": { "delimiter": ";", "encoding": "ENC" },
  "files": [{
    "path": "*.csv",
    "customer": { "id": "c", "name": "name" },
    "document": { "number": "n", "issued": "=2024-01-31", "due_days": "=30", "total": "t", "settled": "s" }
  }]
}"#;

/// Fields that are easy and fields that are hard.
fn field() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z0-9 ]{0,6}",
        2 => "[ñé€\u{1f600}]{0,3}",
        2 => "\"([a-z;\n\r]|\"\"){0,6}\"",
        1 => "\"[a-z]{0,3}",
        1 => "[a-z]\"[a-z]",
    ]
}

fn row() -> impl Strategy<Value = String> {
    let amount = prop_oneof![4 => "[0-9]{1,5}(\\.[0-9]{1,2})?", 1 => "[0-9.,x-]{0,5}"];
    let settled =
        prop_oneof![Just(String::new()), Just("2024-02-01".to_owned()), Just("2024-02-31".to_owned())];
    let good = ("c[0-3]", field(), "[0-9]{1,4}", amount, settled)
        .prop_map(|(c, name, n, t, s)| format!("{c};{name};{n};{t};{s}"));
    prop_oneof![8 => good, 1 => prop::collection::vec(field(), 0..8).prop_map(|fields| fields.join(";"))]
}

fn file() -> impl Strategy<Value = String> {
    let end = prop_oneof![Just("\n"), Just("\r\n"), Just("\r")];
    (prop::collection::vec(row(), 0..12), end, any::<bool>()).prop_map(|(rows, end, closed)| {
        let mut text = format!("c;name;n;t;s{end}{}", rows.join(end));
        if closed {
            text.push_str(end);
        }
        text
    })
}

fn import(files: &[Vec<u8>], encoding: &str, rows_max: u32, range: u64) -> Import {
    let mut folder = Folder::new(&CONFIG.replace("ENC", encoding));
    for (n, file) in files.iter().enumerate() {
        folder = folder.with(&format!("{n}.csv"), file.clone());
    }
    folder.rows_max = rows_max;
    folder.ranges = Ranges { least: range, most: range.max(64) };
    folder.import().without_repeats()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pages_and_ranges_change_nothing(text in file(), other in file(), rows_max in 1_u32..20, range in 1_u64..90) {
        let files = [text.clone().into_bytes(), other.into_bytes()];
        let whole = import(&files, "utf-8", 5000, 1 << 20);
        prop_assert_eq!(&import(&files, "utf-8", rows_max, range), &whole);
        // Each row is either in or refused.
        let one = import(&files[..1], "utf-8", rows_max, range);
        let refused: std::collections::BTreeSet<u64> = one.rejects.iter().map(|reject| reject.row).collect();
        prop_assert!(one.batch.documents.iter().all(|document| !refused.contains(&document.key.row)));
        prop_assert_eq!(one.read, one.batch.documents.len() as u64 + one.rejects.len() as u64);
    }

    #[test]
    fn encodings_change_nothing(text in file(), rows_max in 1_u32..20, range in 1_u64..90) {
        let right = import(&[text.clone().into_bytes()], "utf-8", 5000, 1 << 20);
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        prop_assert_eq!(&import(&[wide], "utf-16le", rows_max, range), &right);
        let marked: Vec<u8> = "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect();
        prop_assert_eq!(&import(&[marked], "auto", rows_max, range), &right);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), rows_max in 1_u32..20, range in 1_u64..90) {
        for encoding in ["auto", "utf-8", "windows-1252", "utf-16le", "cp850"] {
            let mut file = b"c;name;n;t;s\n".to_vec();
            file.extend(&bytes);
            let small = import(&[file.clone()], encoding, rows_max, range);
            prop_assert_eq!(&small, &import(&[file], encoding, 5000, 1 << 20));
            import(std::slice::from_ref(&bytes), encoding, rows_max, range);
        }
    }

    #[test]
    fn rows_that_are_written_well_all_come_in(
        names in prop::collection::vec("[a-zñ;\"\n ]{0,8}", 1..30), rows_max in 1_u32..20, range in 1_u64..90,
    ) {
        let mut text = "c;name;n;t;s\n".to_owned();
        let mut total = 0_i64;
        for (n, name) in (0_i64..).zip(&names) {
            let quoted = name.replace('"', "\"\"");
            text.push_str(&format!("c{n};\"{quoted}\";{n};{n}.5;\n"));
            total += n * 100 + 50;
        }
        let import = import(&[text.into_bytes()], "utf-8", rows_max, range);
        prop_assert_eq!(import.batch.documents.len(), names.len());
        prop_assert_eq!(import.control.first().map(|money| money.minor), Some(total));
        for (n, name) in names.iter().enumerate() {
            let shown = if name.trim().is_empty() { format!("c{n}") } else { name.trim().to_owned() };
            prop_assert_eq!(&import.batch.customers[n].name, &shown);
        }
    }
}
