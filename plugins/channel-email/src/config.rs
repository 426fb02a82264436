//! Who sends, and how a recipient can leave the list.

use recaudo_sdk::{Fail, Failure};
use serde::Deserialize;

use crate::is_address;

/// `config.schema.json`, as a type.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// Used when a message names no sender of its own.
    pub(crate) sender: Mailbox,
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
        self.sender.check("/sender")?;
        if let Some(mailbox) = &self.reply_to {
            mailbox.check("/reply_to")?;
        }
        if !is_address(&format!("id@{}", self.domain())) {
            return Err(wrong("/domain", "is no domain name"));
        }
        if self.unsubscribe.url.as_ref().is_some_and(|url| !url.starts_with("https://") || !is_uri(url)) {
            return Err(wrong(
                "/unsubscribe/url",
                "has to begin with https:// and hold no space or angle bracket",
            ));
        }
        if self.unsubscribe.mailto.as_ref().is_some_and(|to| !to.contains('@') || !is_uri(to)) {
            return Err(wrong("/unsubscribe/mailto", "has to be an address, with ?subject=... if you like"));
        }
        Ok(())
    }

    pub(crate) fn domain(&self) -> &str {
        let own = || self.sender.address.split_once('@').map_or("", |(_, domain)| domain);
        self.domain.as_deref().unwrap_or_else(own)
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

/// Fit to stand between angle brackets in a header.
pub(crate) fn is_uri(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_graphic() && b != b'<' && b != b'>')
}

fn wrong(key: &str, reason: &str) -> Failure {
    let mut failure = Fail::invalid_config("config", format!("the configuration's `{key}` {reason}"));
    failure.details.push(("key".into(), key.into()));
    failure
}
