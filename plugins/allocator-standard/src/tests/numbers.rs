//! Document numbers in the texts of payers and banks.

use super::desk::{item, receipt, told};

/// The items that a text of customer `ana` names, when the amount is their sum.
fn named(text: &str, amount: &str) -> Vec<String> {
    let mut items: Vec<_> =
        (118..130).map(|n| item("ana", &format!("FV-{n:06}"), "2026-03-31", "10.00 USD")).collect();
    items.push(item("ana", "INV-1", "2026-03-31", "10.00 USD"));
    items.push(item("ana", "INV-12", "2026-03-31", "10.00 USD"));
    items.push(item("ana", "F001-00004321", "2026-03-31", "10.00 USD"));
    let lines = told("{}", &[receipt("r", "", "2026-04-01", amount, text)], &items);
    let given = lines.iter().filter(|line| line.contains(" number "));
    given.filter_map(|line| line.split(' ').nth(2).map(str::to_owned)).collect()
}

#[test]
fn a_number_is_found_however_it_is_written() {
    for text in [
        "FV-000123",
        "pago fact fv 123",
        "Pago Factura FV000123 gracias",
        "F V - 0 0 0 1 2 3",
        "F.V. 123",
        "FV#123",
        "/INV/FV-000123/2026-03-31",
        "FV-000 123",
        "PAGO DE FV - 123.",
        "fv_123",
    ] {
        assert_eq!(named(text, "10.00 USD"), ["FV-000123"], "{text}");
    }
    for text in
        ["F001-4321", "F001 00004321", "f0010 0004321", "F00100004321", "ref F001-00004321 del 15/03/2026"]
    {
        assert_eq!(named(text, "10.00 USD"), ["F001-00004321"], "{text}");
    }
}

#[test]
fn a_number_has_borders() {
    assert_eq!(named("INV-1", "10.00 USD"), ["INV-1"]);
    assert_eq!(named("INV-12", "10.00 USD"), ["INV-12"]);
    for text in ["INV-123", "XINV-1", "INV-1A", "9INV-1", "INV1234", "FV-1231", "FV-12", "AFV-123"] {
        assert_eq!(named(text, "10.00 USD"), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn several_numbers_lists_and_ranges() {
    let two = ["FV-000123", "FV-000125"];
    for text in
        ["FV-123 FV-125", "FV 123, 125", "FV123/125", "FV-123/25", "FV 123 y 125", "FV123+125", "fv 123 125"]
    {
        assert_eq!(named(text, "20.00 USD"), two, "{text}");
    }
    let range = ["FV-000123", "FV-000124", "FV-000125"];
    for text in
        ["FV 123 A 125", "de la FV-123 a la 125, FV-124", "FV-123 AL FV-125", "FV-123-125", "FV123 to FV125"]
    {
        assert_eq!(named(text, "30.00 USD"), range, "{text}");
    }
}

#[test]
fn digits_alone_need_a_payer_or_an_amount() {
    let items = [
        item("ana", "FV-000123", "2026-03-31", "10.00 USD"),
        item("ben", "FV-000200", "2026-03-31", "99.00 USD"),
    ];
    let tell =
        |customer, amount, text| told("{}", &[receipt("r", customer, "2026-04-01", amount, text)], &items);
    assert_eq!(tell("ana", "10.00 USD", "pago factura 123"), ["r -> FV-000123 10.00 USD number 900000"]);
    assert_eq!(tell("", "10.00 USD", "pago factura 123"), ["r -> FV-000123 10.00 USD number 850000"]);
    assert_eq!(
        tell("", "7.00 USD", "pago factura 123"),
        ["r - 7.00 USD unidentified"],
        "another amount, nobody's"
    );
    assert_eq!(
        tell("ana", "7.00 USD", "oficina 123"),
        ["r -> FV-000123 7.00 USD oldest-first 500000", "r FV-000123 3.00 USD short"],
        "digits that explain nothing name nothing"
    );
}

#[test]
fn days_and_amounts_in_a_text_are_no_numbers() {
    let items = [
        item("ana", "15", "2026-03-31", "10.00 USD"),
        item("ana", "2026", "2026-03-31", "20.00 USD"),
        item("ana", "77", "2026-04-30", "30.00 USD"),
    ];
    let lines = told("{}", &[receipt("r", "ana", "2026-04-01", "30.00 USD", "pago del 15/03/2026")], &items);
    assert_eq!(lines, ["r -> 77 30.00 USD exact-amount 900000"]);
}

#[test]
fn our_own_reference_goes_before_everything() {
    let mut items =
        vec![item("ana", "FV-1", "2026-03-31", "10.00 USD"), item("ana", "FV-2", "2026-03-31", "10.00 USD")];
    items[1].references.push("rcd-7f3a-0009".into());
    let mut paid = receipt("r", "", "2026-04-01", "10.00 USD", "FV-1");
    paid.reference = "RCD7F3A0009".into();
    assert_eq!(told("{}", &[paid.clone()], &items), ["r -> FV-2 10.00 USD reference 990000"]);
    paid.reference.clear();
    paid.remittance = "ORD//RCD-7F3A-0009 GRACIAS".into();
    assert_eq!(told("{}", &[paid], &items), ["r -> FV-2 10.00 USD reference 990000"]);
}

#[test]
fn a_uuid_is_a_reference_too() {
    let mut items = vec![item("ana", "A-1", "2026-03-31", "10.00 USD")];
    items[0].references.push("6F35B0A1-77D2-4B8E-9C33-00AA11BB22CC".into());
    let text = "pago cfdi 6f35b0a1-77d2-4b8e-9c33-00aa11bb22cc";
    let lines = told("{}", &[receipt("r", "", "2026-04-01", "4.00 USD", text)], &items);
    assert_eq!(lines, ["r -> A-1 4.00 USD reference 900000", "r A-1 6.00 USD short"]);
}
