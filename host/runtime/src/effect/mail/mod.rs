//! Mail: the permitted message and nothing else, composed by the host, sent by SMTP or laid into a maildir.

mod compose;
mod maildir;
mod permit;
mod smtp;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use recaudo_ports::documents::Document;
use recaudo_ports::journal::{Effect, Journal, JournalError, Settled};
use recaudo_ports::plugin::Call;
use recaudo_ports::secrets::Secrets;

use super::slots::Permitted;
use crate::exchange::Fact;
use crate::wit::exports::messaging::channel as wit;

/// Where mail goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailRoute {
    /// To a server.
    Smtp(SmtpRoute),
    /// Into a folder a mail reader opens; made when it is not there.
    Maildir(PathBuf),
}

/// A mail server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmtpRoute {
    /// Name of the server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: SmtpTls,
    /// Handle of a kept secret with fields `user` and `password`.
    pub credential: Option<String>,
    /// How long one command may take.
    pub timeout: Duration,
}

/// How a connection to a mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpTls {
    /// From the first byte.
    Implicit,
    /// After STARTTLS, or not at all.
    StartTls,
    /// Not at all: a server on the same machine.
    None,
}

/// What became of a mail on its way.
struct Sent {
    fact: Fact,
    receipt: wit::MailReceipt,
}

/// Why a mail effect is refused before anything leaves.
pub(crate) struct Refusal {
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

/// Sends what a permit binds.
pub(crate) struct Mailer {
    pub(crate) route: MailRoute,
    pub(crate) secrets: Arc<dyn Secrets>,
}

/// The operation a mail belongs to.
pub(crate) struct Order<'a> {
    pub(crate) call: &'a Call,
    pub(crate) permitted: &'a Permitted<'a>,
    pub(crate) journal: &'a dyn Journal,
    pub(crate) number: u32,
    pub(crate) until: Instant,
}

impl Mailer {
    /// Sends `mail` if it is the permitted message. A refusal means that nothing left.
    pub(crate) fn send(
        &self,
        order: &Order<'_>,
        mail: &wit::Mail,
    ) -> Result<(wit::MailReceipt, Fact), Refusal> {
        permit::check(order.call, order.permitted.message, mail)?;
        let attached =
            mail.attachments.iter().map(|name| order.permitted.document(name)).collect::<Result<_, _>>();
        let attached: Vec<Document> =
            attached.map_err(|denied| Refusal { code: denied.code, message: denied.message })?;
        let composed = compose::compose(order.call, mail, attached)?;
        let effect = Effect {
            operation_id: &order.call.operation.id,
            commit: order.number,
            kind: "mail",
            target: self.target(),
            request: &composed.bytes,
        };
        let row = order.journal.prepared(&effect).map_err(|e| unwritten(&e))?;
        let mut sent = || order.journal.sent(row);
        let done = match &self.route {
            MailRoute::Smtp(route) => smtp::deliver(route, &*self.secrets, &composed, order.until, &mut sent),
            MailRoute::Maildir(folder) => maildir::deliver(folder, &composed, &mut sent),
        };
        let how = match done.fact {
            Fact::Done => Settled::Done,
            Fact::NotSent | Fact::Refused => Settled::NotDone,
            Fact::Unknown => Settled::Unknown,
        };
        if let Err(error) = order.journal.settled(row, how, done.receipt.reply.as_bytes()) {
            // The row stays open and counts as unknown: the careful reading of the two.
            log::error!("operation {}: mail {how:?}, but {error}", order.call.operation.id);
        }
        Ok((done.receipt, done.fact))
    }

    fn target(&self) -> &str {
        match &self.route {
            MailRoute::Smtp(route) => &route.host,
            MailRoute::Maildir(_) => "maildir",
        }
    }
}

fn unwritten(error: &JournalError) -> Refusal {
    Refusal { code: "journal", message: format!("nothing was sent: {error}") }
}

fn not_sent(reply: impl Into<String>) -> Sent {
    Sent { fact: Fact::NotSent, receipt: receipt(false, 0, reply, false) }
}

fn receipt(accepted: bool, code: u16, reply: impl Into<String>, sent: bool) -> wit::MailReceipt {
    wit::MailReceipt { accepted, queue_id: String::new(), code, reply: reply.into(), sent }
}

#[cfg(test)]
mod tests;
