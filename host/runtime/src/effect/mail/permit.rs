//! Is this mail the permitted message? Sender and reply address may also come from the operator's configuration.

use recaudo_ports::plugin::{Call, Message};
use serde_json::Value;

use super::Refusal;
use super::compose::address_of;
use crate::wit::exports::messaging::channel as wit;

/// Headers a channel may set. Everything else is the host's.
const HEADERS: &[&str] = &[
    "message-id",
    "reply-to",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "in-reply-to",
    "references",
    "auto-submitted",
];

pub(super) fn check(call: &Call, message: &Message, mail: &wit::Mail) -> Result<(), Refusal> {
    if call.now > message.permit.not_after {
        return Err(refuse("permit-expired", "the permit's time is over; nothing was sent"));
    }
    let config = || strings(&call.config);
    if mail.to.len() != 1 || mail.to[0] != message.to {
        return Err(mismatch("recipient"));
    }
    if mail.subject != message.subject {
        return Err(mismatch("subject"));
    }
    if mail.text != message.text {
        return Err(mismatch("text"));
    }
    if mail.html != message.html {
        return Err(mismatch("html"));
    }
    if mail.attachments != message.attachments {
        return Err(mismatch("attachments"));
    }
    let own = message.sender.is_empty() && names_address(&config(), &mail.sender);
    if mail.sender != message.sender && !own {
        return Err(mismatch("sender"));
    }
    for (name, value) in &mail.headers {
        header(name, value, &config)?;
    }
    no_line_breaks(&[&mail.sender, &mail.to[0], &mail.subject])
}

fn header(name: &str, value: &str, config: &dyn Fn() -> Vec<String>) -> Result<(), Refusal> {
    let lower = name.to_ascii_lowercase();
    if !HEADERS.contains(&lower.as_str()) && !lower.starts_with("x-") {
        return Err(refuse(
            "header-denied",
            format!("a channel may not set the header {}; nothing was sent", name.escape_debug()),
        ));
    }
    if lower == "reply-to" && !names_address(&config(), value) {
        return Err(refuse(
            "reply-to-denied",
            "the Reply-To address does not stand in the installation's configuration; nothing was sent",
        ));
    }
    no_line_breaks(&[name, value])
}

fn no_line_breaks(texts: &[&str]) -> Result<(), Refusal> {
    if texts.iter().any(|t| t.contains(|c: char| c.is_control())) {
        return Err(refuse(
            "header-injection",
            "a control character stands in an address, the subject or a header; nothing was sent",
        ));
    }
    Ok(())
}

/// Does the configuration, written by the operator, name this address?
fn names_address(config: &[String], mailbox: &str) -> bool {
    let address = address_of(mailbox);
    !address.is_empty() && config.iter().any(|text| address_of(text).eq_ignore_ascii_case(address))
}

fn strings(config: &[u8]) -> Vec<String> {
    fn walk(value: Value, into: &mut Vec<String>) {
        match value {
            Value::String(text) => into.push(text),
            Value::Array(values) => values.into_iter().for_each(|v| walk(v, into)),
            Value::Object(map) => map.into_iter().for_each(|(_, v)| walk(v, into)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    let mut all = Vec::new();
    if let Ok(value) = serde_json::from_slice(config) {
        walk(value, &mut all);
    }
    all
}

fn mismatch(what: &str) -> Refusal {
    refuse("permit-mismatch", format!("the {what} is not the permitted message's; nothing was sent"))
}

fn refuse(code: &'static str, message: impl Into<String>) -> Refusal {
    Refusal { code, message: message.into() }
}
