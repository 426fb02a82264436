//! The only import a plugin has: a write-only logger.

pub use crate::bindings::types::recaudo::log::logger::Level;

/// Writes one line to the host's log. Outside WebAssembly (native tests) it prints nothing.
#[cfg_attr(not(target_arch = "wasm32"), expect(unused_variables, reason = "no host to log to"))]
pub fn log(level: Level, message: &str, fields: &[(String, String)]) {
    #[cfg(target_arch = "wasm32")]
    crate::bindings::types::recaudo::log::logger::emit(level, message, fields);
}

/// Sends a panic's message to the log before the trap loses it.
#[doc(hidden)]
pub fn install_panic_hook() {
    std::panic::set_hook(Box::new(|panic| log(Level::Error, &panic.to_string(), &[])));
}
