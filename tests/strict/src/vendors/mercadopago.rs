//! Mercado Pago: preferences, payments, refunds, webhooks. It publishes no schema; ours is written from its
//! public documentation.

use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::sign::hmac_sha256;
use crate::spec::Spec;
use crate::vendors::{Call, Hook, Vendor};
use crate::wire::{Reply, Request};

/// Mercado Pago's state.
pub struct MercadoPago {
    spec: &'static Spec,
    key: String,
    secret: String,
    now: i64,
    made: u64,
    preferences: Vec<Value>,
    payments: Vec<Value>,
    /// Payment and what its notification's address carries.
    notices: Vec<(u64, String)>,
    hidden: bool,
}

impl MercadoPago {
    /// Always there: the schema is ours.
    ///
    /// # Panics
    /// When our own schema cannot be read.
    pub fn load(token: &str, secret: &str) -> Self {
        static SPEC: OnceLock<Spec> = OnceLock::new();
        let ours = || {
            Spec::new(serde_json::from_str(include_str!("../../schemas/mercadopago.json")).expect("our own"))
        };
        Self {
            spec: SPEC.get_or_init(ours),
            key: token.into(),
            secret: secret.into(),
            now: 0,
            made: 1_000_000,
            preferences: vec![],
            payments: vec![],
            notices: vec![],
            hidden: false,
        }
    }

    /// Somebody pays a preference's page or a waiting payment; answers the payment's number.
    ///
    /// # Panics
    /// When there is nothing of that id to pay.
    pub fn pay(&mut self, id: &str) -> u64 {
        let number = match self.preferences.iter().find(|made| made["id"] == id).cloned() {
            Some(made) => self.new_payment_of(&made),
            None => id.parse().expect("a preference or a payment"),
        };
        let now = self.moment();
        let payment = self.find(number).expect("something to pay");
        assert!(payment["status"] == "pending", "the payment is over");
        let fee = whole(&payment["transaction_amount"]).unwrap_or(0) * 4 / 100;
        payment["status"] = json!("approved");
        payment["status_detail"] = json!("accredited");
        payment["date_approved"] = json!(now);
        payment["money_release_date"] = json!(now);
        payment["fee_details"] = json!([
            {"type": "mercadopago_fee", "amount": fee, "fee_payer": "collector"},
            {"type": "financing_fee", "amount": 3, "fee_payer": "payer"},
        ]);
        self.changed(number);
        number
    }

    /// A card is refused on a preference's page; answers the payment's number.
    ///
    /// # Panics
    /// When there is no such preference.
    pub fn fail(&mut self, id: &str, detail: &str) -> u64 {
        let made = self.preferences.iter().find(|made| made["id"] == id).cloned().expect("a preference");
        let number = self.new_payment_of(&made);
        if let Some(payment) = self.find(number) {
            payment["status"] = json!("rejected");
            payment["status_detail"] = json!(detail);
        }
        self.changed(number);
        number
    }

    /// The payer's bank takes the payment back.
    pub fn charge_back(&mut self, number: u64) {
        if let Some(payment) = self.find(number) {
            payment["status"] = json!("charged_back");
        }
        self.changed(number);
    }

    /// From now on searches find nothing, as when their index lags.
    pub fn hide_from_search(&mut self, hidden: bool) {
        self.hidden = hidden;
    }

    /// How many payments went through.
    pub fn charged(&self) -> usize {
        self.payments.iter().filter(|payment| payment["date_approved"].is_string()).count()
    }

    /// Every payment.
    pub fn payments(&self) -> &[Value] {
        &self.payments
    }

    /// Every page.
    pub fn preferences(&self) -> &[Value] {
        &self.preferences
    }

    fn find(&mut self, number: u64) -> Option<&mut Value> {
        self.payments.iter_mut().find(|payment| payment["id"] == number)
    }

    fn number(&mut self) -> u64 {
        self.made += 1;
        self.made
    }

    fn moment(&self) -> String {
        written(self.now)
    }

    fn changed(&mut self, number: u64) {
        let now = self.moment();
        let Some(payment) = self.find(number) else { return };
        payment["date_last_updated"] = json!(now);
        let url = payment["notification_url"].as_str().unwrap_or_default();
        let query = url.split_once('?').map_or(String::new(), |(_, query)| query.to_owned());
        self.notices.push((number, query));
    }

    fn new_payment_of(&mut self, made: &Value) -> u64 {
        let item = &made["items"][0];
        let fields = json!({"transaction_amount": item["unit_price"], "external_reference": made["external_reference"],
            "notification_url": made["notification_url"], "payment_method_id": "visa"});
        self.payment(&fields, item["currency_id"].as_str().unwrap_or("MXN"))
    }

    fn payment(&mut self, body: &Value, currency: &str) -> u64 {
        let number = self.number();
        let now = self.moment();
        let mut payment = json!({"id": number, "status": "pending", "status_detail": "pending_waiting_payment",
            "transaction_amount": body["transaction_amount"], "transaction_amount_refunded": 0,
            "currency_id": currency, "date_created": now, "date_last_updated": now, "date_approved": null,
            "money_release_date": null, "external_reference": body["external_reference"],
            "payment_method_id": body["payment_method_id"], "fee_details": [], "refunds": []});
        if let Some(url) = body.get("notification_url") {
            payment["notification_url"] = url.clone();
        }
        match body["payment_method_id"].as_str() {
            Some("pix") => {
                payment["status_detail"] = json!("pending_waiting_transfer");
                payment["point_of_interaction"] = json!({"type": "PIX", "transaction_data": {
                    "qr_code": "00020126580014br.gov.bcb.pix", "qr_code_base64": "aVZCT1J3",
                    "ticket_url": "https://www.mercadopago.example/ticket/1"}});
            }
            Some("oxxo") => {
                payment["transaction_details"] = json!({"payment_method_reference_id": "2334000000000001",
                    "external_resource_url": "https://www.mercadopago.example/oxxo/1"});
                payment["barcode"] = json!({"content": "23340000000000011125"});
            }
            _ => {}
        }
        self.payments.push(payment);
        number
    }

    fn new_payment(&mut self, body: &Value) -> Reply {
        let currency = if body["payment_method_id"] == "pix" { "BRL" } else { "MXN" };
        let number = self.payment(body, currency);
        Reply::status(201, self.find(number).cloned().unwrap_or_default())
    }

    fn new_preference(&mut self, body: &Value) -> Reply {
        let id = format!("202809963-{:08x}-4ebb-40be-966f-700250fa5370", self.number());
        let now = self.moment();
        let mut made = body.clone();
        made["id"] = json!(id);
        made["init_point"] = json!(format!("https://www.mercadopago.example/checkout?pref_id={id}"));
        made["date_created"] = json!(now);
        self.preferences.push(made.clone());
        Reply::status(201, made)
    }

    fn new_refund(&mut self, number: u64, body: &Value) -> Reply {
        let (id, now) = (self.number(), self.moment());
        let Some(payment) = self.find(number) else { return self.refusal(404, "2000", "no such payment") };
        let (paid, given) = (
            whole(&payment["transaction_amount"]).unwrap_or(0),
            whole(&payment["transaction_amount_refunded"]).unwrap_or(0),
        );
        let amount = whole(&body["amount"]).unwrap_or(paid - given);
        if payment["status"] != "approved" {
            return self.refusal(400, "2063", "the action is not valid for the payment's state");
        }
        if given + amount > paid {
            return self.refusal(400, "2018", "more than is left of the payment");
        }
        let refund = json!({"id": id, "payment_id": number, "amount": amount, "status": "approved",
            "date_created": now});
        payment["transaction_amount_refunded"] = json!(given + amount);
        if given + amount == paid {
            payment["status"] = json!("refunded");
        }
        if let Some(refunds) = payment["refunds"].as_array_mut() {
            refunds.push(refund.clone());
        }
        self.changed(number);
        Reply::status(201, refund)
    }

    fn cancel(&mut self, number: u64) -> Reply {
        let Some(payment) = self.find(number) else { return self.refusal(404, "2000", "no such payment") };
        if payment["status"] != "pending" {
            return self.refusal(400, "2063", "the action is not valid for the payment's state");
        }
        payment["status"] = json!("cancelled");
        payment["status_detail"] = json!("by_collector");
        self.changed(number);
        Reply::ok(self.find(number).cloned().unwrap_or_default())
    }

    fn change(&mut self, id: &str, body: &Value) -> Reply {
        let Some(made) = self.preferences.iter_mut().find(|made| made["id"] == id) else {
            return self.refusal(404, "2000", "no such preference");
        };
        if let (Some(made), Some(body)) = (made.as_object_mut(), body.as_object()) {
            made.extend(body.clone());
        }
        Reply::ok(made.clone())
    }

    fn search(&self, call: &Call<'_>) -> Reply {
        let wanted = |name: &str| call.query[name].as_str();
        let moment = |payment: &Value| payment["date_last_updated"].as_str().unwrap_or_default().to_owned();
        let fits = |payment: &&Value| {
            !self.hidden
                && wanted("external_reference").is_none_or(|own| payment["external_reference"] == own)
                && wanted("begin_date").is_none_or(|from| moment(payment).as_str() >= from)
                && wanted("end_date").is_none_or(|to| moment(payment).as_str() <= to)
        };
        let mut all: Vec<&Value> = self.payments.iter().filter(fits).collect();
        all.sort_by_key(|payment| moment(payment));
        if wanted("criteria") == Some("desc") {
            all.reverse();
        }
        let number = |name: &str| call.query[name].as_u64().and_then(|n| usize::try_from(n).ok());
        let (limit, offset) = (number("limit").unwrap_or(30), number("offset").unwrap_or(0));
        let results: Vec<&&Value> = all.iter().skip(offset).take(limit).collect();
        let paging = json!({"total": all.len(), "limit": limit, "offset": offset});
        Reply::ok(json!({"results": results, "paging": paging}))
    }

    fn search_preferences(&self, call: &Call<'_>) -> Reply {
        let wanted = call.query["external_reference"].as_str();
        let fits = |made: &&Value| !self.hidden && made["external_reference"].as_str() == wanted;
        let found = self.preferences.iter().filter(fits);
        let found: Vec<Value> = found
            .map(|made| json!({"id": made["id"], "external_reference": made["external_reference"]}))
            .collect();
        Reply::ok(json!({"total": found.len(), "next_offset": found.len(), "elements": found}))
    }
}

/// Tests give back whole units; `300.00` is one as well.
fn whole(amount: &Value) -> Option<i64> {
    amount.to_string().split('.').next()?.parse().ok()
}

/// Days to dates as the Gregorian calendar has it; tests move within a few years.
fn written(seconds: i64) -> String {
    let (mut day, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let leap = |year: i64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let mut year = 1970;
    while day >= 365 + i64::from(leap(year)) {
        day -= 365 + i64::from(leap(year));
        year += 1;
    }
    let mut month = 1;
    for days in [31, 28 + i64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if day < days {
            break;
        }
        day -= days;
        month += 1;
    }
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}.000Z", day + 1)
}

impl Vendor for MercadoPago {
    fn spec(&self) -> &Spec {
        self.spec
    }

    fn authorised(&self, request: &Request) -> bool {
        request.header("authorization") == Some(&format!("Bearer {}", self.key))
    }

    fn refusal(&self, status: u16, code: &str, message: &str) -> Reply {
        let cause = json!([{"code": code, "description": message}]);
        Reply::status(
            status,
            json!({"message": message, "error": "bad_request", "status": status, "cause": cause}),
        )
    }

    fn key_header(&self) -> Option<&'static str> {
        Some("x-idempotency-key")
    }

    fn key_conflict(&self) -> Reply {
        self.refusal(409, "4292", "the key was used with another request")
    }

    fn at(&mut self, now: i64) {
        self.now = now;
    }

    fn serve(&mut self, call: &Call<'_>) -> Reply {
        let id = call.ids.first().map_or("", String::as_str);
        let number = id.parse().unwrap_or(0);
        match call.operation {
            "POST /checkout/preferences" => self.new_preference(call.body),
            "POST /v1/payments" => self.new_payment(call.body),
            "POST /v1/payments/{id}/refunds" => self.new_refund(number, call.body),
            "PUT /v1/payments/{id}" => self.cancel(number),
            "PUT /checkout/preferences/{id}" => self.change(id, call.body),
            "GET /v1/payments/search" => self.search(call),
            "GET /checkout/preferences/search" => self.search_preferences(call),
            "GET /v1/payments/{id}" => match self.find(number) {
                Some(payment) => Reply::ok(payment.clone()),
                None => self.refusal(404, "2000", "no such payment"),
            },
            "GET /checkout/preferences/{id}" => match self.preferences.iter().find(|made| made["id"] == id) {
                Some(made) => Reply::ok(made.clone()),
                None => self.refusal(404, "2000", "no such preference"),
            },
            other => self.refusal(501, "0", &format!("this server does not play {other}")),
        }
    }

    fn hooks(&mut self, now: i64) -> Vec<Hook> {
        let secret = self.secret.clone();
        let hook = |(n, (number, query)): (usize, (u64, String))| {
            let own = format!("data.id={number}&type=payment");
            let query = if query.is_empty() { own } else { format!("{query}&{own}") };
            let (request, time) = (format!("req-{n}"), format!("{now}000"));
            let signed = format!("id:{number};request-id:{request};ts:{time};");
            let mac = hex::encode(hmac_sha256(secret.as_bytes(), signed.as_bytes()));
            let body = json!({"id": 90_000_000 + number * 10 + n as u64, "live_mode": false, "type": "payment",
                "action": "payment.updated", "api_version": "v1", "data": {"id": number.to_string()}});
            let headers = vec![
                ("content-type".to_owned(), "application/json".to_owned()),
                ("x-request-id".to_owned(), request),
                ("x-signature".to_owned(), format!("ts={time},v1={mac}")),
            ];
            Hook { query, headers, body: body.to_string().into_bytes() }
        };
        self.notices.drain(..).enumerate().map(hook).collect()
    }
}
