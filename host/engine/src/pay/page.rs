//! A customer's own page: the token that opens it, and what is owed and may be paid there.

use std::collections::BTreeMap;

use recaudo_core::money::{Currency, MoneyError};
use recaudo_store::customer::{self, Customer};
use recaudo_store::gateway::token::{self, Token};
use recaudo_store::item::{self, Aged, Item};
use recaudo_store::{Conn, gateway, sighting};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::wish::{OperationView, view};
use crate::instant::micros;
use crate::vault::Subject;
use crate::{Engine, EngineError};

/// Random bytes of a token; as text it is twice as long.
const TOKEN_BYTES: usize = 20;
const DAY_US: i64 = 86_400_000_000;

/// What a customer's page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PayPage {
    /// The customer's id in the ERP.
    pub customer: String,
    /// As the ERP writes it.
    pub name: String,
    /// Language and country; the creditor's when the customer has none.
    pub locale: String,
    /// What is owed, by currency.
    pub currencies: Vec<PayCurrency>,
    /// What was asked of gateways for the customer, the latest first.
    pub operations: Vec<OperationView>,
}

/// What is owed in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PayCurrency {
    /// ISO 4217.
    pub currency: String,
    /// All of it that is not disputed, a decimal string.
    pub open: String,
    /// The oldest first: the order in which a link pays them.
    pub documents: Vec<PayDocument>,
}

/// One due date of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PayDocument {
    /// As on the paper.
    pub number: String,
    /// Due date, `2026-03-31`.
    pub due_on: String,
    /// What is open of it, a decimal string.
    pub open: String,
    /// Shown, not counted, and paid only by a link that names it.
    pub disputed: bool,
}

/// The customer's token: the one there is while a third of its time is left, else a new one. The old one stays good until it
/// ends.
///
/// # Errors
/// An unknown customer, or the store's.
pub fn token_for(engine: &Engine, customer_id: &str) -> Result<String, EngineError> {
    let found = engine.store.read(|conn| known(conn, engine.tenant, customer_id))?;
    token_of(engine, found.id)
}

/// What a token opens; none when there is no such token, or it ended.
///
/// # Errors
/// The store's.
pub fn by_token(engine: &Engine, token: &str) -> Result<Option<PayPage>, EngineError> {
    let (tenant, now) = (engine.tenant, micros(engine.clock.now()));
    engine.store.read(|conn| {
        let Some(kept) = token::by_sha256(conn, tenant, &digest(token), now)? else { return Ok(None) };
        // An erased person's key is gone, and with it the page.
        if open(conn, engine, &kept)?.is_none() {
            return Ok(None);
        }
        let mut external = None;
        sighting::names(conn, tenant, &[kept.customer_id], |_, _, id| {
            external = Some(id.to_owned());
            Ok(())
        })?;
        let Some(external) = external else { return Ok(None) };
        page(conn, engine, &known(conn, tenant, &external)?).map(Some)
    })
}

/// Ends the customer's tokens: links sent so far open nothing. Says how many were good.
///
/// # Errors
/// An unknown customer, or the store's.
pub fn revoke_tokens(engine: &Engine, customer_id: &str) -> Result<u64, EngineError> {
    let (tenant, at) = (engine.tenant, micros(engine.clock.now()));
    engine.store.write(|tx| {
        let found = known(tx, tenant, customer_id)?;
        let ended = token::revoke(tx, tenant, found.id, at)?;
        let subject = format!("customer {}", found.id);
        crate::audit::append(tx, tenant, at, ("pay-links-revoked", &subject), ended.to_string().as_bytes())?;
        Ok(ended as u64)
    })
}

/// The address of the customer's page, for messages; empty without a server reached from outside, or without a gateway.
pub(crate) fn url_for(engine: &Engine, customer_id: i64) -> Result<String, EngineError> {
    let settings = &engine.settings;
    match &settings.server.public_url {
        Some(url) if !settings.installed.gateways.is_empty() => {
            Ok(format!("{url}/pay/{}", token_of(engine, customer_id)?))
        }
        _ => Ok(String::new()),
    }
}

fn known(conn: &Conn<'_>, tenant: i64, customer_id: &str) -> Result<Customer, EngineError> {
    let found = customer::by_external(conn, tenant, customer_id)?;
    found.ok_or_else(|| EngineError::NotFound { kind: "customer", id: customer_id.into() })
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

fn open(conn: &Conn<'_>, engine: &Engine, kept: &Token) -> Result<Option<String>, EngineError> {
    let plain = engine.vault.open(conn, engine.tenant, Subject::Customer(kept.customer_id), &kept.sealed)?;
    Ok(plain.and_then(|plain| String::from_utf8(plain).ok()))
}

fn token_of(engine: &Engine, customer_id: i64) -> Result<String, EngineError> {
    let (tenant, now) = (engine.tenant, micros(engine.clock.now()));
    let long = engine.settings.pay.token_days * DAY_US;
    let good = |conn: &Conn<'_>| {
        let kept = token::of_customer(conn, tenant, customer_id, now.saturating_add(long / 3))?;
        kept.map_or(Ok(None), |kept| open(conn, engine, &kept))
    };
    if let Some(token) = engine.store.read(good)? {
        return Ok(token);
    }
    engine.store.write(|tx| {
        // Another may have made one since.
        if let Some(token) = good(tx)? {
            return Ok(token);
        }
        let mut random = [0; TOKEN_BYTES];
        engine.random.fill(&mut random);
        let token = hex::encode(random);
        let subject = Subject::Customer(customer_id);
        let sealed = engine.vault.seal(tx, tenant, subject, engine.random.as_ref(), token.as_bytes())?;
        let not_after_at = now.saturating_add(long);
        let new = Token { id: 0, customer_id, sealed, made_at: now, not_after_at };
        token::insert(tx, tenant, &new, &digest(&token))?;
        Ok(token)
    })
}

fn page(conn: &Conn<'_>, engine: &Engine, customer: &Customer) -> Result<PayPage, EngineError> {
    let tenant = engine.tenant;
    let mut owed: Vec<Aged> = Vec::new();
    item::scan_open(conn, tenant, Some(customer.id), |debt| {
        if debt.open_minor > 0 {
            owed.push(debt);
        }
        Ok(())
    })?;
    owed.sort_by_key(|debt| (debt.due_on, debt.id));
    let ids: Vec<i64> = owed.iter().map(|debt| debt.id).collect();
    let mut rows: BTreeMap<i64, Item> = BTreeMap::new();
    item::by_id(conn, tenant, &ids, |row| {
        rows.insert(row.id, row);
        Ok(())
    })?;
    let mut sums: BTreeMap<Currency, (i64, Vec<PayDocument>)> = BTreeMap::new();
    for row in owed.iter().filter_map(|debt| rows.get(&debt.id)) {
        let (sum, documents) = sums.entry(row.currency).or_default();
        let counted = if row.disputed { 0 } else { row.position.open_minor };
        *sum = sum.checked_add(counted).ok_or(MoneyError::TooLarge)?;
        documents.push(PayDocument {
            number: row.number.clone(),
            due_on: row.due_on.to_string(),
            open: row.currency.decimal(row.position.open_minor),
            disputed: row.disputed,
        });
    }
    let shown = sums.into_iter().map(|(currency, (sum, documents))| PayCurrency {
        currency: currency.code().into(),
        open: currency.decimal(sum),
        documents,
    });
    let operations = gateway::of_customer(conn, tenant, customer.id)?;
    let locale = if customer.locale.is_empty() { &engine.settings.creditor.locale } else { &customer.locale };
    Ok(PayPage {
        customer: customer.external_id.clone(),
        name: customer.name.clone(),
        locale: locale.clone(),
        currencies: shown.collect(),
        operations: operations.iter().map(|kept| view(conn, tenant, kept)).collect::<Result<_, _>>()?,
    })
}
