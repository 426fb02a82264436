//! Files through the sandboxed connector into the ledger: the real sample, and every way a file can be bad.

use std::process::Stdio;
use std::time::Duration;

use recaudo_engine::import::ImportView;

use super::support::desk::Desk;
use super::support::program::{Home, write};
use super::support::{root, shared};

fn counts(view: &ImportView) -> (i64, i64, i64, i64) {
    (view.read, view.imported, view.unchanged, view.quarantined)
}

fn example(name: &str) -> String {
    let path = root().join("plugins/erp-csv/examples").join(name);
    std::fs::read_to_string(path).expect("an example of the plugin")
}

#[test]
fn the_real_sample_comes_in_whole_and_only_once() {
    let Some(folder) = shared("data/ar") else { return };
    let mut desk = Desk::on("2014-01-15");
    desk.source("ibm", &example("ibm-accounts-receivable.json"), &folder);
    let first = desk.import("ibm");
    assert_eq!(counts(&first), (2466, 2466, 0, 0));
    assert_eq!(first.control.len(), 1);
    assert_eq!(first.control[0].source_total, "147703.18");
    assert_eq!((&*first.control[0].ours, &*first.control[0].difference), ("147703.18", "0.00"));
    let again = desk.import("ibm");
    assert_eq!(counts(&again), (2466, 0, 2466, 0));
    let customers = desk
        .engine
        .store
        .read(|conn| conn.first("SELECT count(*) FROM customers WHERE tenant_id = 1", &[], |row| row.int(0)));
    assert_eq!(customers.unwrap(), Some(100));
}

#[test]
fn the_dirty_sample_says_of_each_row_why_it_stayed_out() {
    let Some(folder) = shared("data/ar") else { return };
    let mut desk = Desk::on("2014-01-15");
    desk.source("dirty", &example("ibm-with-missing.json"), &folder);
    let view = desk.import("dirty");
    assert_eq!(view.read, 2586, "{view:?}");
    assert!(view.imported > 2000 && view.quarantined > 0, "{view:?}");
    let complaints = desk.complaints();
    let rows: std::collections::BTreeSet<&str> =
        complaints.iter().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(i64::try_from(rows.len()).unwrap(), view.quarantined, "one row, at least one reason");
    let again = desk.import("dirty");
    assert_eq!((again.read, again.imported, again.quarantined), (2586, 0, view.quarantined));
    assert_eq!(desk.complaints(), complaints, "said once, however often it is imported");
}

const CONFIG: &str = r#"{
  "defaults": { "currency": "currency" },
  "format": { "delimiter": ";", "dates": ["dd/mm/yyyy"], "decimal": ",", "thousands": "." },
  "files": [
    { "path": "customers.csv", "customer": { "id": "id", "name": "name", "country": "=CO" },
      "contacts": { "name": "name", "email": "email" } },
    { "path": "invoices.csv", "document": { "number": "number", "customer": "customer", "issued": "issued",
        "due": "due", "total": "total" } },
    { "path": "payments.csv", "optional": true, "payment": { "id": "id", "customer": "customer", "received": "on",
        "amount": "amount", "document": "number" } }
  ]
}"#;

const CUSTOMERS: &str = "id;name;email\nA;Ana;ana@acme.example\nB;Beto;beto@acme.example\n";

fn desk() -> Desk {
    let mut desk = Desk::on("2026-03-10");
    let drop = desk.drop();
    desk.source("erp", CONFIG, &drop);
    desk.file("customers.csv", CUSTOMERS);
    desk
}

#[test]
fn each_bad_row_gets_one_clear_line_and_the_rest_goes_through() {
    let mut desk = desk();
    desk.file(
        "invoices.csv",
        "number;customer;issued;due;total;currency\n\
         F-1;A;01/02/2026;03/03/2026;1.234,56;COP\n\
         F-2;A;31/02/2026;03/03/2026;10,00;COP\n\
         F-3;A;01/02/2026;03/03/2026;10,00;QQQ\n\
         F-4;A;01/02/2026\n\
         F-5;Z;01/02/2026;03/03/2026;10,00;COP\n\
         F-6;B;01/02/2026;03/03/2026;1,234.56;COP\n\
         F-1;A;01/02/2026;03/03/2026;1.234,57;COP\n\
         F-7;B;01/02/2026;03/03/2026;200;COP\n",
    );
    desk.file(
        "payments.csv",
        "id;customer;on;amount;currency;number\nP-1;B;05/03/2026;50,00;COP;F-7\nP-2;Q;05/03/2026;1,00;COP;F-7\n\
         P-3;B;05/03/2026;1,00;COP;F-99\n",
    );
    let view = desk.import("erp");
    assert_eq!(view.quarantined, 8, "{:#?}", desk.complaints());
    let rows = [2, 3, 4, 5, 6, 7].map(|row| format!("invoices.csv:{row}"));
    let complaints = desk.complaints();
    assert_eq!(complaints.len(), 8, "one line each: {complaints:#?}");
    let place = |line: &String| line.split(' ').next().unwrap_or_default().to_owned();
    let places: Vec<String> = complaints.iter().map(place).collect();
    for row in &rows[1..] {
        assert!(places.contains(row), "{row} is missing in {complaints:#?}");
    }
    assert!(!places.contains(&rows[0]), "{complaints:#?}");
    for code in ["unknown-currency", "unknown-customer", "conflicting-copy", "unknown-document"] {
        assert!(complaints.iter().any(|line| line.contains(code)), "{code} is missing in {complaints:#?}");
    }
    let open = "SELECT number, open_minor FROM open_items WHERE tenant_id = 1 ORDER BY number";
    let open = desk
        .engine
        .store
        .read(|conn| conn.all(open, &[], |row| Ok(format!("{} {}", row.text(0)?, row.int(1)?))));
    assert_eq!(open.unwrap(), ["F-1 123456", "F-7 15000"]);
}

#[test]
fn a_file_that_cannot_be_read_is_named_and_the_others_come_in() {
    let mut desk = desk();
    desk.file("invoices.csv", "number;customer;issued;total;currency\nF-1;A;01/02/2026;10,00;COP\n");
    let view = desk.import("erp");
    let complaints = desk.complaints();
    assert!(view.imported == 2 && view.quarantined == 1, "{view:?} {complaints:?}");
    assert!(complaints[0].contains("due"), "the missing column is named: {complaints:?}");

    let mut latin =
        b"number;customer;issued;due;total;currency\nF-1;A;01/02/2026;03/03/2026;10,00;COP\n".to_vec();
    latin.extend(b"F-\xd1;A;01/02/2026;03/03/2026;10,00;COP\n");
    desk.file("invoices.csv", latin);
    let view = desk.import("erp");
    assert_eq!(view.quarantined, 1, "{view:?}");
    assert!(desk.complaints()[0].starts_with("invoices.csv:3 "), "{:?}", desk.complaints());
}

#[test]
fn a_file_cut_in_the_middle_loses_its_last_row_only_and_mended_comes_in_once() {
    let whole = "number;customer;issued;due;total;currency\n\
                 F-1;A;01/02/2026;03/03/2026;10,00;COP\nF-2;B;01/02/2026;03/03/2026;20,00;COP\n";
    let mut desk = desk();
    desk.file("invoices.csv", &whole[..whole.len() - 12]);
    let cut = desk.import("erp");
    assert_eq!((cut.imported, cut.quarantined), (3, 1), "{:?}", desk.complaints());
    desk.file("invoices.csv", whole);
    let mended = desk.import("erp");
    assert_eq!((mended.imported, mended.unchanged, mended.quarantined), (1, 3, 0), "{:?}", desk.complaints());
    assert_eq!(desk.complaints(), [""; 0]);
}

#[test]
fn killed_anywhere_and_started_again_nothing_is_lost_or_doubled() {
    let home = Home::init();
    let folder = home.beside("drop");
    write(&folder.join("customers.csv"), CUSTOMERS);
    let mut invoices = String::from("number;customer;issued;due;total;currency\n");
    for n in 0..30_000 {
        use std::fmt::Write as _;
        let _ = writeln!(invoices, "F-{n};A;01/02/2026;03/03/2026;{},{:02};COP", n % 900 + 1, n % 100);
    }
    write(&folder.join("invoices.csv"), &invoices);
    let config = home.beside("config").join("erp.json");
    write(&config, CONFIG);
    let grant = format!("files:{}", folder.display());
    let config = config.to_string_lossy().into_owned();
    let added =
        home.run(&["source", "add", "erp", "--plugin", "erp-csv", "--config", &config, "--grant", &grant]);
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));

    // Kills at growing delays until one import lives to its end: early ones fall into start-up, later ones between
    // pages, inside transactions and after the last page.
    let mut killed = 0;
    for delay in (0..).map(|n| 150 + n * 400) {
        let mut child = home
            .command(&["import", "erp"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("recaudo starts");
        std::thread::sleep(Duration::from_millis(delay));
        match child.try_wait().expect("a child can be asked") {
            None => {
                child.kill().expect("SIGKILL");
                child.wait().expect("it is gone");
                killed += 1;
            }
            Some(status) => {
                assert!(status.success(), "{status}");
                break;
            }
        }
        assert!(home.json(&["verify"])["ok"].as_bool().unwrap_or(false), "sound after every kill");
    }
    assert!(killed > 0, "the import was over before the first kill");
    let again = home.json(&["import", "erp"]);
    assert_eq!((&again["imported"], &again["unchanged"]), (&0.into(), &30_002.into()), "{again}");
    let aging = home.json(&["aging"]);
    let currency = &aging["currencies"][0];
    let items: u64 =
        currency["buckets"].as_array().expect("buckets").iter().filter_map(|b| b["items"].as_u64()).sum();
    assert_eq!(items, 30_000, "{aging}");
    let total: u64 = (0..30_000_u64).map(|n| (n % 900 + 1) * 100 + n % 100).sum();
    assert_eq!(currency["outstanding"], format!("{}.{:02}", total / 100, total % 100));
}
