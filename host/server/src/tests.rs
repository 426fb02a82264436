//! The server's routes as strangers, gateways, payers and operators meet them.

mod bench;
mod intake;
mod limits;
mod payer;
mod setup;
mod tls;
mod watched;
