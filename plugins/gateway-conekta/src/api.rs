//! Calls to Conekta, and what its refusals mean.

use recaudo_sdk::gateway::{No, Posted, Vendor};
use recaudo_sdk::http::Request;
use recaudo_sdk::{Ctx, Failure, Stop};
use serde::de::DeserializeOwned;

use crate::GatewayConekta;
use crate::objects::Refused;

/// The version these objects are written for.
const VERSION: &str = "application/vnd.conekta-v2.3.0+json";

impl Vendor for GatewayConekta {
    const NAME: &'static str = "conekta";
    const REFUSES: &'static [u16] = &[400, 402, 404, 422, 428];
    type Refusal = Refused;

    /// As Conekta names it, and the field it is about.
    fn no(_: u16, refusal: Refused, _: &str) -> Result<No, Failure> {
        let detail = refusal.details.first();
        let provider = detail.and_then(|detail| detail.code.as_deref()).filter(|code| is_code(code));
        let field = detail.and_then(|detail| detail.param.as_deref()).filter(|param| is_code(param));
        let named = [("provider-code", provider), ("provider-field", field)];
        let attributes = named.into_iter().filter_map(|(name, text)| Some((name.into(), text?.to_owned())));
        let code = code(provider.unwrap_or(&refusal.kind));
        Ok(No { attributes: attributes.collect(), ..No::new(code) })
    }

    fn dress(request: Request) -> Request {
        request.header("Accept", VERSION).credential("api")
    }
}

/// Changes something there.
pub(crate) fn post<T: DeserializeOwned>(
    ctx: &mut Ctx<GatewayConekta>,
    url: String,
    body: Vec<u8>,
    what: &str,
) -> Result<Posted<T>, Stop> {
    let request = Request::new("POST", url);
    let request = if body.is_empty() { request } else { request.body("application/json", body) };
    GatewayConekta::commit(ctx, request, what)
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
