//! Contacts: the channels there are, and what the history of contacts says on a day.

use std::fmt;

use crate::day::Day;

/// A way to reach a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    /// Electronic mail.
    Email,
    /// Short message.
    Sms,
    /// `WhatsApp`.
    Whatsapp,
    /// A telephone call.
    Call,
    /// A letter on paper.
    Letter,
    /// A visit.
    Visit,
}

impl Channel {
    /// All of them, in the order codes are kept in.
    pub const ALL: [Self; 6] =
        [Self::Email, Self::Sms, Self::Whatsapp, Self::Call, Self::Letter, Self::Visit];

    /// Its code, as in files, the contract and the store's texts.
    pub fn code(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
            Self::Whatsapp => "whatsapp",
            Self::Call => "call",
            Self::Letter => "letter",
            Self::Visit => "visit",
        }
    }

    /// The channel of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.code() == code)
    }

    /// What address it needs.
    pub fn address(self) -> Address {
        match self {
            Self::Email => Address::Email,
            Self::Sms | Self::Whatsapp | Self::Call => Address::Phone,
            Self::Letter | Self::Visit => Address::Postal,
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The kind of address a channel needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Address {
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A postal address.
    Postal,
}

/// A set of channels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Channels(u8);

impl Channels {
    /// None.
    pub const NONE: Self = Self(0);

    /// With one more.
    #[must_use]
    pub fn with(self, channel: Channel) -> Self {
        Self(self.0 | (1 << (channel as u8)))
    }

    /// With one less.
    #[must_use]
    pub fn without(self, channel: Channel) -> Self {
        Self(self.0 & !(1 << (channel as u8)))
    }

    /// Whether it is in.
    pub fn has(self, channel: Channel) -> bool {
        self.0 & (1 << (channel as u8)) != 0
    }
}

/// What the history of contacts says about a customer on a day, any channel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct History {
    /// On the day.
    pub today: u32,
    /// In the seven days up to and including it.
    pub last_7_days: u32,
    /// In the thirty days up to and including it.
    pub last_30_days: u32,
    /// The last one.
    pub last: Option<Day>,
}

impl History {
    /// Counts contacts by the business days they were made on, in any order; later days than `today` are not counted.
    pub fn on(today: Day, contacts: impl IntoIterator<Item = Day>) -> Self {
        let mut history = Self::default();
        for day in contacts {
            let ago = today.since(day);
            if ago < 0 {
                continue;
            }
            history.today += u32::from(ago == 0);
            history.last_7_days += u32::from(ago < 7);
            history.last_30_days += u32::from(ago < 30);
            history.last = history.last.max(Some(day));
        }
        history
    }
}

#[cfg(test)]
mod tests {
    use super::{Channel, Channels, History};
    use crate::day::Day;

    #[test]
    fn contacts_are_counted_over_seven_days_that_end_today() {
        let today = Day(100);
        let history = History::on(today, [Day(100), Day(94), Day(93), Day(70), Day(101)]);
        assert_eq!(history, History { today: 1, last_7_days: 2, last_30_days: 3, last: Some(today) });
        assert_eq!(History::on(today, []), History::default());
    }

    #[test]
    fn channels_read_back_from_their_codes() {
        let mut set = Channels::NONE;
        for channel in Channel::ALL {
            assert_eq!(Channel::from_code(channel.code()), Some(channel));
            assert!(!set.has(channel));
            set = set.with(channel);
            assert!(set.has(channel));
        }
        assert_eq!(Channel::from_code("fax"), None);
    }
}
