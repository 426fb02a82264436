//! Calls to Conekta, and what its answers mean before they mean anything about money.

use recaudo_sdk::http::{Outcome, Request, Response};
use recaudo_sdk::{Ctx, Fail, Failure, Kind, Stop, io};
use serde::de::DeserializeOwned;

use crate::GatewayConekta;
use crate::objects::Refused;

/// The version these objects are written for.
const VERSION: &str = "application/vnd.conekta-v2.3.0+json";

/// How a commit ended, when it ended in words.
pub(crate) enum Posted<T> {
    /// Done.
    Done(T),
    /// Conekta understood and said no; nothing was done.
    No(No),
    /// Nothing left; the code says why.
    NotSent(String),
}

/// A refusal.
pub(crate) struct No {
    /// Stable.
    pub(crate) code: String,
    /// As Conekta names it, and the field it is about.
    pub(crate) attributes: Vec<(String, String)>,
}

/// Changes something there.
pub(crate) fn post<T: DeserializeOwned>(
    ctx: &mut Ctx<GatewayConekta>,
    url: String,
    body: Vec<u8>,
    what: &str,
) -> Result<Posted<T>, Stop> {
    let request = Request::new("POST", url).header("Accept", VERSION).credential("api");
    let request = if body.is_empty() { request } else { request.body("application/json", body) };
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
    match (answer.status, serde_json::from_slice::<Refused>(&answer.body)) {
        (200..=299, _) => Ok(Posted::Done(read(&answer, what)?)),
        (400 | 402 | 404 | 422 | 428, Ok(refused)) => Ok(Posted::No(no(&refused))),
        _ => Err(failed(&answer, what).into()),
    }
}

/// Reads something there.
pub(crate) fn get<T: DeserializeOwned>(
    ctx: &mut Ctx<GatewayConekta>,
    url: String,
    what: &str,
) -> Result<T, Stop> {
    let answer = ctx.fetch(reading(url))?;
    if answer.status == 200 { Ok(read(&answer, what)?) } else { Err(failed(&answer, what).into()) }
}

/// As [`get`], where not being there is an answer.
pub(crate) fn find<T: DeserializeOwned>(
    ctx: &mut Ctx<GatewayConekta>,
    url: String,
    what: &str,
) -> Result<Option<T>, Stop> {
    let answer = ctx.fetch(reading(url))?;
    let missing = answer.status == 404 && serde_json::from_slice::<Refused>(&answer.body).is_ok();
    match answer.status {
        200 => Ok(Some(read(&answer, what)?)),
        _ if missing => Ok(None),
        _ => Err(failed(&answer, what).into()),
    }
}

/// A read, not yet asked.
pub(crate) fn reading(url: String) -> Request {
    Request::get(url).header("Accept", VERSION).credential("api")
}

/// The answer as an object.
pub(crate) fn read<T: DeserializeOwned>(answer: &Response, what: &str) -> Result<T, Failure> {
    serde_json::from_slice(&answer.body).map_err(|error| {
        let kind = if answer.truncated { "is longer than granted" } else { "is not what conekta documents" };
        let message = format!("{what}: the answer {kind} ({error}); is /base_url conekta's, or a proxy's?");
        Fail::invalid_input("unreadable-answer", message)
    })
}

/// A status that is no answer, with Conekta's own code.
pub(crate) fn failed(answer: &Response, what: &str) -> Failure {
    let mut failure = Fail::status(answer, what);
    if let Ok(refused) = serde_json::from_slice::<Refused>(&answer.body) {
        failure.details.extend(no(&refused).attributes);
    }
    failure
}

fn no(refused: &Refused) -> No {
    let detail = refused.details.first();
    let provider = detail.and_then(|detail| detail.code.as_deref()).filter(|code| is_code(code));
    let mut attributes = vec![];
    attributes.extend(provider.map(|code| ("provider-code".to_owned(), code.to_owned())));
    let field = detail.and_then(|detail| detail.param.as_deref()).filter(|param| is_code(param));
    attributes.extend(field.map(|param| ("provider-field".to_owned(), param.to_owned())));
    No { code: code(provider.unwrap_or(&refused.kind)), attributes }
}

/// Our code of Conekta's: the last word of `conekta.errors.processing.bank.insufficient_funds`.
pub(crate) fn code(provider: &str) -> String {
    let last = provider.rsplit('.').next().unwrap_or_default();
    let ours = match last {
        "insufficient_funds" => "insufficient-funds",
        "expired_card" | "expired" => "card-expired",
        "stolen_card" | "lost_card" => "card-blocked",
        "suspected_fraud" => "suspected-fraud",
        "declined" | "card_declined" => "card-declined",
        "not_found" | "resource_not_found" | "resource_not_found_error" => "not-found",
        "" => "rejected",
        other if is_code(other) => return format!("gateway-conekta.{}", other.replace('_', "-")),
        _ => "rejected",
    };
    ours.into()
}

fn is_code(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_.[]".contains(&b);
    !text.is_empty() && text.len() <= 120 && text.bytes().all(plain)
}

/// An id as a path's segment or a query's value.
pub(crate) fn segment(id: &str) -> String {
    id.bytes().fold(String::new(), |out, byte| match byte {
        b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'_' => out + &char::from(byte).to_string(),
        other => out + &format!("%{other:02X}"),
    })
}
