//! The sample documents, from the folder beside the repository.

use std::path::PathBuf;

use recaudo_sdk::Date;
use recaudo_sdk::bench::Bench;

use super::{allocations, one_page, shown};

const FILES: [&str; 3] =
    ["cfdi40-valid.xml", "created-cfdi40-pago20-valid.xml", "created-with-discounts-40.xml"];

/// The folder, or the reason why it is not there.
fn samples(config: &str) -> Option<Bench> {
    let mut bench = Bench::new().config(config);
    for name in FILES {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/cfdi40").join(name);
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
fn the_stamped_sample_comes_in_and_the_others_wait_for_their_stamp() {
    let Some(bench) = samples("{}") else { return };
    let page = one_page(bench);
    let document = &page.rows.documents[0];
    assert_eq!((page.read, page.rows.documents.len()), (3, 1));
    assert_eq!(document.key.id, "6F35D3B5-3651-5370-BC2C-14CDBE384CD7");
    assert_eq!(
        (shown(document.total), Date::from_epoch_day(document.issued).to_string()),
        ("3327.01 MXN".into(), "2025-02-19".into())
    );
    let customer = &page.rows.customers[0];
    assert_eq!((customer.key.id.as_str(), customer.kind.as_str()), ("MCI7306249Y1", "business"));
    assert_eq!(
        allocations(&page),
        [format!("{0}#PUE -> {0} 3327.01 MXN", document.key.id)],
        "paid in one go"
    );
    let told: Vec<(&str, &str)> =
        page.rejects.iter().map(|reject| (reject.source.as_str(), reject.code.as_str())).collect();
    assert_eq!(told, [(FILES[1], "not-stamped"), (FILES[2], "not-stamped")]);
}

#[test]
fn unstamped_samples_come_in_when_that_is_wanted() {
    let Some(bench) = samples(r#"{"unstamped": "accept", "pue": "open"}"#) else { return };
    let page = one_page(bench);
    assert!(page.rejects.is_empty(), "{:?}", page.rejects);
    let totals: Vec<String> = page.rows.documents.iter().map(|document| shown(document.total)).collect();
    assert_eq!(totals, ["3327.01 MXN", "3248.00 USD"]);
    let dollars = &page.rows.documents[1];
    let rate = dollars.exchange_rate.expect("a rate");
    assert_eq!((dollars.number.as_str(), rate.coefficient, rate.scale), ("XXX-0000123456", 189_008, 4));
    let payment = &page.rows.payments[0];
    assert_eq!((shown(payment.amount), payment.reference.as_str()), ("15000.00 MXN".into(), "963852"));
    assert_eq!(Date::from_epoch_day(payment.received).to_string(), "2023-06-12");
    let id = &payment.key.id;
    assert_eq!(
        allocations(&page),
        [
            format!("{id} -> 00000000-1111-2222-3333-00000000000A 12000.00 MXN"),
            format!("{id} -> 00000000-1111-2222-3333-00000000000B 3000.00 MXN"),
        ]
    );
    assert!(page.rows.allocations[0].key.id.ends_with("00000000000A/2"), "its second part");
}
