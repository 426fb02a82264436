//! Placeholder. Being written.
use recaudo_sdk::{Ctx, Stop, messaging};
struct ChannelEmail;
impl recaudo_sdk::Channel for ChannelEmail {
    fn send(_ctx: &mut Ctx<Self>, _message: messaging::Message) -> Result<messaging::Receipt, Stop> { Err(recaudo_sdk::Fail::invalid_config("x", "y").into()) }
    fn query(_ctx: &mut Ctx<Self>, _o: String, _p: Option<String>) -> Result<messaging::Receipt, Stop> { Err(recaudo_sdk::Fail::invalid_config("x", "y").into()) }
}
recaudo_sdk::export!(ChannelEmail: Channel);
