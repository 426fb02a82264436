//! One integration binary: real plugins in the sandbox, the real program, real servers.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test may fail, and says what it skips")]

mod support;

mod aging;
mod cash;
mod cli;
mod contract;
mod demo;
mod erp_csv;
mod gate;
mod import;
mod ledger;
mod price;
mod report;
mod run;
mod sandbox;
mod score;
mod serve;
mod smtp;
mod store;
mod tryton;
