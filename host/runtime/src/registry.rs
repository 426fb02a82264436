//! Which plugins there are, checked and compiled.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

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
        self.add(Package::check(Parts {
            name: "built-in",
            component: plugin.component.to_vec(),
            manifest: plugin.manifest,
            config_schema: plugin.config_schema,
            vouched: Some(plugin.component_sha256),
            trust: Trust::BuiltIn,
        })?)
    }

    /// Adds the package in a folder: `plugin.toml`, `component.wasm`, `config.schema.json`, optionally `DIGESTS`.
    ///
    /// # Errors
    /// It is not trusted, or not sound; the error names key, import or digest.
    pub fn add_folder(&self, folder: &Path) -> Result<Identity, RuntimeError> {
        let files = Folder::read(folder)?;
        let package = Package::check(Parts {
            name: &folder.display().to_string(),
            component: files.component,
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
    pub fn list(&self) -> Vec<Inspection> {
        let plugins = self.plugins.lock().unwrap_or_else(PoisonError::into_inner);
        plugins.current.values().filter_map(|d| plugins.by_digest.get(d)).map(|l| l.inspection()).collect()
    }

    /// What a plugin is, imports and exports.
    ///
    /// # Errors
    /// It is not installed.
    pub fn inspect(&self, id: &str) -> Result<Inspection, RuntimeError> {
        Ok(self.current(id)?.inspection())
    }

    /// A plugin's manifest.
    ///
    /// # Errors
    /// It is not installed.
    pub fn manifest(&self, id: &str) -> Result<Manifest, RuntimeError> {
        Ok(self.current(id)?.package.manifest.clone())
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

    pub(crate) fn current(&self, id: &str) -> Result<Arc<Loaded>, RuntimeError> {
        let plugins = self.plugins.lock().unwrap_or_else(PoisonError::into_inner);
        let found = plugins.current.get(id).and_then(|digest| plugins.by_digest.get(digest)).cloned();
        found.ok_or_else(|| RuntimeError::NotInstalled {
            plugin: id.into(),
            installed: plugins.current.keys().cloned().collect::<Vec<_>>().join(", "),
        })
    }

    /// The plugin with exactly these bytes.
    pub(crate) fn exact(&self, id: &str, digest: &[u8; 32]) -> Result<Arc<Loaded>, RuntimeError> {
        let current = self.current(id)?;
        let plugins = self.plugins.lock().unwrap_or_else(PoisonError::into_inner);
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
                let component = Component::new(engine, &loaded.package.component).map_err(broken)?;
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
        let mut plugins = self.plugins.lock().unwrap_or_else(PoisonError::into_inner);
        let before = plugins.current.get(&identity.id).and_then(|digest| plugins.by_digest.get(digest));
        if before.is_some_and(|b| b.package.trust == Trust::BuiltIn) && package.trust != Trust::BuiltIn {
            let reason = "a built-in plugin has this id; give the package another one".into();
            return Err(RuntimeError::Component { plugin: identity.id, reason });
        }
        let loaded = Loaded { package, identity: identity.clone(), compiled: Mutex::default() };
        plugins.current.insert(identity.id.clone(), identity.component_sha256);
        plugins.by_digest.insert(identity.component_sha256, Arc::new(loaded));
        Ok(identity)
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
