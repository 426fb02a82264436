//! Window rules: is the door open now, until when, and when does it open next?

use crate::facts::{Case, Moment, Stamp, weekday};
use crate::rule::Hours;
use crate::zone::Local;

/// No run of holidays is longer than this.
const DAYS_AHEAD: i32 = 40;
const MIDNIGHT: i32 = 86_400;

impl Hours {
    /// Open in every zone?
    pub(crate) fn is_open(&self, case: &Case<'_>, moment: &Moment) -> bool {
        (0..moment.locals.len()).all(|zone| self.open_at(case, zone, moment.locals[zone], moment.at.nano))
    }

    /// When the last of the closed zones opens; the others may be closed by then, so ask again.
    pub(crate) fn next_opening(&self, case: &Case<'_>, moment: &Moment) -> Option<Stamp> {
        let closed = |zone: &usize| !self.open_at(case, *zone, moment.locals[*zone], moment.at.nano);
        let opening = |zone| self.opening(case, zone, moment.locals[zone]);
        let seconds: Option<Vec<i64>> = (0..moment.locals.len()).filter(closed).map(opening).collect();
        seconds?.into_iter().max().map(|second| Stamp { second, nano: 0 })
    }

    /// The first instant at which the door is shut again; `None` when it stays open round the clock.
    pub(crate) fn closing(&self, case: &Case<'_>, moment: &Moment) -> Option<Stamp> {
        (0..moment.locals.len()).filter_map(|zone| self.closes(case, zone, moment.locals[zone])).min()
    }

    fn open_at(&self, case: &Case<'_>, zone: usize, local: Local, nano: u32) -> bool {
        if !self.open_on_holidays && case.is_holiday(zone, local.day) {
            return false;
        }
        let inside = |(from, to): &(i32, i32)| {
            let on_the_bell = self.closes_after && local.second == *to && nano == 0;
            *from <= local.second && (local.second < *to || on_the_bell)
        };
        self.week[weekday(local.day)].iter().any(inside) && !self.is_inconvenient(case, local)
    }

    fn is_inconvenient(&self, case: &Case<'_>, local: Local) -> bool {
        self.heeds_debtor
            && case
                .inconvenient
                .iter()
                .any(|i| i.on(local.day) && i.from <= local.second && local.second < i.to)
    }

    fn opening(&self, case: &Case<'_>, zone: usize, now: Local) -> Option<i64> {
        for day in now.day..=now.day + DAYS_AHEAD {
            let starts = self.week[weekday(day)].iter().map(|(from, _)| *from);
            let relieved = case.inconvenient.iter().filter(|i| self.heeds_debtor && i.on(day)).map(|i| i.to);
            let mut points: Vec<i32> = starts.chain(relieved).filter(|second| *second < MIDNIGHT).collect();
            points.sort_unstable();
            for second in points {
                let local = Local { day, second };
                if local > now && self.open_at(case, zone, local, 0) {
                    return Some(case.zones[zone].utc(local));
                }
            }
        }
        None
    }

    fn closes(&self, case: &Case<'_>, zone: usize, now: Local) -> Option<Stamp> {
        let (mut closing, nano) = (MIDNIGHT, u32::from(self.closes_after));
        for (from, to) in &self.week[weekday(now.day)] {
            if *from <= now.second && now.second <= *to {
                closing = *to;
            }
        }
        let starts = case.inconvenient.iter().filter(|i| self.heeds_debtor && i.on(now.day)).map(|i| i.from);
        let disturbed = starts.filter(|from| *from > now.second).min().filter(|from| *from < closing);
        if let Some(second) = disturbed {
            return Some(Stamp { second: case.zones[zone].utc(Local { day: now.day, second }), nano: 0 });
        }
        if closing < MIDNIGHT {
            let second = case.zones[zone].utc(Local { day: now.day, second: closing });
            return Some(Stamp { second, nano });
        }
        let tomorrow = Local { day: now.day + 1, second: 0 };
        let goes_on = self.open_at(case, zone, tomorrow, 0);
        (!goes_on).then(|| Stamp { second: case.zones[zone].utc(tomorrow), nano: 0 })
    }
}
