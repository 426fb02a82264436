//! `config.schema.json`, as a type.

use recaudo_sdk::{Ctx, Failure, origin};
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
        origin("/base_url", &config.base_url, "https://api.conekta.io")?;
        Ok(config)
    }
}
