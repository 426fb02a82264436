//! The sandbox: WebAssembly components behind the traits of `recaudo-ports`. The only room that names wasmtime.
//!
//! A plugin never does I/O. It is handed everything and returns its result or the effects it wants; the host performs
//! them and calls again ([`Runtime`] hides the loop). No WebAssembly stack waits on a network, every call runs in a
//! fresh instance with limits ([`limits`]), and a plugin reaches only what its manifest declares ([`manifest`]) *and*
//! the operator granted.

pub mod limits;
pub mod manifest;

mod adapter;
mod breaker;
mod cache;
mod effect;
mod engine;
mod error;
mod exchange;
mod guest;
mod inspect;
mod log_lines;
mod package;
mod registry;
mod runtime;
mod schema;
mod stats;
mod wit;

pub use effect::mail::{MailRoute, SmtpRoute, SmtpTls};
pub use engine::{Pool, Pools};
pub use error::RuntimeError;
pub use inspect::Surface;
pub use package::Trust;
pub use registry::{BuiltIn, Inspection, Registry};
pub use runtime::{Runtime, RuntimeConfig};
pub use stats::{CallStats, Observer};
