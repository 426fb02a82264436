//! One integration binary: real plugins in the sandbox, the real program, real servers.

mod support;

mod contract;
mod sandbox;
mod aging;
mod erp_csv;
mod gate;
mod import;
mod ledger;
mod run;
mod score;
mod smtp;
mod cli;
mod demo;
mod report;
