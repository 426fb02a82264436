//! What is to be told, kept with its job where it is caused.

use recaudo_core::cash::same::write_back_reference;
use recaudo_core::day::Day;
use recaudo_core::hold::Reason;
use recaudo_core::money::Currency;
use recaudo_ports::plugin::Money;
use recaudo_ports::plugin::writeback::{Entry, Note, Receipt};
use recaudo_store::hold::Kept;
use recaudo_store::payment::{self, Payment};
use recaudo_store::writeback::{self as rows, Writeback};
use recaudo_store::{Tx, bank, customer, sighting, source};

use super::{NOTE, RECEIPT, REVERSAL};
use crate::settings::Writeback as Target;
use crate::vault::Subject;
use crate::{Engine, EngineError};

const MINUTE_US: i64 = 60_000_000;

/// Where to, when the home says so and the source is there.
pub(super) fn target<'e>(
    tx: &recaudo_store::Conn<'_>,
    engine: &'e Engine,
) -> Result<Option<(&'e Target, i64)>, EngineError> {
    let Some(target) = &engine.settings.writeback else { return Ok(None) };
    let found = source::by_name(tx, engine.tenant, &target.source)?;
    Ok(found.map(|source| (target, source.id)))
}

/// Payments with something applied, or of a known customer: those a bank or a gateway told of first are to be told.
pub(crate) fn paid(tx: &Tx<'_>, (engine, at): (&Engine, i64), payments: &[i64]) -> Result<(), EngineError> {
    let Some((target, source_id)) = target(tx, engine)? else { return Ok(()) };
    if !target.payments || payments.is_empty() {
        return Ok(());
    }
    let mut ours: Vec<i64> = Vec::new();
    bank::of_payments(tx, engine.tenant, payments, |entry| {
        if let Some(payment) = entry.payment_id.filter(|_| entry.state == "posted") {
            ours.push(payment);
        }
        Ok(())
    })?;
    ours.sort_unstable();
    ours.dedup();
    let mut found: Vec<(i64, i64)> = Vec::new();
    payment::by_ids(tx, engine.tenant, &ours, |row| {
        found.extend(row.customer_id.map(|customer| (row.id, customer)));
        Ok(())
    })?;
    let after = at.saturating_add(target.after_minutes.saturating_mul(MINUTE_US));
    for (payment, customer) in found {
        let new = new((engine, at), (RECEIPT, payment, 0), (source_id, customer));
        rows::wish(tx, engine.tenant, &new, after)?;
    }
    Ok(())
}

/// A payment went back, or a part of it did: what we wrote of it is to be taken back there too.
pub(crate) fn went_back(
    tx: &Tx<'_>,
    (engine, at): (&Engine, i64),
    payment: &Payment,
    (minor, on): (i64, Day),
) -> Result<(), EngineError> {
    let Some((_, source_id)) = target(tx, engine)?.filter(|(target, _)| target.payments) else {
        return Ok(());
    };
    // Of a payment that was never to be told there is nothing to take back.
    let told = rows::about(tx, engine.tenant, source_id, (RECEIPT, payment.id))?;
    let (Some(told), Some(customer)) = (told.last(), payment.customer_id) else { return Ok(()) };
    let before = rows::about(tx, engine.tenant, source_id, (REVERSAL, payment.id))?;
    let part = i64::try_from(before.len()).unwrap_or(i64::MAX);
    let ours = write_back_reference(payment.id);
    let entry = Entry::Receipt(Receipt {
        customer: external(tx, engine, customer)?,
        reference: format!("{ours}-R{part}"),
        amount: money(-minor, payment.currency),
        on: on.0,
        documents: Vec::new(),
        attributes: vec![("reverses".into(), reference(payment.id, told.part))],
    });
    keep(tx, (engine, at), (REVERSAL, payment.id, part), (source_id, customer, &entry))
}

/// What had gone back is here again: it is told anew, under a reference of its own.
pub(crate) fn came_again(
    tx: &Tx<'_>,
    (engine, at): (&Engine, i64),
    payment_id: i64,
    (minor, on): (i64, Day),
) -> Result<(), EngineError> {
    let Some((_, source_id)) = target(tx, engine)?.filter(|(target, _)| target.payments) else {
        return Ok(());
    };
    let told = rows::about(tx, engine.tenant, source_id, (RECEIPT, payment_id))?;
    let found = payment::by_id(tx, engine.tenant, payment_id)?;
    let Some((payment, customer)) = found.and_then(|row| row.customer_id.map(|customer| (row, customer)))
    else {
        return Ok(());
    };
    if told.is_empty() {
        return Ok(());
    }
    let part = i64::try_from(told.len()).unwrap_or(i64::MAX);
    // Of a part nobody can say which document it is for; the whole is for what it settles now.
    let whole = minor == payment.amount_minor;
    let documents =
        if whole { super::make::documents(tx, engine, (&payment, source_id))? } else { Vec::new() };
    let entry = Entry::Receipt(Receipt {
        customer: external(tx, engine, customer)?,
        reference: reference(payment.id, part),
        amount: money(minor, payment.currency),
        on: on.0,
        documents,
        attributes: vec![("method".into(), payment.method.clone())],
    });
    keep(tx, (engine, at), (RECEIPT, payment.id, part), (source_id, customer, &entry))
}

/// The reference of a payment told for the first time, or told again after it went back.
pub(super) fn reference(payment: i64, part: i64) -> String {
    let ours = write_back_reference(payment);
    if part == 0 { ours } else { format!("{ours}-G{part}") }
}

/// Chasing was paused, or goes on: a note for whoever works with the customer there. No credit is stopped by it, so it is no
/// `hold` of the contract's.
pub(crate) fn held(
    tx: &Tx<'_>,
    (engine, at): (&Engine, i64),
    kept: &Kept,
    let_go: Option<Day>,
) -> Result<(), EngineError> {
    let Some((_, source_id)) = target(tx, engine)?.filter(|(target, _)| target.holds) else {
        return Ok(());
    };
    let mut document = None;
    if let Some(item) = kept.item_id {
        recaudo_store::item::by_id(tx, engine.tenant, &[item], |row| {
            document = (row.source_id == source_id).then_some(row.external_id);
            Ok(())
        })?;
    }
    let text = pause(engine.settings.language(), kept, let_go);
    let entry = Entry::Note(Note { customer: external(tx, engine, kept.customer_id)?, document, text });
    let told = rows::about(tx, engine.tenant, source_id, (NOTE, kept.id))?;
    let part = i64::try_from(told.len()).unwrap_or(i64::MAX);
    keep(tx, (engine, at), (NOTE, kept.id, part), (source_id, kept.customer_id, &entry))
}

/// Reasons in Spanish, Portuguese and English.
const REASONS: [(Reason, [&str; 3]); 9] = [
    (
        Reason::DoNotContact,
        ["pidió no ser contactado", "pediu para não ser contatado", "asked not to be contacted"],
    ),
    (Reason::Deceased, ["falleció", "faleceu", "has died"]),
    (Reason::Bankruptcy, ["en insolvencia", "em insolvência", "insolvency proceedings"]),
    (Reason::Legal, ["en proceso jurídico", "em processo jurídico", "with lawyers or a court"]),
    (Reason::Dispute, ["hay un reclamo", "há uma contestação", "an item is disputed"]),
    (Reason::VerifyPayment, ["dice que ya pagó", "diz que já pagou", "says that it is paid"]),
    (Reason::Promise, ["prometió pagar", "prometeu pagar", "promised to pay"]),
    (Reason::Plan, ["cumple un acuerdo de pago", "cumpre um acordo de pagamento", "keeps a payment plan"]),
    (Reason::Manual, ["por decisión de una persona", "por decisão de uma pessoa", "somebody decided so"]),
];

fn pause(language: &str, kept: &Kept, let_go: Option<Day>) -> String {
    let place = ["es", "pt"].iter().position(|known| *known == language).unwrap_or(2);
    let reason =
        REASONS.iter().find(|(known, _)| *known == kept.hold.reason).map_or("", |(_, texts)| texts[place]);
    let (from, until) = (kept.hold.from, kept.hold.until);
    match (let_go, until) {
        (Some(on), _) => match place {
            0 => format!("La gestión de cobranza se reanuda el {on}."),
            1 => format!("A cobrança é retomada em {on}."),
            _ => format!("Collection goes on from {on}."),
        },
        (None, Some(until)) => match place {
            0 => format!("Gestión de cobranza en pausa desde {from} y hasta antes de {until}: {reason}."),
            1 => format!("Cobrança em pausa desde {from} e até antes de {until}: {reason}."),
            _ => format!("Collection paused from {from} and until before {until}: {reason}."),
        },
        (None, None) => match place {
            0 => format!("Gestión de cobranza en pausa desde {from}: {reason}."),
            1 => format!("Cobrança em pausa desde {from}: {reason}."),
            _ => format!("Collection paused from {from}: {reason}."),
        },
    }
}

pub(super) fn money(minor: i64, currency: Currency) -> Money {
    Money { minor, exponent: currency.exponent(), currency: currency.0 }
}

pub(super) fn external(
    conn: &recaudo_store::Conn<'_>,
    engine: &Engine,
    customer_id: i64,
) -> Result<String, EngineError> {
    let mut external = String::new();
    sighting::names(conn, engine.tenant, &[customer_id], |_, _, id| {
        id.clone_into(&mut external);
        Ok(())
    })?;
    Ok(external)
}

/// Is the customer one of the target's? Another source's is unknown there.
fn is_there(tx: &Tx<'_>, engine: &Engine, (source_id, customer_id): (i64, i64)) -> Result<bool, EngineError> {
    let id = external(tx, engine, customer_id)?;
    let found = customer::by_external(tx, engine.tenant, &id)?;
    Ok(found.is_some_and(|customer| customer.source_id == source_id))
}

/// Keeps an entry that is made already.
fn keep(
    tx: &Tx<'_>,
    (engine, at): (&Engine, i64),
    what: (&str, i64, i64),
    (source_id, customer_id, entry): (i64, i64, &Entry),
) -> Result<(), EngineError> {
    if !is_there(tx, engine, (source_id, customer_id))? {
        return Ok(());
    }
    let plain = postcard::to_stdvec(entry).map_err(|error| EngineError::fault(error.to_string()))?;
    let subject = Subject::Customer(customer_id);
    let entry = engine.vault.seal(tx, engine.tenant, subject, engine.random.as_ref(), &plain)?;
    let new = Writeback { entry, ..new((engine, at), what, (source_id, customer_id)) };
    rows::wish(tx, engine.tenant, &new, at)?;
    Ok(())
}

fn new(
    (engine, at): (&Engine, i64),
    (kind, subject_id, part): (&str, i64, i64),
    (source_id, customer_id): (i64, i64),
) -> Writeback {
    let mut random = [0; 16];
    engine.random.fill(&mut random);
    let key = hex::encode(random);
    Writeback {
        id: 0,
        source_id,
        kind: kind.into(),
        subject_id,
        part,
        customer_id,
        entry: Vec::new(),
        operation_id: format!("write-{key}"),
        idempotency_key: key,
        state: "queued".into(),
        status: String::new(),
        code: String::new(),
        target_id: String::new(),
        attempts: 0,
        asked: 0,
        made_at: at,
        changed_at: at,
    }
}
