//! Ways to pay that take days: the payer gets a voucher at a shop or a code at a bank, and the money comes later or
//! never.

use serde_json::{Value, json};

use super::Stripe;

impl Stripe {
    /// Somebody asks for an OXXO voucher at a link or a session; answers the payment intent's id.
    ///
    /// # Panics
    /// When the link does not offer it, or is over.
    pub fn ask_for_voucher(&mut self, id: &str) -> String {
        let payable = self.get(id).expect("something to pay").clone();
        let offers = payable["payment_method_types"].as_array();
        assert!(offers.is_some_and(|types| types.iter().any(|one| one == "oxxo")), "it offers no vouchers");
        let session = match payable["object"].as_str() {
            Some("checkout.session") => id.to_owned(),
            _ => self.session_of(&payable, None),
        };
        let held = self.get(&session).expect("made above").clone();
        let voucher = json!({"expires_after": self.now + 259_200, "number": "93000262280678",
            "hosted_voucher_url": "https://payments.stripe.example/oxxo/voucher/1"});
        let own = if payable["object"] == "payment_link" { json!({}) } else { held["metadata"].clone() };
        let fields = json!({"amount": held["amount_total"], "amount_received": 0, "currency": held["currency"],
            "status": "requires_action", "metadata": own, "last_payment_error": null, "canceled_at": null,
            "next_action": {"type": "oxxo_display_details", "oxxo_display_details": voucher}});
        let intent = self.make("payment_intent", "pi", fields);
        let begun = json!({"payment_intent": intent, "payment_status": "unpaid", "status": "complete"});
        self.set(&session, begun);
        self.tell("checkout.session.completed", &session);
        intent
    }

    /// The money of a voucher comes.
    ///
    /// # Panics
    /// When there is no such voucher.
    pub fn cash(&mut self, intent: &str) {
        let session = self.session_with(intent);
        let amount = self.get(intent).expect("an intent")["amount"].clone();
        self.set(intent, json!({"status": "succeeded", "amount_received": amount, "next_action": null}));
        self.charge(intent);
        self.set(&session, json!({"payment_status": "paid"}));
        self.tell("checkout.session.async_payment_succeeded", &session);
    }

    /// The voucher's days pass without it.
    ///
    /// # Panics
    /// When there is no such voucher.
    pub fn lapse(&mut self, intent: &str) {
        let session = self.session_with(intent);
        self.set(intent, json!({"status": "requires_payment_method", "next_action": null}));
        self.tell("checkout.session.async_payment_failed", &session);
    }

    fn session_with(&self, intent: &str) -> String {
        let own =
            |object: &&Value| object["object"] == "checkout.session" && object["payment_intent"] == intent;
        let session = self.objects.iter().find(own).expect("the voucher's session");
        session["id"].as_str().unwrap_or_default().to_owned()
    }
}
