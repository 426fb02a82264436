//! What the host performs for plugins, one file an ability.

pub(crate) mod commit;
pub(crate) mod files;
pub(crate) mod http;
pub(crate) mod mail;
