//! An engine over a folder, with the built-in plugins in the sandbox.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use recaudo_app::system::{SystemClock, SystemRandom};
use recaudo_engine::Engine;
use recaudo_engine::settings::{Settings, SettingsText};
use recaudo_engine::vault::Vault;
use recaudo_runtime::{BuiltIn, Runtime, RuntimeConfig};
use recaudo_store::Store;

const HOME: &str = r#"
[creditor]
name = "Bench S.A.S."
time_zone = "America/Bogota"
locale = "es-CO"
sender = "cobranza@bench.example"
"#;

/// The sandbox with the built-in plugins; compiled code is kept in the folder.
pub(crate) fn runtime(folder: &Path) -> anyhow::Result<Arc<Runtime>> {
    let config = RuntimeConfig { cache_dir: Some(folder.join("cache")), ..RuntimeConfig::default() };
    let runtime = Runtime::new(config)?;
    for plugin in recaudo_builtin::PLUGINS {
        let builtin = BuiltIn {
            component: plugin.component,
            manifest: plugin.manifest,
            config_schema: plugin.config_schema,
            component_sha256: plugin.component_sha256,
        };
        runtime.registry().offer(plugin.id, builtin);
    }
    Ok(runtime)
}

/// An engine over `recaudo.db` in the folder.
pub(crate) fn engine(folder: &Path, runtime: Arc<Runtime>) -> anyhow::Result<Engine> {
    Ok(Engine {
        store: Store::open(&folder.join("recaudo.db"))?,
        plugins: runtime,
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        vault: Vault::new([1; 32]),
        tenant: 1,
        settings: Settings::parse(&SettingsText { home: HOME, ..SettingsText::default() })?,
    })
}

/// The digest of a built-in plugin.
pub(crate) fn digest(id: &str) -> anyhow::Result<[u8; 32]> {
    let plugin = recaudo_builtin::PLUGINS.iter().find(|plugin| plugin.id == id).context("no such plugin")?;
    let mut digest = [0; 32];
    for (byte, at) in digest.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(&plugin.component_sha256[at..at + 2], 16)?;
    }
    Ok(digest)
}
