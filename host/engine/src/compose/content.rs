//! What a message says, before it is written: the facts a permit is bound to.
//!
//! Rendering is a function of these facts and the templates, so binding a permit to their digest binds it to the text,
//! and a million permits cost no million renderings.

use recaudo_store::action::Action;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::Templates;

/// An item as a message lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ContentItem {
    /// The ledger's number of it.
    pub item_id: i64,
    /// Due date.
    pub due_on: i32,
    /// Open amount.
    pub open_minor: i64,
    /// Shown apart, not counted.
    pub disputed: bool,
}

/// The facts of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Content<'a> {
    customer_id: i64,
    creditor_id: i64,
    contact_id: i64,
    contact_version: i64,
    business_on: i32,
    channel: &'a str,
    template: &'a str,
    language: &'a str,
    purpose: &'a str,
    currency: [u8; 3],
    items: &'a [ContentItem],
    templates_sha256: [u8; 32],
}

impl<'a> Content<'a> {
    /// Of an action to a version of its contact, about items.
    pub fn of(
        action: &'a Action,
        contact_version: i64,
        items: &'a [ContentItem],
        templates: &Templates,
    ) -> Self {
        Self {
            customer_id: action.customer_id,
            creditor_id: action.creditor_id,
            contact_id: action.contact_id,
            contact_version,
            business_on: action.business_on.0,
            channel: &action.channel,
            template: &action.template,
            language: &action.language,
            purpose: &action.purpose,
            currency: action.currency.0,
            items,
            templates_sha256: templates.sha256(),
        }
    }

    /// Its digest.
    pub fn sha256(&self) -> [u8; 32] {
        let bytes = postcard::to_stdvec(self).expect("plain values always encode");
        Sha256::digest(bytes).into()
    }
}
