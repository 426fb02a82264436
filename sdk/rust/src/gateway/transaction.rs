//! Transactions without naming eight empty fields.

use super::No;
use crate::payments::webhook::Event;
use crate::payments::{Kind, Status, Transaction};

impl Transaction {
    /// Nothing known but kind, status and identity.
    pub fn new(kind: Kind, status: Status, gateway_id: impl Into<String>) -> Self {
        Self {
            kind,
            status,
            gateway_id: gateway_id.into(),
            operation_id: None,
            original: None,
            payout: None,
            amount: None,
            fee: None,
            next_url: None,
            code: String::new(),
            occurred_at: None,
            attributes: vec![],
        }
    }

    /// The vendor said no.
    pub fn refused(kind: Kind, no: No) -> Self {
        let No { code, attributes, gateway_id } = no;
        Self { code, attributes, ..Self::new(kind, Status::Declined, gateway_id) }
    }

    /// Provably nothing left.
    pub fn not_sent(kind: Kind, code: String) -> Self {
        Self { code, ..Self::new(kind, Status::NotAttempted, "") }
    }

    /// What was asked about does not exist there.
    pub fn not_found(kind: Kind) -> Self {
        Self::refused(kind, No::new("not-found"))
    }

    /// Nobody knows, for the reason `code`.
    pub fn unknown(kind: Kind, code: &str) -> Self {
        Self { code: code.into(), ..Self::new(kind, Status::Unknown, "") }
    }

    /// What became of the wish to withdraw `id`, by the state it is in now; `None`: it does not exist.
    pub fn withdrawal(id: String, now: Option<Status>) -> Self {
        let (status, code) = match now {
            None => (Status::Declined, "not-found"),
            Some(Status::Declined) => (Status::Succeeded, "cancelled"),
            Some(Status::Succeeded) => (Status::Declined, "already-paid"),
            Some(_) => (Status::NotAttempted, "still-open"),
        };
        Self { original: Some(id.clone()), code: code.into(), ..Self::new(Kind::Payment, status, id) }
    }

    /// Adds the attributes that are there.
    pub fn attribute_all<'n>(&mut self, named: impl IntoIterator<Item = (&'n str, Option<String>)>) {
        let there = named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        self.attributes.extend(there);
    }
}

impl Event {
    /// Transactions of one delivery: the first has the delivery's id, those after it are told apart.
    pub fn numbered(id: &str, transactions: Vec<Transaction>) -> Vec<Self> {
        let numbered = transactions.into_iter().enumerate();
        let event = |(n, transaction)| {
            let id = if n == 0 { id.to_owned() } else { format!("{id}:{n}") };
            Self { id, transaction }
        };
        numbered.map(event).collect()
    }
}
