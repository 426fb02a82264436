//! The runtime's face: configuration in, plugins behind the traits of `recaudo-ports` out.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use recaudo_ports::documents::{Documents, NoDocuments};
use recaudo_ports::plugin::{
    Allocator, Channel, Gate, Gateway, Identity, Importer, Installation, PaymentWebhook, PluginError,
    PluginErrorKind, Plugins, Pricer, Scorer, Settlement, Statement, Strategist, Writeback,
};
use recaudo_ports::secrets::{NoSecrets, Secrets};

use crate::adapter::allocator::AllocatorGuest;
use crate::adapter::channel::{self, ChannelGuest};
use crate::adapter::gate::GateGuest;
use crate::adapter::gateway::GatewayGuest;
use crate::adapter::importer::ImporterGuest;
use crate::adapter::io::Connector;
use crate::adapter::pricer::PricerGuest;
use crate::adapter::scorer::ScorerGuest;
use crate::adapter::settlement::SettlementGuest;
use crate::adapter::statement::StatementGuest;
use crate::adapter::strategist::StrategistGuest;
use crate::adapter::webhook::PaymentWebhookGuest;
use crate::adapter::writeback::WritebackGuest;
use crate::breaker::Breakers;
use crate::effect::mail::{MailRoute, Mailer};
use crate::effect::vault::{Kept, Vault};
use crate::effect::{files, http};
use crate::engine::{Engines, Family, Pools};
use crate::error::RuntimeError;
use crate::guest::Guest;
use crate::limits::{Limits, MIB};
use crate::registry::{
    ALLOCATOR, CHANNEL, GATE, GATEWAY, IMPORTER, Loaded, PAYMENT_WEBHOOK, PRICER, Registry, SCORER,
    SETTLEMENT, STATEMENT, STRATEGIST, WRITEBACK,
};
use crate::stats::Observer;

/// How the runtime is set up.
#[derive(Clone)]
pub struct RuntimeConfig {
    /// Where compiled components are kept; none: compiled at each start.
    pub cache_dir: Option<PathBuf>,
    /// Limits of every installation.
    pub limits: Limits,
    /// Limits of single installations, by the operator's name for them.
    pub limits_of: std::collections::BTreeMap<String, Limits>,
    /// Guests at the same time.
    pub pools: Pools,
    /// Where mail goes; none: a channel that asks for mail is refused.
    pub mail: Option<MailRoute>,
    /// Where secrets are kept.
    pub secrets: Arc<dyn Secrets>,
    /// What messages attach.
    pub documents: Arc<dyn Documents>,
    /// Load packages nobody vouches for. For development: it shouts in the log.
    pub allow_unsigned: bool,
    /// Told of every run.
    pub observer: Option<Arc<dyn Observer>>,
}

impl Default for RuntimeConfig {
    fn default() -> Self {
        Self {
            cache_dir: None,
            limits: Limits::default(),
            limits_of: std::collections::BTreeMap::new(),
            pools: Pools::default(),
            mail: None,
            secrets: Arc::new(NoSecrets),
            documents: Arc::new(NoDocuments),
            allow_unsigned: false,
            observer: None,
        }
    }
}

/// The sandbox.
pub struct Runtime {
    config: RuntimeConfig,
    engines: Arc<Engines>,
    registry: Registry,
    driver: OnceLock<Result<tokio::runtime::Runtime, String>>,
    kept: Arc<Kept>,
    breakers: Breakers,
}

impl Runtime {
    /// Starts it: both engines, their pools, their clock.
    ///
    /// # Errors
    /// The pools do not fit into this machine, or the cache folder cannot be made.
    pub fn new(config: RuntimeConfig) -> Result<Arc<Self>, RuntimeError> {
        let engines = Arc::new(Engines::new(&config.pools, &config.limits)?);
        let registry =
            Registry::new(Arc::clone(&engines), config.cache_dir.as_deref(), config.allow_unsigned)?;
        Ok(Arc::new(Self {
            config,
            engines,
            registry,
            driver: OnceLock::new(),
            kept: Arc::default(),
            breakers: Breakers::default(),
        }))
    }

    /// The installed plugins.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Checks a configuration (JSON) against the plugin's schema.
    ///
    /// # Errors
    /// [`RuntimeError::Config`] with path, expected and found; or the plugin is not installed.
    pub fn validate_config(&self, plugin: &str, config: &[u8]) -> Result<(), RuntimeError> {
        self.registry.current(plugin)?.package.schema.check(config)
    }

    fn loaded(&self, installation: &Installation) -> Result<Arc<Loaded>, PluginError> {
        self.registry
            .exact(&installation.plugin, &installation.component_sha256)
            .map_err(|e| unusable(&installation.plugin, "not-installed", &e))
    }

    fn guest(
        &self,
        installation: &Installation,
        (interface, family): (&'static str, Family),
    ) -> Result<(Arc<Loaded>, Guest), PluginError> {
        let loaded = self.loaded(installation)?;
        let plugin = format!("{} {}", loaded.identity.id, loaded.identity.version);
        if !loaded.package.surface.exports.iter().any(|e| e == interface) {
            let exports = loaded.package.surface.exports.join(", ");
            return Err(unusable(
                &plugin,
                "no-such-interface",
                &format!("it does not export {interface}, but {exports}"),
            ));
        }
        let pre =
            self.registry.compiled(&loaded, family).map_err(|e| unusable(&plugin, "not-compiled", &e))?;
        let limits = self.config.limits_of.get(&installation.name).unwrap_or(&self.config.limits);
        let mut guest = Guest {
            family,
            pre,
            plugin,
            component_sha256: loaded.package.component_sha256,
            engines: Arc::clone(&self.engines),
            observer: self.config.observer.clone(),
            limits: Arc::new(limits.clone()),
            memory_bytes: 0,
            breaker: self.breakers.of(&installation.name, interface),
        };
        let asked = loaded.package.manifest.limits.memory_mib.map_or(0, |mib| mib as usize * MIB);
        let budget = guest.budget();
        guest.memory_bytes =
            asked.clamp(budget.memory_bytes, budget.memory_bytes_granted.max(budget.memory_bytes));
        Ok((loaded, guest))
    }

    fn sources(
        &self,
        loaded: &Loaded,
        installation: &Installation,
        guest: &Guest,
    ) -> Result<files::Sources, PluginError> {
        let driver = self.driver.get_or_init(|| {
            let threads = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
            threads.map_err(|e| e.to_string())
        });
        let driver = driver.as_ref().map_err(|e| unusable(&guest.plugin, "no-driver", e))?;
        let manifest = &loaded.package.manifest;
        let grants = &installation.grants.files;
        Ok(files::Sources::open(manifest, grants, guest.limits.file_range_bytes, driver.handle()))
    }

    fn vault(&self, loaded: &Loaded, installation: &Installation) -> Arc<Vault> {
        let (secrets, kept) = (Arc::clone(&self.config.secrets), Arc::clone(&self.kept));
        Arc::new(Vault::new(&loaded.package.manifest, installation, secrets, kept))
    }

    fn http(&self, loaded: &Loaded, installation: &Installation, guest: &Guest) -> http::Client {
        let vault = self.vault(loaded, installation);
        http::Client::new(&loaded.package.manifest, &installation.grants, vault, &guest.limits)
    }

    /// A connector of that interface, with what its installation may reach.
    fn connecting<G>(
        &self,
        installation: &Installation,
        interface: &'static str,
        make: impl FnOnce(Connector) -> wasmtime::Result<G>,
    ) -> Result<G, PluginError> {
        let (loaded, guest) = self.guest(installation, (interface, Family::Connector))?;
        let plugin = guest.plugin.clone();
        let files = self.sources(&loaded, installation, &guest)?;
        let http = self.http(&loaded, installation, &guest);
        make(Connector { guest, files, http }).map_err(|e| unusable(&plugin, "wrong-shape", &e))
    }

    /// A judge of that interface.
    fn judging<G>(
        &self,
        installation: &Installation,
        interface: &'static str,
        make: impl FnOnce(Guest) -> wasmtime::Result<G>,
    ) -> Result<G, PluginError> {
        let (_, guest) = self.guest(installation, (interface, Family::Policy))?;
        let plugin = guest.plugin.clone();
        make(guest).map_err(|e| unusable(&plugin, "wrong-shape", &e))
    }

    fn mailer(&self, loaded: &Loaded, installation: &Installation) -> Result<Mailer, &'static str> {
        if !loaded.package.manifest.mail.send {
            return Err("the manifest does not ask to send mail ([mail] send = true)");
        }
        if !installation.grants.mail {
            return Err("the operator has not granted mail to this installation");
        }
        match &self.config.mail {
            Some(route) => Ok(Mailer { route: route.clone(), secrets: Arc::clone(&self.config.secrets) }),
            None => Err("no mail server and no maildir is configured"),
        }
    }
}

impl Plugins for Runtime {
    fn identity(&self, installation: &Installation) -> Result<Identity, PluginError> {
        Ok(self.loaded(installation)?.identity.clone())
    }

    fn importer(&self, installation: &Installation) -> Result<Arc<dyn Importer>, PluginError> {
        Ok(Arc::new(self.connecting(installation, IMPORTER, ImporterGuest::new)?))
    }

    fn channel(&self, installation: &Installation) -> Result<Arc<dyn Channel>, PluginError> {
        let (loaded, guest) = self.guest(installation, (CHANNEL, Family::Connector))?;
        let effects = channel::Effects {
            files: self.sources(&loaded, installation, &guest)?,
            http: self.http(&loaded, installation, &guest),
            documents: Arc::clone(&self.config.documents),
            mail: self.mailer(&loaded, installation),
        };
        let plugin = guest.plugin.clone();
        Ok(Arc::new(ChannelGuest::new(guest, effects).map_err(|e| unusable(&plugin, "wrong-shape", &e))?))
    }

    fn scorer(&self, installation: &Installation) -> Result<Arc<dyn Scorer>, PluginError> {
        let (loaded, guest) = self.guest(installation, (SCORER, Family::Policy))?;
        let plugin = guest.plugin.clone();
        let columns = loaded.package.manifest.columns.clone();
        Ok(Arc::new(ScorerGuest::new(guest, columns).map_err(|e| unusable(&plugin, "wrong-shape", &e))?))
    }

    fn gate(&self, installation: &Installation) -> Result<Arc<dyn Gate>, PluginError> {
        Ok(Arc::new(self.judging(installation, GATE, GateGuest::new)?))
    }

    fn allocator(&self, installation: &Installation) -> Result<Arc<dyn Allocator>, PluginError> {
        Ok(Arc::new(self.judging(installation, ALLOCATOR, AllocatorGuest::new)?))
    }

    fn pricer(&self, installation: &Installation) -> Result<Arc<dyn Pricer>, PluginError> {
        Ok(Arc::new(self.judging(installation, PRICER, PricerGuest::new)?))
    }

    fn statement(&self, installation: &Installation) -> Result<Arc<dyn Statement>, PluginError> {
        Ok(Arc::new(self.connecting(installation, STATEMENT, StatementGuest::new)?))
    }

    fn settlement(&self, installation: &Installation) -> Result<Arc<dyn Settlement>, PluginError> {
        Ok(Arc::new(self.connecting(installation, SETTLEMENT, SettlementGuest::new)?))
    }

    fn gateway(&self, installation: &Installation) -> Result<Arc<dyn Gateway>, PluginError> {
        Ok(Arc::new(self.connecting(installation, GATEWAY, GatewayGuest::new)?))
    }

    fn payment_webhook(&self, installation: &Installation) -> Result<Arc<dyn PaymentWebhook>, PluginError> {
        let (loaded, guest) = self.guest(installation, (PAYMENT_WEBHOOK, Family::Connector))?;
        let (plugin, vault) = (guest.plugin.clone(), self.vault(&loaded, installation));
        let made = PaymentWebhookGuest::new(guest, vault);
        Ok(Arc::new(made.map_err(|e| unusable(&plugin, "wrong-shape", &e))?))
    }

    fn writeback(&self, installation: &Installation) -> Result<Arc<dyn Writeback>, PluginError> {
        Ok(Arc::new(self.connecting(installation, WRITEBACK, WritebackGuest::new)?))
    }

    fn strategist(&self, installation: &Installation) -> Result<Arc<dyn Strategist>, PluginError> {
        let (loaded, guest) = self.guest(installation, (STRATEGIST, Family::Policy))?;
        let plugin = guest.plugin.clone();
        let columns = loaded.package.manifest.columns.clone();
        Ok(Arc::new(StrategistGuest::new(guest, columns).map_err(|e| unusable(&plugin, "wrong-shape", &e))?))
    }
}

fn unusable(plugin: &str, code: &str, why: &dyn std::fmt::Display) -> PluginError {
    PluginError {
        plugin: plugin.into(),
        kind: PluginErrorKind::NotInstalled,
        code: code.into(),
        message: why.to_string(),
        may_have_committed: false,
        retry_after_ms: None,
    }
}
