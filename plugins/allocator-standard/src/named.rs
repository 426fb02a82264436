//! Money whose texts say what it is for.

use crate::book::{Book, Why};
use crate::config::{Config, Rule};
use crate::index::{Hit, Named};
use crate::{short, subset};

/// Taken off how sure a rule is.
mod less {
    pub(super) const DISCOUNT: i32 = 10_000;
    pub(super) const ROUNDING: i32 = 10_000;
    pub(super) const OVER: i32 = 30_000;
    pub(super) const EXPLAINED: i32 = 40_000;
    pub(super) const CREDIT_NOTES: i32 = 60_000;
    pub(super) const OLDEST_OF_THEM: i32 = 60_000;
    pub(super) const SOME_OF_THEM: i32 = 80_000;
    pub(super) const PART: i32 = 90_000;
    pub(super) const ONE_MORE: i32 = 100_000;
    pub(super) const SEVERAL_CUSTOMERS: i32 = 100_000;
    pub(super) const BY_AMOUNT: i32 = 150_000;
    pub(super) const UNEXPLAINED: i32 = 300_000;
    pub(super) const ANOTHERS: i32 = 370_000;
    pub(super) const DIGITS: i32 = 70_000;
}

/// Other customers' items shown beside an ambiguous suggestion.
const OTHERS_MAX: usize = 5;

/// A plan: what goes where, what is missing and why.
#[derive(Debug, Default)]
struct Plan {
    parts: Vec<(usize, i64)>,
    missing: Vec<(Option<usize>, i64, &'static str)>,
    less: i32,
    guess: bool,
    rule: Option<Rule>,
}

/// Gives a receipt to the items its texts name.
pub(crate) fn settle(config: &Config, book: &mut Book<'_>, purse: usize, hits: &[Hit], named: Named) {
    let currency = book.purses[purse].currency;
    let mine = hits.iter().filter(|hit| hit.named == named && book.lines[hit.line].currency == currency);
    let all: Vec<usize> = mine.map(|hit| hit.line).collect();
    let mut set: Vec<usize> = all.iter().copied().filter(|line| book.lines[*line].left != 0).collect();
    set.sort_unstable();
    set.dedup();
    if set.is_empty() {
        // What it names is settled already: a second payment, and nothing else is to be guessed.
        book.purses[purse].named |= named != Named::Digits && !all.is_empty();
        return;
    }
    let had = book.purses[purse].rest;
    let rule = if named == Named::Reference { Rule::Reference } else { Rule::Number };
    let (set, mut less, others) = whose(book, purse, set);
    let sound = |plan: &Plan| plan.less <= less::EXPLAINED && !plan.guess;
    let Some(plan) = plan(config, book, purse, &set).filter(|plan| named != Named::Digits || sound(plan))
    else {
        return;
    };
    if named == Named::Digits {
        less += less::DIGITS;
    }
    let guess = plan.guess || !others.is_empty();
    let rule = plan.rule.unwrap_or(rule);
    let sure = config.sure(rule, less + plan.less);
    let ppm = if guess { sure.min(config.ambiguous()) } else { sure };
    if !book.give(purse, &plan.parts, Why { rule, ppm, guess }) {
        return;
    }
    book.purses[purse].named = true;
    for (line, amount, code) in plan.missing {
        book.differs(purse, line, amount, code);
    }
    for line in others.into_iter().take(OTHERS_MAX) {
        let amount = book.lines[line].left.min(had);
        book.differs(purse, Some(line), amount, "ambiguous");
    }
}

/// Of the items named, those of the payer; how much less sure that makes it; and what could be meant as well.
fn whose(book: &Book<'_>, purse: usize, set: Vec<usize>) -> (Vec<usize>, i32, Vec<usize>) {
    let now = &book.purses[purse];
    let own: Vec<usize> =
        set.iter().copied().filter(|line| now.payers.contains(&book.lines[*line].customer)).collect();
    if !own.is_empty() {
        return (own, 0, vec![]);
    }
    let customer = |line: &usize| book.lines[*line].customer;
    let mut customers: Vec<u32> = set.iter().map(customer).collect();
    customers.dedup();
    let penalty = if now.certain { less::ANOTHERS } else { 0 };
    let sum = |lines: &mut dyn Iterator<Item = &usize>| -> i128 {
        lines.map(|line| i128::from(book.lines[*line].left)).sum()
    };
    let rest = i128::from(now.rest);
    if customers.len() < 2 || sum(&mut set.iter()) == rest {
        let several = if customers.len() < 2 { 0 } else { less::SEVERAL_CUSTOMERS };
        return (set, penalty + several, vec![]);
    }
    let fits = |wanted: &u32| sum(&mut set.iter().filter(|line| customer(line) == *wanted)) == rest;
    let fitting: Vec<u32> = customers.iter().copied().filter(fits).collect();
    let first = *fitting.first().unwrap_or(&customers[0]);
    let (mine, mut others): (Vec<usize>, Vec<usize>) = set.iter().partition(|line| customer(line) == first);
    if fitting.len() == 1 {
        return (mine, penalty + less::BY_AMOUNT, vec![]);
    }
    if !fitting.is_empty() {
        others.retain(|line| fitting.contains(&customer(line)));
    }
    (mine, penalty, others)
}

/// How the rest of a receipt covers the items named.
fn plan(config: &Config, book: &Book<'_>, purse: usize, set: &[usize]) -> Option<Plan> {
    let rest = book.purses[purse].rest;
    let full: Vec<(usize, i64)> = set.iter().map(|line| (*line, book.lines[*line].left)).collect();
    let total = i64::try_from(full.iter().map(|(_, left)| i128::from(*left)).sum::<i128>()).ok()?;
    if total <= 0 {
        return None;
    }
    match total.cmp(&rest) {
        core::cmp::Ordering::Equal => Some(Plan { parts: full, ..Plan::default() }),
        core::cmp::Ordering::Less => Some(over(config, book, purse, full, rest - total)),
        core::cmp::Ordering::Greater => discounted(book, purse, &full, total - rest)
            .or_else(|| explained(config, book, purse, &full, total - rest))
            .or_else(|| with_credit_notes(book, purse, set, total - rest))
            .or_else(|| some(config, book, &full, rest)),
    }
}

/// More money than was named.
fn over(config: &Config, book: &Book<'_>, purse: usize, mut full: Vec<(usize, i64)>, over: i64) -> Plan {
    let currency = book.currency(purse);
    if over <= config.rounding(currency.code, currency.exponent) {
        return Plan { parts: full, less: less::ROUNDING, ..Plan::default() };
    }
    let first = &book.lines[full[0].0];
    let exact = |line: &usize| book.lines[*line].left == over && full.iter().all(|(named, _)| named != line);
    let mut more = book.of(first.customer, first.currency).filter(exact);
    match (more.next(), more.next()) {
        (Some(line), None) => {
            full.push((line, over));
            Plan { parts: full, less: less::ONE_MORE, ..Plan::default() }
        }
        _ => Plan { parts: full, less: less::OVER, ..Plan::default() },
    }
}

/// Less by exactly the discounts that could still be taken.
fn discounted(book: &Book<'_>, purse: usize, full: &[(usize, i64)], missing: i64) -> Option<Plan> {
    let mut plan = Plan { less: less::DISCOUNT, ..Plan::default() };
    for (line, left) in full {
        let off = discount(book, purse, *line).unwrap_or(0);
        plan.parts.push((*line, left - off));
        if off > 0 {
            plan.missing.push((Some(*line), off, "discount"));
        }
    }
    let off: i128 = plan.missing.iter().map(|(_, off, _)| i128::from(*off)).sum();
    (off == i128::from(missing)).then_some(plan)
}

/// The discount of an untouched item, if the receipt came in time.
pub(crate) fn discount(book: &Book<'_>, purse: usize, line: usize) -> Option<i64> {
    let line = &book.lines[line];
    let (until, off) = line.discount?;
    let in_time = book.purses[purse].receipt.received <= until;
    (in_time && line.left == line.open && off < line.left).then_some(off)
}

/// Less by something we can name; the largest item stays short of it.
fn explained(
    config: &Config,
    book: &Book<'_>,
    purse: usize,
    full: &[(usize, i64)],
    missing: i64,
) -> Option<Plan> {
    let lines: Vec<usize> = full.iter().map(|(line, _)| *line).collect();
    let code = short::explain(config, book, book.currency(purse), &lines, missing)?;
    let mut parts = full.to_vec();
    let largest = parts.iter_mut().max_by_key(|(line, left)| (*left, core::cmp::Reverse(*line)))?;
    if largest.1 <= missing {
        return None;
    }
    largest.1 -= missing;
    let missing = vec![(Some(largest.0), missing, code)];
    Some(Plan { parts, missing, less: less::EXPLAINED, ..Plan::default() })
}

/// Less by the customer's credit notes, though the text does not name them.
fn with_credit_notes(book: &Book<'_>, purse: usize, set: &[usize], missing: i64) -> Option<Plan> {
    let customer = book.lines[*set.first()?].customer;
    if set.iter().any(|line| book.lines[*line].customer != customer) {
        return None;
    }
    let range = book.of(customer, book.purses[purse].currency);
    let notes: Vec<usize> = range
        .filter(|line| book.lines[*line].left < 0 && !set.contains(line))
        .take(subset::ITEMS_MAX)
        .collect();
    let off = |line: &usize| book.lines[*line].left.checked_neg().unwrap_or(0);
    let mut alone = notes.iter().filter(|line| off(line) == missing);
    let (used, guess) = match (alone.next(), alone.next()) {
        (Some(note), more) => (vec![*note], more.is_some()),
        _ => {
            let amounts: Vec<i64> = notes.iter().map(off).collect();
            let (mask, only) = subset::solve(&amounts, missing)?;
            (picked(&notes, mask), !only)
        }
    };
    let parts = set.iter().chain(&used).map(|line| (*line, book.lines[*line].left)).collect();
    Some(Plan { parts, less: less::CREDIT_NOTES, guess, ..Plan::default() })
}

/// The items whose bits are set.
pub(crate) fn picked(lines: &[usize], mask: u32) -> Vec<usize> {
    lines.iter().zip(0..).filter(|(_, bit)| mask & (1_u32 << *bit) != 0).map(|(line, _)| *line).collect()
}

/// Less money than was named, and nothing says why: a part of the one item, some of several, or the oldest first.
fn some(config: &Config, book: &Book<'_>, full: &[(usize, i64)], rest: i64) -> Option<Plan> {
    if let [(line, left)] = full {
        let missing = vec![(Some(*line), left - rest, "short")];
        return Some(Plan { parts: vec![(*line, rest)], missing, less: less::PART, ..Plan::default() });
    }
    let mut run: i128 = 0;
    for (at, (_, left)) in full.iter().enumerate() {
        run += i128::from(*left);
        if run == i128::from(rest) {
            let parts = full[..=at].to_vec();
            return Some(Plan { parts, less: less::OLDEST_OF_THEM, ..Plan::default() });
        }
    }
    let mut alone = full.iter().filter(|(_, left)| *left == rest);
    if let (Some(part), more) = (alone.next(), alone.next()) {
        return Some(Plan {
            parts: vec![*part],
            less: less::SOME_OF_THEM,
            guess: more.is_some(),
            ..Plan::default()
        });
    }
    let few = &full[..full.len().min(config.sum_items_max)];
    let amounts: Vec<i64> = few.iter().map(|(_, left)| *left).collect();
    if let Some((mask, only)) = subset::solve(&amounts, rest) {
        let lines: Vec<usize> = few.iter().map(|(line, _)| *line).collect();
        let parts = picked(&lines, mask).into_iter().map(|line| (line, book.lines[line].left)).collect();
        return Some(Plan { parts, less: less::SOME_OF_THEM, guess: !only, ..Plan::default() });
    }
    let (parts, missing) = oldest(full, rest);
    Some(Plan { parts, missing, less: less::UNEXPLAINED, ..Plan::default() })
}

type Parts = Vec<(usize, i64)>;
type Missing = Vec<(Option<usize>, i64, &'static str)>;

/// What an amount covers, oldest first; the last item may stay short. Credit notes are left alone.
pub(crate) fn oldest(full: &[(usize, i64)], amount: i64) -> (Parts, Missing) {
    let (mut parts, mut missing, mut rest) = (vec![], vec![], amount);
    for (line, left) in full.iter().filter(|(_, left)| *left > 0) {
        let part = rest.min(*left);
        if part == 0 {
            break;
        }
        parts.push((*line, part));
        rest -= part;
        if part < *left {
            missing.push((Some(*line), left - part, "short"));
        }
    }
    (parts, missing)
}
