//! The collections domain: pure functions over values. No I/O, no clock, no randomness, no async.
//!
//! Modules in reading order.

pub mod aging;
pub mod calendar;
pub mod cash;
pub mod charge;
pub mod contact;
pub mod day;
pub mod features;
pub mod gateway;
pub mod hold;
pub mod kpi;
pub mod ledger;
pub mod money;
pub mod receivable;
pub mod segment;
pub mod strategy;
