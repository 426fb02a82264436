//! What Mercado Pago answers, as far as it is read.

use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Debug, Deserialize)]
pub(crate) struct Preference {
    pub(crate) id: String,
    pub(crate) init_point: Option<String>,
    pub(crate) external_reference: Option<String>,
    #[serde(default)]
    pub(crate) expires: bool,
    pub(crate) expiration_date_to: Option<String>,
}

/// A search's answer spells less of each preference.
#[derive(Debug, Deserialize)]
pub(crate) struct Preferences {
    pub(crate) elements: Vec<Found>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Found {
    pub(crate) id: String,
    pub(crate) external_reference: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Payments {
    pub(crate) results: Vec<Payment>,
    pub(crate) paging: Paging,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Paging {
    pub(crate) total: u64,
    pub(crate) offset: u64,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Payment {
    pub(crate) id: u64,
    pub(crate) status: String,
    pub(crate) status_detail: Option<String>,
    pub(crate) transaction_amount: Box<RawValue>,
    pub(crate) currency_id: String,
    pub(crate) date_created: String,
    pub(crate) date_approved: Option<String>,
    pub(crate) date_last_updated: Option<String>,
    pub(crate) money_release_date: Option<String>,
    pub(crate) external_reference: Option<String>,
    pub(crate) payment_method_id: Option<String>,
    #[serde(default)]
    pub(crate) fee_details: Vec<Fee>,
    #[serde(default)]
    pub(crate) refunds: Vec<Refund>,
    pub(crate) transaction_details: Option<Details>,
    pub(crate) point_of_interaction: Option<Interaction>,
    pub(crate) barcode: Option<Barcode>,
    pub(crate) card: Option<Card>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Fee {
    pub(crate) amount: Box<RawValue>,
    pub(crate) fee_payer: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Refund {
    pub(crate) id: u64,
    pub(crate) amount: Box<RawValue>,
    pub(crate) status: Option<String>,
    pub(crate) date_created: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Details {
    pub(crate) external_resource_url: Option<String>,
    pub(crate) payment_method_reference_id: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Interaction {
    pub(crate) transaction_data: Option<InteractionData>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct InteractionData {
    pub(crate) qr_code: Option<String>,
    pub(crate) qr_code_base64: Option<String>,
    pub(crate) ticket_url: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Barcode {
    pub(crate) content: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Card {
    pub(crate) last_four_digits: Option<String>,
}

/// `{"message": ..., "error": ..., "status": 400, "cause": [{"code": 2034, ...}]}`.
#[derive(Debug, Deserialize)]
pub struct Refused {
    #[serde(rename = "message")]
    _message: String,
    pub(crate) error: Option<String>,
    #[serde(default)]
    pub(crate) cause: Vec<Cause>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Cause {
    pub(crate) code: Option<serde_json::Value>,
}

/// A webhook: what changed, not how.
#[derive(Debug, Deserialize)]
pub(crate) struct Notice {
    pub(crate) id: serde_json::Value,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) data: NoticeData,
}

#[derive(Debug, Deserialize)]
pub(crate) struct NoticeData {
    pub(crate) id: serde_json::Value,
}
