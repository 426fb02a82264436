//! What the host performs for plugins, one file an ability.

pub(crate) mod commit;
pub(crate) mod crypto;
pub(crate) mod files;
pub(crate) mod http;
pub(crate) mod mail;
pub(crate) mod redact;
pub(crate) mod scratch;
pub(crate) mod slots;
pub(crate) mod template;
pub(crate) mod vault;
pub(crate) mod verify;

/// Why the host does not do it; nothing left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Denied {
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl Denied {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}
