//! Notes: what is written in Tryton for people to read, each with a mark that says it is there.

use recaudo_sdk::erp::writeback::{Entry, Posting, Status};
use recaudo_sdk::{Ctx, Date, Money, Stop, values};
use serde::Deserialize;
use serde_json::json;

use crate::ErpTryton;
use crate::config::Config;
use crate::ledger::LINES;
use crate::push::{Id, line_id, party, posting};
use crate::rpc::{self, Call};
use crate::sweep::{context, search};
use crate::wire::reference;

const NOTES: &str = "ir.note";

/// What to write, and on whom.
pub(crate) struct Note {
    customer: String,
    document: Option<String>,
    text: String,
}

/// Words in the creditor's language: Spanish, Portuguese, else English.
#[derive(Clone, Copy)]
struct Words(usize);

impl Words {
    fn of(locale: &str) -> Self {
        Self(match locale.get(..2) {
            Some("es") => 0,
            Some("pt") => 1,
            _ => 2,
        })
    }

    fn pick(self, words: [&str; 3]) -> &str {
        words[self.0]
    }
}

/// The note an entry makes; `None` when no note can stand for it.
pub(crate) fn of(entry: &Entry, locale: &str) -> Option<Note> {
    let w = Words::of(locale);
    let note = |customer: &str, document: Option<&str>, text: String| {
        Some(Note { customer: customer.into(), document: document.map(str::to_owned), text })
    };
    match entry {
        Entry::Note(n) => note(&n.customer, n.document.as_deref(), n.text.clone()),
        Entry::Promise(p) => {
            let text = format!(
                "{}: {} {} {} ({})",
                w.pick(["Promesa de pago", "Promessa de pagamento", "Promise to pay"]),
                money(p.amount),
                w.pick(["para el", "para", "by"]),
                Date::from_epoch_day(p.on),
                p.status
            );
            note(&p.customer, p.document.as_deref(), text)
        }
        Entry::Plan(p) => {
            let parts = p
                .instalments
                .iter()
                .map(|part| format!("{} {}", Date::from_epoch_day(part.due), money(part.amount)));
            let title = w.pick(["Plan de pagos", "Plano de pagamento", "Payment plan"]);
            let text = format!("{title} ({}): {}", p.status, parts.collect::<Vec<_>>().join("; "));
            note(&p.customer, p.documents.first().map(String::as_str), text)
        }
        Entry::Dispute(d) => {
            let title = w.pick(["Disputa abierta", "Disputa aberta", "Dispute opened"]);
            let text = format!("{title} ({}): {}. {}", d.reason, money(d.amount), d.text);
            note(&d.customer, Some(&d.document), text)
        }
        Entry::Resolution(r) => {
            let title = w.pick(["Disputa cerrada", "Disputa encerrada", "Dispute closed"]);
            note(&r.customer, Some(&r.document), format!("{title} ({}): {}", r.outcome, r.text))
        }
        Entry::Task(t) => {
            let title = w.pick(["Tarea", "Tarefa", "Task"]);
            note(&t.customer, None, format!("{title} ({}): {}", Date::from_epoch_day(t.due), t.title))
        }
        Entry::Interaction(i) => {
            let title = w.pick(["Contacto", "Contato", "Contact"]);
            let day = i32::try_from(i.at.seconds.div_euclid(86_400)).map(Date::from_epoch_day).ok()?;
            note(&i.customer, None, format!("{title} ({}, {day}): {}", i.channel, i.text))
        }
        _ => restriction(entry, w),
    }
}

fn restriction(entry: &Entry, w: Words) -> Option<Note> {
    let (title, r) = match entry {
        Entry::Hold(r) => (w.pick(["Crédito suspendido", "Crédito suspenso", "Credit on hold"]), r),
        Entry::Release(r) => {
            (w.pick(["Crédito restablecido", "Crédito restabelecido", "Credit released"]), r)
        }
        Entry::Suspend(r) => (w.pick(["Servicio suspendido", "Serviço suspenso", "Service suspended"]), r),
        Entry::Reinstate(r) => {
            (w.pick(["Servicio restablecido", "Serviço restabelecido", "Service reinstated"]), r)
        }
        _ => return None,
    };
    let until =
        r.until.map(|day| format!(" {} {}", w.pick(["hasta", "até", "until"]), Date::from_epoch_day(day)));
    let subject = r.subject.as_ref().filter(|subject| subject.parse::<i64>().is_ok());
    let text = format!("{title}{}: {}", until.unwrap_or_default(), r.reason);
    Some(Note { customer: r.customer.clone(), document: subject.cloned(), text })
}

fn money(amount: values::Money) -> String {
    Money::from(amount).to_string()
}

/// What says that a note is ours and which.
fn mark(key: &str) -> String {
    format!("[recaudo {key}]")
}

pub(crate) fn push(
    ctx: &mut Ctx<ErpTryton>,
    config: &Config,
    note: &Note,
    key: &str,
) -> Result<Posting, Stop> {
    let resource = resource(ctx, config, note)?;
    if let Some(id) = find(ctx, config, (&resource, key))? {
        return Ok(posting(Status::AlreadyApplied, format!("{NOTES},{id}"), ""));
    }
    let message = format!("{}\n{}", note.text, mark(key));
    let values = json!([[{ "resource": resource, "message": message }], context(config)]);
    let ids: Vec<i64> = rpc::commit(ctx, config, &Call::new(format!("model.{NOTES}.create"), values))?;
    Ok(posting(Status::Applied, format!("{NOTES},{}", ids.first().copied().unwrap_or_default()), ""))
}

pub(crate) fn query(
    ctx: &mut Ctx<ErpTryton>,
    config: &Config,
    note: &Note,
    key: &str,
) -> Result<Posting, Stop> {
    let resource = resource(ctx, config, note)?;
    Ok(match find(ctx, config, (&resource, key))? {
        Some(id) => posting(Status::AlreadyApplied, format!("{NOTES},{id}"), ""),
        None => posting(Status::NotAttempted, "", "erp-tryton.not-there"),
    })
}

fn find(
    ctx: &mut Ctx<ErpTryton>,
    config: &Config,
    (resource, key): (&str, &str),
) -> Result<Option<i64>, Stop> {
    let like = format!("%{}%", mark(key));
    let domain = json!([["resource", "=", resource], ["message", "like", like]]);
    let found: Vec<Id> = rpc::read(ctx, config, &search(config, NOTES, &domain, &["id"]))?;
    Ok(found.first().map(|note| note.id))
}

#[derive(Deserialize)]
struct Origin {
    #[serde(rename = "move.")]
    booked: Booked,
}

#[derive(Deserialize)]
struct Booked {
    origin: Option<String>,
}

/// The invoice a note is about, or else the party.
fn resource(ctx: &mut Ctx<ErpTryton>, config: &Config, note: &Note) -> Result<String, Stop> {
    if let Some(document) = &note.document {
        let domain = json!([["id", "=", line_id(document)?]]);
        let found: Vec<Origin> = rpc::read(ctx, config, &search(config, LINES, &domain, &["move.origin"]))?;
        let origin = found.first().and_then(|line| line.booked.origin.as_deref());
        if let Some(("account.invoice", id)) = reference(origin) {
            return Ok(format!("account.invoice,{id}"));
        }
    }
    Ok(format!("party.party,{}", party(ctx, config, &note.customer)?))
}
