//! What is wanted of a gateway, kept with the job that has it done.

use recaudo_core::money::Currency;
use recaudo_ports::plugin::gateway::{Action, Intent};
use recaudo_ports::plugin::{Installation, Instant, Money};
use recaudo_store::gateway::{self, Operation, transaction};
use recaudo_store::item::Aged;
use recaudo_store::{Conn, Tx, bank, customer, item};
use serde::Serialize;

use super::{AmountView, action_name, amount, source_name};
use crate::instant::micros;
use crate::vault::Subject;
use crate::{Engine, EngineError};

/// A link that is asked for.
#[derive(Debug, Clone, Default)]
pub struct LinkAsk<'a> {
    /// The customer's id in the ERP.
    pub customer: &'a str,
    /// Numbers of the documents it pays, in the order they are paid; none: everything open in the currency and not disputed,
    /// oldest first.
    pub documents: &'a [&'a str],
    /// Of what is paid; none: the only one there is.
    pub currency: Option<Currency>,
    /// Less than what is open, minor units.
    pub amount_minor: Option<i64>,
    /// May the payer pay in parts?
    pub part_payments: bool,
    /// Where the payer's browser goes afterwards.
    pub return_url: &'a str,
    /// Worth nothing after this.
    pub not_after: Option<Instant>,
}

/// An operation as a person sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OperationView {
    /// Its number.
    pub id: i64,
    /// `create-link`, `refund`, ...
    pub action: String,
    /// What it is about.
    #[serde(flatten)]
    pub amount: AmountView,
    /// `queued`, `executing`, `asking`, `person`, `settled`.
    pub state: String,
    /// `succeeded`, `pending`, `requires-action`, `declined`, `not-attempted`, `unknown`.
    pub status: &'static str,
    /// Why, when the status does not say all.
    pub code: String,
    /// Where the payer goes.
    pub url: Option<String>,
    /// What the gateway knows it by.
    pub gateway_id: Option<String>,
    /// What of it has been paid, net of what went back.
    pub paid: String,
}

/// A new wish.
struct Wish {
    action: Action,
    customer_id: i64,
    payer: String,
    minor: i64,
    currency: Currency,
    items: Vec<i64>,
    documents: Vec<String>,
    original: Option<String>,
    return_url: String,
    not_after: Option<Instant>,
    part_payments: bool,
}

/// Asks for a link. One that is still good for the same debts and amount is given again.
///
/// # Errors
/// An unknown customer or document, nothing open, an amount past what is open, or the store's.
pub fn link(
    engine: &Engine,
    installation: &Installation,
    ask: &LinkAsk<'_>,
) -> Result<OperationView, EngineError> {
    engine.store.write(|tx| {
        let tenant = engine.tenant;
        let found = customer::by_external(tx, tenant, ask.customer)?;
        let customer =
            found.ok_or_else(|| EngineError::NotFound { kind: "customer", id: ask.customer.into() })?;
        let debts = debts(tx, tenant, customer.id, ask)?;
        let currency = debts.first().map_or(Currency(*b"XXX"), |debt| debt.currency);
        let open: i64 = debts.iter().map(|debt| debt.open_minor).sum();
        let minor = ask.amount_minor.unwrap_or(open);
        if minor <= 0 || minor > open {
            let detail =
                format!("expected more than nothing and at most the {} open", currency.decimal(open));
            return Err(EngineError::Invalid { field: "amount".into(), detail });
        }
        let items: Vec<i64> = debts.iter().map(|debt| debt.id).collect();
        let source_id = source(tx, engine, installation)?;
        for known in gateway::of_customer(tx, tenant, customer.id)? {
            let good = known.source_id == source_id
                && known.action == action_name(Action::CreateLink)
                && (known.amount_minor, known.currency) == (minor, currency)
                && matches!(known.state.as_str(), "queued" | "executing" | "asking");
            if good && gateway::items(tx, tenant, known.id)? == items {
                return view(tx, tenant, &known);
            }
        }
        let wish = Wish {
            action: Action::CreateLink,
            customer_id: customer.id,
            payer: customer.external_id,
            minor,
            currency,
            documents: items.iter().map(ToString::to_string).collect(),
            items,
            original: None,
            return_url: ask.return_url.into(),
            not_after: ask.not_after,
            part_payments: ask.part_payments,
        };
        let kept = keep(tx, engine, source_id, &wish)?;
        view(tx, tenant, &kept)
    })
}

/// Gives back a payment of a gateway, or a part of it.
///
/// # Errors
/// A payment the gateway never told of, an amount past what is left of it, or the store's.
pub fn refund(
    engine: &Engine,
    installation: &Installation,
    gateway_id: &str,
    amount_minor: Option<i64>,
) -> Result<OperationView, EngineError> {
    engine.store.write(|tx| {
        let tenant = engine.tenant;
        let source_id = source(tx, engine, installation)?;
        let nothing = || EngineError::NotFound { kind: "payment", id: gateway_id.into() };
        let paid = transaction::find(tx, tenant, source_id, gateway_id)?.ok_or_else(nothing)?;
        let left = paid.posted[0].saturating_sub(paid.posted[1]);
        let entry = crate::cash::heard(tx, tenant, source_id, gateway_id)?.ok_or_else(nothing)?;
        let minor = amount_minor.unwrap_or(left);
        if minor <= 0 || minor > left {
            let left = entry.currency.decimal(left);
            let detail = format!("expected more than nothing and at most the {left} that is left of it");
            return Err(EngineError::Invalid { field: "amount".into(), detail });
        }
        let customer_id = entry.customer_id.ok_or_else(|| EngineError::Refused {
            code: "nobody_paid",
            detail: format!("payment {gateway_id} belongs to no customer yet; lay it to one first"),
        })?;
        let wish = Wish {
            action: Action::Refund,
            customer_id,
            payer: customer_id.to_string(),
            minor,
            currency: entry.currency,
            items: Vec::new(),
            documents: Vec::new(),
            original: Some(gateway_id.into()),
            return_url: String::new(),
            not_after: None,
            part_payments: false,
        };
        let kept = keep(tx, engine, source_id, &wish)?;
        view(tx, tenant, &kept)
    })
}

/// What was asked of gateways for a customer, the latest first.
///
/// # Errors
/// An unknown customer, or the store's.
pub fn operations(engine: &Engine, customer_id: &str) -> Result<Vec<OperationView>, EngineError> {
    let tenant = engine.tenant;
    engine.store.read(|conn| {
        let found = customer::by_external(conn, tenant, customer_id)?;
        let found =
            found.ok_or_else(|| EngineError::NotFound { kind: "customer", id: customer_id.into() })?;
        let kept = gateway::of_customer(conn, tenant, found.id)?;
        kept.iter().map(|operation| view(conn, tenant, operation)).collect()
    })
}

pub(super) fn source(tx: &Tx<'_>, engine: &Engine, installation: &Installation) -> Result<i64, EngineError> {
    let name = source_name(&installation.name);
    let at = micros(engine.clock.now());
    Ok(bank::source(tx, engine.tenant, ("gateway", &name), (&installation.plugin, at))?)
}

/// The debts a link is to pay, in order.
fn debts(
    conn: &Conn<'_>,
    tenant: i64,
    customer_id: i64,
    ask: &LinkAsk<'_>,
) -> Result<Vec<Aged>, EngineError> {
    let mut open: Vec<Aged> = Vec::new();
    item::scan_open(conn, tenant, Some(customer_id), |debt| {
        if debt.open_minor > 0 && ask.currency.is_none_or(|currency| currency == debt.currency) {
            open.push(debt);
        }
        Ok(())
    })?;
    open.sort_by_key(|debt| (debt.due_on, debt.id));
    let ids: Vec<i64> = open.iter().map(|debt| debt.id).collect();
    let mut known = std::collections::BTreeMap::new();
    item::by_id(conn, tenant, &ids, |row| {
        known.insert(row.id, (row.number, row.disputed));
        Ok(())
    })?;
    if ask.documents.is_empty() {
        // What is disputed is paid by whoever names it.
        open.retain(|debt| known.get(&debt.id).is_some_and(|(_, disputed)| !disputed));
    } else {
        let mut named = Vec::new();
        for number in ask.documents {
            let before = named.len();
            let is_it = |debt: &&Aged| known.get(&debt.id).is_some_and(|(n, _)| n == number);
            named.extend(open.iter().filter(is_it).cloned());
            if named.len() == before {
                return Err(EngineError::NotFound { kind: "open document", id: (*number).into() });
            }
        }
        open = named;
    }
    let Some(first) = open.first() else {
        let detail = format!("customer {} owes nothing there is a link for", ask.customer);
        return Err(EngineError::Refused { code: "nothing_open", detail });
    };
    if open.iter().any(|debt| debt.currency != first.currency) {
        let detail = "the debts are in several currencies; name one".to_owned();
        return Err(EngineError::Invalid { field: "currency".into(), detail });
    }
    Ok(open)
}

fn keep(tx: &Tx<'_>, engine: &Engine, source_id: i64, wish: &Wish) -> Result<Operation, EngineError> {
    let (tenant, at) = (engine.tenant, micros(engine.clock.now()));
    let mut random = [0; 16];
    engine.random.fill(&mut random);
    let key = hex::encode(random);
    let money = Money { minor: wish.minor, exponent: wish.currency.exponent(), currency: wish.currency.0 };
    let part = wish.part_payments.then(|| ("part-payments".to_owned(), "allowed".to_owned()));
    let locale = ("locale".to_owned(), engine.settings.creditor.locale.clone());
    let intent = Intent {
        action: wish.action,
        amount: money,
        documents: wish.documents.clone(),
        payer: wish.payer.clone(),
        original: wish.original.clone(),
        return_url: wish.return_url.clone(),
        not_after: wish.not_after,
        attributes: part.into_iter().chain([locale]).collect(),
    };
    let plain = postcard::to_stdvec(&intent).map_err(|error| EngineError::fault(error.to_string()))?;
    let subject = Subject::Customer(wish.customer_id);
    let mut operation = Operation {
        id: 0,
        source_id,
        action: action_name(wish.action).into(),
        amount_minor: wish.minor,
        currency: wish.currency,
        customer_id: wish.customer_id,
        intent: engine.vault.seal(tx, tenant, subject, engine.random.as_ref(), &plain)?,
        operation_id: format!("pay-{key}"),
        idempotency_key: key,
        state: "queued".into(),
        status: recaudo_core::gateway::Status::Unknown,
        code: String::new(),
        gateway_id: None,
        next_url: None,
        attempts: 0,
        asked: 0,
        made_at: at,
        changed_at: at,
    };
    operation.id = gateway::insert(tx, tenant, &operation, &wish.items, at)?;
    Ok(operation)
}

/// What a wish was, for the gateway.
pub(super) fn intent(conn: &Conn<'_>, engine: &Engine, operation: &Operation) -> Result<Intent, EngineError> {
    let subject = Subject::Customer(operation.customer_id);
    let plain = engine.vault.open(conn, engine.tenant, subject, &operation.intent)?;
    let plain = plain.ok_or_else(|| EngineError::Refused {
        code: "erased",
        detail: format!("operation {} belonged to a customer who was erased", operation.id),
    })?;
    postcard::from_bytes(&plain)
        .map_err(|error| EngineError::fault(format!("operation {}: {error}", operation.id)))
}

/// What of an operation's money is here and stayed, minor units.
pub(super) fn paid(conn: &Conn<'_>, tenant: i64, operation: i64) -> Result<i64, EngineError> {
    let told = transaction::of_operation(conn, tenant, operation)?;
    Ok(told.iter().map(|t| t.posted[0].saturating_sub(t.posted[1])).sum())
}

pub(super) fn view(
    conn: &Conn<'_>,
    tenant: i64,
    operation: &Operation,
) -> Result<OperationView, EngineError> {
    let o = operation;
    Ok(OperationView {
        id: o.id,
        action: o.action.clone(),
        amount: amount(o.amount_minor, o.currency),
        state: o.state.clone(),
        status: o.status.name(),
        code: o.code.clone(),
        url: o.next_url.clone(),
        gateway_id: o.gateway_id.clone(),
        paid: o.currency.decimal(paid(conn, tenant, o.id)?),
    })
}
