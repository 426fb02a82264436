//! The program as a person types it: transcripts of real runs of the binary.

use std::sync::Arc;

use recaudo_app::App;
use recaudo_app::system::SetClock;
use recaudo_engine::progress::Silent;
use recaudo_engine::run::{self, RunRequest, RunView};
use serde_json::{Value, json};

use super::support::program::{Home, command, write};
use super::support::{root, shared};

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A home with the IBM sample connected as source `ibm`.
fn ibm() -> Option<Home> {
    let folder = shared("data/ar")?;
    let home = Home::init();
    let config = root().join("plugins/erp-csv/examples/ibm-accounts-receivable.json");
    let grant = format!("files:{}", folder.display());
    let added = home.run(&[
        "source",
        "add",
        "ibm",
        "--plugin",
        "erp-csv",
        "--config",
        &config.to_string_lossy(),
        "--grant",
        &grant,
    ]);
    assert!(added.status.success(), "{}", text(&added.stderr));
    Some(home)
}

#[test]
fn help_speaks_spanish_portuguese_and_english() {
    for (locale, usage, run) in [
        ("es_CO.UTF-8", "Uso: recaudo [OPCIONES] <COMANDO>", "Hace el trabajo del día"),
        ("pt_BR.UTF-8", "Uso: recaudo [OPÇÕES] <COMANDO>", "Faz o trabalho do dia"),
        ("en_US.UTF-8", "Usage: recaudo [OPTIONS] <COMMAND>", "Does the day's work"),
        ("C", "Usage: recaudo [OPTIONS] <COMMAND>", "Does the day's work"),
    ] {
        let output = command(&["--help"]).env("LC_ALL", locale).output().unwrap();
        let help = text(&output.stdout);
        assert!(output.status.success() && help.contains(usage) && help.contains(run), "{locale}:\n{help}");
    }
    let asked = command(&["aging", "--help", "--lang", "pt"]).output().unwrap();
    assert!(text(&asked.stdout).contains("Só o que se sabia nesse instante"), "{}", text(&asked.stdout));
}

#[test]
fn a_slip_costs_one_line_and_code_2() {
    let output = command(&["agin"]).env("LC_ALL", "es_MX.UTF-8").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        text(&output.stderr),
        "error: no existe el comando «agin»; ¿quiso decir aging?; vea «recaudo --help»\n"
    );
    assert!(output.stdout.is_empty());
}

#[test]
fn a_folder_that_is_no_home_is_named_with_what_to_do() {
    let folder = tempfile::TempDir::new().unwrap();
    let place = folder.path().to_string_lossy().into_owned();
    let output = command(&["-C", &place, "verify", "--json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(4));
    let error: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(error["error"]["code"], "no_home");
    assert!(error["error"]["detail"].as_str().unwrap().contains("recaudo init"));
}

#[test]
fn a_home_is_made_once() {
    let home = Home::init();
    for file in
        ["recaudo.toml", "recaudo.db", ".key", "segments.toml", "strategies/standard.toml", ".gitignore"]
    {
        assert!(home.path().join(file).exists(), "{file}");
    }
    let again = command(&["init", &home.path().to_string_lossy()]).output().unwrap();
    assert_eq!(again.status.code(), Some(4));
    assert!(text(&again.stderr).contains("is a recaudo home already"), "{}", text(&again.stderr));
}

#[test]
fn a_misspelt_key_is_named_with_its_file() {
    let home = Home::init();
    let path = home.path().join("recaudo.toml");
    let good = std::fs::read_to_string(&path).unwrap();
    write(&path, &good.replace("hour =", "huor ="));
    let output = home.run(&["verify"]);
    assert_eq!(output.status.code(), Some(4));
    let error = text(&output.stderr);
    assert!(error.contains("recaudo.toml") && error.contains("huor"), "{error}");
}

#[test]
fn the_ibm_book_comes_in_whole_and_ages_as_of_any_day() {
    let Some(home) = ibm() else { return };
    let first = home.json(&["import", "ibm"]);
    assert_eq!((&first["read"], &first["imported"]), (&json!(2466), &json!(2466)));
    assert_eq!((&first["unchanged"], &first["quarantined"]), (&json!(0), &json!(0)));
    let control = &first["control"][0];
    assert_eq!((&control["currency"], &control["source_total"]), (&json!("USD"), &json!("147703.18")));
    assert_eq!(control["source_total"], control["ours"]);

    let aged = |day: &str| {
        let view = home.json(&["aging", "--as-of", day]);
        assert_eq!((&view["as_of"], &view["by"]), (&json!(day), &json!("due")));
        let usd = view["currencies"][0].clone();
        let bucket = |at: usize| (usd["buckets"][at]["items"].clone(), usd["buckets"][at]["amount"].clone());
        assert_eq!((&usd["buckets"][0]["from"], &usd["buckets"][0]["to"]), (&json!(null), &json!(0)));
        assert_eq!((&usd["buckets"][1]["from"], &usd["buckets"][1]["to"]), (&json!(1), &json!(30)));
        (usd["outstanding"].clone(), usd["past_due"].clone(), bucket(0), bucket(1))
    };
    let june =
        (json!("5119.85"), json!("835.56"), (json!(72), json!("4284.29")), (json!(12), json!("835.56")));
    assert_eq!(aged("2013-06-30"), june);
    let december =
        (json!("5725.06"), json!("788.74"), (json!(86), json!("4936.32")), (json!(13), json!("788.74")));
    assert_eq!(aged("2012-12-31"), december);

    let second = home.json(&["import", "ibm"]);
    assert_eq!((&second["imported"], &second["unchanged"]), (&json!(0), &json!(2466)));
    let verified = home.run(&["verify", "--json"]);
    assert!(verified.status.success(), "{}", text(&verified.stdout));
}

#[test]
fn a_dirty_book_leaves_a_reason_for_whatever_stays_out() {
    let Some(folder) = shared("data/ar") else { return };
    let home = Home::init();
    let config = root().join("plugins/erp-csv/examples/ibm-with-missing.json");
    let grant = format!("files:{}", folder.display());
    let args = [
        "source",
        "add",
        "dirty",
        "--plugin",
        "erp-csv",
        "--config",
        &config.to_string_lossy(),
        "--grant",
        &grant,
    ];
    assert!(home.run(&args).status.success());
    let output = home.run(&["import", "dirty", "--json"]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    let view: Value = serde_json::from_slice(&output.stdout).unwrap();
    let count = |name: &str| view[name].as_i64().unwrap();
    assert_eq!(count("read"), 2586);
    assert_eq!(count("read"), count("imported") + count("unchanged") + count("quarantined"));
    assert!(count("quarantined") > 0 && count("imported") > 1_500);
    let quarantine: Value = serde_json::from_slice(&home.run(&["quarantine", "--json"]).stdout).unwrap();
    for row in quarantine.as_array().unwrap() {
        for field in ["source", "file", "reason", "what_to_do"] {
            assert!(!row[field].as_str().unwrap().is_empty(), "{field} of {row}");
        }
        assert!(row["row"].as_i64().unwrap() > 1);
    }
}

#[test]
fn own_bad_rows_are_told_apart_and_the_rest_goes_through() {
    let home = Home::init();
    let folder = home.beside("exports");
    write(
        &folder.join("book.csv"),
        "code,number,issued,due,amount,currency\n\
         C1,A-1,01/02/2026,03/03/2026,100.50,USD\n\
         C1,A-2,31/02/2026,03/03/2026,10.00,USD\n\
         C1,A-3,01/02/2026,03/03/2026,\"1.234,56\",USD\n\
         C1,A-4,01/02/2026,03/03/2026,10.00,ZZZ\n\
         C1,A-5,01/02/2026\n",
    );
    let mapping = folder.join("mapping.json");
    let config = json!({
        "defaults": { "creditor": "=ACME" },
        "format": { "delimiter": ",", "dates": ["dd/mm/yyyy"] },
        "files": [{
            "path": "book.csv",
            "customer": { "id": "code" },
            "document": { "number": "number", "issued": "issued", "due": "due", "total": "amount",
                          "currency": "currency" },
        }],
    });
    write(&mapping, &config.to_string());
    let grant = format!("files:{}", folder.display());
    let args = [
        "source",
        "add",
        "book",
        "--plugin",
        "erp-csv",
        "--config",
        &mapping.to_string_lossy(),
        "--grant",
        &grant,
    ];
    assert!(home.run(&args).status.success());
    let output = home.run(&["import", "book", "--json"]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    let view: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&view["read"], &view["imported"], &view["quarantined"]), (&json!(5), &json!(1), &json!(4)));
    let listed = home.run(&["quarantine", "--lang", "es"]);
    assert_eq!(listed.status.code(), Some(3));
    let table = text(&listed.stdout);
    for telling in ["31/02/2026", "1.234,56", "ZZZ", "book.csv, fila 3", "→"] {
        assert!(table.contains(telling), "{telling} in\n{table}");
    }
    let aged = home.json(&["aging", "--as-of", "2026-04-01"]);
    assert_eq!(aged["currencies"][0]["outstanding"], "100.50");
}

#[test]
fn a_source_reads_only_what_was_granted() {
    let home = Home::init();
    let folder = home.beside("exports");
    let mapping = folder.join("mapping.json");
    write(&mapping, r#"{"files":[{"path":"a.csv","customer":{"id":"code"}}]}"#);
    let add = |extra: &[&str]| {
        let config = mapping.to_string_lossy().into_owned();
        home.run(&[&["source", "add", "a", "--plugin", "erp-csv", "--config", &config], extra].concat())
    };
    let odd = add(&["--grant", "everything"]);
    assert_eq!(odd.status.code(), Some(4));
    assert!(text(&odd.stderr).contains("files:DIR"), "{}", text(&odd.stderr));
    let mail = add(&["--grant", "host:https://evil.example"]);
    assert!(text(&mail.stderr).contains("does not ask for"), "{}", text(&mail.stderr));
    assert!(add(&[]).status.success());
    let refused = home.run(&["import", "a"]);
    assert_ne!(refused.status.code(), Some(0), "{}", text(&refused.stdout));
    let granted = home.json(&["plugin", "grant", "a", &format!("files:{}", folder.display())]);
    assert!(granted["grants"]["files"]["drop"].as_str().unwrap().ends_with("exports"));
}

#[test]
fn a_bad_mapping_is_refused_with_the_place_in_it() {
    let home = Home::init();
    let mapping = home.beside("exports").join("mapping.json");
    write(&mapping, r#"{"files":[{"path":"a.csv","customer":{"idd":"code"}}]}"#);
    let output =
        home.run(&["source", "add", "a", "--plugin", "erp-csv", "--config", &mapping.to_string_lossy()]);
    assert_eq!(output.status.code(), Some(4));
    assert!(text(&output.stderr).contains("/files/0"), "{}", text(&output.stderr));
}

#[test]
fn the_built_in_plugins_show_what_they_ask_for() {
    let home = Home::init();
    let list = home.json(&["plugin", "list"]);
    let ids: Vec<&str> =
        list["plugins"].as_array().unwrap().iter().map(|p| p["id"].as_str().unwrap()).collect();
    let compiled_in: Vec<&str> = recaudo_builtin::PLUGINS.iter().map(|plugin| plugin.id).collect();
    assert_eq!(ids, compiled_in);
    for id in ids {
        let inspected = home.json(&["plugin", "inspect", id]);
        let imports = inspected["plugin"]["surface"]["imports"].as_array().unwrap();
        assert_eq!(imports.len(), 1, "{id} imports the logger and nothing else: {imports:?}");
    }
    let inspected = home.json(&["plugin", "inspect", "channel-email"]);
    assert_eq!(inspected["asks"], json!(["mail"]));
    let removed = home.run(&["plugin", "remove", "erp-csv"]);
    assert_eq!(removed.status.code(), Some(4));
}

/// A home with a customer of each kind the day's work meets, all due on 2026-03-10.
fn small_book() -> Home {
    let home = Home::init();
    let folder = home.beside("exports");
    write(
        &folder.join("book.csv"),
        "code,name,language,email,number,issued,due,amount,disputed\n\
         C1,Ferretería El Roble,es-CO,pagos@roble.example,A-1,2026-02-08,2026-03-10,1250000.00,n\n\
         C2,Sin Correo,es-CO,,A-2,2026-02-08,2026-03-10,900000.00,n\n\
         C3,En Reclamo,es-CO,pagos@reclamo.example,A-3,2026-02-08,2026-03-10,700000.00,s\n\
         C4,Papelaria Sol,pt-BR,pagar@sol.example,A-4,2026-02-08,2026-03-10,480000.00,n\n",
    );
    let mapping = folder.join("mapping.json");
    let config = json!({
        "defaults": { "creditor": "=ACME", "currency": "=COP" },
        "files": [{
            "path": "book.csv",
            "customer": { "id": "code", "name": "name", "country": "=CO", "locale": "language",
                          "time_zone": "=America/Bogota", "kind": "=business" },
            "contacts": { "email": "email" },
            "document": { "number": "number", "issued": "issued", "due": "due", "total": "amount",
                          "disputed": "disputed" },
        }],
    });
    write(&mapping, &config.to_string());
    let grant = format!("files:{}", folder.display());
    let args = [
        "source",
        "add",
        "book",
        "--plugin",
        "erp-csv",
        "--config",
        &mapping.to_string_lossy(),
        "--grant",
        &grant,
    ];
    let added = home.run(&args);
    assert!(added.status.success(), "{}", text(&added.stderr));
    assert_eq!(home.json(&["import", "book"])["imported"], 4);
    home
}

fn mails(home: &Home) -> Vec<String> {
    let Ok(folder) = home.path().join("mail/new").read_dir() else { return Vec::new() };
    folder.map(|entry| text(&std::fs::read(entry.unwrap().path()).unwrap())).collect()
}

#[test]
fn a_rehearsed_run_says_what_it_would_do_and_sends_nothing() {
    let home = small_book();
    let run = home.json(&["run", "--on", "2026-03-11", "--dry-run"]);
    assert_eq!((&run["on"], &run["dry_run"], &run["sent"]), (&json!("2026-03-11"), &json!(true), &json!(0)));
    let count = |name: &str| run[name].as_u64().unwrap();
    assert_eq!((count("candidates"), count("permitted")), (4, 2));
    assert_eq!(count("candidates"), count("planned") + count("skipped") + count("waiting") + count("tasks"));
    let counted: u64 = run["reasons"].as_array().unwrap().iter().map(|r| r["count"].as_u64().unwrap()).sum();
    assert_eq!(counted, count("candidates"), "every candidate has a reason");
    assert_eq!(mails(&home), Vec::<String>::new());
}

/// The day's work at ten in the morning of that day in Bogotá: a permit of that day is of no use on another.
fn work(home: &Home, day: &str) -> RunView {
    let ten = format!("{day}T15:00:00Z").parse().unwrap();
    let mut app = App::builder(home.path()).clock(Arc::new(SetClock::at(ten))).build().unwrap();
    run::run(&mut app.engine, RunRequest::default(), &mut Silent).unwrap()
}

#[test]
fn a_day_s_work_is_done_once_in_each_customer_s_language() {
    let home = small_book();
    let day = work(&home, "2026-03-11");
    assert_eq!((day.sent, day.skipped, day.queued), (2, 2, 0), "{day:?}");
    let sent = mails(&home);
    assert_eq!(sent.len(), 2);
    assert!(sent.iter().any(|mail| mail.contains("pagos@roble.example")), "{sent:?}");
    assert!(sent.iter().any(|mail| mail.contains("pagar@sol.example")), "{sent:?}");
    assert_eq!(work(&home, "2026-03-11").sent, 0, "nothing is said twice");
    assert_eq!(mails(&home).len(), 2);
    let why = home.json(&["why", "C1", "--on", "2026-03-11"]);
    assert_eq!(why["runs"][0]["accounts"][0]["contact"]["state"], "sent");
    let why_not = home.run(&["why", "C2", "--on", "2026-03-11", "--lang", "es"]);
    assert!(text(&why_not.stdout).contains("no hay dirección"), "{}", text(&why_not.stdout));
}

#[test]
fn a_compliance_officer_needs_no_home() {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("vectors.csv");
    let head = "country,rule_id,local_datetime,weekday,channel,prior_contacts,expected,reason,context,vector_id,basis,\
                blocking_rule\n";
    let rows = "CO,CO-HOURS,2026-03-10T10:00:00-05:00,Tue,call,[],allowed,,\"{\"\"tz\"\":\"\"America/Bogota\"\"}\",MINE-1,,\n\
                CO,CO-HOURS,2026-03-10T22:00:00-05:00,Tue,call,[],blocked,,\"{\"\"tz\"\":\"\"America/Bogota\"\"}\",MINE-2,,\n";
    write(&file, &format!("{head}{rows}"));
    let place = file.to_string_lossy().into_owned();
    let output = command(&["gate", "test", &place, "--json"]).current_dir(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let got: Vec<&str> =
        answer["rows"].as_array().unwrap().iter().map(|r| r["got"].as_str().unwrap()).collect();
    assert_eq!(got, ["allowed", "blocked"]);
    assert!(!answer["rows"][1]["rule"].as_str().unwrap().is_empty());

    write(&file, &format!("{head}{}", rows.replace("blocked", "allowed")));
    let wrong = command(&["gate", "test", &place]).current_dir(folder.path()).output().unwrap();
    assert_eq!(wrong.status.code(), Some(3), "a vector that answers otherwise is not success");
}

#[test]
fn the_regulation_vectors_answer_as_expected() {
    let Some(file) = shared("data/regulation/contact_vectors.csv") else { return };
    let output = command(&["gate", "test", &file.to_string_lossy(), "--json"]).output().unwrap();
    let answer: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}", text(&output.stderr)));
    let rows = answer["rows"].as_array().unwrap();
    assert!(rows.len() > 100);
    for country in ["CO-", "CL-", "PE-", "MX-", "US-"] {
        let ours = rows.iter().filter(|r| r["vector_id"].as_str().unwrap().starts_with(country));
        for row in ours.filter(|row| row["got"] != "skipped") {
            assert_eq!(row["expected"], row["got"], "{row}");
        }
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    use std::io::Read;
    use std::process::Stdio;
    let mut child = command(&["--help"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut complaint = String::new();
    child.stderr.take().unwrap().read_to_string(&mut complaint).unwrap();
    assert!(child.wait().unwrap().success() && complaint.is_empty(), "{complaint}");
}
