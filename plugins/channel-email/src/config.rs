//! Who sends, and how a recipient can leave the list.

use recaudo_sdk::messaging::Message;
use recaudo_sdk::{Fail, Failure};
use serde::Deserialize;

use crate::is_address;

/// `config.schema.json`, as a type.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// Used when a message names no sender of its own.
    sender: Option<Mailbox>,
    /// Where answers go.
    pub(crate) reply_to: Option<Mailbox>,
    /// Right side of every message id; the sender's domain when there is none.
    domain: Option<String>,
    /// How to leave the list.
    #[serde(default)]
    pub(crate) unsubscribe: Unsubscribe,
}

/// A name and an address.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mailbox {
    #[serde(default)]
    name: String,
    address: String,
}

/// Either or both; `{operation}` stands for the operation's id.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Unsubscribe {
    /// `https://...`: one click, RFC 8058.
    pub(crate) url: Option<String>,
    /// An address, or `address?subject=...`.
    pub(crate) mailto: Option<String>,
}

impl Config {
    /// What a schema cannot say.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        for (mailbox, key) in [(&self.sender, "/sender"), (&self.reply_to, "/reply_to")] {
            mailbox.as_ref().map_or(Ok(()), |mailbox| mailbox.check(key))?;
        }
        if self.domain.as_ref().is_some_and(|domain| !is_address(&format!("id@{domain}"))) {
            return Err(wrong("/domain", "is no domain name"));
        }
        if self.unsubscribe.url.as_ref().is_some_and(|url| !is_link(url)) {
            let reason = "has to begin with https:// and hold no space or angle bracket";
            return Err(wrong("/unsubscribe/url", reason));
        }
        if self.unsubscribe.mailto.as_ref().is_some_and(|to| !is_mailto(to)) {
            return Err(wrong("/unsubscribe/mailto", "has to be an address, with ?subject=... if you like"));
        }
        Ok(())
    }

    /// The message's sender, else the installation's.
    pub(crate) fn sender(&self, message: &Message) -> Result<String, Failure> {
        if message.sender.is_empty() {
            let own = self.sender.as_ref().map(Mailbox::mailbox);
            return own
                .ok_or_else(|| wrong("/sender", "is missing, and the message names no sender of its own"));
        }
        if message.sender.contains(char::is_control) || !is_address(address_of(&message.sender)) {
            return Err(Fail::invalid_input("bad-sender", "the message's sender is no mail address"));
        }
        Ok(message.sender.clone())
    }

    /// Right side of message ids: the configured one, else that of the address which sends.
    pub(crate) fn domain<'a>(&'a self, sender: Option<&'a str>) -> Option<&'a str> {
        let own = || sender.or_else(|| self.sender.as_ref().map(|mailbox| mailbox.address.as_str()));
        let of = |mailbox| address_of(mailbox).rsplit_once('@').map(|(_, domain)| domain);
        self.domain.as_deref().or_else(|| own().and_then(of))
    }
}

impl Mailbox {
    /// `address` or `Name <address>`, the name quoted where it has to be. The host encodes what is not ASCII.
    pub(crate) fn mailbox(&self) -> String {
        let Self { name, address } = self;
        match name.trim() {
            "" => address.clone(),
            name if name.contains(|c: char| ",;:@.()[]".contains(c)) => format!("\"{name}\" <{address}>"),
            name => format!("{name} <{address}>"),
        }
    }

    fn check(&self, key: &str) -> Result<(), Failure> {
        if self.name.contains(|c: char| c.is_control() || "<>\"\\".contains(c)) {
            return Err(wrong(
                &format!("{key}/name"),
                "holds a control character, a quote, a backslash or an angle bracket",
            ));
        }
        if !is_address(&self.address) {
            return Err(wrong(&format!("{key}/address"), "is no mail address"));
        }
        Ok(())
    }
}

/// `address` of `address` or `Name <address>`.
fn address_of(mailbox: &str) -> &str {
    mailbox.rsplit_once('<').map_or(mailbox, |(_, rest)| rest.strip_suffix('>').unwrap_or(rest)).trim()
}

/// An https link fit to stand between angle brackets in a header.
pub(crate) fn is_link(text: &str) -> bool {
    text.starts_with("https://") && is_uri(text)
}

/// What may stand behind `mailto:`.
pub(crate) fn is_mailto(text: &str) -> bool {
    text.contains('@') && is_uri(text)
}

fn is_uri(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_graphic() && b != b'<' && b != b'>')
}

fn wrong(key: &str, reason: &str) -> Failure {
    let mut failure = Fail::invalid_config("config", format!("the configuration's `{key}` {reason}"));
    failure.details.push(("key".into(), key.into()));
    failure
}
