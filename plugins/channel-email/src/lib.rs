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
        let sender = config.sender(&message)?;
        let operation = &ctx.call().operation.id;
        let id = headers::message_id(operation, config.domain(Some(&sender)).unwrap_or("localhost"));
        if later(now, message.permit.not_after) {
            return Ok(verdict::refused(Status::NotAttempted, "permit-expired"));
        }
        if !is_address(&message.to) {
            return Ok(verdict::refused(Status::Failed, "bad-address"));
        }
        let headers = headers::all(&config, operation, &id, &message.variables);
        let mail = compose(sender, headers, message)?;
        let answer = ctx.send_mail(mail)?;
        Ok(verdict::receipt(&answer, id, now))
    }

    fn query(ctx: &mut Ctx<Self>, operation: String, known: Option<String>) -> Result<Receipt, Stop> {
        let config: Config = ctx.config_as()?;
        // SMTP has no question for this. A person can look for the message id in the server's log.
        let made = config.domain(None).map(|domain| headers::message_id(&operation, domain));
        let provider_id = known.or(made).unwrap_or_default();
        Ok(Receipt { provider_id, ..verdict::refused(Status::Unknown, "smtp-cannot-tell") })
    }
}

recaudo_sdk::export!(ChannelEmail: Channel);

/// The permitted message, unchanged, with what a mail has besides.
fn compose(sender: String, headers: Vec<(String, String)>, message: Message) -> Result<Mail, Stop> {
    if message.subject.contains(char::is_control) {
        let reason = "the subject has a control character or a line break; mend the template";
        return Err(Fail::invalid_input("bad-subject", reason).into());
    }
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
