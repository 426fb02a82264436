//! Roads tell in any order; cents are neither made nor lost.

use proptest::prelude::*;

use super::assign::{Assignment, Fate, Purse, decide};
use super::reach::{Ask, Debt, Reach};
use super::same::{Evidence, Trace, Verdict, evidence, recognise, write_back_reference, written_back};
use super::{Ours, difference, plain, snapshot_moves, yielded};
use crate::day::Day;
use crate::money::Currency;

const COP: Currency = Currency(*b"COP");

fn money(minor: i64, on: i32) -> Trace {
    Trace::new(minor, COP, Day(on))
}

#[test]
fn a_statement_says_by_how_much_it_is_not_whole() {
    assert_eq!(difference(1_000, 250, 1_250), Ok(0));
    assert_eq!(difference(1_000, 250, 1_300), Ok(50));
    assert!(difference(i64::MAX, 1, 0).is_err());
}

#[test]
fn our_own_reference_is_found_in_whatever_stands_around_it() {
    let reference = write_back_reference(4_711);
    assert_eq!(written_back(&format!("Pago {} / junio", reference.to_lowercase())), Some(4_711));
    assert_eq!(written_back("RECAUDO-PX"), None);
    assert_eq!(written_back("factura 4711"), None);
}

#[test]
fn a_reference_proves_more_than_a_customer_and_a_customer_more_than_a_day() {
    let bank = Trace { text: plain("pago fact. FV-1020 gracias"), ..money(5_000, 10) }.reference("TRX 99812");
    let by_reference = money(5_000, 12).reference("trx-99812");
    assert_eq!(evidence(&bank, &by_reference, 5), Some(Evidence::Reference));
    let by_document = Trace { documents: vec![plain("FV-1020")], ..money(5_000, 12) };
    assert_eq!(evidence(&bank, &by_document, 5), Some(Evidence::Strong));
    let part_of_a_number = Trace { documents: vec![plain("FV-102")], ..money(5_000, 12) };
    assert_eq!(evidence(&bank, &part_of_a_number, 5), Some(Evidence::Weak));
    assert_eq!(evidence(&bank, &money(5_000, 16), 5), None, "six days are too many");
    assert_eq!(evidence(&bank, &money(5_001, 10), 5), None);
}

#[test]
fn a_name_may_be_turned_around_and_another_name_on_another_day_is_another_payment() {
    let named = |name: &str, on| Trace { name: plain(name), ..money(5_000, on) };
    let erp = named("Ana María Gómez Peña", 10);
    assert_eq!(evidence(&named("GOMEZ PENA ANA MARIA", 12), &erp, 5), Some(Evidence::Strong));
    assert_eq!(evidence(&named("Comercial Sur S.A.", 12), &erp, 5), None);
    assert_eq!(evidence(&named("Comercial Sur S.A.", 10), &erp, 5), Some(Evidence::Weak));
}

#[test]
fn several_candidates_or_a_weak_one_wait_for_a_person() {
    let told = Trace { customer: Some(7), ..money(5_000, 10) };
    let same = Trace { customer: Some(7), ..money(5_000, 11) };
    let nobody = money(5_000, 10);
    let other = Trace { customer: Some(8), ..money(5_000, 10) };
    assert_eq!(recognise(&told, [&nobody, &same], 5), Verdict::Same(1, Evidence::Strong));
    let nearer = Trace { on: Day(10), ..same.clone() };
    assert_eq!(recognise(&told, [&same, &nearer], 5), Verdict::Same(1, Evidence::Strong), "one customer's");
    let by_name = |customer| Trace { customer, name: plain("Ana Gómez"), ..money(5_000, 10) };
    let named = Trace { name: plain("GOMEZ ANA"), ..money(5_000, 10) };
    assert_eq!(
        recognise(&named, [&by_name(Some(7)), &by_name(Some(8))], 5),
        Verdict::Ambiguous(vec![0, 1]),
        "two people of one name"
    );
    assert_eq!(recognise(&told, [&nobody], 5), Verdict::Ambiguous(vec![0]));
    assert_eq!(recognise(&told, [&other], 5), Verdict::New);
}

#[test]
fn a_receipt_is_posted_whole_or_waits_whole() {
    let purse = |minor| Purse { minor, currency: COP };
    let assigned = |receipt, item, amount_minor, confidence_ppm| Assignment {
        receipt,
        item,
        amount_minor,
        currency: COP,
        confidence_ppm,
    };
    let assignments = [
        assigned(0, 0, 600, 990_000),
        assigned(0, 1, 400, 800_000),
        assigned(1, 1, 400, 950_000),
        assigned(1, 1, 100, 950_000),
        assigned(2, 0, 10, 950_000),
    ];
    let fates = decide(&assignments, &[purse(1_000), purse(500)], &[purse(600), purse(450)], 900_000);
    assert_eq!(fates, [Fate::Waits, Fate::Waits, Fate::Posted, Fate::Unfit, Fate::Unfit]);
}

#[test]
fn a_snapshot_that_does_not_know_our_money_yet_does_not_reopen_what_is_paid() {
    assert_eq!(snapshot_moves(1_000, 0, -1_000), Ok(0), "not known there yet");
    assert_eq!(snapshot_moves(0, 0, -1_000), Ok(0), "known there now");
    assert_eq!(snapshot_moves(0, 400, -600), Ok(-400), "more came than we know of");
    assert_eq!(snapshot_moves(300, 400, -600), Ok(-100));
    assert_eq!(snapshot_moves(700, 1_000, 0), Ok(-300), "without our money it is as ever");
    assert_eq!(snapshot_moves(1_200, 400, -600), Ok(200), "a debit note raised it");
}

#[test]
fn ours_gives_way_on_the_same_pair_first_and_no_more_than_needed() {
    let ours = Ours { on_item: 1_000, of_settler: 700, of_both: 400 };
    let full = yielded(1_000, (0, 300), ours);
    assert_eq!((full.pair, full.on_item, full.of_settler), (400, 600, 300));
    assert_eq!(yielded(500, (500, 500), ours), super::Yielded::default());
}

/// The same money by three roads, as each tells it.
fn roads() -> [Trace; 3] {
    let erp = Trace {
        customer: Some(7),
        name: plain("Ana Gómez"),
        documents: vec![plain("INV-1001")],
        ..money(100_000, 20)
    };
    let bank = Trace { text: plain("pago INV-1001"), name: plain("GOMEZ ANA"), ..money(100_000, 19) };
    [erp, bank.reference("E2E-77"), Trace { customer: Some(7), ..money(100_000, 18) }.reference("E2E-77")]
}

proptest! {
    #[test]
    fn any_order_of_roads_gives_one_payment(order in Just([0_usize, 1, 2]).prop_shuffle(), repeat in 0_usize..3) {
        let roads = roads();
        let mut payments: Vec<Vec<usize>> = Vec::new();
        for road in order.into_iter().chain([order[repeat]]) {
            if payments.iter().any(|seen| seen.contains(&road)) {
                continue;
            }
            // A payment is known by all that was told of it: the best telling counts.
            let best = payments.iter().position(|seen| {
                let known = seen.iter().map(|known| &roads[*known]);
                matches!(recognise(&roads[road], known, 5), Verdict::Same(..) | Verdict::Ambiguous(_))
            });
            match best {
                Some(place) => payments[place].push(road),
                None => payments.push(vec![road]),
            }
        }
        prop_assert_eq!(payments.len(), 1);
        prop_assert_eq!(payments[0].len(), 3);
    }

    #[test]
    fn no_cent_is_made_by_posting(
        purses in proptest::collection::vec(0_i64..10_000, 1..6),
        items in proptest::collection::vec(0_i64..10_000, 1..6),
        wishes in proptest::collection::vec((0_usize..6, 0_usize..6, -10_i64..12_000, 0_i32..1_000_000), 0..24),
    ) {
        let assignments: Vec<Assignment> = wishes
            .into_iter()
            .map(|(receipt, item, amount_minor, confidence_ppm)| {
                Assignment { receipt, item, amount_minor, currency: COP, confidence_ppm }
            })
            .collect();
        let purse = |minor: &i64| Purse { minor: *minor, currency: COP };
        let (receipts, open): (Vec<_>, Vec<_>) =
            (purses.iter().map(purse).collect(), items.iter().map(purse).collect());
        let fates = decide(&assignments, &receipts, &open, 500_000);
        let sum = |of: &dyn Fn(&Assignment) -> bool, fate: Fate| -> i64 {
            assignments.iter().zip(&fates).filter(|(a, f)| **f == fate && of(a)).map(|(a, _)| a.amount_minor).sum()
        };
        for (place, purse) in receipts.iter().enumerate() {
            let taken = sum(&|a| a.receipt == place, Fate::Posted) + sum(&|a| a.receipt == place, Fate::Waits);
            prop_assert!(taken <= purse.minor);
        }
        for (place, item) in open.iter().enumerate() {
            prop_assert!(sum(&|a| a.item == place, Fate::Posted) <= item.minor);
        }
    }

    #[test]
    fn what_yields_makes_room_and_never_more_than_ours(
        asked in 1_i64..5_000, open in 0_i64..5_000, left in 0_i64..5_000,
        both in 0_i64..5_000, item in 0_i64..5_000, settler in 0_i64..5_000,
    ) {
        let ours = Ours { on_item: both + item, of_settler: both + settler, of_both: both };
        let y = yielded(asked, (open, left), ours);
        prop_assert!(y.pair <= both && y.on_item <= item && y.of_settler <= settler);
        prop_assert!(open + y.pair + y.on_item >= asked.min(open + both + item));
        prop_assert!(left + y.pair + y.of_settler >= asked.min(left + both + settler));
    }
}

#[test]
fn a_receipt_reaches_what_it_names_what_has_its_amount_and_what_its_payer_owes() {
    let mut reach = Reach::default();
    let debts = [
        (1, 5_000, "FV-2026-000123"),
        (1, 7_000, "FV-2026-000124"),
        (2, 9_000, "A 77"),
        (3, 9_000, "INV-880"),
    ];
    for (customer, open_minor, number) in debts {
        reach.add(&Debt { customer, open_minor, currency: COP, number });
    }
    let find = |minor, customers: &[i64], text: &str| {
        let ask = Ask { minor, currency: COP, customers, texts: [text, ""] };
        reach.find(&ask).into_iter().collect::<Vec<_>>()
    };
    assert_eq!(find(1, &[], "pago fact fv2026000123"), [0]);
    assert_eq!(find(1, &[], "facturas 123 y 124"), [0, 1]);
    assert_eq!(find(1, &[], "facturas 123 a 130"), [0, 1]);
    assert_eq!(find(9_000, &[], "sin referencia"), [2, 3]);
    assert_eq!(find(1, &[2], ""), [2]);
    assert_eq!(find(1, &[], "inv 880"), [3]);
    assert_eq!(find(1, &[], ""), [] as [usize; 0]);
}
