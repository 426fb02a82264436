//! Calls to Stripe, and what its answers mean before they mean anything about money.

use recaudo_sdk::http::{Outcome, Request, Response};
use recaudo_sdk::{Ctx, Fail, Failure, Kind, Retry, Stop, io};
use serde::de::DeserializeOwned;

use crate::GatewayStripe;
use crate::objects::{PaymentError, Refused};

/// The version these objects are written for; without it an account's own would answer.
const VERSION: &str = "2023-10-16";

/// How a commit ended, when it ended in words.
pub(crate) enum Posted<T> {
    /// Done.
    Done(T),
    /// Stripe understood and said no; nothing was done.
    No(No),
    /// Nothing left; the code says why.
    NotSent(String),
}

/// A refusal.
pub(crate) struct No {
    /// Stable.
    pub(crate) code: String,
    /// As Stripe names it.
    pub(crate) provider_code: String,
    /// The intent a declined charge leaves behind.
    pub(crate) intent: Option<String>,
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
        .header("Stripe-Version", VERSION)
        .body("application/x-www-form-urlencoded", body)
        .credential("api");
    let answer = match ctx.perform(io::Effect::Http(request), true)? {
        io::Outcome::Http(Outcome::Ok(answer)) => answer,
        io::Outcome::Http(Outcome::Err(lost)) => {
            let failure = Fail::transport(&lost);
            // What the host refused to send is for a person; what could not be sent is tried again.
            let refused_here = failure.kind == Kind::Forbidden;
            return if lost.request_sent || refused_here {
                Err(failure.into())
            } else {
                Ok(Posted::NotSent(lost.code))
            };
        }
        io::Outcome::File(_) => return Err(Fail::diverged().into()),
    };
    match answer.status {
        200..=299 => Ok(Posted::Done(read(&answer, what)?)),
        400 | 402 | 404 | 422 => match serde_json::from_slice::<Refused>(&answer.body) {
            Ok(Refused { error }) if error.kind != "idempotency_error" => Ok(Posted::No(no(error))),
            Ok(_) => Err(key_used(what).into()),
            Err(_) => Err(Fail::status(&answer, what).into()),
        },
        _ => Err(failed(&answer, what).into()),
    }
}

/// Reads something there.
pub(crate) fn get<T: DeserializeOwned>(
    ctx: &mut Ctx<GatewayStripe>,
    url: String,
    what: &str,
) -> Result<T, Stop> {
    let answer = ctx.fetch(reading(url))?;
    if answer.status == 200 { Ok(read(&answer, what)?) } else { Err(failed(&answer, what).into()) }
}

/// As [`get`], where not being there, or not having what is asked for, is an answer.
pub(crate) fn find<T: DeserializeOwned>(
    ctx: &mut Ctx<GatewayStripe>,
    url: String,
    what: &str,
) -> Result<Option<T>, Stop> {
    let answer = ctx.fetch(reading(url))?;
    let missing =
        matches!(answer.status, 400 | 404) && serde_json::from_slice::<Refused>(&answer.body).is_ok();
    match answer.status {
        200 => Ok(Some(read(&answer, what)?)),
        _ if missing => Ok(None),
        _ => Err(failed(&answer, what).into()),
    }
}

/// A read, not yet asked.
pub(crate) fn reading(url: String) -> Request {
    Request::get(url).header("Stripe-Version", VERSION).credential("api")
}

/// The answer as an object.
pub(crate) fn read<T: DeserializeOwned>(answer: &Response, what: &str) -> Result<T, Failure> {
    serde_json::from_slice(&answer.body).map_err(|error| {
        let kind = if answer.truncated { "is longer than granted" } else { "is not what stripe documents" };
        // The reader's words name a field and a place, never a value of ours or theirs.
        let message = format!("{what}: the answer {kind} ({error}); is /base_url stripe's, or a proxy's?");
        Fail::invalid_input("unreadable-answer", message)
    })
}

/// A status that is no answer, with Stripe's own code.
pub(crate) fn failed(answer: &Response, what: &str) -> Failure {
    let mut failure = Fail::status(answer, what);
    if let Ok(Refused { error }) = serde_json::from_slice::<Refused>(&answer.body) {
        let code = error.code.filter(|code| is_code(code));
        failure.details.extend(code.map(|code| ("provider-code".to_owned(), code)));
        failure.details.extend(error.param.map(|param| ("provider-field".to_owned(), param)));
    }
    failure
}

fn key_used(what: &str) -> Failure {
    let message = format!(
        "{what}: stripe knows this operation's key with another request; look there what the first one did"
    );
    Failure { retry: Retry::Never, ..Fail::new(Kind::Conflict, "idempotency-conflict", message) }
}

fn no(error: PaymentError) -> No {
    let (code, provider_code) = codes(&error);
    No { code, provider_code, intent: error.payment_intent.map(|intent| intent.id) }
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
