//! A plugin's package: manifest, component, configuration schema; checked before it is used.

use std::borrow::Cow;
use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::error::RuntimeError;
use crate::inspect::{Surface, surface};
use crate::manifest::Manifest;
use crate::schema::Schema;

/// How a package came to be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trust {
    /// Its digest is compiled into the host.
    BuiltIn,
    /// Nobody vouches for it; `allow_unsigned` let it in.
    Unsigned,
    // A signature over the digests of manifest, component and SBOM becomes a variant here, decided in `Registry::trust`.
}

/// A checked package.
pub(crate) struct Package {
    pub(crate) manifest: Manifest,
    pub(crate) manifest_sha256: [u8; 32],
    pub(crate) component: Cow<'static, [u8]>,
    pub(crate) component_sha256: [u8; 32],
    pub(crate) surface: Surface,
    pub(crate) schema: Schema,
    pub(crate) schema_text: String,
    pub(crate) trust: Trust,
}

/// The parts of a package, unchecked.
pub(crate) struct Parts<'a> {
    /// Folder or id, for messages.
    pub(crate) name: &'a str,
    pub(crate) component: Cow<'static, [u8]>,
    pub(crate) manifest: &'a str,
    pub(crate) config_schema: &'a str,
    /// The digest somebody vouched for.
    pub(crate) vouched: Option<&'a str>,
    pub(crate) trust: Trust,
}

impl Package {
    pub(crate) fn check(parts: Parts<'_>) -> Result<Self, RuntimeError> {
        let manifest = Manifest::parse(parts.manifest)
            .map_err(|source| RuntimeError::Manifest { plugin: parts.name.into(), source })?;
        let digest: [u8; 32] = Sha256::digest(&parts.component).into();
        let found = hex::encode(digest);
        for expected in [parts.vouched, manifest.component_sha256.as_deref()].into_iter().flatten() {
            if expected != found {
                let (plugin, expected) = (manifest.id, expected.into());
                return Err(RuntimeError::Digest { plugin, expected, found });
            }
        }
        let surface = surface(&manifest.id, &parts.component)?;
        let schema = Schema::new(&manifest.id, parts.config_schema)?;
        Ok(Self {
            manifest_sha256: Sha256::digest(parts.manifest.as_bytes()).into(),
            component: parts.component,
            component_sha256: digest,
            surface,
            schema,
            schema_text: parts.config_schema.into(),
            trust: parts.trust,
            manifest,
        })
    }
}

/// A package's files on disk: `plugin.toml`, `component.wasm`, `config.schema.json`, optionally `DIGESTS`.
pub(crate) struct Folder {
    pub(crate) component: Vec<u8>,
    pub(crate) manifest: String,
    pub(crate) config_schema: String,
    /// The component's line of `DIGESTS` (`<sha256>  component.wasm`, as `sha256sum` writes it).
    pub(crate) digest: Option<String>,
}

impl Folder {
    pub(crate) fn read(path: &Path) -> Result<Self, RuntimeError> {
        let at = |name: &str| path.join(name);
        let io = |name: &str| {
            let path = at(name).display().to_string();
            move |source| RuntimeError::Io { path, source }
        };
        let digests = match fs::read_to_string(at("DIGESTS")) {
            Ok(text) => Some(text),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => None,
            Err(e) => return Err(io("DIGESTS")(e)),
        };
        let digest = digests.and_then(|text| {
            text.lines()
                .filter_map(|line| line.split_once(char::is_whitespace))
                .find(|(_, name)| name.trim().trim_start_matches('*') == "component.wasm")
                .map(|(digest, _)| digest.to_lowercase())
        });
        Ok(Self {
            component: fs::read(at("component.wasm")).map_err(io("component.wasm"))?,
            manifest: fs::read_to_string(at("plugin.toml")).map_err(io("plugin.toml"))?,
            config_schema: fs::read_to_string(at("config.schema.json")).map_err(io("config.schema.json"))?,
            digest,
        })
    }
}
