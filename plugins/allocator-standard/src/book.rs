//! Receipts and open items of a call, and what has been given to what.
//!
//! Everything is counted in minor units of the finest exponent a currency has in the call. Only [`Book::give`] moves
//! money, and it holds the two promises: a receipt never gives more than it has, an item never takes more than
//! is open.

use std::collections::BTreeMap;
use std::ops::Range;

use recaudo_sdk::policy::allocator::{Assignment, Difference, Item, Receipt, Suggestion};
use recaudo_sdk::{Date, Fail, Failure, Money, values};

use crate::config::Rule;

/// An open item.
#[derive(Debug)]
pub(crate) struct Line<'a> {
    pub(crate) item: &'a Item,
    pub(crate) customer: u32,
    pub(crate) currency: u32,
    /// What was open when the call began; negative for what takes from what is owed.
    pub(crate) open: i64,
    /// What nothing was given to yet.
    pub(crate) left: i64,
    /// As `left`, but before guesses between several that fit equally.
    pub(crate) firm: i64,
    /// Last day and amount of a discount.
    pub(crate) discount: Option<(i32, i64)>,
    /// What the customer is expected to withhold.
    pub(crate) withholding: Option<i64>,
    /// What rates of withholding are taken of.
    pub(crate) net: Option<i64>,
}

/// Money that came in.
#[derive(Debug)]
pub(crate) struct Purse<'a> {
    pub(crate) receipt: &'a Receipt,
    pub(crate) currency: u32,
    pub(crate) rest: i64,
    /// Whose it can be: the customer, or those the account paid for before.
    pub(crate) payers: Vec<u32>,
    /// The host knows the customer.
    pub(crate) certain: bool,
    /// Its texts name items: no other rule may guess.
    pub(crate) named: bool,
    pub(crate) given: bool,
    out: Vec<(usize, i64, Rule, i32)>,
    differences: Vec<(Option<usize>, i64, &'static str)>,
}

/// A currency of the call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Currency {
    pub(crate) code: [u8; 3],
    pub(crate) exponent: u8,
}

/// What a group of assignments rests on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Why {
    pub(crate) rule: Rule,
    pub(crate) ppm: i32,
    /// Something else would have fitted as well.
    pub(crate) guess: bool,
}

/// The call.
#[derive(Debug)]
pub(crate) struct Book<'a> {
    /// By customer, currency, due day, document day, id.
    pub(crate) lines: Vec<Line<'a>>,
    /// By day and id.
    pub(crate) purses: Vec<Purse<'a>>,
    pub(crate) currencies: Vec<Currency>,
    ranges: BTreeMap<(u32, u32), Range<usize>>,
}

impl<'a> Book<'a> {
    pub(crate) fn open(receipts: &'a [Receipt], items: &'a [Item]) -> Result<Self, Failure> {
        unique("receipt", receipts.iter().map(|receipt| receipt.id.as_str()))?;
        unique("item", items.iter().map(|item| item.id.as_str()))?;
        let (currencies, numbers) = currencies(receipts, items)?;
        let mut names: Vec<&str> = items.iter().map(|item| item.customer.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let customer = |name: &str| names.binary_search(&name).ok().and_then(|at| u32::try_from(at).ok());
        let units = |money: &values::Money, id: &str| in_units(money, &currencies, &numbers, id);
        let mut lines = Vec::with_capacity(items.len());
        for item in items {
            let (currency, open) = units(&item.open, &item.id)?;
            let exponent = currencies[currency as usize];
            let customer = customer(&item.customer).unwrap_or(u32::MAX);
            lines.push(line(item, (customer, currency), open, exponent));
        }
        let order = |line: &Line<'a>| {
            (line.customer, line.currency, line.item.due, line.item.issued, line.item.id.as_str())
        };
        lines.sort_unstable_by(|a, b| order(a).cmp(&order(b)));
        let mut purses = Vec::with_capacity(receipts.len());
        for receipt in receipts {
            let (currency, rest) = units(&receipt.amount, &receipt.id)?;
            let payers = match &receipt.customer {
                Some(name) => customer(name).into_iter().collect(),
                None => known(receipt).filter_map(customer).collect(),
            };
            purses.push(purse(receipt, currency, rest, payers));
        }
        purses.sort_unstable_by(|a, b| {
            (a.receipt.received, &a.receipt.id).cmp(&(b.receipt.received, &b.receipt.id))
        });
        let ranges = ranges(&lines);
        Ok(Self { lines, purses, currencies, ranges })
    }

    /// A customer's items of a currency, oldest first.
    pub(crate) fn of(&self, customer: u32, currency: u32) -> Range<usize> {
        self.ranges.get(&(customer, currency)).cloned().unwrap_or(0..0)
    }

    pub(crate) fn currency(&self, purse: usize) -> Currency {
        self.currencies[self.purses[purse].currency as usize]
    }

    /// Gives parts of a receipt to items, all or nothing. Credit notes are given negative parts: what they take
    /// off lets the receipt reach further. False when it would break one of the two promises.
    pub(crate) fn give(&mut self, purse: usize, parts: &[(usize, i64)], why: Why) -> bool {
        let mut net: i128 = 0;
        for (at, (line, amount)) in parts.iter().enumerate() {
            let left = self.lines[*line].left;
            let fits = *amount != 0
                && amount.signum() == left.signum()
                && amount.unsigned_abs() <= left.unsigned_abs();
            let once = parts[..at].iter().all(|(other, _)| other != line);
            if !fits || !once || self.lines[*line].currency != self.purses[purse].currency {
                return false;
            }
            net += i128::from(*amount);
        }
        let Ok(net) = i64::try_from(net) else { return false };
        if parts.is_empty() || net < 0 || net > self.purses[purse].rest {
            return false;
        }
        for (line, amount) in parts {
            let line_now = &mut self.lines[*line];
            line_now.left -= amount;
            if !why.guess {
                line_now.firm = line_now.left;
            }
            self.purses[purse].out.push((*line, *amount, why.rule, why.ppm));
        }
        self.purses[purse].rest -= net;
        self.purses[purse].given = true;
        true
    }

    /// Notes that something does not come out even.
    pub(crate) fn differs(&mut self, purse: usize, line: Option<usize>, amount: i64, code: &'static str) {
        if amount > 0 {
            self.purses[purse].differences.push((line, amount, code));
        }
    }

    /// Everything suggested, receipts in the order they came in.
    pub(crate) fn suggestion(&self) -> Suggestion {
        let mut made = Suggestion { assignments: vec![], differences: vec![] };
        for purse in &self.purses {
            let currency = self.currencies[purse.currency as usize];
            for (line, amount, rule, ppm) in &purse.out {
                let item = self.lines[*line].item;
                made.assignments.push(Assignment {
                    receipt: purse.receipt.id.clone(),
                    item: item.id.clone(),
                    amount: money(*amount, currency, item.open.exponent),
                    confidence_ppm: *ppm,
                    rule: rule.id().to_owned(),
                });
            }
            for (line, amount, code) in &purse.differences {
                let item = line.map(|line| self.lines[line].item);
                let exponent = item.map_or(purse.receipt.amount.exponent, |item| item.open.exponent);
                made.differences.push(Difference {
                    receipt: purse.receipt.id.clone(),
                    item: item.map(|item| item.id.clone()),
                    amount: money(*amount, currency, exponent),
                    code: (*code).to_owned(),
                });
            }
        }
        made
    }
}

fn unique<'a>(what: &str, ids: impl Iterator<Item = &'a str>) -> Result<(), Failure> {
    let mut ids: Vec<&str> = ids.collect();
    ids.sort_unstable();
    match ids.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => {
            let message = format!("{what} `{}` comes twice in one call; hand each over once", pair[0]);
            Err(Fail::invalid_input("duplicate", message))
        }
        None => Ok(()),
    }
}

type Numbers = BTreeMap<[u8; 3], u32>;

fn code(money: &values::Money) -> [u8; 3] {
    let (a, b, c) = money.currency;
    [a, b, c]
}

/// The currencies of a call, each with the finest exponent it occurs with.
fn currencies(receipts: &[Receipt], items: &[Item]) -> Result<(Vec<Currency>, Numbers), Failure> {
    let mut finest: BTreeMap<[u8; 3], u8> = BTreeMap::new();
    let all = receipts.iter().map(|receipt| (&receipt.amount, &receipt.id));
    for (money, id) in all.chain(items.iter().map(|item| (&item.open, &item.id))) {
        if money.exponent > 18 {
            let message = format!("`{id}`: an amount has {} decimals; at most 18 can be", money.exponent);
            return Err(Fail::invalid_input("amount-precision", message));
        }
        let exponent = finest.entry(code(money)).or_insert(money.exponent);
        *exponent = (*exponent).max(money.exponent);
    }
    let currencies: Vec<Currency> =
        finest.into_iter().map(|(code, exponent)| Currency { code, exponent }).collect();
    let numbers = currencies.iter().zip(0..).map(|(currency, number)| (currency.code, number)).collect();
    Ok((currencies, numbers))
}

fn in_units(
    money: &values::Money,
    currencies: &[Currency],
    numbers: &Numbers,
    id: &str,
) -> Result<(u32, i64), Failure> {
    let number = numbers.get(&code(money)).copied().unwrap_or(0);
    let finest = currencies[number as usize].exponent;
    let factor = 10_i64.checked_pow(u32::from(finest - money.exponent));
    let minor = factor.and_then(|factor| money.minor.checked_mul(factor)).filter(|minor| *minor != i64::MIN);
    match minor {
        Some(minor) => Ok((number, minor)),
        None => {
            let message =
                format!("`{id}`: the amount does not fit {finest} decimals; hand the currency over alone");
            Err(Fail::invalid_input("amount-too-large", message))
        }
    }
}

/// With `exponent` decimals where that loses nothing, else with the finest of the call.
fn money(minor: i64, currency: Currency, exponent: u8) -> values::Money {
    let factor = 10_i64.pow(u32::from(currency.exponent.saturating_sub(exponent)));
    let whole = minor % factor == 0;
    let (minor, exponent) = if whole { (minor / factor, exponent) } else { (minor, currency.exponent) };
    Money { minor, exponent, currency: currency.code }.into()
}

/// Customers the account paid for before: `known-customer:ID`, or `known-customer` with the id as its value.
fn known(receipt: &Receipt) -> impl Iterator<Item = &str> {
    receipt.attributes.iter().filter_map(|(name, value)| match name.split_once(':') {
        Some(("known-customer", id)) => Some(id),
        _ => (name == "known-customer").then_some(value.as_str()),
    })
}

fn purse(receipt: &Receipt, currency: u32, rest: i64, mut payers: Vec<u32>) -> Purse<'_> {
    payers.sort_unstable();
    payers.dedup();
    Purse {
        receipt,
        currency,
        // Money that went back settles nothing: the host reverses what it had settled.
        rest: rest.max(0),
        payers,
        certain: receipt.customer.is_some(),
        named: false,
        given: false,
        out: vec![],
        differences: vec![],
    }
}

fn line(item: &Item, (customer, currency): (u32, u32), open: i64, unit: Currency) -> Line<'_> {
    let text = |name: &str| {
        item.attributes.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    };
    let amount = |name: &str| text(name).and_then(|text| amount(text, unit)).filter(|amount| *amount > 0);
    let until = text("discount-until").and_then(Date::parse_iso).map(Date::epoch_day);
    Line {
        item,
        customer,
        currency,
        open,
        left: open,
        firm: open,
        discount: until.zip(amount("discount-amount")),
        withholding: amount("withholding"),
        net: amount("net"),
    }
}

/// `1234.50` or `1234.50 COP`, in the item's currency.
fn amount(text: &str, currency: Currency) -> Option<i64> {
    let (number, code) = text.split_once(' ').unwrap_or((text, ""));
    if !code.is_empty() && code.as_bytes() != currency.code {
        return None;
    }
    Money::parse(number, currency.exponent, currency.code).ok().map(|money| money.minor)
}

fn ranges(lines: &[Line<'_>]) -> BTreeMap<(u32, u32), Range<usize>> {
    let mut found: BTreeMap<(u32, u32), Range<usize>> = BTreeMap::new();
    for (at, line) in lines.iter().enumerate() {
        found.entry((line.customer, line.currency)).or_insert(at..at).end = at + 1;
    }
    found
}
