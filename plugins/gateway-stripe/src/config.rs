//! `config.schema.json`, as a type.

use recaudo_sdk::{Ctx, Failure, first_second, origin};
use serde::Deserialize;

use crate::GatewayStripe;

/// How the installation takes payments.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    #[serde(default = "stripe")]
    pub(crate) base_url: String,
    #[serde(default)]
    pub(crate) link: Link,
    #[serde(default)]
    pub(crate) methods: Vec<String>,
    pub(crate) return_url: Option<String>,
    pub(crate) description: Option<String>,
    from_day: Option<String>,
}

/// What a way to pay is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Link {
    #[default]
    PaymentLink,
    Checkout,
}

fn stripe() -> String {
    "https://api.stripe.com".into()
}

impl Config {
    pub(crate) fn read(ctx: &Ctx<GatewayStripe>) -> Result<Self, Failure> {
        let config: Self = ctx.config_as()?;
        origin("/base_url", &config.base_url, "https://api.stripe.com")?;
        Ok(config)
    }

    /// The first second settlements are read from.
    pub(crate) fn from(&self) -> Result<i64, Failure> {
        Ok(first_second("/from_day", self.from_day.as_deref())?.unwrap_or(0))
    }
}
