//! The traits of `recaudo-ports` over guests, one file an interface.

pub(crate) mod allocator;
pub(crate) mod channel;
pub(crate) mod gate;
pub(crate) mod gateway;
pub(crate) mod importer;
pub(crate) mod io;
pub(crate) mod pricer;
pub(crate) mod scorer;
pub(crate) mod settlement;
pub(crate) mod statement;
pub(crate) mod strategist;
pub(crate) mod webhook;
pub(crate) mod writeback;

use recaudo_ports::plugin::{PluginError, PluginErrorKind};
use wasmtime::component::{ComponentExportIndex, InstancePre};

use crate::guest::{Guest, State};

/// A function of an exported interface, for calls that bring their own argument types.
pub(crate) fn function(
    pre: &InstancePre<State>,
    interface: &str,
    function: &str,
) -> wasmtime::Result<ComponentExportIndex> {
    let component = pre.component();
    component
        .get_export_index(None, interface)
        .and_then(|instance| component.get_export_index(Some(&instance), function))
        .ok_or_else(|| wasmtime::format_err!("`{interface}` has no function `{function}`"))
}

/// The columns a plugin asks for must stand in its manifest: an operator reads there what leaves the store.
pub(crate) fn declared(
    guest: &Guest,
    columns: Vec<String>,
    declared: &[String],
) -> Result<Vec<String>, PluginError> {
    match columns.iter().find(|name| !declared.contains(name)) {
        None => Ok(columns),
        Some(stray) => Err(guest.error(
            PluginErrorKind::Forbidden,
            "column-undeclared",
            format!("it asks for the column `{stray}`, which its manifest does not list under `columns`"),
        )),
    }
}
