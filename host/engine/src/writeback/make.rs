//! A wish becomes an entry when it is told: by then the ERP may know of it, or nothing may be left to tell.

use recaudo_ports::plugin::Money;
use recaudo_ports::plugin::writeback::{Entry, Receipt};
use recaudo_store::effect::{self, Of};
use recaudo_store::payment::{self, Payment};
use recaudo_store::writeback::{self as rows, Writeback};
use recaudo_store::{Conn, bank, customer, entry, item, sighting};

use super::wish::{external, money, reference};
use super::{RECEIPT, REVERSAL};
use crate::effects::may_have_left;
use crate::vault::Subject;
use crate::{Engine, EngineError};

/// What is to be done with a wish.
pub(super) enum Made {
    Tell(Box<Entry>),
    /// There is nothing to tell; a code says why.
    NotNeeded(&'static str),
    /// What it rests on is not known yet.
    Later,
}

pub(super) fn make(conn: &Conn<'_>, engine: &Engine, wish: &Writeback) -> Result<Made, EngineError> {
    match wish.kind.as_str() {
        // While nothing has left it is made anew: what the ERP knows by now need not be told.
        RECEIPT if wish.part == 0 => {
            let effects = effect::list(conn, engine.tenant, Of::Writeback(wish.id))?;
            if may_have_left(&effects) { kept(conn, engine, wish) } else { receipt(conn, engine, wish) }
        }
        // Told again after it went back: that comes first.
        RECEIPT => match last(conn, engine, wish, REVERSAL)? {
            Some(before) if before.state != "settled" => Ok(Made::Later),
            Some(before) if !is_written(&before) => Ok(Made::NotNeeded("never-taken-back")),
            _ => kept(conn, engine, wish),
        },
        REVERSAL => match last(conn, engine, wish, RECEIPT)? {
            Some(told) if told.state != "settled" => Ok(Made::Later),
            Some(told) if is_written(&told) => kept(conn, engine, wish),
            _ => Ok(Made::NotNeeded("not-ours")),
        },
        _ => kept(conn, engine, wish),
    }
}

/// What was told of the same row before this wish, of a kind.
fn last(
    conn: &Conn<'_>,
    engine: &Engine,
    wish: &Writeback,
    kind: &str,
) -> Result<Option<Writeback>, EngineError> {
    let about = rows::about(conn, engine.tenant, wish.source_id, (kind, wish.subject_id))?;
    Ok(about.into_iter().rfind(|other| other.id < wish.id))
}

fn is_written(wish: &Writeback) -> bool {
    ["applied", "already-applied"].contains(&wish.status.as_str())
}

/// An entry that was made with its wish, or told before: told again, it is the same.
pub(super) fn kept(conn: &Conn<'_>, engine: &Engine, wish: &Writeback) -> Result<Made, EngineError> {
    let subject = Subject::Customer(wish.customer_id);
    let Some(plain) = engine.vault.open(conn, engine.tenant, subject, &wish.entry)? else {
        return Ok(Made::NotNeeded("erased"));
    };
    let entry = postcard::from_bytes(&plain)
        .map_err(|error| EngineError::fault(format!("written back {}: {error}", wish.id)))?;
    Ok(Made::Tell(Box::new(entry)))
}

fn receipt(conn: &Conn<'_>, engine: &Engine, wish: &Writeback) -> Result<Made, EngineError> {
    let tenant = engine.tenant;
    let Some(payment) = payment::by_id(conn, tenant, wish.subject_id)? else {
        return Ok(Made::NotNeeded("gone"));
    };
    if payment.status != "received" {
        return Ok(Made::NotNeeded("went-back-before"));
    }
    let mut known = payment.source_id == wish.source_id;
    sighting::of_payments(conn, tenant, &[payment.id], |seen| {
        known |= seen.source_id == wish.source_id;
        Ok(())
    })?;
    if known {
        return Ok(Made::NotNeeded("known-there"));
    }
    // A person may have laid it to another customer since.
    let customer_id = payment.customer_id.unwrap_or(wish.customer_id);
    let id = external(conn, engine, customer_id)?;
    let there = customer::by_external(conn, tenant, &id)?;
    if there.is_none_or(|customer| customer.source_id != wish.source_id) {
        return Ok(Made::NotNeeded("other-source"));
    }
    Ok(Made::Tell(Box::new(Entry::Receipt(Receipt {
        customer: id,
        reference: reference(payment.id, wish.part),
        amount: money(payment.amount_minor, payment.currency),
        on: payment.received_on.0,
        documents: documents(conn, engine, (&payment, wish.source_id))?,
        attributes: attributes(conn, engine, &payment)?,
    }))))
}

/// The target's documents a payment settles now, and how much of each.
pub(super) fn documents(
    conn: &Conn<'_>,
    engine: &Engine,
    (payment, source_id): (&Payment, i64),
) -> Result<Vec<(String, Money)>, EngineError> {
    let mut settled: Vec<(i64, i64)> = Vec::new();
    for moved in entry::of_payment(conn, engine.tenant, payment.id)? {
        let Some(item) = moved.item_id else { continue };
        match settled.iter_mut().find(|(known, _)| *known == item) {
            Some((_, sum)) => *sum = sum.saturating_sub(moved.amount_minor),
            None => settled.push((item, moved.amount_minor.saturating_neg())),
        }
    }
    settled.retain(|(_, sum)| *sum > 0);
    let ids: Vec<i64> = settled.iter().map(|(item, _)| *item).collect();
    let mut names = std::collections::BTreeMap::new();
    item::by_id(conn, engine.tenant, &ids, |row| {
        if row.source_id == source_id {
            names.insert(row.id, row.external_id);
        }
        Ok(())
    })?;
    let named = |(item, sum)| Some((names.remove(&item)?, money(sum, payment.currency)));
    Ok(settled.into_iter().filter_map(named).collect())
}

fn attributes(
    conn: &Conn<'_>,
    engine: &Engine,
    payment: &Payment,
) -> Result<Vec<(String, String)>, EngineError> {
    let mut found = vec![("method".to_owned(), payment.method.clone())];
    let mut told = Vec::new();
    bank::of_payments(conn, engine.tenant, &[payment.id], |entry| {
        told.push((entry.road, entry.source_id, entry.external_id));
        Ok(())
    })?;
    for (road, source_id, id) in told {
        if road != "gateway" {
            found.push(("account".into(), bank::account(conn, engine.tenant, source_id)?));
            continue;
        }
        let fee = format!("fee:{id}");
        found.push(("gateway-id".into(), id));
        payment::by_external(conn, engine.tenant, source_id, &[&fee], |row| {
            found.push(("fee".into(), row.currency.decimal(row.amount_minor.saturating_neg())));
            Ok(())
        })?;
    }
    Ok(found)
}
