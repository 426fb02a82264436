//! Amounts as Stripe writes them: an integer in the currency's smallest unit, with the exceptions of its
//! documentation (docs.stripe.com/currencies).

use recaudo_sdk::Failure;
use recaudo_sdk::gateway::{Vendor as _, amount};
use recaudo_sdk::values::Money;

use crate::GatewayStripe;

/// Currencies without a smaller unit.
const WHOLE: [&str; 14] =
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF"];
const WHOLE_MORE: [&str; 1] = ["XPF"];
/// Currencies with three decimals, the last of which has to be 0.
const THREE: [&str; 5] = ["BHD", "JOD", "KWD", "OMR", "TND"];
/// Written with two decimals although they have none: both have to be 0.
const WRITTEN_WITH_TWO: [&str; 2] = ["ISK", "UGX"];

/// Decimals in Stripe's integer.
pub(crate) fn exponent(currency: &str) -> u8 {
    match currency {
        code if WHOLE.contains(&code) || WHOLE_MORE.contains(&code) => 0,
        code if THREE.contains(&code) => 3,
        _ => 2,
    }
}

/// Digits Stripe wants to be 0 at the end.
fn zeros(currency: &str) -> i64 {
    match currency {
        code if THREE.contains(&code) => 10,
        code if WRITTEN_WITH_TWO.contains(&code) => 100,
        _ => 1,
    }
}

/// The currency in three lower-case letters, and the amount in its smallest unit; never rounded.
pub(crate) fn to_stripe(money: Money) -> Result<(String, i64), Failure> {
    let code = amount::currency(money);
    let minor = amount::minor(money, exponent(&code), GatewayStripe::NAME)?;
    if minor % zeros(&code) != 0 {
        return Err(amount::imprecise(money, GatewayStripe::NAME));
    }
    Ok((code.to_ascii_lowercase(), minor))
}

/// Stripe's integer, sign dropped: a transaction's kind gives the direction.
pub(crate) fn from_stripe(amount: i64, currency: &str) -> Option<Money> {
    let code = currency.to_ascii_uppercase();
    let [a, b, c] = *code.as_bytes() else { return None };
    let minor = amount.checked_abs()?;
    Some(Money { minor, exponent: exponent(&code), currency: (a, b, c) })
}

#[cfg(test)]
mod tests {
    use super::{from_stripe, to_stripe};
    use recaudo_sdk::Money;

    fn asked(text: &str, exponent: u8, currency: [u8; 3]) -> Result<i64, String> {
        let money = Money::parse(text, exponent, currency).expect("an amount");
        to_stripe(money.into()).map(|(_, minor)| minor).map_err(|failure| failure.code)
    }

    #[test]
    fn every_currency_is_written_as_stripe_wants_it() {
        let cases = [
            ("12.34", 2, *b"USD", Ok(1234)),
            ("12", 0, *b"COP", Ok(1200)),
            ("1500.00", 2, *b"CLP", Ok(1500)),
            ("1500.50", 2, *b"CLP", Err("amount-precision".to_owned())),
            ("1.250", 3, *b"KWD", Ok(1250)),
            ("1.255", 3, *b"KWD", Err("amount-precision".to_owned())),
            ("700", 0, *b"UGX", Ok(70_000)),
            ("700.50", 2, *b"UGX", Err("amount-precision".to_owned())),
            ("0.001", 3, *b"MXN", Err("amount-precision".to_owned())),
        ];
        for (text, exponent, currency, expected) in cases {
            assert_eq!(asked(text, exponent, currency), expected, "{text}");
        }
        let largest =
            recaudo_sdk::values::Money { minor: i64::MAX, exponent: 0, currency: (b'U', b'S', b'D') };
        assert_eq!(to_stripe(largest).expect_err("too large").code, "amount-precision");
    }

    #[test]
    fn what_comes_back_reads_the_same() {
        assert_eq!(from_stripe(-1500, "clp").map(|m| Money::from(m).to_string()), Some("1500 CLP".into()));
        assert_eq!(from_stripe(1250, "kwd").map(|m| Money::from(m).to_string()), Some("1.250 KWD".into()));
        assert_eq!(from_stripe(1, "usdollar"), None);
    }
}
