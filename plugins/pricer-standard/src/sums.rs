//! Penalties and fees: amounts that fall due on a day, under the law's caps, charged once or once a month.

use recaudo_sdk::Failure;

use crate::case::{Case, Moment, number};
use crate::config::{Config, Contract, ContractKind, Statutory};
use crate::days::same_month;
use crate::exact::{Exact, Rounding, TooLarge};
use crate::law::{Band, Entry, Repeat, Role, Sum};
use crate::ledger::{Charged, New};

/// An amount that fell due.
struct Due {
    rule: String,
    source: String,
    day: i32,
    minor: i64,
}

/// What the law says about one charge at one moment.
struct Cap {
    entry: Entry,
    minor: i64,
    repeat: Repeat,
}

/// What is to be charged of a kind, beyond what was.
pub(crate) fn price(case: &Case<'_>, config: &Config, kind: ContractKind) -> Result<Vec<New>, Failure> {
    let (word, charged) = (kind.word(), Charged::of(case.item, kind.word()));
    let mut rules: Vec<&Contract> = Vec::new();
    for rule in config.rules.iter().filter(|rule| rule.kind == kind) {
        if case.any(&rule.when, case.moment(case.item.due)?)? {
            rules.push(rule);
        }
    }
    if rules.iter().any(|rule| rule.repeat == Repeat::Monthly) {
        return monthly(case, &rules, word, &charged);
    }
    let sums = statutory(case, config, word)?;
    if rules.is_empty() && sums.is_empty() {
        return Ok(Vec::new());
    }
    let mut dues = Vec::new();
    for rule in &rules {
        dues.extend(contractual(case, rule, word)?);
    }
    for sum in sums {
        dues.extend(lawful(case, sum)?);
    }
    dues.sort_by_key(|due| due.day);
    limit(case, word, &mut dues)?;
    Ok(beyond(case, &dues, &charged))
}

/// Each due in turn uses up what was charged; what is over is given back.
fn beyond(case: &Case<'_>, dues: &[Due], charged: &Charged) -> Vec<New> {
    let total: i64 = dues.iter().map(|due| due.minor).sum();
    if total < charged.net {
        let rule = dues.last().map_or("correction", |due| &due.rule).to_owned();
        let source = "less was due than was charged".to_owned();
        return vec![New { rule, source, minor: total - charged.net, from: case.item.due, to: case.on }];
    }
    let mut used = charged.gross;
    let mut new = Vec::new();
    for due in dues {
        let covered = due.minor.min(used);
        used -= covered;
        if due.minor > covered {
            let (rule, source, minor) = (due.rule.clone(), due.source.clone(), due.minor - covered);
            new.push(New { rule, source, minor, from: due.day, to: due.day });
        }
    }
    new
}

fn statutory<'a>(case: &'a Case<'_>, config: &Config, word: &str) -> Result<Vec<&'a Sum>, Failure> {
    let mut found: Vec<&Sum> = Vec::new();
    for sum in &case.law.sum {
        let ours = sum.role != Role::Cap && sum.kinds.iter().any(|kind| kind == word);
        let known = found.iter().any(|other| other.entry.rule == sum.entry.rule);
        if config.statutory == Statutory::All
            && ours
            && !known
            && case.binds(&sum.entry, started(case, 0)?)?
        {
            found.push(sum);
        }
    }
    Ok(found)
}

/// The day on which it is more than so many days late, and what was open when that day began.
fn started(case: &Case<'_>, after: i32) -> Result<Moment, Failure> {
    let day = case.item.due + after + 1;
    Ok(Moment { day, ..case.moment(day - 1)? })
}

fn contractual(case: &Case<'_>, rule: &Contract, word: &str) -> Result<Option<Due>, Failure> {
    let mut after = rule.after_days;
    for sum in &case.law.sum {
        if about(sum, word) && case.binds(&sum.entry, started(case, after)?)? {
            after = after.max(sum.after_days);
        }
    }
    let at = started(case, after)?;
    if at.day > case.on || !at.open.is_positive() {
        return Ok(None);
    }
    let minor = amount(case, rule, at)?;
    Ok(Some(Due { rule: rule.id.clone(), source: rule.source.clone(), day: at.day, minor }))
}

/// A clause's part of what is open, and its fixed amount in the item's currency.
pub(crate) fn amount(case: &Case<'_>, rule: &Contract, at: Moment) -> Result<i64, Failure> {
    let currency = core::str::from_utf8(&case.currency).unwrap_or("");
    let percent = rule.percent.as_deref().map_or(Ok(Exact::ZERO), number)?;
    let fixed = rule.fixed.get(currency).map_or(Ok(Exact::ZERO), |text| number(text))?;
    let mut sum = at.open.times(percent.percent()?)?.plus(fixed)?;
    if let Some(most) = rule.most.get(currency) {
        sum = sum.min(number(most)?);
    }
    let digits = rule.decimals.map_or(case.exponent, |digits| digits.min(case.exponent));
    let factor = 10_i64.checked_pow((case.exponent - digits).into()).ok_or(TooLarge)?;
    Ok(sum.rounded(digits, rule.rounding)?.checked_mul(factor).ok_or(TooLarge)?)
}

fn lawful(case: &Case<'_>, sum: &Sum) -> Result<Option<Due>, Failure> {
    let at = started(case, sum.after_days)?;
    if at.day > case.on || !at.open.is_positive() {
        return Ok(None);
    }
    let minor = evaluate(case, sum, at)?.rounded(case.exponent, Rounding::HalfEven)?;
    let Entry { rule, source, .. } = sum.entry.clone();
    Ok(Some(Due { rule, source, day: at.day, minor }))
}

/// No more in all than every cap allows; each amount is measured on the day it falls due.
fn limit(case: &Case<'_>, word: &str, dues: &mut [Due]) -> Result<(), Failure> {
    let mut sum = 0_i64;
    for due in dues {
        let at = Moment { day: due.day, ..case.moment(due.day - 1)? };
        for cap in caps(case, word, at)? {
            let left = (cap.minor - sum).max(0);
            cut(due, &cap.entry, left);
        }
        sum = sum.checked_add(due.minor).ok_or(TooLarge)?;
    }
    Ok(())
}

fn cut(due: &mut Due, entry: &Entry, left: i64) {
    if left < due.minor {
        due.minor = left;
        due.source = format!("{}; cut by {} ({})", due.source, entry.rule, entry.source);
    }
}

fn about(sum: &Sum, word: &str) -> bool {
    sum.role != Role::Statutory && sum.kinds.iter().any(|kind| kind == word)
}

fn caps(case: &Case<'_>, word: &str, at: Moment) -> Result<Vec<Cap>, Failure> {
    let mut found: Vec<Cap> = Vec::new();
    for sum in case.law.sum.iter().filter(|sum| about(sum, word)) {
        let known = found.iter().any(|cap| cap.entry.rule == sum.entry.rule);
        if !known && case.binds(&sum.entry, at)? {
            let minor = evaluate(case, sum, at)?.rounded(case.exponent, Rounding::Down)?;
            found.push(Cap { entry: sum.entry.clone(), minor, repeat: sum.repeat });
        }
    }
    Ok(found)
}

/// One charge in each calendar month it is late, on the day it is priced; a month nobody priced is lost.
fn monthly(case: &Case<'_>, rules: &[&Contract], word: &str, charged: &Charged) -> Result<Vec<New>, Failure> {
    if charged.days.iter().any(|day| same_month(*day, case.on)) {
        return Ok(Vec::new());
    }
    let at = Moment { day: case.on, ..case.moment(case.on - 1)? };
    let mut dues = Vec::new();
    for rule in rules {
        if case.days_late() > rule.after_days && at.open.is_positive() {
            let (minor, rule, source) = (amount(case, rule, at)?, rule.id.clone(), rule.source.clone());
            dues.push(Due { rule, source, day: case.on, minor });
        }
    }
    let caps = caps(case, word, at)?;
    let mut sum = 0_i64;
    for due in &mut dues {
        for cap in &caps {
            let earlier = if cap.repeat == Repeat::Monthly { 0 } else { charged.gross };
            cut(due, &cap.entry, (cap.minor - sum - earlier).max(0));
        }
        sum = sum.checked_add(due.minor).ok_or(TooLarge)?;
    }
    let new =
        |due: Due| New { rule: due.rule, source: due.source, minor: due.minor, from: due.day, to: due.day };
    Ok(dues.into_iter().filter(|due| due.minor > 0).map(new).collect())
}

/// A sum of the law for a debt, in the item's currency.
pub(crate) fn evaluate(case: &Case<'_>, sum: &Sum, at: Moment) -> Result<Exact, Failure> {
    if at.day - case.item.due <= sum.after_days && sum.after_days > 0 {
        return Ok(Exact::ZERO);
    }
    if let Some(fact) = &sum.month_fact
        && case.count(fact)?.is_some_and(|times| times > 0)
    {
        return Ok(Exact::ZERO);
    }
    let own = core::str::from_utf8(&case.currency).unwrap_or("");
    let foreign = !sum.currency.is_empty() && sum.currency != own;
    let series = || sum.series.clone().unwrap_or_else(|| format!("{}-{own}", sum.currency).to_lowercase());
    let debt = if foreign { case.convert(at, &sum.currency, &series())? } else { at.open };
    let mut value = bands(&sum.bands, debt)?;
    let share = |text: &Option<String>| text.as_deref().map_or(Ok(Exact::ZERO), number);
    value = value.plus(debt.times(share(&sum.percent)?.percent()?)?)?.plus(share(&sum.amount)?)?;
    if let Some(most) = &sum.most {
        value = value.min(number(most)?);
    }
    let spared = sum.less_unless.clone().map_or(Ok(false), |fact| case.any(&[fact], at))?;
    if let Some(less) = sum.less.as_ref().filter(|_| !spared) {
        value = value.minus(number(less)?)?.max(Exact::ZERO);
    }
    if let Some(each) = &sum.each {
        value = value.times(Exact::int(case.count(each)?.unwrap_or(1)))?;
    }
    if !foreign {
        return Ok(value);
    }
    Ok(value.times(case.rates.on(&series(), at.day, &case.law.series)?)?)
}

/// Each band's percentage of the part of the debt within it; a band with an amount is for the whole debt.
fn bands(bands: &[Band], debt: Exact) -> Result<Exact, Failure> {
    let (mut sum, mut below) = (Exact::ZERO, Exact::ZERO);
    for band in bands {
        let end = band.below.as_deref().map(number).transpose()?;
        if let Some(amount) = &band.amount {
            if end.is_none_or(|end| debt < end) {
                return number(amount);
            }
            continue;
        }
        let top = end.map_or(debt, |end| end.min(debt));
        if top > below {
            let part = top.minus(below)?;
            sum =
                sum.plus(part.times(band.percent.as_deref().map_or(Ok(Exact::ZERO), number)?.percent()?)?)?;
            below = top;
        }
    }
    Ok(sum)
}
