//! Customers, their contacts and their consents.

use recaudo_sdk::{Failure, erp, values};

use super::{Attributes, Scope, When, key};
use crate::config::Node;
use crate::field::{Columns, Field};
use crate::problem::Problem;
use crate::reader::Reader;

/// The `customer` section of a file.
#[derive(Debug)]
pub(crate) struct Customer {
    pub(crate) when: When,
    id: Field,
    name: Field,
    kind: Field,
    parent: Field,
    tax_id: Field,
    country: Field,
    locale: Field,
    time_zone: Field,
    version: Field,
    attributes: Attributes,
}

impl Customer {
    const KEYS: [&str; 11] = [
        "when",
        "id",
        "name",
        "kind",
        "parent",
        "tax_id",
        "country",
        "locale",
        "time_zone",
        "version",
        "attributes",
    ];

    pub(crate) fn read(
        node: &Node<'_>,
        scope: &Scope<'_>,
        columns: &mut Columns<'_>,
    ) -> Result<Self, Failure> {
        node.object(&Self::KEYS)?;
        let id = scope.field(node, "id", "customer", columns)?;
        if !id.is_mapped() {
            return Err(node.fail("`id` is needed: the column with the customer's number"));
        }
        let mut field = |key| Field::of(node, key, columns);
        Ok(Self {
            id,
            name: field("name")?,
            kind: field("kind")?,
            parent: field("parent")?,
            tax_id: field("tax_id")?,
            country: field("country")?,
            locale: field("locale")?,
            time_zone: field("time_zone")?,
            version: scope.field(node, "version", "version", columns)?,
            attributes: Attributes::read(node, columns)?,
            when: When::of(node, "when", columns)?,
        })
    }

    /// Everything the record is made of, to tell a repeated customer without making the record again.
    pub(crate) fn fingerprint(&self, reader: &Reader<'_>, buffer: &mut Vec<u8>) {
        let fields = [
            &self.id,
            &self.name,
            &self.kind,
            &self.parent,
            &self.tax_id,
            &self.country,
            &self.locale,
            &self.time_zone,
            &self.version,
        ];
        for field in fields.into_iter().chain(self.attributes.fields()) {
            buffer.extend_from_slice(field.value(&reader.row).as_bytes());
            buffer.push(0);
        }
    }

    pub(crate) fn record(&self, reader: &Reader<'_>) -> Result<erp::Customer, Problem> {
        let id = reader.required(&self.id, "customer's number")?;
        let name = reader.text(&self.name);
        let parent = reader.text(&self.parent);
        let tax_id = reader.text(&self.tax_id);
        Ok(erp::Customer {
            name: if name.is_empty() { id.clone() } else { name },
            key: key(reader, id, &self.version)?,
            kind: reader.text(&self.kind),
            parent: (!parent.is_empty()).then_some(parent),
            tax_id: (!tax_id.is_empty()).then_some(tax_id),
            country: reader.country(&self.country)?,
            locale: reader.text(&self.locale),
            time_zone: reader.text(&self.time_zone),
            attributes: self.attributes.record(reader),
        })
    }
}

/// One of the `contacts` sections of a file.
#[derive(Debug)]
pub(crate) struct Contact {
    pub(crate) when: When,
    id: Field,
    customer: Field,
    name: Field,
    email: Field,
    phone: Field,
    role: Field,
    version: Field,
    attributes: Attributes,
    /// Its place among the contacts of a customer's row, from 1; `None` in a file of contacts.
    place: Option<usize>,
}

impl Contact {
    const KEYS: [&str; 9] =
        ["when", "id", "customer", "name", "email", "phone", "role", "version", "attributes"];

    pub(crate) fn read(
        node: &Node<'_>,
        scope: &Scope<'_>,
        place: Option<usize>,
        columns: &mut Columns<'_>,
    ) -> Result<Self, Failure> {
        node.object(&Self::KEYS)?;
        let customer = scope.field(node, "customer", "customer", columns)?;
        let mut field = |key| Field::of(node, key, columns);
        let contact = Self {
            id: field("id")?,
            customer,
            name: field("name")?,
            email: field("email")?,
            phone: field("phone")?,
            role: field("role")?,
            version: scope.field(node, "version", "version", columns)?,
            attributes: Attributes::read(node, columns)?,
            when: When::of(node, "when", columns)?,
            place,
        };
        if !contact.customer.is_mapped() {
            return Err(node.fail("`customer` is needed: the column with the customer's number"));
        }
        if !contact.email.is_mapped() && !contact.phone.is_mapped() {
            return Err(node.fail("`email` or `phone` is needed"));
        }
        Ok(contact)
    }

    pub(crate) fn fingerprint(&self, reader: &Reader<'_>, buffer: &mut Vec<u8>) {
        let fields =
            [&self.id, &self.customer, &self.name, &self.email, &self.phone, &self.role, &self.version];
        for field in fields.into_iter().chain(self.attributes.fields()) {
            buffer.extend_from_slice(field.value(&reader.row).as_bytes());
            buffer.push(0);
        }
    }

    /// A row that is about this contact alone has no address in it.
    pub(crate) fn unreachable(&self, reader: &Reader<'_>) -> Problem {
        reader.blank(if self.email.is_mapped() { &self.email } else { &self.phone }, "contact's address")
    }

    /// `None` when neither address is filled in.
    pub(crate) fn record(&self, reader: &Reader<'_>) -> Result<Option<erp::Contact>, Problem> {
        let (email, phone) = (reader.text(&self.email), reader.text(&self.phone));
        if email.is_empty() && phone.is_empty() {
            return Ok(None);
        }
        let customer = reader.required(&self.customer, "customer's number")?;
        let mut id = reader.text(&self.id);
        if id.is_empty() {
            id = match self.place {
                Some(place) => format!("{customer}/{place}"),
                None => format!("{customer}/{}", if email.is_empty() { &phone } else { &email }),
            };
        }
        Ok(Some(erp::Contact {
            key: key(reader, id, &self.version)?,
            customer,
            name: reader.text(&self.name),
            email,
            phone,
            role: reader.text(&self.role),
            attributes: self.attributes.record(reader),
        }))
    }
}

/// The `consent` section of a file.
#[derive(Debug)]
pub(crate) struct Consent {
    pub(crate) when: When,
    customer: Field,
    contact: Field,
    channel: Field,
    granted: Field,
    at: Field,
    evidence: Field,
}

impl Consent {
    const KEYS: [&str; 7] = ["when", "customer", "contact", "channel", "granted", "at", "evidence"];

    pub(crate) fn read(
        node: &Node<'_>,
        scope: &Scope<'_>,
        columns: &mut Columns<'_>,
    ) -> Result<Self, Failure> {
        node.object(&Self::KEYS)?;
        let customer = scope.field(node, "customer", "customer", columns)?;
        let mut field = |key| Field::of(node, key, columns);
        let consent = Self {
            customer,
            contact: field("contact")?,
            channel: field("channel")?,
            granted: field("granted")?,
            at: field("at")?,
            evidence: field("evidence")?,
            when: When::of(node, "when", columns)?,
        };
        let needed = [&consent.customer, &consent.channel, &consent.granted, &consent.at];
        if needed.iter().any(|field| !field.is_mapped()) {
            return Err(node.fail("`customer`, `channel`, `granted` and `at` are needed"));
        }
        Ok(consent)
    }

    pub(crate) fn record(&self, reader: &Reader<'_>) -> Result<erp::Consent, Problem> {
        let at = reader.moment(&self.at)?.ok_or_else(|| reader.blank(&self.at, "day of the consent"))?;
        if self.granted.value(&reader.row).is_empty() {
            return Err(reader.blank(&self.granted, "answer (granted or not)"));
        }
        Ok(erp::Consent {
            customer: reader.required(&self.customer, "customer's number")?,
            contact: reader.text(&self.contact),
            channel: reader.required(&self.channel, "channel")?,
            granted: reader.flag(&self.granted)?,
            at: values::Instant { seconds: at.seconds_utc(), nanoseconds: 0 },
            evidence: reader.text(&self.evidence),
        })
    }
}
