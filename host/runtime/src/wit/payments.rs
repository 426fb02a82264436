//! Intents, transactions, settlements and bank statements.

use recaudo_ports::plugin::gateway::{Action, Intent, Transaction, TransactionKind, TransactionStatus};
use recaudo_ports::plugin::{Checkpoint, Operation, settlement, statement};

use super::all;
use super::bindings::recaudo::payments::model as wit;
use super::exports::payments::{settlement as wit_settlement, statement as wit_statement};
use super::types::call;

impl From<&Intent> for wit::Intent {
    fn from(from: &Intent) -> Self {
        let action = match from.action {
            Action::CreateLink => wit::Action::CreateLink,
            Action::CreateReference => wit::Action::CreateReference,
            Action::CreateMandate => wit::Action::CreateMandate,
            Action::ChargeSaved => wit::Action::ChargeSaved,
            Action::Refund => wit::Action::Refund,
            Action::Cancel => wit::Action::Cancel,
        };
        Self {
            action,
            amount: from.amount.into(),
            documents: from.documents.clone(),
            payer: from.payer.clone(),
            original: from.original.clone(),
            return_url: from.return_url.clone(),
            not_after: from.not_after.map(Into::into),
            attributes: from.attributes.clone(),
        }
    }
}

impl From<wit::Status> for TransactionStatus {
    fn from(from: wit::Status) -> Self {
        match from {
            wit::Status::Succeeded => Self::Succeeded,
            wit::Status::Pending => Self::Pending,
            wit::Status::RequiresAction => Self::RequiresAction,
            wit::Status::Declined => Self::Declined,
            wit::Status::NotAttempted => Self::NotAttempted,
            wit::Status::Unknown => Self::Unknown,
        }
    }
}

impl From<wit::Kind> for TransactionKind {
    fn from(from: wit::Kind) -> Self {
        match from {
            wit::Kind::Payment => Self::Payment,
            wit::Kind::Refund => Self::Refund,
            wit::Kind::ChargeBack => Self::ChargeBack,
            wit::Kind::Fee => Self::Fee,
            wit::Kind::Payout => Self::Payout,
        }
    }
}

impl From<wit::Transaction> for Transaction {
    fn from(from: wit::Transaction) -> Self {
        Self {
            kind: from.kind.into(),
            status: from.status.into(),
            gateway_id: from.gateway_id,
            operation_id: from.operation_id,
            original: from.original,
            payout: from.payout,
            amount: from.amount.map(Into::into),
            fee: from.fee.map(Into::into),
            next_url: from.next_url,
            code: from.code,
            occurred_at: from.occurred_at.map(Into::into),
            attributes: from.attributes,
        }
    }
}

impl From<&Operation> for call::Operation {
    fn from(from: &Operation) -> Self {
        Self { id: from.id.clone(), idempotency_key: from.idempotency_key.clone(), attempt: from.attempt }
    }
}

impl From<&Checkpoint> for call::Checkpoint {
    fn from(from: &Checkpoint) -> Self {
        Self { version: from.version, bytes: from.bytes.clone() }
    }
}

impl From<call::Checkpoint> for Checkpoint {
    fn from(from: call::Checkpoint) -> Self {
        Self { version: from.version, bytes: from.bytes }
    }
}

impl From<wit_settlement::Page> for settlement::Page {
    fn from(from: wit_settlement::Page) -> Self {
        Self {
            transactions: all(from.transactions),
            rejects: all(from.rejects),
            checkpoint: from.checkpoint.into(),
            done: from.done,
            not_before: from.not_before.map(Into::into),
        }
    }
}

impl From<wit_statement::Entry> for statement::Entry {
    fn from(from: wit_statement::Entry) -> Self {
        Self {
            id: from.id,
            booked: from.booked,
            value: from.value,
            amount: from.amount.into(),
            reversal: from.reversal,
            counterparty: from.counterparty,
            account: from.account,
            reference: from.reference,
            remittance: from.remittance,
            attributes: from.attributes,
        }
    }
}

impl From<wit_statement::BankStatement> for statement::BankStatement {
    fn from(from: wit_statement::BankStatement) -> Self {
        Self {
            account: from.account,
            number: from.number,
            kind: from.kind,
            first_day: from.first_day,
            last_day: from.last_day,
            opening: from.opening.map(Into::into),
            closing: from.closing.map(Into::into),
            entries: all(from.entries),
        }
    }
}

impl From<wit_statement::Page> for statement::Page {
    fn from(from: wit_statement::Page) -> Self {
        Self {
            statements: all(from.statements),
            rejects: all(from.rejects),
            checkpoint: from.checkpoint.into(),
            done: from.done,
        }
    }
}
