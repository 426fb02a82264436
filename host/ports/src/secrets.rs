//! Secrets the host keeps: asked for by handle when an effect needs one, never handed to a plugin.

use std::collections::BTreeMap;
use std::fmt;

/// A kept secret: its fields by name (`token`; `user` and `password`; `value`).
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(BTreeMap<String, String>);

impl Secret {
    /// From its fields.
    pub fn new(fields: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(fields.into_iter().collect())
    }

    /// The value of a field.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Every value that must never be seen outside: all fields but the user's name.
    pub fn hidden(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|(name, _)| *name != "user").map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// The secrets cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the kept secrets cannot be read: {0}")]
pub struct SecretsError(pub String);

/// Where secrets are kept.
pub trait Secrets: Send + Sync {
    /// The secret behind a handle, if there is one.
    ///
    /// # Errors
    /// The place cannot be read.
    fn get(&self, handle: &str) -> Result<Option<Secret>, SecretsError>;
}

/// Nothing is kept: every handle is unknown.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoSecrets;

impl Secrets for NoSecrets {
    fn get(&self, _: &str) -> Result<Option<Secret>, SecretsError> {
        Ok(None)
    }
}
