//! What money does to an open item and a payment: the arithmetic of settling, without a store.

use crate::day::Day;
use crate::money::MoneyError;

#[cfg(test)]
mod tests;

/// Which way a document counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// The customer owes it.
    Debt,
    /// The customer has it to his credit.
    Credit,
}

/// Kinds of documents that take from what is owed. Any other kind is owed.
const CREDITS: [&str; 5] = ["credit-note", "write-off", "discount", "withholding", "exchange-difference"];

/// Which way a document of this kind counts.
pub fn sign_of(kind: &str) -> Sign {
    if CREDITS.contains(&kind) { Sign::Credit } else { Sign::Debt }
}

/// How much of `asked` a settler with `left` can settle of an item of `total` that has `open`. All minor units.
///
/// Never more than the item needs: the rest stays with the settler, as unapplied cash or an unused credit. Asked for
/// less than nothing, money that went back reopens the item, never beyond its total.
///
/// # Errors
/// The settler has less than it is asked to give, or the item would be reopened beyond its total.
pub fn settle(asked_minor: i64, left_minor: i64, item: Standing) -> Result<i64, SettleError> {
    if asked_minor == 0 {
        return Err(SettleError::Nothing);
    }
    if asked_minor < 0 {
        let settled_minor = item.total_minor.saturating_sub(item.open_minor);
        return if asked_minor < left_minor {
            Err(SettleError::TooLittleLeft { left_minor })
        } else if asked_minor.saturating_neg() > settled_minor {
            Err(SettleError::NeverSettled { settled_minor })
        } else {
            Ok(asked_minor)
        };
    }
    if asked_minor > left_minor {
        return Err(SettleError::TooLittleLeft { left_minor });
    }
    Ok(asked_minor.min(item.open_minor.max(0)))
}

/// What settling needs to know of an item, minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Its total.
    pub total_minor: i64,
    /// What is open of it.
    pub open_minor: i64,
}

/// A settlement that cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SettleError {
    /// Zero.
    #[error("an allocation of nothing settles nothing")]
    Nothing,
    /// More than the settler has.
    #[error("the settler has less left than it is asked to settle")]
    TooLittleLeft {
        /// Minor units left.
        left_minor: i64,
    },
    /// More goes back than ever came.
    #[error("more is taken back from the item than was ever settled")]
    NeverSettled {
        /// Minor units settled.
        settled_minor: i64,
    },
}

/// The day an application counts from: it cannot be before both its sides exist.
pub fn effective_on(said: Day, issued_on: Day, received_on: Day) -> Day {
    said.max(issued_on).max(received_on)
}

/// An item's balance as its movements change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Minor units; negative is to the customer's credit.
    pub open_minor: i64,
    /// The latest day any of its movements is about.
    pub moved_on: Day,
}

impl Position {
    /// A position before its first movement.
    pub fn new(issued_on: Day) -> Self {
        Self { open_minor: 0, moved_on: issued_on }
    }

    /// Moves.
    ///
    /// # Errors
    /// Past 64 bits.
    pub fn move_by(&mut self, minor: i64, effective_on: Day) -> Result<(), MoneyError> {
        self.open_minor = self.open_minor.checked_add(minor).ok_or(MoneyError::TooLarge)?;
        self.moved_on = self.moved_on.max(effective_on);
        Ok(())
    }

    /// The day the balance became zero and stayed: the last movement's, when it is zero.
    pub fn settled_on(self) -> Option<Day> {
        (self.open_minor == 0).then_some(self.moved_on)
    }
}
