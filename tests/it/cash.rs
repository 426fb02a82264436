//! Money in, with the real readers and the real allocator in their sandbox: a bank's file, what it settles, what a person says.

use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;

use super::support::program::{Home, write};
use super::support::shared;

const CONFIG: &str = r#"{
  "defaults": { "currency": "=EUR" },
  "format": { "delimiter": ";", "dates": ["yyyy-mm-dd"] },
  "files": [
    { "path": "customers.csv", "customer": { "id": "id", "name": "name", "country": "=ES" } },
    { "path": "invoices.csv", "document": { "number": "number", "customer": "customer", "issued": "issued",
        "due": "due", "total": "total" } },
    { "path": "payments.csv", "optional": true, "payment": { "id": "id", "customer": "customer", "received": "on",
        "amount": "amount", "document": "number" } }
  ]
}"#;

/// A home with two customers and three invoices.
pub(super) fn home() -> Home {
    let home = Home::init_with(&["--country", "ES"]);
    let drop = home.beside("drop");
    write(&drop.join("customers.csv"), "id;name\nA;Ana Gomez Ruiz\nB;Talleres Beto SL\n");
    let invoices = "number;customer;issued;due;total\nFV-1001;A;2026-01-10;2026-02-10;1000.00\n\
                    FV-1002;B;2026-01-10;2026-02-10;700.00\nFV-1003;B;2026-01-12;2026-02-12;333.00\n";
    write(&drop.join("invoices.csv"), invoices);
    write(&home.path().join("erp.json"), CONFIG);
    let config = home.path().join("erp.json").to_string_lossy().into_owned();
    let grant = format!("files:{}", drop.display());
    let added =
        home.run(&["source", "add", "erp", "--plugin", "erp-csv", "--config", &config, "--grant", &grant]);
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    assert_eq!(home.json(&["import"])["imported"], 5);
    home
}

/// A credit entry of camt.053: id, amount, payer, text.
fn entry((id, amount, payer, text): (&str, &str, &str, &str)) -> String {
    format!(
        "<Ntry><NtryRef>{id}</NtryRef><Amt Ccy=\"EUR\">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>\
         <Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-03-19</Dt></BookgDt><ValDt><Dt>2026-03-19</Dt></ValDt>\
         <AcctSvcrRef>{id}</AcctSvcrRef><BkTxCd/><NtryDtls><TxDtls><Refs><EndToEndId>E2E-{id}</EndToEndId></Refs>\
         <RltdPties><Dbtr><Pty><Nm>{payer}</Nm></Pty></Dbtr></RltdPties><RmtInf><Ustrd>{text}</Ustrd></RmtInf>\
         </TxDtls></NtryDtls></Ntry>"
    )
}

fn statement(number: &str, closing: &str, entries: &[(&str, &str, &str, &str)]) -> String {
    let balance = |code: &str, amount: &str| {
        format!(
            "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy=\"EUR\">{amount}</Amt>\
             <CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-03-19</Dt></Dt></Bal>"
        )
    };
    let entries: String = entries.iter().copied().map(entry).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\"><BkToCstmrStmt><GrpHdr><MsgId>M{number}</MsgId>\
         <CreDtTm>2026-03-20T06:00:00</CreDtTm></GrpHdr><Stmt><Id>{number}</Id><CreDtTm>2026-03-20T06:00:00</CreDtTm>\
         <Acct><Id><IBAN>ES9121000418450200051332</IBAN></Id><Ccy>EUR</Ccy></Acct>{}{}{entries}</Stmt>\
         </BkToCstmrStmt></Document>",
        balance("OPBD", "100.00"),
        balance("CLBD", closing)
    )
}

fn outstanding(home: &Home) -> Value {
    home.json(&["aging"])["currencies"][0]["outstanding"].clone()
}

#[test]
fn a_banks_file_settles_what_it_names_and_read_again_changes_nothing() {
    let home = home();
    let file = home.beside("bank").join("march.xml");
    let entries =
        [("B1", "1000.00", "GOMEZ RUIZ ANA", "pago factura FV-1001"), ("B2", "333.00", "?", "gracias")];
    write(&file, &statement("7", "1433.00", &entries));
    let path = file.to_string_lossy().into_owned();
    let rehearsed = home.json(&["bank", &path, "--dry-run"]);
    assert_eq!(
        (&rehearsed["files"][0]["matched"], outstanding(&home)),
        (&1.into(), "2033.00".into()),
        "{rehearsed}"
    );

    let read = home.json(&["bank", &path]);
    let view = &read["files"][0];
    assert_eq!(
        (&view["format"], &view["read"], &view["matched"]),
        (&"statement-camt".into(), &2.into(), &1.into()),
        "{read}"
    );
    assert_eq!(outstanding(&home), "1033.00");
    let waits = home.json(&["match"]);
    let suggestion = &waits["suggestions"][0];
    assert_eq!((&suggestion["number"], &suggestion["customer"]), (&"FV-1003".into(), &"B".into()), "{waits}");
    let id = suggestion["id"].to_string();
    home.json(&["match", "confirm", &id]);
    assert_eq!(outstanding(&home), "700.00");
    home.json(&["match", "undo", &id]);
    assert_eq!(outstanding(&home), "1033.00");

    let again = home.json(&["bank", &path]);
    assert_eq!(
        (&again["files"][0]["unchanged"], outstanding(&home)),
        (&2.into(), "1033.00".into()),
        "{again}"
    );
    assert_eq!(home.json(&["verify"])["ok"], true);
}

#[test]
fn a_payment_the_erp_tells_of_later_is_the_banks() {
    let home = home();
    let file = home.beside("bank").join("march.xml");
    write(&file, &statement("7", "1100.00", &[("B1", "1000.00", "GOMEZ RUIZ ANA", "FV-1001")]));
    home.json(&["bank", &file.to_string_lossy()]);
    let payments = "id;customer;on;amount;number\nP1;A;2026-03-20;1000.00;FV-1001\n";
    write(&home.beside("drop").join("payments.csv"), payments);
    assert_eq!(home.json(&["import"])["quarantined"], 0);
    let aged = home.json(&["aging"]);
    let currency = &aged["currencies"][0];
    assert_eq!(
        (&currency["outstanding"], &currency["unapplied"]),
        (&"1033.00".into(), &"0.00".into()),
        "{aged}"
    );
    assert_eq!(home.json(&["verify"])["ok"], true);
}

#[test]
fn a_statement_that_does_not_foot_is_refused_with_the_difference() {
    let home = home();
    let file = home.beside("bank").join("bad.xml");
    write(&file, &statement("7", "1100.50", &[("B1", "1000.00", "ANA", "FV-1001")]));
    let output = home.run(&["bank", &file.to_string_lossy(), "--json"]);
    assert_eq!(output.status.code(), Some(3));
    let read: Value = serde_json::from_slice(&output.stdout).unwrap();
    let refused = &read["files"][0]["statements"][0];
    assert_eq!((&refused["state"], &refused["difference"]), (&"refused".into(), &"0.50".into()), "{read}");
    assert_eq!(outstanding(&home), "2033.00");
}

#[test]
fn every_real_file_is_read_or_refused_with_a_reason() {
    for name in ["camt", "mt940", "ofx", "bai2"] {
        let format = format!("statement-{name}");
        let Some(folder) = shared(&format!("data/{name}")) else { return };
        let home = Home::init();
        let mut files = Vec::new();
        collect(&folder, &mut files);
        assert!(!files.is_empty(), "{}", folder.display());
        let mut args = vec!["bank".to_owned()];
        args.extend(files);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let read = home.json(&args);
        let views = read["files"].as_array().unwrap();
        let ours = views.iter().filter(|view| view["format"] == format.as_str()).count();
        for view in views {
            let said = view["stopped"]["message"].is_string()
                || view["statements"].as_array().is_some_and(|statements| !statements.is_empty())
                || view["refused"].as_array().is_some_and(|refused| !refused.is_empty());
            assert!(said, "nothing is said of {view}");
        }
        // Most of the OFX files are of investments, or carry an error instead of a statement.
        let most = if name == "ofx" { views.len() / 4 } else { views.len() / 2 };
        assert!(ours > most, "{format} reads {ours} of {}", views.len());
        assert_eq!(home.json(&["verify"])["ok"], true);
    }
}

fn collect(folder: &std::path::Path, files: &mut Vec<String>) {
    let endings = ["xml", "sta", "mt940", "940", "ofx", "qfx", "qbo", "bai", "bai2", "txt"];
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        if path.is_dir() {
            collect(&path, files);
        } else if endings.contains(&ending.as_str()) && !path.to_string_lossy().contains("README") {
            files.push(path.to_string_lossy().into_owned());
        }
    }
    files.sort();
}

#[test]
fn killed_anywhere_the_same_command_goes_on_and_nothing_is_doubled() {
    let home = home();
    let file = home.beside("bank").join("long.xml");
    let ids: Vec<String> = (0..4_000).map(|n| format!("B{n}")).collect();
    let entries: Vec<(&str, &str, &str, &str)> =
        ids.iter().map(|id| (id.as_str(), "1.25", "X", "nada")).collect();
    write(&file, &statement("7", "5100.00", &entries));
    let path = file.to_string_lossy().into_owned();
    for pause in [40, 120, 250, 400, 700] {
        let mut child =
            home.command(&["bank", &path]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(pause));
        let _ = child.kill();
        child.wait().unwrap();
    }
    home.json(&["bank", &path]);
    let aged = home.json(&["aging"]);
    assert_eq!(aged["currencies"][0]["unapplied"], "5000.00", "{aged}");
    assert_eq!(home.json(&["verify"])["ok"], true);
}
