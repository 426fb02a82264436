//! The collections domain: pure functions over values. No I/O, no clock, no randomness, no async.
//!
//! Modules in reading order.

pub mod day;
pub mod kpi;
pub mod money;
