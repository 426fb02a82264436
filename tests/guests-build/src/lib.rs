//! The guests of `tests/guests`, compiled to components.

/// A guest and what must come of it.
#[derive(Debug, Clone, Copy)]
pub struct Guest {
    /// Its file's name.
    pub name: &'static str,
    /// What to call: `install`, `score`, `review`, `check`, `send`.
    pub run: &'static str,
    /// Text that must stand in what comes of it.
    pub expect: &'static str,
    /// The component.
    pub component: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/guests.rs"));
