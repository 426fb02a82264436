//! What a rule is, and how one is read from a section of a data file.

use crate::groups::{Groups, Set};
use crate::text::{DataError, Section, day, intervals, millionths};

/// A rule of one country, of one region of it, or of the house.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) id: String,
    /// The legal text it rests on.
    pub(crate) source: String,
    /// One sentence each in English, Spanish, Portuguese.
    pub(crate) reasons: [String; 3],
    /// Channels it binds.
    pub(crate) channels: Set,
    /// Applies when all terms of one of these lines hold; always, when there is none.
    pub(crate) when: Vec<Vec<Term>>,
    /// Does not apply when all terms of one of these lines hold.
    pub(crate) unless: Vec<Vec<Term>>,
    /// In force from this day of the debtor on.
    pub(crate) since: i32,
    pub(crate) kind: Kind,
}

/// What the rule looks at once it applies.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// Nothing more: it refuses.
    Refuse,
    Hours(Hours),
    Count(Count),
    Gap(Gap),
    Notice(Notice),
}

/// When the door is open.
#[derive(Debug, Clone)]
pub(crate) struct Hours {
    /// Monday first; intervals of seconds after midnight.
    pub(crate) week: [Vec<(i32, i32)>; 7],
    pub(crate) open_on_holidays: bool,
    /// The closing second itself is inside.
    pub(crate) closes_after: bool,
    /// The times the debtor called inconvenient are closed too.
    pub(crate) heeds_debtor: bool,
}

/// How many contacts a period may hold.
#[derive(Debug, Clone)]
pub(crate) struct Count {
    pub(crate) of: Set,
    pub(crate) per: Per,
    pub(crate) max: usize,
    /// Counts distinct channels instead of contacts.
    pub(crate) channels: bool,
    pub(crate) counted: Counted,
    pub(crate) filter: Filter,
    /// Only contacts after the day's first conversation count, and only if there was one.
    pub(crate) after_talk: bool,
    /// Under the reading `count_scope = per_mechanism` only contacts by the same channel count.
    pub(crate) by_mechanism: bool,
}

/// How long to wait after the last contact.
#[derive(Debug, Clone)]
pub(crate) struct Gap {
    pub(crate) of: Set,
    pub(crate) counted: Counted,
    pub(crate) filter: Filter,
    pub(crate) wait: Wait,
}

/// The ways a distance is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wait {
    /// The contact's own day is day one; allowed again this many days later.
    Days(i32),
    /// Hours, or whole days between, as the reading `separation_mode` says.
    HoursOrClearDays(i64, i32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Per {
    Day,
    /// Monday to Sunday, or seven days, as the reading `week_mode` says.
    Week,
    SevenDays,
    Ever,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counted {
    /// Whatever was tried.
    Attempts,
    /// As the reading `count_mode` says.
    ByMode,
    /// Conversations only.
    Talks,
}

/// Which earlier contacts a counter leaves out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    pub(crate) per_debt: bool,
    pub(crate) skip_consented: bool,
    pub(crate) skip_outcomes: Vec<String>,
    /// Contacts whose recipient is not named are left out.
    pub(crate) named_recipient: bool,
}

/// A notice that must have gone out long enough ago.
#[derive(Debug, Clone)]
pub(crate) struct Notice {
    pub(crate) attributes: Vec<String>,
    /// On so many different days.
    pub(crate) min: usize,
    pub(crate) wait_days: i32,
    /// The last day of the wait must be over.
    pub(crate) full_days: bool,
    /// A conversation does as well.
    pub(crate) or_talk: bool,
}

/// What a condition may ask of a proposal.
#[derive(Debug, Clone)]
pub(crate) enum Key {
    Channel,
    Purpose,
    Recipient,
    Region,
    DebtorKind,
    CreditorKind,
    Consent,
    /// An attribute of the proposal, else a reading.
    Attribute(String),
}

/// One condition.
#[derive(Debug, Clone)]
pub(crate) enum Term {
    Is(Key, Set),
    True(String, bool),
    /// The attribute is there, and the channel is (or is not) in its list.
    Listed(String, bool),
    AtMost(String, i64),
    Above(String, i64),
    /// Consent given at most so many days ago, its own day included, and not used up by a conversation since.
    ConsentWithin(i32),
    /// There was a conversation today.
    TalkedToday,
}

impl Rule {
    /// Reads one section; `exempt` are the conditions under which the whole file does not apply.
    pub(crate) fn read(
        section: &Section<'_>,
        groups: &Groups,
        exempt: &[Vec<Term>],
    ) -> Result<Self, DataError> {
        let reader = Reader { section, groups };
        let sentence = |key| section.get(key).unwrap_or("").to_owned();
        let mut unless = reader.lines("unless")?;
        if section.choice("binds", &["scope", "everyone"])? == 0 {
            unless.extend(exempt.iter().cloned());
        }
        section.need("en")?;
        Ok(Self {
            id: section.id.into(),
            source: section.need("source")?.into(),
            reasons: [sentence("en"), sentence("es"), sentence("pt")],
            channels: reader.set("channels", "not -")?,
            when: reader.lines("when")?,
            unless,
            since: match section.get("since") {
                None => i32::MIN,
                Some(text) => {
                    day(text).ok_or_else(|| DataError::new(section.id, format!("since = {text}")))?
                }
            },
            kind: reader.kind()?,
        })
    }
}

/// One file's `[scope]`: the lines under which its rules do not apply.
pub(crate) fn scope(section: &Section<'_>, groups: &Groups) -> Result<Vec<Vec<Term>>, DataError> {
    Reader { section, groups }.lines("unless")
}

struct Reader<'a> {
    section: &'a Section<'a>,
    groups: &'a Groups,
}

impl Reader<'_> {
    fn kind(&self) -> Result<Kind, DataError> {
        let kind = self.section.choice("kind", &["refuse", "hours", "count", "gap", "notice"])?;
        Ok(match kind {
            0 => Kind::Refuse,
            1 => Kind::Hours(self.hours()?),
            2 => Kind::Count(self.count()?),
            3 => Kind::Gap(self.gap()?),
            _ => Kind::Notice(self.notice()?),
        })
    }

    fn hours(&self) -> Result<Hours, DataError> {
        const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
        let mut week: [Option<Vec<(i32, i32)>>; 7] = Default::default();
        for (key, value) in self.section.entries() {
            let days = match key {
                "daily" => 0..7,
                "mon_fri" => 0..5,
                "mon_sat" => 0..6,
                _ => match DAYS.iter().position(|day| *day == key) {
                    Some(day) => day..day + 1,
                    None => continue,
                },
            };
            let open = intervals(value).ok_or_else(|| {
                DataError::new(self.section.id, format!("{key} = {value} is no 08:00-19:00"))
            })?;
            week[days].iter_mut().for_each(|day| *day = Some(open.clone()));
        }
        if let Some(missing) = week.iter().position(Option::is_none) {
            return Err(DataError::new(self.section.id, format!("says nothing about {}", DAYS[missing])));
        }
        Ok(Hours {
            week: week.map(Option::unwrap_or_default),
            open_on_holidays: self.section.choice("holiday", &["closed", "open"])? == 1,
            closes_after: self.section.choice("closing", &["outside", "inside"])? == 1,
            heeds_debtor: self.flag("heeds_debtor")?,
        })
    }

    fn count(&self) -> Result<Count, DataError> {
        let pers = [Per::Day, Per::Week, Per::SevenDays, Per::Ever];
        self.section.need("per")?;
        self.section.need("max")?;
        Ok(Count {
            of: self.set("of", self.section.get("channels").unwrap_or("not -"))?,
            per: pers[self.section.choice("per", &["day", "week", "seven_days", "ever"])?],
            max: self.section.number("max", 0)?,
            channels: self.flag("distinct_channels")?,
            counted: self.counted()?,
            filter: self.filter()?,
            after_talk: self.flag("after_talk")?,
            by_mechanism: self.flag("by_mechanism")?,
        })
    }

    fn gap(&self) -> Result<Gap, DataError> {
        let wait = match self.section.get("hours") {
            None => {
                self.section.need("days")?;
                Wait::Days(self.section.number("days", 0)?)
            }
            Some(_) => {
                self.section.need("clear_days")?;
                Wait::HoursOrClearDays(
                    self.section.number("hours", 0)?,
                    self.section.number("clear_days", 0)?,
                )
            }
        };
        let of = self.set("of", self.section.get("channels").unwrap_or("not -"))?;
        Ok(Gap { of, counted: self.counted()?, filter: self.filter()?, wait })
    }

    fn notice(&self) -> Result<Notice, DataError> {
        Ok(Notice {
            attributes: self.section.need("dates")?.split(',').map(|word| word.trim().into()).collect(),
            min: self.section.number("min", 1)?,
            wait_days: self.section.number("wait_days", 0)?,
            full_days: self.flag("full_days")?,
            or_talk: self.flag("or_talk")?,
        })
    }

    fn counted(&self) -> Result<Counted, DataError> {
        let kinds = [Counted::Attempts, Counted::ByMode, Counted::Talks];
        Ok(kinds[self.section.choice("counted", &["attempts", "by_mode", "talks"])?])
    }

    fn filter(&self) -> Result<Filter, DataError> {
        let outcomes = self.section.get("skip_outcomes").unwrap_or("");
        Ok(Filter {
            per_debt: self.flag("per_debt")?,
            skip_consented: self.flag("skip_consented")?,
            skip_outcomes: outcomes
                .split(',')
                .map(|w| w.trim().into())
                .filter(|w: &String| !w.is_empty())
                .collect(),
            named_recipient: self.flag("named_recipient")?,
        })
    }

    fn flag(&self, key: &str) -> Result<bool, DataError> {
        Ok(self.section.choice(key, &["no", "yes"])? == 1)
    }

    fn set(&self, key: &str, absent: &str) -> Result<Set, DataError> {
        self.groups.set(self.section.id, self.section.get(key).unwrap_or(absent))
    }

    fn lines(&self, key: &'static str) -> Result<Vec<Vec<Term>>, DataError> {
        let line = |text: &str| text.split(" & ").map(|term| self.term(term.trim())).collect();
        self.section.entries().filter(|(k, _)| *k == key).map(|(_, text)| line(text)).collect()
    }

    fn term(&self, text: &str) -> Result<Term, DataError> {
        let wrong = || DataError::new(self.section.id, format!("{text:?} is no condition"));
        if text == "talked_today" {
            return Ok(Term::TalkedToday);
        }
        if let Some(days) = text.strip_prefix("consent_within=") {
            return days.parse().map(Term::ConsentWithin).map_err(|_| wrong());
        }
        if let Some(list) = text.strip_prefix("channel not in ") {
            return Ok(Term::Listed(list.into(), false));
        }
        if let Some(list) = text.strip_prefix("channel in ") {
            return Ok(Term::Listed(list.into(), true));
        }
        if let Some((key, limit)) = text.split_once("<=") {
            return Ok(Term::AtMost(key.into(), millionths(limit).ok_or_else(wrong)?));
        }
        if let Some((key, limit)) = text.split_once('>') {
            return Ok(Term::Above(key.into(), millionths(limit).ok_or_else(wrong)?));
        }
        if let Some((key, words)) = text.split_once('=') {
            let (key, not) = key.strip_suffix('!').map_or((key, false), |key| (key, true));
            let mut set = self.groups.set(self.section.id, words)?;
            set.not = set.not != not;
            return Ok(Term::Is(Key::read(key), set));
        }
        Ok(text
            .strip_prefix('!')
            .map_or_else(|| Term::True(text.into(), true), |key| Term::True(key.into(), false)))
    }
}

impl Key {
    fn read(name: &str) -> Self {
        match name {
            "channel" => Self::Channel,
            "purpose" => Self::Purpose,
            "recipient" => Self::Recipient,
            "region" => Self::Region,
            "debtor_kind" => Self::DebtorKind,
            "creditor_kind" => Self::CreditorKind,
            "consent" => Self::Consent,
            other => Self::Attribute(other.into()),
        }
    }
}
