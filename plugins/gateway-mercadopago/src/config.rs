//! `config.schema.json`, as a type.

use recaudo_sdk::{Ctx, Failure, first_second, origin};
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
        origin("/base_url", &config.base_url, "https://api.mercadopago.com")?;
        Ok(config)
    }

    /// The first second settlements are read from, when the configuration says.
    pub(crate) fn from(&self) -> Result<Option<i64>, Failure> {
        first_second("/from_day", self.from_day.as_deref())
    }
}
