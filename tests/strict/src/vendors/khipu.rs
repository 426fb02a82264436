//! Khipu, API of instant payments 3.0: payments, refunds, notifications. It knows no idempotency keys.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::sign::hmac_sha256;
use crate::spec::Spec;
use crate::vendors::{Call, Hook, Vendor};
use crate::wire::{Reply, Request};

/// Khipu's state.
pub struct Khipu {
    spec: &'static Spec,
    key: String,
    secret: String,
    made: u32,
    payments: Vec<Value>,
    /// Payment and amount of each refund.
    refunds: Vec<(String, String)>,
    notices: Vec<Value>,
}

impl Khipu {
    /// From the vendor's file beside the repository; `None` when it is not there.
    pub fn load(key: &str, secret: &str) -> Option<Self> {
        static SPEC: OnceLock<Option<Spec>> = OnceLock::new();
        let spec = SPEC.get_or_init(|| Spec::load("khipu.yaml")).as_ref()?;
        let (key, secret) = (key.into(), secret.into());
        Some(Self { spec, key, secret, made: 0, payments: vec![], refunds: vec![], notices: vec![] })
    }

    /// Somebody pays, and the money arrives.
    ///
    /// # Panics
    /// When there is no such payment to pay.
    pub fn pay(&mut self, id: &str) {
        let payment = self.find(id).expect("something to pay");
        assert!(payment["status"] == "pending", "the payment is over");
        payment["status"] = json!("done");
        payment["status_detail"] = json!("normal");
        payment["conciliation_date"] = json!("2026-11-22T15:00:00.000Z");
        payment["bank"] = json!("Banco de Chile (Edwards Citi)");
        let payment = payment.clone();
        let kept = [
            "payment_id",
            "receiver_id",
            "subject",
            "currency",
            "transaction_id",
            "custom",
            "bank",
            "payment_method",
            "conciliation_date",
            "out_of_date_conciliation",
        ];
        let mut notice: serde_json::Map<String, Value> =
            kept.iter().map(|name| ((*name).to_owned(), payment[*name].clone())).collect();
        notice.insert("amount".into(), json!(format!("{}.0000", payment["amount"])));
        self.notices.push(notice.into());
    }

    /// The payer starts to pay, and the bank has not yet said whether it will.
    pub fn begin(&mut self, id: &str) {
        if let Some(payment) = self.find(id) {
            payment["status"] = json!("verifying");
        }
    }

    /// The payer says that nothing will be paid.
    pub fn reject(&mut self, id: &str) {
        if let Some(payment) = self.find(id) {
            payment["status_detail"] = json!("rejected-by-payer");
        }
    }

    /// How many payments arrived.
    pub fn charged(&self) -> usize {
        self.payments.iter().filter(|payment| payment["status"] == "done").count()
    }

    /// Payment and amount of each refund.
    pub fn refunds(&self) -> &[(String, String)] {
        &self.refunds
    }

    /// Every payment made.
    pub fn payments(&self) -> &[Value] {
        &self.payments
    }

    fn find(&mut self, id: &str) -> Option<&mut Value> {
        self.payments.iter_mut().find(|payment| payment["payment_id"] == id)
    }

    fn new_payment(&mut self, body: &Value) -> Reply {
        self.made += 1;
        let id = format!("khipu{:07}", self.made);
        let page = format!("https://khipu.example/payment/info/{id}");
        let text = |name: &str| body[name].as_str().unwrap_or_default();
        let made = json!({
            "payment_id": id, "payment_url": page, "simplified_transfer_url": page, "transfer_url": page,
            "app_url": format!("khipu:///pos/{id}"), "ready_for_terminal": false,
        });
        let mut payment = json!({
            "notification_token": "0", "receiver_id": 985_101, "conciliation_date": "2026-11-22T15:00:00.000Z",
            "subject": text("subject"), "amount": body["amount"], "currency": text("currency"),
            "status": "pending", "status_detail": "pending", "body": text("body"), "picture_url": "",
            "receipt_url": "", "return_url": text("return_url"), "cancel_url": text("cancel_url"),
            "notify_url": text("notify_url"), "notify_api_version": "3.0", "attachment_urls": [],
            "expires_date": body["expires_date"].as_str().unwrap_or("2026-12-22T15:00:00-03:00"), "bank": "",
            "bank_id": "", "payer_name": "", "payer_email": "a@b.example", "personal_identifier": "",
            "bank_account_number": "", "out_of_date_conciliation": false, "custom": text("custom"),
            "transaction_id": text("transaction_id"), "responsible_user_email": "c@d.example",
            "send_reminders": false, "send_email": false, "payment_method": "simplified_transfer",
            "funds_source": "",
        });
        if let (Value::Object(payment), Value::Object(made)) = (&mut payment, &made) {
            payment.extend(made.clone());
        }
        self.payments.push(payment);
        Reply::ok(made)
    }

    fn new_refund(&mut self, id: &str, body: &Value) -> Reply {
        let given = self.refunds.iter().any(|(payment, _)| payment == id);
        let Some(payment) = self.find(id) else { return self.refusal(404, "id", "no such payment") };
        let whole = payment["amount"].to_string();
        let amount = body.get("amount").map_or(whole.clone(), Value::to_string);
        if payment["status"] != "done" || payment["status_detail"] == "reversed" || (given && amount == whole)
        {
            return self.refusal(400, "status", "nothing is left to give back");
        }
        if amount == whole {
            payment["status_detail"] = json!("reversed");
        }
        self.refunds.push((id.to_owned(), amount));
        Reply::ok(json!({"message": "Reembolso realizado"}))
    }

    fn delete(&mut self, id: &str) -> Reply {
        let Some(payment) = self.find(id) else { return self.refusal(404, "id", "no such payment") };
        if payment["status"] != "pending" {
            return self.refusal(400, "status", "only what is pending can be deleted");
        }
        self.payments.retain(|payment| payment["payment_id"] != id);
        Reply::ok(json!({"message": "Pago borrado"}))
    }
}

impl Vendor for Khipu {
    fn spec(&self) -> &Spec {
        self.spec
    }

    fn authorised(&self, request: &Request) -> bool {
        request.header("x-api-key") == Some(&self.key)
    }

    fn refusal(&self, status: u16, code: &str, message: &str) -> Reply {
        let errors = json!([{"field": code, "message": message}]);
        Reply::status(status, json!({"status": status, "message": message, "errors": errors}))
    }

    fn key_header(&self) -> Option<&'static str> {
        None
    }

    fn key_conflict(&self) -> Reply {
        self.refusal(409, "key", "khipu knows no keys")
    }

    fn at(&mut self, _: i64) {}

    fn serve(&mut self, call: &Call<'_>) -> Reply {
        let id = call.ids.first().map_or("", String::as_str);
        match call.operation {
            "POST /v3/payments" => self.new_payment(call.body),
            "POST /v3/payments/{id}/refunds" => self.new_refund(id, call.body),
            "DELETE /v3/payments/{id}" => self.delete(id),
            "GET /v3/payments/{id}" => match self.find(id) {
                Some(payment) => Reply::ok(payment.clone()),
                None => self.refusal(404, "id", "no such payment"),
            },
            other => self.refusal(501, "operation", &format!("this server does not play {other}")),
        }
    }

    fn hooks(&mut self, now: i64) -> Vec<Hook> {
        let secret = self.secret.clone();
        let hook = |notice: Value| {
            let body = notice.to_string().into_bytes();
            let time = format!("{now}000");
            let mac = hmac_sha256(secret.as_bytes(), &[time.as_bytes(), b".", &body].concat());
            let headers = vec![
                ("content-type".to_owned(), "application/json".to_owned()),
                ("x-khipu-signature".to_owned(), format!("t={time},s={}", STANDARD.encode(mac))),
            ];
            Hook { query: String::new(), headers, body }
        };
        self.notices.drain(..).map(hook).collect()
    }
}
