//! The embedded store: statements and migrations, one file an aggregate. It translates and decides nothing.
//!
//! `open` a [`Store`], then `read` with a [`Conn`] or `write` with a [`Tx`]. Statements are written once, with `$1`
//! parameters, in the words SQLite and PostgreSQL share; only `driver` knows which engine answers.
//!
//! Modules in reading order.

mod driver;
mod error;
mod migrate;
mod value;

pub use driver::{Bulk, Conn, Store, Tx};
pub use error::StoreError;
pub use value::{Row, Value};

#[cfg(test)]
mod tests;
