//! Ties the rooms together: a home directory becomes an engine with its plugins, clock and keys.
//!
//! This is the one library face for a program that carries Recaudo inside; `host/cli` is such a program.

pub mod page;
pub mod words;
