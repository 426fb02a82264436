//! The page over figures made up for it.

use recaudo_core::day::Day;
use recaudo_core::kpi::Hundredths;
use recaudo_core::money::Currency;
use recaudo_engine::report::{
    Bucket, ContactCount, CurrencyReport, Debtor, Figure, Kpis, ReportData, TrendPoint,
};

use super::{render, words};
use crate::words::Language;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn bucket(from: Option<i32>, to: Option<i32>, minor: i64, items: u64) -> Bucket {
    Bucket { from, to, minor, items }
}

fn currency(code: &[u8; 3], unit: i64) -> CurrencyReport {
    let buckets = vec![
        bucket(None, Some(0), 60 * unit, 120),
        bucket(Some(1), Some(30), 20 * unit, 40),
        bucket(Some(31), Some(60), 11 * unit, 22),
        bucket(Some(61), Some(90), 6 * unit, 12),
        bucket(Some(91), None, 3 * unit, 6),
    ];
    let months = ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31", "2026-06-15"];
    let trend = (0..).zip(months).map(|(n, on)| TrendPoint {
        on: day(on),
        outstanding_minor: (80 + n * 4) * unit,
        past_due_minor: (48 - n * 2) * unit,
    });
    let figure = |value| Figure {
        value: Some(Hundredths(value)),
        inputs: vec![("receivables", 100 * unit), ("days", 91)],
    };
    CurrencyReport {
        currency: Currency(*code),
        outstanding_minor: 100 * unit,
        past_due_minor: 40 * unit,
        items: 200,
        customers: 61,
        buckets,
        trend: trend.collect(),
        debtors: vec![Debtor {
            customer: "C-1".into(),
            name: "Ferretería <El Tornillo> & Cía. \"Ltda\"".into(),
            outstanding_minor: 9 * unit,
            past_due_minor: 4 * unit,
            oldest_days: 47,
            items: 8,
        }],
        kpis: Kpis {
            dso: figure(4_512),
            dso_count_back: figure(4_020),
            average_days_delinquent: figure(1_805),
            effectiveness: Figure::default(),
        },
    }
}

fn sample() -> ReportData {
    ReportData {
        as_of: day("2026-06-15"),
        creditor: "Distribuidora Andina S.A.S.".into(),
        time_zone: "America/Bogota".into(),
        currencies: vec![
            currency(b"COP", 1_234_567_800),
            currency(b"CLP", 456_789),
            currency(b"USD", 98_765),
        ],
        contacts_from: day("2026-03-17"),
        contacts: vec![
            ContactCount { outcome: "sent".into(), channel: "email".into(), count: 412 },
            ContactCount { outcome: "unknown".into(), channel: "email".into(), count: 3 },
        ],
    }
}

#[test]
fn the_page_needs_nothing_but_itself() {
    for locale in ["es-CO", "pt-BR", "en-US", ""] {
        let page = render(&sample(), locale).unwrap();
        for outside in ["http:", "https:", "<script", "@import", "url(", "src="] {
            assert!(!page.contains(outside), "{locale}: {outside}");
        }
        assert_eq!(page.matches("<svg").count(), 4, "an aging chart and a trend a currency");
        assert_eq!(page.matches("<svg").count(), page.matches("</svg>").count());
    }
}

#[test]
fn a_name_cannot_become_markup() {
    let page = render(&sample(), "es-CO").unwrap();
    assert!(!page.contains("<El Tornillo>"));
    assert!(page.contains("&lt;El Tornillo&gt; &amp; Cía."));
}

#[test]
fn amounts_and_words_are_the_readers() {
    let es = render(&sample(), "es-CO").unwrap();
    assert!(
        es.contains("1.234.567.800,00")
            && es.contains("Saldo por cobrar")
            && es.contains("15 de junio de 2026")
    );
    let en = render(&sample(), "en-US").unwrap();
    assert!(en.contains("1,234,567,800.00") && en.contains("Outstanding") && en.contains("not enough data"));
    let pt = render(&sample(), "pt-BR").unwrap();
    assert!(pt.contains("Saldo a receber") && pt.contains("45,12"));
}

#[test]
fn an_empty_portfolio_is_a_page_too() {
    let empty = ReportData { currencies: vec![], contacts: vec![], ..sample() };
    let page = render(&empty, "es").unwrap();
    assert!(page.contains("No hay partidas abiertas") && page.contains("Ninguna gestión"));
}

#[test]
fn each_language_has_every_text() {
    let keys = |language| words(language).keys().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(keys(Language::Es), keys(Language::En));
    assert_eq!(keys(Language::Pt), keys(Language::En));
    assert!(keys(Language::En).len() > 50);
}

/// Writes the page where `RECAUDO_SAMPLE_PAGE` says, for somebody who wants to look at it.
#[test]
fn the_sample_can_be_looked_at() {
    let page = render(&sample(), "es-CO").unwrap();
    assert!(page.starts_with("<!doctype html>") && page.trim_end().ends_with("</html>"));
    if let Ok(path) = std::env::var("RECAUDO_SAMPLE_PAGE") {
        std::fs::write(path, page).unwrap();
    }
}
