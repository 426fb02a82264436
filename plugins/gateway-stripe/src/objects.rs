//! What Stripe answers, as far as it is read. A field that is missing although it is needed makes the answer
//! unreadable, which is said, never guessed.

use std::collections::BTreeMap;

use serde::Deserialize;

pub(crate) type Metadata = BTreeMap<String, String>;

#[derive(Debug, Deserialize)]
pub(crate) struct List<T> {
    pub(crate) data: Vec<T>,
    pub(crate) has_more: bool,
}

/// An object of which only the identity matters.
#[derive(Debug, Deserialize)]
pub(crate) struct Named {
    pub(crate) id: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct PaymentLink {
    pub(crate) id: String,
    pub(crate) url: String,
    pub(crate) active: bool,
    #[serde(default)]
    pub(crate) metadata: Metadata,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) url: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) payment_status: String,
    pub(crate) payment_intent: Option<String>,
    pub(crate) payment_link: Option<String>,
    pub(crate) amount_total: Option<i64>,
    pub(crate) currency: Option<String>,
    pub(crate) metadata: Option<Metadata>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct PaymentIntent {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) status: String,
    pub(crate) amount: i64,
    pub(crate) amount_received: Option<i64>,
    pub(crate) currency: String,
    #[serde(default)]
    pub(crate) metadata: Metadata,
    pub(crate) next_action: Option<NextAction>,
    pub(crate) last_payment_error: Option<PaymentError>,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct NextAction {
    pub(crate) redirect_to_url: Option<Redirect>,
    pub(crate) oxxo_display_details: Option<Voucher>,
    pub(crate) boleto_display_details: Option<Voucher>,
    pub(crate) pix_display_qr_code: Option<Pix>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Redirect {
    pub(crate) url: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Voucher {
    pub(crate) number: Option<String>,
    pub(crate) hosted_voucher_url: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Pix {
    pub(crate) data: Option<String>,
    pub(crate) image_url_png: Option<String>,
    pub(crate) hosted_instructions_url: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct PaymentError {
    #[serde(default, rename = "type")]
    pub(crate) kind: String,
    pub(crate) code: Option<String>,
    pub(crate) decline_code: Option<String>,
    pub(crate) param: Option<String>,
    /// A declined charge brings its intent along.
    pub(crate) payment_intent: Option<Named>,
}

/// `{"error": ...}`.
#[derive(Debug, Deserialize)]
pub struct Refused {
    pub(crate) error: PaymentError,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Refund {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) status: Option<String>,
    pub(crate) payment_intent: Option<String>,
    pub(crate) charge: Option<String>,
    pub(crate) failure_reason: Option<String>,
    pub(crate) metadata: Option<Metadata>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Dispute {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) status: String,
    pub(crate) reason: Option<String>,
    pub(crate) payment_intent: Option<String>,
    pub(crate) charge: Option<String>,
    #[serde(default)]
    pub(crate) balance_transactions: Vec<Moved>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Payout {
    pub(crate) id: String,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) status: String,
    pub(crate) failure_code: Option<String>,
    pub(crate) created: i64,
}

/// A movement of the balance.
#[derive(Debug, Deserialize)]
pub(crate) struct Moved {
    pub(crate) id: String,
    pub(crate) amount: i64,
    pub(crate) fee: i64,
    pub(crate) currency: String,
    pub(crate) created: i64,
    pub(crate) available_on: i64,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) source: Option<Source>,
}

/// What moved it: an id, or the object when it was asked for.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Source {
    Id(String),
    Object(Box<SourceObject>),
}

#[derive(Debug, Deserialize)]
pub(crate) struct SourceObject {
    pub(crate) id: String,
    pub(crate) object: String,
    /// Of what the payer paid; the movement's own is the balance's.
    pub(crate) amount: Option<i64>,
    pub(crate) currency: Option<String>,
    pub(crate) payment_intent: Option<String>,
    pub(crate) charge: Option<String>,
    pub(crate) metadata: Option<Metadata>,
    pub(crate) status: Option<String>,
}

/// A webhook's kind, before its object is read.
#[derive(Debug, Deserialize)]
pub(crate) struct EventKind {
    pub(crate) id: String,
    pub(crate) object: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
}
