//! `config.schema.json`, as a type.

use recaudo_sdk::{Ctx, Date, Fail, Failure};
use serde::Deserialize;

use crate::GatewayMercadopago;

/// How the installation takes payments.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    #[serde(default = "mercadopago")]
    pub(crate) base_url: String,
    #[serde(default)]
    pub(crate) methods: Vec<String>,
    pub(crate) payer_email: Option<String>,
    pub(crate) notify_url: Option<String>,
    pub(crate) return_url: Option<String>,
    pub(crate) description: Option<String>,
    from_day: Option<String>,
}

fn mercadopago() -> String {
    "https://api.mercadopago.com".into()
}

impl Config {
    pub(crate) fn read(ctx: &Ctx<GatewayMercadopago>) -> Result<Self, Failure> {
        let config: Self = ctx.config_as()?;
        let rest = config.base_url.strip_prefix("https://").or(config.base_url.strip_prefix("http://"));
        if rest.is_none_or(|host| host.is_empty() || host.contains(['/', '?', '#', ' '])) {
            return Err(wrong("/base_url", "is no origin such as https://api.mercadopago.com"));
        }
        Ok(config)
    }

    /// The first second settlements are read from, when the configuration says.
    pub(crate) fn from(&self) -> Result<Option<i64>, Failure> {
        let Some(text) = &self.from_day else { return Ok(None) };
        let day = Date::parse_iso(text).ok_or_else(|| wrong("/from_day", "is no day such as 2026-11-22"))?;
        Ok(Some(i64::from(day.epoch_day()) * 86_400))
    }
}

pub(crate) fn wrong(key: &str, reason: &str) -> Failure {
    let mut failure = Fail::invalid_config("config", format!("the configuration's `{key}` {reason}"));
    failure.details.push(("key".into(), key.into()));
    failure
}
