//! `source add`, `source list`.

use std::fs;
use std::path::Path;

use recaudo_engine::settings::slip;
use recaudo_engine::source;
use recaudo_ports::plugin::Grants;

use super::Context;
use crate::exit::Exit;
use crate::trouble::Trouble;

pub(super) fn add(
    context: &Context<'_>,
    (name, plugin): (&str, &str),
    config: &Path,
    grants: &[String],
) -> Result<Exit, Trouble> {
    let mut app = context.app()?;
    let config = read_config(config)?;
    let here = std::env::current_dir().map_err(|error| Trouble::read(".", error))?;
    let installation = app.installation((name, plugin), config, grants, &here)?;
    let view = source::add(&mut app.engine, &installation)?;
    let out = context.out;
    if out.json {
        super::json(out, &view)?;
    } else {
        out.line(out.words.fill("out.source_added", &[("name", &view.name), ("plugin", &view.plugin)]));
    }
    Ok(Exit::Done)
}

/// JSON as it is; TOML (by its ending) turned into it.
fn read_config(path: &Path) -> Result<Vec<u8>, Trouble> {
    let text = fs::read_to_string(path).map_err(|error| Trouble::read(path, error))?;
    let is_toml = path.extension().is_some_and(|extension| extension == "toml");
    let value: serde_json::Value = if is_toml {
        toml::from_str(&text).map_err(|error| Trouble::read(path, slip(&error, &text)))?
    } else {
        serde_json::from_str(&text).map_err(|error| Trouble::read(path, error))?
    };
    serde_json::to_vec(&value).map_err(|error| Trouble::read(path, error))
}

pub(super) fn list(context: &Context<'_>) -> Result<Exit, Trouble> {
    let mut app = context.app()?;
    let sources = source::list(&mut app.engine)?;
    let out = context.out;
    if out.json {
        super::json(out, &sources)?;
        return Ok(Exit::Done);
    }
    if sources.is_empty() {
        out.line(out.text("out.no_sources"));
        return Ok(Exit::Done);
    }
    let mut table = out.headed(&["source", "plugin", "digest", "grants"]);
    for source in sources {
        let digest = source.component_sha256.chars().take(12).collect();
        table.row([source.name, source.plugin, digest, grants_text(&source.grants)]);
    }
    out.table(&table);
    Ok(Exit::Done)
}

/// Grants as they are typed.
pub(super) fn grants_text(grants: &Grants) -> String {
    let files = grants.files.iter().map(|(label, place)| format!("files:{label}={place}"));
    let hosts = grants.hosts.iter().map(|host| format!("host:{host}"));
    let credentials = grants.credentials.iter().map(|(label, handle)| format!("credential:{label}={handle}"));
    let mail = grants.mail.then(|| "mail".to_owned());
    files.chain(hosts).chain(credentials).chain(mail).collect::<Vec<_>>().join(" ")
}
