//! What the effects act on: scripted HTTP answers, files, a mail server.

use std::collections::VecDeque;

use super::folder::Folders;
use super::rules::breach;
use crate::bindings::channel::exports::recaudo::messaging::channel;
use crate::{Failure, files, http, io, messaging};

/// Headers a channel may set; the host refuses others.
const MAIL_HEADERS: [&str; 7] = [
    "message-id",
    "reply-to",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "in-reply-to",
    "references",
    "auto-submitted",
];

/// What effects act on.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct World {
    script: Vec<(String, String, VecDeque<http::Outcome>)>,
    pub(crate) requests: Vec<http::Request>,
    pub(crate) files: Folders,
    pub(crate) mail_answers: VecDeque<messaging::MailReceipt>,
    pub(crate) mails: Vec<messaging::Mail>,
    pub(crate) permitted: Option<messaging::Message>,
}

/// An effect the bench can perform. Implemented by the SDK.
pub trait Performed {
    /// What comes back.
    type Outcome;
    #[doc(hidden)]
    fn perform(&self, world: &mut World) -> Result<(Self::Outcome, bool), Failure>;
    #[doc(hidden)]
    fn size(outcome: &Self::Outcome) -> usize;
}

impl Performed for io::Effect {
    type Outcome = io::Outcome;
    fn perform(&self, world: &mut World) -> Result<(io::Outcome, bool), Failure> {
        match self {
            Self::Http(request) => {
                world.exchange(request).map(|o| (io::Outcome::Http(o.clone()), o.is_err()))
            }
            Self::File(request) => {
                let outcome = world.files.perform(request);
                Ok((io::Outcome::File(outcome.clone()), outcome.is_err()))
            }
        }
    }
    fn size(outcome: &io::Outcome) -> usize {
        match outcome {
            io::Outcome::Http(outcome) => http_size(outcome),
            io::Outcome::File(outcome) => file_size(outcome),
        }
    }
}

impl Performed for channel::Effect {
    type Outcome = channel::Outcome;
    fn perform(&self, world: &mut World) -> Result<(channel::Outcome, bool), Failure> {
        match self {
            Self::Http(request) => {
                world.exchange(request).map(|o| (channel::Outcome::Http(o.clone()), o.is_err()))
            }
            Self::File(request) => {
                let outcome = world.files.perform(request);
                Ok((channel::Outcome::File(outcome.clone()), outcome.is_err()))
            }
            Self::Mail(mail) => world.mail(mail).map(|r| (channel::Outcome::Mail(r.clone()), !r.accepted)),
        }
    }
    fn size(outcome: &channel::Outcome) -> usize {
        match outcome {
            channel::Outcome::Http(outcome) => http_size(outcome),
            channel::Outcome::File(outcome) => file_size(outcome),
            channel::Outcome::Mail(receipt) => receipt.reply.len(),
        }
    }
}

fn http_size(outcome: &http::Outcome) -> usize {
    outcome.as_ref().map_or(0, |response| response.body.len())
}

fn file_size(outcome: &files::Outcome) -> usize {
    if let Ok(files::Response::Chunk(chunk)) = outcome { chunk.bytes.len() } else { 0 }
}

impl World {
    pub(crate) fn script(&mut self, method: &str, url: &str, outcome: http::Outcome) {
        match self.script.iter_mut().find(|(m, u, _)| m == method && u == url) {
            Some((_, _, outcomes)) => outcomes.push_back(outcome),
            None => self.script.push((method.into(), url.into(), [outcome].into())),
        }
    }

    fn exchange(&mut self, request: &http::Request) -> Result<http::Outcome, Failure> {
        self.requests.push(request.clone());
        let fits = |url: &str| match url.strip_suffix('*') {
            Some(prefix) => request.url.starts_with(prefix),
            None => request.url == url,
        };
        let found = self.script.iter_mut().find(|(method, url, _)| *method == request.method && fits(url));
        let outcome = found.and_then(|(_, _, outcomes)| match outcomes.len() {
            1 => outcomes.front().cloned(),
            _ => outcomes.pop_front(),
        });
        outcome.ok_or_else(|| {
            breach("not-scripted", &format!("nothing is scripted for {} {}", request.method, request.url))
        })
    }

    fn mail(&mut self, mail: &messaging::Mail) -> Result<messaging::MailReceipt, Failure> {
        if let Some(message) = &self.permitted {
            equal(mail, message)?;
        }
        let number = self.mails.len() + 1;
        let accepts = || messaging::MailReceipt {
            accepted: true,
            queue_id: format!("Q{number}"),
            code: 250,
            reply: format!("2.0.0 Ok: queued as Q{number}"),
            sent: true,
        };
        let receipt = self.mail_answers.pop_front().unwrap_or_else(accepts);
        if receipt.accepted {
            self.mails.push(mail.clone());
        }
        Ok(receipt)
    }
}

/// As the host compares mail and permit.
fn equal(mail: &messaging::Mail, message: &messaging::Message) -> Result<(), Failure> {
    let same = mail.to == [message.to.clone()]
        && (message.sender.is_empty() || mail.sender == message.sender)
        && (&mail.subject, &mail.text, &mail.html) == (&message.subject, &message.text, &message.html)
        && mail.attachments == message.attachments;
    let lines =
        [&mail.sender, &mail.subject].into_iter().chain(&mail.to).chain(mail.headers.iter().map(|(_, v)| v));
    let clean = lines.into_iter().all(|line| !line.contains(char::is_control));
    let known = mail.headers.iter().all(|(name, _)| {
        let name = name.to_ascii_lowercase();
        name.starts_with("x-") || MAIL_HEADERS.contains(&name.as_str())
    });
    match (same, clean, known) {
        (true, true, true) => Ok(()),
        (false, ..) => Err(breach("permit-mismatch", "the mail is not the permitted message")),
        (_, false, _) => Err(breach(
            "header-injection",
            "a control character stands in an address, the subject or a header",
        )),
        (.., false) => Err(breach("header-denied", "a channel may not set one of these headers")),
    }
}

/// A plain GET.
pub fn get(url: &str) -> http::Request {
    http::Request::get(url)
}

/// 200 with a body.
pub fn ok(body: impl Into<Vec<u8>>) -> http::Outcome {
    status(200, body)
}

/// A status with a body.
pub fn status(status: u16, body: impl Into<Vec<u8>>) -> http::Outcome {
    let body = body.into();
    Ok(http::Response { status, headers: vec![], size: body.len() as u64, body, truncated: false })
}

/// The connection was refused: nothing was sent.
pub fn refused() -> http::Outcome {
    failure(http::FailureKind::Connect, "connection-refused", false)
}

/// The request was sent and no answer came.
pub fn lost() -> http::Outcome {
    failure(http::FailureKind::Timeout, "no-answer", true)
}

fn failure(kind: http::FailureKind, code: &str, request_sent: bool) -> http::Outcome {
    Err(http::TransportFailure { kind, code: code.into(), message: code.replace('-', " "), request_sent })
}
