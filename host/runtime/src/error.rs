//! What can be wrong with the runtime or a package, before any plugin runs.

use crate::manifest::ManifestError;

/// The runtime cannot start, or a package cannot be used. Every variant says what to change.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// The pools do not fit into this machine.
    #[error("the {pool} pool does not fit ({size}): {source}; lower its instances, or choose on_demand")]
    Pool {
        /// `policy` or `connector`.
        pool: &'static str,
        /// What was asked for.
        size: String,
        /// What the system said.
        source: wasmtime::Error,
    },
    /// A pool smaller than what a plugin may be granted.
    #[error("the {pool} pool has {pool_mib} MiB an instance, but the limits grant up to {granted_mib} MiB")]
    PoolTooSmall {
        /// `policy` or `connector`.
        pool: &'static str,
        /// The pool's.
        pool_mib: usize,
        /// The limits'.
        granted_mib: usize,
    },
    /// A thread or client could not be made.
    #[error("the runtime cannot start: {0}")]
    Start(String),
    /// The manifest.
    #[error("plugin {plugin}: {source}")]
    Manifest {
        /// Folder or id.
        plugin: String,
        /// What is wrong.
        source: ManifestError,
    },
    /// The bytes are not the declared ones.
    #[error(
        "plugin {plugin}: component digest: expected {expected}, found {found}; reinstall it from a source you trust"
    )]
    Digest {
        /// The id.
        plugin: String,
        /// Declared.
        expected: String,
        /// Computed.
        found: String,
    },
    /// Not trusted.
    #[error(
        "plugin {plugin} is not signed; only built-in plugins load without a signature (allow_unsigned lets others in, for development)"
    )]
    Unsigned {
        /// The id.
        plugin: String,
    },
    /// The component itself.
    #[error("plugin {plugin}: {reason}")]
    Component {
        /// The id.
        plugin: String,
        /// What is wrong and what to do.
        reason: String,
    },
    /// A function import that no plugin has.
    #[error(
        "plugin {plugin} imports `{import}`: a plugin may import recaudo:log/logger and nothing else; \
         build it for wasm32-unknown-unknown with the SDK"
    )]
    Import {
        /// The id.
        plugin: String,
        /// The import's name.
        import: String,
    },
    /// Configuration against its schema.
    #[error("plugin {plugin}: configuration: at {path}: {reason}")]
    Config {
        /// The id.
        plugin: String,
        /// JSON pointer, `/` for the whole.
        path: String,
        /// Expected and found.
        reason: String,
    },
    /// Not there.
    #[error("plugin {plugin} is not installed; installed are: {installed}")]
    NotInstalled {
        /// The id asked for.
        plugin: String,
        /// Ids there are.
        installed: String,
    },
    /// A file of the package.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
}
