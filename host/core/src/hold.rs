//! Holds: days on which a customer or an item is not chased, and how chasing resumes after them.

use crate::day::Day;

/// Why it is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The person asked not to be contacted.
    DoNotContact,
    /// The person has died.
    Deceased,
    /// Insolvency proceedings.
    Bankruptcy,
    /// With lawyers or a court.
    Legal,
    /// The item is disputed.
    Dispute,
    /// The customer says it is paid; somebody has to look.
    VerifyPayment,
    /// An open promise to pay.
    Promise,
    /// A payment plan that is being kept.
    Plan,
    /// Somebody decided so.
    Manual,
}

impl Reason {
    /// All of them, the gravest first: where several hold, the first is the one named.
    pub const ALL: [Self; 9] = [
        Self::DoNotContact,
        Self::Deceased,
        Self::Bankruptcy,
        Self::Legal,
        Self::Dispute,
        Self::VerifyPayment,
        Self::Promise,
        Self::Plan,
        Self::Manual,
    ];

    /// Its stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::DoNotContact => "do_not_contact",
            Self::Deceased => "deceased",
            Self::Bankruptcy => "bankruptcy",
            Self::Legal => "legal",
            Self::Dispute => "dispute",
            Self::VerifyPayment => "verify_payment",
            Self::Promise => "promise",
            Self::Plan => "plan",
            Self::Manual => "manual",
        }
    }

    /// The reason of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// How chasing resumes after such a hold unless it is said otherwise: a dispute or a payment to verify stops the
    /// customer's clock, an agreement passes over what fell into it, anything else changes nothing.
    pub fn resume(self) -> Resume {
        match self {
            Self::Dispute | Self::VerifyPayment => Resume::Shift,
            Self::Promise | Self::Plan => Resume::Skip,
            Self::DoNotContact | Self::Deceased | Self::Bankruptcy | Self::Legal | Self::Manual => {
                Resume::Continue
            }
        }
    }
}

/// What becomes of the steps that fell into a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resume {
    /// They are caught up by the strategy's mode, as after days without runs.
    Continue,
    /// The held days do not count: every step that was still to come is that much later.
    Shift,
    /// They are passed over; the steps after the hold keep their days.
    Skip,
}

impl Resume {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Continue, Self::Shift, Self::Skip];

    /// Its stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Continue => "continue",
            Self::Shift => "shift",
            Self::Skip => "skip",
        }
    }

    /// The mode of a code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|resume| resume.code() == code)
    }
}

/// Days on which a customer or an item is not chased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// Why.
    pub reason: Reason,
    /// The first day it holds.
    pub from: Day,
    /// The first day it no longer holds; none while nobody knows.
    pub until: Option<Day>,
    /// What becomes of the steps that fell into it.
    pub resume: Resume,
}

impl Hold {
    /// Whether it holds on a day.
    pub fn holds(&self, on: Day) -> bool {
        self.from <= on && self.until.is_none_or(|until| on < until)
    }
}

/// The gravest hold on a day.
pub fn in_force<'a>(holds: impl IntoIterator<Item = &'a Hold>, on: Day) -> Option<&'a Hold> {
    holds.into_iter().filter(|hold| hold.holds(on)).min_by_key(|hold| hold.reason)
}

/// The day a step that would fall on `day` falls on under past holds; none when it fell into one that skips.
///
/// `holds` are sorted by their first day.
pub fn resumed_day<'a>(day: Day, holds: impl IntoIterator<Item = &'a Hold>) -> Option<Day> {
    let mut day = day;
    for hold in holds {
        match (hold.resume, hold.until) {
            (Resume::Skip, until) if hold.from <= day && until.is_none_or(|until| day < until) => {
                return None;
            }
            (Resume::Shift, Some(until)) if hold.from <= day => {
                day = day.plus(until.since(hold.from).max(0));
            }
            (Resume::Continue | Resume::Skip | Resume::Shift, _) => {}
        }
    }
    Some(day)
}

#[cfg(test)]
mod tests {
    use super::{Hold, Reason, Resume, in_force, resumed_day};
    use crate::day::Day;

    fn hold(reason: Reason, from: i32, until: Option<i32>, resume: Resume) -> Hold {
        Hold { reason, from: Day(from), until: until.map(Day), resume }
    }

    #[test]
    fn the_gravest_hold_is_the_one_named() {
        let holds = [
            hold(Reason::Promise, 10, Some(20), Resume::Skip),
            hold(Reason::DoNotContact, 15, None, Resume::Continue),
        ];
        assert_eq!(in_force(&holds, Day(9)), None);
        assert_eq!(in_force(&holds, Day(10)).unwrap().reason, Reason::Promise);
        assert_eq!(in_force(&holds, Day(15)).unwrap().reason, Reason::DoNotContact);
        assert_eq!(in_force(&holds, Day(20)).unwrap().reason, Reason::DoNotContact);
        assert_eq!(in_force(&holds[..1], Day(20)), None, "the last day of a hold is the day before its end");
    }

    #[test]
    fn steps_resume_as_the_hold_says() {
        for (resume, on_7, on_12, on_20) in [
            (Resume::Continue, Some(7), Some(12), Some(20)),
            (Resume::Shift, Some(7), Some(17), Some(25)),
            (Resume::Skip, Some(7), None, Some(20)),
        ] {
            let holds = [hold(Reason::Manual, 10, Some(15), resume)];
            let day = |d: i32| resumed_day(Day(d), &holds).map(|day| day.0);
            assert_eq!((day(7), day(12), day(20)), (on_7, on_12, on_20), "{resume:?}");
        }
    }

    #[test]
    fn two_holds_that_shift_add_up() {
        let holds = [
            hold(Reason::Dispute, 10, Some(15), Resume::Shift),
            hold(Reason::Dispute, 16, Some(20), Resume::Shift),
        ];
        assert_eq!(
            resumed_day(Day(12), &holds),
            Some(Day(21)),
            "12 + 5 = 17 falls into the second hold of 4"
        );
    }

    #[test]
    fn codes_read_back() {
        for reason in Reason::ALL {
            assert_eq!(Reason::from_code(reason.code()), Some(reason));
        }
        for resume in Resume::ALL {
            assert_eq!(Resume::from_code(resume.code()), Some(resume));
        }
    }
}
