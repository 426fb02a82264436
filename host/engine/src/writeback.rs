//! Tells the ERP what happened here, each thing once: payments it does not have, what went back of them, pauses in chasing.
//!
//! `wish` keeps what is to be told, with its job, in the transaction that causes it; `make` turns it into an entry when it is
//! told, for by then the ERP may have told of it itself; `work` has the plugin write it, asks about what is unknown, and hands
//! to a person what nobody can tell. The import that brings a payment back knows it by our reference.

mod make;
mod persons;
#[cfg(test)]
mod tests;
mod wish;
mod work;

pub use persons::{Found, WritebackView, found, persons};
pub use work::{WorkView, work};

pub(crate) use wish::{came_again, held, paid, went_back};

/// Kinds of what is told, as stored.
const RECEIPT: &str = "receipt";
const REVERSAL: &str = "reversal";
const NOTE: &str = "note";
