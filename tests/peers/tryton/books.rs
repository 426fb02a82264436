//! What the pages add up to, kept as simply as can be: the same events in the same order give the same books.

use std::collections::BTreeMap;

use recaudo_sdk::{Checkpoint, erp};

use crate::host::Installation;

/// Customers, items and payments as told.
#[derive(Default)]
pub(crate) struct Books {
    pub(crate) customers: BTreeMap<String, erp::Customer>,
    pub(crate) contacts: BTreeMap<String, erp::Contact>,
    pub(crate) documents: BTreeMap<String, erp::Document>,
    pub(crate) payments: BTreeMap<String, erp::Payment>,
    pub(crate) allocations: BTreeMap<String, erp::Allocation>,
    pub(crate) rejects: Vec<recaudo_sdk::Reject>,
    pub(crate) rows: u64,
    pub(crate) pages: u32,
    control: BTreeMap<String, i64>,
    billed: BTreeMap<String, i64>,
    checkpoints: BTreeMap<String, Checkpoint>,
}

fn code(money: recaudo_sdk::values::Money) -> String {
    recaudo_sdk::Money::from(money).code().to_owned()
}

/// Kinds that take from what is owed.
fn takes(document: &erp::Document) -> bool {
    matches!(document.kind.as_str(), "credit-note" | "write-off" | "exchange-difference")
}

impl Books {
    /// Pulls every feed to its end, from where it was.
    pub(crate) fn import(&mut self, tryton: &mut Installation<'_>, rows_max: u32) {
        for feed in tryton.feeds() {
            loop {
                let page = tryton.page(&feed, self.checkpoints.get(&feed), rows_max);
                self.take(&page);
                self.checkpoints.insert(feed.clone(), page.checkpoint);
                if page.done {
                    break;
                }
            }
        }
    }

    fn take(&mut self, page: &erp::Page) {
        let rows = &page.rows;
        self.pages += 1;
        self.rows += page.read;
        self.rejects.extend(page.rejects.iter().cloned());
        let newer = |known: Option<u64>, fresh: u64, what: &str| {
            assert!(known.is_none_or(|known| fresh >= known), "{what} came in an older version");
        };
        for customer in &rows.customers {
            newer(
                self.customers.get(&customer.key.id).map(|c| c.key.version),
                customer.key.version,
                "a customer",
            );
            self.customers.insert(customer.key.id.clone(), customer.clone());
        }
        for contact in &rows.contacts {
            assert!(self.customers.contains_key(&contact.customer), "a contact of nobody");
            self.contacts.insert(contact.key.id.clone(), contact.clone());
        }
        for document in &rows.documents {
            assert!(self.customers.contains_key(&document.customer), "a document of nobody");
            newer(
                self.documents.get(&document.key.id).map(|d| d.key.version),
                document.key.version,
                "a document",
            );
            *self.billed.entry(code(document.total)).or_default() += document.total.minor;
            self.documents.insert(document.key.id.clone(), document.clone());
        }
        for payment in &rows.payments {
            self.payments.insert(payment.key.id.clone(), payment.clone());
        }
        for allocation in &rows.allocations {
            assert!(self.documents.contains_key(&allocation.document), "{allocation:?} of no document");
            let known = match &allocation.settler {
                erp::Settler::Payment(id) => self.payments.contains_key(id),
                erp::Settler::CreditNote(id) => self.documents.contains_key(id),
            };
            assert!(known, "{allocation:?} of nothing");
            self.allocations.insert(allocation.key.id.clone(), allocation.clone());
        }
        for deletion in &rows.deletions {
            match deletion.entity.as_str() {
                "contact" => drop(self.contacts.remove(&deletion.id)),
                "document" => drop(self.documents.remove(&deletion.id)),
                "payment" => drop(self.payments.remove(&deletion.id)),
                "allocation" => drop(self.allocations.remove(&deletion.id)),
                other => panic!("{other} cannot be deleted"),
            }
        }
        for money in &page.control {
            *self.control.entry(code(*money)).or_default() += money.minor;
        }
        assert_eq!(self.control, self.billed, "the control totals prove that nothing was lost");
    }

    /// What an item has open.
    pub(crate) fn open(&self, document: &erp::Document) -> i64 {
        if document.status == "cancelled" {
            return 0;
        }
        let id = &document.key.id;
        let settled = self.allocations.values().filter(|allocation| match &allocation.settler {
            erp::Settler::CreditNote(settler) if takes(document) => settler == id,
            _ => !takes(document) && allocation.document == *id,
        });
        document.total.minor - settled.map(|allocation| allocation.amount.minor).sum::<i64>()
    }

    fn unapplied(&self, payment: &erp::Payment) -> i64 {
        let is_its = |allocation: &&erp::Allocation| {
            allocation.settler == erp::Settler::Payment(payment.key.id.clone())
        };
        payment.amount.minor - self.allocations.values().filter(is_its).map(|a| a.amount.minor).sum::<i64>()
    }

    /// Customer and currency to what is owed less what is there to settle it with.
    pub(crate) fn balances(&self) -> BTreeMap<(String, String), i64> {
        let mut sums: BTreeMap<(String, String), i64> = BTreeMap::new();
        for document in self.documents.values() {
            let open = self.open(document);
            let sum = sums.entry((document.customer.clone(), code(document.total))).or_default();
            *sum += if takes(document) { -open } else { open };
        }
        for payment in self.payments.values() {
            *sums.entry((payment.customer.clone(), code(payment.amount))).or_default() -=
                self.unapplied(payment);
        }
        sums.retain(|_, sum| *sum != 0);
        sums
    }

    /// The one item of a customer with this total.
    pub(crate) fn item(&self, customer: &str, minor: i64) -> &erp::Document {
        let fits = |d: &&erp::Document| d.customer == customer && d.total.minor == minor;
        let mut found = self.documents.values().filter(fits);
        let item = found.next().unwrap_or_else(|| panic!("{customer} has no item of {minor}"));
        assert!(found.next().is_none(), "{customer} has two items of {minor}");
        item
    }

    /// What is open of the one item of a customer with this total.
    pub(crate) fn open_of(&self, customer: &str, minor: i64) -> i64 {
        self.open(self.item(customer, minor))
    }
}
