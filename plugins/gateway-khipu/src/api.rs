//! Calls to Khipu, and what its answers mean before they mean anything about money.

use recaudo_sdk::http::{Outcome, Request, Response};
use recaudo_sdk::{Ctx, Fail, Failure, Kind, Stop, io};
use serde::de::DeserializeOwned;

use crate::GatewayKhipu;
use crate::objects::Refused;

/// How a commit ended, when it ended in words.
pub(crate) enum Posted<T> {
    /// Done.
    Done(T),
    /// Khipu understood and said no; nothing was done. Fields it named.
    No(Vec<(String, String)>),
    /// There is no such payment.
    Missing,
    /// Nothing left; the code says why.
    NotSent(String),
}

/// Changes something there.
pub(crate) fn commit<T: DeserializeOwned>(
    ctx: &mut Ctx<GatewayKhipu>,
    request: Request,
    what: &str,
) -> Result<Posted<T>, Stop> {
    let request = request.credential("api");
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
    let refused = serde_json::from_slice::<Refused>(&answer.body);
    match (answer.status, refused) {
        (200..=299, _) => Ok(Posted::Done(read(&answer, what)?)),
        (400 | 422, Ok(refused)) => Ok(Posted::No(refused.fields())),
        (404, Ok(_)) => Ok(Posted::Missing),
        _ => Err(Fail::status(&answer, what).into()),
    }
}

/// Reads something there; none when it does not exist.
pub(crate) fn find<T: DeserializeOwned>(
    ctx: &mut Ctx<GatewayKhipu>,
    url: String,
    what: &str,
) -> Result<Option<T>, Stop> {
    let answer = ctx.fetch(Request::get(url).credential("api"))?;
    let known = serde_json::from_slice::<Refused>(&answer.body).is_ok();
    match answer.status {
        200 => Ok(Some(read(&answer, what)?)),
        404 if known => Ok(None),
        _ => Err(Fail::status(&answer, what).into()),
    }
}

fn read<T: DeserializeOwned>(answer: &Response, what: &str) -> Result<T, Failure> {
    serde_json::from_slice(&answer.body).map_err(|error| {
        let kind = if answer.truncated { "is longer than granted" } else { "is not what khipu documents" };
        let message = format!("{what}: the answer {kind} ({error}); is /base_url khipu's, or a proxy's?");
        Fail::invalid_input("unreadable-answer", message)
    })
}

/// An id as a path's segment: Khipu's are letters and digits, whatever else came is escaped.
pub(crate) fn segment(id: &str) -> String {
    id.bytes().fold(String::new(), |out, byte| match byte {
        b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'_' => out + &char::from(byte).to_string(),
        other => out + &format!("%{other:02X}"),
    })
}
