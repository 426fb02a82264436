//! What does not come in: each row once, with a reason; the rest goes through.

use recaudo_ports::plugin::{Batch, Contact, Money};

use super::bench::{Bench, customer, day, invoice, key, page, payment, pays, reject};

fn ana(rows: Batch) -> Batch {
    Batch { customers: vec![customer("ana", 1)], ..rows }
}

#[test]
fn one_identity_with_two_amounts_in_one_version_names_both() {
    let mut bench = Bench::on("2026-03-10");
    let rows = ana(Batch {
        documents: vec![
            invoice("INV-1", 2, 100_000, "2026-01-31"),
            invoice("INV-1", 3, 90_000, "2026-01-31"),
            invoice("INV-1", 4, 100_000, "2026-01-31"),
        ],
        ..Batch::default()
    });
    let view = bench.import(vec![page(rows)]);
    assert_eq!(Bench::counts(&view), (4, 2, 1, 1));
    assert_eq!(bench.complaints(), ["3 document total conflicting-copy: 900.00 COP"]);
    let reason = bench.quarantine().remove(0).reason;
    assert_eq!(
        reason,
        "two copies of version 1 differ: total is \"1000.00 COP\" here and \"900.00 COP\" there"
    );
    assert_eq!(bench.debt().0, "1000.00");
}

#[test]
fn bad_rows_are_named_and_the_rest_goes_through() {
    let mut bench = Bench::on("2026-03-10");
    let mut dinar = invoice("INV-2", 3, 1, "2026-01-31");
    dinar.total = Money { minor: 1_234, exponent: 2, currency: *b"ABC" };
    let mut fraction = invoice("INV-3", 4, 1, "2026-01-31");
    fraction.total = Money { minor: 1_234, exponent: 2, currency: *b"CLP" };
    let mut early = invoice("INV-4", 5, 10_000, "2026-01-31");
    early.due = day("2026-01-01");
    let negative = invoice("INV-5", 6, -10_000, "2026-01-31");
    let whole = Money { minor: 123_400, exponent: 2, currency: *b"CLP" };
    let mut round = invoice("INV-6", 7, 1, "2026-01-31");
    round.total = whole;
    let rows = ana(Batch {
        documents: vec![invoice("INV-1", 2, 100, "2026-01-31"), dinar, fraction, early, negative, round],
        payments: vec![payment("PAY-1", 8, 50, "2026-02-02"), payment("PAY-2", 9, 0, "2026-02-02")],
        allocations: vec![
            pays("A-1", 8, "PAY-1", "INV-2", 50, "2026-02-02"),
            pays("A-2", 10, "PAY-9", "INV-1", 50, "2026-02-02"),
            pays("A-3", 11, "PAY-1", "INV-1", 60, "2026-02-02"),
            pays("A-4", 12, "PAY-1", "INV-6", 40, "2026-02-02"),
            // Its payment was refused on the same row: said once.
            pays("A-5", 9, "PAY-2", "INV-1", 1, "2026-02-02"),
        ],
        ..Batch::default()
    });
    let mut told = page(rows);
    told.rejects = vec![reject(13, "amount", "1.234,56", "bad-amount")];
    told.read += 1;
    let view = bench.import(vec![told]);
    assert_eq!(Bench::counts(&view), (13, 3, 0, 10));
    assert_eq!(
        bench.complaints(),
        [
            "3 document currency unknown-currency: ABC",
            "4 document total amount-precision: 1234e-2 CLP",
            "5 document due due-before-issued: 2026-01-01",
            "6 document total negative-total: -100.00",
            "8 allocation document unknown-document: INV-2",
            "9 payment amount not-positive-amount: 0.00",
            "10 allocation payment unknown-payment: PAY-9",
            "11 allocation amount over-allocated: 0.60",
            "12 allocation amount two-currencies: COP",
            "13 row amount bad-amount: 1.234,56",
        ]
    );
}

#[test]
fn a_complaint_is_kept_once_and_goes_when_its_row_is_mended_or_gone() {
    let mut bench = Bench::on("2026-03-10");
    let bad = |row| {
        let mut document = invoice(&format!("INV-{row}"), row, 100, "2026-01-31");
        document.customer = "luis".into();
        document
    };
    let broken = page(ana(Batch { documents: vec![bad(2), bad(3)], ..Batch::default() }));
    bench.import(vec![broken.clone()]);
    bench.import(vec![broken.clone()]);
    assert_eq!(bench.complaints().len(), 2);

    let mut mended = broken;
    mended.rows.customers.push(customer("luis", 4));
    mended.rows.documents.pop();
    let view = bench.import(vec![mended]);
    assert_eq!(view.quarantined, 0);
    assert_eq!(bench.complaints(), [""; 0]);
    let kept = "SELECT count(*) FROM quarantine WHERE resolution IN ('fixed', 'gone') AND length(value) = 0";
    let kept = bench.engine.store.read(|conn| conn.first(kept, &[], |row| row.int(0)));
    assert_eq!(kept.unwrap(), Some(2));
}

#[test]
fn an_address_of_no_use_is_left_out_and_said() {
    let mut bench = Bench::on("2026-03-10");
    let contact = |id: &str, row, email: &str, phone: &str| Contact {
        key: key(id, row),
        customer: "ana".into(),
        name: "Ana".into(),
        email: email.into(),
        phone: phone.into(),
        role: String::new(),
        attributes: Vec::new(),
    };
    let mut chilean = customer("chile", 2);
    (chilean.country, chilean.tax_id) = ("CL".into(), Some("76.086.428-5".into()));
    let mut mistyped = customer("chile-2", 3);
    (mistyped.country, mistyped.tax_id) = ("CL".into(), Some("76.086.428-6".into()));
    let mut colombian = customer("nit", 4);
    colombian.tax_id = Some("800.197.268-4".into());
    let rows = Batch {
        customers: vec![customer("ana", 1), chilean, mistyped, colombian],
        contacts: vec![
            contact("1", 5, "ana@acme.example", "+57 601 555 0100"),
            contact("2", 6, "ana at acme", "+57 601 555 0100"),
            contact("3", 7, "", "call me"),
        ],
        ..Batch::default()
    };
    let view = bench.import(vec![page(rows)]);
    assert_eq!(Bench::counts(&view), (7, 4, 0, 3));
    assert_eq!(
        bench.complaints(),
        [
            "3 customer tax_id bad-tax-id: 76.086.428-6",
            "6 contact email bad-email: ana at acme",
            "7 contact phone bad-phone: call me",
        ]
    );
    let sql = "SELECT email, phone FROM contacts ORDER BY external_id";
    let kept = bench
        .engine
        .store
        .read(|conn| conn.all(sql, &[], |row| Ok(format!("{} {}", row.text(0)?, row.text(1)?))));
    assert_eq!(kept.unwrap(), ["ana@acme.example +57 601 555 0100", " +57 601 555 0100", " "]);
}

#[test]
fn rows_a_plugin_loses_are_not_lost_in_silence() {
    let mut bench = Bench::on("2026-03-10");
    let mut told = page(ana(Batch::default()));
    told.read = 3;
    let view = bench.import(vec![told]);
    assert_eq!(Bench::counts(&view), (3, 1, 0, 2));
    assert_eq!(bench.complaints(), ["0 page 1  rows-unaccounted: 2"]);
}

#[test]
fn values_in_quarantine_are_sealed() {
    let mut bench = Bench::on("2026-03-10");
    let mut told = page(ana(Batch::default()));
    told.rejects = vec![reject(2, "name", "Ana María Restrepo", "bad-name")];
    told.read = 2;
    bench.import(vec![told]);
    let stored = bench
        .engine
        .store
        .read(|conn| conn.first("SELECT value FROM quarantine", &[], |row| Ok(row.bytes(0)?.to_vec())));
    let stored = stored.unwrap().unwrap();
    assert!(!stored.windows(8).any(|window| window == b"Restrepo"));
    assert_eq!(bench.quarantine()[0].value, "Ana María Restrepo");
}
