//! Plugins of a home: the built-in ones, and packages an operator put beside them.
//!
//! A package nobody signed is loaded only where an operator has written its digest into `plugins/ID/UNSIGNED`
//! (`plugin add --allow-unsigned` does): the permission holds for those bytes and for no others.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use recaudo_ports::plugin::{Grants, Identity};
use recaudo_runtime::{BuiltIn, Runtime, RuntimeConfig, RuntimeError};

use crate::AppError;
use crate::home::Home;

const FOLDER: &str = "plugins";
const UNSIGNED: &str = "UNSIGNED";
const PACKAGE: [&str; 3] = ["plugin.toml", "component.wasm", "config.schema.json"];

/// Starts a sandbox with the built-in plugins and the packages of a home.
///
/// # Errors
/// A package is not sound or not trusted, or the machine cannot hold the pools.
pub(crate) fn start(mut config: RuntimeConfig, home: Option<&Home>) -> Result<Arc<Runtime>, AppError> {
    let packages = home.map(|home| packages(&home.path(FOLDER))).transpose()?.unwrap_or_default();
    config.allow_unsigned |= !packages.is_empty();
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
    for folder in packages {
        add_permitted(&runtime, &folder)?;
    }
    Ok(runtime)
}

/// Adds a package if the bytes are the ones its operator permitted.
fn add_permitted(runtime: &Runtime, folder: &Path) -> Result<(), AppError> {
    let permitted = fs::read_to_string(folder.join(UNSIGNED)).unwrap_or_default();
    let identity = runtime.registry().add_folder(folder)?;
    let found = hex::encode(identity.component_sha256);
    if permitted.trim() == found {
        return Ok(());
    }
    let plugin = identity.id;
    if permitted.trim().is_empty() {
        return Err(RuntimeError::Unsigned { plugin }.into());
    }
    Err(RuntimeError::Digest { plugin, expected: permitted.trim().into(), found }.into())
}

fn packages(folder: &Path) -> Result<Vec<PathBuf>, AppError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(AppError::Io { path: folder.into(), source }),
    };
    let mut found: Vec<PathBuf> =
        entries.filter_map(Result::ok).map(|e| e.path()).filter(|p| p.join(PACKAGE[0]).is_file()).collect();
    found.sort();
    Ok(found)
}

/// Copies a package into the home after the sandbox has checked it.
///
/// # Errors
/// It is not sound, nobody vouches for it and it was not allowed, or the id is taken.
pub fn add(home: &Home, package: &Path, allow_unsigned: bool) -> Result<Identity, AppError> {
    let bench = Runtime::new(RuntimeConfig { allow_unsigned, ..RuntimeConfig::default() })?;
    let identity = bench.registry().add_folder(package)?;
    if recaudo_builtin::PLUGINS.iter().any(|plugin| plugin.id == identity.id) {
        let detail = format!("{} is built in; give the package another id", identity.id);
        return Err(AppError::Refused { code: "plugin_built_in", detail });
    }
    let target = home.path(FOLDER).join(&identity.id);
    let fail = |path: &Path| {
        let path = path.to_path_buf();
        move |source| AppError::Io { path, source }
    };
    fs::create_dir_all(&target).map_err(fail(&target))?;
    for name in PACKAGE {
        fs::copy(package.join(name), target.join(name)).map_err(fail(&package.join(name)))?;
    }
    let mark = target.join(UNSIGNED);
    fs::write(&mark, format!("{}\n", hex::encode(identity.component_sha256))).map_err(fail(&mark))?;
    Ok(identity)
}

/// Takes a package out of the home; `used_by` names the installations of it.
///
/// # Errors
/// It is built in, not there, or in use.
pub fn remove(home: &Home, id: &str, used_by: &[String]) -> Result<(), AppError> {
    if recaudo_builtin::PLUGINS.iter().any(|plugin| plugin.id == id) {
        let detail =
            format!("{id} is built in and stays; an installation of it can be taken out of recaudo.toml");
        return Err(AppError::Refused { code: "plugin_built_in", detail });
    }
    if !used_by.is_empty() {
        let detail = format!("{id} is used by {}; take those out first", used_by.join(", "));
        return Err(AppError::Refused { code: "plugin_in_use", detail });
    }
    let name_is_plain =
        !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    let target = home.path(FOLDER).join(id);
    if !name_is_plain || !target.is_dir() {
        return Err(AppError::NoPlugin { id: id.into() });
    }
    fs::remove_dir_all(&target).map_err(|source| AppError::Io { path: target, source })
}

/// What is wrong with a grant as it was typed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// None of the four forms.
    #[error("{0:?} is no grant; write files:DIR, host:ORIGIN, credential:LABEL=NAME or mail")]
    Unreadable(String),
    /// The plugin does not ask for it.
    #[error("{plugin} does not ask for {what}; it asks for {}", if .asked.is_empty() { "none of that kind" } else { .asked.as_str() })]
    NotAsked {
        /// The plugin.
        plugin: String,
        /// What was granted.
        what: String,
        /// What its manifest says.
        asked: String,
    },
}

/// Reads grants such as `files:/exports`, `files:drop=/exports`, `host:https://api.example.com`, `credential:api=acme`
/// and `mail` against what the plugin asks for. A relative folder is one of `here`.
///
/// # Errors
/// A grant is unreadable, or the plugin does not ask for it.
pub fn grants(runtime: &Runtime, plugin: &str, texts: &[String], here: &Path) -> Result<Grants, AppError> {
    let manifest = runtime.registry().manifest(plugin)?;
    let labels: Vec<&str> = manifest.files.iter().map(|f| f.source.as_str()).collect();
    let mut grants = Grants::default();
    for text in texts {
        let unreadable = || GrantError::Unreadable(text.clone());
        let not_asked =
            |asked: String| GrantError::NotAsked { plugin: plugin.into(), what: text.clone(), asked };
        let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
        match kind {
            "files" if !rest.is_empty() => {
                let (label, place) = label_of(rest, &labels).ok_or_else(|| not_asked(labels.join(", ")))?;
                grants.files.insert(label.into(), absolute(place, here));
            }
            "host" if !rest.is_empty() => {
                let asked = manifest.http.iter().any(|h| h.origin == rest || h.origin == "*");
                if !asked {
                    let origins: Vec<&str> = manifest.http.iter().map(|h| h.origin.as_str()).collect();
                    return Err(not_asked(origins.join(", ")).into());
                }
                grants.hosts.push(rest.into());
            }
            "credential" => {
                let (label, handle) = rest.split_once('=').ok_or_else(unreadable)?;
                if !manifest.credential.iter().any(|c| c.label == label) {
                    let asked: Vec<&str> = manifest.credential.iter().map(|c| c.label.as_str()).collect();
                    return Err(not_asked(asked.join(", ")).into());
                }
                grants.credentials.insert(label.into(), handle.into());
            }
            "mail" if rest.is_empty() && !manifest.mail.send => return Err(not_asked(String::new()).into()),
            "mail" if rest.is_empty() => grants.mail = true,
            _ => return Err(unreadable().into()),
        }
    }
    Ok(grants)
}

/// `drop=/exports`, or `/exports` alone where the plugin has one source of files.
fn label_of<'a>(rest: &'a str, labels: &[&'a str]) -> Option<(&'a str, &'a str)> {
    if let Some((label, place)) = rest.split_once('=')
        && labels.contains(&label)
    {
        return Some((label, place));
    }
    match labels {
        [label] => Some((label, rest)),
        _ => None,
    }
}

fn absolute(place: &str, here: &Path) -> String {
    if place.contains("://") {
        return place.into();
    }
    let path = here.join(place);
    path.canonicalize().unwrap_or(path).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::label_of;

    #[test]
    fn a_label_may_be_left_out_where_there_is_one() {
        assert_eq!(label_of("/exports", &["drop"]), Some(("drop", "/exports")));
        assert_eq!(label_of("drop=/exports", &["drop", "archive"]), Some(("drop", "/exports")));
        assert_eq!(label_of("/exports", &["drop", "archive"]), None);
        assert_eq!(label_of("/exports", &[]), None);
        assert_eq!(label_of("/a=b", &["drop"]), Some(("drop", "/a=b")), "a folder may have an = in its name");
    }
}
