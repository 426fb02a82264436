//! Counter rules: how many contacts a period holds, how long ago the last one was, what was announced.

use crate::facts::{Case, Earlier, Moment, Stamp, weekday};
use crate::groups::Set;
use crate::rule::{Count, Counted, Filter, Gap, Notice, Per, Wait};
use crate::text::{day, same};
use crate::zone::Local;

/// A rule is broken; when it may be asked again, if time alone can mend it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) next: Option<Stamp>,
}

impl Broken {
    fn until_day(case: &Case<'_>, zone: usize, day: i32) -> Self {
        let second = case.zones[zone].utc(Local { day, second: 0 });
        Self { next: Some(Stamp { second, nano: 0 }) }
    }

    /// The later of two; never, when one of them is never.
    pub(crate) fn and(self, other: Option<Self>) -> Self {
        let Some(other) = other else { return self };
        Self { next: self.next.zip(other.next).map(|(a, b)| a.max(b)) }
    }
}

/// Broken in one zone is broken.
fn worst(zones: impl Iterator<Item = Option<Broken>>) -> Option<Broken> {
    zones.flatten().reduce(|a, b| a.and(Some(b)))
}

impl Count {
    pub(crate) fn broken(&self, case: &Case<'_>, moment: &Moment) -> Option<Broken> {
        worst((0..moment.locals.len()).map(|zone| self.broken_in(case, zone, moment)))
    }

    fn broken_in(&self, case: &Case<'_>, zone: usize, moment: &Moment) -> Option<Broken> {
        let today = moment.locals[zone].day;
        let per = self.period(case);
        let mut days = Vec::new();
        let mut channels = vec![case.proposal.channel.as_str()];
        let since = self.first_talk(case, zone, today)?;
        let mechanism = self.by_mechanism && same(case.word("count_scope"), "per_mechanism");
        for earlier in &case.earlier {
            let attempt = earlier.attempt;
            let (day, other) = (earlier.days[zone], !same(&attempt.channel, &case.proposal.channel));
            let fits = attempt.at.seconds > since && per.holds(day, today) && !(mechanism && other);
            if fits && counts(case, earlier, &self.of, self.counted, &self.filter) {
                days.push(day);
                if !channels.iter().any(|channel| same(channel, &attempt.channel)) {
                    channels.push(&attempt.channel);
                }
            }
        }
        let over = if self.channels { channels.len() > self.max } else { days.len() >= self.max };
        let first = days.into_iter().min().unwrap_or(today);
        over.then(|| per.next(case, zone, first, today))
    }

    /// The second after which contacts count; `None` when the rule waits for a conversation and there was none.
    fn first_talk(&self, case: &Case<'_>, zone: usize, today: i32) -> Option<i64> {
        if !self.after_talk {
            return Some(i64::MIN);
        }
        let talks = case.earlier.iter().filter(|e| e.talk && e.days[zone] == today && case.concerns(e));
        talks.map(|earlier| earlier.attempt.at.seconds).min()
    }

    fn period(&self, case: &Case<'_>) -> Period {
        match self.per {
            Per::Day => Period::Day,
            Per::SevenDays => Period::Rolling,
            Per::Ever => Period::Ever,
            Per::Week if is_rolling(case.word("week_mode")) => Period::Rolling,
            Per::Week => Period::Calendar,
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Period {
    Day,
    Calendar,
    Rolling,
    Ever,
}

impl Period {
    /// A permit for a later day counts as much as a contact of an earlier one.
    fn holds(self, day: i32, today: i32) -> bool {
        match self {
            Self::Day => day == today,
            Self::Calendar => monday(day) == monday(today),
            Self::Rolling => (day - today).abs() < 7,
            Self::Ever => true,
        }
    }

    fn next(self, case: &Case<'_>, zone: usize, first: i32, today: i32) -> Broken {
        match self {
            Self::Day => Broken::until_day(case, zone, today + 1),
            Self::Calendar => Broken::until_day(case, zone, monday(today) + 7),
            Self::Rolling => Broken::until_day(case, zone, first + 7),
            Self::Ever => Broken { next: None },
        }
    }
}

impl Gap {
    pub(crate) fn broken(&self, case: &Case<'_>, moment: &Moment) -> Option<Broken> {
        worst((0..moment.locals.len()).map(|zone| self.broken_in(case, zone, moment)))
    }

    fn broken_in(&self, case: &Case<'_>, zone: usize, moment: &Moment) -> Option<Broken> {
        let today = moment.locals[zone].day;
        let days = match self.wait {
            Wait::Days(days) => days,
            Wait::HoursOrClearDays(hours, clear) => {
                if !is_clear_days(case.word("separation_mode")) {
                    return self.hours_broken(case, moment, hours * 3600);
                }
                clear + 1
            }
        };
        let last = self
            .counted(case)
            .map(|earlier| earlier.days[zone])
            .filter(|d| (today - d).abs() < days)
            .max()?;
        Some(Broken::until_day(case, zone, last + days))
    }

    fn hours_broken(&self, case: &Case<'_>, moment: &Moment, seconds: i64) -> Option<Broken> {
        let at = self.counted(case).map(|earlier| earlier.attempt.at.seconds);
        let last = at.filter(|at| (moment.at.second - at).abs() < seconds).max()?;
        Some(Broken { next: Some(Stamp { second: last + seconds, nano: 0 }) })
    }

    /// Where hours count: the first second too near to a permit for a later hour.
    pub(crate) fn closing(&self, case: &Case<'_>, moment: &Moment) -> Option<Stamp> {
        let Wait::HoursOrClearDays(hours, _) = self.wait else { return None };
        let too_near = self.counted(case).map(|earlier| earlier.attempt.at.seconds - hours * 3600 + 1);
        let second = too_near.filter(|second| *second > moment.at.second).min()?;
        (!is_clear_days(case.word("separation_mode"))).then_some(Stamp { second, nano: 0 })
    }

    fn counted<'c>(&'c self, case: &'c Case<'_>) -> impl Iterator<Item = &'c Earlier<'c>> {
        case.earlier.iter().filter(|earlier| counts(case, earlier, &self.of, self.counted, &self.filter))
    }
}

impl Notice {
    pub(crate) fn broken(&self, case: &Case<'_>, moment: &Moment) -> Option<Broken> {
        if self.or_talk && case.earlier.iter().any(|earlier| earlier.talk && case.concerns(earlier)) {
            return None;
        }
        worst((0..moment.locals.len()).map(|zone| self.broken_in(case, zone, moment.locals[zone].day)))
    }

    fn broken_in(&self, case: &Case<'_>, zone: usize, today: i32) -> Option<Broken> {
        let lists = self.attributes.iter().map(|key| case.attribute(key));
        let mut days: Vec<i32> = lists.flat_map(|list| list.split(',')).filter_map(day).collect();
        days.retain(|day| *day <= today);
        days.sort_unstable();
        days.dedup();
        let Some(last) = days.last().filter(|_| days.len() >= self.min) else {
            return Some(Broken { next: None });
        };
        let free = last + self.wait_days + i32::from(self.full_days);
        (today < free).then(|| Broken::until_day(case, zone, free))
    }
}

fn counts(case: &Case<'_>, earlier: &Earlier<'_>, of: &Set, counted: Counted, filter: &Filter) -> bool {
    let attempt = earlier.attempt;
    let kind = match counted {
        Counted::Attempts => true,
        Counted::Talks => earlier.talk,
        Counted::ByMode => earlier.talk || earlier.pending || !is_two_way(case.word("count_mode")),
    };
    let debt = case.proposal.document.as_str();
    let other_debt = filter.per_debt && !debt.is_empty() && !attempt.debt.is_empty() && attempt.debt != debt;
    kind && of.has(&attempt.channel)
        && !other_debt
        && !(filter.skip_consented && attempt.consented)
        && !filter.skip_outcomes.iter().any(|outcome| same(outcome, &attempt.outcome))
        && !(filter.named_recipient && attempt.recipient.is_empty())
        && case.concerns(earlier)
}

fn monday(day: i32) -> i32 {
    day - i32::try_from(weekday(day)).unwrap_or(0)
}

/// `rolling`, `rolling_7_days`, `7d`.
fn is_rolling(mode: &str) -> bool {
    mode.contains("roll") || mode.contains('7') || mode == "strict"
}

/// `two_way`, `conversation`, `answered`.
fn is_two_way(mode: &str) -> bool {
    ["two", "conversation", "answered"].iter().any(|word| mode.contains(word))
}

/// `clear_days` against `hours`.
fn is_clear_days(mode: &str) -> bool {
    mode.contains("clear")
}
