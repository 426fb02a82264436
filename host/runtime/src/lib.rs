//! The sandbox: WebAssembly components behind the traits of `recaudo-ports`.
pub mod limits;
pub mod manifest;
mod wit;
