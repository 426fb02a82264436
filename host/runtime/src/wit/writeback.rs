//! Entries on their way to a target, and what became of them.

use recaudo_ports::plugin::writeback as ports;
use recaudo_ports::plugin::{Consent, Contact, Extra, Interaction, Key};

use super::all;
use super::bindings::recaudo::erp::model;
use super::exports::erp::writeback as wit;

impl From<&Key> for model::Key {
    fn from(from: &Key) -> Self {
        Self { id: from.id.clone(), version: from.version, row: from.row }
    }
}

impl From<&Contact> for model::Contact {
    fn from(from: &Contact) -> Self {
        Self {
            key: (&from.key).into(),
            customer: from.customer.clone(),
            name: from.name.clone(),
            email: from.email.clone(),
            phone: from.phone.clone(),
            role: from.role.clone(),
            attributes: from.attributes.clone(),
        }
    }
}

impl From<&Consent> for model::Consent {
    fn from(from: &Consent) -> Self {
        Self {
            customer: from.customer.clone(),
            contact: from.contact.clone(),
            channel: from.channel.clone(),
            granted: from.granted,
            at: from.at.into(),
            evidence: from.evidence.clone(),
        }
    }
}

impl From<&Interaction> for model::Interaction {
    fn from(from: &Interaction) -> Self {
        Self {
            key: (&from.key).into(),
            customer: from.customer.clone(),
            at: from.at.into(),
            channel: from.channel.clone(),
            inbound: from.inbound,
            text: from.text.clone(),
        }
    }
}

impl From<&Extra> for model::Extra {
    fn from(from: &Extra) -> Self {
        Self {
            key: (&from.key).into(),
            entity: from.entity.clone(),
            customer: from.customer.clone(),
            attributes: from.attributes.clone(),
        }
    }
}

impl From<&ports::Promise> for wit::Promise {
    fn from(from: &ports::Promise) -> Self {
        Self {
            customer: from.customer.clone(),
            document: from.document.clone(),
            amount: from.amount.into(),
            on: from.on,
            status: from.status.clone(),
        }
    }
}

impl From<&ports::Instalment> for wit::Instalment {
    fn from(from: &ports::Instalment) -> Self {
        Self { due: from.due, amount: from.amount.into() }
    }
}

impl From<&ports::Plan> for wit::Plan {
    fn from(from: &ports::Plan) -> Self {
        Self {
            customer: from.customer.clone(),
            documents: from.documents.clone(),
            instalments: all(&from.instalments),
            forgiven: from.forgiven.into(),
            charged: from.charged.into(),
            status: from.status.clone(),
        }
    }
}

impl From<&ports::Receipt> for wit::Receipt {
    fn from(from: &ports::Receipt) -> Self {
        Self {
            customer: from.customer.clone(),
            reference: from.reference.clone(),
            amount: from.amount.into(),
            on: from.on,
            documents: from.documents.iter().map(|(id, amount)| (id.clone(), (*amount).into())).collect(),
            attributes: from.attributes.clone(),
        }
    }
}

impl From<&ports::Dispute> for wit::Dispute {
    fn from(from: &ports::Dispute) -> Self {
        Self {
            customer: from.customer.clone(),
            document: from.document.clone(),
            amount: from.amount.into(),
            reason: from.reason.clone(),
            text: from.text.clone(),
        }
    }
}

impl From<&ports::Resolution> for wit::Resolution {
    fn from(from: &ports::Resolution) -> Self {
        Self {
            customer: from.customer.clone(),
            document: from.document.clone(),
            outcome: from.outcome.clone(),
            credited: from.credited.map(Into::into),
            text: from.text.clone(),
        }
    }
}

impl From<&ports::Adjustment> for wit::Adjustment {
    fn from(from: &ports::Adjustment) -> Self {
        Self {
            customer: from.customer.clone(),
            document: from.document.clone(),
            kind: from.kind.clone(),
            amount: from.amount.into(),
            on: from.on,
            reason: from.reason.clone(),
        }
    }
}

impl From<&ports::Charge> for wit::Charge {
    fn from(from: &ports::Charge) -> Self {
        Self {
            customer: from.customer.clone(),
            document: from.document.clone(),
            kind: from.kind.clone(),
            amount: from.amount.into(),
            on: from.on,
        }
    }
}

impl From<&ports::Restriction> for wit::Restriction {
    fn from(from: &ports::Restriction) -> Self {
        Self {
            customer: from.customer.clone(),
            subject: from.subject.clone(),
            reason: from.reason.clone(),
            until: from.until,
        }
    }
}

fn note(from: &ports::Note) -> wit::Note {
    wit::Note { customer: from.customer.clone(), document: from.document.clone(), text: from.text.clone() }
}

fn task(from: &ports::Task) -> wit::Task {
    wit::Task {
        customer: from.customer.clone(),
        title: from.title.clone(),
        due: from.due,
        owner: from.owner.clone(),
    }
}

fn terms(from: &ports::Terms) -> wit::Terms {
    wit::Terms {
        customer: from.customer.clone(),
        limit: from.limit.into(),
        days: from.days,
        review: from.review,
    }
}

impl From<&ports::Entry> for wit::Entry {
    fn from(from: &ports::Entry) -> Self {
        match from {
            ports::Entry::Note(e) => Self::Note(note(e)),
            ports::Entry::Promise(e) => Self::Promise(e.into()),
            ports::Entry::Plan(e) => Self::Plan(e.into()),
            ports::Entry::Receipt(e) => Self::Receipt(e.into()),
            ports::Entry::Dispute(e) => Self::Dispute(e.into()),
            ports::Entry::Resolution(e) => Self::Resolution(e.into()),
            ports::Entry::Adjustment(e) => Self::Adjustment(e.into()),
            ports::Entry::Charge(e) => Self::Charge(e.into()),
            ports::Entry::Task(e) => Self::Task(task(e)),
            ports::Entry::Hold(e) => Self::Hold(e.into()),
            ports::Entry::Release(e) => Self::Release(e.into()),
            ports::Entry::Suspend(e) => Self::Suspend(e.into()),
            ports::Entry::Reinstate(e) => Self::Reinstate(e.into()),
            ports::Entry::Terms(e) => Self::Terms(terms(e)),
            ports::Entry::Contact(e) => Self::Contact(e.into()),
            ports::Entry::Consent(e) => Self::Consent(e.into()),
            ports::Entry::Interaction(e) => Self::Interaction(e.into()),
            ports::Entry::Extra(e) => Self::Extra(e.into()),
        }
    }
}

impl From<wit::Posting> for ports::Posting {
    fn from(from: wit::Posting) -> Self {
        let status = match from.status {
            wit::Status::Applied => ports::PostingStatus::Applied,
            wit::Status::AlreadyApplied => ports::PostingStatus::AlreadyApplied,
            wit::Status::NotAttempted => ports::PostingStatus::NotAttempted,
            wit::Status::Unknown => ports::PostingStatus::Unknown,
        };
        Self { status, id: from.id, code: from.code }
    }
}
