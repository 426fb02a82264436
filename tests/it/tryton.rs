//! Beside a running ERP: what it says is owed, what is paid there and what is paid here, with the real program.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use recaudo_peers::tryton::{PASSWORD, Tryton};
use recaudo_strict::Order;
use serde_json::{Value, json};

use super::serve::Shop;
use super::support::program::{Home, write};

const SECRETS: [(&str, &str); 2] =
    [("RECAUDO_SECRET_TRYTON_USER", "admin"), ("RECAUDO_SECRET_TRYTON_PASSWORD", PASSWORD)];

/// A home with the ERP as its source, told of what happens here at once.
fn home(tryton: &Tryton) -> Home {
    let home = Home::init_with(&["--country", "MX"]);
    let url = tryton.url.replace("127.0.0.1", "localhost");
    let config = home.path().join("tryton.json");
    let said = json!({ "base_url": url, "database": "tryton", "companies": [1], "payment_method": "Bank" });
    write(&config, &said.to_string());
    let (config, host) = (config.to_string_lossy().into_owned(), format!("host:{url}"));
    let grants = ["--grant", host.as_str(), "--grant", "credential:tryton=tryton"];
    let added = ["source", "add", "erp", "--plugin", "erp-tryton", "--config", config.as_str()];
    let added = home.run(&[&added[..], &grants].concat());
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    let file = home.path().join("recaudo.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    write(&file, &format!("{text}\n[writeback]\nsource = \"erp\"\nafter_minutes = 0\n"));
    home
}

/// An amount of two decimals as hundredths.
fn hundredths(text: &str) -> i64 {
    text.replace('.', "").parse().unwrap()
}

/// What our aging says a customer owes, or everybody, per currency: debts less credits and money not applied.
fn owed(shop: &Shop, customer: Option<&str>) -> BTreeMap<String, i64> {
    let of: Vec<&str> = customer.map_or(vec!["aging"], |customer| vec!["aging", "--customer", customer]);
    let aged = shop.json(&of);
    let sum = |c: &Value| {
        let amount = |key: &str| hundredths(c[key].as_str().unwrap());
        amount("outstanding") + amount("credits") - amount("unapplied")
    };
    let currencies = aged["currencies"].as_array().unwrap().iter();
    let sums = currencies.map(|c| (c["currency"].as_str().unwrap().to_owned(), sum(c)));
    sums.filter(|(_, sum)| *sum != 0).collect()
}

/// Everybody's balance is what Tryton's own API says it is.
fn books_agree(tryton: &Tryton, shop: &Shop) {
    let theirs = tryton.balances();
    let mut totals: BTreeMap<String, i64> = BTreeMap::new();
    for ((_, currency), sum) in &theirs {
        *totals.entry(currency.clone()).or_default() += sum;
    }
    totals.retain(|_, sum| *sum != 0);
    assert_eq!(owed(shop, None), totals);
    for party in tryton.rows("party.party", &json!([["code", "like", "C-%"]]), &["code"]) {
        let code = party["code"].as_str().unwrap();
        let of_it = theirs.iter().filter(|((customer, _), _)| customer == code);
        let of_it: BTreeMap<String, i64> = of_it.map(|((_, c), sum)| (c.clone(), *sum)).collect();
        assert_eq!(owed(shop, Some(code)), of_it, "{code}");
    }
}

fn import(shop: &Shop) -> Value {
    let imported = shop.json(&["import"]);
    let sound = imported["stopped"].is_null() && imported["quarantined"] == 0;
    assert!(sound, "{imported:#} {:#}", shop.json(&["quarantine"]));
    for control in imported["control"].as_array().unwrap() {
        assert_eq!(control["difference"], "0.00", "{imported:#}");
    }
    imported
}

/// The number of the invoice with a total, by its customer.
fn number(tryton: &Tryton, customer: &str, total: &str) -> String {
    let invoices = json!([["party.code", "=", customer], ["type", "=", "out"], ["state", "=", "posted"]]);
    let invoices = tryton.rows("account.invoice", &invoices, &["number", "total_amount"]);
    let found = invoices.iter().find(|invoice| invoice["total_amount"]["decimal"] == total);
    found.unwrap_or_else(|| panic!("{invoices:#?}"))["number"].as_str().unwrap().to_owned()
}

fn state(tryton: &Tryton, number: &str) -> String {
    let invoice = tryton.rows("account.invoice", &json!([["number", "=", number]]), &["state"]);
    invoice[0]["state"].as_str().unwrap().to_owned()
}

/// Asks again until it is so.
fn wait_until(what: &str, mut so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < Duration::from_secs(120), "in vain: {what}");
        std::thread::sleep(Duration::from_millis(250));
    }
}

#[test]
fn what_is_paid_there_arrives_and_what_is_paid_by_link_here_is_reconciled_there() {
    let tryton = Tryton::start(0);
    let Some(mut shop) = Shop::around(home(&tryton)) else { return };
    shop.secrets.extend(SECRETS);
    let imported = import(&shop);
    assert!(imported["imported"].as_i64().unwrap() > 20, "{imported:#}");
    books_agree(&tryton, &shop);
    assert_eq!(import(&shop)["imported"], 0, "nothing new there, nothing new here");

    let first = number(&tryton, "C-OPEN", "5000.00");
    tryton.pay(&first, "5000.00", "SPEI 9001");
    assert!(import(&shop)["imported"].as_i64().unwrap() > 0);
    assert_eq!(owed(&shop, Some("C-OPEN")), BTreeMap::from([("MXN".to_owned(), 250_025)]));
    books_agree(&tryton, &shop);

    let second = number(&tryton, "C-OPEN", "2500.25");
    let operation = shop.json(&["pay", "C-OPEN", "--document", &second])["operation"].clone();
    shop.paid(&operation);
    let serving = shop.serve(&[]);
    let told = shop.stripe.deliver_webhooks(&serving.webhooks(), Order::Doubled).unwrap();
    assert!(told.iter().all(|status| *status == 200), "{told:?}");
    assert_eq!(owed(&shop, Some("C-OPEN")), BTreeMap::new(), "paid, as the gateway says");
    wait_until("the payment in Tryton", || state(&tryton, &second) == "paid");
    assert_eq!(serving.terminate().0.code(), Some(0));

    import(&shop);
    assert_eq!(owed(&shop, Some("C-OPEN")), BTreeMap::new(), "it came back and is the same payment");
    books_agree(&tryton, &shop);
    assert_eq!(shop.json(&["verify"])["ok"], true);
    assert_eq!(shop.stripe.complaints(), Vec::<String>::new());
}

#[test]
fn an_erp_that_does_not_answer_is_named_and_the_import_stays_where_it_was() {
    let tryton = Tryton::start(0);
    let home = home(&tryton);
    let import = |password: &str| {
        let mut command = home.command(&["import", "--json"]);
        command.env("RECAUDO_SECRET_TRYTON_USER", "admin").env("RECAUDO_SECRET_TRYTON_PASSWORD", password);
        let output = command.output().unwrap();
        let view: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        (output.status.code(), view, String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, refused, said) = import("wrong");
    assert_eq!(refused["stopped"]["code"], "unauthenticated", "{code:?} {refused:#} {said}");
    assert_ne!(code, Some(0));
    let message = refused["stopped"]["message"].as_str().unwrap();
    assert!(!message.contains('\n') && message.contains("erp"), "{message}");

    let (code, view, said) = import(PASSWORD);
    assert_eq!((code, view["quarantined"].as_i64()), (Some(0), Some(0)), "{view:#} {said}");
    let before = home.json(&["aging"]);
    drop(tryton);
    let (code, gone, said) = import(PASSWORD);
    assert_ne!(code, Some(0), "{gone:#} {said}");
    let message = gone["stopped"]["message"].as_str().unwrap_or_else(|| panic!("{gone:#} {said}"));
    assert!(!message.contains('\n') && message.contains("erp"), "{message}");
    assert_eq!(home.json(&["aging"]), before);
}
