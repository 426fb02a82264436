//! The configuration, checked.

use std::collections::BTreeMap;

use recaudo_sdk::{Ctx, Fail, Failure};
use serde::Deserialize;

use crate::ErpTryton;

/// See the README for what each key means.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) base_url: String,
    pub(crate) database: String,
    #[serde(default)]
    pub(crate) companies: Vec<i64>,
    #[serde(default)]
    pub(crate) creditors: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) customer_id: CustomerId,
    #[serde(default = "overlap")]
    pub(crate) overlap_minutes: u32,
    #[serde(default = "yes")]
    pub(crate) contacts: bool,
    #[serde(default)]
    pub(crate) number_with_year: bool,
    #[serde(default)]
    pub(crate) payment_journals: Vec<String>,
    #[serde(default)]
    pub(crate) payment_method: Option<String>,
    #[serde(default = "versions")]
    pub(crate) versions: Vec<String>,
}

/// What a customer is known by outside Tryton.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum CustomerId {
    /// The party's code, as people know it.
    #[default]
    Code,
    /// Its number in the database.
    Id,
}

const fn overlap() -> u32 {
    15
}

const fn yes() -> bool {
    true
}

fn versions() -> Vec<String> {
    vec!["8.2".into()]
}

impl Config {
    /// Where calls about the database go.
    pub(crate) fn endpoint(&self) -> String {
        format!("{}/{}/rpc/", self.base_url.trim_end_matches('/'), self.database)
    }

    /// Where calls about the server go.
    pub(crate) fn root(&self) -> String {
        format!("{}/rpc/", self.base_url.trim_end_matches('/'))
    }

    /// The creditor of a company's documents: as told; the installation's own when there is but one company.
    pub(crate) fn creditor(&self, company: i64) -> String {
        match self.creditors.get(&company.to_string()) {
            Some(creditor) => creditor.clone(),
            None if self.companies.len() == 1 => String::new(),
            None => format!("company-{company}"),
        }
    }

    /// Tells imports under other settings apart: their checkpoints do not fit each other.
    pub(crate) fn digest(&self) -> u64 {
        let parts = [
            self.base_url.as_str(),
            &self.database,
            &format!(
                "{:?} {:?} {:?} {}",
                self.companies, self.creditors, self.customer_id, self.number_with_year
            ),
            &self.payment_journals.join("\n"),
        ];
        parts.join("\0").bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
    }
}

/// The configuration of this call.
pub(crate) fn read(ctx: &Ctx<ErpTryton>) -> Result<Config, Failure> {
    let config: Config = ctx.config_as()?;
    let wrong = |key: &str, message: &str| {
        let mut failure = Fail::invalid_config("config", format!("`{key}` {message}"));
        failure.details.push(("key".into(), format!("/{key}")));
        failure
    };
    if !config.base_url.starts_with("https://") && !config.base_url.starts_with("http://") {
        return Err(wrong("base_url", "is no address; it looks like https://erp.example"));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if config.database.is_empty() || !config.database.chars().all(plain) {
        return Err(wrong("database", "is the name of Tryton's database, without blanks or slashes"));
    }
    Ok(config)
}
