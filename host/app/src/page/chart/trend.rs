//! How the receivables moved: outstanding as an area, past due as a darker one inside it.

use std::fmt::Write;

use recaudo_core::money::Currency;
use recaudo_engine::report::{CurrencyReport, TrendPoint};

use super::super::number::{Format, short_month};
use super::{escape, scale};
use crate::words::Words;

const WIDTH: i128 = 760;
const HEIGHT: i128 = 230;
const LEFT: i128 = 64;
const RIGHT: i128 = 18;
const TOP: i128 = 30;
const BOTTOM: i128 = 30;

/// The chart of one currency's month ends.
pub(in crate::page) fn trend(c: &CurrencyReport, words: &Words, format: Format) -> String {
    let title = escape(&words.fill("report.trend_chart", &[("currency", &c.currency)]));
    let mut svg = format!(
        r#"<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}" class="chart"><title>{title}</title>"#
    );
    let most = c.trend.iter().map(|t| i128::from(t.outstanding_minor)).max().unwrap_or(0).max(1);
    let step = step(most);
    let top = step * ((most + step - 1) / step);
    grid(&mut svg, c.currency, step, top, format);
    for (_, class, value) in SERIES {
        series(&mut svg, c, (class, value), top);
    }
    dots(&mut svg, c, top, words, format);
    legend(&mut svg, words);
    svg.push_str("</svg>");
    svg
}

type Series = (&'static str, &'static str, fn(&TrendPoint) -> i64);
const SERIES: [Series; 2] =
    [("outstanding", "owed", |t| t.outstanding_minor), ("past_due", "late", |t| t.past_due_minor)];

/// A round distance between grid lines so that four to eight of them cover `most`.
fn step(most: i128) -> i128 {
    let mut unit = 1i128;
    while unit * 50 < most {
        unit *= 10;
    }
    [1, 2, 5, 10].into_iter().map(|n| n * unit).find(|step| step * 6 >= most).unwrap_or(unit * 10)
}

fn x(at: usize, points: usize) -> i128 {
    let last = i128::try_from(points.saturating_sub(1)).unwrap_or(0).max(1);
    LEFT + i128::try_from(at).unwrap_or(0) * (WIDTH - LEFT - RIGHT) / last
}

fn y(minor: i64, top: i128) -> i128 {
    HEIGHT - BOTTOM - scale(i128::from(minor), top, HEIGHT - TOP - BOTTOM)
}

fn grid(svg: &mut String, currency: Currency, step: i128, top: i128, format: Format) {
    let mut value = 0;
    while value <= top {
        let y = HEIGHT - BOTTOM - scale(value, top, HEIGHT - TOP - BOTTOM);
        let _ = write!(
            svg,
            r#"<line x1="{LEFT}" x2="{}" y1="{y}" y2="{y}" class="grid"/><text x="{}" y="{}" class="axis" text-anchor="end">{}</text>"#,
            WIDTH - RIGHT,
            LEFT - 8,
            y + 4,
            format.short(currency, value)
        );
        value += step;
    }
}

fn series(svg: &mut String, c: &CurrencyReport, (class, value): (&str, fn(&TrendPoint) -> i64), top: i128) {
    let points: Vec<String> = c
        .trend
        .iter()
        .enumerate()
        .map(|(at, t)| format!("{},{}", x(at, c.trend.len()), y(value(t), top)))
        .collect();
    let line = points.join(" ");
    let base = HEIGHT - BOTTOM;
    let _ = write!(
        svg,
        r#"<polygon points="{LEFT},{base} {line} {},{base}" class="{class} area"/><polyline points="{line}" class="{class} line"/>"#,
        x(c.trend.len().saturating_sub(1), c.trend.len())
    );
}

fn dots(svg: &mut String, c: &CurrencyReport, top: i128, words: &Words, format: Format) {
    for (at, point) in c.trend.iter().enumerate() {
        let x = x(at, c.trend.len());
        for (name, class, value) in SERIES {
            let _ = write!(
                svg,
                r#"<circle cx="{x}" cy="{}" r="4" class="{class} dot"><title>{} {}: {} {}</title></circle>"#,
                y(value(point), top),
                point.on,
                escape(words.get(&format!("report.{name}"))),
                format.money(c.currency, value(point)),
                c.currency
            );
        }
        let anchor = if at + 1 == c.trend.len() { "end" } else { "middle" };
        let _ = write!(
            svg,
            r#"<text x="{x}" y="{}" class="axis" text-anchor="{anchor}">{}</text>"#,
            HEIGHT - 8,
            short_month(point.on, words.language)
        );
    }
}

fn legend(svg: &mut String, words: &Words) {
    let mut at = LEFT;
    for (name, class, _) in SERIES {
        let label = words.get(&format!("report.{name}"));
        let _ = write!(
            svg,
            r#"<rect x="{at}" y="4" width="12" height="12" rx="3" class="{class} key-box"/><text x="{}" y="14" class="key">{}</text>"#,
            at + 18,
            escape(label)
        );
        at += 40 + 7 * i128::try_from(label.chars().count()).unwrap_or(0);
    }
}

#[cfg(test)]
mod tests {
    use super::step;

    #[test]
    fn grid_lines_stand_at_round_amounts() {
        assert_eq!(step(1), 1);
        assert_eq!(step(1_234_567), 500_000);
        assert_eq!(step(999), 200);
        for most in [1i128, 7, 60, 61, 999, 12_345, 9_999_999_999] {
            assert!((1..=8).contains(&((most + step(most) - 1) / step(most))), "{most}");
        }
    }
}
