//! Receipts and items on their way into an allocator, items and rates into a pricer; suggestions and charges out.

use recaudo_ports::plugin::{allocator, pricer};

use super::all;
use super::exports::policy::{allocator as wit_allocator, pricer as wit_pricer};

impl From<&allocator::Receipt> for wit_allocator::Receipt {
    fn from(from: &allocator::Receipt) -> Self {
        Self {
            id: from.id.clone(),
            customer: from.customer.clone(),
            amount: from.amount.into(),
            received: from.received,
            reference: from.reference.clone(),
            remittance: from.remittance.clone(),
            counterparty: from.counterparty.clone(),
            account: from.account.clone(),
            attributes: from.attributes.clone(),
        }
    }
}

impl From<&allocator::Item> for wit_allocator::Item {
    fn from(from: &allocator::Item) -> Self {
        Self {
            id: from.id.clone(),
            customer: from.customer.clone(),
            number: from.number.clone(),
            references: from.references.clone(),
            kind: from.kind.clone(),
            issued: from.issued,
            due: from.due,
            open: from.open.into(),
            attributes: from.attributes.clone(),
        }
    }
}

impl From<wit_allocator::Assignment> for allocator::Assignment {
    fn from(from: wit_allocator::Assignment) -> Self {
        Self {
            receipt: from.receipt,
            item: from.item,
            amount: from.amount.into(),
            confidence_ppm: from.confidence_ppm,
            rule: from.rule,
        }
    }
}

impl From<wit_allocator::Difference> for allocator::Difference {
    fn from(from: wit_allocator::Difference) -> Self {
        Self { receipt: from.receipt, item: from.item, amount: from.amount.into(), code: from.code }
    }
}

impl From<wit_allocator::Suggestion> for allocator::Suggestion {
    fn from(from: wit_allocator::Suggestion) -> Self {
        Self { assignments: all(from.assignments), differences: all(from.differences) }
    }
}

impl From<&pricer::Balance> for wit_pricer::Balance {
    fn from(from: &pricer::Balance) -> Self {
        Self { on: from.on, open: from.open.into() }
    }
}

impl From<&pricer::Charged> for wit_pricer::Charged {
    fn from(from: &pricer::Charged) -> Self {
        Self {
            kind: from.kind.clone(),
            amount: from.amount.into(),
            from_day: from.from_day,
            to_day: from.to_day,
        }
    }
}

impl From<&pricer::Series> for wit_pricer::Series {
    fn from(from: &pricer::Series) -> Self {
        let rates = from.rates.iter().map(|(on, value)| (*on, (*value).into())).collect();
        Self { name: from.name.clone(), rates }
    }
}

impl From<&pricer::Item> for wit_pricer::Item {
    fn from(from: &pricer::Item) -> Self {
        Self {
            id: from.id.clone(),
            kind: from.kind.clone(),
            country: from.country.clone(),
            debtor_kind: from.debtor_kind.clone(),
            issued: from.issued,
            due: from.due,
            balances: all(&from.balances),
            charged: all(&from.charged),
            attributes: from.attributes.clone(),
        }
    }
}

impl From<wit_pricer::Charge> for pricer::Charge {
    fn from(from: wit_pricer::Charge) -> Self {
        Self {
            item: from.item,
            kind: from.kind,
            amount: from.amount.into(),
            from_day: from.from_day,
            to_day: from.to_day,
            rule: from.rule,
            source: from.source,
        }
    }
}
