//! Money a gateway tells of, one telling at a time.

use recaudo_core::day::Day;
use recaudo_core::money::Currency;
use recaudo_store::bank::{self, Entry};
use recaudo_store::customer;

use super::details::{Details, Seals};
use super::steps::Steps;
use super::tell::{Road, tell};
use crate::Engine;
use crate::error::EngineError;
use crate::instant::micros;
use crate::progress::Silent;

/// What a gateway says it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt<'a> {
    /// The installation's name.
    pub gateway: &'a str,
    /// The gateway's id of the transaction: told twice, it changes nothing.
    pub id: &'a str,
    /// Minor units.
    pub amount_minor: i64,
    /// Of the amount.
    pub currency: Currency,
    /// When it was paid.
    pub on: Day,
    /// The customer's id in the ERP, when the payment was asked of one.
    pub customer: Option<&'a str>,
    /// What other roads may tell it by: the transfer's reference.
    pub reference: &'a str,
    /// What stands with it, such as the documents a link was for.
    pub text: &'a str,
    /// `card`, `transfer`, ...
    pub method: &'a str,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// It was told before.
    Known,
    /// Nobody had told of it: it is a payment now, by the store's number.
    New(i64),
    /// Another road had told of it.
    Same,
    /// A person decides which payment it is.
    Waiting,
}

/// Takes a gateway's word for money, and applies it.
///
/// # Errors
/// An unknown customer, an amount that is none, or the store's.
pub fn receive(engine: &mut Engine, receipt: &Receipt<'_>) -> Result<Received, EngineError> {
    if receipt.amount_minor <= 0 {
        let detail = "a receipt is more than nothing; what went back is a reversal".to_owned();
        return Err(EngineError::Invalid { field: "amount".into(), detail });
    }
    let received = engine.store.write(|tx| told(engine, tx, receipt))?;
    if received != Received::Known {
        Steps::run(engine, false, |steps| super::allot(steps, &mut Silent))?;
    }
    Ok(received)
}

fn told(engine: &Engine, tx: &recaudo_store::Tx<'_>, receipt: &Receipt<'_>) -> Result<Received, EngineError> {
    let (tenant, at) = (engine.tenant, micros(engine.clock.now()));
    let name = format!("gateway:{}", receipt.gateway);
    let source_id = bank::source(tx, tenant, ("gateway", &name), (receipt.gateway, at))?;
    let mut known = false;
    bank::known_entries(tx, tenant, (source_id, "gateway"), &[receipt.id], |_| {
        known = true;
        Ok(())
    })?;
    if known {
        return Ok(Received::Known);
    }
    let customer_id = match receipt.customer {
        None => None,
        Some(id) => match customer::by_external(tx, tenant, id)? {
            Some(found) => Some(found.id),
            None => return Err(EngineError::NotFound { kind: "customer", id: id.into() }),
        },
    };
    let mut entry = Entry {
        id: tx.ids("bank_entries", 1)?,
        source_id,
        statement_id: None,
        road: "gateway".into(),
        external_id: receipt.id.into(),
        booked_on: receipt.on,
        value_on: receipt.on,
        amount_minor: receipt.amount_minor,
        currency: receipt.currency,
        reversal: false,
        customer_id,
        payment_id: None,
        payer: Vec::new(),
        details: Vec::new(),
        state: "staged".into(),
    };
    let details = Details {
        reference: receipt.reference.into(),
        remittance: receipt.text.into(),
        attributes: vec![("method".into(), receipt.method.into())],
        ..Details::default()
    };
    Seals::new(engine).seal(tx, &mut entry, &details)?;
    bank::insert_entries(tx, tenant, std::slice::from_ref(&entry))?;
    let road = Road { engine, source_id, name: "gateway", at, subject: &name };
    let told = tell(tx, road, vec![(entry, details)])?;
    Ok(match (told.new.first(), told.same) {
        (Some(payment), _) => Received::New(*payment),
        (None, 1) => Received::Same,
        (None, _) => Received::Waiting,
    })
}
