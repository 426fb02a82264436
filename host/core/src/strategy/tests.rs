//! Strategies told as days: what is due, what is not and why.

use super::{
    Calendar, CatchUp, Due, Item, NO_STEP, Per, Roll, StepSpec, Strategy, StrategySpec, Subject, WhyNot,
    due_steps,
};
use crate::contact::{Channel, Channels};
use crate::day::Day;
use crate::hold::{Hold, Reason, Resume};
use crate::money::Currency;
use crate::segment::fields::Account;
use crate::segment::rule::Thresholds;

const COP: Currency = Currency(*b"COP");
/// A Monday.
const DUE: &str = "2026-03-02";

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn step(name: &str, day: i32, per: Per) -> StepSpec {
    StepSpec {
        name: name.into(),
        day,
        per,
        channels: vec![Channel::Whatsapp, Channel::Email],
        template: name.into(),
        purpose: "reminder".into(),
        when: None,
        minimum: Vec::new(),
        quiet_days: None,
    }
}

fn spec(catch_up: CatchUp) -> StrategySpec {
    StrategySpec {
        name: "standard".into(),
        version: "1".into(),
        segments: Vec::new(),
        catch_up,
        quiet_days: 0,
        roll: Roll::None,
        steps: vec![
            step("heads_up", -3, Per::Customer),
            step("first", 1, Per::Customer),
            step("second", 8, Per::Customer),
            step("third", 15, Per::Customer),
        ],
    }
}

fn build(spec: StrategySpec) -> Strategy {
    Strategy::build(spec, &Thresholds::default()).unwrap()
}

fn item(id: i64, due: &str, open_minor: i64) -> Item<'static> {
    Item {
        id,
        due: day(due),
        open_minor,
        disputed: false,
        kind: "invoice",
        holds: &[],
        done: 0,
        passed_day: None,
    }
}

/// What a strategy says on a day about items, with nothing else in the way.
struct Case<'a> {
    strategy: &'a Strategy,
    items: Vec<Item<'static>>,
    holds: Vec<Hold>,
    last_contact: Option<Day>,
    reachable: Channels,
}

impl<'a> Case<'a> {
    fn new(strategy: &'a Strategy, items: Vec<Item<'static>>) -> Self {
        let reachable = Channels::NONE.with(Channel::Email);
        Self { strategy, items, holds: Vec::new(), last_contact: None, reachable }
    }

    fn ask(&self, today: &str) -> (Vec<Due>, Option<WhyNot>) {
        let mut account = Account::new(COP);
        let mut due = Vec::new();
        let mut subject = Subject {
            account: &mut account,
            items: &self.items,
            holds: &self.holds,
            last_contact: self.last_contact,
            reachable: self.reachable,
        };
        let why = due_steps(self.strategy, &mut subject, day(today), &Calendar::weekdays(), &mut due);
        (due, why)
    }

    /// Names of the steps that are due.
    fn steps(&self, today: &str) -> Vec<&str> {
        self.ask(today).0.iter().map(|due| self.strategy.steps[due.step].name.as_str()).collect()
    }

    fn why_not(&self, today: &str) -> WhyNot {
        let (due, why) = self.ask(today);
        assert!(due.is_empty(), "{due:?}");
        why.unwrap()
    }

    /// Marks what is due as done, as a run does.
    fn act(&mut self, today: &str) -> Vec<String> {
        let (due, _) = self.ask(today);
        for contact in &due {
            for listed in contact.items.iter().filter(|listed| listed.step != NO_STEP) {
                self.items[listed.item].done |= 1 << listed.step;
            }
        }
        due.iter().map(|due| self.strategy.steps[due.step].name.clone()).collect()
    }
}

#[test]
fn an_invoice_goes_through_its_steps_and_each_day_says_why_not() {
    let strategy = build(spec(CatchUp::Latest));
    let mut case = Case::new(&strategy, vec![item(1, DUE, 100)]);
    assert_eq!(case.why_not("2026-02-26"), WhyNot::BeforeFirstStep { next: day("2026-02-27") });
    assert_eq!(case.act("2026-02-27"), ["heads_up"]);
    assert_eq!(case.why_not("2026-02-27"), WhyNot::AlreadyDone { next: day("2026-03-03") });
    assert_eq!(case.act("2026-03-03"), ["first"]);
    assert_eq!(case.act("2026-03-10"), ["second"]);
    assert_eq!(case.act("2026-03-17"), ["third"]);
    assert_eq!(case.why_not("2026-12-31"), WhyNot::Finished);
}

#[test]
fn days_without_runs_are_caught_up_as_the_strategy_says() {
    let latest = build(spec(CatchUp::Latest));
    let mut case = Case::new(&latest, vec![item(1, DUE, 100)]);
    assert_eq!(case.act("2026-03-20"), ["third"], "only the furthest");
    assert_eq!(case.why_not("2026-03-20"), WhyNot::Finished);

    let next = build(spec(CatchUp::Next));
    let mut case = Case::new(&next, vec![item(1, DUE, 100)]);
    assert_eq!(case.act("2026-03-20"), ["first"], "what was to come before due has lapsed");
    assert_eq!(case.act("2026-03-20"), ["second"]);
    assert_eq!(case.act("2026-03-20"), ["third"]);
    assert_eq!(case.why_not("2026-03-20"), WhyNot::Finished);

    let all = build(spec(CatchUp::All));
    let mut case = Case::new(&all, vec![item(1, DUE, 100)]);
    assert_eq!(case.act("2026-03-20"), ["first", "second", "third"]);
    assert_eq!(case.why_not("2026-03-20"), WhyNot::Finished);
}

#[test]
fn quiet_days_space_what_is_caught_up() {
    let mut spec = spec(CatchUp::All);
    spec.quiet_days = 3;
    let strategy = build(spec);
    let mut case = Case::new(&strategy, vec![item(1, DUE, 100)]);
    assert_eq!(case.act("2026-03-20"), ["first"], "one a day, the others wait");
    case.last_contact = Some(day("2026-03-20"));
    assert_eq!(case.why_not("2026-03-22"), WhyNot::Quiet { step: 3, until: day("2026-03-23") });
    assert_eq!(case.act("2026-03-23"), ["second"]);
}

#[test]
fn one_contact_gathers_a_customers_invoices_and_each_keeps_its_own_clock() {
    let strategy = build(spec(CatchUp::Latest));
    let items = vec![
        item(1, "2026-02-20", 100),
        item(2, DUE, 50),
        item(3, "2026-03-12", 7),
        item(4, "2026-03-20", -20),
    ];
    let mut case = Case::new(&strategy, items);
    let (due, why) = case.ask("2026-03-10");
    assert_eq!((why, due.len()), (None, 2), "one about what is past due, one about what is to come");
    assert_eq!(strategy.steps[due[0].step].name, "third", "the furthest of its items");
    let listed: Vec<_> = due[0].items.iter().map(|listed| (listed.item, listed.step)).collect();
    assert_eq!(listed, [(0, 3), (1, 2), (3, NO_STEP)], "the credit is shown");
    assert_eq!((due[0].amount_minor, due[0].days_past_due, due[0].lead), (130, 18, 0));
    assert_eq!(strategy.steps[due[1].step].name, "heads_up");
    assert_eq!((due[1].amount_minor, due[1].days_past_due), (7, -2));
    case.act("2026-03-10");
    let (due, _) = case.ask("2026-03-17");
    let listed: Vec<_> = due[0].items.iter().map(|listed| (listed.item, listed.step)).collect();
    assert_eq!(listed, [(0, NO_STEP), (1, 3), (2, 1), (3, NO_STEP)], "what is past due is listed whole");
}

#[test]
fn a_step_per_invoice_makes_a_contact_each() {
    let mut spec = spec(CatchUp::Latest);
    spec.steps[1].per = Per::Invoice;
    spec.steps[1].when = Some("item_amount > 0.50 && item_kind == 'invoice'".into());
    let strategy = build(spec);
    let case = Case::new(&strategy, vec![item(1, DUE, 100), item(2, DUE, 50), item(3, DUE, 70)]);
    let (due, _) = case.ask("2026-03-03");
    let leads: Vec<_> = due.iter().map(|due| (due.lead, due.items.len(), due.amount_minor)).collect();
    assert_eq!(leads, [(0, 1, 100), (2, 1, 70)], "0.50 is not above 0.50");
    let small = Case::new(&strategy, vec![item(2, DUE, 50)]);
    assert_eq!(small.why_not("2026-03-03"), WhyNot::Condition { step: 1 });
}

#[test]
fn what_is_disputed_held_small_or_unreachable_is_left_alone_and_says_so() {
    let mut with_minimum = spec(CatchUp::Latest);
    with_minimum.steps[1].minimum = vec![(COP, 1000)];
    let strategy = build(with_minimum);
    let at = "2026-03-03";
    let case = |items| Case::new(&strategy, items);
    assert_eq!(case(vec![item(1, DUE, 999)]).why_not(at), WhyNot::BelowMinimum { step: 1 });
    assert_eq!(
        case(vec![item(1, DUE, 999), item(2, DUE, 1)]).steps(at),
        ["first"],
        "together they are enough"
    );
    assert_eq!(case(vec![item(1, DUE, 5000), item(2, DUE, -5000)]).why_not(at), WhyNot::NothingOwed);

    let disputed = Item { disputed: true, ..item(1, DUE, 5000) };
    assert_eq!(case(vec![disputed]).why_not(at), WhyNot::Disputed);
    let (due, _) = case(vec![disputed, item(2, DUE, 1000)]).ask(at);
    assert_eq!((due[0].amount_minor, due[0].items.len()), (1000, 1), "what is disputed is not counted");

    let mut unreachable = case(vec![item(1, DUE, 5000)]);
    unreachable.reachable = Channels::NONE.with(Channel::Letter);
    assert_eq!(unreachable.why_not(at), WhyNot::NoChannel { step: 1 });
    unreachable.reachable = Channels::NONE.with(Channel::Email).with(Channel::Whatsapp);
    assert_eq!(
        unreachable.ask(at).0[0].channel,
        Channel::Whatsapp,
        "the first the customer can be reached by"
    );

    let mut held = case(vec![item(1, DUE, 5000)]);
    held.holds = vec![Hold { reason: Reason::Legal, from: day(DUE), until: None, resume: Resume::Continue }];
    assert_eq!(held.why_not(at), WhyNot::CustomerOnHold { reason: Reason::Legal, until: None });
}

#[test]
fn after_a_dispute_no_letter_is_skipped_and_after_a_promise_none_is_doubled() {
    let strategy = build(spec(CatchUp::Latest));
    let dispute = [Hold {
        reason: Reason::Dispute,
        from: day("2026-03-05"),
        until: Some(day("2026-03-25")),
        resume: Resume::Shift,
    }];
    let done_first = Item { done: 0b10, holds: Box::leak(Box::new(dispute)), ..item(1, DUE, 100) };
    let mut case = Case::new(&strategy, vec![done_first]);
    let until = Some(day("2026-03-25"));
    assert_eq!(case.why_not("2026-03-10"), WhyNot::ItemsOnHold { reason: Reason::Dispute, until });
    assert_eq!(case.why_not("2026-03-29"), WhyNot::AlreadyDone { next: day("2026-03-30") });
    assert_eq!(case.act("2026-03-30"), ["second"], "8 days and the 20 in dispute");
    assert_eq!(case.act("2026-04-06"), ["third"]);

    let promise = [Hold {
        reason: Reason::Promise,
        from: day("2026-03-05"),
        until: Some(day("2026-03-12")),
        resume: Resume::Skip,
    }];
    let promised = Item { holds: Box::leak(Box::new(promise)), ..done_first };
    let case = Case::new(&strategy, vec![promised]);
    assert_eq!(case.why_not("2026-03-12"), WhyNot::Lapsed { next: Some(day("2026-03-17")) });
    assert_eq!(case.steps("2026-03-17"), ["third"]);
}

#[test]
fn a_step_on_a_sunday_goes_out_on_a_business_day() {
    for (roll, on) in [(Roll::None, "2026-03-15"), (Roll::Next, "2026-03-16"), (Roll::Previous, "2026-03-13")]
    {
        let mut spec = spec(CatchUp::Latest);
        spec.roll = roll;
        spec.steps[2].day = 13;
        let strategy = build(spec);
        let case = Case::new(&strategy, vec![Item { done: 0b10, ..item(1, DUE, 100) }]);
        assert_eq!(case.why_not(&day(on).plus(-1).to_string()), WhyNot::AlreadyDone { next: day(on) });
        assert_eq!(case.steps(on), ["second"], "{roll:?}");
    }
}

#[test]
fn another_strategy_does_not_start_the_letters_again() {
    let strategy = build(spec(CatchUp::Next));
    let case = Case::new(&strategy, vec![Item { passed_day: Some(8), ..item(1, DUE, 100) }]);
    assert_eq!(case.why_not("2026-03-12"), WhyNot::AlreadyDone { next: day("2026-03-17") });
    assert_eq!(case.steps("2026-03-17"), ["third"]);
}

#[test]
fn a_strategy_that_cannot_work_is_refused_with_its_key() {
    let error = |change: fn(&mut StrategySpec)| {
        let mut spec = spec(CatchUp::Latest);
        change(&mut spec);
        Strategy::build(spec, &Thresholds::default()).unwrap_err().to_string()
    };
    assert_eq!(error(|s| s.steps.clear()), "steps: expected 1 to 64 steps, found 0 steps");
    assert_eq!(
        error(|s| s.steps[1].channels.clear()),
        "steps[1].channels: expected at least one channel, found none"
    );
    assert_eq!(
        error(|s| s.steps[2].name = "first".into()),
        "steps[2].name: expected a name of its own, found first"
    );
    assert!(
        error(|s| s.steps[0].when = Some("item_amount > 5".into()))
            .starts_with("steps[0].when: line 1, column 1: no field")
    );
}
