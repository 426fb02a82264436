//! The first-party plugins, compiled in. They are trusted by the digest of their bytes and by nothing else:
//! they use the public contract, and the host treats them as it treats anybody's.

/// A plugin as it is packaged: component, manifest, configuration schema.
#[derive(Debug, Clone, Copy)]
pub struct Plugin {
    /// The manifest's id, such as `erp-csv`.
    pub id: &'static str,
    /// The WebAssembly component.
    pub component: &'static [u8],
    /// `plugin.toml`.
    pub manifest: &'static str,
    /// `config.schema.json`: JSON Schema of the configuration.
    pub config_schema: &'static str,
    /// Of `component`, lower-case hex.
    pub component_sha256: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/plugins.rs"));
