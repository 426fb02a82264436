//! Plugins as the engine sees them: one trait an interface, values without WebAssembly.

pub mod allocator;
pub mod gateway;
pub mod pricer;
pub mod settlement;
pub mod statement;
pub mod webhook;
pub mod writeback;

mod call;
mod channel;
mod error;
mod importer;
mod policy;
mod scorer;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use allocator::Allocator;
pub use call::{Attribute, Call, Decimal, EpochDay, Instant, Money, Operation};
pub use channel::{Channel, Message, Permit, Receipt, ReceiptStatus};
pub use error::{PluginError, PluginErrorKind};
pub use gateway::Gateway;
pub use importer::{
    Allocation, Batch, Checkpoint, Consent, Contact, Customer, Deletion, Document, Extra, Feed, Importer,
    Interaction, Key, Mode, Page, Payment, PullRequest, Rate, Reject, Settler,
};
pub use policy::{Attempt, Decision, Gate, Proposal, Refusal, Strategist, Verdict};
pub use pricer::Pricer;
pub use scorer::{Reason, Scorer, Scores};
pub use settlement::Settlement;
pub use statement::Statement;
pub use webhook::PaymentWebhook;
pub use writeback::Writeback;

/// What a plugin is, proven by its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The manifest's id, such as `erp-csv`.
    pub id: String,
    /// The manifest's version.
    pub version: String,
    /// The contract it was built for, such as `0.1`.
    pub contract: String,
    /// Of the component's bytes.
    pub component_sha256: [u8; 32],
    /// Of the manifest's bytes.
    pub manifest_sha256: [u8; 32],
}

/// A plugin set up for one use: configuration and grants, bound to a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// The operator's name for it, such as `sap-bogota`.
    pub name: String,
    /// The plugin's id.
    pub plugin: String,
    /// The digest the grants are bound to.
    pub component_sha256: [u8; 32],
    /// JSON, checked against the manifest's schema.
    pub config: Arc<[u8]>,
    /// What the operator granted.
    pub grants: Grants,
}

/// What an operator granted an installation. A plugin reaches only what it declared *and* what is granted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants {
    /// File sources: label in the manifest -> folder or URL.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// Origins such as `https://api.example.com`.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Credentials: label in the manifest -> handle of a kept secret.
    #[serde(default)]
    pub credentials: BTreeMap<String, String>,
    /// May it ask for mail to be sent?
    #[serde(default)]
    pub mail: bool,
}

/// Finds the plugin behind an installation. A missing interface is an error that names it.
pub trait Plugins: Send + Sync {
    /// Who is behind the installation.
    ///
    /// # Errors
    /// The plugin is not installed, or its digest is another one.
    fn identity(&self, installation: &Installation) -> Result<Identity, PluginError>;
    /// # Errors
    /// As [`Plugins::identity`], or it exports no importer.
    fn importer(&self, installation: &Installation) -> Result<Arc<dyn Importer>, PluginError>;
    /// # Errors
    /// As [`Plugins::identity`], or it exports no channel.
    fn channel(&self, installation: &Installation) -> Result<Arc<dyn Channel>, PluginError>;
    /// # Errors
    /// As [`Plugins::identity`], or it exports no scorer.
    fn scorer(&self, installation: &Installation) -> Result<Arc<dyn Scorer>, PluginError>;
    /// # Errors
    /// As [`Plugins::identity`], or it exports no gate.
    fn gate(&self, installation: &Installation) -> Result<Arc<dyn Gate>, PluginError>;
    /// # Errors
    /// As [`Plugins::identity`], or it exports no strategist.
    fn strategist(&self, installation: &Installation) -> Result<Arc<dyn Strategist>, PluginError>;
    /// # Errors
    /// As [`Plugins::identity`], or it exports no statement.
    fn statement(&self, installation: &Installation) -> Result<Arc<dyn Statement>, PluginError> {
        Err(PluginError::exports_no(installation, "statement"))
    }
    /// # Errors
    /// As [`Plugins::identity`], or it exports no allocator.
    fn allocator(&self, installation: &Installation) -> Result<Arc<dyn Allocator>, PluginError> {
        Err(PluginError::exports_no(installation, "allocator"))
    }
    /// # Errors
    /// As [`Plugins::identity`], or it exports no pricer.
    fn pricer(&self, installation: &Installation) -> Result<Arc<dyn Pricer>, PluginError> {
        Err(PluginError::exports_no(installation, "pricer"))
    }
    /// # Errors
    /// As [`Plugins::identity`], or it exports no gateway.
    fn gateway(&self, installation: &Installation) -> Result<Arc<dyn Gateway>, PluginError> {
        Err(PluginError::exports_no(installation, "gateway"))
    }
    /// # Errors
    /// As [`Plugins::identity`], or it exports no webhook of payments.
    fn payment_webhook(&self, installation: &Installation) -> Result<Arc<dyn PaymentWebhook>, PluginError> {
        Err(PluginError::exports_no(installation, "payments webhook"))
    }
    /// # Errors
    /// As [`Plugins::identity`], or it exports no settlement.
    fn settlement(&self, installation: &Installation) -> Result<Arc<dyn Settlement>, PluginError> {
        Err(PluginError::exports_no(installation, "settlement"))
    }
    /// # Errors
    /// As [`Plugins::identity`], or it exports no writeback.
    fn writeback(&self, installation: &Installation) -> Result<Arc<dyn Writeback>, PluginError> {
        Err(PluginError::exports_no(installation, "writeback"))
    }
}
