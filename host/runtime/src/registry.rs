//! Which plugins there are, checked and compiled.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use recaudo_ports::plugin::Identity;
use serde::Serialize;
use wasmtime::component::{Component, InstancePre};

use crate::cache::Cache;
use crate::engine::{Engines, Family};
use crate::error::RuntimeError;
use crate::guest::{State, linker};
use crate::inspect::Surface;
use crate::manifest::Manifest;
use crate::package::{Folder, Package, Parts, Trust};

pub(crate) const IMPORTER: &str = "recaudo:erp/importer@0.1.0";
pub(crate) const CHANNEL: &str = "recaudo:messaging/channel@0.1.0";
pub(crate) const SCORER: &str = "recaudo:scoring/scorer@0.1.0";
pub(crate) const GATE: &str = "recaudo:policy/gate@0.1.0";
pub(crate) const STRATEGIST: &str = "recaudo:policy/strategist@0.1.0";
pub(crate) const ALLOCATOR: &str = "recaudo:policy/allocator@0.1.0";
pub(crate) const PRICER: &str = "recaudo:policy/pricer@0.1.0";
pub(crate) const WRITEBACK: &str = "recaudo:erp/writeback@0.1.0";
pub(crate) const GATEWAY: &str = "recaudo:payments/gateway@0.1.0";
pub(crate) const PAYMENT_WEBHOOK: &str = "recaudo:payments/webhook@0.1.0";
pub(crate) const SETTLEMENT: &str = "recaudo:payments/settlement@0.1.0";
pub(crate) const STATEMENT: &str = "recaudo:payments/statement@0.1.0";

/// Every interface this host calls, and the engine it runs in.
const INTERFACES: &[(&str, Family)] = &[
    (IMPORTER, Family::Connector),
    (WRITEBACK, Family::Connector),
    (CHANNEL, Family::Connector),
    (GATEWAY, Family::Connector),
    (PAYMENT_WEBHOOK, Family::Connector),
    (SETTLEMENT, Family::Connector),
    (STATEMENT, Family::Connector),
    (SCORER, Family::Policy),
    (GATE, Family::Policy),
    (STRATEGIST, Family::Policy),
    (ALLOCATOR, Family::Policy),
    (PRICER, Family::Policy),
];

/// A plugin compiled into the host.
#[derive(Debug, Clone, Copy)]
pub struct BuiltIn<'a> {
    /// The component.
    pub component: &'a [u8],
    /// `plugin.toml`.
    pub manifest: &'a str,
    /// `config.schema.json`.
    pub config_schema: &'a str,
    /// Lower-case hex: what makes it trusted.
    pub component_sha256: &'a str,
}

/// What an operator sees of an installed plugin.
#[derive(Debug, Clone, Serialize)]
pub struct Inspection {
    /// The manifest's id.
    pub id: String,
    /// The manifest's version.
    pub version: String,
    /// The contract it was built for.
    pub contract: String,
    /// The manifest's sentence.
    pub description: String,
    /// Of the component, lower-case hex.
    pub component_sha256: String,
    /// Of the component, bytes.
    pub size: usize,
    /// Who vouches for it.
    pub trust: Trust,
    /// What it imports and exports.
    pub surface: Surface,
}

/// The installed plugins.
pub struct Registry {
    engines: Arc<Engines>,
    cache: Option<Cache>,
    allow_unsigned: bool,
    plugins: Mutex<Plugins>,
}

#[derive(Default)]
struct Plugins {
    by_digest: BTreeMap<[u8; 32], Arc<Loaded>>,
    /// The version new installations take.
    current: BTreeMap<String, [u8; 32]>,
    /// Compiled into the host, and not yet asked for.
    offered: BTreeMap<&'static str, BuiltIn<'static>>,
}

/// A checked package and, once it was needed, its compiled forms.
pub(crate) struct Loaded {
    pub(crate) package: Package,
    pub(crate) identity: Identity,
    compiled: Mutex<BTreeMap<&'static str, InstancePre<State>>>,
}

impl Registry {
    pub(crate) fn new(
        engines: Arc<Engines>,
        cache: Option<&Path>,
        allow_unsigned: bool,
    ) -> Result<Self, RuntimeError> {
        let cache = cache.map(Cache::open).transpose()?;
        Ok(Self { engines, cache, allow_unsigned, plugins: Mutex::default() })
    }

    /// Adds a built-in plugin; returns its id.
    ///
    /// # Errors
    /// Its bytes are not the ones compiled in, or the package is not sound.
    pub fn add_builtin(&self, plugin: &BuiltIn<'_>) -> Result<Identity, RuntimeError> {
        self.add(plugin.package(plugin.component.to_vec().into())?)
    }

    /// Offers a built-in plugin under its id. It is checked when somebody asks for it: most homes use a few of many,
    /// and a host starts quickly.
    pub fn offer(&self, id: &'static str, plugin: BuiltIn<'static>) {
        self.lock().offered.insert(id, plugin);
    }

    /// Adds the package in a folder: `plugin.toml`, `component.wasm`, `config.schema.json`, optionally `DIGESTS`.
    ///
    /// # Errors
    /// It is not trusted, or not sound; the error names key, import or digest.
    pub fn add_folder(&self, folder: &Path) -> Result<Identity, RuntimeError> {
        let files = Folder::read(folder)?;
        let package = Package::check(Parts {
            name: &folder.display().to_string(),
            component: files.component.into(),
            manifest: &files.manifest,
            config_schema: &files.config_schema,
            vouched: files.digest.as_deref(),
            trust: Trust::Unsigned,
        })?;
        let id = &package.manifest.id;
        if !self.allow_unsigned {
            return Err(RuntimeError::Unsigned { plugin: id.clone() });
        }
        log::warn!("PLUGIN {id} IS NOT SIGNED and runs because allow_unsigned is set: for development only");
        self.add(package)
    }

    /// Every installed plugin, by id.
    ///
    /// # Errors
    /// A built-in one is not sound.
    pub fn list(&self) -> Result<Vec<Inspection>, RuntimeError> {
        let offered: Vec<&str> = self.lock().offered.keys().copied().collect();
        offered.into_iter().try_for_each(|id| self.open(id))?;
        let plugins = self.lock();
        let current = plugins.current.values().filter_map(|digest| plugins.by_digest.get(digest));
        Ok(current.map(|loaded| loaded.inspection()).collect())
    }

    /// What a plugin is, imports and exports.
    ///
    /// # Errors
    /// It is not installed.
    pub fn inspect(&self, id: &str) -> Result<Inspection, RuntimeError> {
        Ok(self.current(id)?.inspection())
    }

    /// The digest of a plugin's component; a built-in one need not be checked for it.
    pub fn digest(&self, id: &str) -> Option<[u8; 32]> {
        let plugins = self.lock();
        let Some(offered) = plugins.offered.get(id) else { return plugins.current.get(id).copied() };
        let mut digest = [0; 32];
        hex::decode_to_slice(offered.component_sha256, &mut digest).ok()?;
        Some(digest)
    }

    /// A plugin's manifest; a built-in one need not be checked for it.
    ///
    /// # Errors
    /// It is not installed.
    pub fn manifest(&self, id: &str) -> Result<Manifest, RuntimeError> {
        let offered = self.lock().offered.get(id).copied();
        match offered {
            Some(plugin) => Manifest::parse(plugin.manifest)
                .map_err(|source| RuntimeError::Manifest { plugin: id.into(), source }),
            None => Ok(self.current(id)?.package.manifest.clone()),
        }
    }

    /// A plugin's JSON Schema of its configuration, as text.
    ///
    /// # Errors
    /// It is not installed.
    pub fn config_schema(&self, id: &str) -> Result<String, RuntimeError> {
        Ok(self.current(id)?.package.schema_text.clone())
    }

    /// Compiles a plugin now instead of at its first call, and checks that its interfaces have the contract's shape.
    ///
    /// # Errors
    /// It is not installed, or does not compile.
    pub fn prepare(&self, id: &str) -> Result<(), RuntimeError> {
        let loaded = self.current(id)?;
        for export in &loaded.package.surface.exports {
            if let Some(family) = family(export) {
                self.compiled(&loaded, family)?;
            }
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Plugins> {
        self.plugins.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Checks and adds what is offered under an id, once.
    fn open(&self, id: &str) -> Result<(), RuntimeError> {
        let offered = self.lock().offered.get(id).copied();
        if let Some(plugin) = offered {
            let identity = self.add(plugin.package(plugin.component.into())?)?;
            if identity.id != id {
                let reason = format!("offered as {id}");
                return Err(RuntimeError::Component { plugin: identity.id, reason });
            }
            self.lock().offered.remove(id);
        }
        Ok(())
    }

    pub(crate) fn current(&self, id: &str) -> Result<Arc<Loaded>, RuntimeError> {
        self.open(id)?;
        let plugins = self.lock();
        let found = plugins.current.get(id).and_then(|digest| plugins.by_digest.get(digest)).cloned();
        found.ok_or_else(|| RuntimeError::NotInstalled { plugin: id.into(), installed: plugins.ids() })
    }

    /// The plugin with exactly these bytes.
    pub(crate) fn exact(&self, id: &str, digest: &[u8; 32]) -> Result<Arc<Loaded>, RuntimeError> {
        let current = self.current(id)?;
        let plugins = self.lock();
        match plugins.by_digest.get(digest) {
            Some(loaded) if loaded.identity.id == id => Ok(Arc::clone(loaded)),
            _ => Err(RuntimeError::Digest {
                plugin: id.into(),
                expected: hex::encode(digest),
                found: hex::encode(current.package.component_sha256),
            }),
        }
    }

    pub(crate) fn compiled(
        &self,
        loaded: &Loaded,
        family: Family,
    ) -> Result<InstancePre<State>, RuntimeError> {
        let mut compiled = loaded.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pre) = compiled.get(family.name()) {
            return Ok(pre.clone());
        }
        let engine = &self.engines.room(family).engine;
        let digest = &loaded.package.component_sha256;
        let broken = |e: wasmtime::Error| RuntimeError::Component {
            plugin: loaded.identity.id.clone(),
            reason: format!("it cannot be compiled: {e:#}"),
        };
        let component = match self.cache.as_ref().and_then(|cache| cache.load(engine, digest)) {
            Some(component) => component,
            None => {
                let component = Component::new(engine, &*loaded.package.component).map_err(broken)?;
                if let Some(cache) = &self.cache {
                    cache.store(engine, digest, &component);
                }
                component
            }
        };
        let pre = linker(engine).and_then(|linker| linker.instantiate_pre(&component)).map_err(broken)?;
        compiled.insert(family.name(), pre.clone());
        Ok(pre)
    }

    fn add(&self, package: Package) -> Result<Identity, RuntimeError> {
        speaks_this_contract(&package)?;
        let identity = Identity {
            id: package.manifest.id.clone(),
            version: package.manifest.version.clone(),
            contract: package.manifest.contract.clone(),
            component_sha256: package.component_sha256,
            manifest_sha256: package.manifest_sha256,
        };
        let mut plugins = self.lock();
        if plugins.is_built_in(&identity.id) && package.trust != Trust::BuiltIn {
            let reason = "a built-in plugin has this id; give the package another one".into();
            return Err(RuntimeError::Component { plugin: identity.id, reason });
        }
        let loaded = Loaded { package, identity: identity.clone(), compiled: Mutex::default() };
        plugins.current.insert(identity.id.clone(), identity.component_sha256);
        plugins.by_digest.insert(identity.component_sha256, Arc::new(loaded));
        Ok(identity)
    }
}

impl Plugins {
    fn is_built_in(&self, id: &str) -> bool {
        let loaded = self.current.get(id).and_then(|digest| self.by_digest.get(digest));
        self.offered.contains_key(id) || loaded.is_some_and(|l| l.package.trust == Trust::BuiltIn)
    }

    /// Of everything there is, for messages.
    fn ids(&self) -> String {
        let known = self.current.keys().map(String::as_str);
        let ids: BTreeSet<&str> = known.chain(self.offered.keys().copied()).collect();
        ids.into_iter().collect::<Vec<_>>().join(", ")
    }
}

impl BuiltIn<'_> {
    fn package(&self, component: Cow<'static, [u8]>) -> Result<Package, RuntimeError> {
        Package::check(Parts {
            name: "built-in",
            component,
            manifest: self.manifest,
            config_schema: self.config_schema,
            vouched: Some(self.component_sha256),
            trust: Trust::BuiltIn,
        })
    }
}

impl Loaded {
    fn inspection(&self) -> Inspection {
        let manifest = &self.package.manifest;
        Inspection {
            id: manifest.id.clone(),
            version: manifest.version.clone(),
            contract: manifest.contract.clone(),
            description: manifest.description.clone(),
            component_sha256: hex::encode(self.package.component_sha256),
            size: self.package.component.len(),
            trust: self.package.trust,
            surface: self.package.surface.clone(),
        }
    }
}

/// The engine an exported interface runs in; none for what this host does not know.
fn family(export: &str) -> Option<Family> {
    INTERFACES.iter().find(|(name, _)| *name == export).map(|(_, family)| *family)
}

/// A known interface in another version would fail at the first call: say so now.
fn speaks_this_contract(package: &Package) -> Result<(), RuntimeError> {
    for export in &package.surface.exports {
        for (known, _) in INTERFACES {
            let name = known.split('@').next().unwrap_or(known);
            if export.split('@').next() == Some(name) && export != known {
                return Err(RuntimeError::Component {
                    plugin: package.manifest.id.clone(),
                    reason: format!(
                        "exported interface: expected {known}, found {export}; build it with this host's SDK"
                    ),
                });
            }
        }
    }
    Ok(())
}
