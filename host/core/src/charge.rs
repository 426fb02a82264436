//! What became of a charge after it was priced: waived, reinstated, reversed, with reason and authority.
//!
//! A charge is never edited. What somebody decides about it is one more entry, and what stands is their sum.
//! The functions here decide whether an entry may be made and say what it is; keeping it is the store's affair.
#![deny(clippy::arithmetic_side_effects)]

use crate::day::Day;
use crate::money::Money;

/// What an entry does to a charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Movement {
    /// Given up, wholly or in part; it may come back.
    Waive,
    /// A waiver taken back, wholly or in part.
    Reinstate,
    /// It should never have been charged: all that stands of it goes, for good.
    Reverse,
}

impl Movement {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Waive, Self::Reinstate, Self::Reverse];

    /// Its stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Waive => "waive",
            Self::Reinstate => "reinstate",
            Self::Reverse => "reverse",
        }
    }

    /// The movement of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|movement| movement.code() == code)
    }
}

/// One decision about a charge, ready to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it does.
    pub movement: Movement,
    /// Signed minor units of the charge's currency: what it adds to what stands.
    pub minor: i64,
    /// The day it is about.
    pub on: Day,
    /// Why, in the person's own words.
    pub reason: String,
    /// Who decided.
    pub authority: String,
}

/// A charge as the pricer made it, with everything decided about it since, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// As the pricer's code: `interest`, `penalty`, `fee`, `discount`.
    pub kind: String,
    /// What was charged; negative for what was given back.
    pub amount: Money,
    /// First day it covers.
    pub from: Day,
    /// Last day it covers.
    pub to: Day,
    /// Decisions about it.
    pub entries: Vec<Entry>,
}

/// Somebody who may decide about charges, up to an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Authority<'a> {
    /// Who.
    pub name: &'a str,
    /// The most one decision may move, in one currency.
    pub limit: Money,
}

/// Why a charge may not be changed so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChargeError {
    /// Nobody said why.
    #[error("a charge is changed for a reason; say why")]
    NoReason,
    /// Nothing, or less than nothing.
    #[error("{0} cannot be moved; give an amount above zero")]
    NotPositive(Money),
    /// Not the charge's currency, or not the authority's.
    #[error("{given} was given where {wanted} is counted; give the amount in that currency")]
    Currency {
        /// The currency given.
        given: crate::money::Currency,
        /// The charge's, or the authority's.
        wanted: crate::money::Currency,
    },
    /// More than stands, or more than was waived.
    #[error("{asked} is more than the {left} there is to {}", .movement.code())]
    TooMuch {
        /// What was to happen.
        movement: Movement,
        /// How much was asked for.
        asked: Money,
        /// How much there is.
        left: Money,
    },
    /// Beyond the person's authority.
    #[error("{name} may decide up to {limit}, not {asked}; ask somebody with more authority")]
    Authority {
        /// Who.
        name: String,
        /// Up to how much.
        limit: Money,
        /// How much was asked for.
        asked: Money,
    },
    /// It was charged in error and taken back; nothing is left to decide.
    #[error("the charge was reversed; price the item again for a new one")]
    Reversed,
}

/// What the pricer is told was charged before: see [`Charge::charged`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChargedRow {
    /// Negative for what was waived or reversed.
    pub amount: Money,
    /// First day it covers.
    pub from: Day,
    /// Last day it covers.
    pub to: Day,
}

impl Charge {
    /// What of it stands: the charge and everything decided since.
    pub fn standing(&self) -> Money {
        self.entries.iter().fold(self.amount, |sum, entry| added(sum, entry.minor))
    }

    /// What was waived and not reinstated.
    pub fn waived(&self) -> Money {
        let none = Money { minor: 0, ..self.amount };
        let waivers = self.entries.iter().filter(|entry| entry.movement != Movement::Reverse);
        waivers.fold(none, |sum, entry| added(sum, entry.minor.saturating_neg()))
    }

    fn is_reversed(&self) -> bool {
        self.entries.iter().any(|entry| entry.movement == Movement::Reverse)
    }

    /// Gives up a part of the charge, or all that stands.
    ///
    /// # Errors
    /// No reason, another currency, more than stands, more than the authority covers.
    pub fn waive(&self, part: Money, on: Day, why: &str, by: Authority<'_>) -> Result<Entry, ChargeError> {
        self.moved(Movement::Waive, part, self.standing(), Decision { on, why, by })
    }

    /// Takes a waiver back, or a part of it.
    ///
    /// # Errors
    /// As [`Charge::waive`], and more than was waived.
    pub fn reinstate(
        &self,
        part: Money,
        on: Day,
        why: &str,
        by: Authority<'_>,
    ) -> Result<Entry, ChargeError> {
        self.moved(Movement::Reinstate, part, self.waived(), Decision { on, why, by })
    }

    /// Takes back all that stands: it should never have been charged.
    ///
    /// # Errors
    /// As [`Charge::waive`]; a charge of which nothing stands, or that was reversed, is not reversed again.
    pub fn reverse(&self, on: Day, why: &str, by: Authority<'_>) -> Result<Entry, ChargeError> {
        let standing = self.standing();
        self.moved(Movement::Reverse, standing, standing, Decision { on, why, by })
    }

    fn moved(
        &self,
        movement: Movement,
        asked: Money,
        left: Money,
        decision: Decision<'_>,
    ) -> Result<Entry, ChargeError> {
        let Decision { on, why, by } = decision;
        let (reason, currency) = (why.trim(), self.amount.currency);
        if reason.is_empty() {
            return Err(ChargeError::NoReason);
        }
        if self.is_reversed() {
            return Err(ChargeError::Reversed);
        }
        for (given, wanted) in [(asked.currency, currency), (currency, by.limit.currency)] {
            if given != wanted {
                return Err(ChargeError::Currency { given, wanted });
            }
        }
        if asked.minor <= 0 {
            return Err(ChargeError::NotPositive(asked));
        }
        if asked.minor > left.minor {
            return Err(ChargeError::TooMuch { movement, asked, left });
        }
        if asked.minor > by.limit.minor {
            return Err(ChargeError::Authority { name: by.name.into(), limit: by.limit, asked });
        }
        let minor = if movement == Movement::Reinstate { asked.minor } else { asked.minor.saturating_neg() };
        Ok(Entry { movement, minor, on, reason: reason.into(), authority: by.name.into() })
    }

    /// What the pricer is told: the charge, and beside it what was given up. A waiver that was reinstated is in
    /// neither: told as a second charge, it would be taken off the next one.
    pub fn charged(&self) -> impl Iterator<Item = ChargedRow> {
        let given_up = added(self.standing(), self.amount.minor.saturating_neg());
        let row = |amount| ChargedRow { amount, from: self.from, to: self.to };
        [row(self.amount), row(given_up)].into_iter().filter(|row| row.amount.minor != 0)
    }
}

/// When, why and by whom.
#[derive(Clone, Copy)]
struct Decision<'a> {
    on: Day,
    why: &'a str,
    by: Authority<'a>,
}

fn added(sum: Money, minor: i64) -> Money {
    Money { minor: sum.minor.saturating_add(minor), ..sum }
}

#[cfg(test)]
mod tests;
