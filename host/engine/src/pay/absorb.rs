//! One word of a gateway, whatever road it came by: joined to what is known, and the ledger moved by the difference.

use recaudo_core::gateway::{Kind, Known, Status};
use recaudo_core::money::Currency;
use recaudo_ports::plugin::Money;
use recaudo_ports::plugin::gateway::{Transaction as Word, TransactionKind};
use recaudo_store::Tx;
use recaudo_store::gateway::transaction::{self, Transaction};
use recaudo_store::gateway::{self, Operation};

use super::{book, status_of, wish};
use crate::instant::micros_of;
use crate::{Engine, EngineError};

/// Code of a payment that gives back the money of a charge-back.
const GIVEN_BACK: &str = "charge-back-reversed";

/// Where and when a word is heard.
#[derive(Clone, Copy)]
pub(super) struct Ear<'a> {
    pub(super) tx: &'a Tx<'a>,
    pub(super) engine: &'a Engine,
    pub(super) source_id: i64,
    /// Microseconds UTC.
    pub(super) at: i64,
}

/// Takes in a word. `asked` is the operation whose answer it is, when it is one.
pub(super) fn absorb(ear: Ear<'_>, word: &Word, asked: Option<&Operation>) -> Result<(), EngineError> {
    let tenant = ear.engine.tenant;
    if word.gateway_id.is_empty() {
        return Ok(());
    }
    let operation = match asked {
        Some(operation) => Some(operation.clone()),
        None => told_of(ear, word)?,
    };
    let known = transaction::find(ear.tx, tenant, ear.source_id, &word.gateway_id)?;
    let (mut fresh, currency, flaw) = read(word);
    let mut row = known.unwrap_or_else(|| Transaction {
        id: 0,
        source_id: ear.source_id,
        gateway_id: word.gateway_id.clone(),
        kind: kind_of(word),
        currency: None,
        known: fresh.clone(),
        payout: None,
        code: String::new(),
        operation: None,
        payment_id: None,
        posted: [0; 3],
        seen_at: ear.at,
    });
    let mut code = flaw.unwrap_or(&word.code);
    match (row.currency, currency) {
        (Some(known), Some(told)) if known != told => {
            (fresh.amount, fresh.fee) = (None, None);
            code = "currency-changed";
        }
        (None, told) => row.currency = told,
        _ => {}
    }
    let before = if row.id == 0 { Status::Unknown } else { row.known.status };
    row.known = row.known.join(fresh);
    if row.known.status > before || row.code.is_empty() && row.known.status != Status::Succeeded {
        row.code = code.to_owned();
    }
    row.payout = row.payout.max(word.payout.clone());
    // Of a payment that is here, it may only now be told what it was for.
    let what_for = row.operation.is_none() && operation.is_some();
    row.operation = row.operation.or(operation.as_ref().map(|o| o.id));
    row.id = transaction::put(ear.tx, tenant, &row)?;
    book::post(ear, &row, (&word.attributes, what_for))?;
    if row.kind == Kind::Payout && before != Status::Succeeded && row.known.status == Status::Succeeded {
        paid_out(ear, &row)?;
    }
    match (asked, operation) {
        (None, Some(operation)) => heard_of(ear, operation, word),
        _ => Ok(()),
    }
}

/// Its bank may have told of it already, as of anybody's money.
fn paid_out(ear: Ear<'_>, row: &Transaction) -> Result<(), EngineError> {
    let mut known = Vec::new();
    let amounts: Vec<i64> = row.known.amount.iter().map(|said| said.minor).collect();
    transaction::payouts(ear.tx, ear.engine.tenant, &amounts, |payout| {
        known.push(payout);
        Ok(())
    })?;
    match known.iter().find(|payout| payout.gateway_id == row.gateway_id) {
        Some(payout) => crate::cash::paid_out(ear.tx, (ear.engine, ear.at), payout),
        None => Ok(()),
    }
}

/// The operation a word tells of: by our id, or by the gateway's. Never another installation's.
fn told_of(ear: Ear<'_>, word: &Word) -> Result<Option<Operation>, EngineError> {
    let tenant = ear.engine.tenant;
    if let Some(id) = &word.operation_id
        && let Some(found) = gateway::by_operation_id(ear.tx, tenant, id)?
        && found.source_id == ear.source_id
    {
        return Ok(Some(found));
    }
    Ok(gateway::by_gateway_id(ear.tx, tenant, ear.source_id, &word.gateway_id)?)
}

/// A gateway told by itself of an operation: what was unknown is known now. A refused card does not end a link, and a part
/// payment does not either.
fn heard_of(ear: Ear<'_>, mut operation: Operation, word: &Word) -> Result<(), EngineError> {
    let tenant = ear.engine.tenant;
    if matches!(operation.state.as_str(), "queued" | "executing" | "settled") {
        // A worker has it, and reads what is known when it is done.
        return Ok(());
    }
    let own = operation.gateway_id.as_deref() == Some(word.gateway_id.as_str());
    let status = status_of(word.status);
    let succeeded = status == Status::Succeeded
        && (own
            || wish::paid(ear.tx, tenant, operation.id)? >= operation.amount_minor
            || word.kind == TransactionKind::Refund);
    let declined = own && status == Status::Declined && operation.status < Status::Declined;
    if !succeeded && !declined {
        return Ok(());
    }
    operation.status = status;
    operation.code.clone_from(&word.code);
    operation.state = "settled".into();
    operation.changed_at = ear.at;
    Ok(gateway::save(ear.tx, tenant, &operation, None)?)
}

fn kind_of(word: &Word) -> Kind {
    match word.kind {
        TransactionKind::Payment if word.code == GIVEN_BACK => Kind::GivenBack,
        TransactionKind::Payment => Kind::Payment,
        TransactionKind::Refund => Kind::Refund,
        TransactionKind::ChargeBack => Kind::ChargeBack,
        TransactionKind::Fee => Kind::Fee,
        TransactionKind::Payout => Kind::Payout,
    }
}

/// A word as core understands it, its currency, and what is wrong with its amounts: those are left out, and a code says so.
fn read(word: &Word) -> (Known, Option<Currency>, Option<&'static str>) {
    let amount = word.amount.as_ref().map(minor);
    let fee = word.fee.as_ref().map(minor);
    let flaw = [amount, fee].into_iter().flatten().find_map(Result::err);
    let (amount, fee) = (amount.and_then(Result::ok), fee.and_then(Result::ok));
    let currency = amount.or(fee).map(|(_, currency)| currency);
    let two = matches!((amount, fee), (Some((_, a)), Some((_, b))) if a != b);
    let fee = fee.filter(|_| !two);
    let mut known = Known::word(
        status_of(word.status),
        amount.map(|(minor, _)| minor),
        fee.map(|(minor, _)| minor),
        word.occurred_at.map(micros_of),
    );
    known.original.clone_from(&word.original);
    (known, currency, flaw.or(two.then_some("fee-in-another-currency")))
}

/// Minor units of the currency as we count it; an amount that would have to be rounded is none.
fn minor(money: &Money) -> Result<(i64, Currency), &'static str> {
    let currency = Currency(money.currency);
    if !currency.is_known() {
        return Err("unknown-currency");
    }
    let exponent = currency.exponent();
    let power = 10_i64.checked_pow(u32::from(exponent.abs_diff(money.exponent))).ok_or("amount-too-large")?;
    let minor = if exponent >= money.exponent {
        money.minor.checked_mul(power).ok_or("amount-too-large")?
    } else if money.minor % power == 0 {
        money.minor / power
    } else {
        return Err("amount-precision");
    };
    Ok((minor, currency))
}
