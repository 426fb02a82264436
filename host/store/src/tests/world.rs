//! What most stories begin with: a tenant with a source, a creditor and customers, and short ways to make things.

use recaudo_core::day::Day;
use recaudo_core::ledger::{Entry, EntryKind};
use recaudo_core::money::Currency;
use recaudo_core::receivable::Position;

use crate::customer::{self, Contact, Customer};
use crate::item::{self, Item};
use crate::payment::{self, Payment};
use crate::source::{self, Source};
use crate::{Store, StoreError, Tx, import};

pub(crate) const COP: Currency = Currency(*b"COP");
pub(crate) const USD: Currency = Currency(*b"USD");
pub(crate) const TODAY: Day = Day(20_000);

/// A tenant with a source, a creditor and the customers Ana and Beto.
pub(crate) struct World<'s> {
    pub(crate) store: &'s Store,
    pub(crate) tenant: i64,
    pub(crate) source: i64,
    pub(crate) creditor: i64,
    pub(crate) ana: i64,
    pub(crate) beto: i64,
}

impl<'s> World<'s> {
    pub(crate) fn new(store: &'s Store, tenant: i64) -> Self {
        add_tenant(store, tenant);
        let mut world = Self { store, tenant, source: 0, creditor: 0, ana: 0, beto: 0 };
        world.source = world.write(|tx| source::insert(tx, tenant, &erp("erp")));
        world.creditor =
            world.write(|tx| import::add_creditor(tx, tenant, "acme", "Acme S.A.S.", "America/Bogota"));
        world.ana = world.customer("ANA");
        world.beto = world.customer("BETO");
        world
    }

    pub(crate) fn write<T>(&self, work: impl FnOnce(&Tx<'_>) -> Result<T, StoreError>) -> T {
        self.store.write(work).unwrap()
    }

    pub(crate) fn read<T>(&self, work: impl FnOnce(&crate::Conn<'_>) -> Result<T, StoreError>) -> T {
        self.store.read(work).unwrap()
    }

    pub(crate) fn id(&self, table: &str) -> i64 {
        self.write(|tx| tx.ids(table, 1))
    }

    pub(crate) fn customer(&self, external_id: &str) -> i64 {
        let new = self.a_customer(external_id);
        self.write(|tx| customer::insert(tx, self.tenant, [&new]));
        new.id
    }

    /// A customer that is not kept yet.
    pub(crate) fn a_customer(&self, external_id: &str) -> Customer {
        Customer {
            id: self.id("customers"),
            source_id: self.source,
            external_id: external_id.into(),
            version: 1,
            digest: [7; 16],
            name: format!("{external_id} Muñoz"),
            kind: "person".into(),
            parent: None,
            tax_id: Some("900".into()),
            country: "CO".into(),
            locale: "es-CO".into(),
            time_zone: "America/Bogota".into(),
            attributes: "{}".into(),
        }
    }

    pub(crate) fn contact(&self, customer_id: i64, external_id: &str, email: &str) -> Contact {
        let contact = Contact {
            id: self.id("contacts"),
            customer_id,
            source_id: self.source,
            external_id: external_id.into(),
            version: 1,
            digest: [8; 16],
            name: "Oficina".into(),
            email: email.into(),
            phone: String::new(),
            role: "billing".into(),
            attributes: "{}".into(),
        };
        self.write(|tx| customer::put_contact(tx, self.tenant, &contact));
        contact
    }

    /// An item that is not kept yet: open, due on `due_on`, issued thirty days before.
    pub(crate) fn an_item(&self, customer_id: i64, number: &str, open_minor: i64, due_on: Day) -> Item {
        Item {
            id: self.id("open_items"),
            creditor_id: self.creditor,
            customer_id,
            position: Position { open_minor, moved_on: due_on.plus(-30) },
            total_minor: if open_minor == 0 { 500 } else { open_minor },
            issued_on: due_on.plus(-30),
            due_on,
            disputed: false,
            currency: COP,
            kind: "invoice".into(),
            number: number.into(),
            instalment: 1,
            status: "open".into(),
            source_id: self.source,
            external_id: format!("X-{number}"),
            version: 1,
            digest: [9; 16],
            rate: None,
            seen_in: None,
            attributes: "{}".into(),
        }
    }

    pub(crate) fn item(&self, customer_id: i64, number: &str, open_minor: i64, due_on: Day) -> Item {
        let new = self.an_item(customer_id, number, open_minor, due_on);
        self.write(|tx| item::insert(tx, self.tenant, [&new]));
        new
    }

    pub(crate) fn payment(&self, customer_id: Option<i64>, reference: &str, amount_minor: i64) -> Payment {
        let new = Payment {
            id: self.id("payments"),
            creditor_id: self.creditor,
            customer_id,
            unapplied_minor: amount_minor,
            amount_minor,
            received_on: TODAY,
            currency: COP,
            method: "transfer".into(),
            reference: reference.into(),
            status: "ok".into(),
            source_id: self.source,
            external_id: format!("P-{reference}"),
            version: 1,
            digest: [5; 16],
            attributes: "{}".into(),
        };
        self.write(|tx| payment::insert(tx, self.tenant, [&new]));
        new
    }

    /// An entry that is not kept yet.
    pub(crate) fn entry(&self, item: Option<i64>, payment: Option<i64>, amount_minor: i64, on: Day) -> Entry {
        Entry {
            id: self.id("entries"),
            item_id: item,
            payment_id: payment,
            effective_on: on,
            known_at: i64::from(on.0) * 1_000,
            amount_minor,
            kind: EntryKind::Adjust,
            currency: COP,
            source_id: Some(self.source),
            page_id: None,
            allocation_id: None,
            reason: "ajuste".into(),
        }
    }
}

/// A source that is not kept yet.
pub(crate) fn erp(name: &str) -> Source {
    Source {
        id: 0,
        name: name.into(),
        plugin: "erp-csv".into(),
        component_sha256: [1; 32],
        config: b"{}".to_vec(),
        grants: "{}".into(),
        added_at: 5,
    }
}

/// A migrated store has the tenant 1.
pub(crate) fn add_tenant(store: &Store, tenant: i64) {
    let sql = "INSERT INTO tenants (id, name) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    let name = format!("tenant {tenant}");
    store.write(|tx| tx.execute(sql, &[tenant.into(), (&name).into()])).unwrap();
}
