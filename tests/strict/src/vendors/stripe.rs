//! Stripe: payment links, checkout sessions, saved cards, refunds, disputes, payouts.

mod voucher;

use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::sign::hmac_sha256;
use crate::spec::{Spec, shared};
use crate::vendors::{Call, Hook, Vendor};
use crate::wire::{Reply, Request};

/// 2.9 % and 30 minor units, as the price list has it.
const FEE_PER_MILLE: i64 = 29;
const FEE_FIXED: i64 = 30;

/// Stripe's state.
pub struct Stripe {
    spec: &'static Spec,
    fixtures: Value,
    key: String,
    secret: String,
    now: i64,
    made: u32,
    /// Everything made, by kind, in order.
    objects: Vec<Value>,
    events: Vec<Value>,
}

impl Stripe {
    /// From the vendor's files beside the repository; `None` when they are not there.
    ///
    /// # Panics
    /// When they cannot be read.
    pub fn load(key: &str, webhook_secret: &str) -> Option<Self> {
        static SPEC: OnceLock<Option<Spec>> = OnceLock::new();
        let spec = SPEC.get_or_init(|| {
            let balance = serde_json::from_str(include_str!("../../schemas/stripe-balance.json"));
            Some(Spec::load("stripe_ar.json")?.with(Spec::new(balance.expect("our own schema"))))
        });
        let spec = spec.as_ref()?;
        let fixtures = std::fs::read_to_string(shared("specs/stripe_fixtures3.json")?).expect("a file");
        let mut fixtures: Value = serde_json::from_str(&fixtures).expect("JSON");
        Some(Self {
            spec,
            fixtures: fixtures["resources"].take(),
            key: key.into(),
            secret: webhook_secret.into(),
            now: 0,
            made: 0,
            objects: vec![],
            events: vec![],
        })
    }

    /// Somebody pays a link or a session, the whole or, where that is allowed, a part; answers the payment
    /// intent's id.
    ///
    /// # Panics
    /// When there is nothing of that id to pay.
    pub fn pay(&mut self, id: &str, part: Option<i64>) -> String {
        let payable = self.get(id).expect("something to pay").clone();
        let session = match payable["object"].as_str() {
            Some("checkout.session") => id.to_owned(),
            _ => self.session_of(&payable, part),
        };
        let (amount, currency, metadata) = {
            let session = self.get(&session).expect("made above");
            assert!(session["status"] == "open", "the session is over");
            (
                session["amount_total"].as_i64().unwrap_or(0),
                session["currency"].clone(),
                session["metadata"].clone(),
            )
        };
        let own = if payable["object"] == "payment_link" { json!({}) } else { metadata };
        let intent = self.make(
            "payment_intent",
            "pi",
            json!({"amount": amount, "amount_received": amount,
            "currency": currency, "status": "succeeded", "metadata": own, "next_action": null,
            "last_payment_error": null, "canceled_at": null}),
        );
        self.charge(&intent);
        self.set(&session, json!({"payment_intent": intent, "payment_status": "paid", "status": "complete"}));
        self.tell("checkout.session.completed", &session);
        intent
    }

    /// The payer's bank takes the payment back; answers the dispute's id.
    pub fn dispute(&mut self, intent: &str) -> String {
        let charge = self.charge_of(intent);
        let fields = json!({"amount": charge["amount"], "currency": charge["currency"], "charge": charge["id"],
            "payment_intent": intent, "reason": "fraudulent", "status": "needs_response"});
        let dispute = self.make("dispute", "dp", fields);
        let amount = charge["amount"].as_i64().unwrap_or(0);
        let moved = self.moved("adjustment", &dispute, -amount, 1500);
        self.set(&dispute, json!({"balance_transactions": [moved]}));
        self.tell("charge.dispute.funds_withdrawn", &dispute);
        dispute
    }

    /// The dispute is won, and the money comes back.
    pub fn win(&mut self, dispute: &str) {
        let held = self.get(dispute).expect("a dispute").clone();
        let moved = self.moved("adjustment", dispute, held["amount"].as_i64().unwrap_or(0), 0);
        let mut moves = held["balance_transactions"].as_array().cloned().unwrap_or_default();
        moves.push(moved);
        self.set(dispute, json!({"status": "won", "balance_transactions": moves}));
        self.tell("charge.dispute.funds_reinstated", dispute);
    }

    /// Everything not yet paid out goes to the bank; answers the payout's id.
    pub fn pay_out(&mut self) -> String {
        let open = |object: &Value| object["object"] == "balance_transaction" && object["payout"].is_null();
        let net: i64 = self.objects.iter().filter(|o| open(o)).filter_map(|o| o["net"].as_i64()).sum();
        let currency = self.objects.iter().find(|o| open(o)).map_or(json!("usd"), |o| o["currency"].clone());
        let fields = json!({"amount": net, "currency": currency, "status": "paid"});
        let payout = self.make("payout", "po", fields);
        for object in self.objects.iter_mut().filter(|object| open(object)) {
            object["payout"] = json!(payout);
        }
        let moved = self.moved("payout", &payout, -net, 0);
        let id = moved["id"].as_str().unwrap_or_default().to_owned();
        self.set(&id, json!({"payout": payout}));
        self.tell("payout.paid", &payout);
        payout
    }

    /// How many payments succeeded.
    pub fn charged(&self) -> usize {
        let done = |object: &&Value| object["object"] == "payment_intent" && object["status"] == "succeeded";
        self.objects.iter().filter(done).count()
    }

    /// How many objects of a kind there are, such as `refund`.
    pub fn count(&self, kind: &str) -> usize {
        self.objects.iter().filter(|object| object["object"] == kind).count()
    }

    /// The id of the payment link at an address.
    pub fn link_at(&self, url: &str) -> Option<String> {
        let found = self.objects.iter().find(|o| o["object"] == "payment_link" && o["url"] == url)?;
        found["id"].as_str().map(str::to_owned)
    }

    /// The object of that id.
    pub fn get(&self, id: &str) -> Option<&Value> {
        self.objects.iter().find(|object| object["id"] == id)
    }

    /// From the vendor's fixture, as far as its schema knows the fields, with `fields` over it.
    fn make(&mut self, kind: &str, prefix: &str, fields: Value) -> String {
        self.made += 1;
        let id = format!("{prefix}_{}", self.made);
        let mut object = self.fixtures[kind].clone();
        object["id"] = json!(id);
        object["object"] = json!(kind);
        if object.get("created").is_some() {
            object["created"] = json!(self.now);
        }
        // Nobody here passes money on; the fixture's example does, to an account of a later version.
        if object.get("transfer_data").is_some() {
            object["transfer_data"] = Value::Null;
        }
        merge(&mut object, fields);
        self.objects.push(object);
        id
    }

    fn set(&mut self, id: &str, fields: Value) {
        if let Some(object) = self.objects.iter_mut().find(|object| object["id"] == id) {
            merge(object, fields);
        }
    }

    fn charge_of(&self, intent: &str) -> Value {
        let of = |object: &&Value| object["object"] == "charge" && object["payment_intent"] == intent;
        self.objects.iter().find(of).cloned().unwrap_or_default()
    }

    /// The charge of an intent that succeeded, its movement, and what is told of both.
    fn charge(&mut self, intent: &str) {
        let held = self.get(intent).expect("an intent").clone();
        let amount = held["amount"].as_i64().unwrap_or(0);
        let fields = json!({"amount": amount, "currency": held["currency"], "payment_intent": intent,
            "metadata": held["metadata"], "status": "succeeded", "paid": true});
        let charge = self.make("charge", "ch", fields);
        self.set(intent, json!({"latest_charge": charge}));
        self.moved("charge", &charge, amount, amount * FEE_PER_MILLE / 1000 + FEE_FIXED);
        self.tell("payment_intent.succeeded", intent);
    }

    fn moved(&mut self, kind: &str, source: &str, amount: i64, fee: i64) -> Value {
        let currency = self.get(source).map_or(json!("usd"), |object| object["currency"].clone());
        let details = match fee {
            0 => json!([]),
            _ => json!([{"amount": fee, "currency": currency, "type": "stripe_fee", "description": "fees"}]),
        };
        let id = self.make(
            "balance_transaction",
            "txn",
            json!({"amount": amount, "fee": fee, "net": amount - fee, "fee_details": details, "type": kind,
                "currency": currency, "source": source, "available_on": self.now + 2 * 86_400,
                "reporting_category": kind}),
        );
        self.get(&id).cloned().unwrap_or_default()
    }

    fn tell(&mut self, kind: &str, id: &str) {
        let object = self.get(id).cloned().unwrap_or_default();
        let number = self.events.len() + 1;
        self.events.push(
            json!({"id": format!("evt_{}_{number}", self.made), "object": "event", "type": kind,
            "created": self.now, "livemode": false, "pending_webhooks": 1, "api_version": "2023-10-16",
            "request": {"id": null, "idempotency_key": null}, "data": {"object": object}}),
        );
    }

    fn price(&self, item: &Value) -> Option<(i64, Value, bool)> {
        let free = |price: &Value| price["custom_unit_amount"].is_object();
        if let Some(data) = item.get("price_data") {
            return Some((data["unit_amount"].as_i64()?, data["currency"].clone(), false));
        }
        let price = self.get(item["price"].as_str()?)?;
        let amount =
            price["unit_amount"].as_i64().or_else(|| price["custom_unit_amount"]["preset"].as_i64())?;
        Some((amount, price["currency"].clone(), free(price)))
    }

    /// The session a payer opens at a link.
    fn session_of(&mut self, link: &Value, part: Option<i64>) -> String {
        assert!(link["active"] == true, "the link is withdrawn");
        let (amount, currency, free) = self.price(&link["line_items"][0]).expect("the link's price");
        assert!(part.is_none() || free, "the link takes the whole amount only");
        let fields = json!({"amount_total": part.unwrap_or(amount), "amount_subtotal": part.unwrap_or(amount),
            "currency": currency, "metadata": link["metadata"], "payment_link": link["id"], "mode": "payment",
            "payment_intent": null, "status": "open"});
        self.make("checkout.session", "cs", fields)
    }

    fn new_price(&mut self, body: &Value) -> Reply {
        let key = &body["lookup_key"];
        if key.is_string() && self.objects.iter().any(|object| object["lookup_key"] == *key) {
            return self.refusal(400, "resource_already_exists", "another price has this lookup key");
        }
        let custom = match &body["custom_unit_amount"] {
            Value::Object(custom) => {
                json!({"maximum": custom.get("maximum"), "minimum": custom.get("minimum"),
                "preset": custom.get("preset")})
            }
            _ => Value::Null,
        };
        let unit = body["unit_amount"].as_i64();
        let fields = json!({"currency": body["currency"], "unit_amount": unit, "custom_unit_amount": custom,
            "unit_amount_decimal": unit.map(|unit| unit.to_string()), "lookup_key": key, "recurring": null,
            "type": "one_time", "metadata": or_empty(&body["metadata"]), "transform_quantity": null});
        let id = self.make("price", "price", fields);
        self.answer(&id)
    }

    fn new_link(&mut self, body: &Value) -> Reply {
        let Some((_, currency, _)) = self.price(&body["line_items"][0]) else {
            return self.refusal(400, "resource_missing", "no such price");
        };
        let after = match &body["after_completion"] {
            Value::Object(after) => json!(after),
            _ => json!({"type": "hosted_confirmation", "hosted_confirmation": {"custom_message": null}}),
        };
        let url = format!("https://buy.stripe.example/{}", self.made + 1);
        let fields = json!({"active": true, "currency": currency, "metadata": or_empty(&body["metadata"]),
            "url": url, "line_items": body["line_items"], "after_completion": after,
            "payment_method_types": body["payment_method_types"]});
        let id = self.make("payment_link", "plink", fields);
        self.answer(&id)
    }

    fn new_session(&mut self, body: &Value) -> Reply {
        let Some((amount, currency, _)) = self.price(&body["line_items"][0]) else {
            return self.refusal(400, "parameter_missing", "line_items: a session for a payment has them");
        };
        let expires = body["expires_at"].as_i64().unwrap_or(self.now + 86_400);
        if !(self.now + 1_800..=self.now + 86_400).contains(&expires) {
            return self.refusal(
                400,
                "invalid_request",
                "expires_at is between 30 minutes and 24 hours away",
            );
        }
        let url = format!("https://checkout.stripe.example/{}", self.made + 1);
        let fields = json!({"amount_total": amount, "amount_subtotal": amount, "currency": currency, "url": url,
            "metadata": or_empty(&body["metadata"]), "client_reference_id": body["client_reference_id"],
            "expires_at": expires, "payment_intent": null, "success_url": body["success_url"], "status": "open"});
        let id = self.make("checkout.session", "cs", fields);
        self.answer(&id)
    }

    /// Cards of the vendor's own test list decide by their names.
    fn new_intent(&mut self, body: &Value) -> Reply {
        let card = body["payment_method"].as_str().unwrap_or_default();
        let decline = match card {
            name if name.ends_with("InsufficientFunds") => Some(("card_declined", "insufficient_funds")),
            name if name.ends_with("ExpiredCard") => Some(("expired_card", "expired_card")),
            name if name.ends_with("authenticationRequired") => {
                Some(("authentication_required", "authentication_required"))
            }
            _ => None,
        };
        let status = match decline {
            Some(_) => "requires_payment_method",
            None if card.ends_with("Processing") => "processing",
            None if body["confirm"] == true => "succeeded",
            None => "requires_confirmation",
        };
        let fields = json!({"amount": body["amount"], "currency": body["currency"], "status": status,
            "customer": body["customer"], "metadata": or_empty(&body["metadata"]), "next_action": null,
            "last_payment_error": null, "canceled_at": null, "payment_method": card});
        let id = self.make("payment_intent", "pi", fields);
        if let Some((code, decline_code)) = decline {
            let intent = self.get(&id).cloned();
            let error = json!({"type": "card_error", "code": code, "decline_code": decline_code,
                "message": "Your card was declined.", "payment_intent": intent});
            return Reply::status(402, json!({"error": error}));
        }
        if status == "succeeded" {
            self.charge(&id);
        }
        self.answer(&id)
    }

    fn new_refund(&mut self, body: &Value) -> Reply {
        let intent = body["payment_intent"].as_str().unwrap_or_default().to_owned();
        let charge = self.charge_of(&intent);
        let Some(whole) = charge["amount"].as_i64() else {
            return self.refusal(404, "resource_missing", "no such payment intent");
        };
        let given: i64 = self
            .objects
            .iter()
            .filter(|o| o["object"] == "refund" && o["payment_intent"] == intent)
            .filter_map(|o| o["amount"].as_i64())
            .sum();
        let amount = body["amount"].as_i64().unwrap_or(whole - given);
        if whole == given {
            return self.refusal(400, "charge_already_refunded", "the charge has already been refunded");
        }
        if amount > whole - given {
            return self.refusal(400, "amount_too_large", "more than is left of the charge");
        }
        let fields = json!({"amount": amount, "currency": charge["currency"], "payment_intent": intent,
            "charge": charge["id"], "metadata": or_empty(&body["metadata"]), "status": "succeeded"});
        let id = self.make("refund", "re", fields);
        self.moved("refund", &id, -amount, 0);
        self.tell("refund.created", &id);
        self.answer(&id)
    }

    fn change_link(&mut self, id: &str, body: &Value) -> Reply {
        if self.get(id).is_none() {
            return self.refusal(404, "resource_missing", "no such payment link");
        }
        if let Some(active) = body["active"].as_bool() {
            self.set(id, json!({"active": active}));
        }
        self.answer(id)
    }

    fn end(&mut self, id: &str, only: &str, fields: Value) -> Reply {
        let Some(held) = self.get(id) else {
            return self.refusal(404, "resource_missing", "no such object");
        };
        if held["status"] != only {
            return self.refusal(400, "unexpected_state", "it is over already");
        }
        self.set(id, fields);
        self.answer(id)
    }

    fn answer(&self, id: &str) -> Reply {
        match self.get(id) {
            Some(object) => Reply::ok(shown(object)),
            None => self.refusal(404, "resource_missing", "no such object"),
        }
    }

    /// Newest first, as the vendor lists.
    fn list(&self, call: &Call<'_>, kind: &str, filters: &[&str]) -> Reply {
        let fits = |object: &&Value| {
            let equal = |name: &&str| call.query.get(name).is_none_or(|wanted| object[name] == *wanted);
            let from = call.query["created"]["gte"].as_i64();
            let keys = call.query["lookup_keys"].as_array();
            object["object"] == kind
                && filters.iter().all(equal)
                && from.is_none_or(|from| object["created"].as_i64().is_some_and(|at| at >= from))
                && keys.is_none_or(|keys| keys.contains(&object["lookup_key"]))
        };
        let all: Vec<&Value> = self.objects.iter().rev().filter(fits).collect();
        let after = call.query["starting_after"].as_str();
        let from = after.and_then(|id| all.iter().position(|o| o["id"] == id)).map_or(0, |at| at + 1);
        let limit = call.query["limit"].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(10);
        let expand = call.query["expand"].to_string().contains("data.source");
        let page = all.iter().skip(from).take(limit).map(|object| {
            let mut object = shown(object);
            let source = object["source"].as_str().and_then(|id| self.get(id));
            if let Some(source) = source.filter(|_| expand) {
                object["source"] = shown(source);
            }
            object
        });
        let path = call.operation.trim_start_matches("GET ");
        Reply::ok(json!({"object": "list", "url": path, "has_more": all.len() > from + limit,
            "data": page.collect::<Vec<_>>()}))
    }
}

fn or_empty(metadata: &Value) -> Value {
    if metadata.is_object() { metadata.clone() } else { json!({}) }
}

/// Without what only this server keeps.
fn shown(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(map) = object.as_object_mut() {
        match map["object"].as_str() {
            Some("payment_link") => map.remove("line_items"),
            Some("balance_transaction") => map.remove("payout"),
            _ => None,
        };
    }
    object
}

fn merge(object: &mut Value, fields: Value) {
    if let (Some(object), Value::Object(fields)) = (object.as_object_mut(), fields) {
        object.extend(fields);
    }
}

impl Vendor for Stripe {
    fn spec(&self) -> &Spec {
        self.spec
    }

    fn authorised(&self, request: &Request) -> bool {
        request.header("authorization") == Some(&format!("Bearer {}", self.key))
    }

    fn refusal(&self, status: u16, code: &str, message: &str) -> Reply {
        let kind = if status >= 500 { "api_error" } else { "invalid_request_error" };
        Reply::status(status, json!({"error": {"type": kind, "code": code, "message": message}}))
    }

    fn key_header(&self) -> Option<&'static str> {
        Some("idempotency-key")
    }

    fn key_conflict(&self) -> Reply {
        let message = "the key was used with other parameters";
        Reply::status(400, json!({"error": {"type": "idempotency_error", "message": message}}))
    }

    fn at(&mut self, now: i64) {
        self.now = now;
    }

    fn serve(&mut self, call: &Call<'_>) -> Reply {
        let id = call.ids.first().map_or("", String::as_str);
        match call.operation {
            "POST /v1/prices" => self.new_price(call.body),
            "POST /v1/payment_links" => self.new_link(call.body),
            "POST /v1/payment_links/{payment_link}" => self.change_link(id, call.body),
            "POST /v1/checkout/sessions" => self.new_session(call.body),
            "POST /v1/checkout/sessions/{session}/expire" => {
                self.end(id, "open", json!({"status": "expired", "url": null}))
            }
            "POST /v1/payment_intents/{intent}/cancel" => self.end(
                id,
                "requires_payment_method",
                json!({"status": "canceled", "canceled_at": self.now}),
            ),
            "POST /v1/payment_intents" => self.new_intent(call.body),
            "POST /v1/refunds" => self.new_refund(call.body),
            "GET /v1/prices" => self.list(call, "price", &[]),
            "GET /v1/payment_links" => self.list(call, "payment_link", &["active"]),
            "GET /v1/checkout/sessions" => {
                self.list(call, "checkout.session", &["payment_intent", "payment_link"])
            }
            "GET /v1/payment_intents" => self.list(call, "payment_intent", &["customer"]),
            "GET /v1/refunds" => self.list(call, "refund", &["payment_intent"]),
            "GET /v1/balance_transactions" => self.list(call, "balance_transaction", &["payout", "source"]),
            operation if operation.starts_with("GET /v1/") && !id.is_empty() => self.answer(id),
            other => self.refusal(501, "not-played", &format!("this server does not play {other}")),
        }
    }

    fn hooks(&mut self, now: i64) -> Vec<Hook> {
        let secret = self.secret.clone();
        let hook = |event: Value| {
            let body = event.to_string().into_bytes();
            let signed = [now.to_string().as_bytes(), b".", &body].concat();
            let mac = hex::encode(hmac_sha256(secret.as_bytes(), &signed));
            let headers = vec![
                ("content-type".to_owned(), "application/json".to_owned()),
                ("stripe-signature".to_owned(), format!("t={now},v1={mac},v0=00")),
            ];
            Hook { query: String::new(), headers, body }
        };
        self.events.drain(..).map(hook).collect()
    }
}
