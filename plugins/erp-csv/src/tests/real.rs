//! The IBM sample, from the folder of real files beside the repository.

use std::collections::BTreeMap;
use std::path::PathBuf;

use recaudo_sdk::{Date, erp};

use super::bench::{Folder, Import, shown};

/// The file, or the reason why there is none here.
fn real(name: &str) -> Option<Vec<u8>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/ar").join(name);
    match std::fs::read(&path) {
        Ok(bytes) => Some(bytes),
        Err(error) => {
            assert!(std::env::var("CI").is_err(), "{}: {error}", path.display());
            eprintln!("skipped: {}: {error}", path.display());
            None
        }
    }
}

fn import(config: &str, name: &str, rows_max: u32) -> Option<Import> {
    let mut folder = Folder::new(config).with(name, real(name)?);
    folder.rows_max = rows_max;
    Some(folder.import())
}

/// Items and minor units open on a day: issued by then, and not settled by then.
fn open_on(import: &Import, on: Date, due_by: impl Fn(&erp::Document) -> bool) -> (usize, i64) {
    let settled: BTreeMap<&str, i32> =
        import.batch.allocations.iter().map(|a| (a.document.as_str(), a.on)).collect();
    let day = on.epoch_day();
    let open = import.batch.documents.iter().filter(|document| {
        document.issued <= day
            && settled.get(document.key.id.as_str()).is_none_or(|on| *on > day)
            && due_by(document)
    });
    open.fold((0, 0), |(n, sum), document| (n + 1, sum + document.total.minor))
}

#[test]
fn the_sample_comes_in_whole() {
    let config = include_str!("../../examples/ibm-accounts-receivable.json");
    let Some(import) = import(config, "WA_Fn-UseC_-Accounts-Receivable.csv", 500) else { return };
    let batch = &import.batch;
    assert_eq!((import.read, import.pages, import.rejects.len()), (2466, 5, 0));
    assert_eq!(batch.documents.len(), 2466);
    assert_eq!(batch.payments.len(), 2466);
    assert_eq!(batch.documents.iter().filter(|document| document.disputed).count(), 561);
    let customers: std::collections::BTreeSet<&str> =
        batch.customers.iter().map(|c| c.key.id.as_str()).collect();
    assert_eq!(customers.len(), 100);
    assert!(batch.customers.len() <= 500, "told once a page: {}", batch.customers.len());
    assert_eq!(import.control.iter().map(shown).collect::<Vec<_>>(), ["147703.18 USD"]);
    assert_eq!(batch.documents.iter().map(|document| document.total.minor).sum::<i64>(), 14_770_318);
    let first = &batch.documents[0];
    assert_eq!(
        (first.key.row, first.number.as_str(), shown(&first.total)),
        (2, "280670965", "50.39 USD".to_owned())
    );
    assert_eq!(batch.documents.last().map(|document| document.key.row), Some(2467));
    for (y, m, d, all, not_due) in
        [(2013, 6, 30, (84, 511_985), (72, 428_429)), (2012, 12, 31, (99, 572_506), (86, 493_632))]
    {
        let day = Date::from_ymd(y, m, d).expect("a day");
        assert_eq!(open_on(&import, day, |_| true), all, "open on {day}");
        assert_eq!(
            open_on(&import, day, |document| document.due >= day.epoch_day()),
            not_due,
            "not due on {day}"
        );
    }
}

#[test]
fn the_dirty_sample_is_accounted_for_row_by_row() {
    let config = include_str!("../../examples/ibm-with-missing.json");
    let Some(import) = import(config, "with_missing.csv", 5000) else { return };
    assert_eq!(import.read, 2586);
    let mut rows = import.rows_in();
    rows.extend(import.rejects.iter().map(|reject| reject.row));
    assert_eq!(rows, (2..=2587).collect());
    assert!(
        import.rejects.is_empty(),
        "blank are columns that may be blank only: {:?}",
        import.rejects.first()
    );
}

#[test]
fn the_sample_with_day_and_month_the_other_way_round_is_refused_where_it_shows() {
    let config = include_str!("../../examples/ibm-with-missing.json").replace("m/d/yyyy", "dd/mm/yyyy");
    let Some(import) = import(&config, "with_missing.csv", 5000) else { return };
    assert!(import.rejects.len() > 1000);
    let reject = &import.rejects[0];
    assert_eq!(
        (reject.row, reject.field.as_str(), reject.value.as_str(), reject.code.as_str()),
        (3, "SettledDate", "9/13/2013", "bad-date")
    );
    assert_eq!(
        import.rows_in().len() + import.rejects.len(),
        2586,
        "a row comes in or is refused, never both"
    );
}
