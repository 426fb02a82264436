//! What is known of money at a gateway: how far each transaction is, and what that makes of a payment.
//!
//! Word comes by several roads (an answer, a query, a webhook, a settlement), doubled, late and in any order. So what is
//! known only ever joins: two words give the same whichever came first, and a word heard again gives nothing new.
#![deny(clippy::arithmetic_side_effects)]

use std::str::FromStr;

use crate::money::MoneyError;

#[cfg(test)]
mod tests;

/// How far a transaction is. The order is how much each says: what is further outranks what is not.
///
/// A refusal outranks waiting, since a gateway tells of the waiting again and late; success outranks a refusal, since
/// a payer whose card was refused pays with another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Nobody knows.
    Unknown,
    /// Provably nothing happened.
    NotAttempted,
    /// The payer must do something.
    RequiresAction,
    /// On its way.
    Pending,
    /// The far side said no.
    Declined,
    /// The money moved, or the thing asked for exists.
    Succeeded,
}

const STATUSES: [(Status, &str); 6] = [
    (Status::Unknown, "unknown"),
    (Status::NotAttempted, "not-attempted"),
    (Status::RequiresAction, "requires-action"),
    (Status::Pending, "pending"),
    (Status::Declined, "declined"),
    (Status::Succeeded, "succeeded"),
];

impl Status {
    /// Its stored name.
    pub fn name(self) -> &'static str {
        STATUSES.iter().find(|(status, _)| *status == self).map_or("?", |(_, name)| name)
    }

    /// What a claim is worth: once a request has left, that nothing happened is a guess.
    #[must_use]
    pub fn after(self, request_sent: bool) -> Self {
        if request_sent && self == Self::NotAttempted { Self::Unknown } else { self }
    }

    /// Nothing more is to be asked about it.
    pub fn is_final(self) -> bool {
        matches!(self, Self::NotAttempted | Self::Declined | Self::Succeeded)
    }
}

/// What kind of movement a transaction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// From payer to creditor.
    Payment,
    /// Back to the payer, by us.
    Refund,
    /// Back to the payer, by their bank.
    ChargeBack,
    /// A charge-back that was undone: the money is the creditor's again.
    GivenBack,
    /// What the gateway keeps.
    Fee,
    /// From gateway to bank account.
    Payout,
}

const KINDS: [(Kind, &str); 6] = [
    (Kind::Payment, "payment"),
    (Kind::Refund, "refund"),
    (Kind::ChargeBack, "charge-back"),
    (Kind::GivenBack, "given-back"),
    (Kind::Fee, "fee"),
    (Kind::Payout, "payout"),
];

impl Kind {
    /// Its stored name.
    pub fn name(self) -> &'static str {
        KINDS.iter().find(|(kind, _)| *kind == self).map_or("?", |(_, name)| name)
    }
}

/// The text names nothing of a gateway.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no status and no kind of a gateway's transaction")]
pub struct NameError(String);

impl FromStr for Status {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let found = STATUSES.iter().find(|(_, name)| *name == text);
        found.map(|(status, _)| *status).ok_or_else(|| NameError(text.into()))
    }
}

impl FromStr for Kind {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let found = KINDS.iter().find(|(_, name)| *name == text);
        found.map(|(kind, _)| *kind).ok_or_else(|| NameError(text.into()))
    }
}

/// An amount, and the word it stands in: the furthest word, and of those the latest, is the one that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Said {
    /// How far the transaction was when it was said.
    pub status: Status,
    /// When it happened there, microseconds UTC; 0 when the gateway does not say.
    pub at: i64,
    /// Minor units, never negative.
    pub minor: i64,
}

/// What is known of one transaction, or what one word says of it: the same thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// How far.
    pub status: Status,
    /// Gross.
    pub amount: Option<Said>,
    /// What the gateway keeps of it.
    pub fee: Option<Said>,
    /// When it happened there at the latest, microseconds UTC.
    pub occurred_at: Option<i64>,
    /// Gateway id of what it is about.
    pub original: Option<String>,
}

impl Known {
    /// One word of a gateway. Amounts are minor units; a sign is dropped, the kind gives the direction.
    pub fn word(status: Status, minor: Option<i64>, fee: Option<i64>, occurred_at: Option<i64>) -> Self {
        let said = |minor: i64| Said { status, at: occurred_at.unwrap_or(0), minor: minor.saturating_abs() };
        Self { status, amount: minor.map(said), fee: fee.map(said), occurred_at, original: None }
    }

    /// Both words together. Which came first makes no difference.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        Self {
            status: self.status.max(other.status),
            amount: self.amount.max(other.amount),
            fee: self.fee.max(other.fee),
            occurred_at: self.occurred_at.max(other.occurred_at),
            original: self.original.max(other.original),
        }
    }

    /// Minor units that moved; nothing before it succeeded.
    pub fn moved(&self) -> i64 {
        self.amount.filter(|_| self.status == Status::Succeeded).map_or(0, |said| said.minor)
    }

    /// Minor units of it the gateway keeps; nothing before it succeeded.
    pub fn kept(&self) -> i64 {
        self.fee.filter(|_| self.status == Status::Succeeded).map_or(0, |said| said.minor)
    }
}

/// What a payment and everything said about it come to, minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// What came in.
    pub received: i64,
    /// What of it went back and stayed there: never more than came in.
    pub returned: i64,
    /// What the gateway keeps of it.
    pub fee: i64,
}

/// What a payment comes to, with the refunds, charge-backs and fees about it.
///
/// # Errors
/// Past 64 bits.
pub fn standing<'k>(
    payment: &Known,
    about: impl IntoIterator<Item = (Kind, &'k Known)>,
) -> Result<Standing, MoneyError> {
    let (mut back, mut fee) = (0_i64, payment.kept());
    for (kind, known) in about {
        let add = |sum: i64, minor: i64| sum.checked_add(minor).ok_or(MoneyError::TooLarge);
        match kind {
            Kind::Refund | Kind::ChargeBack => {
                back = add(back, known.moved())?;
                fee = add(fee, known.kept())?;
            }
            Kind::GivenBack => back = add(back, known.moved().saturating_neg())?,
            Kind::Fee => fee = add(fee, known.moved())?,
            Kind::Payment | Kind::Payout => {}
        }
    }
    let received = payment.moved();
    Ok(Standing { received, returned: back.clamp(0, received), fee })
}

/// Seconds after each other at which an outcome is asked for: a minute, five, half an hour, two hours, twelve.
pub const SCHEDULE_S: [i64; 5] = [60, 300, 1_800, 7_200, 43_200];

/// How long to wait before asking again, microseconds; none when a person is to look.
pub fn wait_after(asked: usize) -> Option<i64> {
    SCHEDULE_S.get(asked).map(|seconds| seconds.saturating_mul(1_000_000))
}
