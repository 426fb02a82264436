//! An engine over a folder, with the built-in plugins in the sandbox and a clock a test sets.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use recaudo_app::system::{SetClock, SystemRandom};
use recaudo_engine::Engine;
use recaudo_engine::import::{ImportView, import};
use recaudo_engine::progress::Silent;
use recaudo_engine::settings::{Settings, SettingsText};
use recaudo_engine::vault::Vault;
use recaudo_engine::verify::verify;
use recaudo_engine::{quarantine, source};
use recaudo_ports::plugin::{Grants, Installation};
use recaudo_runtime::{BuiltIn, Runtime, RuntimeConfig};
use recaudo_store::Store;
use tempfile::TempDir;

const HOME: &str = r#"
[creditor]
name = "Acme S.A.S."
time_zone = "America/Bogota"
locale = "es-CO"
sender = "cobranza@acme.example"
"#;

/// A desk: a folder for exports, an engine that reads them.
pub(crate) struct Desk {
    folder: TempDir,
    pub(crate) engine: Engine,
    pub(crate) runtime: Arc<Runtime>,
}

impl Desk {
    /// It is noon in Bogotá on the day.
    pub(crate) fn on(day: &str) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let cache_dir = Some(super::program::binary().with_file_name("test-cache"));
        let config = RuntimeConfig { cache_dir, ..RuntimeConfig::default() };
        let runtime = Runtime::new(config).expect("the sandbox starts");
        for plugin in recaudo_builtin::PLUGINS {
            let builtin = BuiltIn {
                component: plugin.component,
                manifest: plugin.manifest,
                config_schema: plugin.config_schema,
                component_sha256: plugin.component_sha256,
            };
            runtime.registry().offer(plugin.id, builtin);
        }
        let settings = SettingsText { home: HOME, ..SettingsText::default() };
        let engine = Engine {
            store: Store::open(&folder.path().join("recaudo.db")).expect("a store opens"),
            plugins: Arc::clone(&runtime) as Arc<_>,
            clock: Arc::new(SetClock::at(noon(day))),
            random: Arc::new(SystemRandom),
            vault: Vault::new([9; 32]),
            tenant: 1,
            settings: Settings::parse(&settings).expect("the settings are right"),
        };
        std::fs::create_dir(folder.path().join("drop")).expect("a folder");
        Self { folder, engine, runtime }
    }

    /// The folder the ERP drops its files into.
    pub(crate) fn drop(&self) -> PathBuf {
        self.folder.path().join("drop")
    }

    /// Drops a file.
    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.drop().join(name), bytes).expect("a file");
    }

    /// A source over the drop folder, or another.
    pub(crate) fn source(&mut self, name: &str, config: &str, folder: &Path) {
        let component_sha256 = recaudo_app::digest(&self.runtime, "erp-csv").expect("erp-csv is built in");
        self.runtime.validate_config("erp-csv", config.as_bytes()).expect("the configuration is right");
        let grants =
            Grants { files: [("drop".to_owned(), folder.display().to_string())].into(), ..Grants::default() };
        let installation = Installation {
            name: name.into(),
            plugin: "erp-csv".into(),
            component_sha256,
            config: Arc::from(config.as_bytes()),
            grants,
        };
        source::add(&mut self.engine, &installation).expect("the source is added");
    }

    /// Imports a source; whatever came in, the ledger is sound.
    pub(crate) fn import(&mut self, name: &str) -> ImportView {
        let mut views = import(&mut self.engine, Some(name), &mut Silent).expect("the import runs");
        let sound = verify(&mut self.engine, &mut Silent).expect("verify runs");
        assert!(sound.ok, "{sound:?}");
        let view = views.remove(0);
        assert_eq!(view.read, view.imported + view.unchanged + view.quarantined, "{view:?}");
        view
    }

    /// `file:row field code: value` of each complaint.
    pub(crate) fn complaints(&mut self) -> Vec<String> {
        let rows = quarantine::list(&mut self.engine, "en").expect("quarantine lists");
        let line = |q: quarantine::QuarantineView| {
            assert!(!q.reason.is_empty() && !q.what_to_do.is_empty(), "{q:?}");
            format!("{}:{} {} {}: {}", q.file, q.row, q.field, q.code, q.value)
        };
        rows.into_iter().map(line).collect()
    }
}

fn noon(day: &str) -> DateTime<Utc> {
    format!("{day}T17:00:00Z").parse().expect("a day")
}
