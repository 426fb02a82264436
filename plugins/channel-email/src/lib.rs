//! Carries permitted messages as e-mail.
//!
//! The host composes MIME and speaks SMTP; this plugin decides what only a sender can: on whose behalf, under
//! which message id, how the recipient can leave the list, and what the server's answer means.
mod config;
mod headers;
mod verdict;

use recaudo_sdk::messaging::{Mail, Message, Receipt, Status};
use recaudo_sdk::{Ctx, Fail, Stop};

use config::Config;

/// The plugin.
pub struct ChannelEmail;

impl recaudo_sdk::Channel for ChannelEmail {
    fn send(ctx: &mut Ctx<Self>, message: Message) -> Result<Receipt, Stop> {
        let config: Config = ctx.config_as()?;
        config.check()?;
        let now = ctx.call().now;
        let id = headers::message_id(&ctx.call().operation.id, config.domain());
        if later(now, message.permit.not_after) {
            return Ok(verdict::refused(Status::NotAttempted, "permit-expired"));
        }
        if !is_address(&message.to) {
            return Ok(verdict::refused(Status::Failed, "bad-address"));
        }
        let mail = compose(&config, &ctx.call().operation.id, &id, message)?;
        let answer = ctx.send_mail(mail)?;
        Ok(verdict::receipt(&answer, id, now))
    }

    fn query(ctx: &mut Ctx<Self>, operation_id: String, _: Option<String>) -> Result<Receipt, Stop> {
        let config: Config = ctx.config_as()?;
        // SMTP has no question for this. A person can look for the message id in the server's log.
        let id = headers::message_id(&operation_id, config.domain());
        Ok(Receipt { provider_id: id, ..verdict::refused(Status::Unknown, "smtp-cannot-tell") })
    }
}

recaudo_sdk::export!(ChannelEmail: Channel);

/// The permitted message, unchanged, with what a mail has besides.
fn compose(config: &Config, operation: &str, id: &str, message: Message) -> Result<Mail, Stop> {
    if message.subject.contains(char::is_control) {
        let reason = "the subject has a control character or a line break; mend the template";
        return Err(Fail::invalid_input("bad-subject", reason).into());
    }
    let offered = message
        .variables
        .iter()
        .rev()
        .find(|(name, _)| name == "unsubscribe-url")
        .map(|(_, url)| url.as_str());
    let headers = headers::all(config, operation, id, offered)?;
    let sender = if message.sender.is_empty() { config.sender.mailbox() } else { message.sender };
    Ok(Mail {
        sender,
        to: vec![message.to],
        subject: message.subject,
        text: message.text,
        html: message.html,
        headers,
        attachments: message.attachments,
    })
}

/// One address, and nothing that could end a header or name a second recipient. Whether it exists is the
/// server's to say.
fn is_address(text: &str) -> bool {
    let clean = !text.contains(|c: char| c.is_control() || c.is_whitespace() || ",;:<>()[]\\\"".contains(c));
    let Some((local, domain)) = text.split_once('@') else { return false };
    clean && !local.is_empty() && !domain.is_empty() && !domain.contains('@')
}

fn later(a: recaudo_sdk::values::Instant, b: recaudo_sdk::values::Instant) -> bool {
    (a.seconds, a.nanoseconds) > (b.seconds, b.nanoseconds)
}

#[cfg(test)]
mod tests;
