//! Stories of files of vectors, answered by the built-in pricer's own source, compiled natively.

use std::path::Path;

use recaudo_ports::plugin::pricer::{Charge, Item, Series};
use recaudo_ports::plugin::{Call, Instant, Money, Operation, PluginError, PluginErrorKind, Pricer};
use recaudo_sdk::policy::pricer as wit;
use recaudo_sdk::{Context, Failure, Kind, values};

use super::{CONFIG, PriceBenchError, PriceReport, SKIPPED, parse_price_vectors, run};

/// The plugin without its sandbox.
struct Native;

impl Pricer for Native {
    fn price(
        &self,
        call: &Call,
        on: i32,
        rates: &[Series],
        items: &[Item],
    ) -> Result<Vec<Charge>, PluginError> {
        let series = |series: &Series| wit::Series {
            name: series.name.clone(),
            rates: series
                .rates
                .iter()
                .map(|(day, rate)| {
                    (*day, values::Decimal { coefficient: rate.coefficient, scale: rate.scale })
                })
                .collect(),
        };
        let rates = rates.iter().map(series).collect();
        let items = items.iter().map(item).collect();
        let charges = <recaudo_pricer_standard::PricerStandard as recaudo_sdk::Pricer>::price(
            context(&call.config),
            on,
            rates,
            items,
        );
        charges.map(|charges| charges.into_iter().map(charge).collect()).map_err(error)
    }
}

fn item(item: &Item) -> wit::Item {
    let balance =
        |at: &recaudo_ports::plugin::pricer::Balance| wit::Balance { on: at.on, open: money(at.open) };
    wit::Item {
        id: item.id.clone(),
        kind: item.kind.clone(),
        country: item.country.clone(),
        debtor_kind: item.debtor_kind.clone(),
        issued: item.issued,
        due: item.due,
        balances: item.balances.iter().map(balance).collect(),
        charged: Vec::new(),
        attributes: item.attributes.clone(),
    }
}

fn money(money: Money) -> values::Money {
    let [a, b, c] = money.currency;
    values::Money { minor: money.minor, exponent: money.exponent, currency: (a, b, c) }
}

fn charge(charge: wit::Charge) -> Charge {
    let (a, b, c) = charge.amount.currency;
    Charge {
        item: charge.item,
        kind: charge.kind,
        amount: Money { minor: charge.amount.minor, exponent: charge.amount.exponent, currency: [a, b, c] },
        from_day: charge.from_day,
        to_day: charge.to_day,
        rule: charge.rule,
        source: charge.source,
    }
}

fn error(failure: Failure) -> PluginError {
    let invalid_input = failure.kind == Kind::InvalidInput;
    PluginError {
        plugin: "pricer-standard".into(),
        kind: if invalid_input { PluginErrorKind::InvalidInput } else { PluginErrorKind::InvalidConfig },
        code: failure.code,
        message: failure.message,
        may_have_committed: false,
        retry_after_ms: None,
    }
}

fn context(config: &[u8]) -> Context {
    let instant = values::Instant { seconds: 0, nanoseconds: 0 };
    let (id, idempotency_key) = ("bench".to_owned(), "bench".to_owned());
    Context {
        now: instant,
        business_day: 0,
        time_zone: "America/Bogota".into(),
        locale: "en".into(),
        deadline: instant,
        entropy: Vec::new(),
        trace_id: String::new(),
        operation: recaudo_sdk::call::Operation { id, idempotency_key, attempt: 1 },
        config: config.into(),
    }
}

fn call() -> Call {
    Call {
        now: Instant::default(),
        business_day: 0,
        time_zone: "America/Bogota".into(),
        locale: "en".into(),
        deadline: Instant::default(),
        entropy: [0; 32],
        trace_id: String::new(),
        operation: Operation { id: "bench".into(), idempotency_key: "bench".into(), attempt: 1 },
        config: CONFIG.as_bytes().into(),
    }
}

fn report(rows: &[&str]) -> PriceReport {
    let text = format!("country,rule_id,inputs,expected,unit,reason,verified\n{}\n", rows.join("\n"));
    run(&Native, &call(), &parse_price_vectors(&text).unwrap()).unwrap()
}

fn got(row: &str) -> (String, String) {
    let row = report(&[row]).rows.remove(0);
    (row.got, row.reason)
}

#[test]
fn every_vector_of_the_law_is_answered_as_expected() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/regulation/amount_vectors.csv");
    let Ok(text) = std::fs::read_to_string(&path) else {
        assert!(std::env::var_os("CI").is_none(), "{} is missing", path.display());
        println!("skipped: {} is not here", path.display());
        return;
    };
    let vectors = parse_price_vectors(&text).unwrap();
    let report = run(&Native, &call(), &vectors).unwrap();
    for row in &report.rows {
        if row.got == SKIPPED {
            println!("skipped: {}: {}", row.rule_id, row.reason);
        }
    }
    let wrong: Vec<_> = report.rows.iter().filter(|row| !row.agrees() || row.got == SKIPPED).collect();
    println!("{} vectors, {} wrong or skipped", report.rows.len(), wrong.len());
    assert!(report.rows.len() >= 53);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_sum_a_rate_a_day_and_a_word_are_written_as_vectors_write_them() {
    let fee = r#"CL,CL-FEE-CAP,"{""overdue_uf"":60,""days_past_due"":21,""free_notice_in_15d"":true}",3.6,UF max,,"#;
    assert_eq!(got(fee), ("3.6".into(), String::new()));
    let rate =
        r#"CO,CO-USURY,"{""ibc_ea_pct"":""17.01"",""convert"":""monthly effective""}",,% per month max,,"#;
    assert_eq!(got(rate).0, "1.9118");
    let day = r#"CO,CO-HABEAS-QUERY,"{""received"":""2026-03-02""}",,answer by,,"#;
    assert_eq!(got(day).0, "2026-03-16");
    let word = r#"ES,ES-LATE-RATE,"{""agreed_pct"":3.1,""legal_pct"":10.15}",x,flag,,"#;
    assert_eq!(got(word).0, "not abusive");
    let twentieth = r#"CL,CL-FEE-CAP,"{""overdue_uf"":60,""days_past_due"":20}",0,UF max,,"#;
    assert_eq!(got(twentieth).0, "0", "nothing during the first twenty days");
}

#[test]
fn what_cannot_be_answered_is_skipped_with_its_reason() {
    let conflict = r#"CO,CO-USURY,"{""ibc_ea_pct"":16}",24,% p.a. max,,conflict"#;
    assert_eq!(got(conflict), (SKIPPED.into(), "sources disagree and the inputs name no reading".into()));
    let unknown = got(r#"CO,CO-NOTHING,"{""x"":1}",24,% p.a. max,,"#);
    assert_eq!(unknown.1, "no rule CO-NOTHING of CO says anything about a rate");
    let gap = got(r#"CO,CO-USURY,"{}",24,% p.a. max,,"#);
    assert_eq!(gap.1, "rate series co-ibc-ea does not cover 2026-03-02; import its figure for that day");
    let unit = got(r#"CO,CO-USURY,"{}",24,bananas,,"#);
    assert!(unit.1.starts_with("unit \"bananas\" is neither"), "{}", unit.1);
    let missing = got(r#"CO,CO-BUREAU-MAX18,"{}",2026-01-01,latest report date,,"#);
    assert!(missing.1.contains("needs one of the attributes default-since"), "{}", missing.1);
}

#[test]
fn the_report_is_json_as_promised() {
    let rows = report(&[
        r#"UY,UY-USURY,"{""bcu_avg_pct"":40,""ge_2m_ui"":false,""in_default"":true}",72,% implicit rate max,,"#,
        r#"XX,XX-1,"{}",1,EUR,,"#,
    ]);
    let json = serde_json::to_value(&rows).unwrap();
    let first =
        serde_json::json!({"rule_id":"UY-USURY","expected":"72","got":"72","unit":"% implicit rate max"});
    assert_eq!(json["rows"][0], first);
    assert_eq!(json["rows"][1]["got"], "skipped");
    assert!(rows.rows.iter().all(super::PriceRow::agrees));
}

#[test]
fn what_cannot_be_read_is_named_by_row_and_field() {
    let error = |text: &str| parse_price_vectors(text).unwrap_err().to_string();
    assert_eq!(parse_price_vectors(""), Err(PriceBenchError::Empty));
    assert_eq!(parse_price_vectors("country,unit\n"), Err(PriceBenchError::Column("rule_id")));
    let header = "country,rule_id,inputs,unit\n";
    assert!(
        error(&format!("{header}CL,X,{{,EUR")).starts_with("row 2, field inputs: \"{\" is no JSON object")
    );
    assert_eq!(error(&format!("{header}CL,,,EUR")), "row 2, field rule_id: \"\" is empty; fill it in");
    assert!(error(&format!("{header}CL,X,EUR")).starts_with("row 2: 3 fields where the header names 4"));
    assert_eq!(parse_price_vectors(&format!("{header}CL,\"X")), Err(PriceBenchError::Quote(2)));
}
