//! Late interest, penalties and early-payment discounts. Mirrors `recaudo:policy/pricer`.

use serde::{Deserialize, Serialize};

use super::{Attribute, Call, Decimal, EpochDay, Money, PluginError};

/// What is open from a day on, until the next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// First day.
    pub on: EpochDay,
    /// Open principal, without charges.
    pub open: Money,
}

/// A dated rate: a legal cap, a reference rate, an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    /// As imported or configured, such as `co-usury`.
    pub name: String,
    /// From each day on, ascending.
    pub rates: Vec<(EpochDay, Decimal)>,
}

/// What was charged before, so that nothing is charged twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charged {
    /// As [`Charge::kind`].
    pub kind: String,
    /// Negative for what was waived or reversed.
    pub amount: Money,
    /// First day it covers.
    pub from_day: EpochDay,
    /// Last day it covers.
    pub to_day: EpochDay,
}

/// An open item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The host's id.
    pub id: String,
    /// As `document.kind`.
    pub kind: String,
    /// ISO 3166-1 alpha-2 of the law that applies.
    pub country: String,
    /// `person`, `business`, ...
    pub debtor_kind: String,
    /// Document date.
    pub issued: EpochDay,
    /// Due date.
    pub due: EpochDay,
    /// By day, ascending; the first from the document date.
    pub balances: Vec<Balance>,
    /// Earlier charges on it.
    pub charged: Vec<Charged>,
    /// `product`, `contract-rate`, `grace-days`, ...
    pub attributes: Vec<Attribute>,
}

/// A charge or, when negative, a discount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// The item's id.
    pub item: String,
    /// `interest`, `penalty`, `fee`, `discount`.
    pub kind: String,
    /// In the item's currency, rounded by the rule.
    pub amount: Money,
    /// First day it covers.
    pub from_day: EpochDay,
    /// Last day it covers; of a discount, the last day it can be taken.
    pub to_day: EpochDay,
    /// Id of the rule.
    pub rule: String,
    /// The legal text or contract it rests on.
    pub source: String,
}

/// Prices open items.
pub trait Pricer: Send + Sync {
    /// What is to be charged up to and including day `on`, beyond what was charged before. It names only items of the
    /// batch.
    ///
    /// # Errors
    /// `InvalidInput` with code `rate-gap` when a series does not cover the days; else the plugin's failure or the
    /// sandbox's. Nothing is charged then.
    fn price(
        &self,
        call: &Call,
        on: EpochDay,
        rates: &[Series],
        items: &[Item],
    ) -> Result<Vec<Charge>, PluginError>;
}
