//! Aging: a bar a currency, a segment a bucket.

use std::fmt::Write;

use recaudo_engine::report::{Bucket, CurrencyReport};

use super::super::number::Format;
use super::{BUCKETS, escape, scale};
use crate::words::Words;

const WIDTH: i128 = 760;
const LEFT: i128 = 56;
const ROW: i128 = 46;
const BAR: i128 = 28;
/// Segments narrower than this carry no label.
const LABEL_MIN: i128 = 52;

/// `Not due`, `1–30 days`, `more than 90 days`.
pub(in crate::page) fn bucket_name(bucket: &Bucket, words: &Words) -> String {
    match (bucket.from, bucket.to) {
        (Some(from), Some(to)) => words.fill("report.bucket_between", &[("from", &from), ("to", &to)]),
        (Some(from), None) => words.fill("report.bucket_over", &[("days", &(from - 1))]),
        (None, _) => words.get("report.bucket_current").into(),
    }
}

/// The bars with their legend.
pub(in crate::page) fn aging(currencies: &[CurrencyReport], words: &Words, format: Format) -> String {
    let height = 40 + ROW * i128::try_from(currencies.len()).unwrap_or(0);
    let title = escape(words.get("report.aging_chart"));
    let mut svg = format!(
        r#"<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{title}" class="chart"><title>{title}</title>"#
    );
    legend(&mut svg, currencies, words);
    for (row, currency) in (0..).zip(currencies) {
        bar(&mut svg, 36 + ROW * row, currency, words, format);
    }
    svg.push_str("</svg>");
    svg
}

fn legend(svg: &mut String, currencies: &[CurrencyReport], words: &Words) {
    let mut x = LEFT;
    for (bucket, colour) in currencies.first().into_iter().flat_map(|c| c.buckets.iter()).zip(BUCKETS) {
        let name = bucket_name(bucket, words);
        let _ = write!(
            svg,
            r#"<rect x="{x}" y="4" width="12" height="12" rx="3" fill="{colour}"/><text x="{}" y="14" class="key">{}</text>"#,
            x + 18,
            escape(&name)
        );
        x += 34 + 7 * i128::try_from(name.chars().count()).unwrap_or(0);
    }
}

fn bar(svg: &mut String, y: i128, c: &CurrencyReport, words: &Words, format: Format) {
    let _ = write!(svg, r#"<text x="0" y="{}" class="axis strong">{}</text>"#, y + 19, c.currency);
    // A credit balance in a bucket has no length; the table below shows it.
    let whole: i128 = c.buckets.iter().map(|b| i128::from(b.minor.max(0))).sum();
    let pixels = WIDTH - LEFT;
    let mut before = 0i128;
    for (at, (bucket, colour)) in c.buckets.iter().zip(BUCKETS).enumerate() {
        let x = LEFT + scale(before, whole, pixels);
        before += i128::from(bucket.minor.max(0));
        let width = (LEFT + scale(before, whole, pixels) - x - 2).max(0);
        if width == 0 {
            continue;
        }
        let share = format.percent(bucket.minor, c.outstanding_minor);
        let _ = write!(
            svg,
            r#"<rect x="{x}" y="{y}" width="{width}" height="{BAR}" rx="4" fill="{colour}"><title>{}: {} {} ({share})</title></rect>"#,
            escape(&bucket_name(bucket, words)),
            format.money(c.currency, bucket.minor),
            c.currency
        );
        if width >= LABEL_MIN {
            let class = if matches!(at, 1 | 2) { "dark" } else { "light" };
            let _ = write!(
                svg,
                r#"<text x="{}" y="{}" class="in {class}" text-anchor="middle">{share}</text>"#,
                x + width / 2,
                y + 19
            );
        }
    }
}
