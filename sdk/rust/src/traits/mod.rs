//! A trait for each exported interface. What each function promises is written in the contract (`wit/`); here
//! is its shape in Rust.
//!
//! Connectors get a [`crate::Ctx`] and may ask for effects; everything else gets the bare [`crate::Context`]
//! and is a pure function.

mod connectors;
mod judges;

pub use connectors::{
    Agency, Bureau, Channel, Dialler, DirectDebit, Gateway, Importer, Listener, Ordered, Settlement,
    Statement, Writeback,
};
pub use judges::{
    Allocator, Assessor, Distributor, Forecaster, Gate, MessageWebhook, Negotiator, PaymentWebhook, Pricer,
    Provisioner, Replier, Responder, Scorer, Segmenter, Strategist,
};
