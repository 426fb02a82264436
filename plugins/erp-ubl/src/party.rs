//! The customer of a document, and whom to reach there.

use recaudo_sdk::erp::{Contact, Customer, Key};
use recaudo_sdk::xml::Node;

use crate::config::Identity;
use crate::value::Problem;

const CUSTOMER: &str = "AccountingCustomerParty";

/// Who owes.
pub(crate) fn customer(
    root: &Node,
    identity: &[Identity],
    key: &dyn Fn(&str) -> Key,
) -> Result<Customer, Problem> {
    let role = root.child(CUSTOMER).ok_or_else(|| Problem::missing(CUSTOMER))?;
    let party = role.child("Party").unwrap_or(role);
    let name = name(party);
    let found = identity.iter().find_map(|identity| match identity {
        Identity::Tax => party.text_at(&["PartyTaxScheme", "CompanyID"]),
        Identity::Legal => party.text_at(&["PartyLegalEntity", "CompanyID"]),
        Identity::Party => party.text_at(&["PartyIdentification", "ID"]),
        Identity::Account => role
            .text_at(&["SupplierAssignedAccountID"])
            .or_else(|| role.text_at(&["CustomerAssignedAccountID"])),
        Identity::Endpoint => party.text_at(&["EndpointID"]),
        Identity::Name => (!name.is_empty()).then_some(name.as_str()),
    });
    let Some(id) = found else {
        let field = format!("{CUSTOMER}/Party");
        let message = "the customer has neither of the ids that `customer_id` names; add one to it, or have the \
            document issued again with one";
        return Err(Problem::new(&field, &name, "missing-field", message));
    };
    let legal = party.child("PartyLegalEntity").is_some() || party.child("PartyTaxScheme").is_some();
    let tax_id = party
        .text_at(&["PartyTaxScheme", "CompanyID"])
        .or_else(|| party.text_at(&["PartyLegalEntity", "CompanyID"]));
    let mut attributes = vec![];
    if let Some(account) = role.text_at(&["SupplierAssignedAccountID"]) {
        attributes.push(("account".to_owned(), account.to_owned()));
    }
    Ok(Customer {
        key: key(id),
        name: if name.is_empty() { id.to_owned() } else { name.clone() },
        kind: if legal { "business" } else { "" }.to_owned(),
        parent: None,
        tax_id: tax_id.map(str::to_owned),
        country: country(party),
        locale: String::new(),
        time_zone: String::new(),
        attributes,
    })
}

fn name(party: &Node) -> String {
    let told = party
        .text_at(&["PartyName", "Name"])
        .or_else(|| party.text_at(&["PartyLegalEntity", "RegistrationName"]))
        .or_else(|| party.text_at(&["PartyTaxScheme", "RegistrationName"]));
    told.map_or_else(|| person(party), str::to_owned)
}

fn person(party: &Node) -> String {
    let Some(person) = party.child("Person") else { return String::new() };
    let parts = ["FirstName", "MiddleName", "FamilyName"].iter().filter_map(|part| person.text_at(&[part]));
    parts.collect::<Vec<_>>().join(" ")
}

/// Two letters, or nothing.
fn country(party: &Node) -> String {
    let places: [&[&str]; 2] = [
        &["PostalAddress", "Country", "IdentificationCode"],
        &["PartyLegalEntity", "RegistrationAddress", "Country", "IdentificationCode"],
    ];
    let code = places.iter().find_map(|place| party.text_at(place)).unwrap_or_default().to_uppercase();
    if code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase()) { code } else { String::new() }
}

/// The person or desk named for the invoice, when there is an address to write to or call.
pub(crate) fn contact(root: &Node, customer: &Customer, key: &dyn Fn(&str) -> Key) -> Option<Contact> {
    let role = root.child(CUSTOMER)?;
    let places: [&[&str]; 3] =
        [&["AccountingContact"], &["Party", "Contact"], &["Party", "Person", "Contact"]];
    places.iter().filter_map(|place| role.at(place)).find_map(|contact| {
        let text = |name: &str| contact.text_at(&[name]).unwrap_or_default().to_owned();
        let (email, phone) = (text("ElectronicMail"), text("Telephone"));
        let address = if email.is_empty() { &phone } else { &email };
        if address.is_empty() {
            return None;
        }
        let name = text("Name");
        Some(Contact {
            key: key(&format!("{}:{address}", customer.key.id)),
            customer: customer.key.id.clone(),
            name: if name.is_empty() { customer.name.clone() } else { name },
            email,
            phone,
            role: "billing".to_owned(),
            attributes: vec![],
        })
    })
}
