//! Stories: every sample file, own files for what the samples lack, every cut, damage, hostile files.

mod fixtures;
mod hostile;
mod own;
mod samples;

use recaudo_sdk::bench::Bench;
pub(super) use recaudo_sdk::bench::{joined as whole, proves, sum};
use recaudo_sdk::payments::statement::{Entry, Page};
use recaudo_sdk::{Failure, Money};

use crate::StatementCamt;

pub(super) fn read(file: &[u8]) -> Result<Vec<Page>, Failure> {
    Bench::new().file("drop", "bank.xml", file).statements::<StatementCamt>("drop", "bank.xml")
}

pub(super) fn read_by(file: &[u8], chunk: usize) -> Result<Vec<Page>, Failure> {
    let bench = Bench::new().file("drop", "bank.xml", file).chunks_of(chunk);
    { bench }.statements::<StatementCamt>("drop", "bank.xml")
}

pub(super) fn entries(file: &[u8]) -> Vec<Entry> {
    whole(&read(file).expect("a good file")).into_iter().flat_map(|statement| statement.entries).collect()
}

pub(super) fn shown(money: recaudo_sdk::values::Money) -> String {
    Money::from(money).to_string()
}

pub(super) fn attribute<'a>(entry: &'a Entry, name: &str) -> Option<&'a str> {
    entry.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}
