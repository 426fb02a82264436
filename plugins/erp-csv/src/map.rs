//! From a row to records: which sections of the configuration apply, and what each makes of the row.

mod customer;
mod document;
mod payment;

use std::collections::BTreeSet;

use recaudo_sdk::{Failure, erp, values};

use crate::config::Node;
use crate::field::{Columns, Field};
use crate::page::Page;
use crate::problem::Problem;
use crate::reader::{Amount, Reader};

use customer::{Consent, Contact, Customer};
use document::Document;
use payment::{Allocation, Payment};

const DOCUMENT_NEEDS: &str =
    "`number` and `issued` are needed, and `customer` and `currency` here or in `defaults`";

/// Which rows a section speaks about.
#[derive(Debug)]
pub(crate) struct When {
    field: Field,
    among: Vec<String>,
}

impl When {
    fn of(node: &Node<'_>, key: &str, columns: &mut Columns<'_>) -> Result<Self, Failure> {
        let Some(node) = node.get(key) else { return Ok(Self { field: Field::NOTHING, among: vec![] }) };
        node.object(&["column", "in"])?;
        let column = node.get("column").ok_or_else(|| node.fail("`column` is needed"))?;
        let among = node.get("in").ok_or_else(|| node.fail("`in` is needed: the values that count"))?;
        let among = among.texts()?.iter().map(|text| text.trim().to_lowercase()).collect();
        Ok(Self { field: Field::read(&column, columns)?, among })
    }

    /// Every row, when nothing was said.
    fn applies(&self, reader: &Reader<'_>) -> bool {
        !self.field.is_mapped() || self.named(reader)
    }

    fn named(&self, reader: &Reader<'_>) -> bool {
        if !self.field.is_mapped() {
            return false;
        }
        let value = self.field.value(&reader.row).to_lowercase();
        self.among.contains(&value)
    }
}

/// What a section falls back on: the file's customer column, and the configuration's `defaults`.
#[derive(Debug)]
pub(crate) struct Scope<'a> {
    pub(crate) defaults: Option<Node<'a>>,
    pub(crate) customer: Option<Node<'a>>,
    /// A balance less than the total says enough: the file is a snapshot, or payments come on their own.
    pub(crate) balances: bool,
}

impl Scope<'_> {
    /// The member `key` of a section, else `name` of the scope.
    fn field(
        &self,
        node: &Node<'_>,
        key: &str,
        name: &str,
        columns: &mut Columns<'_>,
    ) -> Result<Field, Failure> {
        let inherited = || match name {
            "customer" => self.customer.clone().or_else(|| self.defaults.as_ref()?.get(name)),
            _ => self.defaults.as_ref()?.get(name),
        };
        node.get(key).or_else(inherited).map_or(Ok(Field::NOTHING), |found| Field::read(&found, columns))
    }
}

/// What a sign means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Signs {
    /// Amounts are positive.
    Positive,
    /// Invoices are positive, and a negative amount without a stated kind is a credit note.
    NegativeIsCreditNote,
    /// Payments are positive, and a negative amount is money that went back.
    NegativeIsReturn,
    /// Everything has the other sign.
    Reversed,
}

impl Signs {
    /// `negative`: what a negative amount may mean in the section.
    fn read(node: &Node<'_>, negative: (&str, Self)) -> Result<Self, Failure> {
        let Some(node) = node.get("signs") else { return Ok(Self::Positive) };
        match node.text()? {
            "positive" => Ok(Self::Positive),
            "reversed" => Ok(Self::Reversed),
            word if word == negative.0 => Ok(negative.1),
            _ => Err(node.fail(&format!("one of positive, {}, reversed is needed here", negative.0))),
        }
    }

    /// The signs of a payment or an allocation: a negative one undoes.
    fn of_money(node: &Node<'_>) -> Result<Self, Failure> {
        Self::read(node, ("negative-is-return", Self::NegativeIsReturn))
    }

    /// A payment's or an allocation's amount as we count it.
    fn settle(self, reader: &Reader<'_>, field: &Field, amount: Amount) -> Result<Amount, Problem> {
        let minor = if self == Self::Reversed { -amount.minor } else { amount.minor };
        if minor > 0 || (minor < 0 && self == Self::NegativeIsReturn) {
            return Ok(Amount { minor, ..amount });
        }
        let message = "what is paid is more than zero; if a negative amount is money that went back, set \
            `signs` to \"negative-is-return\"; if all are negative here, to \"reversed\"";
        Err(reader.problem(field, "negative-amount", message))
    }
}

/// Named extra values; blank ones are left out.
#[derive(Debug)]
struct Attributes(Vec<(String, Field)>);

impl Attributes {
    fn read(node: &Node<'_>, columns: &mut Columns<'_>) -> Result<Self, Failure> {
        let members = node.get("attributes").map_or(Ok(vec![]), |node| node.members())?;
        let named = |(name, node): (&str, Node<'_>)| Ok((name.to_owned(), Field::read(&node, columns)?));
        members.into_iter().map(named).collect::<Result<_, _>>().map(Self)
    }

    fn fields(&self) -> impl Iterator<Item = &Field> {
        self.0.iter().map(|(_, field)| field)
    }

    fn record(&self, reader: &Reader<'_>) -> Vec<values::Attribute> {
        let mut record = Vec::with_capacity(self.0.len());
        for (name, field) in &self.0 {
            let value = reader.text(field);
            if !value.is_empty() {
                record.push((name.clone(), value));
            }
        }
        record
    }
}

fn key(reader: &Reader<'_>, id: String, version: &Field) -> Result<erp::Key, Problem> {
    Ok(erp::Key { id, version: reader.version(version)?, row: reader.row.line })
}

/// Without a column for it the creditor is the installation's; a column has to be filled in.
fn creditor(reader: &Reader<'_>, field: &Field) -> Result<String, Problem> {
    if field.is_mapped() { reader.required(field, "creditor") } else { Ok(String::new()) }
}

/// An open item's id when the source has none: its number, and its instalment where there are instalments.
fn item_id(number: &str, instalment: Option<u16>) -> String {
    instalment.map_or_else(|| number.to_owned(), |instalment| format!("{number}#{instalment}"))
}

/// Everything one file's rows become.
#[derive(Debug)]
pub(crate) struct Mapping {
    skip: When,
    customer: Option<Customer>,
    contacts: Vec<Contact>,
    document: Option<Document>,
    payment: Option<Payment>,
    allocation: Option<Allocation>,
    consent: Option<Consent>,
}

/// Tells a customer's fingerprint from a contact's, whose kind is its place.
const CUSTOMER: u8 = u8::MAX;

/// Customers and contacts already on the page, by all they say.
pub(crate) type Seen = BTreeSet<Vec<u8>>;

impl Mapping {
    /// The members of a file's node that are sections.
    pub(crate) const SECTIONS: [&str; 6] =
        ["customer", "contacts", "document", "payment", "allocation", "consent"];

    pub(crate) fn read(
        file: &Node<'_>,
        defaults: Option<Node<'_>>,
        balances: bool,
        columns: &mut Columns<'_>,
    ) -> Result<Self, Failure> {
        if let Some(defaults) = &defaults {
            defaults.object(&["creditor", "customer", "currency", "version"])?;
        }
        let of_customer = file.get("customer").and_then(|node| node.get("id"));
        let scope = Scope { defaults, customer: of_customer, balances };
        let customer = file.get("customer").map(|node| Customer::read(&node, &scope, columns)).transpose()?;
        let mut contacts = vec![];
        for (i, node) in
            file.get("contacts").map_or(Ok(vec![]), |node| node.list_or_one())?.iter().enumerate()
        {
            contacts.push(Contact::read(node, &scope, customer.as_ref().map(|_| i + 1), columns)?);
        }
        Ok(Self {
            customer,
            contacts,
            document: file.get("document").map(|node| Document::read(&node, &scope, columns)).transpose()?,
            payment: file.get("payment").map(|node| Payment::read(&node, &scope, columns)).transpose()?,
            allocation: file
                .get("allocation")
                .map(|node| Allocation::read(&node, &scope, columns))
                .transpose()?,
            consent: file.get("consent").map(|node| Consent::read(&node, &scope, columns)).transpose()?,
            skip: When::of(file, "skip", columns)?,
        })
    }

    /// The configuration says to pass over this row.
    pub(crate) fn skips(&self, reader: &Reader<'_>) -> bool {
        self.skip.named(reader)
    }

    /// Makes room on the page for what so many rows may become.
    pub(crate) fn reserve(&self, rows: usize, page: &mut Page) {
        let settles = self.document.as_ref().is_some_and(Document::settles);
        let batch = &mut page.batch;
        if self.document.is_some() {
            batch.documents.reserve(rows);
        }
        if self.payment.is_some() || settles {
            batch.payments.reserve(rows);
        }
        if self.payment.is_some() || self.allocation.is_some() || settles {
            batch.allocations.reserve(rows);
        }
    }

    fn has_money(&self) -> bool {
        self.document.is_some()
            || self.payment.is_some()
            || self.allocation.is_some()
            || self.consent.is_some()
    }

    /// Puts all of a row's records on the page, or none of them.
    pub(crate) fn take(&self, reader: &Reader<'_>, page: &mut Page) -> Result<(), Problem> {
        let before = page.mark();
        match self.records(reader, page) {
            Ok(true) => {
                page.keep();
                Ok(())
            }
            Ok(false) => {
                let message = "no section of the configuration speaks about this row; widen a `when`, or \
                    name it under `skip`";
                Err(totals_row(reader).unwrap_or_else(|| Problem::row(reader.row.text, "no-record", message)))
            }
            Err(problem) => {
                page.rollback(before);
                Err(totals_row(reader).unwrap_or(problem))
            }
        }
    }

    /// Did any section apply?
    fn records(&self, reader: &Reader<'_>, page: &mut Page) -> Result<bool, Problem> {
        let before = page.mark();
        if let Some(document) = self.document.as_ref().filter(|section| section.when.applies(reader)) {
            document.take(reader, page)?;
        }
        if let Some(payment) = self.payment.as_ref().filter(|section| section.when.applies(reader)) {
            let (payment, allocation) = payment.record(reader)?;
            page.batch.payments.push(payment);
            page.batch.allocations.extend(allocation);
        }
        if let Some(allocation) = self.allocation.as_ref().filter(|section| section.when.applies(reader)) {
            page.batch.allocations.push(allocation.record(reader)?);
        }
        if let Some(consent) = self.consent.as_ref().filter(|section| section.when.applies(reader)) {
            page.batch.consents.push(consent.record(reader)?);
        }
        // A customer repeated on every invoice is told once a page; alone on its row it is told every time,
        // so that every row is accounted for.
        let alone = page.mark() == before;
        let mut told = !alone;
        if alone
            && self.has_money()
            && !self.customer.as_ref().is_some_and(|section| section.when.named(reader))
        {
            // A type of row nobody thought of must not pass for a mention of its customer.
            return Ok(false);
        }
        if let Some(customer) = self.customer.as_ref().filter(|section| section.when.applies(reader)) {
            told = true;
            page.fingerprint.clear();
            customer.fingerprint(reader, &mut page.fingerprint);
            if page.is_new(CUSTOMER) || alone {
                page.batch.customers.push(customer.record(reader)?);
                page.remember();
            }
        }
        let mut unreachable = None;
        for (place, contact) in self.contacts.iter().enumerate().filter(|(_, c)| c.when.applies(reader)) {
            if take_contact(contact, place, reader, page, !told)? {
                told = true;
            } else {
                unreachable = Some(contact);
            }
        }
        match unreachable {
            Some(contact) if !told => Err(contact.unreachable(reader)),
            _ => Ok(told),
        }
    }
}

/// Is the contact on the page now? Not so when it has no address.
fn take_contact(
    contact: &Contact,
    place: usize,
    reader: &Reader<'_>,
    page: &mut Page,
    alone: bool,
) -> Result<bool, Problem> {
    page.fingerprint.clear();
    contact.fingerprint(reader, &mut page.fingerprint);
    if !page.is_new(u8::try_from(place).unwrap_or(CUSTOMER - 1)) && !alone {
        return Ok(true);
    }
    let Some(record) = contact.record(reader)? else { return Ok(false) };
    page.batch.contacts.push(record);
    page.remember();
    Ok(true)
}

/// A sum at the end of an export: its label says so. Asked only about rows that could not be read.
pub(crate) fn totals_row(reader: &Reader<'_>) -> Option<Problem> {
    let label =
        (0..reader.row.spans.len()).map(|place| reader.row.cell(place)).find(|cell| !cell.is_empty())?;
    let lower = label.to_lowercase();
    let sums = [
        "total",
        "totals",
        "totales",
        "totais",
        "grand total",
        "gran total",
        "total general",
        "total geral",
        "subtotal",
        "sum",
        "suma",
        "soma",
    ];
    let lower = lower.trim_end_matches([':', ' ']);
    sums.contains(&lower).then(|| {
        let message =
            "this looks like a line of totals, not a record; nothing to do, or leave it out of the export";
        Problem::row(reader.row.text, "totals-row", message)
    })
}
