//! Calls to Mercado Pago, and what its answers mean before they mean anything about money.

use recaudo_sdk::http::{Outcome, Request, Response};
use recaudo_sdk::{Ctx, Fail, Failure, Kind, Stop, io};
use serde::de::DeserializeOwned;

use crate::GatewayMercadopago;
use crate::objects::Refused;

/// How a commit ended, when it ended in words.
pub(crate) enum Posted<T> {
    /// Done.
    Done(T),
    /// Mercado Pago understood and said no; nothing was done.
    No(No),
    /// Nothing left; the code says why.
    NotSent(String),
}

/// A refusal.
pub(crate) struct No {
    /// Stable.
    pub(crate) code: String,
    /// As Mercado Pago numbers it.
    pub(crate) attributes: Vec<(String, String)>,
}

/// Changes something there, under the operation's key.
pub(crate) fn commit<T: DeserializeOwned>(
    ctx: &mut Ctx<GatewayMercadopago>,
    method: &str,
    url: String,
    body: String,
    what: &str,
) -> Result<Posted<T>, Stop> {
    let key = ctx.call().operation.idempotency_key.clone();
    let request = Request::new(method, url)
        .header("X-Idempotency-Key", key)
        .body("application/json", body)
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
    match (answer.status, serde_json::from_slice::<Refused>(&answer.body)) {
        (200..=299, _) => Ok(Posted::Done(read(&answer, what)?)),
        (400 | 404 | 422, Ok(refused)) => Ok(Posted::No(no(answer.status, &refused))),
        _ => Err(failed(&answer, what).into()),
    }
}

/// Reads something there.
pub(crate) fn get<T: DeserializeOwned>(
    ctx: &mut Ctx<GatewayMercadopago>,
    url: String,
    what: &str,
) -> Result<T, Stop> {
    let answer = ctx.fetch(Request::get(url).credential("api"))?;
    if answer.status == 200 { Ok(read(&answer, what)?) } else { Err(failed(&answer, what).into()) }
}

/// As [`get`], where not being there is an answer.
pub(crate) fn find<T: DeserializeOwned>(
    ctx: &mut Ctx<GatewayMercadopago>,
    url: String,
    what: &str,
) -> Result<Option<T>, Stop> {
    let answer = ctx.fetch(Request::get(url).credential("api"))?;
    let missing = answer.status == 404 && serde_json::from_slice::<Refused>(&answer.body).is_ok();
    match answer.status {
        200 => Ok(Some(read(&answer, what)?)),
        _ if missing => Ok(None),
        _ => Err(failed(&answer, what).into()),
    }
}

fn read<T: DeserializeOwned>(answer: &Response, what: &str) -> Result<T, Failure> {
    serde_json::from_slice(&answer.body).map_err(|error| {
        let kind =
            if answer.truncated { "is longer than granted" } else { "is not what mercado pago documents" };
        let message =
            format!("{what}: the answer {kind} ({error}); is /base_url mercado pago's, or a proxy's?");
        Fail::invalid_input("unreadable-answer", message)
    })
}

fn failed(answer: &Response, what: &str) -> Failure {
    let mut failure = Fail::status(answer, what);
    if let Ok(refused) = serde_json::from_slice::<Refused>(&answer.body) {
        failure.details.extend(no(answer.status, &refused).attributes);
    }
    failure
}

fn no(status: u16, refused: &Refused) -> No {
    let number = refused.cause.first().and_then(|cause| cause.code.as_ref());
    let number = number.map(|code| code.as_str().map_or_else(|| code.to_string(), str::to_owned));
    let number = number.filter(|code| code.len() <= 20 && code.bytes().all(|b| b.is_ascii_alphanumeric()));
    let word = refused.error.as_deref().filter(|error| is_code(error));
    let code = match (status, number.as_deref()) {
        (404, _) | (_, Some("2000")) => "not-found".into(),
        (_, Some("2063" | "2024")) => "already-refunded".into(),
        (_, Some("2018" | "2032")) => "amount-too-large".into(),
        (_, Some(number)) => format!("gateway-mercadopago.{}", number.to_ascii_lowercase()),
        (_, None) => "rejected".into(),
    };
    let provider = number.or_else(|| word.map(str::to_owned));
    No { code, attributes: provider.map(|code| ("provider-code".into(), code)).into_iter().collect() }
}

pub(crate) fn is_code(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    !text.is_empty() && text.len() <= 64 && text.bytes().all(plain)
}

/// A path's segment or a query's value.
pub(crate) fn segment(text: &str) -> String {
    text.bytes().fold(String::new(), |out, byte| match byte {
        b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'_' | b'.' => out + &char::from(byte).to_string(),
        other => out + &format!("%{other:02X}"),
    })
}
