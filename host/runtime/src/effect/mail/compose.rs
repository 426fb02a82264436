//! A mail as bytes: MIME, UTF-8, a date and an id that are functions of the call, so that a repetition is the same mail.

use std::time::{Duration, SystemTime};

use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};
use recaudo_ports::documents::Document;
use recaudo_ports::plugin::Call;
use sha2::{Digest, Sha256};

use super::Refusal;
use crate::wit::exports::messaging::channel as wit;

/// A mail ready to leave.
pub(super) struct Composed {
    pub(super) envelope: Envelope,
    pub(super) bytes: Vec<u8>,
    /// With its angle brackets.
    pub(super) message_id: String,
}

pub(super) fn compose(call: &Call, mail: &wit::Mail, attached: Vec<Document>) -> Result<Composed, Refusal> {
    let sender = mailbox("sender", &mail.sender)?;
    let to = mailbox("recipient", &mail.to[0])?;
    let message_id = match mail.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("message-id")) {
        Some((_, id)) => well_formed_id(id)?,
        None => format!("<{}@{}>", short_digest(&call.operation.id), sender.email.domain()),
    };
    let mut builder = Message::builder()
        .from(sender)
        .to(to)
        .subject(mail.subject.as_str())
        .date(date(call)?)
        .message_id(Some(message_id.clone()));
    for (name, value) in &mail.headers {
        if !name.eq_ignore_ascii_case("message-id") {
            builder = builder.raw_header(header(name, value)?);
        }
    }
    let message = match (text(mail, &message_id), attached.is_empty()) {
        (Text::Plain(plain), true) => builder.singlepart(plain),
        (Text::Both(both), true) => builder.multipart(both),
        (text, false) => {
            let mixed = MultiPart::mixed().boundary(format!("recaudo-m-{}", short_digest(&message_id)));
            let with_text = match text {
                Text::Plain(plain) => mixed.singlepart(plain),
                Text::Both(both) => mixed.multipart(both),
            };
            let parts = attached.into_iter().map(attachment).collect::<Result<Vec<_>, _>>()?;
            builder.multipart(parts.into_iter().fold(with_text, MultiPart::singlepart))
        }
    };
    let message = message.map_err(|e| refuse("mail-malformed", e.to_string()))?;
    Ok(Composed { envelope: message.envelope().clone(), bytes: message.formatted(), message_id })
}

enum Text {
    Plain(SinglePart),
    Both(MultiPart),
}

fn text(mail: &wit::Mail, message_id: &str) -> Text {
    let plain = SinglePart::plain(mail.text.clone());
    match &mail.html {
        None => Text::Plain(plain),
        Some(html) => Text::Both(
            MultiPart::alternative()
                .boundary(format!("recaudo-{}", short_digest(message_id)))
                .singlepart(plain)
                .singlepart(SinglePart::html(html.clone())),
        ),
    }
}

fn attachment(document: Document) -> Result<SinglePart, Refusal> {
    let kind = ContentType::parse(&document.media_type).map_err(|_| {
        refuse("document-malformed", format!("`{}` is no media type", document.media_type.escape_debug()))
    })?;
    if document.name.contains(char::is_control) {
        return Err(refuse("header-injection", "a control character stands in a document's name"));
    }
    Ok(Attachment::new(document.name).body(document.bytes, kind))
}

/// The address of `address` or `Display name <address>`.
pub(super) fn address_of(mailbox: &str) -> &str {
    match mailbox.rsplit_once('<') {
        Some((_, rest)) => rest.strip_suffix('>').unwrap_or(rest),
        None => mailbox,
    }
    .trim()
}

fn mailbox(what: &str, text: &str) -> Result<Mailbox, Refusal> {
    let address: Address = address_of(text).parse().map_err(|e| {
        refuse("address-malformed", format!("the {what}'s address is not one: {e}; nothing was sent"))
    })?;
    let name = text.rsplit_once('<').map(|(name, _)| name.trim().trim_matches('"').trim().to_owned());
    Ok(Mailbox::new(name.filter(|n| !n.is_empty()), address))
}

fn well_formed_id(id: &str) -> Result<String, Refusal> {
    let inner = id.strip_prefix('<').and_then(|i| i.strip_suffix('>')).unwrap_or("");
    let good = inner.split_once('@').is_some_and(|(left, right)| !left.is_empty() && !right.is_empty())
        && inner.bytes().all(|b| b.is_ascii_graphic() && b != b'<' && b != b'>');
    if good {
        Ok(id.into())
    } else {
        Err(refuse("message-id-malformed", "the Message-ID is not <left@right>; nothing was sent"))
    }
}

fn header(name: &str, value: &str) -> Result<HeaderValue, Refusal> {
    let name = HeaderName::new_from_ascii(name.into())
        .map_err(|_| refuse("header-denied", format!("{} is no header name", name.escape_debug())))?;
    // Encoded words would break the URLs of List-Unsubscribe: plain ASCII goes out as it is.
    Ok(if value.is_ascii() {
        HeaderValue::dangerous_new_pre_encoded(name, value.into(), value.into())
    } else {
        HeaderValue::new(name, value.into())
    })
}

fn date(call: &Call) -> Result<SystemTime, Refusal> {
    u64::try_from(call.now.seconds)
        .ok()
        .and_then(|s| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(s)))
        .ok_or_else(|| refuse("mail-malformed", "the call's time lies before 1970"))
}

fn short_digest(text: &str) -> String {
    hex::encode(&Sha256::digest(text.as_bytes())[..16])
}

fn refuse(code: &'static str, message: impl Into<String>) -> Refusal {
    Refusal { code, message: message.into() }
}
