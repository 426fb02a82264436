//! The configuration, as `config.schema.json` says.

use serde::Deserialize;

/// What an invoice to be paid in one go means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Pue {
    Paid,
    Open,
}

/// What to do without a stamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Unstamped {
    Refuse,
    Accept,
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) rfc: String,
    pub(crate) creditor: String,
    pub(crate) term_days: u16,
    pub(crate) pue: Pue,
    pub(crate) apply_credit_notes: bool,
    pub(crate) unstamped: Unstamped,
    pub(crate) archive: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            rfc: String::new(),
            creditor: String::new(),
            term_days: 30,
            pue: Pue::Paid,
            apply_credit_notes: true,
            unstamped: Unstamped::Refuse,
            archive: false,
        }
    }
}
