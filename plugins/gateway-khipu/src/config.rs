//! `config.schema.json`, as a type.

use recaudo_sdk::{Ctx, Fail, Failure};
use serde::Deserialize;

use crate::GatewayKhipu;

/// How the installation takes payments.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    #[serde(default = "khipu")]
    pub(crate) base_url: String,
    pub(crate) notify_url: Option<String>,
    pub(crate) return_url: Option<String>,
    pub(crate) description: Option<String>,
}

fn khipu() -> String {
    "https://payment-api.khipu.com".into()
}

impl Config {
    pub(crate) fn read(ctx: &Ctx<GatewayKhipu>) -> Result<Self, Failure> {
        let config: Self = ctx.config_as()?;
        let rest = config.base_url.strip_prefix("https://").or(config.base_url.strip_prefix("http://"));
        if rest.is_none_or(|host| host.is_empty() || host.contains(['/', '?', '#', ' '])) {
            let reason = "the configuration's `/base_url` is no origin such as https://payment-api.khipu.com";
            let mut failure = Fail::invalid_config("config", reason);
            failure.details.push(("key".into(), "/base_url".into()));
            return Err(failure);
        }
        Ok(config)
    }
}
