//! Conekta, API 2.3: orders, charges, refunds, transactions, webhooks. It knows no idempotency keys.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::sign::rsa_sha256;
use crate::spec::Spec;
use crate::vendors::{Call, Hook, Vendor};
use crate::wire::{Reply, Request};

/// What Conekta keeps, in thousandths.
const FEE_PER_MILLE: i64 = 36;

/// Conekta's state.
pub struct Conekta {
    spec: &'static Spec,
    key: String,
    now: i64,
    made: u32,
    orders: Vec<Value>,
    moves: Vec<Value>,
    events: Vec<Value>,
    /// Orders the search does not find yet.
    hidden: bool,
}

impl Conekta {
    /// From the vendor's file beside the repository; `None` when it is not there. Webhooks are signed with the
    /// test key (see [`crate::verifies_rsa`]).
    pub fn load(key: &str) -> Option<Self> {
        static SPEC: OnceLock<Option<Spec>> = OnceLock::new();
        let spec = SPEC.get_or_init(|| Spec::load("conekta.yaml")).as_ref()?;
        Some(Self {
            spec,
            key: key.into(),
            now: 0,
            made: 0,
            orders: vec![],
            moves: vec![],
            events: vec![],
            hidden: false,
        })
    }

    /// Somebody pays an order.
    ///
    /// # Panics
    /// When there is no such order to pay.
    pub fn pay(&mut self, id: &str) {
        let order = self.find(id).expect("an order");
        assert!(order["payment_status"] != "paid", "the order is paid already");
        if order["charges"]["data"].as_array().is_none_or(Vec::is_empty) {
            let method = json!({"object": "card_payment", "type": "credit", "last4": "4242", "name": "P"});
            let charge = self.charge(id, &method);
            let order = self.find(id).expect("still there");
            order["charges"] = list(&[charge]);
        }
        self.settle(id);
        self.tell("order.paid", id);
    }

    /// The payer's bank takes the payment back.
    pub fn charge_back(&mut self, id: &str) {
        let now = self.now;
        if let Some(order) = self.find(id) {
            order["payment_status"] = json!("charged_back");
            order["charges"]["data"][0]["chargeback"] = json!({"id": format!("cb_{id}"), "status": "lost",
                "reason": "fraudulent", "object": "chargeback", "created_at": now});
            let (charge, amount) = (order["charges"]["data"][0]["id"].clone(), order["amount"].as_i64());
            self.moved("chargeback", &charge, -amount.unwrap_or(0), 0);
            let charge = self.find(id).map(|order| order["charges"]["data"][0].clone());
            self.event("charge.chargeback.lost", &charge.unwrap_or_default());
        }
    }

    /// From now on the search finds nothing, as when its index lags.
    pub fn hide_from_search(&mut self, hidden: bool) {
        self.hidden = hidden;
    }

    /// How many orders were paid.
    pub fn charged(&self) -> usize {
        self.orders.iter().filter(|order| order["charges"]["data"][0]["status"] == "paid").count()
    }

    /// Every order.
    pub fn orders(&self) -> &[Value] {
        &self.orders
    }

    fn find(&mut self, id: &str) -> Option<&mut Value> {
        self.orders.iter_mut().find(|order| order["id"] == id)
    }

    fn id(&mut self, prefix: &str) -> String {
        self.made += 1;
        format!("{prefix}_{:06}", self.made)
    }

    fn charge(&mut self, order: &str, method: &Value) -> Value {
        let id = self.id("chg");
        let now = self.now;
        let held = self.find(order).cloned().unwrap_or_default();
        json!({"id": id, "order_id": order, "object": "charge", "livemode": false, "created_at": now,
            "currency": held["currency"], "amount": held["amount"], "status": "pending_payment",
            "payment_method": method, "refunds": list(&[])})
    }

    fn settle(&mut self, id: &str) {
        let now = self.now;
        let Some(order) = self.find(id) else { return };
        order["payment_status"] = json!("paid");
        order["updated_at"] = json!(now);
        order["charges"]["data"][0]["status"] = json!("paid");
        order["charges"]["data"][0]["paid_at"] = json!(now);
        let (charge, amount) =
            (order["charges"]["data"][0]["id"].clone(), order["amount"].as_i64().unwrap_or(0));
        self.moved("capture", &charge, amount, amount * FEE_PER_MILLE / 1000);
    }

    fn moved(&mut self, kind: &str, charge: &Value, amount: i64, fee: i64) {
        let id = self.id("txn");
        let now = self.now;
        self.moves.push(json!({"id": id, "type": kind, "amount": amount, "fee": fee, "net": amount - fee,
            "charge": charge, "currency": "MXN", "created_at": now, "livemode": false, "object": "transaction",
            "status": "available"}));
    }

    fn tell(&mut self, kind: &str, id: &str) {
        let order = self.find(id).cloned().unwrap_or_default();
        self.event(kind, &order);
    }

    fn event(&mut self, kind: &str, object: &Value) {
        let id = self.id("evt");
        let now = self.now;
        self.events.push(json!({"id": id, "type": kind, "object": "event", "created_at": now,
            "livemode": false, "data": {"object": object, "previous_attributes": {}}}));
    }

    fn new_order(&mut self, body: &Value) -> Reply {
        let id = self.id("ord");
        let lines = body["line_items"].as_array().cloned().unwrap_or_default();
        let amount: i64 = lines
            .iter()
            .filter_map(|line| Some(line["unit_price"].as_i64()? * line["quantity"].as_i64()?))
            .sum();
        let now = self.now;
        let mut order = json!({"id": id, "object": "order", "livemode": false, "amount": amount,
            "currency": body["currency"], "created_at": now, "updated_at": now, "amount_refunded": 0,
            "metadata": body.get("metadata").cloned().unwrap_or_else(|| json!({})), "charges": list(&[])});
        if let Some(page) = body.get("checkout") {
            let name = format!("chk_{id}");
            order["checkout"] = json!({"id": name, "livemode": false, "name": "ord", "object": "checkout",
                "type": "HostedPayment", "status": "Issued", "url": format!("https://pay.conekta.example/{name}"),
                "expires_at": page.get("expires_at").cloned().unwrap_or_else(|| json!(now + 86_400)),
                "allowed_payment_methods": page["allowed_payment_methods"]});
        }
        self.orders.push(order);
        let asked = body["charges"][0]["payment_method"].clone();
        let refusal = asked["payment_source_id"].as_str().filter(|source| source.ends_with("declined"));
        if refusal.is_some() {
            self.orders.pop();
            return self.refusal(402, "conekta.errors.processing.bank.insufficient_funds", "declined");
        }
        if asked.is_object() {
            self.first_charge(&id, &asked);
        }
        let order = self.find(&id).cloned();
        Reply::ok(order.unwrap_or_default())
    }

    fn first_charge(&mut self, id: &str, asked: &Value) {
        let ends = asked.get("expires_at").cloned().unwrap_or_else(|| json!(self.now + 86_400));
        let method = match asked["type"].as_str() {
            Some("spei") => json!({"object": "bank_transfer_payment", "type": "spei", "bank": "STP",
                "clabe": "646180111812345678", "expires_at": ends, "payment_attempts": []}),
            Some("cash") => json!({"object": "cash_payment", "type": "cash", "reference": "93000262280678",
                "barcode_url": "https://barcodes.example/93000262280678.png", "expires_at": ends}),
            _ => json!({"object": "card_payment", "type": "credit", "last4": "4242", "name": "P"}),
        };
        let charge = self.charge(id, &method);
        let card = charge["payment_method"]["object"] == "card_payment";
        if let Some(order) = self.find(id) {
            order["charges"] = list(&[charge]);
            order["payment_status"] = json!("pending_payment");
        }
        if card {
            self.settle(id);
            self.tell("order.paid", id);
        }
    }

    fn new_refund(&mut self, id: &str, body: &Value) -> Reply {
        let now = self.now;
        let refund = self.id("ref");
        let Some(order) = self.find(id) else { return self.refusal(404, "not_found", "no such order") };
        let amount = body["amount"].as_i64().unwrap_or(0);
        let (paid, given) =
            (order["amount"].as_i64().unwrap_or(0), order["amount_refunded"].as_i64().unwrap_or(0));
        let open = matches!(order["payment_status"].as_str(), Some("paid" | "partially_refunded"));
        if !open || amount <= 0 || given + amount > paid {
            return self.refusal(422, "conekta.errors.refund.amount_exceeded", "more than is left");
        }
        let whole = given + amount == paid;
        order["amount_refunded"] = json!(given + amount);
        order["payment_status"] = json!(if whole { "refunded" } else { "partially_refunded" });
        let refund = json!({"id": refund, "amount": -amount, "created_at": now, "object": "refund",
            "status": "refunded"});
        if let Some(refunds) = order["charges"]["data"][0]["refunds"]["data"].as_array_mut() {
            refunds.push(refund);
        }
        let (order, charge) = (order.clone(), order["charges"]["data"][0]["id"].clone());
        self.moved("refund", &charge, -amount, 0);
        self.event("order.refunded", &order);
        Reply::ok(order)
    }

    fn end(&mut self, id: &str) -> Reply {
        let Some(order) = self.find(id) else { return self.refusal(404, "not_found", "no such order") };
        if order["payment_status"] == "paid" {
            return self.refusal(428, "conekta.errors.order.already_paid", "the order is paid");
        }
        order["payment_status"] = json!("canceled");
        if order["checkout"].is_object() {
            order["checkout"]["status"] = json!("Cancelled");
        }
        Reply::ok(order.clone())
    }

    /// Newest first; the next page is named by where it begins.
    fn page(call: &Call<'_>, all: &[&Value]) -> Reply {
        let number = |name: &str| match &call.query[name] {
            Value::String(text) => text.parse().ok(),
            other => other.as_u64(),
        };
        let from = number("next").and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
        let limit = number("limit").and_then(|n| usize::try_from(n).ok()).unwrap_or(20);
        let data: Vec<&&Value> = all.iter().skip(from).take(limit).collect();
        let more = all.len() > from + limit;
        let path = call.operation.trim_start_matches("GET ");
        let mut page = json!({"object": "list", "has_more": more, "data": data});
        if more {
            page["next_page_url"] =
                json!(format!("https://api.conekta.io{path}?limit={limit}&next={}", from + limit));
        }
        Reply::ok(page)
    }

    fn search(&self, call: &Call<'_>) -> Reply {
        let wanted = call.query["search"].as_str().unwrap_or_default();
        let fits = |order: &&Value| !self.hidden && order.to_string().contains(wanted);
        Self::page(call, &self.orders.iter().rev().filter(fits).collect::<Vec<_>>())
    }

    fn charges(&self, call: &Call<'_>) -> Reply {
        let wanted = call.query["search"].as_str().unwrap_or_default();
        let all = self.orders.iter().filter_map(|order| order["charges"]["data"].as_array()).flatten();
        Self::page(call, &all.filter(|charge| charge["id"] == wanted).collect::<Vec<_>>())
    }
}

fn list(data: &[Value]) -> Value {
    json!({"object": "list", "has_more": false, "data": data})
}

impl Vendor for Conekta {
    fn spec(&self) -> &Spec {
        self.spec
    }

    fn authorised(&self, request: &Request) -> bool {
        let version = request.header("accept").unwrap_or_default();
        request.header("authorization") == Some(&format!("Bearer {}", self.key))
            && version.starts_with("application/vnd.conekta-v2.")
    }

    fn refusal(&self, status: u16, code: &str, message: &str) -> Reply {
        let kind = if status == 404 { "resource_not_found_error" } else { "processing_error" };
        let details = json!([{"code": code, "message": message, "debug_message": message}]);
        Reply::status(status, json!({"object": "error", "type": kind, "log_id": "1", "details": details}))
    }

    fn key_header(&self) -> Option<&'static str> {
        None
    }

    fn key_conflict(&self) -> Reply {
        self.refusal(409, "key", "conekta knows no keys")
    }

    fn at(&mut self, now: i64) {
        self.now = now;
    }

    fn serve(&mut self, call: &Call<'_>) -> Reply {
        let id = call.ids.first().map_or("", String::as_str);
        match call.operation {
            "POST /orders" => self.new_order(call.body),
            "POST /orders/{id}/refunds" => self.new_refund(id, call.body),
            "POST /orders/{id}/cancel" => self.end(id),
            "GET /orders" => self.search(call),
            "GET /charges" => self.charges(call),
            "GET /transactions" => Self::page(call, &self.moves.iter().rev().collect::<Vec<_>>()),
            "GET /orders/{id}" => match self.find(id) {
                Some(order) => Reply::ok(order.clone()),
                None => self.refusal(404, "not_found", "no such order"),
            },
            other => self.refusal(501, "not_played", &format!("this server does not play {other}")),
        }
    }

    fn hooks(&mut self, _: i64) -> Vec<Hook> {
        let hook = |event: Value| {
            let body = event.to_string().into_bytes();
            let headers = vec![
                ("content-type".to_owned(), "application/json".to_owned()),
                ("digest".to_owned(), STANDARD.encode(rsa_sha256(&body))),
            ];
            Hook { query: String::new(), headers, body }
        };
        self.events.drain(..).map(hook).collect()
    }
}
