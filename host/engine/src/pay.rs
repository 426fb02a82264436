//! Money taken through gateways: asked for once, asked about until it is known, and in the ledger once.
//!
//! `wish` keeps what is wanted with its job; `work` has gateways do it and asks what became of it; `hear` takes what they
//! tell by themselves; `settle` what they settled. Every word goes through `absorb`, which joins it to what is known and
//! has `book` move the ledger by the difference, all in one transaction.

mod absorb;
mod book;
mod hear;
mod page;
mod persons;
mod settle;
mod wish;
mod work;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use recaudo_core::gateway::Status;
use recaudo_core::money::Currency;
use recaudo_ports::plugin::Installation;
use recaudo_ports::plugin::gateway::{Action, TransactionStatus};
use serde::Serialize;

use crate::EngineError;

pub use hear::{Answer, hear};
pub use page::{PayCurrency, PayDocument, PayPage, by_token, revoke_tokens, token_for};
pub use persons::{Found, found, persons};
pub use settle::{SettlementView, pull_settlement};
pub use wish::{LinkAsk, OperationView, link, operations, refund};
pub use work::{WorkView, work};

pub(crate) use page::url_for;
pub(crate) use work::is_for_a_person;

/// Gateways by their installation's name.
pub type Gateways = BTreeMap<String, Installation>;

/// The source an installation's payments and entries come from.
pub fn source_name(installation: &str) -> String {
    format!("gateway:{installation}")
}

const ACTIONS: [(Action, &str); 6] = [
    (Action::CreateLink, "create-link"),
    (Action::CreateReference, "create-reference"),
    (Action::CreateMandate, "create-mandate"),
    (Action::ChargeSaved, "charge-saved"),
    (Action::Refund, "refund"),
    (Action::Cancel, "cancel"),
];

fn action_name(action: Action) -> &'static str {
    ACTIONS.iter().find(|(known, _)| *known == action).map_or("?", |(_, name)| name)
}

fn status_of(status: TransactionStatus) -> Status {
    match status {
        TransactionStatus::Succeeded => Status::Succeeded,
        TransactionStatus::Pending => Status::Pending,
        TransactionStatus::RequiresAction => Status::RequiresAction,
        TransactionStatus::Declined => Status::Declined,
        TransactionStatus::NotAttempted => Status::NotAttempted,
        TransactionStatus::Unknown => Status::Unknown,
    }
}

/// An amount as a person reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AmountView {
    /// Decimal, such as `1000.00`.
    pub amount: String,
    /// ISO 4217.
    pub currency: String,
}

/// An amount as a person writes it, such as `1250.50`, in minor units.
///
/// # Errors
/// It is none of the currency's.
pub fn read_amount(text: &str, currency: Currency) -> Result<i64, EngineError> {
    crate::settings::parse_minor(text, currency).ok_or_else(|| {
        let detail = format!(
            "expected an amount in {} such as {}, found {text:?}",
            currency,
            currency.decimal(125_050)
        );
        EngineError::Invalid { field: "amount".into(), detail }
    })
}

fn amount(minor: i64, currency: Currency) -> AmountView {
    AmountView { amount: currency.decimal(minor), currency: currency.code().into() }
}
