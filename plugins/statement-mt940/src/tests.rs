//! Stories: every sample file, own lines in every dialect, every cut, damage.

mod own;
mod samples;

use recaudo_sdk::bench::Bench;
pub(super) use recaudo_sdk::bench::{joined as whole, proves, sum};
use recaudo_sdk::payments::statement::Page;
use recaudo_sdk::{Failure, Money};

use crate::StatementMt940;

pub(super) fn read(file: &[u8]) -> Result<Vec<Page>, Failure> {
    Bench::new().file("drop", "bank.sta", file).statements::<StatementMt940>("drop", "bank.sta")
}

pub(super) fn read_by(file: &[u8], chunk: usize) -> Result<Vec<Page>, Failure> {
    let bench = Bench::new().file("drop", "bank.sta", file);
    bench.chunks_of(chunk).statements::<StatementMt940>("drop", "bank.sta")
}

pub(super) fn shown(money: recaudo_sdk::values::Money) -> String {
    Money::from(money).to_string()
}
