//! What Khipu answers and is asked, as far as it matters.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

#[derive(Debug, Serialize)]
pub(crate) struct NewPayment<'a> {
    pub(crate) amount: Box<RawValue>,
    pub(crate) currency: &'a str,
    pub(crate) subject: String,
    pub(crate) transaction_id: &'a str,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) custom: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) return_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) notify_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) notify_api_version: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expires_date: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct NewRefund {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) amount: Option<Box<RawValue>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Made {
    pub(crate) payment_id: String,
    pub(crate) payment_url: String,
    pub(crate) transfer_url: Option<String>,
}

/// To a deletion, a refund: words for a person.
#[derive(Debug, Deserialize)]
pub(crate) struct Success {
    #[serde(rename = "message")]
    pub(crate) _message: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Payment {
    pub(crate) payment_id: String,
    pub(crate) payment_url: Option<String>,
    pub(crate) amount: Box<RawValue>,
    pub(crate) currency: String,
    pub(crate) status: String,
    pub(crate) status_detail: String,
    pub(crate) transaction_id: Option<String>,
    pub(crate) conciliation_date: Option<String>,
    pub(crate) expires_date: Option<String>,
    pub(crate) payment_method: Option<String>,
    pub(crate) bank: Option<String>,
}

/// A notification of version 3.0: the payment, once it arrived.
#[derive(Debug, Deserialize)]
pub(crate) struct Notice {
    pub(crate) payment_id: String,
    pub(crate) amount: Box<RawValue>,
    pub(crate) currency: String,
    pub(crate) transaction_id: Option<String>,
    pub(crate) conciliation_date: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) status_detail: Option<String>,
    pub(crate) payment_method: Option<String>,
    pub(crate) bank: Option<String>,
}

/// `{"status": 400, "message": ..., "errors": [{"field": ..., "message": ...}]}`.
#[derive(Debug, Deserialize)]
pub struct Refused {
    #[serde(rename = "message")]
    _message: String,
    #[serde(default)]
    errors: Vec<Wrong>,
}

#[derive(Debug, Deserialize)]
struct Wrong {
    field: String,
}

impl Refused {
    /// The fields' names; their messages may quote what was sent.
    pub(crate) fn fields(self) -> Vec<(String, String)> {
        let named = |wrong: Wrong| ("provider-field".to_owned(), wrong.field.chars().take(64).collect());
        self.errors.into_iter().map(named).collect()
    }
}
