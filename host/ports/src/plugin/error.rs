//! What can go wrong in a plugin's call, named so that a person knows who spoke.

use std::fmt;

use super::Installation;

/// A failed call: the plugin's own failure, or what the sandbox saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginError {
    /// Plugin id and version, such as `erp-csv 0.1.0`.
    pub plugin: String,
    /// What kind of failure.
    pub kind: PluginErrorKind,
    /// A stable code, lower case.
    pub code: String,
    /// For a person: what happened and what to do. No secrets, no personal data.
    pub message: String,
    /// An effect that commits may have left: the outcome is unknown, whatever the plugin says.
    pub may_have_committed: bool,
    /// The plugin or far side asks to wait this long.
    pub retry_after_ms: Option<u64>,
}

/// The contract's failure kinds, and what only the sandbox can see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PluginErrorKind {
    InvalidConfig,
    Unauthenticated,
    Forbidden,
    NotFound,
    InvalidInput,
    Conflict,
    RateLimited,
    Unavailable,
    Timeout,
    Rejected,
    Unsupported,
    Internal,
    Other,
    /// The guest trapped (a panic, an invalid access).
    Trap,
    /// Out of its instruction budget: a result, the same on every machine.
    OutOfFuel,
    /// Out of its memory.
    OutOfMemory,
    /// The wall-clock backstop: an infrastructure error, never recorded as a decision.
    Deadline,
    /// An answer nobody asked for, or a tag used twice.
    Diverged,
    /// The host cannot use the plugin: missing, another digest, another contract, no such interface.
    NotInstalled,
}

impl PluginError {
    /// The plugin behind an installation has no such interface.
    pub fn exports_no(installation: &Installation, interface: &str) -> Self {
        Self {
            plugin: installation.plugin.clone(),
            kind: PluginErrorKind::NotInstalled,
            code: "no-such-interface".into(),
            message: format!(
                "installation {} needs a plugin that exports {interface}; this one exports no {interface}",
                installation.name
            ),
            may_have_committed: false,
            retry_after_ms: None,
        }
    }
}

impl fmt::Display for PluginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "plugin {}: {} ({})", self.plugin, self.message, self.code)
    }
}

impl std::error::Error for PluginError {}
