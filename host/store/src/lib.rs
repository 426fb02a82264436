//! The store: statements and migrations, one file an aggregate. It translates and decides nothing.
//!
//! `open` a [`Store`] in a file, or `connect` one on a server, then `read` with a [`Conn`] or `write` with a [`Tx`]. Statements are written once, with `$1`
//! parameters, in the words SQLite and PostgreSQL share; only `driver` knows which engine answers.
//!
//! Modules in reading order.

mod batch;
mod carry;
mod driver;
mod error;
mod migrate;
mod value;

pub mod action;
pub mod audit;
pub mod bank;
pub mod customer;
pub mod decision;
pub mod effect;
pub mod entry;
pub mod gateway;
pub mod history;
pub mod hold;
pub mod import;
pub mod item;
pub mod journal;
mod lock;
pub mod payment;
pub mod person_key;
pub mod portfolio;
pub mod quarantine;
pub mod report;
pub mod run;
pub mod sighting;
pub mod source;
pub mod suggestion;
pub mod watch;
pub mod writeback;

pub use carry::{Carried, Step};
pub use driver::{Bulk, Conn, Store, Tx};
pub use error::StoreError;
pub use lock::Lock;
pub use value::{Row, Value};

#[cfg(test)]
mod tests;
