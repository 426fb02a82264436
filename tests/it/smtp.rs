//! A day's run against a real SMTP server, undisturbed and killed.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::maildev::MailDev;
use crate::support::program::{Home, write};

/// A Wednesday that is a holiday nowhere.
const ON: &str = "2026-11-18";

/// Language, country, zone, currency, and words that only a message in that language has.
const PEOPLES: [(&str, &str, &str, &str, &str); 3] = [
    ("es-MX", "MX", "America/Mexico_City", "MXN", "factura"),
    ("en-US", "US", "America/New_York", "USD", "invoice"),
    ("pt-BR", "BR", "America/Sao_Paulo", "BRL", "fatura"),
];

/// A home whose mail goes to `server`, with `count` customers who each owe one invoice, nine days past due.
fn home(server: &MailDev, count: usize) -> Home {
    let home = Home::init_with(&["--smtp", &format!("127.0.0.1:{}", server.smtp)]);
    let config = home.path().join("recaudo.toml");
    let text = std::fs::read_to_string(&config).expect("the home has a configuration");
    let text =
        text.lines().map(|line| if line.starts_with("security") { "security = \"none\"" } else { line });
    write(&config, &text.collect::<Vec<_>>().join("\n"));
    let drop = home.beside("drop");
    let mut customers = String::from("id,name,kind,country,language,zone,email\n");
    let mut documents = String::from("number,customer,issued,due,total,currency\n");
    for n in 0..count {
        let (locale, country, zone, currency, _) = PEOPLES[n % PEOPLES.len()];
        customers
            .push_str(&format!("C{n},Customer {n},business,{country},{locale},{zone},c{n}@example.com\n"));
        documents.push_str(&format!("F-{n},C{n},2026-10-10,2026-11-09,{}.25,{currency}\n", 1000 + n));
    }
    write(&drop.join("customers.csv"), &customers);
    write(&drop.join("documents.csv"), &documents);
    let mapping = home.beside("config").join("mapping.json");
    write(&mapping, MAPPING);
    let grant = format!("files:{}", drop.display());
    let added = ["source", "add", "erp", "--plugin", "erp-csv", "--config"];
    let added = home.run(&[&added[..], &[&mapping.to_string_lossy(), "--grant", &grant]].concat());
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    home
}

const MAPPING: &str = r#"{
  "defaults": { "creditor": "=ACME" },
  "format": { "delimiter": ",", "dates": ["yyyy-mm-dd"], "decimal": "." },
  "files": [
    { "path": "customers.csv",
      "customer": { "id": "id", "name": "name", "kind": "kind", "country": "country", "locale": "language", "time_zone": "zone" },
      "contacts": { "name": "name", "email": "email", "role": "=billing" } },
    { "path": "documents.csv",
      "document": { "number": "number", "customer": "customer", "issued": "issued", "due": "due", "total": "total", "currency": "currency" } }
  ]
}"#;

/// How often each address got mail.
fn arrivals(server: &MailDev) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for mail in server.mails() {
        *counts.entry(recipient(&mail)).or_default() += 1;
    }
    counts
}

fn recipient(mail: &Value) -> String {
    mail["to"][0]["address"].as_str().expect("a mail has a recipient").to_owned()
}

#[test]
fn every_permitted_mail_arrives_once_in_the_customers_language_with_its_amount() {
    let server = MailDev::start();
    let home = home(&server, 12);
    let imported = home.json(&["import"]);
    assert_eq!(imported["quarantined"], 0, "{imported}");

    let run = home.json(&["run", "--on", ON]);
    assert_eq!(run["sent"], 12, "{run:#}");

    let mails = server.mails();
    assert_eq!(mails.len(), 12);
    for mail in &mails {
        let to = recipient(mail);
        let n: usize = to.trim_start_matches('c').split('@').next().unwrap().parse().unwrap();
        let (locale, .., word) = PEOPLES[n % PEOPLES.len()];
        let text = mail["text"].as_str().unwrap();
        let all = format!("{} {text}", mail["subject"].as_str().unwrap()).to_lowercase();
        assert!(all.contains(word), "{to} reads {locale}: {all}");
        let amount =
            if locale == "pt-BR" { format!("{}.{:03},25", 1, n) } else { format!("{},{:03}.25", 1, n) };
        assert!(text.contains(&amount), "{to} owes {amount}: {text}");
        assert!(text.contains(&format!("F-{n}")), "{to}: {text}");
        assert!(
            mail["html"].as_str().is_some_and(|html| html.contains(&format!("F-{n}"))),
            "{to} has HTML too"
        );
        assert!(mail["headers"]["list-unsubscribe"].is_string(), "{to}: {}", mail["headers"]);
    }

    let again = home.json(&["run", "--on", ON]);
    assert_eq!(again["sent"], 0, "the same day again plans nothing new: {again:#}");
    assert_eq!(server.mails().len(), 12);
}

#[test]
fn a_run_killed_anywhere_sends_nothing_twice_and_owns_up_to_what_it_cannot_know() {
    let toll = killed_at(&rehearse(40), &[15, 35, 55, 80], 40);
    assert!(toll.while_running > 0, "no kill met a program at work: {toll:?}");
}

/// Longer: `cargo xtask prove kill`.
#[test]
#[ignore = "takes minutes; cargo xtask prove kill runs it"]
fn prove_kill_points_of_import_run_and_sending() {
    let paces = rehearse(40);
    println!("undisturbed: import {:?}, run {:?}", paces[0], paces[1]);
    let mut total = Toll::default();
    for seed in 0..25_u64 {
        let percents: Vec<u64> = (1..=4).map(|kill| 3 + (seed * 37 + kill * 53) % 95).collect();
        let toll = killed_at(&paces, &percents, 40);
        println!("seed {seed}: killed at {percents:?} % of the time it takes: {toll:?}");
        total += toll;
    }
    println!("in all: {total:?}");
    assert!(total.while_running > 100, "most kills meet a program at work: {total:?}");
    assert!(total.half_sent > 0, "no kill fell between the first mail and the last: {total:?}");
}

/// What kills did.
#[derive(Debug, Default)]
struct Toll {
    /// Of a program that had not ended by itself.
    while_running: usize,
    /// After which some mails had arrived and others not.
    half_sent: usize,
    /// Messages nobody can know of.
    unknown: usize,
}

impl std::ops::AddAssign for Toll {
    fn add_assign(&mut self, other: Self) {
        self.while_running += other.while_running;
        self.half_sent += other.half_sent;
        self.unknown += other.unknown;
    }
}

const COMMANDS: [&[&str]; 2] = [&["import"], &["run", "--on", ON]];

/// How long each command takes undisturbed on this machine today.
fn rehearse(customers: usize) -> [Duration; 2] {
    let server = MailDev::start();
    let home = home(&server, customers);
    COMMANDS.map(|command| {
        let begun = Instant::now();
        assert!(home.run(command).status.success(), "{command:?} undisturbed");
        begun.elapsed()
    })
}

/// Imports and runs, killing each attempt after a share of its time, then lets both finish and looks at what arrived.
fn killed_at(paces: &[Duration; 2], percents: &[u64], customers: usize) -> Toll {
    let server = MailDev::start();
    let home = home(&server, customers);
    let mut toll = Toll::default();
    for (command, pace) in COMMANDS.into_iter().zip(paces) {
        for percent in percents {
            let mut child = home.spawn(command);
            std::thread::sleep(*pace * u32::try_from(*percent).expect("a percentage") / 100);
            if child.try_wait().expect("the child is ours").is_none() {
                toll.while_running += 1;
            }
            // SIGKILL to the process this test started; it may have finished already.
            let _ = child.kill();
            let _ = child.wait();
            if (1..customers).contains(&server.mails().len()) {
                toll.half_sent += 1;
            }
        }
        let finished = home.run(command);
        let code = finished.status.code();
        assert!(
            matches!(code, Some(0 | 3)),
            "{command:?}: {code:?} {}",
            String::from_utf8_lossy(&finished.stderr)
        );
    }
    let verified = home.run(&["verify"]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
    let run = home.json(&["run", "--on", ON]);
    let unknown = usize::try_from(run["unknown"].as_u64().expect("a count")).expect("a small count");
    let arrived = arrivals(&server);
    assert!(arrived.values().all(|&times| times == 1), "nobody is written to twice: {arrived:?}");
    assert!(unknown <= percents.len(), "at most one message in flight a kill: {run:#}");
    // An unknown message may have arrived or not; every other one did.
    assert!(
        arrived.len() <= customers && arrived.len() + unknown >= customers,
        "{arrived:?} and {unknown} unknown"
    );
    // A person looks, says so, and nothing is open any more; nor is anything sent for it.
    for message in run["unknown_messages"].as_array().expect("a list") {
        let number = message["action"].to_string();
        home.run(&["message", "sent", &number]);
    }
    let listed = home.run(&["message", "list"]);
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stdout));
    assert_eq!(home.json(&["run", "--on", ON])["sent"], 0);
    assert_eq!(arrivals(&server), arrived);
    toll.unknown = unknown;
    toll
}
