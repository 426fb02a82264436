//! Learning told on a made-up town, and measured on a public receivables file where it is at hand.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use recaudo_core::day::Day;
use recaudo_core::features::ItemFacts;
use recaudo_core::money::Currency;
use recaudo_ports::table::{Batch, Data};
use recaudo_scorer_standard::{card, model::Model};
use recaudo_sdk::scoring;

use super::{
    COLUMNS, Document, Options, TrainError, TrainReport, Trained, TrainingTable, Words, fit, judge, train,
};

/// The plugin's own source, compiled natively.
fn ask(config: &str, batch: &Batch) -> Result<Vec<i32>, String> {
    let said = |failure: recaudo_sdk::Failure| failure.message;
    let model = Model::read(config.as_bytes()).map_err(said)?;
    Ok(card::score(&model, &native(batch)).map_err(said)?.ppm)
}

fn native(batch: &Batch) -> scoring::Batch {
    let column = |column: &recaudo_ports::table::Column| {
        let data = match column.data.clone() {
            Data::Ints { values, scale, present } => {
                scoring::Data::Ints(scoring::Ints { values, scale, present })
            }
            Data::Days { values, present } => scoring::Data::Days(scoring::Days { values, present }),
            Data::Codes { values, dictionary, present } => {
                scoring::Data::Codes(scoring::Codes { values, dictionary, present })
            }
            Data::Bits { values, present } => scoring::Data::Bits(scoring::Bits { values, present }),
        };
        scoring::Column { name: column.name.clone(), data }
    };
    let rows = u32::try_from(batch.ids.len()).unwrap();
    scoring::Batch { rows, ids: batch.ids.clone(), columns: batch.columns.iter().map(column).collect() }
}

fn learn(table: &TrainingTable, split: &str) -> Result<Trained, TrainError> {
    train(table, split.parse().unwrap(), &Options::default(), &mut ask)
}

fn words() -> Words {
    Words {
        kinds: vec!["invoice".into()],
        countries: vec![String::new()],
        customer_kinds: vec![String::new()],
    }
}

/// Customers 0.. each get an invoice a fortnight; customer k pays it `delay(k, n)` days after its due date.
fn town(customers: u64, invoices: i32, delay: impl Fn(u64, i32) -> i32) -> TrainingTable {
    let start: Day = "2024-01-01".parse().unwrap();
    let mut table = TrainingTable::new(words(), start.plus(invoices * 14));
    for customer in 0..customers {
        let document = |n: i32| {
            let issued_on = start.plus(n * 14);
            let due_on = issued_on.plus(30);
            let facts = ItemFacts {
                issued_on,
                due_on,
                settled_on: Some(due_on.plus(delay(customer, n))),
                amount_minor: 10_000 + i64::from(n) * 100,
                currency: Currency(*b"COP"),
                disputed: false,
            };
            Document { id: customer * 1000 + u64::try_from(n).unwrap(), kind: 0, facts }
        };
        table.push_customer(0, 0, &(0..invoices).map(document).collect::<Vec<_>>());
    }
    table
}

#[test]
fn a_town_of_habits_is_learned() {
    // A third always pays late, the rest on time; now and then either does the contrary.
    let table = town(60, 40, |customer, n| {
        let odd = (i32::try_from(customer).unwrap() * 7 + n * 13) % 11 == 0;
        if (customer % 3 == 0) != odd { 12 } else { -4 }
    });
    let report = learn(&table, "2024-12-31").unwrap().report;
    assert!(report.auc_ppm > 850_000, "{report:?}");
    assert!(report.brier_ppm < report.base_brier_ppm / 2, "{report:?}");
    let (low, high) = (&report.deciles[0], &report.deciles[9]);
    assert!(low.observed_ppm < 200_000 && high.observed_ppm > 800_000, "{report:?}");
    assert!((report.predicted_ppm - report.observed_ppm).abs() < 50_000, "{report:?}");
}

#[test]
fn nothing_after_the_split_changes_the_model() {
    let habit = |customer: u64, n: i32| {
        if (customer + u64::try_from(n / 3).unwrap()).is_multiple_of(3) { 9 } else { -2 }
    };
    let split: Day = "2024-12-31".parse().unwrap();
    let split_at = split.since("2024-01-01".parse().unwrap());
    let told = town(40, 40, habit);
    // Whoever is open at the split, pays otherwise afterwards.
    let other = town(40, 40, |customer, n| {
        let paid = habit(customer, n);
        if n * 14 + 30 + paid < split_at && n * 14 + 30 < split_at { paid } else { 40 - paid }
    });
    let model = |table: &TrainingTable| fit(table, split, &Options::default()).unwrap();
    assert_eq!(model(&told), model(&other));
}

#[test]
fn too_little_history_is_refused_in_words() {
    let refusal = |table: &TrainingTable, split: &str| learn(table, split).unwrap_err().to_string();
    let small = town(5, 12, |customer, _| if customer == 0 { 5 } else { 0 });
    assert_eq!(
        refusal(&small, "2024-05-01"),
        "too little history before the split: 35 documents with a known outcome, 200 are needed; choose a later split or wait"
    );
    let punctual = town(60, 40, |_, _| 0);
    assert_eq!(
        refusal(&punctual, "2024-12-31"),
        "nothing to tell apart before the split: 0 of 1440 documents are late, both outcomes need 10"
    );
    let table = town(60, 40, |customer, _| if customer % 2 == 0 { 5 } else { 0 });
    assert!(refusal(&table, "2025-12-31").starts_with("too little history after the split: 0 documents"));
}

#[test]
fn the_area_under_the_curve_counts_pairs() {
    let late = [false, false, true, true];
    assert_eq!(judge::auc_ppm(&[1, 2, 3, 4], &late), 1_000_000);
    assert_eq!(judge::auc_ppm(&[1, 3, 2, 4], &late), 750_000);
    assert_eq!(judge::auc_ppm(&[5, 5, 5, 5], &late), 500_000);
    assert_eq!(judge::auc_ppm(&[4, 3, 2, 1], &late), 0);
}

#[test]
fn every_column_of_the_registry_can_be_sent_and_no_other() {
    let registry = include_str!("../../../../wit/COLUMNS.md");
    let scoring = registry.split("## Scoring").nth(1).unwrap().split("## Strategy").next().unwrap();
    let named = scoring.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    assert_eq!(named.collect::<BTreeSet<_>>(), COLUMNS.into_iter().collect());
    let table = town(1, 3, |_, _| 0);
    let names = COLUMNS.map(String::from);
    assert_eq!(table.batch(&[0, 1, 2], &names).unwrap().columns.len(), COLUMNS.len());
    let refusal = table.batch(&[0], &["shoe_size".into()]).unwrap_err();
    assert_eq!(refusal.to_string(), "no column shoe_size in the scoring registry");
}

/// The file's rows: customer, dates (dd/mm/yyyy), amount, disputed.
fn public_file(text: &str) -> TrainingTable {
    let date = |text: &str| -> Day {
        let (day, rest) = text.split_once('/').unwrap();
        let (month, year) = rest.split_once('/').unwrap();
        format!("{year}-{month}-{day}").parse().unwrap()
    };
    let mut customers: BTreeMap<String, Vec<Document>> = BTreeMap::new();
    let mut until = Day(0);
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let settled_on = date(cells[8]);
        until = until.max(settled_on);
        let (whole, cents) = cells[6].split_once('.').unwrap_or((cells[6], "0"));
        let facts = ItemFacts {
            issued_on: date(cells[4]),
            due_on: date(cells[5]),
            settled_on: Some(settled_on),
            amount_minor: format!("{whole}{cents:0<2}").parse().unwrap(),
            currency: Currency(*b"USD"),
            disputed: cells[7] == "Yes",
        };
        let document = Document { id: cells[3].parse().unwrap(), kind: 0, facts };
        customers.entry(cells[1].into()).or_default().push(document);
    }
    let mut table = TrainingTable::new(words(), until);
    customers.values().for_each(|documents| table.push_customer(0, 0, documents));
    table
}

#[test]
fn on_the_public_file_it_beats_the_customers_own_late_rate() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/ar/WA_Fn-UseC_-Accounts-Receivable.csv");
    let Ok(text) = std::fs::read_to_string(&file) else {
        assert!(std::env::var_os("CI").is_none(), "{} is not there", file.display());
        println!("skipped: {} is not there", file.display());
        return;
    };
    let table = public_file(&text);
    let Trained { config_json, report } = learn(&table, "2013-03-31").unwrap();
    println!("{config_json}");
    print(&report);
    assert_eq!((report.n_train, report.n_test), (1488, 872));
    assert!(report.baseline_auc_ppm >= 866_000, "{report:?}");
    assert!(report.auc_ppm >= 877_000, "{report:?}");
    assert!(report.brier_ppm < 150_000 && report.brier_ppm < report.base_brier_ppm, "{report:?}");

    let expert =
        judge(&table, "2013-03-31".parse().unwrap(), &Options::default(), (EXPERT, &mut ask)).unwrap();
    println!("the expert's card:");
    print(&expert);
    assert!(expert.auc_ppm > 800_000, "{expert:?}");
}

/// A configuration without a model: the scorer uses its expert's card.
const EXPERT: &str = "{}";

fn print(report: &TrainReport) {
    let TrainReport { auc_ppm, baseline_auc_ppm, base_rate_ppm, observed_ppm, predicted_ppm, .. } = report;
    println!(
        "auc {auc_ppm} (own late rate {baseline_auc_ppm}); base {base_rate_ppm}, observed {observed_ppm}, predicted {predicted_ppm}"
    );
    println!(
        "brier {} (base {}), train {}, test {}",
        report.brier_ppm, report.base_brier_ppm, report.n_train, report.n_test
    );
    for decile in &report.deciles {
        println!("  {:>7} {:>7} {}", decile.predicted_ppm, decile.observed_ppm, decile.n);
    }
}
