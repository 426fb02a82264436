//! What is told, step by step, on one server.

use std::collections::BTreeMap;

use recaudo_peers::tryton::{Tryton, minor, today};
use recaudo_sdk::erp::writeback::{Entry, Note, Promise, Receipt, Restriction, Status};
use recaudo_sdk::{Kind, erp};
use serde_json::{Value, json};

use crate::books::Books;
use crate::host::Installation;

fn money(minor: i64, currency: &[u8; 3]) -> recaudo_sdk::values::Money {
    Money { minor, exponent: 2, currency: *currency }.into()
}

pub(crate) fn balances_agree(tryton: &Tryton, books: &Books) {
    assert_eq!(books.balances(), tryton.balances());
}

/// What is open of each invoice, by Tryton's `amount_to_pay`.
fn invoices_agree(tryton: &Tryton, books: &Books) {
    let sold = json!([["type", "=", "out"], ["state", "in", ["posted", "paid", "cancelled"]]]);
    for invoice in tryton.rows("account.invoice", &sold, &["number", "amount_to_pay", "party.code"]) {
        let number = invoice["number"].as_str().expect("a number");
        let of = |d: &&erp::Document| d.number == number && d.customer == invoice["party."]["code"];
        let open: i64 = books
            .documents
            .values()
            .filter(of)
            .map(|d| if d.kind == "credit-note" { -books.open(d) } else { books.open(d) })
            .sum();
        assert_eq!(open, minor(&invoice["amount_to_pay"]), "invoice {number}");
    }
}

pub(crate) fn everything_came_in(tryton: &Tryton, books: &Books) {
    let parties = tryton.rows("party.party", &json!([["code", "like", "C-%"]]), &["code"]);
    let codes: Vec<&str> = parties.iter().filter_map(|party| party["code"].as_str()).collect();
    let mut ours: Vec<&str> = books.customers.keys().map(String::as_str).collect();
    let mut theirs = codes.clone();
    ours.sort_unstable();
    theirs.sort_unstable();
    assert_eq!(ours, theirs, "every customer, and no supplier");
    balances_agree(tryton, books);
    invoices_agree(tryton, books);

    let late = &books.customers["C-OPEN"];
    assert_eq!((late.name.as_str(), late.locale.as_str(), late.country.as_str()), ("Tarde SAS", "es", "CO"));
    assert_eq!(late.tax_id.as_deref(), Some("213.123.432-1"));
    assert_eq!(books.customers["C-DOLLAR"].locale, "en");
    let mut reached: Vec<&str> = books
        .contacts
        .values()
        .filter(|contact| contact.customer == "C-OPEN")
        .map(|c| if c.email.is_empty() { c.phone.as_str() } else { c.email.as_str() })
        .collect();
    reached.sort_unstable();
    assert_eq!(
        reached,
        ["", "+52 55 5555 0101", "c-open@example.com"],
        "an address, a telephone, a mail address"
    );

    let thirds: Vec<(u16, i64)> = books
        .documents
        .values()
        .filter(|d| d.customer == "C-TERMS")
        .map(|d| (d.instalment, books.open(d)))
        .collect::<BTreeMap<_, _>>()
        .into_iter()
        .collect();
    assert_eq!(thirds, [(1, 0), (2, 33_000), (3, 34_000)], "one due date, one item");
    assert_eq!(books.open_of("C-PAID", 116_000), 0);
    assert_eq!(books.open_of("C-PARTLY", 90_000), 60_000, "linked to the invoice, not reconciled");
    assert_eq!(books.open_of("C-CREDIT", 50_000), 0, "by a credit note and a payment");
    assert_eq!(books.item("C-CREDIT", 20_000).kind, "credit-note");
    assert_eq!(books.open_of("C-DOLLAR", 10_000), 0, "in dollars, whatever the pesos did");
    assert_eq!(books.item("C-CANCELLED", 77_700).status, "cancelled");
    assert_eq!(books.open_of("C-WRITEOFF", 25_000), 0);
    assert_eq!(books.item("C-WRITEOFF", 50).kind, "write-off");
    let opening = books.item("C-OPENING", 432_109);
    assert_eq!(opening.kind, "opening");
    assert_eq!(opening.issued, opening.due, "posted long after it was due");
    assert_eq!(books.balances()[&("C-OVER".into(), "MXN".into())], -5_000, "fifty too much");
}

/// A page border may fall anywhere, and every page may be the last before a crash.
pub(crate) fn small_pages_give_the_same_books(tryton: &Tryton, books: &Books) {
    for rows_max in [1, 7] {
        let mut installation = Installation::new(tryton, "");
        let mut again = Books::default();
        again.import(&mut installation, rows_max);
        assert_eq!(again.documents, books.documents, "pages of {rows_max}");
        assert_eq!(again.payments, books.payments);
        assert_eq!(again.allocations, books.allocations);
        assert_eq!(again.customers, books.customers);
    }
}

pub(crate) fn nothing_changes_without_a_change(installation: &mut Installation<'_>, books: &mut Books) {
    let before = (books.documents.clone(), books.payments.clone(), books.allocations.clone());
    books.import(installation, 5_000);
    assert_eq!((&books.documents, &books.payments, &books.allocations), (&before.0, &before.1, &before.2));
}

pub(crate) fn a_payment_entered_there_arrives(
    tryton: &Tryton,
    installation: &mut Installation<'_>,
    books: &mut Books,
) {
    let number = books.item("C-OPEN", 500_000).number.clone();
    tryton.pay(&number, "5000.00", "SPEI 9001");
    books.import(installation, 5_000);
    assert_eq!(books.open_of("C-OPEN", 500_000), 0);
    assert!(books.payments.values().any(|payment| payment.reference == "SPEI 9001"));

    let number = books.item("C-PARTLY", 90_000).number.clone();
    tryton.pay(&number, "100.00", "SPEI 9002");
    books.import(installation, 5_000);
    assert_eq!(books.open_of("C-PARTLY", 90_000), 50_000);
    tryton.pay(&number, "500.00", "SPEI 9003");
    books.import(installation, 5_000);
    assert_eq!(books.open_of("C-PARTLY", 90_000), 0, "three payments, now reconciled together");
    balances_agree(tryton, books);
    invoices_agree(tryton, books);
}

pub(crate) fn what_is_unreconciled_is_open_again(
    tryton: &Tryton,
    installation: &mut Installation<'_>,
    books: &mut Books,
) {
    let line: i64 = books.item("C-PAID", 116_000).key.id.parse().expect("a number");
    let under =
        json!({ "company": 1, "active_model": "account.move.line", "active_id": line, "active_ids": [line] });
    let name = "wizard.account.move.unreconcile_lines";
    let opened = tryton.call(&format!("{name}.create"), &json!([under]));
    tryton.call(&format!("{name}.execute"), &json!([opened[0], {}, "unreconcile", under]));
    books.import(installation, 5_000);
    balances_agree(tryton, books);
    invoices_agree(tryton, books);
}

pub(crate) fn a_customer_that_changes_comes_again(
    tryton: &Tryton,
    installation: &mut Installation<'_>,
    books: &mut Books,
) {
    let party = &tryton.rows("party.party", &json!([["code", "=", "C-OPEN"]]), &["name"])[0]["id"];
    tryton.call("model.party.party.write", &json!([[party], { "name": "Puntual SAS" }, {}]));
    let email = json!([["party", "=", party], ["type", "=", "email"]]);
    let email = &tryton.rows("party.contact_mechanism", &email, &["value"])[0]["id"];
    tryton.call("model.party.contact_mechanism.write", &json!([[email], { "active": false }, {}]));
    books.import(installation, 5_000);
    assert_eq!(books.customers["C-OPEN"].name, "Puntual SAS");
    assert!(
        !books.contacts.values().any(|contact| contact.email == "c-open@example.com"),
        "no longer in use"
    );
}

fn receipt(books: &Books, (customer, total): (&str, i64), paid: i64, reference: &str) -> Entry {
    let document = books.item(customer, total);
    let amount = recaudo_sdk::values::Money { minor: paid, ..document.total };
    Entry::Receipt(Receipt {
        customer: customer.into(),
        reference: reference.into(),
        amount,
        on: today().epoch_day(),
        documents: vec![(document.key.id.clone(), amount)],
        attributes: vec![],
    })
}

fn moves(tryton: &Tryton, description: &str) -> usize {
    tryton.rows("account.move", &json!([["description", "=", description]]), &["state"]).len()
}

pub(crate) fn a_payment_pushed_is_reconciled_there_once(
    tryton: &Tryton,
    installation: &mut Installation<'_>,
    books: &mut Books,
) {
    let entry = receipt(books, ("C-OPEN", 250_025), 250_025, "RC-1");
    let asked = installation.query("op-1", &entry).expect("it looks");
    assert_eq!(asked.status, Status::NotAttempted);
    let pushed = installation.push("op-1", &entry).expect("alive").expect("it is taken");
    assert_eq!(pushed.status, Status::Applied);
    let again = installation.push("op-1", &entry).expect("alive").expect("it is there");
    assert_eq!((again.status, again.id.as_str()), (Status::AlreadyApplied, pushed.id.as_str()));
    assert_eq!(installation.query("op-1", &entry).expect("it looks").status, Status::AlreadyApplied);
    assert_eq!(moves(tryton, "RC-1"), 1);
    books.import(installation, 5_000);
    assert_eq!(books.open_of("C-OPEN", 250_025), 0);
    let number = &books.item("C-OPEN", 250_025).number;
    let invoice = tryton.rows("account.invoice", &json!([["number", "=", number]]), &["state"]);
    assert_eq!(invoice[0]["state"], "paid", "Tryton itself says so");
    assert!(
        books.payments.values().any(|payment| payment.reference == "RC-1"),
        "found again by our reference"
    );
    balances_agree(tryton, books);

    // A part of an item: linked there, and known here as a part.
    let part = receipt(books, ("C-TERMS", 34_000), 4_000, "RC-2");
    assert_eq!(installation.push("op-2", &part).expect("alive").expect("taken").status, Status::Applied);
    assert_eq!(
        installation.push("op-2", &part).expect("alive").expect("there").status,
        Status::AlreadyApplied
    );
    assert_eq!(moves(tryton, "RC-2"), 1);
    books.import(installation, 5_000);
    balances_agree(tryton, books);
    invoices_agree(tryton, books);

    // Money nobody knows the invoice of.
    let Entry::Receipt(known) = receipt(books, ("C-OPENING", 432_109), 100, "RC-3") else { return };
    let unknown = Entry::Receipt(Receipt { documents: vec![], ..known });
    assert_eq!(installation.push("op-3", &unknown).expect("alive").expect("taken").status, Status::Applied);
    books.import(installation, 5_000);
    balances_agree(tryton, books);
}

/// Killed after each of its commits, it is finished by the next attempt, and nothing is there twice.
pub(crate) fn a_push_that_died_goes_on_where_it_was(
    tryton: &Tryton,
    installation: &mut Installation<'_>,
    books: &mut Books,
) {
    for (nth, paid) in [(1, 1_00), (2, 2_00), (3, 3_00)] {
        let reference = format!("RC-died-{nth}");
        let entry = receipt(books, ("C-TERMS", 34_000), paid, &reference);
        installation.dies_after_commit = Some(installation.commits + nth);
        let died = installation.push(&reference, &entry).is_none();
        installation.dies_after_commit = None;
        assert!(died, "a receipt takes three commits: the move, its posting, its reconciliation");
        let whole = installation.query(&reference, &entry).expect("it looks");
        let expected = if nth == 3 { Status::AlreadyApplied } else { Status::NotAttempted };
        assert_eq!(whole.status, expected, "after commit {nth}");
        assert!(installation.push(&reference, &entry).expect("alive").is_ok());
        assert_eq!(installation.query(&reference, &entry).expect("looks").status, Status::AlreadyApplied);
        assert_eq!(moves(tryton, &reference), 1);
    }
    books.import(installation, 5_000);
    balances_agree(tryton, books);
    invoices_agree(tryton, books);
}

pub(crate) fn dollars_are_paid_in_dollars(
    tryton: &Tryton,
    installation: &mut Installation<'_>,
    books: &mut Books,
) {
    let entry = receipt(books, ("C-DOLLAR", 25_050), 25_050, "RC-usd");
    assert_eq!(installation.push("op-usd", &entry).expect("alive").expect("taken").status, Status::Applied);
    books.import(installation, 5_000);
    assert_eq!(books.open_of("C-DOLLAR", 25_050), 0);
    balances_agree(tryton, books);
    invoices_agree(tryton, books);
}

pub(crate) fn a_payment_that_bounced_is_taken_back(
    tryton: &Tryton,
    installation: &mut Installation<'_>,
    books: &mut Books,
) {
    let Entry::Receipt(paid) = receipt(books, ("C-OPEN", 250_025), 250_025, "RC-1") else { return };
    let back = Entry::Receipt(Receipt {
        reference: "RC-1-back".into(),
        amount: money(-250_025, b"MXN"),
        documents: vec![],
        attributes: vec![("reverses".into(), "RC-1".into())],
        ..paid
    });
    let pushed = installation.push("op-back", &back).expect("alive").expect("taken");
    assert_eq!(pushed.status, Status::Applied);
    let again = installation.push("op-back", &back).expect("alive").expect("there");
    assert_eq!(again.status, Status::AlreadyApplied);
    books.import(installation, 5_000);
    assert_eq!(books.open_of("C-OPEN", 250_025), 250_025, "it is owed again");
    assert!(!books.payments.values().any(|payment| payment.reference == "RC-1"), "it was no payment");
    balances_agree(tryton, books);
    invoices_agree(tryton, books);
}

pub(crate) fn notes_are_there_once(tryton: &Tryton, installation: &mut Installation<'_>) {
    let customer = || "C-PARTLY".to_owned();
    let promise = Promise {
        customer: customer(),
        document: None,
        amount: money(60_000, b"MXN"),
        on: today().epoch_day() + 7,
        status: "open".into(),
    };
    let hold = Restriction {
        customer: customer(),
        subject: None,
        reason: "tres facturas vencidas".into(),
        until: None,
    };
    let note = Note { customer: customer(), document: None, text: "llamar después de las 5 %_".into() };
    for (key, entry) in
        [("n-1", Entry::Promise(promise)), ("n-2", Entry::Hold(hold)), ("n-3", Entry::Note(note))]
    {
        assert_eq!(installation.query(key, &entry).expect("looks").status, Status::NotAttempted);
        let first = installation.push(key, &entry).expect("alive").expect("taken");
        let second = installation.push(key, &entry).expect("alive").expect("there");
        assert_eq!((first.status, second.status), (Status::Applied, Status::AlreadyApplied));
        assert_eq!(first.id, second.id);
        assert_eq!(installation.query(key, &entry).expect("looks").status, Status::AlreadyApplied);
    }
    let notes = tryton.rows("ir.note", &json!([]), &["message"]);
    let texts: Vec<&str> = notes.iter().filter_map(|note| note["message"].as_str()).collect();
    assert_eq!(texts.len(), 3);
    assert!(texts[0].starts_with("Promesa de pago: 600.00 MXN para el "), "{}", texts[0]);
}

pub(crate) fn refusals_say_what_to_do(tryton: &Tryton) {
    assert_eq!(tryton.with_session("Session bm9ib2R5OjE6eA=="), 401, "no session, no answer");
    let mut elsewhere = Installation::new(tryton, r#", "versions": ["7.0"]"#);
    let failure = elsewhere.check().expect_err("another series");
    assert_eq!((failure.kind, failure.code.as_str()), (Kind::Unsupported, "erp-tryton.version"));
    let mut installation = Installation::new(tryton, "");
    let receipt = Receipt {
        customer: "C-NOBODY".into(),
        reference: "RC-x".into(),
        amount: money(100, b"MXN"),
        on: today().epoch_day(),
        documents: vec![],
        attributes: vec![],
    };
    let failure =
        installation.push("x-1", &Entry::Receipt(receipt.clone())).expect("alive").expect_err("nobody");
    assert_eq!((failure.kind, failure.code.as_str()), (Kind::NotFound, "not-found"));
    let early = Receipt { customer: "C-OPEN".into(), on: 0, ..receipt };
    let failure = installation.push("x-2", &Entry::Receipt(early)).expect("alive").expect_err("no period");
    assert_eq!((failure.kind, failure.code.as_str()), (Kind::Rejected, "erp-tryton.closed-period"));
    assert_eq!(moves(tryton, "RC-x"), 0);
}
