//! What each vendor keeps and says.
mod conekta;
mod khipu;
mod mercadopago;
mod stripe;

use serde_json::Value;

use crate::spec::Spec;
use crate::wire::{Reply, Request};

pub use conekta::Conekta;
pub use khipu::Khipu;
pub use mercadopago::MercadoPago;
pub use stripe::Stripe;

/// A request that fits the vendor's schema.
#[derive(Debug)]
pub struct Call<'a> {
    /// Method and path as the vendor writes them, `POST /v1/refunds`.
    pub operation: &'a str,
    /// The path's placeholders.
    pub ids: &'a [String],
    /// In the schema's types.
    pub query: &'a Value,
    /// In the schema's types; null when there is none.
    pub body: &'a Value,
}

/// A webhook on its way.
#[derive(Debug, Clone)]
pub struct Hook {
    /// What the vendor appends to the URL; mostly empty.
    pub query: String,
    /// Content type and signature.
    pub headers: Vec<(String, String)>,
    /// As signed.
    pub body: Vec<u8>,
}

/// One vendor's behaviour.
pub trait Vendor: Send + 'static {
    /// Its operations.
    fn spec(&self) -> &Spec;
    /// Does the request carry the credential?
    fn authorised(&self, request: &Request) -> bool;
    /// The vendor's form of an error.
    fn refusal(&self, status: u16, code: &str, message: &str) -> Reply;
    /// The header of its idempotency keys, if it knows any.
    fn key_header(&self) -> Option<&'static str>;
    /// What it says to a known key with another request.
    fn key_conflict(&self) -> Reply;
    /// It is now this second.
    fn at(&mut self, now: i64);
    /// Does what is asked.
    fn serve(&mut self, call: &Call<'_>) -> Reply;
    /// Takes the webhooks that wait, signed as of `now`.
    fn hooks(&mut self, now: i64) -> Vec<Hook>;
}
