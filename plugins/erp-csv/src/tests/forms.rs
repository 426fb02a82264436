//! How files can be written, and how they can be broken: one clear reason each, and the rest comes in.

use recaudo_sdk::Kind;

use super::bench::{Folder, Import};

/// A file of documents with the usual columns.
const CONFIG: &str = r#"{
  "defaults": { "currency": "=USD" },
  "format": { "dates": ["dd/mm/yyyy"] },
  "files": [{
    "path": "in*.csv",
    "customer": { "id": "Customer" },
    "document": { "number": "Number", "issued": "Issued", "due": "Due", "total": "Total" }
  }]
}"#;
const HEADER: &str = "Customer,Number,Issued,Due,Total\n";

fn import(bytes: impl Into<Vec<u8>>) -> Import {
    Folder::new(CONFIG).with("in.csv", bytes).import()
}

fn import_under(format: &str, bytes: impl Into<Vec<u8>>) -> Import {
    let format = format!(r#""format": {{ "dates": ["dd/mm/yyyy"], {format} }}"#);
    let config = CONFIG.replace(r#""format": { "dates": ["dd/mm/yyyy"] }"#, &format);
    Folder::new(&config).with("in.csv", bytes).import()
}

/// Numbers and minor units of the documents that came in.
fn came_in(import: &Import) -> Vec<(&str, i64)> {
    import.batch.documents.iter().map(|document| (document.number.as_str(), document.total.minor)).collect()
}

#[test]
fn a_plain_file_comes_in() {
    let import = import(format!("{HEADER}C1,1,31/01/2024,01/03/2024,10.50\nC1,2,31/01/2024,01/03/2024,20\n"));
    assert_eq!(came_in(&import), [("1", 1050), ("2", 2000)]);
    assert_eq!((import.read, import.rejects.len(), import.batch.customers.len()), (2, 0, 1));
    let document = &import.batch.documents[0];
    assert_eq!(
        (document.kind.as_str(), document.status.as_str(), document.instalment),
        ("invoice", "posted", 0)
    );
    assert_eq!((document.key.id.as_str(), document.key.version, document.key.row), ("1", 1_714_000_000, 2));
}

#[test]
fn every_bad_row_has_a_reason_and_the_rest_comes_in() {
    let rows = [
        ("C1,1,31/01/2024,01/03/2024,10.50", None),
        ("C1,2,31/02/2024,01/03/2024,10.50", Some(("Issued", "31/02/2024", "bad-date"))),
        (",3,31/01/2024,01/03/2024,10.50", Some(("Customer", "", "missing-field"))),
        ("C1,4,31/01/2024,01/03/2024,", Some(("Total", "", "missing-field"))),
        ("C1,5,31/01/2024,,10.50", Some(("Due", "", "missing-field"))),
        ("C1,6,31/01/2024,01/03/2024,\"1.234,56\"", Some(("Total", "1.234,56", "amount-separators"))),
        ("C1,7,31/01/2024,01/03/2024,\"1,234.56\"", Some(("Total", "1,234.56", "amount-separators"))),
        ("C1,8,31/01/2024,01/03/2024,1.234", Some(("Total", "1.234", "amount-precision"))),
        ("C1,9,31/01/2024,01/03/2024,-5", Some(("Total", "-5", "negative-amount"))),
        ("C1,10,31/01/2024,01/03/2024,ten", Some(("Total", "ten", "bad-amount"))),
        ("C1,11,31/01/2024,01/03/2024,1.2E+05", Some(("Total", "1.2E+05", "amount-scientific"))),
        (
            "C1,12,31/01/2024,01/03/2024,99999999999999999999",
            Some(("Total", "99999999999999999999", "amount-too-large")),
        ),
        ("C1,13,31/01/2024", Some(("", "C1,13,31/01/2024", "short-row"))),
        ("C1,14,31/01/2024,01/03/2024,10,50", Some(("", "C1,14,31/01/2024,01/03/2024,10,50", "long-row"))),
        ("C1,15,31/01/2024,01/03/2024,1\0", Some(("", "C1,15,31/01/2024,01/03/2024,1 ", "nul-byte"))),
        ("\"C1\"x,16,31/01/2024,01/03/2024,1", Some(("", "\"C1\"x,16,31/01/2024,01/03/2024,1", "bad-quote"))),
        ("C1,17,31/01/2024,01/03/2024,10.50,", None),
        ("Total:,,,,1234.5", Some(("", "Total:,,,,1234.5", "totals-row"))),
        ("Totales;1234", Some(("", "Totales;1234", "short-row"))),
        ("C1,18,31/01/2024,01/03/2024,10.50", None),
    ];
    let text: String = rows.iter().map(|(row, _)| format!("{row}\n")).collect();
    let import = import(format!("{HEADER}{text}"));
    let expected: Vec<_> =
        (2..).zip(rows).filter_map(|(n, (_, r))| r.map(|(f, v, c)| (n, f, v, c))).collect();
    assert_eq!(import.reasons(), expected);
    assert_eq!(came_in(&import), [("1", 1050), ("17", 1050), ("18", 1050)]);
    assert_eq!(import.read, 20, "every row is counted once");
    for reject in &import.rejects {
        assert_eq!(reject.source, "in.csv");
        assert!(reject.message.len() > 20 && !reject.message.ends_with('.'), "{}", reject.message);
    }
}

#[test]
fn line_ends_marks_and_blank_lines_change_nothing() {
    let plain = format!("{HEADER}C1,1,31/01/2024,01/03/2024,10.50\n\n,,,,\nC2,2,31/01/2024,01/03/2024,20");
    let expected = import(plain.clone());
    assert_eq!(came_in(&expected), [("1", 1050), ("2", 2000)]);
    assert_eq!(expected.batch.documents[1].key.row, 5, "blank lines are lines");
    assert_eq!(expected.read, 2, "and no rows");
    for other in [
        plain.replace('\n', "\r\n"),
        plain.replace('\n', "\r"),
        format!("\u{FEFF}{plain}"),
        format!("{plain}\n"),
        format!("{plain}\r\n\u{1a}"),
        plain.replace(',', ";"),
        plain.replace(',', "\t"),
        plain.replace(',', "|"),
        plain.replacen("Customer,Number", "\" customer \",NUMBER", 1),
    ] {
        assert_eq!(import(other.clone()), expected, "{other:?}");
    }
}

#[test]
fn values_with_delimiters_quotes_and_line_ends_come_in_whole() {
    let config = CONFIG.replace(r#""id": "Customer""#, r#""id": "Customer", "name": "Name""#);
    let text = "Customer,Number,Issued,Due,Total,Name\n\
                C1,1,31/01/2024,01/03/2024,10.50,\"Ríos, \"\"El Sol\"\"\nand sons\"\n\
                C2,2,31/02/2024,01/03/2024,10.50,x\n";
    let import = Folder::new(&config).with("in.csv", text).import();
    assert_eq!(import.batch.customers[0].name, "Ríos, \"El Sol\"\nand sons");
    assert_eq!(import.rejects[0].row, 4, "the line in an editor, the quoted line end counted");
}

#[test]
fn a_lost_quote_costs_one_line() {
    let lines =
        "C1,1,31/01/2024,01/03/2024,10\n\"C1,2,31/01/2024,01/03/2024,10\nC1,3,31/01/2024,01/03/2024,10\n";
    let open = import(format!("{HEADER}{lines}"));
    assert_eq!(open.reasons(), [(3, "", "\"C1,2,31/01/2024,01/03/2024,10", "unclosed-quote")]);
    assert_eq!(came_in(&open), [("1", 1000), ("3", 1000)]);
    let closed_later =
        import(format!("{HEADER}{lines}C1,\"4\",31/01/2024,01/03/2024,10\nC1,5,31/01/2024,01/03/2024,10\n"));
    assert_eq!(closed_later.reasons().len(), 1, "a later quote does not close it");
    assert_eq!(came_in(&closed_later), [("1", 1000), ("3", 1000), ("4", 1000), ("5", 1000)]);
}

#[test]
fn a_file_cut_in_the_middle_says_so() {
    let cut = import(format!("{HEADER}C1,1,31/01/2024,01/03/2024,10\nC1,2,31/01/20"));
    assert_eq!(cut.reasons(), [(3, "", "C1,2,31/01/20", "truncated-file")]);
    assert_eq!(came_in(&cut), [("1", 1000)]);
    let cut = import(format!("{HEADER}C1,1,31/01/2024,01/03/2024,10\n\"C1"));
    assert_eq!(cut.reasons(), [(3, "", "\"C1", "unclosed-quote")]);
}

#[test]
fn encodings_are_read_or_refused() {
    let text = "Customer,Number,Issued,Due,Total\nMuñoz,1,31/01/2024,01/03/2024,10\nRios,2,31/01/2024,01/03/2024,10\n";
    let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).expect("latin-1")).collect();
    let wide = |bytes: fn(u16) -> [u8; 2]| -> Vec<u8> { text.encode_utf16().flat_map(bytes).collect() };
    let right = import(text);
    assert_eq!(right.batch.customers[0].key.id, "Muñoz");
    assert_eq!(import_under(r#""encoding": "windows-1252""#, latin.clone()), right);
    assert_eq!(import_under(r#""encoding": "utf-16be""#, wide(u16::to_be_bytes)), right);
    assert_eq!(import([&b"\xFF\xFE"[..], &wide(u16::to_le_bytes)].concat()), right, "by its mark");
    assert_eq!(import(wide(u16::to_le_bytes)), right, "by its zeros");
    let wrong = import(latin.clone());
    assert_eq!(wrong.reasons()[0].3, "bad-encoding");
    assert_eq!((wrong.rejects[0].row, wrong.rejects[0].field.as_str()), (2, "Customer"));
    assert_eq!(came_in(&wrong), [("2", 1000)], "rows without the byte come in");
    let undefined: Vec<u8> = latin.iter().map(|byte| if *byte == 0xF1 { 0x81 } else { *byte }).collect();
    let wrong = import_under(r#""encoding": "windows-1252""#, undefined);
    assert_eq!(
        (wrong.rejects[0].field.as_str(), wrong.rejects[0].code.as_str()),
        ("Customer", "bad-encoding")
    );
}

#[test]
fn numbers_follow_the_setting_and_nothing_else() {
    let row =
        |amount: &str| format!("Customer;Number;Issued;Due;Total\nC1;1;31/01/2024;01/03/2024;{amount}\n");
    let comma = r#""decimal": ",", "thousands": ".", "symbols": ["$"]"#;
    for (format, amount, expected) in [
        (comma, "1.234,56", Ok(123_456)),
        (comma, "$ 1.234,56", Ok(123_456)),
        (comma, "1,234.56", Err("amount-separators")),
        (comma, "1.23", Err("amount-separators")),
        (r#""decimal": ",", "thousands": "space""#, "1\u{a0}234,5", Ok(123_450)),
        (r#""decimal": ".", "thousands": "'""#, "1'234.50", Ok(123_450)),
        (r#""decimal": ".", "thousands": ",""#, "1,234", Ok(123_400)),
        (r#""decimal": ".", "thousands": ",""#, "1.234,56", Err("amount-separators")),
        (r#""decimal": ".""#, "$5", Err("bad-amount")),
    ] {
        let import = import_under(format, row(amount));
        let got = match import.rejects.first() {
            Some(reject) => Err(reject.code.as_str()),
            None => Ok(import.batch.documents[0].total.minor),
        };
        assert_eq!(got, expected, "{amount} under {format}");
    }
}

#[test]
fn a_file_that_cannot_be_used_is_one_line_and_the_others_go_on() {
    let good = format!("{HEADER}C1,1,31/01/2024,01/03/2024,10\n");
    let files: [(&str, &[u8], &str, &str); 5] = [
        ("in-1.csv", b"Customer,Number,Date,Total\nC1,9,31/01/2024,1\n", "Issued, Due", "missing-column"),
        (
            "in-2.csv",
            b"Customer,Number,Issued,Due,Total,total\nC1,9,31/01/2024,01/03/2024,1,2\n",
            "Total",
            "duplicate-column",
        ),
        ("in-3.csv", b"PK\x03\x04\x14\0\0\0", "", "not-text"),
        ("in-4.csv", b"", "", "no-header"),
        ("in-5.csv", b"\n  \n", "", "no-header"),
    ];
    let mut folder =
        Folder::new(CONFIG).with("in-0.csv", good.clone()).with("in-9.csv", good.replace(",1,", ",2,"));
    for (path, bytes, ..) in files {
        folder = folder.with(path, bytes);
    }
    let import = folder.import();
    assert_eq!(came_in(&import), [("1", 1000), ("2", 1000)]);
    let got: Vec<_> =
        import.rejects.iter().map(|r| (r.source.as_str(), r.field.as_str(), r.code.as_str())).collect();
    assert_eq!(got, files.map(|(path, _, field, code)| (path, field, code)));
    assert!(
        import.rejects[0].message.contains("`Customer`, `Number`, `Date`, `Total`"),
        "{}",
        import.rejects[0].message
    );
    assert_eq!(import.read, 7);
}

#[test]
fn a_file_that_is_not_there_is_told_unless_it_may_be_missing() {
    let config = CONFIG.replace("in*.csv", "in.csv");
    assert_eq!(Folder::new(&config).import().reasons(), [(0, "", "", "file-missing")]);
    let optional = config.replace(r#""path""#, r#""optional": true, "path""#);
    assert_eq!(Folder::new(&optional).import().reasons(), []);
    assert_eq!(Folder::new(CONFIG).import().reasons(), [], "a pattern may find nothing today");
}

#[test]
fn a_file_without_a_header_is_read_by_number() {
    let config = r#"{ "defaults": { "currency": "=JPY" }, "files": [{ "path": "in.csv",
      "format": { "header": false, "delimiter": ";", "dates": "yyyymmdd", "skip_lines": 1 },
      "customer": { "id": 1 }, "document": { "number": 2, "issued": 3, "due_days": "=30", "total": 4 } }] }"#;
    let import =
        Folder::new(config).with("in.csv", "report of today\nC1;1;20240131;10.00\nC2;2;20240131\n").import();
    assert_eq!(came_in(&import), [("1", 10)]);
    assert_eq!(import.batch.documents[0].due - import.batch.documents[0].issued, 30);
    assert_eq!(import.reasons(), [(3, "", "C2;2;20240131", "short-row")]);
}

#[test]
fn a_changed_file_is_read_again_from_its_start_and_a_restless_one_fails() {
    let text = format!("{HEADER}C1,1,31/01/2024,01/03/2024,10\nC1,2,31/01/2024,01/03/2024,10\n");
    let mut folder = Folder::new(CONFIG).with("in.csv", text.clone());
    folder.rows_max = 1;
    let mut checkpoint = folder.page("rows", None).expect("the first page").checkpoint;
    let change = |folder: &mut Folder, n: usize| {
        let file = folder.files.get_mut("in.csv").expect("it is there");
        file.etag = format!("new-{n}");
        file.bytes = text.replace(",10\n", ",30\n").into_bytes();
    };
    for n in 0..3 {
        change(&mut folder, n);
        let page = folder.page("rows", Some(checkpoint)).expect("an empty page");
        assert_eq!((page.read, page.done, page.rows.documents.len()), (0, false, 0));
        let page = folder.page("rows", Some(page.checkpoint)).expect("the first row again");
        assert_eq!(page.rows.documents[0].total.minor, 3000);
        checkpoint = page.checkpoint;
    }
    change(&mut folder, 9);
    let failure = folder.page("rows", Some(checkpoint)).expect_err("three times is enough");
    assert_eq!((failure.kind, failure.code.as_str()), (Kind::Conflict, "file-changed"));
}

#[test]
fn a_file_taken_away_while_it_is_read_is_told() {
    let text = format!("{HEADER}C1,1,31/01/2024,01/03/2024,10\nC1,2,31/01/2024,01/03/2024,10\n");
    let mut folder = Folder::new(CONFIG).with("in.csv", text);
    folder.rows_max = 1;
    let checkpoint = folder.page("rows", None).expect("the first page").checkpoint;
    folder.files.clear();
    let page = folder.page("rows", Some(checkpoint)).expect("a page with the reason");
    assert_eq!((page.rejects[0].code.as_str(), page.rejects[0].row, page.done), ("file-gone", 3, true));
}

#[test]
fn an_odd_checkpoint_is_refused_and_another_configuration_starts_over() {
    let text = format!("{HEADER}C1,1,31/01/2024,01/03/2024,10\nC1,2,31/01/2024,01/03/2024,10\n");
    let mut folder = Folder::new(CONFIG).with("in.csv", text);
    folder.rows_max = 1;
    let checkpoint = folder.page("rows", None).expect("the first page").checkpoint;
    let mut odd = checkpoint.clone();
    odd.bytes.truncate(10);
    let failure = folder.page("rows", Some(odd)).expect_err("half a checkpoint");
    assert_eq!((failure.kind, failure.code.as_str()), (Kind::InvalidInput, "bad-checkpoint"));
    folder.config.push(b' ');
    let page = folder.page("rows", Some(checkpoint)).expect("from the start");
    assert_eq!(page.rows.documents[0].number, "1");
}

#[test]
fn check_says_what_it_finds_and_what_will_not_do() {
    let mut folder = Folder::new(CONFIG).with("in.csv", "Customer;Number;Issued;Due;Total\n");
    let said = folder.run(<crate::ErpCsv as recaudo_sdk::Importer>::check).expect("reachable");
    assert_eq!(said, "rows: 1 file(s), the first is in.csv (utf-8, delimiter `;`, 5 columns)");
    let mut folder = Folder::new(CONFIG).with("in.csv", "Customer;Number\n");
    let said = folder.run(<crate::ErpCsv as recaudo_sdk::Importer>::check).expect("reachable");
    assert!(said.contains("cannot be used: Issued, Due, Total"), "{said}");
}
