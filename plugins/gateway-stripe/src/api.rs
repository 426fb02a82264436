//! Calls to Stripe, and what its refusals mean.

use recaudo_sdk::gateway::{No, Posted, Vendor};
use recaudo_sdk::http::Request;
use recaudo_sdk::{Ctx, Fail, Failure, Kind, Retry, Stop};
use serde::de::DeserializeOwned;

use crate::GatewayStripe;
use crate::objects::{PaymentError, Refused};

/// The version these objects are written for; without it an account's own would answer.
const VERSION: &str = "2023-10-16";

impl Vendor for GatewayStripe {
    const NAME: &'static str = "stripe";
    const REFUSES: &'static [u16] = &[400, 402, 404, 422];
    const MISSING: &'static [u16] = &[400, 404];
    type Refusal = Refused;

    /// The bank's reason where there is one, and the intent a declined charge leaves behind.
    fn no(_: u16, refusal: Refused, what: &str) -> Result<No, Failure> {
        let error = refusal.error;
        if error.kind == "idempotency_error" {
            return Err(key_used(what));
        }
        let (code, provider) = codes(&error);
        let field = error.param.filter(|param| is_field(param));
        let mut attributes = vec![("provider-code".to_owned(), provider)];
        attributes.extend(field.map(|field| ("provider-field".to_owned(), field)));
        let gateway_id = error.payment_intent.map(|intent| intent.id).unwrap_or_default();
        Ok(No { code, attributes, gateway_id })
    }

    fn dress(request: Request) -> Request {
        request.header("Stripe-Version", VERSION).credential("api")
    }
}

/// Changes something there, under the operation's key: the `nth` commit of it, from 1.
pub(crate) fn post<T: DeserializeOwned>(
    ctx: &mut Ctx<GatewayStripe>,
    nth: u32,
    url: String,
    body: String,
    what: &str,
) -> Result<Posted<T>, Stop> {
    let own = &ctx.call().operation.idempotency_key;
    let key = if nth == 1 { own.clone() } else { format!("{own}-{nth}") };
    let request = Request::new("POST", url)
        .header("Idempotency-Key", key)
        .body("application/x-www-form-urlencoded", body);
    GatewayStripe::commit(ctx, request, what)
}

fn key_used(what: &str) -> Failure {
    let message = format!(
        "{what}: stripe knows this operation's key with another request; look there what the first one did"
    );
    Failure { retry: Retry::Never, ..Fail::new(Kind::Conflict, "idempotency-conflict", message) }
}

/// Our code of a refusal, and Stripe's: the bank's reason where there is one.
pub(crate) fn codes(error: &PaymentError) -> (String, String) {
    let provider = error.decline_code.as_ref().or(error.code.as_ref()).filter(|code| is_code(code));
    let Some(provider) = provider else { return ("rejected".into(), error.kind.clone()) };
    let ours = match provider.as_str() {
        "insufficient_funds" => "insufficient-funds",
        "expired_card" => "card-expired",
        "authentication_required" => "authentication-required",
        "lost_card" | "stolen_card" | "pickup_card" => "card-blocked",
        "fraudulent" | "merchant_blacklist" => "suspected-fraud",
        "incorrect_cvc" | "incorrect_number" | "incorrect_zip" | "invalid_account" => "bad-card-data",
        "card_declined" | "generic_decline" | "do_not_honor" => "card-declined",
        "charge_already_refunded" => "already-refunded",
        "amount_too_large" => "amount-too-large",
        "amount_too_small" => "amount-too-small",
        "resource_missing" => "not-found",
        other => return (format!("gateway-stripe.{}", other.replace('_', "-")), other.to_owned()),
    };
    (ours.into(), provider.clone())
}

/// Stripe's codes are words; anything else is not repeated.
fn is_code(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// `line_items[0][price]`.
fn is_field(text: &str) -> bool {
    text.len() <= 120 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_[].".contains(&b))
}
