//! Asking why, on the day and afterwards.

use super::{text, why};
use crate::run::tests::bench::{Bench, Delivery};

#[test]
fn a_contact_is_traced_from_the_debt_to_the_receipt() {
    let mut bench = Bench::on("2026-03-06");
    let ana = bench.customer("ana");
    let invoice = bench.invoice(ana, "F-1", "2026-03-05", 5_000_000);
    bench.invoice(ana, "F-2", "2026-03-20", 1_000_000);
    bench.run("2026-03-06");
    bench.pay(invoice, "2026-03-07", 0);
    bench.run("2026-03-07");
    let on = Some("2026-03-06".parse().unwrap());
    let trace = why(&mut bench.engine, "ana", on).unwrap();
    let account = &trace.runs[0].accounts[0];
    assert_eq!((account.creditor.as_str(), account.currency.as_str()), ("acme", "COP"));
    assert_eq!(account.score_ppm, Some(8_333), "one day late on five sixths of the debt");
    assert_eq!((account.scores[0].number.as_str(), account.scores[0].ppm), ("F-1", 10_000));
    assert_eq!(account.scores[0].reasons, [("days_past_due".to_owned(), 10_000)]);
    assert_eq!((account.segment.as_str(), account.strategy.as_deref()), ("new", Some("standard")));
    assert!(account.segment_rule.as_ref().unwrap().contains("relationship_days < 90"));
    assert_eq!((account.step.as_deref(), account.outcome.as_str()), (Some("friendly"), "permitted"));
    assert_eq!(account.rule.as_ref().unwrap().rule, "scripted", "the strategist's");
    let judges: Vec<&str> = account.judges.iter().map(|judge| judge.interface.as_str()).collect();
    assert_eq!(judges, ["scoring/scorer", "policy/strategist", "policy/gate"]);
    let contact = account.contact.as_ref().unwrap();
    assert_eq!(
        (contact.state.as_str(), contact.amount.as_str(), contact.permit_used),
        ("sent", "50000.00", true)
    );
    assert_eq!(contact.effects[0].stand, "done");
    for language in ["es", "pt", "en"] {
        let text = text(&trace, language);
        assert!(text.contains("friendly") && text.contains("50000.00 COP"), "{text}");
    }
}

#[test]
fn a_customer_that_was_not_contacted_has_the_first_reason_why_not() {
    let mut bench = Bench::on("2026-03-06");
    let ana = bench.customer("ana");
    bench.invoice(ana, "F-1", "2026-03-05", 5_000_000);
    bench.customer("bea");
    bench.script(|script| script.weekly_cap = Some(0));
    bench.run("2026-03-06");
    let trace = why(&mut bench.engine, "ana", None).unwrap();
    let account = &trace.runs[0].accounts[0];
    assert_eq!((account.outcome.as_str(), account.reason.as_str()), ("refused", "gate_refused"));
    let rule = account.rule.as_ref().unwrap();
    assert_eq!((rule.rule.as_str(), rule.source.as_str()), ("WEEKLY-CAP", "Ley 1"));
    assert!(
        text(&trace, "es").contains("Resultado: rechazado por el control: una regla de contacto lo impide")
    );
    let bea = why(&mut bench.engine, "bea", None).unwrap();
    assert!(bea.runs[0].accounts.is_empty(), "nothing was open");
    assert!(text(&bea, "en").contains("nothing open"));
    assert_eq!(why(&mut bench.engine, "nobody", None).unwrap_err().code(), "not_found");
    bench.script(|script| (script.weekly_cap, script.delivery) = (None, Some(Delivery::Lost)));
    bench.run("2026-03-08");
    let trace = why(&mut bench.engine, "ana", None).unwrap();
    assert_eq!(trace.runs[0].accounts[0].contact.as_ref().unwrap().state, "unknown");
    assert!(text(&trace, "pt").contains("não se sabe se saiu"));
    let before = why(&mut bench.engine, "ana", Some("2026-03-01".parse().unwrap())).unwrap();
    assert!(before.runs.is_empty() && text(&before, "en").contains("there was no run"));
}
