//! One item with everything the rules may ask about it.

use std::collections::BTreeMap;

use recaudo_sdk::policy::pricer::Item;
use recaudo_sdk::{Date, Failure, Money};

use crate::exact::Exact;
use crate::fail;
use crate::law::{Entry, Law, Term};
use crate::series::Rates;

/// An item on the day it is priced.
pub(crate) struct Case<'a> {
    pub(crate) item: &'a Item,
    pub(crate) on: i32,
    pub(crate) law: &'a Law,
    pub(crate) rates: &'a Rates<'a>,
    facts: BTreeMap<String, String>,
    /// Minor units open from each day on; never negative.
    balances: Vec<(i32, i64)>,
    pub(crate) currency: [u8; 3],
    pub(crate) exponent: u8,
    /// A question names the rule itself, whoever owes.
    asked: bool,
}

/// A day, and what is open on it in whole units.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) day: i32,
    pub(crate) open: Exact,
}

/// Lower case, one kind of hyphen.
pub(crate) fn word(text: &str) -> String {
    text.trim().to_lowercase().replace(['_', ' '], "-")
}

impl<'a> Case<'a> {
    pub(crate) fn new(item: &'a Item, on: i32, law: &'a Law, rates: &'a Rates<'a>) -> Result<Self, Failure> {
        let bad = |what: &str| fail::input(fail::BAD_ITEM, format!("item {}: {what}", item.id));
        let first =
            item.balances.first().ok_or_else(|| bad("it has no balance; give one from its date on"))?;
        let unit = Money::from(first.open);
        let monies = item.balances.iter().map(|b| b.open).chain(item.charged.iter().map(|c| c.amount));
        if monies.map(Money::from).any(|m| (m.currency, m.exponent) != (unit.currency, unit.exponent)) {
            return Err(bad("its balances and charges are of more than one currency"));
        }
        if item.balances.windows(2).any(|pair| matches!(pair, [a, b] if a.on >= b.on)) {
            return Err(bad("its balances do not ascend by day"));
        }
        if first.on > item.due.max(item.issued) {
            return Err(bad("its first balance is after its due date; give it from the document's date on"));
        }
        let facts: BTreeMap<_, _> = item.attributes.iter().map(|(k, v)| (word(k), v.trim().into())).collect();
        Ok(Self {
            asked: facts.contains_key("ask"),
            facts,
            balances: item.balances.iter().map(|b| (b.on, b.open.minor.max(0))).collect(),
            currency: unit.currency,
            exponent: unit.exponent,
            item,
            on,
            law,
            rates,
        })
    }

    /// Minor units open when the day ends.
    pub(crate) fn open_minor(&self, day: i32) -> i64 {
        let at = self.balances.partition_point(|(first, _)| *first <= day);
        at.checked_sub(1).and_then(|at| self.balances.get(at)).map_or(0, |(_, open)| *open)
    }

    pub(crate) fn moment(&self, day: i32) -> Result<Moment, Failure> {
        let open = Exact::decimal(self.open_minor(day).into(), self.exponent.into())?;
        Ok(Moment { day, open })
    }

    /// Days on which what is open changes.
    pub(crate) fn balance_days(&self) -> impl Iterator<Item = i32> + '_ {
        self.balances.iter().map(|(day, _)| *day)
    }

    pub(crate) fn days_late(&self) -> i32 {
        self.on - self.item.due
    }

    /// What an attribute says; empty is absent.
    pub(crate) fn given(&self, key: &str) -> Option<&str> {
        self.facts.get(key).map(String::as_str).filter(|text| !text.is_empty() && *text != "null")
    }

    /// A number among the attributes.
    pub(crate) fn number(&self, key: &str) -> Result<Option<Exact>, Failure> {
        let read = |text: &str| {
            let number = Exact::parse(text.trim_end_matches('%'));
            number.ok_or_else(|| self.bad(key, text, "a plain number such as 12.5"))
        };
        self.given(key).map(read).transpose()
    }

    /// A whole number among the attributes.
    pub(crate) fn count(&self, key: &str) -> Result<Option<i32>, Failure> {
        let Some(number) = self.number(key)? else { return Ok(None) };
        let whole = number.den() == 1;
        let count = i32::try_from(number.num()).ok().filter(|count| whole && (0..=36_525).contains(count));
        count
            .map(Some)
            .ok_or_else(|| self.bad(key, self.given(key).unwrap_or_default(), "a whole number up to 36525"))
    }

    /// A day among the attributes.
    pub(crate) fn day(&self, key: &str) -> Result<Option<i32>, Failure> {
        let read = |text: &str| {
            let day = Date::parse_iso(text).map(Date::epoch_day);
            day.ok_or_else(|| self.bad(key, text, "a day such as 2026-03-31"))
        };
        self.given(key).map(read).transpose()
    }

    fn bad(&self, key: &str, value: &str, wanted: &str) -> Failure {
        let message = format!("item {}: attribute {key} is {value:?}; write {wanted}", self.item.id);
        fail::input(fail::BAD_FACT, message)
    }

    /// Does the entry bind this debt at this moment?
    pub(crate) fn binds(&self, entry: &Entry, at: Moment) -> Result<bool, Failure> {
        Ok(entry.holds_on(at.day)
            && (self.asked || self.any(&entry.scope, at)?)
            && self.any(&entry.when, at)?)
    }

    /// Does one of the conditions hold? None means yes.
    pub(crate) fn any(&self, conditions: &[String], at: Moment) -> Result<bool, Failure> {
        for condition in conditions {
            if self.all(condition, at)? {
                return Ok(true);
            }
        }
        Ok(conditions.is_empty())
    }

    fn all(&self, condition: &str, at: Moment) -> Result<bool, Failure> {
        for part in condition.split('&') {
            if !self.holds(part.trim(), at)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// `key`, `!key`, `key=a|b`, `key!=a|b`, `key<=5`, `key<5`, `key>=5`, `key>5`.
    fn holds(&self, part: &str, at: Moment) -> Result<bool, Failure> {
        for sign in ["<=", ">=", "<", ">"] {
            if let Some((key, bound)) = part.split_once(sign) {
                let broken = || fail::config(&format!("condition {part:?} compares with no number"));
                let bound = Exact::parse(bound).ok_or_else(broken)?;
                let Some(figure) = self.figure(&word(key), at)? else { return Ok(false) };
                return Ok(match sign {
                    "<=" => figure <= bound,
                    ">=" => figure >= bound,
                    "<" => figure < bound,
                    _ => figure > bound,
                });
            }
        }
        if let Some((key, words)) = part.split_once('=') {
            let (key, wanted) = key.strip_suffix('!').map_or((key, true), |key| (key, false));
            let said = self.text(&word(key), at)?;
            return Ok(words.split('|').any(|known| word(known) == said) == wanted);
        }
        match part.strip_prefix('!') {
            Some(key) => Ok(!self.truth(&word(key), at)?),
            None => self.truth(&word(part), at),
        }
    }

    fn truth(&self, key: &str, at: Moment) -> Result<bool, Failure> {
        Ok(!matches!(self.text(key, at)?.as_str(), "" | "false" | "0" | "no"))
    }

    /// Attributes first, then what the item says itself, then what follows from it.
    fn text(&self, key: &str, at: Moment) -> Result<String, Failure> {
        if let Some(text) = self.given(key) {
            return Ok(word(text));
        }
        Ok(match key {
            "country" => word(&self.item.country),
            "debtor-kind" => word(&self.item.debtor_kind),
            "kind" => word(&self.item.kind),
            "currency" => word(core::str::from_utf8(&self.currency).unwrap_or("")),
            "in-default" => (at.day > self.item.due).to_string(),
            _ => match self.law.fact.iter().find(|fact| fact.name == key) {
                Some(fact) => self.any(&fact.when, at)?.to_string(),
                None => String::new(),
            },
        })
    }

    /// A number: an attribute, days late, what is open, or what is open in another unit.
    fn figure(&self, key: &str, at: Moment) -> Result<Option<Exact>, Failure> {
        if self.given(key).is_some() {
            return self.number(key);
        }
        Ok(match key {
            "days" => Some(Exact::int(at.day - self.item.due)),
            "open" => Some(at.open),
            _ => match self.law.measure.iter().find(|measure| measure.name == key) {
                Some(unit) => Some(self.convert(at, &unit.currency, &unit.series)?),
                None => None,
            },
        })
    }

    /// What is open in another currency, whose price in the item's the series gives.
    pub(crate) fn convert(&self, at: Moment, currency: &str, series: &str) -> Result<Exact, Failure> {
        if self.currency == currency.as_bytes() {
            return Ok(at.open);
        }
        Ok(at.open.over(self.rates.on(series, at.day, &self.law.series)?)?)
    }

    /// The largest of the terms on a day, no less than the floor.
    pub(crate) fn largest(&self, terms: &[Term], floor: Option<&str>, day: i32) -> Result<Exact, Failure> {
        let mut found: Option<Exact> = None;
        for term in terms {
            let value = self.term(term, day)?;
            found = Some(found.map_or(value, |best| best.max(value)));
        }
        let floor = floor.map(number).transpose()?;
        Ok(found.max(floor).unwrap_or(Exact::ZERO))
    }

    fn term(&self, term: &Term, day: i32) -> Result<Exact, Failure> {
        let rate = |name: &Option<String>| match name {
            Some(name) => self.rates.on(name, day, &self.law.series),
            None => Ok(Exact::ZERO),
        };
        let plus = term.plus.as_deref().map_or(Ok(Exact::ZERO), number)?;
        let times = term.times.as_deref().map_or(Ok(Exact::ONE), number)?;
        Ok(rate(&term.series)?.minus(rate(&term.less)?)?.plus(plus)?.times(times)?)
    }
}

/// A figure of a data file or the configuration.
pub(crate) fn number(text: &str) -> Result<Exact, Failure> {
    Exact::parse(text).ok_or_else(|| fail::config(&format!("{text:?} is no number; write it such as 12.5")))
}
