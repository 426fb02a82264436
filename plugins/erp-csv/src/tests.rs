//! The plugin against a folder in memory.

mod bench;
mod forms;
mod property;
mod real;
mod records;
mod schema;
