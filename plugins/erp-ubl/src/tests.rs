//! Folders of documents: what comes in, what is refused and how that reads.

mod real;
mod stories;

use recaudo_sdk::bench::Bench;
use recaudo_sdk::{Money, erp};

use crate::ErpUbl;

/// All pages of a folder as one.
fn import(config: &str, files: &[(&str, &str)]) -> erp::Page {
    let bench =
        files.iter().fold(Bench::new().config(config), |bench, (path, text)| bench.file("drop", path, *text));
    whole(bench)
}

fn whole(mut bench: Bench) -> erp::Page {
    let mut pages = bench.pull::<ErpUbl>("documents", 500).expect("the folder is read").into_iter();
    let mut whole = pages.next().expect("a page");
    for page in pages {
        whole.read += page.read;
        whole.rejects.extend(page.rejects);
        whole.rows.customers.extend(page.rows.customers);
        whole.rows.contacts.extend(page.rows.contacts);
        whole.rows.documents.extend(page.rows.documents);
        whole.rows.allocations.extend(page.rows.allocations);
    }
    whole
}

fn shown(money: recaudo_sdk::values::Money) -> String {
    Money::from(money).to_string()
}
