//! Ties the rooms together: a home directory becomes an engine with its plugins, clock and keys.
//!
//! This is the one library face for a program that carries Recaudo inside; `host/cli` is such a program.
//! It logs nothing by itself, handles no signals and never ends the process.
//!
//! ```no_run
//! # fn main() -> Result<(), recaudo_app::AppError> {
//! let mut app = recaudo_app::App::builder("/srv/recaudo/acme").build()?;
//! let report = app.report(None)?;
//! # Ok(()) }
//! ```

pub mod bank;
pub mod demo;
pub mod home;
pub mod page;
pub mod plugins;
pub mod store;
pub mod system;
pub mod words;

mod config;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use recaudo_core::day::Day;
use recaudo_engine::Engine;
use recaudo_engine::error::EngineError;
use recaudo_engine::pay::Gateways;
use recaudo_engine::report::ReportData;
use recaudo_engine::settings::{Settings, SettingsError};
use recaudo_engine::source::SourceView;
use recaudo_engine::vault::Vault;
use recaudo_ports::clock::{Clock, Random};
use recaudo_ports::plugin::{Installation, Plugins};
use recaudo_runtime::RuntimeConfig;
use recaudo_runtime::limits::Limits;

/// What a face shows of the sandbox.
pub use recaudo_runtime::{Runtime, RuntimeError, Trust};
use recaudo_store::StoreError;

use home::{Home, HomeError, KEY_VARIABLE};
use plugins::GrantError;
use system::{EnvironmentSecrets, SystemClock, SystemRandom};

/// A folder for compiled plugins that several homes share; without it each home keeps its own. Whoever can write there
/// decides what runs, so it belongs to the same user.
const CACHE_VARIABLE: &str = "RECAUDO_CACHE";

/// The tenant of a home: an embedded store holds one.
const TENANT: i64 = 1;

/// Why a home does not become an engine, or an operator's wish cannot be met.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The folder.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// Its files.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The sandbox or a package.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// A grant.
    #[error(transparent)]
    Grant(#[from] GrantError),
    /// A use case.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A rule said no.
    #[error("{detail}")]
    Refused {
        /// Stable, `snake_case`.
        code: &'static str,
        /// Which rule, and what to do.
        detail: String,
    },
    /// No plugin of that id.
    #[error("there is no plugin {id:?}")]
    NoPlugin {
        /// What was asked for.
        id: String,
    },
    /// The report's page does not render: a fault of ours.
    #[error("the page does not render: {0}")]
    Page(String),
    /// A file.
    #[error("{}: {source}", .path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        Self::Engine(error.into())
    }
}

/// A home at work.
pub struct App {
    /// The folder.
    pub home: Home,
    /// The sandbox.
    pub runtime: Arc<Runtime>,
    /// The use cases' state.
    pub engine: Engine,
}

/// Puts an [`App`] together.
pub struct Builder {
    dir: PathBuf,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    limits: Limits,
    wrap: Option<Wrap>,
}

type Wrap = Box<dyn FnOnce(Arc<dyn Plugins>) -> Arc<dyn Plugins>>;

impl Builder {
    /// Another clock: simulated days, tests.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Other randomness, such as a seeded one.
    #[must_use]
    pub fn random(mut self, random: Arc<dyn Random>) -> Self {
        self.random = random;
        self
    }

    /// Other limits of the sandbox.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Native plugins beside or instead of the sandboxed ones: they implement the traits guests are seen through.
    #[must_use]
    pub fn plugins(mut self, wrap: impl FnOnce(Arc<dyn Plugins>) -> Arc<dyn Plugins> + 'static) -> Self {
        self.wrap = Some(Box::new(wrap));
        self
    }

    /// Opens everything.
    ///
    /// # Errors
    /// The first thing that is wrong with the home, by file and key.
    pub fn build(self) -> Result<App, AppError> {
        let home = Home::at(&self.dir)?;
        let texts = home.texts()?;
        let mut settings = Settings::parse(&texts.settings())?;
        let mail = config::mail_route(&texts.home, home.dir())?;
        settings.live = config::reaches_people(&mail);
        let config = RuntimeConfig {
            cache_dir: Some(
                std::env::var_os(CACHE_VARIABLE).map_or_else(|| home.path(".cache"), PathBuf::from),
            ),
            limits: self.limits,
            mail: Some(mail),
            secrets: Arc::new(EnvironmentSecrets),
            ..RuntimeConfig::default()
        };
        let key = home.key(std::env::var(KEY_VARIABLE).ok().as_deref())?;
        let runtime = plugins::start(config, Some(&home))?;
        settings.pin(|id| digest(&runtime, id));
        bank::label(&mut settings, &runtime);
        if let Some(model) = home.model()?
            && let Some(scorer) = &mut settings.installed.scorer
        {
            runtime.validate_config(&scorer.plugin, model.as_bytes())?;
            scorer.config = Arc::from(model.into_bytes());
        }
        let native: Arc<dyn Plugins> = Arc::clone(&runtime) as Arc<dyn Plugins>;
        let engine = Engine {
            store: store::open(&home, &texts.home)?,
            plugins: self.wrap.map_or(Arc::clone(&native), |wrap| wrap(native)),
            clock: self.clock,
            random: self.random,
            vault: Vault::new(key),
            tenant: TENANT,
            settings,
        };
        Ok(App { home, runtime, engine })
    }
}

/// The digest of a plugin as it is installed now.
pub fn digest(runtime: &Runtime, id: &str) -> Option<[u8; 32]> {
    runtime.registry().digest(id)
}

impl App {
    /// An app over the home in a folder, with the machine's clock and randomness unless told otherwise.
    pub fn builder(dir: impl AsRef<Path>) -> Builder {
        Builder {
            dir: dir.as_ref().into(),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            limits: Limits::default(),
            wrap: None,
        }
    }

    /// An installation of a plugin as it is now: its digest, with this configuration and these grants.
    ///
    /// # Errors
    /// The plugin is not there, the configuration does not fit its schema, or it does not ask for a grant.
    pub fn installation(
        &self,
        (name, plugin): (&str, &str),
        config: Vec<u8>,
        grants: &[String],
        here: &Path,
    ) -> Result<Installation, AppError> {
        self.runtime.validate_config(plugin, &config)?;
        Ok(Installation {
            name: name.into(),
            plugin: plugin.into(),
            component_sha256: digest(&self.runtime, plugin)
                .ok_or(AppError::NoPlugin { id: plugin.into() })?,
            config: config.into(),
            grants: plugins::grants(&self.runtime, plugin, grants, here)?,
        })
    }

    /// Replaces what a source is granted, bound to its plugin as it is now. What `recaudo.toml` installs is granted there.
    ///
    /// # Errors
    /// There is no such source, or the plugin does not ask for a grant.
    pub fn grant(&mut self, name: &str, grants: &[String], here: &Path) -> Result<SourceView, AppError> {
        let sources = recaudo_engine::source::list(&mut self.engine)?;
        let Some(source) = sources.into_iter().find(|source| source.name == name) else {
            let installed = &self.engine.settings.installed;
            let judges = installed.scorer.iter().chain(&installed.strategist).chain(&installed.gates);
            if judges
                .chain(installed.channels.values())
                .chain(&installed.allocator)
                .chain(installed.gateways.values())
                .any(|i| i.name == name)
            {
                let detail = format!("{name} is installed by recaudo.toml; write its grants there");
                return Err(AppError::Refused { code: "granted_in_file", detail });
            }
            return Err(EngineError::NotFound { kind: "source", id: name.into() }.into());
        };
        let grants = plugins::grants(&self.runtime, &source.plugin, grants, here)?;
        let digest = digest(&self.runtime, &source.plugin).ok_or(AppError::NoPlugin { id: source.plugin })?;
        Ok(recaudo_engine::source::grant(&mut self.engine, name, digest, &grants)?)
    }

    /// The gateways `recaudo.toml` installs, each with a configuration that fits its plugin.
    ///
    /// # Errors
    /// A plugin is not there, or a configuration does not fit its schema.
    pub fn gateways(&self) -> Result<Gateways, AppError> {
        let gateways = &self.engine.settings.installed.gateways;
        for installation in gateways.values() {
            if installation.component_sha256 == [0; 32] {
                return Err(AppError::NoPlugin { id: installation.plugin.clone() });
            }
            self.runtime.validate_config(&installation.plugin, &installation.config)?;
        }
        Ok(gateways.clone())
    }

    /// The executive report's data; without a day, as of today in the creditor's zone.
    ///
    /// # Errors
    /// The store's.
    pub fn report(&mut self, as_of: Option<Day>) -> Result<ReportData, AppError> {
        Ok(recaudo_engine::report::report(&mut self.engine, as_of)?)
    }

    /// The report as a page, in the creditor's language or another one.
    ///
    /// # Errors
    /// A template of ours is broken.
    pub fn page(&self, report: &ReportData, locale: Option<&str>) -> Result<String, AppError> {
        let locale = locale.unwrap_or(&self.engine.settings.creditor.locale);
        page::render(report, locale).map_err(|error| AppError::Page(format!("{error:#}")))
    }
}

/// A sandbox without a home: the built-in plugins alone, for benches such as `gate test`.
///
/// # Errors
/// The machine cannot hold the pools.
pub fn bench() -> Result<Arc<Runtime>, AppError> {
    plugins::start(RuntimeConfig::default(), None)
}
