//! What was charged before, and what is new.

use recaudo_sdk::Money;
use recaudo_sdk::policy::pricer::{Charge, Item};

use crate::case::Case;

/// Earlier charges of one kind.
#[derive(Debug, Default)]
pub(crate) struct Charged {
    /// Everything ever charged. What was waived stays in: it is not asked for again.
    pub(crate) gross: i64,
    /// Less what was waived, reversed or given back.
    pub(crate) net: i64,
    /// First days of the charges.
    pub(crate) days: Vec<i32>,
    /// Last day any of them covers.
    pub(crate) until: Option<i32>,
}

impl Charged {
    pub(crate) fn of(item: &Item, kind: &str) -> Self {
        let mut all = Self::default();
        for row in item.charged.iter().filter(|row| row.kind == kind) {
            let minor = row.amount.minor;
            all.net = all.net.saturating_add(minor);
            if minor > 0 {
                all.gross = all.gross.saturating_add(minor);
                all.days.push(row.from_day);
                all.until = all.until.max(Some(row.to_day));
            }
        }
        all
    }
}

/// A charge to be made.
#[derive(Debug)]
pub(crate) struct New {
    pub(crate) rule: String,
    pub(crate) source: String,
    pub(crate) minor: i64,
    pub(crate) from: i32,
    pub(crate) to: i32,
}

impl New {
    pub(crate) fn charge(self, case: &Case<'_>, kind: &str) -> Charge {
        let amount = Money { minor: self.minor, exponent: case.exponent, currency: case.currency };
        Charge {
            item: case.item.id.clone(),
            kind: kind.into(),
            amount: amount.into(),
            from_day: self.from,
            to_day: self.to,
            rule: self.rule,
            source: self.source,
        }
    }
}
