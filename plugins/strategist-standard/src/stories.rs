//! Stories as data: dated candidates in, what the plugin decided beneath them. `RECAUDO_STORIES=write` rewrites them.
//!
//! ```text
//! config {"cap_week": 2}
//! on 2026-03-05  acme email 1000.00 USD, 3 days late, score 40%
//!                > do acme email, priority 2000: expected_value (expected 20.00, ...)
//! ```
//! Lines of one day that stand together are one batch.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use recaudo_sdk::Date;
use recaudo_sdk::policy::strategist::Decision;
use recaudo_sdk::scoring::{Batch, Bits, Codes, Column, Data, Days, Ints};

use crate::config::Config;
use crate::decide::decide;
use crate::rows;

/// A candidate as the story tells it. Amounts in cents, whatever the currency.
#[derive(Debug, Clone, Default)]
pub(crate) struct Told {
    customer: String,
    channel: String,
    amount: i64,
    currency: String,
    cost: Option<i64>,
    days_past_due: i64,
    score: Option<i64>,
    degraded: bool,
    promise_until: Option<i32>,
    hold: String,
    today: i64,
    week: i64,
    since: Option<i64>,
    unreachable: bool,
    step: i64,
}

#[test]
fn every_story_ends_as_it_is_told() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("stories");
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut told_days = 0;
    for file in files {
        let told = std::fs::read_to_string(&file).unwrap();
        let again = retell(&told);
        told_days += again.matches("\n# ").count() + usize::from(again.starts_with("# "));
        if std::env::var_os("RECAUDO_STORIES").is_some_and(|value| value == "write") {
            std::fs::write(&file, &again).unwrap();
        } else {
            assert_eq!(told, again, "{} ends otherwise", file.display());
        }
    }
    assert!(told_days >= 10, "{told_days} stories");
}

/// The story with its outcomes computed.
fn retell(story: &str) -> String {
    let mut again = String::new();
    let mut config = Config::default();
    let mut lines = story.lines().filter(|line| !line.trim_start().starts_with('>')).peekable();
    while let Some(line) = lines.next() {
        writeln!(again, "{line}").unwrap();
        if let Some(json) = line.strip_prefix("config ") {
            config = Config::read(json.as_bytes()).unwrap();
        }
        let Some((day, first)) = candidate(line) else { continue };
        let mut batch = vec![first];
        while let Some((_, next)) =
            lines.peek().and_then(|line| candidate(line)).filter(|(same, _)| *same == day)
        {
            writeln!(again, "{}", lines.next().unwrap()).unwrap();
            batch.push(next);
        }
        for decision in decide(&config, day, &as_batch(&batch)).unwrap() {
            writeln!(again, "               > {}", outcome(&decision, &batch)).unwrap();
        }
    }
    again
}

fn candidate(line: &str) -> Option<(i32, Told)> {
    let (day, rest) = line.strip_prefix("on ")?.split_once("  ")?;
    Some((date(day), told(rest)))
}

fn told(text: &str) -> Told {
    let mut clauses = text.split(", ");
    let head: Vec<&str> = clauses.next().unwrap().split(' ').collect();
    let [customer, channel, amount, currency] = head[..] else {
        panic!("{text}: customer channel amount currency")
    };
    let mut told = Told {
        customer: customer.into(),
        channel: channel.into(),
        amount: cents(amount),
        currency: currency.into(),
        ..Told::default()
    };
    for clause in clauses {
        let words: Vec<&str> = clause.split(' ').collect();
        match words[..] {
            [days, "days", "late"] => told.days_past_due = days.parse().unwrap(),
            ["due", "in", days, "days"] => told.days_past_due = -days.parse::<i64>().unwrap(),
            ["score", percent] => {
                told.score = Some(percent.trim_end_matches('%').parse::<i64>().unwrap() * 10_000);
            }
            ["by", "the", "fallback"] => told.degraded = true,
            ["promised", "for", day] => told.promise_until = Some(date(day)),
            ["hold", reason] => told.hold = reason.into(),
            [n, "contact" | "contacts", "today"] => told.today = n.parse().unwrap(),
            [n, "contacts", "in", "seven", "days"] => told.week = n.parse().unwrap(),
            ["last", n, "days", "ago"] => told.since = Some(n.parse().unwrap()),
            ["cost", amount] => told.cost = Some(cents(amount)),
            ["step", n] => told.step = n.parse().unwrap(),
            ["unreachable"] => told.unreachable = true,
            _ => panic!("{clause:?}: nobody knows what that means"),
        }
    }
    told
}

fn outcome(decision: &Decision, batch: &[Told]) -> String {
    let told = &batch[decision.row as usize];
    let mut text = format!("{} {} {}", decision.action, told.customer, told.channel);
    if decision.priority != 0 {
        write!(text, ", priority {}", decision.priority).unwrap();
    }
    write!(text, ": {}", decision.rule).unwrap();
    if let Some(instant) = &decision.not_before {
        let day = Date::from_epoch_day(i32::try_from(instant.seconds / 86_400).unwrap());
        write!(text, ", not before {day}").unwrap();
    }
    let kept = ["expected", "gain", "cost", "hold", "cost_unknown", "score_degraded"];
    let said = decision.arguments.iter().filter(|(name, _)| kept.contains(&name.as_str()));
    let said: Vec<String> = said.map(|(name, value)| format!("{name} {value}")).collect();
    if !said.is_empty() {
        write!(text, " ({})", said.join(", ")).unwrap();
    }
    text
}

/// The columns as the host would send them.
pub(crate) fn as_batch(rows: &[Told]) -> Batch {
    let mut names: BTreeMap<&str, i64> = BTreeMap::new();
    let customers: Vec<Option<i64>> = rows
        .iter()
        .map(|row| {
            let next = i64::try_from(names.len()).unwrap() + 1;
            Some(*names.entry(&row.customer).or_insert(next))
        })
        .collect();
    let ints = |scale, values: &dyn Fn(&Told) -> Option<i64>| {
        let values: Vec<Option<i64>> = rows.iter().map(values).collect();
        let present = present(&values);
        Data::Ints(Ints { values: values.iter().map(|value| value.unwrap_or(0)).collect(), scale, present })
    };
    let codes = |text: &dyn Fn(&Told) -> &str| {
        let dictionary: Vec<String> = rows.iter().map(|row| text(row).to_owned()).collect();
        let values = (0..).zip(rows).map(|(place, _)| place).collect();
        Data::Codes(Codes { values, dictionary, present: vec![] })
    };
    let bits = |bit: &dyn Fn(&Told) -> bool| {
        Data::Bits(Bits { values: rows.iter().map(|row| u8::from(bit(row))).collect(), present: vec![] })
    };
    let days: Vec<Option<i32>> = rows.iter().map(|row| row.promise_until).collect();
    let column = |name: &str| {
        let data = match name {
            "customer" => {
                ints(0, &|row| customers[rows.iter().position(|other| std::ptr::eq(other, row)).unwrap()])
            }
            "step_order" => ints(0, &|row| Some(row.step)),
            "channel" => codes(&|row| &row.channel),
            "amount" => ints(2, &|row| Some(row.amount)),
            "currency" => codes(&|row| &row.currency),
            "cost" => ints(2, &|row| row.cost),
            "days_past_due" => ints(0, &|row| Some(row.days_past_due)),
            "late_ppm" => ints(0, &|row| row.score),
            "score_degraded" => bits(&|row| row.degraded),
            "promise_until" => {
                let values = days.iter().map(|day| day.unwrap_or(0)).collect();
                Data::Days(Days { values, present: present(&days) })
            }
            "hold" => codes(&|row| &row.hold),
            "contacts_today" => ints(0, &|row| Some(row.today)),
            "contacts_7d" => ints(0, &|row| Some(row.week)),
            "days_since_contact" => ints(0, &|row| row.since),
            "reachable" => bits(&|row| !row.unreachable),
            other => panic!("{other}: the story cannot tell that"),
        };
        Column { name: name.into(), data }
    };
    let columns = rows::COLUMNS.iter().map(|name| column(name)).collect();
    Batch { rows: u32::try_from(rows.len()).unwrap(), ids: (1..).take(rows.len()).collect(), columns }
}

fn present<T>(values: &[Option<T>]) -> Vec<u8> {
    let byte =
        |chunk: &[Option<T>]| (0..).zip(chunk).map(|(bit, value)| u8::from(value.is_some()) << bit).sum();
    values.chunks(8).map(byte).collect()
}

fn date(text: &str) -> i32 {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else { panic!("{text} is no date") };
    Date::from_ymd(year.parse().unwrap(), month.parse().unwrap(), day.parse().unwrap()).unwrap().epoch_day()
}

fn cents(text: &str) -> i64 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{fraction:0<2}").parse().unwrap()
}

/// A candidate for tests that need many.
pub(crate) fn made_up(
    customer: usize,
    channel: &str,
    amount: i64,
    late: i64,
    today: i64,
    reachable: bool,
) -> Told {
    Told {
        customer: format!("customer{customer}"),
        channel: channel.into(),
        amount,
        currency: "USD".into(),
        days_past_due: late,
        score: Some(400_000),
        today,
        unreachable: !reachable,
        ..Told::default()
    }
}
