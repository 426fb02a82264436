//! Payments, and what they and credit notes settle.

use recaudo_sdk::{Failure, erp};

use super::{Attributes, Scope, Signs, When, item_id, key};
use crate::config::Node;
use crate::field::{Columns, Field};
use crate::problem::Problem;
use crate::reader::Reader;

/// The `payment` section of a file.
#[derive(Debug)]
pub(crate) struct Payment {
    pub(crate) when: When,
    id: Field,
    creditor: Field,
    customer: Field,
    received: Field,
    amount: Field,
    currency: Field,
    method: Field,
    reference: Field,
    document: Field,
    instalment: Field,
    allocated: Field,
    version: Field,
    attributes: Attributes,
    signs: Signs,
}

impl Payment {
    const KEYS: [&str; 15] = [
        "when",
        "id",
        "creditor",
        "customer",
        "received",
        "amount",
        "currency",
        "method",
        "reference",
        "document",
        "instalment",
        "allocated",
        "version",
        "attributes",
        "signs",
    ];

    pub(crate) fn read(
        node: &Node<'_>,
        scope: &Scope<'_>,
        columns: &mut Columns<'_>,
    ) -> Result<Self, Failure> {
        node.object(&Self::KEYS)?;
        let creditor = scope.field(node, "creditor", "creditor", columns)?;
        let customer = scope.field(node, "customer", "customer", columns)?;
        let currency = scope.field(node, "currency", "currency", columns)?;
        let version = scope.field(node, "version", "version", columns)?;
        let mut field = |key| Field::of(node, key, columns);
        let payment = Self {
            id: field("id")?,
            creditor,
            customer,
            received: field("received")?,
            amount: field("amount")?,
            currency,
            method: field("method")?,
            reference: field("reference")?,
            document: field("document")?,
            instalment: field("instalment")?,
            allocated: field("allocated")?,
            version,
            attributes: Attributes::read(node, columns)?,
            when: When::of(node, "when", columns)?,
            signs: Signs::of_money(node)?,
        };
        let needed = [&payment.received, &payment.amount, &payment.currency];
        if needed.iter().any(|field| !field.is_mapped()) {
            return Err(node.fail("`received` and `amount` are needed, and `currency` here or in `defaults`"));
        }
        if !payment.id.is_mapped() && !payment.reference.is_mapped() {
            return Err(node.fail("`id`, or a `reference` that no two payments share, is needed"));
        }
        Ok(payment)
    }

    /// The payment, and the part of it that a document of the same row gets.
    pub(crate) fn record(
        &self,
        reader: &Reader<'_>,
    ) -> Result<(erp::Payment, Option<erp::Allocation>), Problem> {
        let currency = reader.currency(&self.currency)?;
        let amount = reader.required_amount(&self.amount, currency, "amount")?;
        let amount = self.signs.settle(reader, &self.amount, amount)?;
        let field = if self.id.is_mapped() { &self.id } else { &self.reference };
        let received = reader.required_day(&self.received, "day of the payment")?.epoch_day();
        let record = erp::Payment {
            key: key(reader, reader.required(field, "payment's number")?, &self.version)?,
            creditor: super::creditor(reader, &self.creditor)?,
            customer: reader.text(&self.customer),
            received,
            amount: amount.money(),
            method: reader.text(&self.method),
            reference: reader.text(&self.reference),
            attributes: self.attributes.record(reader),
        };
        let document = reader.text(&self.document);
        if document.is_empty() {
            return Ok((record, None));
        }
        let instalment =
            reader.whole(&self.instalment, u64::from(u16::MAX))?.and_then(|n| u16::try_from(n).ok());
        let document = item_id(&document, instalment);
        let part = match reader.amount(&self.allocated, currency)? {
            Some(part) => self.signs.settle(reader, &self.allocated, part)?,
            None => amount,
        };
        let mut key = record.key.clone();
        key.id = format!("{}>{document}", key.id);
        let settler = erp::Settler::Payment(record.key.id.clone());
        let allocation = erp::Allocation { key, settler, document, amount: part.money(), on: received };
        Ok((record, Some(allocation)))
    }
}

/// The `allocation` section of a file.
#[derive(Debug)]
pub(crate) struct Allocation {
    pub(crate) when: When,
    id: Field,
    payment: Field,
    credit_note: Field,
    document: Field,
    instalment: Field,
    amount: Field,
    currency: Field,
    on: Field,
    version: Field,
    signs: Signs,
}

impl Allocation {
    const KEYS: [&str; 11] = [
        "when",
        "id",
        "payment",
        "credit_note",
        "document",
        "instalment",
        "amount",
        "currency",
        "on",
        "version",
        "signs",
    ];

    pub(crate) fn read(
        node: &Node<'_>,
        scope: &Scope<'_>,
        columns: &mut Columns<'_>,
    ) -> Result<Self, Failure> {
        node.object(&Self::KEYS)?;
        let currency = scope.field(node, "currency", "currency", columns)?;
        let version = scope.field(node, "version", "version", columns)?;
        let mut field = |key| Field::of(node, key, columns);
        let allocation = Self {
            id: field("id")?,
            payment: field("payment")?,
            credit_note: field("credit_note")?,
            document: field("document")?,
            instalment: field("instalment")?,
            amount: field("amount")?,
            currency,
            on: field("on")?,
            version,
            when: When::of(node, "when", columns)?,
            signs: Signs::of_money(node)?,
        };
        let needed = [&allocation.document, &allocation.amount, &allocation.currency, &allocation.on];
        if needed.iter().any(|field| !field.is_mapped())
            || !(allocation.payment.is_mapped() || allocation.credit_note.is_mapped())
        {
            return Err(node.fail(
                "`document`, `amount`, `currency`, `on` and one of `payment`, `credit_note` are needed",
            ));
        }
        Ok(allocation)
    }

    pub(crate) fn record(&self, reader: &Reader<'_>) -> Result<erp::Allocation, Problem> {
        let currency = reader.currency(&self.currency)?;
        let amount = reader.required_amount(&self.amount, currency, "amount")?;
        let amount = self.signs.settle(reader, &self.amount, amount)?;
        let instalment =
            reader.whole(&self.instalment, u64::from(u16::MAX))?.and_then(|n| u16::try_from(n).ok());
        let document = item_id(&reader.required(&self.document, "document's number")?, instalment);
        let on = reader.required_day(&self.on, "day of the allocation")?.epoch_day();
        let payment = reader.text(&self.payment);
        let settler = if payment.is_empty() {
            let field = if self.credit_note.is_mapped() { &self.credit_note } else { &self.payment };
            erp::Settler::CreditNote(reader.required(field, "payment's or credit note's number")?)
        } else {
            erp::Settler::Payment(payment)
        };
        let mut id = reader.text(&self.id);
        if id.is_empty() {
            let (erp::Settler::Payment(by) | erp::Settler::CreditNote(by)) = &settler;
            id = format!("{by}>{document}@{}", recaudo_sdk::Date::from_epoch_day(on));
        }
        Ok(erp::Allocation {
            key: key(reader, id, &self.version)?,
            settler,
            document,
            amount: amount.money(),
            on,
        })
    }
}
