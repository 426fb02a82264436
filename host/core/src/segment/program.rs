//! The typed program a rule is lowered to, and its evaluation. Numbers are exact: a coefficient and a scale.

use super::fields::{ABSENT, Account, Flag, Number, Text, Unit};
use crate::money::Currency;

/// An exact number: coefficient × 10^-scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exact {
    pub(crate) coefficient: i128,
    pub(crate) scale: u8,
}

/// More decimal digits than this are refused where a number is written, so that scales always meet within 128 bits.
pub(crate) const SCALE_MAX: u8 = 12;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Search {
    StartsWith,
    EndsWith,
    Contains,
}

#[derive(Debug, Clone)]
pub(crate) enum Num {
    Literal(Exact),
    Field(Number, Unit),
    Threshold(Vec<(Currency, i64)>),
    Parse(Box<Txt>),
    Negate(Box<Num>),
    Arithmetic(Arithmetic, Box<Num>, Box<Num>),
    If(Box<Bool>, Box<Num>, Box<Num>),
}

#[derive(Debug, Clone)]
pub(crate) enum Txt {
    Literal(String),
    Field(Text),
    Attribute(String),
    If(Box<Bool>, Box<Txt>, Box<Txt>),
}

#[derive(Debug, Clone)]
pub(crate) enum Bool {
    Literal(bool),
    Field(Flag),
    Not(Box<Bool>),
    And(Box<Bool>, Box<Bool>),
    Or(Box<Bool>, Box<Bool>),
    If(Box<Bool>, Box<Bool>, Box<Bool>),
    Same(bool, Box<Bool>, Box<Bool>),
    Numbers(Comparison, Num, Num),
    Texts(Comparison, Txt, Txt),
    NumberUnknown(Num),
    TextUnknown(Txt),
    NumberIn(Num, Vec<Num>),
    TextIn(Txt, Vec<Txt>),
    Search(Search, Txt, Txt),
}

impl Bool {
    pub(crate) fn holds(&self, account: &Account<'_>) -> bool {
        match self {
            Self::Literal(value) => *value,
            Self::Field(flag) => account.flags[*flag as usize],
            Self::Not(inner) => !inner.holds(account),
            Self::And(a, b) => a.holds(account) && b.holds(account),
            Self::Or(a, b) => a.holds(account) || b.holds(account),
            Self::If(when, a, b) => {
                if when.holds(account) {
                    a.holds(account)
                } else {
                    b.holds(account)
                }
            }
            Self::Same(same, a, b) => (a.holds(account) == b.holds(account)) == *same,
            Self::Numbers(how, a, b) => match (a.value(account), b.value(account)) {
                (Some(a), Some(b)) => a.order(b).is_some_and(|order| how.admits(order)),
                _ => false,
            },
            Self::Texts(how, a, b) => match (a.value(account), b.value(account)) {
                (Some(a), Some(b)) => how.admits(a.cmp(b)),
                _ => false,
            },
            Self::NumberUnknown(number) => number.value(account).is_none(),
            Self::TextUnknown(text) => text.value(account).is_none(),
            Self::NumberIn(number, list) => number.value(account).is_some_and(|value| {
                list.iter().any(|other| {
                    other.value(account).and_then(|other| value.order(other)).is_some_and(|o| o.is_eq())
                })
            }),
            Self::TextIn(text, list) => text
                .value(account)
                .is_some_and(|value| list.iter().any(|other| other.value(account) == Some(value))),
            Self::Search(how, text, part) => match (text.value(account), part.value(account)) {
                (Some(text), Some(part)) => how.finds(text, part),
                _ => false,
            },
        }
    }
}

impl Num {
    fn value(&self, account: &Account<'_>) -> Option<Exact> {
        match self {
            Self::Literal(exact) => Some(*exact),
            Self::Field(number, unit) => {
                let value = account.numbers[*number as usize];
                let scale = match unit {
                    Unit::Amount => account.currency.exponent(),
                    Unit::Scaled(scale) => *scale,
                };
                (value != ABSENT).then(|| Exact { coefficient: i128::from(value), scale })
            }
            Self::Threshold(by_currency) => {
                let (_, minor) = by_currency.iter().find(|(currency, _)| *currency == account.currency)?;
                Some(Exact { coefficient: i128::from(*minor), scale: account.currency.exponent() })
            }
            Self::Parse(text) => text.value(account).and_then(Exact::parse),
            Self::Negate(inner) => {
                let Exact { coefficient, scale } = inner.value(account)?;
                Some(Exact { coefficient: coefficient.checked_neg()?, scale })
            }
            Self::Arithmetic(how, a, b) => how.apply(a.value(account)?, b.value(account)?),
            Self::If(when, a, b) => if when.holds(account) { a } else { b }.value(account),
        }
    }
}

impl Txt {
    fn value<'a>(&'a self, account: &Account<'a>) -> Option<&'a str> {
        match self {
            Self::Literal(text) => Some(text),
            Self::Field(text) => account.texts[*text as usize],
            Self::Attribute(name) => {
                account.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
            }
            Self::If(when, a, b) => if when.holds(account) { a } else { b }.value(account),
        }
    }
}

impl Exact {
    /// Reads `-1500.50`; no exponent, no separators of thousands.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let scale = u8::try_from(fraction.len()).ok().filter(|scale| *scale <= SCALE_MAX)?;
        let mut coefficient: i128 = 0;
        for byte in whole.bytes().chain(fraction.bytes()) {
            let digit = byte.is_ascii_digit().then(|| i128::from(byte - b'0'))?;
            coefficient = coefficient.checked_mul(10)?.checked_add(digit)?;
        }
        Some(Self { coefficient: if negative { -coefficient } else { coefficient }, scale })
    }

    /// How the two compare; none past 128 bits, which no ledger reaches.
    fn order(self, other: Self) -> Option<std::cmp::Ordering> {
        let (a, b, _) = self.align(other)?;
        Some(a.cmp(&b))
    }

    /// Both at the larger scale.
    fn align(self, other: Self) -> Option<(i128, i128, u8)> {
        let scale = self.scale.max(other.scale);
        let raise = |number: Self| {
            number.coefficient.checked_mul(10_i128.checked_pow(u32::from(scale - number.scale))?)
        };
        Some((raise(self)?, raise(other)?, scale))
    }
}

impl Comparison {
    fn admits(self, order: std::cmp::Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

impl Arithmetic {
    fn apply(self, a: Exact, b: Exact) -> Option<Exact> {
        if self == Self::Multiply {
            let coefficient = a.coefficient.checked_mul(b.coefficient)?;
            return Some(Exact { coefficient, scale: a.scale.checked_add(b.scale)? });
        }
        let (x, y, scale) = a.align(b)?;
        let coefficient = if self == Self::Add { x.checked_add(y)? } else { x.checked_sub(y)? };
        Some(Exact { coefficient, scale })
    }
}

impl Search {
    fn finds(self, text: &str, part: &str) -> bool {
        match self {
            Self::StartsWith => text.starts_with(part),
            Self::EndsWith => text.ends_with(part),
            Self::Contains => text.contains(part),
        }
    }
}
