//! A desk to tell stories at: items, receipts, and the suggestion in one line each.

use recaudo_sdk::bench::context;
use recaudo_sdk::policy::allocator::{Item, Receipt, Suggestion};
use recaudo_sdk::{Allocator, Date, Failure, Money, values};

use crate::AllocatorStandard;

/// `1234.50 USD`.
pub(super) fn money(text: &str) -> values::Money {
    let (number, code) = text.split_once(' ').expect("an amount and a currency");
    let exponent = if code == "CLP" { 0 } else { 2 };
    Money::parse(number, exponent, code.as_bytes().try_into().expect("three letters"))
        .expect("an amount")
        .into()
}

fn day(text: &str) -> i32 {
    Date::parse_iso(text).expect("a day").epoch_day()
}

/// An item whose id is its number.
pub(super) fn item(customer: &str, number: &str, due: &str, open: &str) -> Item {
    Item {
        id: number.into(),
        customer: customer.into(),
        number: number.into(),
        references: vec![],
        kind: if open.starts_with('-') { "credit-note" } else { "invoice" }.into(),
        issued: day(due) - 30,
        due: day(due),
        open: money(open),
        attributes: vec![],
    }
}

/// A receipt; an empty customer is an unknown one.
pub(super) fn receipt(id: &str, customer: &str, on: &str, amount: &str, text: &str) -> Receipt {
    Receipt {
        id: id.into(),
        customer: (!customer.is_empty()).then(|| customer.into()),
        amount: money(amount),
        received: day(on),
        reference: String::new(),
        remittance: text.into(),
        counterparty: String::new(),
        account: String::new(),
        attributes: vec![],
    }
}

pub(super) fn allocate(config: &str, receipts: &[Receipt], items: &[Item]) -> Result<Suggestion, Failure> {
    AllocatorStandard::allocate(context(config), receipts.to_vec(), items.to_vec())
}

/// `r1 -> INV-1 100.00 USD number 970000` and `r1 INV-2 5.00 USD short`, one line each.
pub(super) fn told(config: &str, receipts: &[Receipt], items: &[Item]) -> Vec<String> {
    let suggestion = allocate(config, receipts, items).expect("a suggestion");
    let given = suggestion.assignments.iter().map(|a| {
        let amount = Money::from(a.amount);
        format!("{} -> {} {amount} {} {}", a.receipt, a.item, a.rule, a.confidence_ppm)
    });
    let left = suggestion.differences.iter().map(|d| {
        let item = d.item.as_deref().unwrap_or("-");
        format!("{} {item} {} {}", d.receipt, Money::from(d.amount), d.code)
    });
    given.chain(left).collect()
}
