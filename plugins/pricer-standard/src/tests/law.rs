//! Stories of the law: caps that cut, sums that are due, and the data files themselves.

use super::*;
use crate::law::{Entry, Law, files};

fn of(country: &str, debtor_kind: &str) -> Item {
    Item { country: country.into(), debtor_kind: debtor_kind.into(), ..invoice() }
}

const ABSURD: &str = r#"{"rules":[{"id":"mora","kind":"interest","source":"clause 7","rate":"900"}]}"#;

#[test]
fn colombias_usury_cuts_whatever_was_agreed() {
    let item = in_money(of("CO", "person"), 1_000_000_000, 2, b"COP");
    let ibc = series("co-ibc-ea", &[("2026-03-01", "16.50"), ("2026-04-01", "17.01")]);
    let charges = price(ABSURD, "2026-04-30", std::slice::from_ref(&ibc), &item).unwrap();
    // Thirty days at 365 x (1.2475^(1/365) - 1) = 22.12085...%, thirty at the same of 1.25515, 22.73258...%.
    assert_eq!(charges[0].amount.minor, 36_865_841);
    assert_eq!(charges[0].source, "clause 7; cut by CO-USURY (C. Comercio art. 884; C. Penal art. 305)");
    let low = r#"{"rules":[{"id":"mora","kind":"interest","source":"clause 7","rate":"12"}]}"#;
    let charges = price(low, "2026-04-30", std::slice::from_ref(&ibc), &item).unwrap();
    assert_eq!((charges[0].amount.minor, charges[0].source.as_str()), (19_726_027, "clause 7"));
    assert_eq!(
        price(low, "2026-05-01", &[ibc], &item).unwrap_err().code,
        "rate-gap",
        "May is not certified yet"
    );
}

#[test]
fn chiles_fees_climb_by_bands_after_twenty_days_and_late_interest_is_never_capitalised() {
    let config = r#"{"rules":[{"id":"cobranza","kind":"fee","source":"clause 9","percent":"50"},
        {"id":"mora","kind":"interest","rate":"12","method":"compound","compounding":12,"day_count":"30/360"}]}"#;
    let item = in_money(of("CL", "person"), 1_200_000, 0, b"CLP");
    let rates = [
        series("cl-uf", &[("2026-03-01", "40000"), ("2026-03-20", "40000")]),
        series("cl-tic", &[("2026-03-01", "20")]),
    ];
    let fees = |on: &str, item: &Item| {
        let charges = price(config, on, &rates, item).unwrap();
        charges.into_iter().filter(|charge| charge.kind == "fee").collect::<Vec<_>>()
    };
    assert_eq!(fees("2026-03-21", &item), [], "the twentieth day");
    let noticed = with(item.clone(), "free-notice-in-15d", "true");
    let fee = fees("2026-03-22", &noticed);
    assert_eq!(told(&fee), [row("fee", 84_000, "2026-03-22", "2026-03-22")], "30 UF: 0.9 + 1.2 = 2.1 UF");
    assert!(fee[0].source.contains("CL-FEE-CAP (Ley 19.496 art. 37)"));
    assert_eq!(fees("2026-03-22", &item)[0].amount.minor, 76_000, "0.2 UF less without the free notice");
    let interest = price(config, "2026-04-01", &rates, &item).unwrap();
    assert_eq!(interest[0].amount.minor, 12_000, "one month of 12%, simple");
    let business = Item { debtor_kind: "business".into(), ..item };
    assert_eq!(fees("2026-03-22", &business)[0].amount.minor, 600_000, "the law protects consumers");
}

#[test]
fn brazils_penalty_is_two_per_cent_and_its_legal_rate_is_never_negative() {
    let config = r#"{"statutory":"interest",
        "rules":[{"id":"multa","kind":"penalty","source":"clause 8","percent":"10"}]}"#;
    let item = in_money(of("BR", "person"), 100_000, 2, b"BRL");
    let selic = series("br-selic", &[("2026-01-01", "0.9"), ("2026-04-01", "0.8")]);
    let ipca = series("br-ipca", &[("2026-01-01", "0.4"), ("2026-04-01", "1.1")]);
    let charges = price(config, "2026-05-01", &[selic, ipca], &item).unwrap();
    let amounts: Vec<_> = charges.iter().map(|c| (c.rule.as_str(), c.amount.minor)).collect();
    assert_eq!(
        amounts,
        [("BR-JUROS", 483), ("multa", 2_000)],
        "29 of March's 30 days at 0.5%, nothing for April; 2% at most"
    );
    let before = Item { issued: day("2024-01-01"), due: day("2024-05-01"), ..item };
    let before = in_money(before, 100_000, 2, b"BRL");
    let selic = series("br-selic", &[("2024-01-01", "0.9")]);
    let ipca = series("br-ipca", &[("2024-01-01", "0.4")]);
    let charges = price(r#"{"statutory":"all"}"#, "2024-09-30", &[selic, ipca], &before).unwrap();
    assert_eq!(charges, [], "the law of 30 August 2024 does not reach a debt that was late before it");
}

#[test]
fn between_businesses_spain_adds_eight_points_and_forty_euros() {
    let item = in_money(of("ES", "business"), 1_200_000, 2, b"EUR");
    let mro = series("es-ecb-mro", &[("2025-06-11", "2.15"), ("2026-02-05", "1.90")]);
    let all = r#"{"statutory":"all"}"#;
    let charges = price(all, "2026-04-15", std::slice::from_ref(&mro), &item).unwrap();
    let expected =
        [row("interest", 15_016, "2026-03-02", "2026-04-15"), row("fee", 4_000, "2026-03-02", "2026-03-02")];
    assert_eq!(told(&charges), expected, "February's change waits for July");
    assert_eq!(charges[1].source, "Ley 3/2004 art. 8");
    let person = Item { debtor_kind: "person".into(), ..item.clone() };
    assert_eq!(
        price(all, "2026-04-15", std::slice::from_ref(&mro), &person),
        Ok(vec![]),
        "consumers are excluded"
    );
    let german = Item { country: "DE".into(), ..item };
    let ecb = series("eu-ecb-ref", &[("2025-06-11", "2.15")]);
    let charges = price(all, "2026-04-15", &[mro, ecb], &german).unwrap();
    assert_eq!((charges[0].rule.as_str(), charges[0].amount.minor), ("EU-LATE-B2B", 15_016));
}

#[test]
fn perus_financial_entities_charge_no_fee_and_no_penalty() {
    let config = r#"{"rules":[{"id":"multa","kind":"penalty","fixed":{"PEN":"25"}},
        {"id":"gasto","kind":"fee","fixed":{"PEN":"30"}}]}"#;
    let item = in_money(of("PE", "person"), 100_000, 2, b"PEN");
    assert_eq!(price(config, "2026-04-15", &[], &item).unwrap().len(), 2);
    let bank = with(item, "regime", "financial");
    assert_eq!(price(config, "2026-04-15", &[], &bank), Ok(vec![]));
}

#[test]
fn uruguays_cap_depends_on_size_and_default_and_costa_ricas_fee_on_the_dollar() {
    let item = in_money(of("UY", "person"), 100_000_000, 2, b"UYU");
    let rates = [series("uy-bcu-avg", &[("2026-02-01", "40")]), series("uy-ui", &[("2026-01-01", "6.5")])];
    let charges = price(ABSURD, "2026-03-31", &rates, &item).unwrap();
    assert_eq!(charges[0].rule, "mora");
    assert!(
        charges[0].source.ends_with("cut by UY-USURY (Ley 18.212 art. 11 (in default))"),
        "{}",
        charges[0].source
    );
    let fee = r#"{"rules":[{"id":"gestion","kind":"fee","fixed":{"CRC":"50000"},"repeat":"monthly"}]}"#;
    let item = in_money(of("CR", "person"), 100_000_000, 2, b"CRC");
    let rates = [series("cr-usd", &[("2026-01-01", "500")])];
    assert_eq!(price(fee, "2026-03-06", &rates, &item), Ok(vec![]), "only after five days");
    assert_eq!(price(fee, "2026-03-07", &rates, &item).unwrap()[0].amount.minor, 600_000, "twelve dollars");
}

#[test]
fn an_operators_own_law_goes_before_the_built_in_one() {
    let law = "[[rate]]\nlaw.rule = 'XX-CAP'\nlaw.source = 'a decree'\nlaw.from = '2026-03-11'\n\
        role = 'cap'\nlargest = [{ plus = '36.5' }]";
    let config = serde_json::json!({"rules":[{"id":"mora","kind":"interest","rate":"73"}],"law":{"XX": law}});
    let charges = price(&config.to_string(), "2026-03-21", &[], &invoice()).unwrap();
    assert_eq!(charges[0].amount.minor, 9 * 2_400 + 11 * 1_200, "the decree holds from the 11th");
    let wrong = serde_json::json!({"law":{"XX": "[[rate]]\nrole = 'ceiling'"}});
    let failure = price(&wrong.to_string(), "2026-03-21", &[], &invoice()).unwrap_err();
    assert!(failure.message.starts_with("the law of XX cannot be read"), "{}", failure.message);
}

#[test]
fn every_entry_of_every_file_has_its_rule_and_its_source() {
    for (country, _) in files() {
        let law = Law::of(country, None).unwrap();
        let entries: Vec<&Entry> = law
            .rate
            .iter()
            .map(|rate| &rate.entry)
            .chain(law.interest.iter().map(|interest| &interest.entry))
            .chain(law.sum.iter().map(|sum| &sum.entry))
            .chain(law.day.iter().map(|day| &day.entry))
            .chain(law.flag.iter().map(|flag| &flag.entry))
            .collect();
        for entry in entries {
            assert!(entry.rule.starts_with(country), "{country}: {}", entry.rule);
            assert!(entry.source.len() > 5, "{} has no source", entry.rule);
            let days = [&entry.from, &entry.until];
            assert!(days.into_iter().flatten().all(|day| Date::parse_iso(day).is_some()), "{}", entry.rule);
        }
    }
}
