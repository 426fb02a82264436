//! Amounts as Mercado Pago takes them.

use recaudo_sdk::gateway::amount;
use recaudo_sdk::values::Money;
use recaudo_sdk::{Failure, gateway::Vendor as _};

use crate::GatewayMercadopago;

/// None of Chilean and Colombian pesos and of guaraníes, two of the others it knows.
fn decimals(currency: &str) -> u8 {
    match currency {
        "CLP" | "COP" | "PYG" => 0,
        _ => 2,
    }
}

/// The currency's code, and the number.
pub(crate) fn to_text(money: Money) -> Result<(String, String), Failure> {
    let code = amount::currency(money);
    let number = amount::decimal(money, decimals(&code), GatewayMercadopago::NAME)?;
    Ok((code, number))
}

/// An amount of Mercado Pago's; none when it is no number, or has more decimals than there can be.
pub(crate) fn from_text(text: &str, currency: &str) -> Option<Money> {
    amount::read(text, decimals(currency), currency)
}
