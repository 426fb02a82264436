//! Prints what a row costs natively: `cargo run --release --example bench_card -p recaudo-scorer-standard`.
#![expect(clippy::print_stdout, reason = "a bench prints")]

use std::time::Instant;

use recaudo_scorer_standard::{card, model::Model};
use recaudo_sdk::scoring::{Batch, Bits, Codes, Column, Data, Ints};

const ROWS: u32 = 8_192;
const ROUNDS: u32 = 200;

fn main() {
    let config = include_bytes!("twelve.json");
    let model = Model::read(config).expect("the bench's model is valid");
    let batch = batch(&model.columns());
    let mut nanos: Vec<u128> = Vec::new();
    let mut sum = 0_i64;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let model = Model::read(config).expect("the bench's model is valid");
        let scores = card::score(&model, &batch).expect("the batch fits");
        nanos.push(start.elapsed().as_nanos());
        sum += scores.ppm.iter().map(|&ppm| i64::from(ppm)).sum::<i64>();
    }
    nanos.sort_unstable();
    let median = nanos[nanos.len() / 2];
    println!(
        "{} columns, {} features: {} ns a row, the model read each time (median of {ROUNDS}; sum {sum})",
        batch.columns.len(),
        model.features.len(),
        median / u128::from(ROWS)
    );
}

/// Values from a simple congruence: spread, and the same each time.
fn batch(names: &[String]) -> Batch {
    let mut state = 7_u64;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut column = |name: &String| {
        let data = match name.as_str() {
            "currency" => codes(&["USD", "COP", "MXN"], &mut next),
            "country" => codes(&["CO", "MX", "US", "CL"], &mut next),
            "kind" => codes(&["invoice", "debit-note"], &mut next),
            "disputed" => {
                let values = (0..ROWS).map(|_| u8::from(next(10) == 0)).collect();
                Data::Bits(Bits { values, present: vec![] })
            }
            _ => {
                let (below, scale) = match name.as_str() {
                    "amount" => (10_000_000, 2),
                    "days_to_pay_mean" | "recent_days_to_pay_mean" | "days_late_mean" => (6_000, 2),
                    "settled_items" | "past_due_items" | "open_items" => (30, 0),
                    "days_past_due" | "term_days" => (90, 0),
                    _ => (1_000_000, 0),
                };
                let values = (0..ROWS).map(|_| next(below).cast_signed()).collect();
                let present = if scale == 2 { (0..ROWS / 8).map(|_| 0xF7).collect() } else { vec![] };
                Data::Ints(Ints { values, scale, present })
            }
        };
        Column { name: name.clone(), data }
    };
    Batch {
        rows: ROWS,
        ids: (0..u64::from(ROWS)).collect(),
        columns: names.iter().map(&mut column).collect(),
    }
}

fn codes(dictionary: &[&str], next: &mut impl FnMut(u64) -> u64) -> Data {
    let values = (0..ROWS).map(|_| u32::try_from(next(dictionary.len() as u64)).unwrap_or(0)).collect();
    Data::Codes(Codes {
        values,
        dictionary: dictionary.iter().map(|&code| code.into()).collect(),
        present: vec![],
    })
}
