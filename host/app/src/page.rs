//! The executive report as one HTML page: charts are SVG, nothing is fetched, no script runs.
//!
//! The page reads the same on screen, on paper and to a screen reader: each chart has its figures in a table.

mod chart;
mod number;

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};
use recaudo_engine::report::{CurrencyReport, Figure, ReportData};
use serde::Serialize;

use crate::words::{Language, Words};
use number::Format;

const TEMPLATE: &str = include_str!("../templates/report.html");

/// The report's texts in a language.
pub fn words(language: Language) -> Words {
    let catalogue = match language {
        Language::Es => include_str!("../words/report.es.toml"),
        Language::Pt => include_str!("../words/report.pt.toml"),
        Language::En => include_str!("../words/report.en.toml"),
    };
    Words::read(language, catalogue)
}

/// Renders the page for a locale such as `es-CO`: its language chooses the words, its country the digits.
///
/// # Errors
/// The template does not render: a fault of ours, named with its line.
pub fn render(data: &ReportData, locale: &str) -> Result<String, minijinja::Error> {
    let words = words(Language::of_locale(locale).unwrap_or_default());
    let format = Format::of_locale(locale);
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_template("report", TEMPLATE)?;
    let sections: Vec<Section> = data.currencies.iter().map(|c| section(c, &words, format)).collect();
    environment.get_template("report")?.render(context! {
        lang => words.language.code(),
        w => words.below("report"),
        creditor => data.creditor.clone(),
        as_of => data.as_of.to_string(),
        as_of_long => number::long_date(data.as_of, words.language),
        time_zone => data.time_zone.clone(),
        aging_chart => Value::from_safe_string(chart::aging(&data.currencies, &words, format)),
        buckets => data.currencies.first().map(|c| bucket_names(c, &words)).unwrap_or_default(),
        definitions => Value::from(Serde(definitions(&data.currencies, &words, format))),
        sections => Value::from(Serde(sections)),
        contacts => Value::from(Serde(contacts(data, &words))),
        contacts_total => data.contacts.iter().map(|c| c.count).sum::<u64>(),
        contacts_from => data.contacts_from.to_string(),
    })
}

/// One currency on the page, every figure already written for the reader.
#[derive(Serialize)]
struct Section {
    currency: String,
    tiles: Vec<Tile>,
    buckets: Vec<BucketCell>,
    outstanding: String,
    items: u64,
    customers: u64,
    trend_chart: Value,
    trend: Vec<[String; 3]>,
    debtors: Vec<DebtorRow>,
}

#[derive(Serialize)]
struct Tile {
    label: String,
    value: String,
    note: String,
    formula: String,
    tone: &'static str,
}

#[derive(Serialize)]
struct BucketCell {
    amount: String,
    items: u64,
    share: String,
}

#[derive(Serialize)]
struct DebtorRow {
    name: String,
    code: String,
    outstanding: String,
    past_due: String,
    days: String,
    items: u64,
    share: String,
}

#[derive(Serialize)]
struct ContactRow {
    outcome: String,
    channel: String,
    count: u64,
    width: u64,
}

fn section(c: &CurrencyReport, words: &Words, format: Format) -> Section {
    let money = |minor| format.money(c.currency, minor);
    let buckets = c.buckets.iter().map(|b| BucketCell {
        amount: money(b.minor),
        items: b.items,
        share: format.percent(b.minor, c.outstanding_minor),
    });
    let debtors = c.debtors.iter().map(|d| DebtorRow {
        name: d.name.clone(),
        code: d.customer.clone(),
        outstanding: money(d.outstanding_minor),
        past_due: money(d.past_due_minor),
        days: if d.oldest_days > 0 { d.oldest_days.to_string() } else { "–".into() },
        items: d.items,
        share: format.percent(d.outstanding_minor, c.outstanding_minor),
    });
    let trend =
        c.trend.iter().map(|t| [t.on.to_string(), money(t.outstanding_minor), money(t.past_due_minor)]);
    Section {
        currency: c.currency.to_string(),
        tiles: tiles(c, words, format),
        buckets: buckets.collect(),
        outstanding: money(c.outstanding_minor),
        items: c.items,
        customers: c.customers,
        trend_chart: Value::from_safe_string(chart::trend(c, words, format)),
        trend: trend.collect(),
        debtors: debtors.collect(),
    }
}

fn tiles(c: &CurrencyReport, words: &Words, format: Format) -> Vec<Tile> {
    let money = |label: &str, minor: i64, note: String, tone| Tile {
        label: words.get(&format!("report.{label}")).into(),
        value: format.money(c.currency, minor),
        note,
        formula: words.get(&format!("formula.{label}")).into(),
        tone,
    };
    let figure = |label: &str, figure: &Figure, unit: &str| Tile {
        label: words.get(&format!("report.{label}")).into(),
        value: figure.value.map_or_else(|| "–".into(), |v| format.hundredths(v)),
        note: words.get(if figure.value.is_some() { unit } else { "report.undefined" }).into(),
        formula: format!("{} {}", words.get(&format!("formula.{label}")), inputs(c, figure, words, format)),
        tone: "plain",
    };
    let items = words.fill("report.items_of_customers", &[("items", &c.items), ("customers", &c.customers)]);
    let share = words
        .fill("report.of_outstanding", &[("share", &format.percent(c.past_due_minor, c.outstanding_minor))]);
    vec![
        money("outstanding", c.outstanding_minor, items, "good"),
        money("past_due", c.past_due_minor, share, "bad"),
        figure("dso", &c.kpis.dso, "report.days"),
        figure("dso_count_back", &c.kpis.dso_count_back, "report.days"),
        figure("add", &c.kpis.average_days_delinquent, "report.days"),
        figure("cei", &c.kpis.effectiveness, "report.percent"),
    ]
}

/// A figure's formula, and for each currency the numbers it was computed from, so that a reader can check it.
#[derive(Serialize)]
struct Definition {
    label: String,
    formula: String,
    inputs: Vec<String>,
}

fn definitions(currencies: &[CurrencyReport], words: &Words, format: Format) -> Vec<Definition> {
    let figure = |label: &str| -> Option<fn(&CurrencyReport) -> &Figure> {
        match label {
            "dso" => Some(|c| &c.kpis.dso),
            "dso_count_back" => Some(|c| &c.kpis.dso_count_back),
            "add" => Some(|c| &c.kpis.average_days_delinquent),
            "cei" => Some(|c| &c.kpis.effectiveness),
            _ => None,
        }
    };
    let definition = |label: &str| {
        let lines = currencies.iter().filter_map(|c| {
            let numbers = inputs(c, figure(label)?(c), words, format);
            (!numbers.is_empty()).then(|| format!("{}: {numbers}", c.currency))
        });
        Definition {
            label: words.get(&format!("report.{label}")).into(),
            formula: words.get(&format!("formula.{label}")).into(),
            inputs: lines.collect(),
        }
    };
    ["outstanding", "past_due", "dso", "dso_count_back", "add", "cei"].into_iter().map(definition).collect()
}

/// A figure's inputs in one line.
fn inputs(c: &CurrencyReport, figure: &Figure, words: &Words, format: Format) -> String {
    let text = figure.inputs.iter().map(|(name, value)| {
        let label = words.get(&format!("input.{name}")).to_owned();
        let value = if *name == "days" { value.to_string() } else { format.money(c.currency, *value) };
        format!("{label} {value}")
    });
    text.collect::<Vec<_>>().join("; ")
}

fn bucket_names(c: &CurrencyReport, words: &Words) -> Vec<String> {
    c.buckets.iter().map(|b| chart::bucket_name(b, words)).collect()
}

fn contacts(data: &ReportData, words: &Words) -> Vec<ContactRow> {
    let most = data.contacts.iter().map(|c| c.count).max().unwrap_or(0).max(1);
    let rows = data.contacts.iter().map(|c| ContactRow {
        outcome: words.find(&format!("outcome.{}", c.outcome)).unwrap_or(&c.outcome).into(),
        channel: c.channel.clone(),
        count: c.count,
        width: c.count * 100 / most,
    });
    rows.collect()
}

#[cfg(test)]
mod tests;
