//! Amounts, credit notes, what stays short or over, and who it was.

use super::desk::{allocate, item, receipt, told};

#[test]
fn on_2_april_a_known_customer_pays_one_invoice_to_the_cent() {
    let items = [item("ana", "A", "2026-03-01", "80.00 USD"), item("ana", "B", "2026-04-01", "120.00 USD")];
    let paid = [receipt("r", "ana", "2026-04-02", "120.00 USD", "transferencia")];
    assert_eq!(told("{}", &paid, &items), ["r -> B 120.00 USD exact-amount 900000"]);
}

#[test]
fn two_rents_of_the_same_amount_are_a_guess_and_say_so() {
    let items =
        [item("ana", "MAR", "2026-03-01", "500.00 USD"), item("ana", "ABR", "2026-04-01", "500.00 USD")];
    let paid = [receipt("r", "ana", "2026-04-02", "500.00 USD", "arriendo")];
    assert_eq!(
        told("{}", &paid, &items),
        ["r -> MAR 500.00 USD exact-amount 300000", "r ABR 500.00 USD ambiguous"]
    );
    let twice = [paid[0].clone(), receipt("s", "ana", "2026-04-03", "500.00 USD", "arriendo")];
    assert_eq!(
        told("{}", &twice, &items)[1],
        "s -> ABR 500.00 USD exact-amount 300000",
        "what the first guess left over is no surer than the guess"
    );
}

#[test]
fn the_same_number_of_two_customers_is_a_guess_unless_the_amount_tells() {
    let mut items =
        [item("ana", "INV-7", "2026-03-01", "50.00 USD"), item("ben", "INV-7", "2026-03-01", "50.00 USD")];
    items[0].id = "ana7".into();
    items[1].id = "ben7".into();
    let tell = |customer: &str, items: &[_]| {
        told("{}", &[receipt("r", customer, "2026-04-02", "50.00 USD", "INV-7")], items)
    };
    assert_eq!(tell("", &items), ["r -> ana7 50.00 USD number 300000", "r ben7 50.00 USD ambiguous"]);
    assert_eq!(tell("ben", &items), ["r -> ben7 50.00 USD number 970000"]);
    items[0].open.minor = 7_000;
    assert_eq!(tell("", &items), ["r -> ben7 50.00 USD number 820000"]);
    assert_eq!(tell("eva", &items), ["r -> ben7 50.00 USD number 450000"], "somebody else pays for ben");
}

#[test]
fn a_discount_counts_until_its_day() {
    let mut items =
        [item("ana", "A", "2026-04-30", "1000.00 USD"), item("ana", "B", "2026-05-30", "70.00 USD")];
    items[0].attributes.push(("discount-until".into(), "2026-04-10".into()));
    items[0].attributes.push(("discount-amount".into(), "20.00 USD".into()));
    let tell = |on, text| {
        told(r#"{"bank_fee": {"USD": "0"}}"#, &[receipt("r", "ana", on, "980.00 USD", text)], &items)
    };
    assert_eq!(tell("2026-04-10", ""), ["r -> A 980.00 USD discount 880000", "r A 20.00 USD discount"]);
    assert_eq!(tell("2026-04-11", ""), ["r -> A 980.00 USD oldest-first 500000", "r A 20.00 USD short"]);
    items[0].number = "FV-9001".into();
    let tell =
        |on, text| told(r#"{"bank_fee": {"USD": "0"}}"#, &[receipt("r", "", on, "980.00 USD", text)], &items);
    assert_eq!(tell("2026-04-10", "fv 9001"), ["r -> A 980.00 USD number 960000", "r A 20.00 USD discount"]);
    assert_eq!(tell("2026-04-11", "fv 9001"), ["r -> A 980.00 USD number 880000", "r A 20.00 USD short"]);
}

#[test]
fn what_is_missing_has_a_reason() {
    let config = r#"{"withholding_ppm": [25000, 35000]}"#;
    let mut items = vec![item("ana", "FV-9001", "2026-04-30", "1190.00 USD")];
    items[0].attributes.push(("net".into(), "1000.00 USD".into()));
    let tell = |amount: &str, text: &str| {
        told(config, &[receipt("r", "ana", "2026-05-02", &format!("{amount} USD"), text)], &items)
    };
    let near = |amount: &str, code: &str| {
        [format!("r -> FV-9001 {amount} USD near-amount 750000"), format!("r FV-9001 {code}")]
    };
    assert_eq!(tell("1189.97", ""), near("1189.97", "0.03 USD rounding"));
    assert_eq!(tell("1165.00", ""), near("1165.00", "25.00 USD withholding"), "2.5 % of the net");
    assert_eq!(tell("1160.25", ""), near("1160.25", "29.75 USD withholding"), "2.5 % of what is owed");
    assert_eq!(tell("1172.00", ""), near("1172.00", "18.00 USD bank-fee"));
    assert_eq!(
        tell("1172.00", "FV-9001"),
        ["r -> FV-9001 1172.00 USD number 930000", "r FV-9001 18.00 USD bank-fee"]
    );
    assert_eq!(tell("1190.02", ""), ["r -> FV-9001 1190.00 USD near-amount 750000", "r - 0.02 USD rounding"]);
    assert_eq!(
        tell("700.00", "FV-9001"),
        ["r -> FV-9001 700.00 USD number 880000", "r FV-9001 490.00 USD short"]
    );
}

#[test]
fn a_withholding_the_erp_expects_is_told_by_its_amount() {
    let mut items = vec![item("ana", "A", "2026-04-30", "1000.00 USD")];
    items[0].attributes.push(("withholding".into(), "107.14".into()));
    let paid = [receipt("r", "ana", "2026-05-02", "892.86 USD", "")];
    assert_eq!(
        told("{}", &paid, &items),
        ["r -> A 892.86 USD near-amount 750000", "r A 107.14 USD withholding"]
    );
}

#[test]
fn sums_of_several_items() {
    let items: Vec<_> = ["113.17", "248.33", "391.71", "77.19"]
        .iter()
        .zip(1..)
        .map(|(open, month)| {
            item("ana", &format!("M{month}X"), &format!("2026-0{month}-15"), &format!("{open} USD"))
        })
        .collect();
    let tell =
        |amount: &str| told("{}", &[receipt("r", "ana", "2026-05-02", &format!("{amount} USD"), "")], &items);
    assert_eq!(tell("325.52"), ["r -> M2X 248.33 USD sum 850000", "r -> M4X 77.19 USD sum 850000"]);
    assert_eq!(tell("830.40").len(), 4);
    assert!(tell("830.40").iter().all(|line| line.ends_with("all-open 900000")));
}

#[test]
fn sums_that_fit_twice_are_a_guess() {
    let items: Vec<_> = ["100.00", "200.00", "200.00", "450.00"]
        .iter()
        .zip(1..)
        .map(|(open, month)| {
            item("ana", &format!("M{month}"), &format!("2026-0{month}-15"), &format!("{open} USD"))
        })
        .collect();
    assert_eq!(
        told("{}", &[receipt("r", "ana", "2026-05-02", "300.00 USD", "")], &items),
        ["r -> M1 100.00 USD sum 300000", "r -> M2 200.00 USD sum 300000"]
    );
}

#[test]
fn credit_notes_go_along() {
    let items = [
        item("ana", "FV-501", "2026-03-01", "1000.00 USD"),
        item("ana", "NC-33", "2026-03-10", "-150.00 USD"),
        item("ana", "FV-502", "2026-04-01", "400.00 USD"),
    ];
    let tell = |amount: &str, text: &str| {
        told("{}", &[receipt("r", "ana", "2026-05-02", &format!("{amount} USD"), text)], &items)
    };
    let named = |ppm| {
        [format!("r -> FV-501 1000.00 USD number {ppm}"), format!("r -> NC-33 -150.00 USD number {ppm}")]
    };
    assert_eq!(tell("850.00", "FV 501 menos NC 33"), named(970_000));
    assert_eq!(tell("850.00", "FV 501"), named(910_000), "the text does not say it, the amount does");
    assert_eq!(tell("1250.00", "").len(), 3, "everything open");
    assert_eq!(
        tell("250.00", ""),
        ["r -> NC-33 -150.00 USD sum 850000", "r -> FV-502 400.00 USD sum 850000"]
    );
}

#[test]
fn oldest_first_for_a_known_customer_and_only_if_wanted() {
    let items = [
        item("ana", "C", "2026-05-01", "300.00 USD"),
        item("ana", "A", "2026-03-01", "111.00 USD"),
        item("ana", "B", "2026-04-01", "222.00 USD"),
    ];
    let paid = [receipt("r", "ana", "2026-05-02", "200.00 USD", "abono")];
    assert_eq!(
        told("{}", &paid, &items),
        [
            "r -> A 111.00 USD oldest-first 500000",
            "r -> B 89.00 USD oldest-first 500000",
            "r B 133.00 USD short"
        ]
    );
    assert_eq!(told(r#"{"oldest_first": false}"#, &paid, &items), ["r - 200.00 USD advance"]);
}

#[test]
fn over_advance_and_unidentified() {
    let items = [item("ana", "FV-501", "2026-03-01", "100.00 USD")];
    let paid = [
        receipt("a", "", "2026-05-01", "130.00 USD", "FV-501"),
        receipt("b", "", "2026-05-02", "100.00 USD", "FV-501"),
        receipt("c", "ana", "2026-05-03", "55.00 USD", ""),
        receipt("d", "", "2026-05-04", "77.00 USD", "hola"),
        receipt("e", "zoe", "2026-05-05", "88.00 USD", "anticipo"),
        receipt("f", "ana", "2026-05-06", "-100.00 USD", "devolucion FV-501"),
    ];
    assert_eq!(
        told("{}", &paid, &items),
        [
            "a -> FV-501 100.00 USD number 940000",
            "a - 30.00 USD over",
            "b - 100.00 USD over",
            "c - 55.00 USD advance",
            "d - 77.00 USD unidentified",
            "e - 88.00 USD advance",
        ]
    );
}

#[test]
fn an_account_that_paid_before_says_whose_money_it_is() {
    let items = [
        item("ana", "A", "2026-03-01", "100.00 USD"),
        item("ben", "B", "2026-03-01", "100.00 USD"),
        item("ben", "C", "2026-04-01", "250.00 USD"),
    ];
    let mut paid = receipt("r", "", "2026-05-01", "100.00 USD", "");
    assert_eq!(
        told("{}", &[paid.clone()], &items)[0],
        "r -> A 100.00 USD exact-amount 300000",
        "either of two"
    );
    paid.attributes = vec![("known-customer:ben".into(), String::new())];
    assert_eq!(told("{}", &[paid.clone()], &items), ["r -> B 100.00 USD exact-amount 850000"]);
    paid.attributes =
        vec![("known-customer:ben".into(), String::new()), ("known-customer".into(), "ana".into())];
    assert_eq!(told("{}", &[paid], &items)[0], "r -> A 100.00 USD exact-amount 300000", "it paid for both");
}

#[test]
fn nobody_knows_the_payer_and_one_item_alone_has_the_amount() {
    let items = [item("ana", "A", "2026-03-01", "137.41 USD"), item("ben", "B", "2026-03-01", "90.00 USD")];
    let one = receipt("r", "", "2026-05-01", "137.41 USD", "");
    assert_eq!(told("{}", std::slice::from_ref(&one), &items), ["r -> A 137.41 USD exact-amount 600000"]);
    let two = [one, receipt("s", "", "2026-05-01", "137.41 USD", "")];
    assert_eq!(
        told("{}", &two, &items),
        ["r -> A 137.41 USD exact-amount 300000", "s - 137.41 USD unidentified"],
        "which of the two it was is a guess"
    );
}

#[test]
fn three_instalments_of_one_number_are_paid_in_their_order() {
    let mut items: Vec<_> =
        (1..=3).map(|n| item("ana", "FV-77", &format!("2026-0{n}-15"), "100.00 USD")).collect();
    for (item, n) in items.iter_mut().zip(1..) {
        item.id = format!("77#{n}");
    }
    let tell = |amount| told("{}", &[receipt("r", "", "2026-05-01", amount, "FV 77")], &items);
    assert_eq!(tell("100.00 USD"), ["r -> 77#1 100.00 USD number 910000"]);
    assert_eq!(tell("200.00 USD").len(), 2);
    assert_eq!(tell("300.00 USD")[2], "r -> 77#3 100.00 USD number 970000");
    assert_eq!(
        tell("150.00 USD"),
        ["r -> 77#1 100.00 USD number 670000", "r -> 77#2 50.00 USD number 670000", "r 77#2 50.00 USD short"]
    );
}

#[test]
fn currencies_are_never_mixed() {
    let items = [
        item("ana", "FV-501", "2026-03-01", "100.00 USD"),
        item("ana", "FV-502", "2026-03-01", "100.00 EUR"),
    ];
    let paid = [receipt("r", "ana", "2026-05-01", "100.00 EUR", "FV-501")];
    assert_eq!(told("{}", &paid, &items), ["r -> FV-502 100.00 EUR exact-amount 900000"]);
    let paid = [receipt("r", "ana", "2026-05-01", "100.00 GBP", "FV-501")];
    assert_eq!(told("{}", &paid, &items), ["r - 100.00 GBP advance"]);
}

#[test]
fn a_source_may_write_more_decimals_than_another() {
    let mut items = [item("ana", "A", "2026-03-01", "9000 CLP")];
    let mut paid = receipt("r", "ana", "2026-05-01", "9000 CLP", "");
    (paid.amount.minor, paid.amount.exponent) = (900_000, 2);
    assert_eq!(told("{}", &[paid.clone()], &items), ["r -> A 9000 CLP exact-amount 900000"]);
    items[0].open.minor = i64::MAX;
    let failure = allocate("{}", &[paid], &items).expect_err("it does not fit two decimals more");
    assert_eq!(failure.code, "amount-too-large");
}

#[test]
fn what_comes_twice_is_refused_and_what_is_not_there_is_no_trouble() {
    let items = [item("ana", "A", "2026-03-01", "100.00 USD"), item("ana", "A", "2026-03-01", "100.00 USD")];
    assert_eq!(allocate("{}", &[], &items).expect_err("twice").code, "duplicate");
    assert_eq!(told("{}", &[], &[]), Vec::<String>::new());
    assert_eq!(
        told("{}", &[receipt("r", "", "2026-05-01", "1.00 USD", "")], &[]),
        ["r - 1.00 USD unidentified"]
    );
}

#[test]
fn a_configuration_that_cannot_work_names_its_key() {
    for (config, key) in [
        (r#"{"confidence": {"guessing": 1}}"#, "/confidence"),
        (r#"{"withholding_ppm": [0]}"#, "/withholding_ppm"),
        (r#"{"sum_items_max": 99}"#, "/sum_items_max"),
        (r#"{"rounding": {"USD": "-1"}}"#, "/rounding"),
        (r#"{"speed": 1}"#, "/speed"),
    ] {
        let failure = allocate(config, &[], &[]).expect_err(config);
        assert_eq!(failure.details, [("key".to_owned(), key.to_owned())], "{config}");
    }
}
