//! Messages and receipts.

use recaudo_ports::plugin::{Message, Receipt, ReceiptStatus};

use super::bindings::recaudo::messaging::model;
use super::exports::messaging::channel as wit;

impl From<&Message> for wit::Message {
    fn from(from: &Message) -> Self {
        Self {
            permit: wit::Permit { id: from.permit.id.clone(), not_after: from.permit.not_after.into() },
            to: from.to.clone(),
            sender: from.sender.clone(),
            subject: from.subject.clone(),
            text: from.text.clone(),
            html: from.html.clone(),
            template: from.template.clone(),
            variables: from.variables.clone(),
            attachments: from.attachments.clone(),
            purpose: from.purpose.clone(),
        }
    }
}

impl From<model::Receipt> for Receipt {
    fn from(from: model::Receipt) -> Self {
        let status = match from.status {
            model::Status::Accepted => ReceiptStatus::Accepted,
            model::Status::Delivered => ReceiptStatus::Delivered,
            model::Status::Read => ReceiptStatus::Read,
            model::Status::Failed => ReceiptStatus::Failed,
            model::Status::NotAttempted => ReceiptStatus::NotAttempted,
            model::Status::Unknown => ReceiptStatus::Unknown,
        };
        Self {
            status,
            provider_id: from.provider_id,
            code: from.code,
            occurred_at: from.occurred_at.map(Into::into),
            cost: from.cost.map(Into::into),
        }
    }
}
