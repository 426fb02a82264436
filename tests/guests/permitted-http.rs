//! run: install
//! expect: installed
//!
//! Sends by HTTP, recipient and text through slots of the permit; the configuration is the far side's origin and how it
//! tries to get around that.

use recaudo_sdk::http::{Escaping, Request, Slot};
use recaudo_sdk::messaging::{Message, Receipt, Status};
use recaudo_sdk::{Ctx, Stop};

struct Sms;

fn slot(placeholder: &str, field: &str) -> Slot {
    Slot {
        placeholder: placeholder.into(),
        credential: "permit".into(),
        field: field.into(),
        escaping: Escaping::Json,
    }
}

impl recaudo_sdk::Channel for Sms {
    fn send(ctx: &mut Ctx<Self>, _: Message) -> Result<Receipt, Stop> {
        let text = String::from_utf8_lossy(ctx.config()).trim_matches('"').to_owned();
        let (origin, way) = text.split_once('|').unwrap_or((&text, ""));
        let mut slots = vec![slot("%%%TO%%%", "to"), slot("%%TEXT%%", "text")];
        let mut body = r#"{"to": "%%%TO%%%", "text": "%%TEXT%%"}"#;
        match way {
            "own-recipient" => {
                slots.remove(0);
                body = r#"{"to": "+570000", "text": "%%TEXT%%"}"#;
            }
            "own-text" => {
                slots.remove(1);
                body = r#"{"to": "%%%TO%%%", "text": "pay me"}"#;
            }
            _ => {}
        }
        let request = || Request { slots: slots.clone(), ..Request::new("POST", format!("{origin}/sms")) };
        let answer = if way == "as-a-read" {
            let url = format!("{origin}/sms");
            ctx.fetch(Request { slots: slots.clone(), ..Request::get(url) }.body("application/json", body))?
        } else {
            ctx.commit(request().body("application/json", body))?
        };
        if way == "twice" {
            ctx.commit(request().body("application/json", body).header("X-Again", "1"))?;
        }
        let status = if answer.status == 200 { Status::Accepted } else { Status::Failed };
        let provider_id = String::from_utf8_lossy(&answer.body).into_owned();
        Ok(Receipt { status, provider_id, code: String::new(), occurred_at: None, cost: None })
    }
    fn query(_: &mut Ctx<Self>, _: String, _: Option<String>) -> Result<Receipt, Stop> {
        let code = "cannot-tell".into();
        Ok(Receipt {
            status: Status::Unknown,
            provider_id: String::new(),
            code,
            occurred_at: None,
            cost: None,
        })
    }
}

recaudo_sdk::export!(Sms: Channel);
