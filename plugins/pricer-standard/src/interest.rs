//! Late interest: what has accrued by a day, on what was open day by day, never above the cap.
//!
//! Day `d` accrues on what was open when it began: who pays thirty days late owes thirty days, and a part
//! payment lowers what accrues from then on. The whole is worked out from the due date every time and rounded
//! once; a charge is that less what was charged, so the parts of a month sum to the month.

use std::collections::BTreeSet;

use recaudo_sdk::Failure;
use rust_decimal::Decimal;

use crate::case::{Case, Moment, number};
use crate::config::{Contract, Grace, Method};
use crate::days::DayCount;
use crate::exact::{Exact, Rounding, TooLarge};
use crate::law::{Role, Term};
use crate::power::{decimal, pow};
use crate::yields::Quote;

/// Under which terms an item bears interest.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    pub(crate) rule: String,
    pub(crate) source: String,
    pub(crate) rate: Agreed,
    pub(crate) method: Method,
    pub(crate) compounding: u32,
    pub(crate) day_count: DayCount,
    pub(crate) grace_days: i32,
    pub(crate) grace: Grace,
    pub(crate) rounding: Rounding,
    pub(crate) decimals: Option<u8>,
    /// A question about one rule is not cut by another.
    pub(crate) capped: bool,
}

/// Where the rate comes from.
#[derive(Debug, Clone)]
pub(crate) enum Agreed {
    Fixed(Quote),
    Series {
        term: Term,
        effective: bool,
        monthly: bool,
    },
    /// The law's, whichever is in force; of one rule when named.
    Statutory(Option<String>),
}

/// Interest accrued so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Accrued {
    pub(crate) minor: i64,
    /// First day that bears interest.
    pub(crate) first: i32,
    /// The cap that cut the rate on some day: rule and source.
    pub(crate) cut_by: Option<(String, String)>,
}

/// No more than this, by that rule.
struct Cap {
    rule: String,
    source: String,
    quote: Quote,
}

impl Terms {
    pub(crate) fn of(contract: &Contract) -> Result<Self, Failure> {
        let (effective, monthly) = (contract.effective, contract.monthly);
        let rate = match &contract.rate {
            Some(rate) => Agreed::Fixed(Quote { percent: number(rate)?, effective, monthly }),
            None => {
                let (series, plus, times) =
                    (contract.series.clone(), contract.plus.clone(), contract.times.clone());
                Agreed::Series { term: Term { series, less: None, plus, times }, effective, monthly }
            }
        };
        Ok(Self {
            rule: contract.id.clone(),
            source: contract.source.clone(),
            rate,
            method: contract.method,
            compounding: contract.compounding.unwrap_or(1),
            day_count: contract.day_count,
            grace_days: contract.grace_days,
            grace: contract.grace,
            rounding: contract.rounding,
            decimals: contract.decimals,
            capped: true,
        })
    }

    /// Simple interest, rounded half to even, at a rate from elsewhere.
    pub(crate) fn plain(rule: &str, source: &str, rate: Agreed) -> Self {
        Self {
            rule: rule.into(),
            source: source.into(),
            rate,
            method: Method::Simple,
            compounding: 1,
            day_count: DayCount::default(),
            grace_days: 0,
            grace: Grace::default(),
            rounding: Rounding::HalfEven,
            decimals: None,
            capped: true,
        }
    }

    /// What has accrued up to and including a day.
    pub(crate) fn accrued(&self, case: &Case<'_>, until: i32) -> Result<Accrued, Failure> {
        let due = case.item.due;
        let start = if self.grace == Grace::Shifts { due + self.grace_days } else { due };
        let mut accrued = Accrued { first: start + 1, ..Accrued::default() };
        let outlasted = until > due + self.grace_days && case.open_minor(due + self.grace_days) > 0;
        if !outlasted || until <= start {
            return Ok(accrued);
        }
        let (mut sum, mut pool) = (Exact::ZERO, Decimal::ZERO);
        let mut from = start;
        for to in turns(case, start, until) {
            let at = Moment { day: from + 1, ..case.moment(from)? };
            if at.open.is_positive() || !pool.is_zero() {
                let years = self.day_count.years(from, to)?;
                let method = self.lawful(case, at)?;
                match method {
                    None => sum = sum.plus(self.simple(case, at, &mut accrued)?.times(years)?)?,
                    Some(times) => {
                        let base = decimal(at.open)?.checked_add(pool).ok_or(TooLarge)?;
                        let year = self.yearly(case, at, times, &mut accrued)?;
                        let grown = base.checked_mul(pow(year, years)?).ok_or(TooLarge)?;
                        pool = grown.checked_sub(decimal(at.open)?).ok_or(TooLarge)?;
                    }
                }
            }
            from = to;
        }
        accrued.minor = self.minor(case, sum, pool)?;
        Ok(accrued)
    }

    /// How often a year it may be capitalised; none: it bears no interest on interest.
    fn lawful(&self, case: &Case<'_>, at: Moment) -> Result<Option<u32>, Failure> {
        let mut times = (self.method == Method::Compound).then_some(self.compounding);
        for interest in &case.law.interest {
            if times.is_some() && case.binds(&interest.entry, at)? {
                let most = interest.compounding_max.unwrap_or(u32::MAX);
                times = times.map(|times| times.min(most)).filter(|times| *times > 0);
            }
        }
        Ok(times)
    }

    /// A year's simple interest, in whole units.
    fn simple(&self, case: &Case<'_>, at: Moment, accrued: &mut Accrued) -> Result<Exact, Failure> {
        let mut percent = self.quote(case, at)?.simple(self.day_count)?;
        for cap in self.caps(case, at)? {
            let most = cap.quote.simple(self.day_count)?;
            if most < percent {
                percent = most;
                accrued.cut_by = Some((cap.rule, cap.source));
            }
        }
        Ok(at.open.times(percent.percent()?)?)
    }

    /// A year's growth. A cap stated as a nominal rate is taken for what a year may yield, the stricter way.
    fn yearly(
        &self,
        case: &Case<'_>,
        at: Moment,
        times: u32,
        accrued: &mut Accrued,
    ) -> Result<Decimal, Failure> {
        let mut growth = self.quote(case, at)?.yearly(times)?;
        for cap in self.caps(case, at)? {
            let most = Quote { effective: true, ..cap.quote }.yearly(1)?;
            if most < growth {
                growth = most;
                accrued.cut_by = Some((cap.rule, cap.source));
            }
        }
        Ok(growth)
    }

    fn quote(&self, case: &Case<'_>, at: Moment) -> Result<Quote, Failure> {
        match &self.rate {
            Agreed::Fixed(quote) => Ok(*quote),
            Agreed::Series { term, effective, monthly } => Ok(Quote {
                percent: case.largest(std::slice::from_ref(term), None, at.day)?,
                effective: *effective,
                monthly: *monthly,
            }),
            Agreed::Statutory(rule) => {
                Ok(statutory(case, at, rule.as_deref())?
                    .map_or(Quote::nominal(Exact::ZERO), |(_, quote)| quote))
            }
        }
    }

    fn caps(&self, case: &Case<'_>, at: Moment) -> Result<Vec<Cap>, Failure> {
        if self.capped { caps(case, at) } else { Ok(Vec::new()) }
    }

    fn minor(&self, case: &Case<'_>, sum: Exact, pool: Decimal) -> Result<i64, Failure> {
        let digits = self.decimals.map_or(case.exponent, |digits| digits.min(case.exponent));
        let pool = crate::power::cut(pool, 18)?;
        let rounded = sum.plus(pool)?.rounded(digits, self.rounding)?;
        let factor = 10_i64.checked_pow((case.exponent - digits).into()).ok_or(TooLarge)?;
        Ok(rounded.checked_mul(factor).ok_or(TooLarge)?)
    }
}

/// Where a rate, a cap or a balance may change, each the last day of what was before; then the last day.
fn turns(case: &Case<'_>, start: i32, until: i32) -> BTreeSet<i32> {
    let rates = case
        .rates
        .turns(start + 1, until, &case.law.series)
        .into_iter()
        .chain(case.law.turns())
        .map(|day| day - 1);
    let inner = rates.chain(case.balance_days()).filter(|day| (start + 1..until).contains(day));
    inner.chain([until]).collect()
}

/// The rate of the law in force, and the day count it is reckoned by.
pub(crate) fn statutory<'a>(
    case: &'a Case<'_>,
    at: Moment,
    rule: Option<&str>,
) -> Result<Option<(&'a crate::law::Rate, Quote)>, Failure> {
    for rate in &case.law.rate {
        let named = rule.is_none_or(|rule| rate.entry.rule == rule);
        if rate.role != Role::Cap && named && case.binds(&rate.entry, at)? {
            return Ok(Some((rate, quote(case, rate, at)?)));
        }
    }
    Ok(None)
}

/// Every cap that binds, the first entry of each rule.
fn caps(case: &Case<'_>, at: Moment) -> Result<Vec<Cap>, Failure> {
    let mut found: Vec<Cap> = Vec::new();
    for rate in &case.law.rate {
        let known = found.iter().any(|cap| cap.rule == rate.entry.rule);
        if rate.role != Role::Statutory && !known && case.binds(&rate.entry, at)? {
            let (rule, source) = (rate.entry.rule.clone(), rate.entry.source.clone());
            found.push(Cap { rule, source, quote: quote(case, rate, at)? });
        }
    }
    Ok(found)
}

/// The rate an entry gives on a day.
pub(crate) fn quote(case: &Case<'_>, rate: &crate::law::Rate, at: Moment) -> Result<Quote, Failure> {
    let percent = case.largest(&rate.largest, rate.floor.as_deref(), at.day)?;
    Ok(Quote { percent, effective: rate.effective, monthly: rate.monthly })
}
