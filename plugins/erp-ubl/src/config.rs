//! The configuration, as `config.schema.json` says.

use serde::Deserialize;

/// What tells customers apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Identity {
    /// `PartyTaxScheme/CompanyID`.
    Tax,
    /// `PartyLegalEntity/CompanyID`.
    Legal,
    /// `PartyIdentification/ID`.
    Party,
    /// `SupplierAssignedAccountID`, else `CustomerAssignedAccountID`.
    Account,
    /// `EndpointID`.
    Endpoint,
    Name,
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) creditor: String,
    pub(crate) customer_id: Vec<Identity>,
    pub(crate) term_days: u16,
    pub(crate) apply_credit_notes: bool,
    pub(crate) archive: bool,
}

impl Default for Config {
    fn default() -> Self {
        use Identity::{Account, Endpoint, Legal, Name, Party, Tax};
        Self {
            creditor: String::new(),
            customer_id: vec![Tax, Legal, Party, Account, Endpoint, Name],
            term_days: 0,
            apply_credit_notes: true,
            archive: false,
        }
    }
}
