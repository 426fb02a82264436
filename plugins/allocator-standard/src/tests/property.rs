//! Whatever comes in: money is conserved, nothing is mixed, the order of the input means nothing.

use std::collections::BTreeMap;

use proptest::prelude::*;
use recaudo_sdk::policy::allocator::{Item, Receipt};

use super::desk::{allocate, item, receipt};

fn an_item() -> impl Strategy<Value = Item> {
    let open = prop_oneof![4 => 1_i64..400, 1 => -300_i64..0];
    (0_u8..4, 0_u32..30, 1_u32..28, open, any::<bool>(), 0_u8..3).prop_map(
        |(who, number, day, open, euro, scale)| {
            let mut made =
                item(&format!("c{who}"), &format!("FV-{number}"), &format!("2026-03-{day:02}"), "1.00 USD");
            made.open.minor = open * 100;
            if euro {
                made.open.currency = (b'E', b'U', b'R');
            }
            if scale == 0 {
                (made.open.minor, made.open.exponent) = (open, 0);
            }
            if number % 5 == 0 {
                made.attributes.push(("discount-until".into(), "2026-04-10".into()));
                made.attributes.push(("discount-amount".into(), "2.00".into()));
            }
            if number % 7 == 0 {
                made.references.push(format!("RCD-{number:04}"));
            }
            made
        },
    )
}

fn a_receipt() -> impl Strategy<Value = Receipt> {
    let text = prop_oneof![
        Just(String::new()),
        (0_u32..30, 0_u32..30).prop_map(|(a, b)| format!("FV-{a} y {b}")),
        (0_u32..30, 0_u32..30).prop_map(|(a, b)| format!("pago {a} al {b} RCD-000{b}")),
        "[A-Z0-9 ,/-]{0,30}",
        ".{0,20}",
    ];
    (0_u8..6, 1_u32..28, -50_i64..900, text, any::<bool>()).prop_map(|(who, day, amount, text, euro)| {
        let customer = if who < 4 { format!("c{who}") } else { String::new() };
        let mut made = receipt("r", &customer, &format!("2026-04-{day:02}"), "1.00 USD", &text);
        made.amount.minor = amount * 100;
        if euro {
            made.amount.currency = (b'E', b'U', b'R');
        }
        if who == 5 {
            made.attributes.push(("known-customer:c1".into(), String::new()));
        }
        made
    })
}

fn book() -> impl Strategy<Value = (Vec<Receipt>, Vec<Item>)> {
    (prop::collection::vec(a_receipt(), 0..12), prop::collection::vec(an_item(), 0..24)).prop_map(
        |(mut receipts, mut items)| {
            receipts.iter_mut().zip(0..).for_each(|(receipt, n)| receipt.id = format!("r{n}"));
            items.iter_mut().zip(0..).for_each(|(item, n)| item.id = format!("i{n}"));
            (receipts, items)
        },
    )
}

/// In hundredths, whatever the exponent.
fn cents(money: recaudo_sdk::values::Money) -> i64 {
    money.minor * 10_i64.pow(2 - u32::from(money.exponent))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn money_is_conserved_and_currencies_are_apart((receipts, items) in book()) {
        let made = allocate("{}", &receipts, &items).expect("a suggestion");
        let (mut by_receipt, mut by_item) = (BTreeMap::new(), BTreeMap::new());
        for a in &made.assignments {
            let from = receipts.iter().find(|receipt| receipt.id == a.receipt).expect("one of ours");
            let to = items.iter().find(|item| item.id == a.item).expect("one of ours");
            prop_assert_eq!(a.amount.currency, from.amount.currency);
            prop_assert_eq!(a.amount.currency, to.open.currency);
            prop_assert_eq!(a.amount.minor.signum(), to.open.minor.signum());
            prop_assert!((0..=1_000_000).contains(&a.confidence_ppm));
            *by_receipt.entry(a.receipt.clone()).or_insert(0) += cents(a.amount);
            *by_item.entry(a.item.clone()).or_insert(0) += cents(a.amount);
        }
        for receipt in &receipts {
            let given: i64 = by_receipt.get(&receipt.id).copied().unwrap_or(0);
            let left: i64 = made.differences.iter()
                .filter(|d| d.receipt == receipt.id && d.item.is_none()).map(|d| cents(d.amount)).sum();
            prop_assert!(given >= 0);
            prop_assert_eq!(given + left, cents(receipt.amount).max(0), "every cent is given or told");
        }
        for item in &items {
            let taken: i64 = by_item.get(&item.id).copied().unwrap_or(0);
            prop_assert!(taken.abs() <= cents(item.open).abs());
        }
        prop_assert!(made.differences.iter().all(|d| d.amount.minor > 0));
    }

    #[test]
    fn the_order_of_the_input_means_nothing((mut receipts, mut items) in book()) {
        let made = allocate("{}", &receipts, &items).expect("a suggestion");
        receipts.reverse();
        items.reverse();
        prop_assert_eq!(made, allocate("{}", &receipts, &items).expect("a suggestion"));
    }

    #[test]
    fn any_text_is_read_without_a_trap(text in ".{0,200}", number in ".{0,20}") {
        let items = [item("ana", &number, "2026-03-01", "10.00 USD")];
        let made = allocate("{}", &[receipt("r", "", "2026-04-01", "10.00 USD", &text)], &items);
        prop_assert!(made.is_ok());
    }
}
