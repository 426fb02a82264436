//! Which open items does incoming money settle? Rules in order, each with how sure it is; what stays short or over
//! has a reason.
//!
//! What a text names goes first, whoever pays; then what a known customer's amount says; then an amount that fits
//! one item only. Whatever fits more than one thing is a guess and says so. Read `book` (what is there, and the
//! two promises), `text` and `index` (numbers in texts), `named` and `amount` (the rules).

mod amount;
mod book;
mod config;
mod index;
mod named;
mod short;
mod subset;
#[cfg(test)]
mod tests;
mod text;

use recaudo_sdk::policy::allocator::{Item, Receipt, Suggestion};
use recaudo_sdk::{Context, Failure};

use book::Book;
use config::Config;
use index::{Hit, Index, Named};

/// The plugin.
#[derive(Debug, Clone, Copy)]
pub struct AllocatorStandard;

impl recaudo_sdk::Allocator for AllocatorStandard {
    fn allocate(ctx: Context, receipts: Vec<Receipt>, items: Vec<Item>) -> Result<Suggestion, Failure> {
        let config = Config::read(&ctx.config)?;
        let mut book = Book::open(&receipts, &items)?;
        let hits = read(&book);
        for named in [Named::Reference, Named::Number, Named::Digits] {
            for (purse, hits) in hits.iter().enumerate() {
                if hits.iter().any(|hit| hit.named == named) {
                    named::settle(&config, &mut book, purse, hits, named);
                }
            }
        }
        for rule in amount::ORDER {
            if rule == config::Rule::OldestFirst {
                amount::unknown(&config, &mut book);
            }
            for purse in 0..book.purses.len() {
                amount::known(&config, &mut book, purse, rule);
            }
        }
        amount::leftovers(&config, &mut book);
        Ok(book.suggestion())
    }
}
recaudo_sdk::export!(AllocatorStandard: Allocator);

/// What each receipt's texts name.
fn read(book: &Book<'_>) -> Vec<Vec<Hit>> {
    let index = Index::new(book);
    let hits = |purse: &book::Purse<'_>| {
        let mut found = vec![];
        for written in [&purse.receipt.reference, &purse.receipt.remittance] {
            found.extend(index.hits(book, written, &purse.payers, purse.currency));
        }
        found.sort_unstable_by_key(|hit| (hit.line, hit.named));
        found.dedup_by_key(|hit| hit.line);
        found
    };
    book.purses.iter().map(hits).collect()
}
