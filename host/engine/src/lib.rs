//! The use cases: load, ask core or a plugin, save state and the jobs it causes in one transaction. Workers act.
//!
//! Modules in reading order.

pub mod aging;
pub mod audit;
pub mod bank;
pub mod cash;
pub mod compose;
pub mod decision;
pub mod dispatch;
mod effects;
pub mod error;
pub mod gate_bench;
pub mod holds;
pub mod import;
pub mod instant;
pub mod journal;
pub mod messages;
pub mod pay;
pub mod price_bench;
pub mod progress;
pub mod quarantine;
pub mod report;
pub mod run;
pub mod score;
pub mod settings;
pub mod source;
pub mod train;
pub mod vault;
pub mod verify;
pub mod watch;
pub mod why;
pub mod writeback;

use std::sync::Arc;

use recaudo_ports::clock::{Clock, Random};
use recaudo_ports::plugin::Plugins;
use recaudo_store::Store;

pub use error::EngineError;
pub use progress::Progress;

/// One tenant's engine. Cheap to build; everything it holds is shared.
pub struct Engine {
    /// Where the ledger lives.
    pub store: Store,
    /// Who imports, sends, scores and judges.
    pub plugins: Arc<dyn Plugins>,
    /// The wall clock.
    pub clock: Arc<dyn Clock>,
    /// Keys and entropy.
    pub random: Arc<dyn Random>,
    /// Seals personal data.
    pub vault: vault::Vault,
    /// Whose rows.
    pub tenant: i64,
    /// What the home says.
    pub settings: settings::Settings,
}
