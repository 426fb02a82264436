//! The headers a sender owes to recipients and to other machines.

use core::fmt::Write;

use crate::config::{Config, is_link, is_mailto};

/// `<operation@domain>`: a function of the operation, so that a message sent again is recognised, and an
/// unknown one can be looked for in a server's log. Every byte that is not plain is written as `_` and two
/// hex digits, so different operations stay different.
pub(crate) fn message_id(operation: &str, domain: &str) -> String {
    format!("<{}@{domain}>", plain(operation, '_'))
}

/// All of them. The message's own variables `unsubscribe-url` and `unsubscribe-mailto` go before the
/// installation's ways out.
pub(crate) fn all(
    config: &Config,
    operation: &str,
    id: &str,
    variables: &[(String, String)],
) -> Vec<(String, String)> {
    let mut headers = vec![("Message-ID".to_owned(), id.to_owned())];
    if let Some(mailbox) = &config.reply_to {
        headers.push(("Reply-To".into(), mailbox.mailbox()));
    }
    // RFC 3834: no holiday notices, please.
    headers.push(("Auto-Submitted".into(), "auto-generated".into()));
    let fill = |template: &String| template.replace("{operation}", &plain(operation, '%'));
    let own = |name: &str, fits: fn(&str) -> bool| {
        let value = variables.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        value.filter(|value| fits(value))
    };
    let url = own("unsubscribe-url", is_link).or_else(|| config.unsubscribe.url.as_ref().map(fill));
    let mailto =
        own("unsubscribe-mailto", is_mailto).or_else(|| config.unsubscribe.mailto.as_ref().map(fill));
    let mailto = mailto.map(|to| format!("mailto:{to}"));
    let ways: Vec<String> = url.iter().chain(&mailto).map(|way| format!("<{way}>")).collect();
    if !ways.is_empty() {
        headers.push(("List-Unsubscribe".into(), ways.join(", ")));
    }
    if url.is_some() {
        // RFC 8058: the mail program may unsubscribe by itself, with a POST to the https link.
        headers.push(("List-Unsubscribe-Post".into(), "List-Unsubscribe=One-Click".into()));
    }
    headers
}

/// Letters, digits and hyphens stay; other bytes become `escape` and two hex digits.
fn plain(text: &str, escape: char) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || byte == b'-' {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "{escape}{byte:02X}");
        }
        out
    })
}
