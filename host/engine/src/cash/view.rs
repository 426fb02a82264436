//! What waits for a person: suggestions, questions about which payment it is, and money nobody could lay to a debt.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use recaudo_store::bank::{self, Entry};
use recaudo_store::suggestion::{self, Money, Suggestion};
use recaudo_store::{Conn, item, payment, sighting};
use serde::Serialize;

use super::details::{Details, Seals};
use crate::Engine;
use crate::error::EngineError;

/// Everything that waits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct MatchesView {
    /// Money that may settle an item.
    pub suggestions: Vec<SuggestionView>,
    /// Entries that may tell of a payment we know, or take one back.
    pub questions: Vec<QuestionView>,
    /// Money without a suggestion.
    pub unidentified: Vec<MoneyView>,
}

/// A suggestion to confirm or reject by its number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SuggestionView {
    /// Its number.
    pub id: i64,
    /// Whose item it is, by the id in the ERP.
    pub customer: String,
    /// The document's number.
    pub number: String,
    /// Decimal string.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// Parts per million.
    pub confidence_ppm: i64,
    /// The rule that found it.
    pub rule: String,
    /// What does not come out even: `short`, `over`, `bank-fee`, ...; empty when it does.
    pub difference: String,
    /// By how much, a decimal string; empty when it does.
    pub difference_amount: String,
    /// The money.
    pub money: MoneyView,
}

/// An entry a person lays to one of the candidates, by a candidate's number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct QuestionView {
    /// `same`: which payment is it? `return`: which payment went back?
    pub kind: String,
    /// The entry.
    pub money: MoneyView,
    /// What it may be; none was found for a returned payment we do not know.
    pub candidates: Vec<CandidateView>,
}

/// A payment an entry may be about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CandidateView {
    /// The number to confirm or reject.
    pub id: i64,
    /// The store's number of the payment.
    pub payment: i64,
    /// Who paid, by the id in the ERP; empty when unknown.
    pub customer: String,
    /// When.
    pub received: String,
    /// What the ERP says about it.
    pub reference: String,
}

/// Money as a bank or a gateway tells of it. Personal data: shown to whoever may apply money.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct MoneyView {
    /// The store's number; none while it is not a payment.
    pub payment: Option<i64>,
    /// Decimal string: what is left of it.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
    /// Value date.
    pub received: String,
    /// Who paid, as the bank writes it.
    pub counterparty: String,
    /// Reference.
    pub reference: String,
    /// What the payer wrote.
    pub remittance: String,
    /// Who paid, by the id in the ERP; empty when unknown.
    pub customer: String,
}

/// Everything that waits for a person, by number.
///
/// # Errors
/// The store's, or a text that was changed in the store.
pub fn matches(engine: &mut Engine) -> Result<MatchesView, EngineError> {
    let engine = &*engine;
    engine.store.read(|conn| Looking::new(conn, engine)?.view())
}

struct Looking<'l> {
    conn: &'l Conn<'l>,
    tenant: i64,
    open: Vec<Suggestion>,
    left: BTreeMap<i64, Money>,
    /// What banks and gateways told of payments.
    told: HashMap<i64, (Entry, Details)>,
    waiting: Vec<(Entry, Details)>,
    customers: HashMap<i64, String>,
}

impl<'l> Looking<'l> {
    fn new(conn: &'l Conn<'l>, engine: &'l Engine) -> Result<Self, EngineError> {
        let tenant = engine.tenant;
        let open = suggestion::open(conn, tenant)?;
        let mut left = BTreeMap::new();
        suggestion::unapplied(conn, tenant, |money| {
            left.insert(money.payment_id, money);
            Ok(())
        })?;
        let payments: BTreeSet<i64> = left.keys().copied().chain(open.iter().map(|s| s.payment_id)).collect();
        let payments: Vec<i64> = payments.into_iter().collect();
        let mut entries = Vec::new();
        bank::of_payments(conn, tenant, &payments, |entry| {
            entries.push(entry);
            Ok(())
        })?;
        let mut seals = Seals::new(engine);
        let mut told = HashMap::new();
        for entry in entries {
            if let Some(payment) = entry.payment_id {
                let details = seals.open(conn, &entry)?;
                told.entry(payment).or_insert((entry, details));
            }
        }
        let mut waiting = Vec::new();
        for entry in bank::waiting(conn, tenant)? {
            let details = seals.open(conn, &entry)?;
            waiting.push((entry, details));
        }
        Ok(Self { conn, tenant, open, left, told, waiting, customers: HashMap::new() })
    }

    fn view(mut self) -> Result<MatchesView, EngineError> {
        let mut view = MatchesView::default();
        let open = std::mem::take(&mut self.open);
        for s in open.iter().filter(|s| s.kind == "apply") {
            view.suggestions.push(self.suggestion(s)?);
        }
        let waiting = std::mem::take(&mut self.waiting);
        for (entry, details) in &waiting {
            view.questions.push(self.question(entry, details, &open)?);
        }
        let suggested: BTreeSet<i64> = open.iter().map(|s| s.payment_id).collect();
        let left: Vec<Money> = self.left.values().copied().collect();
        for money in left.iter().filter(|money| !suggested.contains(&money.payment_id)) {
            let shown = self.money(money.payment_id)?;
            view.unidentified.push(shown);
        }
        Ok(view)
    }

    fn customer(&mut self, id: Option<i64>) -> Result<String, EngineError> {
        let Some(id) = id else { return Ok(String::new()) };
        if !self.customers.contains_key(&id) {
            let customers = &mut self.customers;
            sighting::names(self.conn, self.tenant, &[id], |id, _, external| {
                customers.insert(id, external.to_owned());
                Ok(())
            })?;
        }
        Ok(self.customers.get(&id).cloned().unwrap_or_default())
    }

    fn money(&mut self, payment_id: i64) -> Result<MoneyView, EngineError> {
        let found = payment::by_id(self.conn, self.tenant, payment_id)?;
        let row = found.ok_or_else(|| EngineError::fault(format!("payment {payment_id} is gone")))?;
        let details = self.told.get(&payment_id).map(|(_, details)| details.clone()).unwrap_or_default();
        Ok(MoneyView {
            payment: Some(payment_id),
            amount: row.currency.decimal(row.unapplied_minor),
            currency: row.currency.code().into(),
            received: row.received_on.to_string(),
            counterparty: details.counterparty,
            reference: details.reference,
            remittance: details.remittance,
            customer: self.customer(row.customer_id)?,
        })
    }

    fn suggestion(&mut self, s: &Suggestion) -> Result<SuggestionView, EngineError> {
        let mut found = None;
        let id = s.item_id.unwrap_or_default();
        item::by_id(self.conn, self.tenant, &[id], |row| {
            found = Some(row);
            Ok(())
        })?;
        let row = found.ok_or_else(|| EngineError::fault(format!("open item {id} is gone")))?;
        let difference_amount = match s.difference.as_str() {
            "" => String::new(),
            _ => row.currency.decimal(s.difference_minor),
        };
        Ok(SuggestionView {
            id: s.id,
            customer: self.customer(Some(row.customer_id))?,
            number: row.number,
            amount: row.currency.decimal(s.amount_minor),
            currency: row.currency.code().into(),
            confidence_ppm: s.confidence_ppm,
            rule: s.rule.clone(),
            difference: s.difference.clone(),
            difference_amount,
            money: self.money(s.payment_id)?,
        })
    }

    fn question(
        &mut self,
        entry: &Entry,
        details: &Details,
        open: &[Suggestion],
    ) -> Result<QuestionView, EngineError> {
        let mut candidates = Vec::new();
        for s in open.iter().filter(|s| s.kind != "apply" && s.entry_id == Some(entry.id)) {
            let found = payment::by_id(self.conn, self.tenant, s.payment_id)?;
            let row = found.ok_or_else(|| EngineError::fault(format!("payment {} is gone", s.payment_id)))?;
            candidates.push(CandidateView {
                id: s.id,
                payment: row.id,
                customer: self.customer(row.customer_id)?,
                received: row.received_on.to_string(),
                reference: row.reference,
            });
        }
        Ok(QuestionView {
            kind: if entry.amount_minor < 0 { "return" } else { "same" }.into(),
            money: MoneyView {
                payment: None,
                amount: entry.currency.decimal(entry.amount_minor),
                currency: entry.currency.code().into(),
                received: entry.value_on.to_string(),
                counterparty: details.counterparty.clone(),
                reference: details.reference.clone(),
                remittance: details.remittance.clone(),
                customer: self.customer(entry.customer_id)?,
            },
            candidates,
        })
    }
}
