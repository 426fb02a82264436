//! Folders of CFDI: what comes in, what is refused and how that reads.

mod real;
mod stories;

use recaudo_sdk::bench::Bench;
use recaudo_sdk::{Money, erp};

use crate::ErpCfdi;

fn import(config: &str, files: &[(&str, &str)]) -> erp::Page {
    let bench =
        files.iter().fold(Bench::new().config(config), |bench, (path, text)| bench.file("drop", path, *text));
    one_page(bench)
}

fn one_page(mut bench: Bench) -> erp::Page {
    let mut pages = bench.pull::<ErpCfdi>("documents", 500).expect("the folder is read");
    assert_eq!(pages.len(), 1);
    pages.remove(0)
}

fn shown(money: recaudo_sdk::values::Money) -> String {
    Money::from(money).to_string()
}

/// `id -> document amount`, one line an allocation.
fn allocations(page: &erp::Page) -> Vec<String> {
    let settler = |settler: &erp::Settler| match settler {
        erp::Settler::Payment(id) | erp::Settler::CreditNote(id) => id.clone(),
    };
    page.rows
        .allocations
        .iter()
        .map(|one| format!("{} -> {} {}", settler(&one.settler), one.document, shown(one.amount)))
        .collect()
}
