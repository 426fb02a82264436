//! What Conekta answers, as far as it is read.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(crate) struct List<T> {
    #[serde(default = "Vec::new")]
    pub(crate) data: Vec<T>,
    pub(crate) has_more: bool,
    pub(crate) next_page_url: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Order {
    pub(crate) id: String,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) created_at: i64,
    pub(crate) updated_at: Option<i64>,
    pub(crate) payment_status: Option<String>,
    #[serde(default)]
    pub(crate) metadata: BTreeMap<String, serde_json::Value>,
    pub(crate) checkout: Option<Checkout>,
    pub(crate) charges: Option<List<Charge>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Checkout {
    pub(crate) url: Option<String>,
    pub(crate) status: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Charge {
    pub(crate) id: String,
    pub(crate) order_id: String,
    pub(crate) created_at: i64,
    pub(crate) amount: Option<i64>,
    pub(crate) currency: String,
    pub(crate) paid_at: Option<i64>,
    pub(crate) failure_code: Option<String>,
    pub(crate) payment_method: Option<Method>,
    pub(crate) refunds: Option<List<Refund>>,
    pub(crate) chargeback: Option<Chargeback>,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct Method {
    #[serde(default)]
    pub(crate) object: String,
    pub(crate) clabe: Option<String>,
    pub(crate) bank: Option<String>,
    pub(crate) reference: Option<String>,
    pub(crate) barcode_url: Option<String>,
    pub(crate) last4: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Refund {
    pub(crate) id: String,
    pub(crate) amount: i64,
    pub(crate) created_at: i64,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Chargeback {
    pub(crate) status: Option<String>,
    pub(crate) reason: Option<String>,
}

/// A movement of the balance.
#[derive(Debug, Deserialize)]
pub(crate) struct Moved {
    pub(crate) id: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) amount: i64,
    pub(crate) fee: i64,
    pub(crate) currency: String,
    pub(crate) created_at: i64,
    pub(crate) charge: String,
    pub(crate) status: String,
}

/// `{"object": "error", "type": ..., "details": [{"code": ..., "param": ...}]}`.
#[derive(Debug, Deserialize)]
pub struct Refused {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) details: Vec<Detail>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Detail {
    pub(crate) code: Option<String>,
    pub(crate) param: Option<String>,
}

/// A webhook's kind, before its object is read.
#[derive(Debug, Deserialize)]
pub(crate) struct EventKind {
    pub(crate) id: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
}
