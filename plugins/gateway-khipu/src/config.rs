//! `config.schema.json`, as a type.

use recaudo_sdk::{Ctx, Failure, origin};
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
        origin("/base_url", &config.base_url, "https://payment-api.khipu.com")?;
        Ok(config)
    }
}
