//! Sources: importers set up by an operator, each with its configuration and grants bound to a digest.

use std::sync::Arc;

use recaudo_ports::plugin::{Grants, Installation};
use recaudo_store::source as rows;
use serde::Serialize;

use crate::Engine;
use crate::error::EngineError;
use crate::instant::micros;

/// A source as a person sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceView {
    /// The operator's name for it.
    pub name: String,
    /// The plugin's id.
    pub plugin: String,
    /// The digest its grants are bound to, hexadecimal.
    pub component_sha256: String,
    /// What it was granted.
    pub grants: Grants,
}

/// Adds a source. The plugin must be there, export an importer and accept the configuration's shape.
///
/// # Errors
/// A bad name, a name already taken, a plugin that is not there or is no importer.
pub fn add(engine: &mut Engine, installation: &Installation) -> Result<SourceView, EngineError> {
    let name = &installation.name;
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
        return Err(EngineError::Invalid {
            field: "name".into(),
            detail: format!("{name:?} is no name for a source; use letters, digits, '-', '_' and '.'"),
        });
    }
    engine.plugins.importer(installation)?;
    let source = rows::Source {
        id: 0,
        name: name.clone(),
        plugin: installation.plugin.clone(),
        component_sha256: installation.component_sha256,
        config: installation.config.to_vec(),
        grants: serde_json::to_string(&installation.grants).map_err(|e| EngineError::fault(e.to_string()))?,
        added_at: micros(engine.clock.now()),
    };
    let tenant = engine.tenant;
    engine.store.write(|tx| {
        if rows::by_name(tx, tenant, name)?.is_some() {
            let detail = format!("there is a source {name:?} already; choose another name");
            return Err(EngineError::Conflict { detail });
        }
        rows::insert(tx, tenant, &source)?;
        let body = serde_json::json!({
            "plugin": source.plugin,
            "component_sha256": hex::encode(source.component_sha256),
            "grants": installation.grants,
        });
        crate::audit::append(tx, tenant, source.added_at, ("source-added", name), body.to_string().as_bytes())
    })?;
    view(&source)
}

/// Replaces a source's grants and binds them to a digest: what the operator granted now is all it has.
///
/// # Errors
/// An unknown source, or the store's.
pub fn grant(
    engine: &mut Engine,
    name: &str,
    component_sha256: [u8; 32],
    grants: &Grants,
) -> Result<SourceView, EngineError> {
    let text = serde_json::to_string(grants).map_err(|e| EngineError::fault(e.to_string()))?;
    let (tenant, now) = (engine.tenant, micros(engine.clock.now()));
    let source = engine.store.write(|tx| {
        let found = rows::by_name(tx, tenant, name)?;
        let mut source = found.ok_or_else(|| EngineError::NotFound { kind: "source", id: name.into() })?;
        rows::grant(tx, tenant, (source.id, &component_sha256), &text)?;
        let body = serde_json::json!({ "component_sha256": hex::encode(component_sha256), "grants": grants });
        crate::audit::append(tx, tenant, now, ("source-granted", name), body.to_string().as_bytes())?;
        (source.component_sha256, source.grants) = (component_sha256, text.clone());
        Ok::<_, EngineError>(source)
    })?;
    view(&source)
}

/// The sources, by name.
///
/// # Errors
/// The store's.
pub fn list(engine: &mut Engine) -> Result<Vec<SourceView>, EngineError> {
    let tenant = engine.tenant;
    let found = engine.store.read(|conn| rows::list(conn, tenant))?;
    found.iter().map(view).collect()
}

/// The installation behind a stored source.
///
/// # Errors
/// Grants that are not what we wrote.
pub(crate) fn installation(source: &rows::Source) -> Result<Installation, EngineError> {
    Ok(Installation {
        name: source.name.clone(),
        plugin: source.plugin.clone(),
        component_sha256: source.component_sha256,
        config: Arc::from(source.config.as_slice()),
        grants: grants(source)?,
    })
}

fn grants(source: &rows::Source) -> Result<Grants, EngineError> {
    serde_json::from_str(&source.grants)
        .map_err(|error| EngineError::fault(format!("the grants of source {:?}: {error}", source.name)))
}

fn view(source: &rows::Source) -> Result<SourceView, EngineError> {
    Ok(SourceView {
        name: source.name.clone(),
        plugin: source.plugin.clone(),
        component_sha256: hex::encode(source.component_sha256),
        grants: grants(source)?,
    })
}
