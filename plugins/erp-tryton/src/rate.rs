//! What an amount of another currency is worth in the books, as Tryton itself computes it.

use recaudo_sdk::{Ctx, Date, Stop};
use serde::Deserialize;
use serde_json::json;

use crate::ErpTryton;
use crate::amount::{Currency, Decimal};
use crate::config::Config;
use crate::push::rejected;
use crate::rpc::{self, Call};
use crate::sweep::context;
use crate::wire::day_json;

#[derive(Deserialize)]
struct Rate {
    rate: Decimal,
}

/// Converts minor units by the rates of a day.
pub(crate) fn convert(
    ctx: &mut Ctx<ErpTryton>,
    config: &Config,
    (minor, from, to): (i64, &Currency, &Currency),
    day: Date,
) -> Result<i64, Stop> {
    let ask = |currency: &Currency| {
        let domain = json!([["currency", "=", currency.id], ["date", "<=", day_json(day)]]);
        let params = json!([domain, 0, 1, [["date", "DESC"]], ["rate"], context(config)]);
        Call::new("model.currency.currency.rate.search_read", params)
    };
    let calls = [ask(from), ask(to)];
    let answers = rpc::read_all(ctx, config, &calls)?;
    let mut rates = vec![];
    for ((call, answer), currency) in calls.iter().zip(&answers).zip([from, to]) {
        let found: Vec<Rate> = rpc::result(answer, call)?;
        let rate = found.first().map(|rate| rate.rate).filter(|rate| rate.coefficient > 0);
        let message = format!("Tryton has no rate of {} for {day}; enter it there", currency.code);
        rates.push(rate.ok_or_else(|| rejected("erp-tryton.no-rate", message))?);
    }
    let [of_from, of_to] = rates[..] else { return Err(too_large()) };
    product(minor, (of_from, of_to), (from.digits(), to.digits())).ok_or_else(too_large)
}

fn too_large() -> Stop {
    rejected("amount-too-large", "the converted amount does not fit 64 bits of minor units")
}

/// `minor` x `to` / `from`, to the other currency's digits, halves to the even neighbour.
fn product(minor: i64, (from, to): (Decimal, Decimal), digits: (u8, u8)) -> Option<i64> {
    let power = |exponent: u32| 10_i128.checked_pow(exponent);
    let above = i128::from(minor)
        .checked_mul(to.coefficient)?
        .checked_mul(power(from.scale + u32::from(digits.1))?)?;
    let below = from.coefficient.checked_mul(power(to.scale + u32::from(digits.0))?)?;
    let (whole, rest) = (above.div_euclid(below), above.rem_euclid(below));
    let up = match (rest * 2).cmp(&below) {
        core::cmp::Ordering::Less => false,
        core::cmp::Ordering::Greater => true,
        core::cmp::Ordering::Equal => whole % 2 != 0,
    };
    i64::try_from(whole + i128::from(up)).ok()
}

#[cfg(test)]
mod tests {
    use super::product;
    use crate::amount::Decimal;

    #[test]
    fn amounts_convert_as_tryton_does() {
        let rate = |text| Decimal::parse(text).expect("a rate");
        // 100.00 USD at 0.055 dollars a peso.
        assert_eq!(product(10_000, (rate("0.055"), rate("1")), (2, 2)), Some(181_818));
        assert_eq!(product(10_000, (rate("1.0"), rate("1.000000")), (2, 0)), Some(100));
        assert_eq!(
            product(250, (rate("1"), rate("1")), (2, 0)),
            Some(2),
            "a half goes to the even neighbour"
        );
        assert_eq!(product(-10_000, (rate("0.055"), rate("1")), (2, 2)), Some(-181_818));
    }
}
