//! Amounts as Khipu takes them: the currency's own decimals, four at most.

use recaudo_sdk::gateway::amount;
use recaudo_sdk::values::Money;
use recaudo_sdk::{Failure, gateway::Vendor as _};

use crate::GatewayKhipu;

/// Decimals Khipu takes.
fn decimals(currency: &str) -> u8 {
    match currency {
        "CLP" | "PYG" => 0,
        "CLF" => 4,
        _ => 2,
    }
}

/// The currency's code, and the number.
pub(crate) fn to_text(money: Money) -> Result<(String, String), Failure> {
    let code = amount::currency(money);
    let number = amount::decimal(money, decimals(&code), GatewayKhipu::NAME)?;
    Ok((code, number))
}

/// An amount of Khipu's; none when it is no number, or has more decimals than there can be.
pub(crate) fn from_text(text: &str, currency: &str) -> Option<Money> {
    amount::read(text, decimals(currency), currency)
}
