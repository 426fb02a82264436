//! `config.schema.json`, as a type.

use recaudo_sdk::{Ctx, Fail, Failure};
use serde::Deserialize;

use crate::GatewayConekta;

/// How the installation takes payments.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    #[serde(default = "conekta")]
    pub(crate) base_url: String,
    #[serde(default = "usual")]
    pub(crate) methods: Vec<String>,
    pub(crate) customer: Option<Customer>,
    pub(crate) return_url: Option<String>,
    pub(crate) description: Option<String>,
}

/// In whose name orders are made.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Customer {
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) phone: String,
}

fn conekta() -> String {
    "https://api.conekta.io".into()
}

fn usual() -> Vec<String> {
    ["card", "spei", "oxxo"].map(str::to_owned).into()
}

impl Config {
    pub(crate) fn read(ctx: &Ctx<GatewayConekta>) -> Result<Self, Failure> {
        let config: Self = ctx.config_as()?;
        let rest = config.base_url.strip_prefix("https://").or(config.base_url.strip_prefix("http://"));
        if rest.is_none_or(|host| host.is_empty() || host.contains(['/', '?', '#', ' '])) {
            let reason = "the configuration's `/base_url` is no origin such as https://api.conekta.io";
            let mut failure = Fail::invalid_config("config", reason);
            failure.details.push(("key".into(), "/base_url".into()));
            return Err(failure);
        }
        Ok(config)
    }
}
