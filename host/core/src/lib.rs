//! The collections domain: pure functions over values. No I/O, no clock, no randomness, no async.
//!
//! Modules in reading order.

pub mod contact;
pub mod day;
pub mod hold;
pub mod kpi;
pub mod money;
pub mod segment;
pub mod strategy;
