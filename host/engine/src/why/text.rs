//! The trace as a person reads it, in es, pt and en.

use std::fmt::Write;

use super::{AccountTrace, ContactTrace, Trace};
use crate::messages::{Outcome, Reason, end_text};

/// The words around the trace: es, pt, en.
struct Words {
    debt: &'static str,
    past_due: &'static str,
    no_run: &'static str,
    run: &'static str,
    nothing_open: &'static str,
    score: &'static str,
    segment: &'static str,
    otherwise: &'static str,
    step: &'static str,
    result: &'static str,
    until: &'static str,
    rule: &'static str,
    judged: &'static str,
    permit: &'static str,
    sent: &'static str,
}

const ES: Words = Words {
    debt: "Debe",
    past_due: "vencido",
    no_run: "no hubo corrida hasta ese día",
    run: "Corrida",
    nothing_open: "nada abierto: no fue candidato",
    score: "Puntaje: probabilidad de pagar tarde",
    segment: "Segmento",
    otherwise: "los demás",
    step: "Estrategia y paso",
    result: "Resultado",
    until: "hasta o desde el",
    rule: "Regla",
    judged: "Juzgó",
    permit: "Permiso hasta",
    sent: "Mensaje",
};

const PT: Words = Words {
    debt: "Deve",
    past_due: "vencido",
    no_run: "não houve execução até esse dia",
    run: "Execução",
    nothing_open: "nada em aberto: não foi candidato",
    score: "Pontuação: probabilidade de pagar com atraso",
    segment: "Segmento",
    otherwise: "os demais",
    step: "Estratégia e passo",
    result: "Resultado",
    until: "até ou a partir de",
    rule: "Regra",
    judged: "Julgou",
    permit: "Permissão até",
    sent: "Mensagem",
};

const EN: Words = Words {
    debt: "Owes",
    past_due: "past due",
    no_run: "there was no run up to that day",
    run: "Run",
    nothing_open: "nothing open: no candidate",
    score: "Score: probability of paying late",
    segment: "Segment",
    otherwise: "all others",
    step: "Strategy and step",
    result: "Outcome",
    until: "until or from",
    rule: "Rule",
    judged: "Judged by",
    permit: "Permit until",
    sent: "Message",
};

/// The trace as lines of text; `language` is `es`, `pt` or anything else for English.
pub fn text(trace: &Trace, language: &str) -> String {
    let words = match language {
        "es" => &ES,
        "pt" => &PT,
        _ => &EN,
    };
    let mut out = format!("{}, {}\n", trace.customer, trace.on);
    for debt in &trace.debt.currencies {
        let (owed, past) = (&debt.outstanding, &debt.past_due);
        line(&mut out, 1, words.debt, &format!("{owed} {} ({} {past})", debt.currency, words.past_due));
    }
    if trace.runs.is_empty() {
        line(&mut out, 1, words.run, words.no_run);
    }
    for run in &trace.runs {
        line(&mut out, 1, words.run, &format!("{}, {}", run.run, run.on));
        if run.accounts.is_empty() {
            line(&mut out, 2, words.result, words.nothing_open);
        }
        for account in &run.accounts {
            account_text(&mut out, account, words, language);
        }
    }
    out
}

fn account_text(out: &mut String, account: &AccountTrace, words: &Words, language: &str) {
    let _ = writeln!(out, "    {} {}", account.creditor, account.currency);
    if let Some(ppm) = account.score_ppm {
        line(out, 3, words.score, &percent(ppm));
    }
    for score in account.scores.iter().take(SCORES_MAX) {
        let reasons: Vec<&str> = score.reasons.iter().map(|(key, _)| key.as_str()).collect();
        line(out, 4, &score.number, &format!("{} {}", percent(score.ppm), reasons.join(", ")));
    }
    let rule = account.segment_rule.as_deref().unwrap_or(words.otherwise);
    line(out, 3, words.segment, &format!("{} ({rule})", account.segment));
    let strategy = account.strategy.as_deref().unwrap_or("-");
    line(out, 3, words.step, &format!("{strategy} / {}", account.step.as_deref().unwrap_or("-")));
    for judge in &account.judges {
        let failure = if judge.failure.is_empty() { String::new() } else { format!(": {}", judge.failure) };
        line(out, 3, words.judged, &format!("{} {}{failure}", judge.interface, judge.plugin));
    }
    let outcome = Outcome::from_code(&account.outcome);
    let reason = Reason::from_code(&account.reason);
    let outcome = outcome.map_or(account.outcome.as_str(), |outcome| outcome.text(language));
    let reason = reason.map_or(account.reason.as_str(), |reason| reason.text(language));
    let until = account.until.as_ref().map_or_else(String::new, |day| format!(" ({} {day})", words.until));
    line(out, 3, words.result, &format!("{outcome}: {reason}{until}"));
    if let Some(rule) = &account.rule {
        let parts = [rule.rule.as_str(), &rule.source, &rule.reason];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        line(out, 3, words.rule, &parts.join("; "));
    }
    if let Some(contact) = &account.contact {
        contact_text(out, contact, account, words, language);
    }
}

/// Items whose scores are listed.
const SCORES_MAX: usize = 5;

fn contact_text(
    out: &mut String,
    contact: &ContactTrace,
    account: &AccountTrace,
    words: &Words,
    language: &str,
) {
    line(out, 3, words.permit, &contact.permit_until);
    let state = end_text(&contact.state, language);
    let reason = match contact.reason.as_str() {
        "" => String::new(),
        code => format!(": {}", end_text(code, language)),
    };
    let about = format!("{} {} {}", contact.channel, contact.amount, account.currency);
    line(out, 3, words.sent, &format!("{about}, {}: {state}{reason}", contact.at));
}

fn line(out: &mut String, depth: usize, label: &str, value: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{:width$}{label}: {value}", "", width = depth * 2);
}

/// Tenths of a percent, cut.
fn percent(ppm: i32) -> String {
    format!("{}.{} %", ppm / 10_000, ppm % 10_000 / 1_000)
}
