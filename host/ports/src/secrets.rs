//! Secrets the host keeps: asked for by handle when an effect needs one, never handed to a plugin.

use std::collections::BTreeMap;
use std::fmt;

/// A kept secret: its fields by name (`token`; `user` and `password`; `value`).
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(BTreeMap<String, String>);

/// Fields that say who, not what proves it.
const PUBLIC: [&str; 6] = ["user", "client_id", "key_id", "access_key", "certificate", "public_key"];

impl Secret {
    /// From its fields.
    pub fn new(fields: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(fields.into_iter().collect())
    }

    /// The value of a field.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Every value that must never be seen outside: all fields but names and public halves.
    pub fn hidden(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|(name, _)| !PUBLIC.contains(&name.as_str())).map(|(_, value)| value.as_str())
    }

    /// The same with a field set.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.insert(name.into(), value.into());
        self
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

    /// Keeps a field the far side replaced (a refresh token that is good once). Durable when it returns.
    ///
    /// # Errors
    /// It cannot be written; the default keeps nothing.
    fn renew(&self, handle: &str, field: &str, value: &str) -> Result<(), SecretsError> {
        let _ = value;
        Err(SecretsError(format!("nothing here keeps the renewed {field} of {handle}")))
    }
}

/// Nothing is kept: every handle is unknown.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoSecrets;

impl Secrets for NoSecrets {
    fn get(&self, _: &str) -> Result<Option<Secret>, SecretsError> {
        Ok(None)
    }
}
