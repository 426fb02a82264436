//! What every payment gateway needs besides its vendor's own words: calls that change something and how they end,
//! refusals, amounts, what an intent asks for, what a webhook's signature says. Feature `json`.
//!
//! A plugin says what is its vendor's own ([`Vendor`]); calling, judging and reading come with it:
//! ```
//! use recaudo_sdk::gateway::{No, Posted, Vendor, amount};
//! use recaudo_sdk::http::Request;
//! use recaudo_sdk::payments::{Intent, Kind, Status, Transaction};
//! use recaudo_sdk::{Ctx, Failure, Stop};
//!
//! # struct Acme;
//! # recaudo_sdk::export!(Acme: Gateway);
//! /// `{"reason": "card_stolen"}`, with status 402.
//! #[derive(serde::Deserialize)]
//! struct Refusal {
//!     reason: String,
//! }
//! #[derive(serde::Deserialize)]
//! struct Link {
//!     id: String,
//!     url: String,
//! }
//!
//! impl Vendor for Acme {
//!     const NAME: &'static str = "acme";
//!     const REFUSES: &'static [u16] = &[402];
//!     type Refusal = Refusal;
//!     fn no(_: u16, refusal: Refusal, _: &str) -> Result<No, Failure> {
//!         Ok(No::new(if refusal.reason == "card_stolen" { "card-blocked" } else { "rejected" }))
//!     }
//! }
//!
//! impl recaudo_sdk::Gateway for Acme {
//!     fn execute(ctx: &mut Ctx<Self>, intent: Intent) -> Result<Transaction, Stop> {
//!         let cents = amount::minor(intent.amount, 2, Self::NAME)?;
//!         let request = Request::new("POST", "https://acme.example/links")
//!             .header("Idempotency-Key", ctx.call().operation.idempotency_key.clone())
//!             .body("application/json", format!(r#"{{"cents": {cents}}}"#));
//!         Ok(match Self::commit::<Link>(ctx, request, "acme: making a link")? {
//!             Posted::Done(link) => Transaction {
//!                 next_url: Some(link.url),
//!                 ..Transaction::new(Kind::Payment, Status::RequiresAction, link.id)
//!             },
//!             Posted::No(no) => Transaction::refused(Kind::Payment, no),
//!             Posted::NotSent(code) => Transaction::not_sent(Kind::Payment, code),
//!         })
//!     }
//! #   fn query(_: &mut Ctx<Self>, _: recaudo_sdk::call::Operation, i: Intent, _: Option<String>)
//! #       -> Result<Transaction, Stop> { Err(i.unsupported("acme").into()) }
//! }
//!
//! # use recaudo_sdk::bench::{Bench, status};
//! # use recaudo_sdk::{Gateway, payments::Action, values::Money};
//! # let wish = Intent { action: Action::CreateLink, documents: vec![], payer: "C".into(), original: None,
//! #     amount: Money { minor: 5, exponent: 0, currency: (b'M', b'X', b'N') },
//! #     return_url: String::new(), not_after: None, attributes: vec![] };
//! let mut bench = Bench::new().answer("POST", "https://acme.example/links", status(402, r#"{"reason":"card_stolen"}"#));
//! let made = bench.run(|ctx: &mut Ctx<Acme>| Acme::execute(ctx, wish.clone())).result?;
//! assert_eq!((made.status, made.code.as_str()), (Status::Declined, "card-blocked"));
//! # Ok::<(), Failure>(())
//! ```
//! An answer that was lost, cut or not understood after the request left is a failure: the host records
//! `unknown` and asks `query`. [`Posted::NotSent`] is said only when provably nothing left.

pub mod amount;
mod call;
mod intent;
mod notice;
#[cfg(test)]
mod tests;
mod transaction;

pub use call::{No, Posted, Vendor};
