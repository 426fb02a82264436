//! What must hold over months of random days: nobody is contacted after opting out, caps are kept, no step comes twice.

use std::collections::BTreeMap;

use proptest::prelude::*;
use recaudo_core::day::Day;

use super::bench::{Bench, Delivery, HOME};

/// A day's events, drawn by the test.
#[derive(Debug, Clone, Copy)]
enum Event {
    Invoice { customer: usize, due_in: i32, minor: i64 },
    Pay { invoice: usize, left: i64 },
    OptOut { customer: usize },
    Bounce,
    SkipDays(i32),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (0..6_usize, -20..40_i32, 2_000_000..9_000_000_i64)
            .prop_map(|(customer, due_in, minor)| Event::Invoice { customer, due_in, minor }),
        3 => (0..40_usize, prop_oneof![Just(0_i64), Just(2_500_000)]).prop_map(|(invoice, left)| Event::Pay { invoice, left }),
        1 => (0..6_usize).prop_map(|customer| Event::OptOut { customer }),
        1 => Just(Event::Bounce),
        1 => (1..9_i32).prop_map(Event::SkipDays),
    ]
}

const CAP: usize = 2;

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn months_of_random_days_break_no_rule(events in prop::collection::vec(prop::collection::vec(event(), 0..4), 40..70)) {
        let strategy = include_str!("../../../templates/strategies/standard.toml")
            .replace("quiet_days = 3", "quiet_days = 0")
            .replace("per = \"customer\"", "per = \"invoice\"");
        let mut bench = Bench::with("2026-01-05", HOME, &[("strategies/a.toml", &strategy)]);
        bench.script(|script| script.weekly_cap = Some(CAP));
        let names = ["a", "b", "c", "d", "e", "f"];
        let customers: Vec<i64> = names.iter().map(|name| bench.customer(name)).collect();
        let mut today: Day = "2026-01-05".parse().unwrap();
        let mut invoices: Vec<i64> = Vec::new();
        let mut opted_out: BTreeMap<String, usize> = BTreeMap::new();
        let mut consents = 0;
        let mut by_day: Vec<(Day, String)> = Vec::new();
        for day in events {
            today = today.plus(1);
            let mut bounce = false;
            for event in day {
                match event {
                    Event::Invoice { customer, due_in, minor } => {
                        let number = format!("F-{}", invoices.len());
                        let due = today.plus(due_in).to_string();
                        invoices.push(bench.invoice(customers[customer], &number, &due, minor));
                    }
                    Event::Pay { invoice, left } if !invoices.is_empty() => {
                        bench.pay(invoices[invoice % invoices.len()], &today.to_string(), left);
                    }
                    Event::OptOut { customer } => {
                        consents += 1;
                        let sql = "INSERT INTO consents VALUES ($1, 1, $2, '', 'email', 0, $1, NULL, x'')";
                        bench.sql(sql, &[i64::from(consents).into(), customers[customer].into()]);
                        opted_out.entry(format!("{}@example.com", names[customer])).or_insert(bench.post().len());
                    }
                    Event::Bounce => bounce = true,
                    Event::SkipDays(days) => today = today.plus(days),
                    Event::Pay { .. } => {}
                }
            }
            bench.script(|script| script.delivery = bounce.then_some(Delivery::Lost));
            let before = bench.post().len();
            bench.run(&today.to_string());
            by_day.extend(bench.post().into_iter().skip(before).map(|(to, _)| (today, to)));
        }
        for (to, from) in &opted_out {
            prop_assert!(bench.post()[*from..].iter().all(|(other, _)| other != to), "{to} was written to after opting out");
        }
        for (day, to) in &by_day {
            let week = by_day.iter().filter(|(d, t)| t == to && d <= day && day.since(*d) < 7).count();
            prop_assert!(week <= CAP, "{to}: {week} contacts in the week up to {day}");
        }
        let twice = "SELECT count(*) FROM (SELECT 1 FROM action_items WHERE counts = 1 AND step_id IS NOT NULL \
                     GROUP BY item_id, due_on, step_id HAVING count(*) > 1)";
        prop_assert_eq!(bench.count(twice), 0);
        prop_assert_eq!(bench.count("SELECT count(*) FROM actions WHERE state IN ('queued', 'sending')"), 0);
    }
}
