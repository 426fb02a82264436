//! Matches a generated book and prints what it took: `cargo run --release --example book -- RECEIPTS ITEMS BATCH`.
//!
//! Batches hold what a host would hand over: receipts of some customers and all that those customers owe.

use recaudo_sdk::bench::context;
use recaudo_sdk::policy::allocator::{Item, Receipt};
use recaudo_sdk::{Allocator, Money, values};

/// A small generator with a seed: the book is the same on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn index(&mut self, n: usize) -> usize {
        usize::try_from(self.below(n as u64)).unwrap_or(0)
    }
}

fn cop(minor: i64) -> values::Money {
    Money { minor, exponent: 2, currency: *b"COP" }.into()
}

fn items(dice: &mut Dice, count: usize) -> Vec<Item> {
    let item = |n: usize| {
        let issued = 20_000 + i32::try_from(dice.below(700)).unwrap_or(0);
        Item {
            id: format!("i{n}"),
            customer: format!("c{}", n / 8),
            number: format!("FV-{:07}", n + 1),
            references: vec![format!("RCD-{:010}", n * 7 + 3)],
            kind: "invoice".into(),
            issued,
            due: issued + 30,
            open: cop(i64::try_from(dice.below(90_000_000)).unwrap_or(0) + 10_000),
            attributes: vec![],
        }
    };
    (0..count).map(item).collect()
}

/// Seven ways in which people pay.
fn receipt(dice: &mut Dice, n: usize, items: &[Item]) -> Receipt {
    let at = dice.index(items.len());
    let item = &items[at];
    let other = items.get(at + 1).filter(|other| other.customer == item.customer).unwrap_or(item);
    let (digits, more) = (&item.number[3..], &other.number[3..]);
    let pair = if other.id == item.id { item.open.minor } else { item.open.minor + other.open.minor };
    let (known, amount, text) = match dice.below(7) {
        0 => (false, item.open.minor, format!("PAGO {}", item.references[0])),
        1 => (false, item.open.minor, format!("transferencia fact FV {digits} gracias")),
        2 => (false, pair, format!("PAGO FV{digits}, {more} SEGUN RELACION")),
        3 => (true, item.open.minor, "TRANSFERENCIA ACH 900123".into()),
        4 => (true, pair, "PAGO PROVEEDORES".into()),
        5 => (true, item.open.minor / 3 + 1, "abono".into()),
        _ => (false, item.open.minor, "CONSIGNACION EFECTIVO OFICINA 112".into()),
    };
    Receipt {
        id: format!("r{n}"),
        customer: known.then(|| item.customer.clone()),
        amount: cop(amount),
        received: 20_779,
        reference: String::new(),
        remittance: text,
        counterparty: String::new(),
        account: String::new(),
        attributes: vec![],
    }
}

/// CPU spent by this process so far, in hundredths of a second (Linux).
fn cpu() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(") ").next().unwrap_or_default();
    let mut fields = after.split(' ').skip(11).map(|field| field.parse::<u64>().unwrap_or(0));
    fields.next().unwrap_or(0) + fields.next().unwrap_or(0)
}

#[expect(clippy::print_stdout, reason = "its purpose")]
fn main() {
    let arguments: Vec<usize> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    let argument = |at: usize, default: usize| arguments.get(at).copied().unwrap_or(default).max(1);
    let (receipts, count, batch) = (argument(0, 100_000), argument(1, 200_000), argument(2, 1));
    let mut dice = Dice(7);
    let items = items(&mut dice, count);
    let receipts: Vec<Receipt> = (0..receipts).map(|n| receipt(&mut dice, n, &items)).collect();
    let before = cpu();
    let (mut given, mut differences) = (0, 0);
    for part in receipts.chunks(receipts.len().div_ceil(batch)) {
        let suggestion = recaudo_allocator_standard::AllocatorStandard::allocate(
            context("{}"),
            part.to_vec(),
            items.clone(),
        );
        match suggestion {
            Ok(suggestion) => {
                given += suggestion.assignments.len();
                differences += suggestion.differences.len();
            }
            Err(failure) => println!("{}: {}", failure.code, failure.message),
        }
    }
    let took = cpu() - before;
    println!(
        "{} receipts against {} items in {batch} calls: {given} assignments, {differences} differences, {}.{:02} s of CPU",
        receipts.len(),
        items.len(),
        took / 100,
        took % 100
    );
}
