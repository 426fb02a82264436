//! What Khipu's refusals mean.

use recaudo_sdk::Failure;
use recaudo_sdk::gateway::{No, Vendor};

use crate::GatewayKhipu;
use crate::objects::Refused;

impl Vendor for GatewayKhipu {
    const NAME: &'static str = "khipu";
    const REFUSES: &'static [u16] = &[400, 404, 422];
    type Refusal = Refused;

    /// The fields it names; there is no such payment, or it understood and said no.
    fn no(status: u16, refusal: Refused, _: &str) -> Result<No, Failure> {
        let code = if status == 404 { "not-found" } else { "rejected" };
        Ok(No { attributes: refusal.fields(), ..No::new(code) })
    }
}
