//! Nothing here: each guest is an example of this package, compiled to a component by `tests/guests-build`.
//!
//! The first lines of a guest say what to call and what must come of it: `//! run: score` and `//! expect: TEXT`.
