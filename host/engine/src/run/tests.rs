//! Days told as stories.

pub(crate) mod bench;
mod properties;

use bench::{Bench, Delivery, HOME};
use recaudo_core::hold::Reason as HoldReason;

use super::{RunRequest, RunView};
use crate::holds::{self, HoldRequest};

/// `reason: count` of each, and the rule where one spoke.
fn reasons(view: &RunView) -> Vec<String> {
    let mut reasons: Vec<String> = view
        .reasons
        .iter()
        .map(|r| format!("{} {}{}: {}", r.outcome, r.reason, rule(&r.rule), r.count))
        .collect();
    reasons.sort();
    reasons
}

fn rule(rule: &str) -> String {
    if rule.is_empty() { String::new() } else { format!(" {rule}") }
}

#[test]
fn an_invoice_is_announced_chased_and_left_alone_once_it_is_paid() {
    let mut bench = Bench::on("2026-03-02");
    let ana = bench.customer("ana");
    let invoice = bench.invoice(ana, "F-1", "2026-03-05", 5_000_000);
    let view = bench.run("2026-03-02");
    assert_eq!((view.candidates, view.planned, view.permitted, view.sent), (1, 1, 1, 1), "{view:?}");
    assert_eq!(bench.post().last().unwrap().1, "Acme S.A.S.: su factura vence el 05/03/2026");
    let view = bench.run("2026-03-03");
    assert_eq!(reasons(&view), ["skipped already_done: 1"]);
    bench.run("2026-03-06");
    assert_eq!(bench.post().last().unwrap().1, "Acme S.A.S.: recordatorio de pago por 50.000,00 COP");
    bench.pay(invoice, "2026-03-10", 2_500_000);
    bench.run("2026-03-13");
    assert_eq!(bench.post().last().unwrap().1, "Acme S.A.S.: quedan pendientes 25.000,00 COP");
    bench.pay(invoice, "2026-03-14", 0);
    let view = bench.run("2026-03-20");
    assert_eq!((view.candidates, view.sent), (0, 0), "what is paid is no candidate");
    assert_eq!(bench.post().len(), 3);
}

#[test]
fn the_same_day_again_does_nothing_new() {
    let mut bench = Bench::on("2026-03-06");
    for name in ["ana", "bea", "caro"] {
        let customer = bench.customer(name);
        bench.invoice(customer, "F-1", "2026-03-05", 5_000_000);
    }
    assert_eq!(bench.run("2026-03-06").sent, 3);
    let view = bench.run("2026-03-06");
    assert_eq!((view.planned, view.sent, view.candidates), (0, 0, 3));
    assert_eq!(reasons(&view), ["skipped already_done: 3"]);
    assert_eq!(bench.post().len(), 3);
}

#[test]
fn a_rehearsal_says_what_would_be_done_and_writes_nothing() {
    let mut bench = Bench::on("2026-03-06");
    let ana = bench.customer("ana");
    bench.invoice(ana, "F-1", "2026-03-05", 5_000_000);
    let view = bench.ask(RunRequest { dry_run: true, on: None }).unwrap();
    assert_eq!((view.permitted, view.sent, view.run), (1, 0, 0));
    let contact = &view.contacts[0];
    assert_eq!(
        (contact.customer.as_str(), contact.step.as_str(), contact.amount.as_str()),
        ("ana", "friendly", "50000.00")
    );
    for table in ["runs", "candidates", "actions", "steps", "decisions"] {
        assert_eq!(bench.count(&format!("SELECT count(*) FROM {table}")), 0, "{table}");
    }
    let on = Some("2026-04-20".parse().unwrap());
    let later = bench.ask(RunRequest { dry_run: true, on }).unwrap();
    assert_eq!(later.contacts[0].step, "agreement", "any day can be rehearsed");
}

#[test]
fn every_candidate_has_its_first_reason_why_not() {
    let mut bench = Bench::on("2026-03-06");
    let paid = bench.customer("credit");
    bench.invoice(paid, "F-1", "2026-03-01", 5_000_000);
    bench.invoice(paid, "N-1", "2026-03-01", -5_000_000);
    let early = bench.customer("early");
    bench.invoice(early, "F-1", "2026-03-30", 5_000_000);
    let small = bench.customer("small");
    bench.invoice(small, "F-1", "2026-03-05", 100);
    let nowhere = bench.customer("nowhere");
    bench.invoice(nowhere, "F-1", "2026-03-05", 5_000_000);
    bench.sql("UPDATE contacts SET email = '' WHERE customer_id = $1", &[nowhere.into()]);
    let out = bench.customer("opted-out");
    bench.invoice(out, "F-1", "2026-03-05", 5_000_000);
    let sql = "INSERT INTO consents VALUES (1, 1, $1, '', 'email', 0, 0, NULL, x'')";
    bench.sql(sql, &[out.into()]);
    let disputed = bench.customer("disputed");
    let item = bench.invoice(disputed, "F-1", "2026-03-05", 5_000_000);
    bench.sql("UPDATE open_items SET disputed = 1 WHERE id = $1", &[item.into()]);
    let held = bench.customer("held");
    bench.invoice(held, "F-1", "2026-03-05", 5_000_000);
    let request = HoldRequest {
        customer: "held",
        item: None,
        reason: HoldReason::Legal,
        from: "2026-03-01".parse().unwrap(),
        until: None,
        resume: None,
        made_by: "clerk",
        note: "with the lawyers",
    };
    holds::add(&mut bench.engine, &request).unwrap();
    let view = bench.run("2026-03-06");
    assert_eq!(view.candidates, 7);
    let expected = [
        "skipped before_first_step: 1",
        "skipped below_minimum: 1",
        "skipped customer_on_hold legal: 1",
        "skipped disputed: 1",
        "skipped no_address: 1",
        "skipped nothing_owed: 1",
        "skipped opted_out: 1",
    ];
    assert_eq!(reasons(&view), expected);
    assert!(bench.post().is_empty());
}

#[test]
fn a_message_lists_what_is_due_and_shows_disputes_apart_in_the_customers_language() {
    let mut bench = Bench::on("2026-03-06");
    let bia = bench.customer_in("bia", "pt-BR");
    bench.invoice(bia, "F-1", "2026-03-05", 5_000_000);
    bench.invoice(bia, "F-2", "2026-03-01", 123_456);
    let item = bench.invoice(bia, "F-9", "2026-03-01", 700_000);
    bench.sql("UPDATE open_items SET disputed = 1 WHERE id = $1", &[item.into()]);
    bench.run("2026-03-06");
    let script = bench.script.lock().unwrap();
    let message = &script.sent[0];
    assert_eq!(message.subject, "Acme S.A.S.: lembrete de pagamento de 51.234,56 COP");
    for line in [
        "Fatura F-1: 50.000,00 COP, vencimento em 05/03/2026 (1 dia de atraso)",
        "Fatura F-2: 1.234,56 COP, vencimento em 01/03/2026 (5 dias de atraso)",
        "Em análise, fora do total:\n- Fatura F-9: 7.000,00 COP",
    ] {
        assert!(message.text.contains(line), "{line} in\n{}", message.text);
    }
    let proposal = &script.reviewed[0];
    assert_eq!((proposal.country.as_str(), proposal.debtor_kind.as_str()), ("CO", "business"));
    assert!(!format!("{proposal:?}").contains("bia"), "a gate learns no name and no address");
}

#[test]
fn when_a_judge_fails_its_kind_says_what_happens() {
    let owe = |bench: &mut Bench| {
        let ana = bench.customer("ana");
        bench.invoice(ana, "F-1", "2026-03-05", 5_000_000);
    };
    let mut bench = Bench::on("2026-03-06");
    owe(&mut bench);
    bench.script(|script| script.gate_fails = true);
    let view = bench.run("2026-03-06");
    assert_eq!(reasons(&view), ["refused gate_failed scripted: 1"], "a gate that fails refuses");
    bench.script(|script| (script.gate_fails, script.strategist_fails) = (false, true));
    let view = bench.run("2026-03-06");
    assert_eq!(reasons(&view), ["task strategist_failed scripted: 1"], "a person decides instead");
    bench.script(|script| (script.strategist_fails, script.scorer_fails) = (false, true));
    let view = bench.run("2026-03-06");
    assert!(view.degraded && view.notes[0].starts_with("scorer: "), "{view:?}");
    assert_eq!(view.sent, 1, "the customer's own late rate stands in for the score");
    assert_eq!(
        bench.count("SELECT count(*) FROM decisions WHERE failure <> ''"),
        3,
        "each failure is on record"
    );
    let mut bare = Bench::with("2026-03-06", &HOME.replace("[[gates]]\nplugin = \"door\"\n", ""), &[]);
    owe(&mut bare);
    assert_eq!(
        reasons(&bare.run("2026-03-06")),
        ["refused no_gate no_gate: 1"],
        "without a gate nobody is contacted"
    );
}

#[test]
fn a_refusal_that_ends_later_today_is_a_permit_for_then() {
    let mut bench = Bench::on("2026-03-06");
    let ana = bench.customer("ana");
    bench.invoice(ana, "F-1", "2026-03-05", 5_000_000);
    let noon = "2026-03-06T17:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp_micros();
    bench.script(|script| script.opens_at = Some(noon));
    let view = bench.run("2026-03-06");
    assert_eq!((view.permitted, view.sent, view.queued), (1, 0, 1));
    *bench.clock_at() = "2026-03-06T17:00:00Z".parse().unwrap();
    let view = bench.ask(RunRequest::default()).unwrap();
    assert_eq!((view.planned, view.sent, view.queued), (0, 1, 0), "{view:?}");
}

#[test]
fn a_run_that_died_goes_on_after_its_last_block() {
    let mut bench = Bench::on("2026-03-06");
    let ana = bench.customer("ana");
    bench.invoice(ana, "F-1", "2026-03-05", 5_000_000);
    let bea = bench.customer("bea");
    bench.invoice(bea, "F-1", "2026-03-05", 5_000_000);
    bench.run("2026-03-06");
    // As if it had been killed between two blocks: bea's block was never saved.
    bench.sql("UPDATE runs SET finished_at = NULL, cursor_customer = $1", &[ana.into()]);
    bench.sql("DELETE FROM candidates WHERE customer_id = $1", &[bea.into()]);
    bench.sql(
        "DELETE FROM permits WHERE id IN (SELECT id FROM actions WHERE customer_id = $1)",
        &[bea.into()],
    );
    bench.sql("DELETE FROM action_items WHERE customer_id = $1", &[bea.into()]);
    bench.sql("DELETE FROM actions WHERE customer_id = $1", &[bea.into()]);
    let view = bench.run("2026-03-06");
    assert_eq!(
        (view.run, view.candidates, view.permitted, view.sent),
        (1, 2, 2, 1),
        "counts are the whole run's"
    );
    assert_eq!(bench.count("SELECT count(*) FROM runs"), 1);
}

#[test]
fn only_one_run_at_a_time() {
    let mut bench = Bench::on("2026-03-06");
    let lock = bench.engine.store.try_lock().unwrap().unwrap();
    let error = bench.ask(RunRequest::default()).unwrap_err();
    assert_eq!(error.code(), "conflict");
    drop(lock);
    assert!(bench.ask(RunRequest::default()).is_ok());
}

#[test]
fn days_without_runs_are_caught_up_once() {
    let mut bench = Bench::on("2026-03-06");
    let ana = bench.customer("ana");
    bench.invoice(ana, "F-1", "2026-03-05", 5_000_000);
    bench.run("2026-03-21");
    bench.run("2026-03-22");
    bench.run("2026-03-23");
    let subjects: Vec<String> = bench.post().into_iter().map(|(_, subject)| subject).collect();
    assert_eq!(
        subjects,
        ["Acme S.A.S.: 50.000,00 COP con 16 días de vencidos"],
        "only the furthest step, and once"
    );
}

#[test]
fn a_mail_that_bounced_is_not_tried_again_by_that_channel() {
    let mut bench = Bench::on("2026-03-06");
    let ana = bench.customer("ana");
    bench.invoice(ana, "F-1", "2026-03-05", 5_000_000);
    bench.script(|script| script.delivery = Some(Delivery::Fail));
    let view = bench.run("2026-03-06");
    assert_eq!((view.sent, view.failed), (0, 1));
    let view = bench.run("2026-03-07");
    assert_eq!(reasons(&view), ["skipped channel_failed: 1"]);
}

#[test]
fn a_promise_and_the_score_reach_the_strategist_and_its_word_counts() {
    let mut bench = Bench::on("2026-03-06");
    let ana = bench.customer("ana");
    bench.invoice(ana, "F-1", "2026-03-05", 5_000_000);
    bench.script(|script| script.strategist_waits = true);
    let view = bench.run("2026-03-06");
    assert_eq!(reasons(&view), ["waiting strategist_waits scripted: 1"]);
    assert_eq!(bench.count("SELECT score_ppm FROM candidates"), 10_000, "one day past due");
    bench.script(|script| script.strategist_waits = false);
    assert_eq!(bench.run("2026-03-07").sent, 1, "the step is still due the day after");
}
