//! What a rule can read: the fields of an account, and of an item where a rule is about one.

use crate::money::Currency;

/// Whether a rule is about an account or about one of its items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The fields of the account only.
    Account,
    /// The item's fields too.
    Item,
}

/// How a number is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Minor units of the account's currency.
    Amount,
    /// value × 10^-scale.
    Scaled(u8),
}

/// Where a field's value is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    Number(Number, Unit),
    Text(Text),
    Flag(Flag),
}

macro_rules! slots {
    ($(#[$doc:meta])* $name:ident { $($(#[$slot_doc:meta])* $slot:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$slot_doc])* $slot),+ }
        impl $name {
            /// How many there are.
            pub const COUNT: usize = [$($name::$slot),+].len();
        }
    };
}

slots! {
    /// Numbers an account has a place for.
    Number {
        /// Open amount, less what is disputed.
        Outstanding,
        /// Of that, past due.
        PastDue,
        /// Of that, not yet due.
        NotDue,
        /// Open amount that is disputed.
        Disputed,
        /// The largest open amount of one item.
        LargestItem,
        /// Open items.
        OpenItems,
        /// Items past due.
        PastDueItems,
        /// Items in dispute.
        DisputedItems,
        /// Days past due of the oldest open item, negative before it.
        OldestDaysPastDue,
        /// The score: probability of paying late, parts per million.
        LatePpm,
        /// Share of settled items that were late, parts per million.
        LateRatePpm,
        /// Items known to be settled.
        SettledItems,
        /// Mean days late of settled items, scale 2.
        DaysLateMean,
        /// Mean days from document date to settlement, scale 2.
        DaysToPayMean,
        /// Days since the first document.
        RelationshipDays,
        /// Contacts in the last 30 days.
        Contacts30d,
        /// Open amount of the item.
        ItemAmount,
        /// Days past due of the item, negative before it.
        ItemDaysPastDue,
    }
}

slots! {
    /// Texts an account has a place for.
    Text {
        /// ISO 4217 code of the account.
        Currency,
        /// ISO 3166 alpha-2 of the customer.
        Country,
        /// Region or state.
        Region,
        /// `person`, `business`, ...
        Kind,
        /// Language of the customer.
        Language,
        /// The legal creditor's code.
        Creditor,
        /// The customer's external id.
        Customer,
        /// The segment, where one is known already.
        Segment,
        /// `invoice`, `debit-note`, ...
        ItemKind,
    }
}

slots! {
    /// Yes-or-no facts of an account.
    Flag {
        /// An e-mail address is known.
        HasEmail,
        /// A telephone number is known.
        HasPhone,
        /// The score is the fallback's.
        ScoreDegraded,
    }
}

/// A number that is not known.
pub const ABSENT: i64 = i64::MIN;

/// What is known about one account: a customer's debt to one creditor in one currency.
#[derive(Debug, Clone)]
pub struct Account<'a> {
    /// Its currency.
    pub currency: Currency,
    /// By [`Number`]; [`ABSENT`] when unknown.
    pub numbers: [i64; Number::COUNT],
    /// By [`Text`].
    pub texts: [Option<&'a str>; Text::COUNT],
    /// By [`Flag`].
    pub flags: [bool; Flag::COUNT],
    /// Names and values, as the source gave them.
    pub attributes: &'a [(String, String)],
}

impl<'a> Account<'a> {
    /// An account of which nothing is known.
    pub fn new(currency: Currency) -> Self {
        Self {
            currency,
            numbers: [ABSENT; Number::COUNT],
            texts: [None; Text::COUNT],
            flags: [false; Flag::COUNT],
            attributes: &[],
        }
    }

    /// Sets a number.
    pub fn set(&mut self, number: Number, value: i64) {
        self.numbers[number as usize] = value;
    }

    /// A number, when known.
    pub fn number(&self, number: Number) -> Option<i64> {
        Some(self.numbers[number as usize]).filter(|value| *value != ABSENT)
    }

    /// Sets a text.
    pub fn set_text(&mut self, text: Text, value: Option<&'a str>) {
        self.texts[text as usize] = value.filter(|value| !value.is_empty());
    }

    /// Sets a flag.
    pub fn set_flag(&mut self, flag: Flag, value: bool) {
        self.flags[flag as usize] = value;
    }
}

/// Name, where it is found, whether it is of the item, and what it says.
pub(crate) type Entry = (&'static str, Field, Scope, &'static str);

const fn amount(number: Number) -> Field {
    Field::Number(number, Unit::Amount)
}

const fn count(number: Number) -> Field {
    Field::Number(number, Unit::Scaled(0))
}

const fn hundredths(number: Number) -> Field {
    Field::Number(number, Unit::Scaled(2))
}

/// The registry of fields. Names are API: added, never renamed.
pub(crate) const FIELDS: &[Entry] = &[
    ("outstanding", amount(Number::Outstanding), Scope::Account, "open amount less what is disputed"),
    ("past_due", amount(Number::PastDue), Scope::Account, "of that, past due"),
    ("not_due", amount(Number::NotDue), Scope::Account, "of that, not yet due"),
    ("disputed", amount(Number::Disputed), Scope::Account, "open amount in dispute"),
    ("largest_item", amount(Number::LargestItem), Scope::Account, "largest open amount of one item"),
    ("open_items", count(Number::OpenItems), Scope::Account, "open items"),
    ("past_due_items", count(Number::PastDueItems), Scope::Account, "items past due"),
    ("disputed_items", count(Number::DisputedItems), Scope::Account, "items in dispute"),
    (
        "oldest_days_past_due",
        count(Number::OldestDaysPastDue),
        Scope::Account,
        "days past due of the oldest item, negative before it",
    ),
    ("late_ppm", count(Number::LatePpm), Scope::Account, "score: probability of paying late, per million"),
    ("late_rate_ppm", count(Number::LateRatePpm), Scope::Account, "share paid late so far, per million"),
    ("settled_items", count(Number::SettledItems), Scope::Account, "items known to be settled"),
    ("days_late_mean", hundredths(Number::DaysLateMean), Scope::Account, "mean days late of settled items"),
    ("days_to_pay_mean", hundredths(Number::DaysToPayMean), Scope::Account, "mean days to settlement"),
    ("relationship_days", count(Number::RelationshipDays), Scope::Account, "days since the first document"),
    ("contacts_30d", count(Number::Contacts30d), Scope::Account, "contacts in the last 30 days"),
    ("currency", Field::Text(Text::Currency), Scope::Account, "ISO 4217 code of the account"),
    ("country", Field::Text(Text::Country), Scope::Account, "ISO 3166 code of the customer"),
    ("region", Field::Text(Text::Region), Scope::Account, "region or state of the customer"),
    ("kind", Field::Text(Text::Kind), Scope::Account, "person, business, ..."),
    ("language", Field::Text(Text::Language), Scope::Account, "language of the customer"),
    ("creditor", Field::Text(Text::Creditor), Scope::Account, "code of the legal creditor"),
    ("customer", Field::Text(Text::Customer), Scope::Account, "the customer's id in the ERP"),
    ("segment", Field::Text(Text::Segment), Scope::Account, "the segment (in strategies)"),
    ("has_email", Field::Flag(Flag::HasEmail), Scope::Account, "an e-mail address is known"),
    ("has_phone", Field::Flag(Flag::HasPhone), Scope::Account, "a telephone number is known"),
    ("score_degraded", Field::Flag(Flag::ScoreDegraded), Scope::Account, "the score is the fallback's"),
    ("item_amount", amount(Number::ItemAmount), Scope::Item, "open amount of the item"),
    ("item_days_past_due", count(Number::ItemDaysPastDue), Scope::Item, "days past due of the item"),
    ("item_kind", Field::Text(Text::ItemKind), Scope::Item, "invoice, debit-note, ..."),
];

/// The field of a name within a scope.
pub(crate) fn find(name: &str, scope: Scope) -> Option<Field> {
    FIELDS.iter().find(|entry| entry.0 == name && within(entry.2, scope)).map(|entry| entry.1)
}

/// Names and descriptions of the fields a rule of this scope can read.
pub fn known(scope: Scope) -> impl Iterator<Item = (&'static str, &'static str)> {
    FIELDS.iter().filter(move |entry| within(entry.2, scope)).map(|entry| (entry.0, entry.3))
}

fn within(of: Scope, scope: Scope) -> bool {
    of == Scope::Account || scope == Scope::Item
}
