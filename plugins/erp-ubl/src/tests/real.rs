//! The sample files of EN 16931 and of OASIS, from the folder beside the repository.

use std::collections::BTreeMap;
use std::path::PathBuf;

use recaudo_sdk::Date;
use recaudo_sdk::bench::Bench;

use super::{shown, whole};

/// File, kind, number, issued, due, payable, customer's id, contact.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

/// Read off the files by another program.
const EXPECTED: [Row; 21] = [
    (
        "ubl_en16931/guide-example1.xml",
        "invoice",
        "12115118",
        "2015-01-09",
        "2015-01-09",
        "250.33 EUR",
        "10202",
        "",
    ),
    (
        "ubl_en16931/guide-example2.xml",
        "invoice",
        "TOSL108",
        "2013-06-30",
        "2013-07-20",
        "801.78 NOK",
        "NO987654321MVA",
        "john@buyercompany.no",
    ),
    (
        "ubl_en16931/guide-example3.xml",
        "invoice",
        "TOSL108",
        "2013-04-10",
        "2013-05-10",
        "1125.00 DKK",
        "5790000435975",
        "",
    ),
    (
        "ubl_en16931/issue116.xml",
        "invoice",
        "2018210",
        "2018-02-08",
        "2018-03-07",
        "830.00 SEK",
        "SE123451234501",
        "",
    ),
    (
        "ubl_en16931/sample-discount-price.xml",
        "invoice",
        "test decimal 1",
        "2018-02-05",
        "2018-02-28",
        "15.15 EUR",
        "HR46830600751",
        "",
    ),
    (
        "ubl_en16931/ubl-tc434-creditnote1.xml",
        "credit-note",
        "018304 / 28865",
        "2019-09-23",
        "2019-09-23",
        "100.11 EUR",
        "BE0000000295",
        "pete.smith@mycustomercompany.be",
    ),
    (
        "ubl_en16931/ubl-tc434-example1.xml",
        "invoice",
        "12115118",
        "2015-01-09",
        "2015-01-09",
        "250.33 EUR",
        "10202",
        "",
    ),
    (
        "ubl_en16931/ubl-tc434-example10.xml",
        "invoice",
        "12115118",
        "2015-01-09",
        "2015-01-09",
        "250.33 EUR",
        "10202",
        "",
    ),
    (
        "ubl_en16931/ubl-tc434-example2.xml",
        "invoice",
        "TOSL108",
        "2013-06-30",
        "2013-07-20",
        "801.78 NOK",
        "NO987654321MVA",
        "john@buyercompany.no",
    ),
    (
        "ubl_en16931/ubl-tc434-example3.xml",
        "invoice",
        "TOSL108",
        "2013-04-10",
        "2013-05-10",
        "2005.00 DKK",
        "NO987654321MVA",
        "",
    ),
    (
        "ubl_en16931/ubl-tc434-example4.xml",
        "invoice",
        "TOSL110",
        "2013-04-10",
        "2013-05-10",
        "4675.00 DKK",
        "5790000436057",
        "",
    ),
    (
        "ubl_en16931/ubl-tc434-example5.xml",
        "invoice",
        "TOSL110",
        "2013-04-10",
        "2013-05-10",
        "2337.50 DKK",
        "DK16356607",
        "john.hansen@buyercompany.dk",
    ),
    (
        "ubl_en16931/ubl-tc434-example6.xml",
        "invoice",
        "TOSL110",
        "2013-04-10",
        "2013-05-10",
        "4675.00 DKK",
        "Buyercompany ltd",
        "",
    ),
    (
        "ubl_en16931/ubl-tc434-example7.xml",
        "invoice",
        "INVOICE_test_7",
        "2013-03-11",
        "2013-03-11",
        "3200.00 SEK",
        "THe Buyercompany",
        "john@buyercompany.no",
    ),
    (
        "ubl_en16931/ubl-tc434-example8.xml",
        "invoice",
        "1100512149",
        "2014-11-10",
        "2014-11-24",
        "1099.78 EUR",
        "1081119",
        "",
    ),
    (
        "ubl_en16931/ubl-tc434-example9.xml",
        "invoice",
        "20150483",
        "2015-04-01",
        "2015-04-14",
        "177.87 EUR",
        "Provide Verzekeringen",
        "",
    ),
    (
        "ubl_oasis/UBL-CreditNote-2.1-Example.xml",
        "credit-note",
        "TOSL108",
        "2009-12-15",
        "2009-12-15",
        "729.00 EUR",
        "BE54321",
        "john@buyercompany.eu",
    ),
    (
        "ubl_oasis/UBL-DebitNote-2.5-Example.xml",
        "debit-note",
        "DN0001",
        "2025-07-24",
        "2025-07-24",
        "247.55 EUR",
        "BE987654321",
        "",
    ),
    (
        "ubl_oasis/UBL-Invoice-2.0-Example.xml",
        "invoice",
        "A00095678",
        "2005-06-21",
        "2005-07-21",
        "107.50 GBP",
        "12356478",
        "fred@iytcorporation.gov.uk",
    ),
    (
        "ubl_oasis/UBL-Invoice-2.1-Example-Trivial.xml",
        "invoice",
        "123",
        "2011-09-22",
        "2011-09-22",
        "100.00 CAD",
        "North American Veeblefetzer",
        "",
    ),
    (
        "ubl_oasis/UBL-Invoice-2.1-Example.xml",
        "invoice",
        "TOSL108",
        "2009-12-15",
        "2009-12-31",
        "729.00 EUR",
        "BE54321",
        "john@buyercompany.eu",
    ),
];
const REFUSED: [(&str, &str); 3] = [
    ("ubl_oasis/UBL-Reminder-2.1-Example.xml", "Reminder"),
    ("ubl_oasis/UBL-RemittanceAdvice-2.0-Example.xml", "RemittanceAdvice"),
    ("ubl_oasis/UBL-Statement-2.0-Example.xml", "Statement"),
];

/// The folders, or the reason why they are not there.
fn samples() -> Option<Bench> {
    let mut bench = Bench::new();
    for name in EXPECTED.map(|row| row.0).into_iter().chain(REFUSED.map(|row| row.0)) {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
        match std::fs::read(&path) {
            Ok(bytes) => bench.put("drop", name, bytes),
            Err(error) => {
                assert!(std::env::var("CI").is_err(), "{}: {error}", path.display());
                eprintln!("skipped: {}: {error}", path.display());
                return None;
            }
        }
    }
    Some(bench)
}

#[test]
fn every_sample_comes_in_as_it_is_or_is_refused_by_name() {
    let Some(bench) = samples() else { return };
    let page = whole(bench);
    assert_eq!(page.read, 24);
    assert_eq!((page.rows.documents.len(), page.rows.customers.len()), (21, 21));
    for (at, expected) in EXPECTED.iter().enumerate() {
        let (file, kind, number, issued, due, payable, customer, contact) = *expected;
        let document = &page.rows.documents[at];
        let day = |day| Date::from_epoch_day(day).to_string();
        let contacts = page.rows.contacts.iter().filter(|contact| contact.key.row == document.key.row);
        let address = contacts.map(|contact| contact.email.as_str()).next().unwrap_or_default();
        assert_eq!(
            (document.kind.as_str(), document.number.as_str(), day(document.issued), day(document.due)),
            (kind, number, issued.to_owned(), due.to_owned()),
            "{file}"
        );
        assert_eq!(
            (shown(document.total), document.customer.as_str(), address),
            (payable.to_owned(), customer, contact),
            "{file}"
        );
        assert_eq!(page.rows.customers[at].key.id, customer, "{file}");
    }
    for (reject, (file, root)) in page.rejects.iter().zip(REFUSED) {
        assert_eq!(
            (reject.source.as_str(), reject.field.as_str(), reject.code.as_str()),
            (file, root, "unknown-kind")
        );
    }
    assert_eq!(page.rejects.len(), 3);
}

#[test]
fn the_samples_sum_to_what_another_program_sums_them_to() {
    let Some(bench) = samples() else { return };
    let mut totals: BTreeMap<(String, String), i64> = BTreeMap::new();
    for document in whole(bench).rows.documents {
        let money = recaudo_sdk::Money::from(document.total);
        *totals.entry((document.kind, money.code().to_owned())).or_insert(0) += money.minor;
    }
    let told: Vec<String> =
        totals.iter().map(|((kind, code), minor)| format!("{kind} {minor} {code}")).collect();
    assert_eq!(
        told,
        [
            "credit-note 82911 EUR",
            "debit-note 24755 EUR",
            "invoice 10000 CAD",
            "invoice 1481750 DKK",
            "invoice 277279 EUR",
            "invoice 10750 GBP",
            "invoice 160356 NOK",
            "invoice 403000 SEK",
        ]
    );
}

#[test]
fn prepaid_references_and_addresses_of_a_sample() {
    let Some(bench) = samples() else { return };
    let page = whole(bench);
    let row = EXPECTED.iter().position(|row| row.0.ends_with("UBL-Invoice-2.1-Example.xml")).expect("there");
    let (document, customer) = (&page.rows.documents[row], &page.rows.customers[row]);
    let attribute = |name: &str| {
        document.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    };
    assert_eq!(attribute("prepaid"), Some("1000.00 EUR"));
    assert_eq!(attribute("gross"), Some("1729.00 EUR"));
    assert_eq!(attribute("payment-reference"), Some("Payref1"));
    assert_eq!((customer.name.as_str(), customer.country.as_str()), ("Buyercompany ltd", "BE"));
    assert_eq!(customer.tax_id.as_deref(), Some("BE54321"));
    let named = page.rows.documents.iter().find(|document| document.number == "A00095678").expect("there");
    assert_eq!(named.key.id, "849FBBCE-E081-40B4-906C-94C5FF9D1AC3");
}
