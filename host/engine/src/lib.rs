//! The use cases: load, ask core or a plugin, save state and the jobs it causes in one transaction. Workers act.
//!
//! Modules in reading order.

pub mod report;
