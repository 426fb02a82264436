//! Calls to Mercado Pago, and what its refusals mean.

use recaudo_sdk::gateway::{No, Posted, Vendor};
use recaudo_sdk::http::Request;
use recaudo_sdk::{Ctx, Failure, Stop};
use serde::de::DeserializeOwned;

use crate::GatewayMercadopago;
use crate::objects::Refused;

impl Vendor for GatewayMercadopago {
    const NAME: &'static str = "mercado pago";
    const REFUSES: &'static [u16] = &[400, 404, 422];
    type Refusal = Refused;

    fn no(status: u16, refused: Refused, _: &str) -> Result<No, Failure> {
        let number = refused.cause.first().and_then(|cause| cause.code.as_ref());
        let number = number.map(|code| code.as_str().map_or_else(|| code.to_string(), str::to_owned));
        let number =
            number.filter(|code| code.len() <= 20 && code.bytes().all(|b| b.is_ascii_alphanumeric()));
        let word = refused.error.as_deref().filter(|error| is_code(error));
        let code = match (status, number.as_deref()) {
            (404, _) | (_, Some("2000")) => "not-found".into(),
            (_, Some("2063" | "2024")) => "already-refunded".into(),
            (_, Some("2018" | "2032")) => "amount-too-large".into(),
            (_, Some(number)) => format!("gateway-mercadopago.{}", number.to_ascii_lowercase()),
            (_, None) => "rejected".into(),
        };
        let provider = number.or_else(|| word.map(str::to_owned));
        let attributes = provider.map(|code| ("provider-code".into(), code)).into_iter().collect();
        Ok(No { attributes, ..No::new(code) })
    }
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
    let request = Request::new(method, url).header("X-Idempotency-Key", key).body("application/json", body);
    GatewayMercadopago::commit(ctx, request, what)
}

pub(crate) fn is_code(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    !text.is_empty() && text.len() <= 64 && text.bytes().all(plain)
}
