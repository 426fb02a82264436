//! The door gateways' money comes in by: one telling at a time, matched and posted as a bank's is.

use recaudo_core::day::Day;
use recaudo_core::ledger::EntryKind;
use recaudo_core::money::{Currency, MoneyError};
use recaudo_ports::plugin::Attribute;
use recaudo_store::bank::{self, Entry};
use recaudo_store::{Conn, Tx, sighting};

use super::desk::{Desk, Movement};
use super::details::{Details, Seals};
use super::returned;
use super::tell::{Road, movement, tell};
use crate::Engine;
use crate::error::EngineError;

/// The road gateways tell by.
const GATEWAY: &str = "gateway";

/// What a gateway says it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Receipt<'a> {
    pub(crate) source_id: i64,
    /// The gateway's id of the transaction: told twice, it changes nothing.
    pub(crate) id: &'a str,
    /// Minor units.
    pub(crate) amount_minor: i64,
    pub(crate) currency: Currency,
    /// When it was paid.
    pub(crate) on: Day,
    /// When the payment was asked of one.
    pub(crate) customer_id: Option<i64>,
    /// What other roads may tell it by: the transfer's reference.
    pub(crate) reference: &'a str,
    /// What stands with it: numbers of the documents a link was for.
    pub(crate) text: &'a str,
    /// `method` and whatever else the gateway tells.
    pub(crate) attributes: Vec<Attribute>,
}

/// What a gateway told of a transaction before, with the payment it is now.
pub(crate) fn heard(
    conn: &Conn<'_>,
    tenant: i64,
    source_id: i64,
    id: &str,
) -> Result<Option<Entry>, EngineError> {
    let mut known = None;
    bank::known_entries(conn, tenant, (source_id, GATEWAY), &[id], |entry| {
        known = Some(entry);
        Ok(())
    })?;
    Ok(known)
}

/// Takes a gateway's word for money: a payment nobody had told of, one another road has told of, or one a person decides
/// about; the entry says which.
pub(crate) fn receive(
    tx: &Tx<'_>,
    (engine, at): (&Engine, i64),
    receipt: &Receipt<'_>,
) -> Result<Entry, EngineError> {
    let tenant = engine.tenant;
    let mut entry = Entry {
        id: tx.ids("bank_entries", 1)?,
        source_id: receipt.source_id,
        statement_id: None,
        road: GATEWAY.into(),
        external_id: receipt.id.into(),
        booked_on: receipt.on,
        value_on: receipt.on,
        amount_minor: receipt.amount_minor,
        currency: receipt.currency,
        reversal: false,
        customer_id: receipt.customer_id,
        payment_id: None,
        payer: Vec::new(),
        details: Vec::new(),
        state: "staged".into(),
    };
    let details = Details {
        reference: receipt.reference.into(),
        remittance: receipt.text.into(),
        attributes: receipt.attributes.clone(),
        ..Details::default()
    };
    Seals::new(engine).seal(tx, &mut entry, &details)?;
    bank::insert_entries(tx, tenant, std::slice::from_ref(&entry))?;
    let id = entry.id;
    let road = Road { engine, source_id: receipt.source_id, name: GATEWAY, at, subject: receipt.id };
    tell(tx, road, vec![(entry, details)])?;
    let told = bank::entry_by_id(tx, tenant, id)?;
    told.ok_or_else(|| EngineError::fault(format!("bank entry {id} is gone")))
}

/// The gateway corrects an amount it told. Says no where it is not the gateway's alone any more: another road has told of the
/// payment too, some of it went back, or a person is asked about it.
pub(crate) fn amend(
    tx: &Tx<'_>,
    (engine, at): (&Engine, i64),
    entry: &Entry,
    minor: i64,
) -> Result<bool, EngineError> {
    let tenant = engine.tenant;
    let Some(payment_id) = entry.payment_id.filter(|_| entry.state == "posted" && minor > 0) else {
        return Ok(false);
    };
    let mut alone = true;
    sighting::of_payments(tx, tenant, &[payment_id], |_| {
        alone = false;
        Ok(())
    })?;
    let mut desk = Desk::new(tenant, at);
    desk.load(tx, &[], &[payment_id])?;
    let payment = desk.payment(payment_id)?;
    let (left, on, before) = (payment.unapplied_minor, payment.received_on, payment.amount_minor);
    if !alone || payment.status != "received" || returned::is_touched(tx, &desk, payment_id)? {
        return Ok(false);
    }
    let more = minor.checked_sub(before).ok_or(MoneyError::TooLarge)?;
    let lacks = more.saturating_neg().saturating_sub(left);
    returned::free(tx, &mut desk, (payment_id, lacks), (on, returned::GATEWAY))?;
    let by = Movement {
        source_id: Some(entry.source_id),
        reason: "amount".into(),
        ..movement(EntryKind::Adjust, more, on)
    };
    desk.post(None, Some(payment_id), by)?;
    desk.payment_mut(payment_id)?.amount_minor = minor;
    desk.flush(tx, ("money-corrected", &entry.external_id))?;
    bank::amend(tx, tenant, entry.id, minor)?;
    Ok(true)
}
