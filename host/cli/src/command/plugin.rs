//! `plugin list`, `inspect`, `add`, `grant`, `remove`.

use std::path::Path;

use recaudo_app::Trust;
use recaudo_app::home::Home;
use recaudo_app::{App, plugins};
use recaudo_engine::source;
use recaudo_ports::plugin::Grants;
use serde_json::json;

use super::Context;
use super::source::grants_text;
use crate::exit::Exit;
use crate::trouble::Trouble;

/// An installation: its name, its plugin, its grants.
type Installed = (String, String, Grants);

/// Every installation of the home: those of `recaudo.toml`, then the sources.
fn installations(app: &mut App) -> Result<Vec<Installed>, Trouble> {
    let installed = &app.engine.settings.installed;
    let judges = installed.scorer.iter().chain(&installed.strategist).chain(&installed.gates);
    let money = installed.allocator.iter().chain(installed.statements.iter().map(|s| &s.installation));
    // Built-in readers and allocator are there without a word in the file; those not compiled in are not.
    let money = money.filter(|i| i.component_sha256 != [0; 32]);
    let of_file = judges.chain(installed.channels.values()).chain(money).chain(installed.gateways.values());
    let mut all: Vec<Installed> =
        of_file.map(|i| (i.name.clone(), i.plugin.clone(), i.grants.clone())).collect();
    all.extend(source::list(&mut app.engine)?.into_iter().map(|s| (s.name, s.plugin, s.grants)));
    Ok(all)
}

pub(super) fn list(context: &Context<'_>) -> Result<Exit, Trouble> {
    let mut app = context.app()?;
    let installed = installations(&mut app)?;
    let plugins = app.runtime.registry().list().map_err(recaudo_app::AppError::from)?;
    let out = context.out;
    if out.json {
        let installations: Vec<_> = installed
            .iter()
            .map(|(name, plugin, grants)| json!({ "name": name, "plugin": plugin, "grants": grants }))
            .collect();
        super::json(out, &json!({ "plugins": plugins, "installations": installations }))?;
        return Ok(Exit::Done);
    }
    let mut table =
        out.headed(&["plugin", "version", "contract", "digest", "state", "installation", "grants"]);
    for plugin in &plugins {
        let digest: String = plugin.component_sha256.chars().take(12).collect();
        let trust =
            out.text(if plugin.trust == Trust::BuiltIn { "plugin.built_in" } else { "plugin.unsigned" });
        let mut of_it = installed.iter().filter(|(_, of, _)| *of == plugin.id).peekable();
        let head = [plugin.id.clone(), plugin.version.clone(), plugin.contract.clone(), digest, trust];
        let [id, version, contract, digest, trust] = head;
        let first = of_it.next().map(|(name, _, grants)| (name.clone(), grants_text(grants)));
        let (name, grants) = first.unwrap_or_default();
        table.row([id, version, contract, digest, trust, name, grants]);
        for (name, _, grants) in of_it {
            let blank = String::new;
            table.row([blank(), blank(), blank(), blank(), blank(), name.clone(), grants_text(grants)]);
        }
    }
    out.table(&table);
    Ok(Exit::Done)
}

pub(super) fn inspect(context: &Context<'_>, id: &str) -> Result<Exit, Trouble> {
    let app = context.app()?;
    let registry = app.runtime.registry();
    let inspection = registry.inspect(id)?;
    let manifest = registry.manifest(id)?;
    let out = context.out;
    let files: Vec<String> = manifest.files.iter().map(|f| format!("files:{}", f.source)).collect();
    let hosts: Vec<String> = manifest.http.iter().map(|h| format!("host:{}", h.origin)).collect();
    let credentials: Vec<String> =
        manifest.credential.iter().map(|c| format!("credential:{}", c.label)).collect();
    let mail = manifest.mail.send.then(|| "mail".to_owned());
    let asks: Vec<String> = files.into_iter().chain(hosts).chain(credentials).chain(mail).collect();
    if out.json {
        super::json(out, &json!({ "plugin": inspection, "asks": asks, "columns": manifest.columns }))?;
        return Ok(Exit::Done);
    }
    let mut table = out.headed(&["check", "detail"]);
    let rows = [
        ("id", format!("{} {}", inspection.id, inspection.version)),
        ("description", inspection.description.clone()),
        ("contract", inspection.contract.clone()),
        ("digest", inspection.component_sha256.clone()),
        ("size", format!("{} B", inspection.size)),
        ("exports", inspection.surface.exports.join(", ")),
        ("imports", inspection.surface.imports.join(", ")),
        ("asks", asks.join(", ")),
        ("columns", manifest.columns.join(", ")),
    ];
    for (name, value) in rows {
        table.row([out.text(&format!("plugin.{name}")), value]);
    }
    out.table(&table);
    Ok(Exit::Done)
}

pub(super) fn add(context: &Context<'_>, folder: &Path, allow_unsigned: bool) -> Result<Exit, Trouble> {
    let home = Home::at(&context.home)?;
    let identity = plugins::add(&home, folder, allow_unsigned)?;
    let out = context.out;
    out.warn(out.words.fill("out.unsigned", &[("id", &identity.id)]));
    if out.json {
        super::json(out, &identity)?;
    } else {
        let version = identity.version;
        out.line(out.words.fill("out.plugin_added", &[("id", &identity.id), ("version", &version)]));
    }
    Ok(Exit::Done)
}

pub(super) fn grant(context: &Context<'_>, name: &str, grants: &[String]) -> Result<Exit, Trouble> {
    let mut app = context.app()?;
    let here = std::env::current_dir().map_err(|error| Trouble::read(".", error))?;
    let view = app.grant(name, grants, &here)?;
    let out = context.out;
    if out.json {
        super::json(out, &view)?;
    } else {
        let text = grants_text(&view.grants);
        out.line(out.words.fill("out.plugin_granted", &[("name", &view.name), ("grants", &text)]));
    }
    Ok(Exit::Done)
}

pub(super) fn remove(context: &Context<'_>, id: &str) -> Result<Exit, Trouble> {
    let mut app = context.app()?;
    let installed = installations(&mut app)?;
    let used_by: Vec<String> =
        installed.into_iter().filter(|(_, plugin, _)| plugin == id).map(|(name, ..)| name).collect();
    plugins::remove(&app.home, id, &used_by)?;
    let out = context.out;
    if out.json {
        super::json(out, &json!({ "removed": id }))?;
    } else {
        out.line(out.words.fill("out.plugin_removed", &[("id", &id)]));
    }
    Ok(Exit::Done)
}
