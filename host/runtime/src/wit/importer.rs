//! Pages, moved out of the guest's answer field by field.

use recaudo_ports::plugin as ports;

use super::all;
use super::bindings::recaudo::erp::model as wit;
use super::exports::erp::importer;
use super::types::call;

impl From<wit::Key> for ports::Key {
    fn from(from: wit::Key) -> Self {
        Self { id: from.id, version: from.version, row: from.row }
    }
}

impl From<wit::Customer> for ports::Customer {
    fn from(from: wit::Customer) -> Self {
        Self {
            key: from.key.into(),
            name: from.name,
            kind: from.kind,
            parent: from.parent,
            tax_id: from.tax_id,
            country: from.country,
            locale: from.locale,
            time_zone: from.time_zone,
            attributes: from.attributes,
        }
    }
}

impl From<wit::Contact> for ports::Contact {
    fn from(from: wit::Contact) -> Self {
        Self {
            key: from.key.into(),
            customer: from.customer,
            name: from.name,
            email: from.email,
            phone: from.phone,
            role: from.role,
            attributes: from.attributes,
        }
    }
}

impl From<wit::Document> for ports::Document {
    fn from(from: wit::Document) -> Self {
        Self {
            key: from.key.into(),
            creditor: from.creditor,
            customer: from.customer,
            number: from.number,
            instalment: from.instalment,
            kind: from.kind,
            issued: from.issued,
            due: from.due,
            total: from.total.into(),
            open: from.open.map(Into::into),
            exchange_rate: from.exchange_rate.map(Into::into),
            status: from.status,
            disputed: from.disputed,
            attributes: from.attributes,
        }
    }
}

impl From<wit::Payment> for ports::Payment {
    fn from(from: wit::Payment) -> Self {
        Self {
            key: from.key.into(),
            creditor: from.creditor,
            customer: from.customer,
            received: from.received,
            amount: from.amount.into(),
            method: from.method,
            reference: from.reference,
            attributes: from.attributes,
        }
    }
}

impl From<wit::Allocation> for ports::Allocation {
    fn from(from: wit::Allocation) -> Self {
        let settler = match from.settler {
            wit::Settler::Payment(id) => ports::Settler::Payment(id),
            wit::Settler::CreditNote(id) => ports::Settler::CreditNote(id),
        };
        Self {
            key: from.key.into(),
            settler,
            document: from.document,
            amount: from.amount.into(),
            on: from.on,
        }
    }
}

impl From<wit::Consent> for ports::Consent {
    fn from(from: wit::Consent) -> Self {
        Self {
            customer: from.customer,
            contact: from.contact,
            channel: from.channel,
            granted: from.granted,
            at: from.at.into(),
            evidence: from.evidence,
        }
    }
}

impl From<wit::Rate> for ports::Rate {
    fn from(from: wit::Rate) -> Self {
        Self { series: from.series, on: from.on, value: from.value.into() }
    }
}

impl From<wit::Interaction> for ports::Interaction {
    fn from(from: wit::Interaction) -> Self {
        Self {
            key: from.key.into(),
            customer: from.customer,
            at: from.at.into(),
            channel: from.channel,
            inbound: from.inbound,
            text: from.text,
        }
    }
}

impl From<wit::Deletion> for ports::Deletion {
    fn from(from: wit::Deletion) -> Self {
        Self { entity: from.entity, id: from.id }
    }
}

impl From<wit::Extra> for ports::Extra {
    fn from(from: wit::Extra) -> Self {
        Self {
            key: from.key.into(),
            entity: from.entity,
            customer: from.customer,
            attributes: from.attributes,
        }
    }
}

impl From<wit::Batch> for ports::Batch {
    fn from(from: wit::Batch) -> Self {
        Self {
            customers: all(from.customers),
            contacts: all(from.contacts),
            documents: all(from.documents),
            payments: all(from.payments),
            allocations: all(from.allocations),
            consents: all(from.consents),
            rates: all(from.rates),
            interactions: all(from.interactions),
            deletions: all(from.deletions),
            extras: all(from.extras),
        }
    }
}

impl From<call::Reject> for ports::Reject {
    fn from(from: call::Reject) -> Self {
        Self {
            source: from.source,
            row: from.row,
            field: from.field,
            value: from.value,
            code: from.code,
            message: from.message,
        }
    }
}

impl From<importer::Feed> for ports::Feed {
    fn from(from: importer::Feed) -> Self {
        Self {
            name: from.name,
            incremental: from.incremental,
            deletes: from.deletes,
            snapshot: from.snapshot,
        }
    }
}

impl From<importer::Page> for ports::Page {
    fn from(from: importer::Page) -> Self {
        let mode = match from.mode {
            importer::Mode::Events => ports::Mode::Events,
            importer::Mode::Snapshot(day) => ports::Mode::Snapshot(day),
        };
        Self {
            mode,
            origin: from.origin,
            read: from.read,
            rows: from.rows.into(),
            rejects: all(from.rejects),
            checkpoint: from.checkpoint.into(),
            done: from.done,
            not_before: from.not_before.map(Into::into),
            control: all(from.control),
        }
    }
}

impl From<&ports::PullRequest> for importer::PullRequest {
    fn from(from: &ports::PullRequest) -> Self {
        Self {
            feed: from.feed.clone(),
            checkpoint: from.checkpoint.as_ref().map(Into::into),
            rows_max: from.rows_max,
        }
    }
}
