//! What a component imports and exports, read from its bytes before anything is compiled.

use serde::Serialize;
use wasmparser::component_types::{ComponentEntityType, ComponentInstanceTypeId};
use wasmparser::{Parser, Payload, Validator, WasmFeatures, types::TypesRef};

use crate::error::RuntimeError;

/// The only function import of a plugin.
const LOGGER: &str = "recaudo:log/logger";

/// Imports and exports of a component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Surface {
    /// Imported instances that carry functions: the logger.
    pub imports: Vec<String>,
    /// Imported instances that carry only types.
    pub type_imports: Vec<String>,
    /// Exported interfaces.
    pub exports: Vec<String>,
}

/// Reads a component's surface, refusing any import but the logger, by name.
pub(crate) fn surface(plugin: &str, component: &[u8]) -> Result<Surface, RuntimeError> {
    let broken = |e: &dyn std::fmt::Display| RuntimeError::Component {
        plugin: plugin.into(),
        reason: format!("not a WebAssembly component: {e}; build it with the SDK's `export!`"),
    };
    let mut validator = Validator::new_with_features(WasmFeatures::default());
    let types = validator.validate_all(component).map_err(|e| broken(&e))?;
    let mut surface = Surface { imports: vec![], type_imports: vec![], exports: vec![] };
    let mut depth = 0_u32;
    for payload in Parser::new(0).parse_all(component) {
        match payload.map_err(|e| broken(&e))? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) if depth > 0 => depth -= 1,
            Payload::ComponentImportSection(section) if depth == 0 => {
                for import in section {
                    let name = import.map_err(|e| broken(&e))?.name.name.to_owned();
                    take_import(plugin, types.as_ref(), name, &mut surface)?;
                }
            }
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section {
                    surface.exports.push(export.map_err(|e| broken(&e))?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    Ok(surface)
}

fn take_import(
    plugin: &str,
    types: TypesRef<'_>,
    name: String,
    surface: &mut Surface,
) -> Result<(), RuntimeError> {
    let refused = || RuntimeError::Import { plugin: plugin.into(), import: name.clone() };
    match types.component_item_for_import(&name).map(|item| item.ty) {
        Some(ComponentEntityType::Instance(instance)) if only_types(types, instance) => {
            surface.type_imports.push(name);
            Ok(())
        }
        Some(ComponentEntityType::Instance(_)) if name.split('@').next() == Some(LOGGER) => {
            surface.imports.push(name);
            Ok(())
        }
        Some(ComponentEntityType::Type { .. }) => {
            surface.type_imports.push(name);
            Ok(())
        }
        _ => Err(refused()),
    }
}

fn only_types(types: TypesRef<'_>, instance: ComponentInstanceTypeId) -> bool {
    types[instance].exports.values().all(|e| matches!(e.ty, ComponentEntityType::Type { .. }))
}
