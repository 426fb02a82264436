//! `[[gateways]]`, `[server]` and `[pay]`: who takes payments, and where customers find the way to them.

use std::collections::BTreeMap;

use recaudo_ports::plugin::Installation;
use serde::Deserialize;

use super::home::{RawPlugin, plugin};

/// Links that customers pay by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pay {
    /// Days a link in a message is good for.
    pub token_days: i64,
}

impl Default for Pay {
    fn default() -> Self {
        Self { token_days: 180 }
    }
}

/// As written.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPay {
    token_days: Option<i64>,
}

/// What this room reads of `[server]`; the rest is the server's.
#[derive(Deserialize, Default)]
pub(super) struct RawServer {
    public_url: Option<String>,
}

pub(super) fn pay(raw: &RawPay) -> Result<Pay, String> {
    let token_days = raw.token_days.unwrap_or(Pay::default().token_days);
    if !(1..=3_650).contains(&token_days) {
        return Err(format!("pay.token_days: expected 1 to 3650, found {token_days}"));
    }
    Ok(Pay { token_days })
}

/// Without the slash at its end.
pub(super) fn public_url(raw: RawServer) -> Result<Option<String>, String> {
    let Some(url) = raw.public_url else { return Ok(None) };
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let fits = |rest: &str| !rest.trim_matches('/').is_empty() && !rest.contains(['?', '#', ' ', '"']);
    if !rest.is_some_and(fits) {
        return Err(format!(
            "server.public_url: expected an address such as https://pay.example.com, found {url:?}"
        ));
    }
    Ok(Some(url.trim_end_matches('/').to_owned()))
}

/// By name: the one given, else the plugin's without `gateway-`.
pub(super) fn gateways(raw: Vec<RawPlugin>) -> Result<BTreeMap<String, Installation>, String> {
    let mut by_name = BTreeMap::new();
    for (place, raw) in raw.into_iter().enumerate() {
        let key = format!("gateways[{place}]");
        let name = raw.plugin.strip_prefix("gateway-").unwrap_or(&raw.plugin).to_owned();
        let found = plugin(&key, &name, raw)?;
        // It stands in the address its webhooks come to, and in the name of the source of its payments.
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if found.name.is_empty() || !found.name.chars().all(is_plain) {
            let name = &found.name;
            return Err(format!("{key}.name: expected letters a to z, digits and hyphens, found {name:?}"));
        }
        if let Some(known) = by_name.insert(found.name.clone(), found) {
            return Err(format!("{key}.name: there is a gateway called {:?} already; name one", known.name));
        }
    }
    Ok(by_name)
}
