//! What the engine needs from outside, as small traits and the values that cross them.
//!
//! Nothing here knows WebAssembly or SQL. Native implementations of these traits serve tests and embedders.

pub mod clock;
pub mod documents;
pub mod journal;
pub mod plugin;
pub mod secrets;
pub mod table;
