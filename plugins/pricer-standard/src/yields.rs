//! Rates in each other's terms: nominal, effective, of a month, of a year.

use rust_decimal::Decimal;

use crate::days::DayCount;
use crate::exact::{Exact, TooLarge};
use crate::power::{cut, decimal, pow};

/// Decimals that are kept of a converted percentage; the rest is cut, in the debtor's favour.
const KEPT: u32 = 12;

/// A rate as a contract or a law states it, in percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quote {
    pub(crate) percent: Exact,
    pub(crate) effective: bool,
    pub(crate) monthly: bool,
}

impl Quote {
    pub(crate) fn nominal(percent: Exact) -> Self {
        Self { percent, effective: false, monthly: false }
    }

    /// The yearly percentage that accrues by days without capitalising.
    pub(crate) fn simple(self, count: DayCount) -> Result<Exact, TooLarge> {
        if !self.percent.is_positive() {
            return Ok(Exact::ZERO);
        }
        if !self.effective {
            return self.percent.times(Exact::int(if self.monthly { 12 } else { 1 }));
        }
        let days = count.year();
        let periods =
            if self.monthly { Exact::ratio(12, days.into())? } else { Exact::ratio(1, days.into())? };
        let daily = pow(growth(self.percent)?, periods)? - Decimal::ONE;
        cut(daily.checked_mul((days * 100).into()).ok_or(TooLarge)?, KEPT)
    }

    /// The effective yearly growth, such as 1.2475, of a rate capitalised so often a year.
    pub(crate) fn yearly(self, compounding: u32) -> Result<Decimal, TooLarge> {
        if !self.percent.is_positive() {
            return Ok(Decimal::ONE);
        }
        match (self.effective, self.monthly) {
            (true, false) => growth(self.percent),
            (true, true) => pow(growth(self.percent)?, Exact::int(12)),
            (false, monthly) => {
                let nominal = self.percent.times(Exact::int(if monthly { 12 } else { 1 }))?;
                let each = nominal.over(Exact::int(compounding.max(1)))?;
                pow(growth(each)?, Exact::int(compounding.max(1)))
            }
        }
    }

    /// What a month of it is, in percent.
    pub(crate) fn of_month(self) -> Result<Exact, TooLarge> {
        match (self.monthly, self.effective) {
            (true, _) => Ok(self.percent),
            (false, false) => self.percent.over(Exact::int(12)),
            (false, true) => {
                let month = pow(growth(self.percent)?, Exact::ratio(1, 12)?)? - Decimal::ONE;
                cut(month.checked_mul(Decimal::ONE_HUNDRED).ok_or(TooLarge)?, KEPT)
            }
        }
    }
}

/// `1 + percent / 100`.
fn growth(percent: Exact) -> Result<Decimal, TooLarge> {
    decimal(percent.percent()?)?.checked_add(Decimal::ONE).ok_or(TooLarge)
}
