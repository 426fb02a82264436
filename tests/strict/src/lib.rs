//! Payment gateways on loopback, as strict as their own contracts, for tests.
//!
//! A [`Server`] speaks HTTP/1.1 on a free port. It loads the vendor's published OpenAPI file from
//! `../shared/specs` beside the repository, and every request is checked against it: path, method, query, body, no
//! field the vendor does not know. It wants credentials, replays the answer of a repeated idempotency key, refuses
//! the key with another body, keeps state (links, payments, refunds, settlements), checks its own answers against
//! the vendor's response schemas, and can be told to misbehave.
//!
//! ```no_run
//! use recaudo_strict::{Fault, Server, vendors::Stripe};
//!
//! # fn main() -> std::io::Result<()> {
//! let Some(stripe) = Stripe::load("sk_test_1", "whsec_1") else { return Ok(()) }; // says why it skips
//! let server = Server::start(stripe)?;
//! let origin = server.origin(); // "http://127.0.0.1:PORT"; `localhost_origin` names the host instead
//! server.tell(Fault::Lost); // the next commit is done and never answered
//! // ... the program under test calls it ...
//! server.state(|stripe| stripe.pay("plink_1", None)); // the payer pays
//! server.deliver_webhooks(&format!("{origin}/hooks"), recaudo_strict::Order::Doubled)?;
//! assert_eq!(server.complaints(), Vec::<String>::new());
//! # Ok(())
//! # }
//! ```
//!
//! | fault | what the server does |
//! |---|---|
//! | [`Fault::Slow`] | waits, then works and answers |
//! | [`Fault::Late`] | works, and answers only after a wait |
//! | [`Fault::Lost`] | works, and closes without an answer |
//! | [`Fault::Half`] | works, and cuts its answer in the middle |
//! | [`Fault::Garbage`] | works, and answers 200 with bytes that are no JSON |
//! | [`Fault::OtherVersion`] | works, and answers 200 with fields nobody knows |
//! | [`Fault::Status`], [`Fault::TooMany`] | does nothing and answers that status |
//! | [`Fault::Html`] | does nothing and answers 200 with a page |
//! | [`Fault::Closed`] | closes before it has read the request |
//!
//! Where a vendor publishes no schema (Mercado Pago, and Stripe's balance side, which the file at hand leaves out) the
//! schema under `schemas/` was written from its public documentation.
mod fault;
mod form;
mod schema;
mod server;
mod sign;
mod spec;
mod wire;

pub mod vendors;

pub use fault::Fault;
pub use server::{Order, Seen, Server};
pub use sign::{hmac_sha256, verifies_rsa};
pub use spec::{Spec, shared};
pub use vendors::{Call, Hook, Vendor};
pub use wire::{Exchange, Reply, Request, Sent, exchange};
