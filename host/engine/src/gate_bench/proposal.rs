//! From a vector's context to a proposal: fields where the contract has one, attributes for the rest.

use chrono::{Offset, TimeZone, Utc};
use recaudo_core::calendar::{self, Calendar};
use recaudo_core::day::Day;
use recaudo_ports::plugin::{Attribute, Proposal};
use serde_json::{Map, Value};

use super::vector::Vector;

/// How far ahead the debtor's holidays are told, so that a refusal can say when to ask again.
const DAYS_AHEAD: i32 = 45;

/// Context keys that have a field of their own in a proposal; the first one present counts.
const TIME_ZONES: &[&str] = &["tz_candidates", "time_zones", "tz"];
const REGION: &[&str] = &["region", "uf", "state", "subdivision"];
const DEBTOR_KIND: &[&str] = &["debtor_kind", "debt_type", "debtor_type"];
const CREDITOR_KIND: &[&str] = &["creditor_kind", "regime", "creditor_regime", "creditor"];
const RECIPIENT: &[&str] = &["recipient"];
const PURPOSE: &[&str] = &["purpose"];
const DEBT: &[&str] = &["debt", "debt_id", "document"];

/// The proposal, or why the vector is skipped.
pub(super) fn proposal(vector: &Vector) -> Result<Proposal, String> {
    let context = &vector.context;
    if vector.basis == "conflict" && !context.keys().any(|key| names_reading(key)) {
        return Err(
            "sources disagree and the context names no reading (such as week_mode or count_mode)".into()
        );
    }
    let zones = first(context, TIME_ZONES).map_or_else(String::new, text);
    let time_zones: Vec<String> =
        zones.split(',').filter(|zone| !zone.is_empty()).map(str::to_owned).collect();
    let day = local_day(vector, time_zones.first());
    let field = |keys: &[&str]| first(context, keys).map_or_else(String::new, text);
    let debtor_kind = field(DEBTOR_KIND);
    Ok(Proposal {
        id: vector.id.clone(),
        channel: vector.channel.clone(),
        purpose: field(PURPOSE),
        at: vector.at,
        recipient: field(RECIPIENT),
        time_zones,
        country: vector.country.clone(),
        region: field(REGION),
        debtor_kind: if debtor_kind.is_empty() { "consumer".into() } else { debtor_kind },
        creditor_kind: field(CREDITOR_KIND),
        holiday: holiday(vector, day),
        consent: consent(vector),
        document: field(DEBT),
        days_past_due: 0,
        attempts: vector.prior.clone(),
        attributes: attributes(vector, day),
    })
}

/// Does this key choose between readings of an ambiguous text?
fn names_reading(key: &str) -> bool {
    let suffixes = ["_mode", "_scope", "_reading", "_limit", "_definition"];
    let words = ["reading", "strict", "interpretation", "weekend", "weekdays_only", "separation", "two_days"];
    suffixes.iter().any(|suffix| key.ends_with(suffix))
        || words.contains(&key)
        || key == "max_contacts_per_week"
}

fn first<'a>(context: &'a Map<String, Value>, keys: &[&str]) -> Option<&'a Value> {
    keys.iter().find_map(|key| context.get(*key)).filter(|value| !value.is_null())
}

/// Scalars as they stand, lists joined by commas, anything deeper as JSON.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Array(items) if !items.iter().any(|item| item.is_object() || item.is_array()) => {
            items.iter().map(text).collect::<Vec<_>>().join(",")
        }
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

/// The debtor's day in the first zone; UTC's when there is none.
fn local_day(vector: &Vector, zone: Option<&String>) -> Day {
    let utc = Utc.timestamp_opt(vector.at.seconds, 0).earliest().unwrap_or_default().naive_utc();
    let tz = zone.and_then(|zone| zone.parse::<chrono_tz::Tz>().ok());
    let offset = tz.map_or(0, |tz| tz.offset_from_utc_datetime(&utc).fix().local_minus_utc());
    Day::from_date((utc + chrono::Duration::seconds(offset.into())).date())
}

/// What the context says, else the calendar.
fn holiday(vector: &Vector, day: Day) -> Option<String> {
    match vector.context.get("holiday") {
        Some(Value::Bool(false)) => None,
        Some(Value::Bool(true)) => {
            Some(calendar::holiday(&vector.country, day).unwrap_or("holiday").to_owned())
        }
        Some(Value::String(name)) => Some(name.clone()),
        _ => calendar::holiday(&vector.country, day).map(str::to_owned),
    }
}

fn consent(vector: &Vector) -> String {
    match (vector.context.get("consent"), vector.context.get("authorized_channels")) {
        (Some(Value::String(consent)), _) => consent.clone(),
        (_, Some(list)) if !text(list).split(',').any(|channel| channel == vector.channel) => {
            "unknown".into()
        }
        _ => "authorized".into(),
    }
}

fn attributes(vector: &Vector, day: Day) -> Vec<Attribute> {
    let taken = [TIME_ZONES, REGION, DEBTOR_KIND, RECIPIENT, PURPOSE, DEBT].concat();
    let mut all: Vec<Attribute> = vector
        .context
        .iter()
        .filter(|(key, _)| !taken.contains(&key.as_str()) && *key != "holiday" && *key != "consent")
        .map(|(key, value)| attribute(key, value))
        .collect();
    let ahead = Calendar::built_in().holidays(&vector.country, day.plus(1), day.plus(DAYS_AHEAD));
    if !ahead.is_empty() {
        let days: Vec<String> = ahead.iter().map(|(day, _)| day.to_string()).collect();
        all.push(("holidays_ahead".into(), days.join(",")));
    }
    all
}

/// Under the name and in the words `gate-contact` documents.
fn attribute(key: &str, value: &Value) -> Attribute {
    let said = text(value);
    let yes = |word: &'static str, otherwise: &'static str| {
        if said == "true" || said == "1" { word.to_owned() } else { otherwise.to_owned() }
    };
    let (key, value) = match key {
        "inconvenient" => (key, inconvenient(value)),
        "strict" | "strict_reading" => ("reading", yes("strict", "published")),
        "reading" | "interpretation" if said.contains("one_contact") => {
            ("week_limit", "one_contact".to_owned())
        }
        "interpretation" => ("reading", said),
        "week_definition" => ("week_mode", said),
        "max_contacts_per_week" => ("week_limit", yes("one_contact", "one_channel")),
        "week_reading" | "week_limit" | "weekly_limit" => {
            let strict = said.contains("contact") || said.contains("strict");
            ("week_limit", if strict { "one_contact" } else { "one_channel" }.to_owned())
        }
        "count_scope" if said.starts_with("per") => (key, "per_mechanism".to_owned()),
        "weekdays_only" => ("weekend", yes("closed", "open")),
        "weekend" | "weekend_mode" | "weekend_reading" => {
            let closed =
                ["false", "closed", "blocked", "mon_fri", "weekdays", "strict"].contains(&said.as_str());
            ("weekend", if closed { "closed" } else { "open" }.to_owned())
        }
        "separation" | "two_days" | "gap_mode" | "separation_reading" => ("separation_mode", said),
        "direct_contact_mode" | "contact_mode" => ("count_mode", said),
        "party" | "collector_type" | "collector_kind" | "collector_party" => ("collector", said),
        _ => (key, said),
    };
    (key.to_owned(), value)
}

/// `[{"days":[0,1],"from":"15:00","to":"17:00"}]` as `01 15:00-17:00`.
fn inconvenient(value: &Value) -> String {
    let span = |span: &Value| {
        let days: String = span.get("days")?.as_array()?.iter().map(Value::to_string).collect();
        Some(format!("{days} {}-{}", span.get("from")?.as_str()?, span.get("to")?.as_str()?))
    };
    let spans: Vec<String> = value.as_array().into_iter().flatten().filter_map(span).collect();
    spans.join("; ")
}
