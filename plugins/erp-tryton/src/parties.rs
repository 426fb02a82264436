//! Parties become customers, their addresses and contact mechanisms become contacts.

use std::collections::{BTreeMap, BTreeSet};

use recaudo_sdk::{Ctx, Stop, erp, http};
use serde::{Deserialize, Deserializer};
use serde_json::json;

use crate::ErpTryton;
use crate::config::{Config, CustomerId};
use crate::rpc::{self, Call};
use crate::sweep::{by_ids, rows};
use crate::wire::Stamp;

/// Booleans are 0 and 1 on some databases.
fn flag<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Flag(bool),
        Number(i64),
    }
    Ok(match Option::<Either>::deserialize(from)? {
        Some(Either::Flag(flag)) => flag,
        Some(Either::Number(number)) => number != 0,
        None => false,
    })
}

#[derive(Deserialize)]
struct Coded {
    code: Option<String>,
}

#[derive(Deserialize)]
struct Identifier {
    code: String,
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    create_date: Stamp,
    #[serde(default)]
    write_date: Stamp,
}

const PARTY: &[&str] = &[
    "name",
    "code",
    "lang.code",
    "tax_identifier.code",
    "tax_identifier.type",
    "tax_identifier.create_date",
    "tax_identifier.write_date",
    "active",
    "create_date",
    "write_date",
];

#[derive(Deserialize)]
struct Party {
    id: i64,
    name: Option<String>,
    code: String,
    #[serde(rename = "lang.", default)]
    language: Option<Coded>,
    #[serde(rename = "tax_identifier.", default)]
    identifier: Option<Identifier>,
    #[serde(deserialize_with = "flag")]
    active: bool,
    create_date: Stamp,
    write_date: Stamp,
}

const ADDRESS: &[&str] = &[
    "party",
    "full_address",
    "country.code",
    "subdivision.name",
    "invoice",
    "active",
    "sequence",
    "create_date",
    "write_date",
];

#[derive(Deserialize)]
struct Address {
    id: i64,
    party: i64,
    full_address: Option<String>,
    #[serde(rename = "country.", default)]
    country: Option<Coded>,
    #[serde(rename = "subdivision.", default)]
    subdivision: Option<crate::sweep::Named>,
    #[serde(deserialize_with = "flag")]
    invoice: bool,
    #[serde(deserialize_with = "flag")]
    active: bool,
    sequence: Option<i64>,
    create_date: Stamp,
    write_date: Stamp,
}

const MECHANISM: &[&str] =
    &["party", "type", "value", "value_compact", "name", "invoice", "active", "create_date", "write_date"];

#[derive(Deserialize)]
struct Mechanism {
    id: i64,
    party: i64,
    #[serde(rename = "type")]
    kind: String,
    value: String,
    value_compact: Option<String>,
    name: Option<String>,
    #[serde(deserialize_with = "flag")]
    invoice: bool,
    #[serde(deserialize_with = "flag")]
    active: bool,
    create_date: Stamp,
    write_date: Stamp,
}

/// What Tryton knows of some parties.
#[derive(Default)]
pub(crate) struct People {
    parties: BTreeMap<i64, Party>,
    addresses: Vec<Address>,
    mechanisms: Vec<Mechanism>,
    by_id: bool,
}

/// The calls that bring some parties, to be made side by side with others.
pub(crate) struct Asked {
    calls: [Vec<Call>; 3],
}

impl Asked {
    pub(crate) fn new(config: &Config, ids: &BTreeSet<i64>) -> Self {
        let ids: Vec<i64> = ids.iter().copied().collect();
        let parties = by_ids(config, "party.party", &ids, |ids| json!([["id", "in", ids]]), PARTY);
        let of = |model: &str, fields: &[&str]| {
            by_ids(config, model, &ids, |ids| json!([["party", "in", ids]]), fields)
        };
        let addresses = of("party.address", ADDRESS);
        let mechanisms = if config.contacts { of("party.contact_mechanism", MECHANISM) } else { vec![] };
        Self { calls: [parties, addresses, mechanisms] }
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.concat()
    }

    /// From the answers to [`Asked::calls`].
    pub(crate) fn read(&self, config: &Config, answers: &[http::Response]) -> Result<People, Stop> {
        let [parties, addresses, mechanisms] = &self.calls;
        let (first, rest) = answers.split_at(parties.len().min(answers.len()));
        let (second, third) = rest.split_at(addresses.len().min(rest.len()));
        let people: Vec<Party> = rows(parties, first)?;
        Ok(People {
            parties: people.into_iter().map(|party| (party.id, party)).collect(),
            addresses: rows(addresses, second)?,
            mechanisms: rows(mechanisms, third)?,
            by_id: config.customer_id == CustomerId::Id,
        })
    }
}

/// Parties by themselves.
pub(crate) fn fetch(ctx: &mut Ctx<ErpTryton>, config: &Config, ids: &BTreeSet<i64>) -> Result<People, Stop> {
    let asked = Asked::new(config, ids);
    let answers = rpc::read_all(ctx, config, &asked.calls())?;
    asked.read(config, &answers)
}

impl People {
    /// What the customer is called outside Tryton; `None` for a party that is not among these.
    pub(crate) fn customer_id(&self, party: i64) -> Option<String> {
        let party = self.parties.get(&party)?;
        Some(if self.by_id { party.id.to_string() } else { party.code.clone() })
    }

    /// Adds customers and contacts to a page.
    pub(crate) fn write(&self, batch: &mut erp::Batch) {
        for party in self.parties.values() {
            batch.customers.push(self.customer(party));
        }
        for mechanism in &self.mechanisms {
            self.contact(mechanism, batch);
        }
        for party in self.parties.values() {
            if let Some(address) = self.address(party.id) {
                self.postal(party, address, batch);
            }
        }
    }

    /// The address invoices go to, or else the first.
    fn address(&self, party: i64) -> Option<&Address> {
        let of = self.addresses.iter().filter(|address| address.party == party && address.active);
        of.min_by_key(|address| (!address.invoice, address.sequence.unwrap_or(i64::MAX), address.id))
    }

    fn customer(&self, party: &Party) -> erp::Customer {
        let address = self.address(party.id);
        let identifier = party.identifier.as_ref();
        let of_address = address.and_then(|a| a.country.as_ref()).and_then(|c| c.code.clone());
        // Types of identifiers begin with their country: `co_vat`.
        let of_identifier = || {
            let kind = identifier?.kind.as_deref()?;
            let (country, _) = kind.split_once('_')?;
            (country.len() == 2 && country != "eu").then(|| country.to_ascii_uppercase())
        };
        let mut touched = party.create_date.max(party.write_date);
        for stamp in self.addresses.iter().filter(|a| a.party == party.id) {
            touched = touched.max(stamp.create_date).max(stamp.write_date);
        }
        if let Some(identifier) = identifier {
            touched = touched.max(identifier.create_date).max(identifier.write_date);
        }
        let mut attributes = vec![("code".to_owned(), party.code.clone())];
        if let Some(region) = address.and_then(|a| a.subdivision.as_ref()).and_then(|s| s.name.clone()) {
            attributes.push(("region".into(), region));
        }
        if !party.active {
            attributes.push(("active".into(), "no".into()));
        }
        erp::Customer {
            key: key(self.customer_id(party.id).unwrap_or_default(), touched),
            name: party.name.clone().filter(|n| !n.trim().is_empty()).unwrap_or_else(|| party.code.clone()),
            kind: String::new(),
            parent: None,
            tax_id: identifier.map(|identifier| identifier.code.clone()),
            country: of_address.or_else(of_identifier).unwrap_or_default(),
            locale: language(party.language.as_ref().and_then(|l| l.code.as_deref())),
            time_zone: String::new(),
            attributes,
        }
    }

    fn contact(&self, mechanism: &Mechanism, batch: &mut erp::Batch) {
        let is_phone = matches!(mechanism.kind.as_str(), "phone" | "mobile");
        let Some(party) = self.parties.get(&mechanism.party) else { return };
        if !is_phone && mechanism.kind != "email" {
            return;
        }
        let id = format!("mechanism-{}", mechanism.id);
        if !mechanism.active {
            batch.deletions.push(erp::Deletion { entity: "contact".into(), id });
            return;
        }
        let value = mechanism.value.trim().to_owned();
        let compact = mechanism.value_compact.clone().filter(|text| !text.is_empty());
        let name = mechanism.name.clone().or_else(|| party.name.clone()).unwrap_or_default();
        batch.contacts.push(erp::Contact {
            key: key(id, mechanism.create_date.max(mechanism.write_date)),
            customer: self.customer_id(party.id).unwrap_or_default(),
            name,
            email: if is_phone { String::new() } else { value.clone() },
            phone: if is_phone { compact.unwrap_or(value) } else { String::new() },
            role: if mechanism.invoice { "billing".into() } else { String::new() },
            attributes: if mechanism.kind == "mobile" {
                vec![("mobile".into(), "yes".into())]
            } else {
                vec![]
            },
        });
    }

    fn postal(&self, party: &Party, address: &Address, batch: &mut erp::Batch) {
        let text = address.full_address.clone().unwrap_or_default();
        if text.trim().is_empty() {
            return;
        }
        batch.contacts.push(erp::Contact {
            key: key(format!("address-{}", address.id), address.create_date.max(address.write_date)),
            customer: self.customer_id(party.id).unwrap_or_default(),
            name: party.name.clone().unwrap_or_default(),
            email: String::new(),
            phone: String::new(),
            role: String::new(),
            attributes: vec![("address".into(), text)],
        });
    }
}

fn key(id: String, touched: Stamp) -> erp::Key {
    erp::Key { id, version: touched.version(), row: 0 }
}

/// Tryton's `es_419` as BCP 47's `es-419`.
fn language(code: Option<&str>) -> String {
    code.unwrap_or_default().replace('_', "-")
}

/// Only what says when a row changed.
#[derive(Deserialize)]
pub(crate) struct Touch {
    pub(crate) id: i64,
    create_date: Stamp,
    write_date: Stamp,
}

impl Touch {
    pub(crate) fn at(&self) -> Stamp {
        self.create_date.max(self.write_date)
    }
}
