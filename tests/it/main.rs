//! One integration binary: real plugins in the sandbox, the real program, real servers.

mod support;

mod contract;
mod sandbox;
mod aging;
mod gate;
mod import;
mod ledger;
mod smtp;
