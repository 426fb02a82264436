//! The credentials of an installation: declared by the manifest, granted by the operator, kept by the host.
//!
//! Beside the kept secrets stand what answers gave: captured fields, sessions and fetched tokens. They live as long as
//! this process and are as secret as the rest.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use recaudo_ports::plugin::Installation;
use recaudo_ports::secrets::{Secret, Secrets};
use serde_json::Value;

use super::Denied;
use super::crypto::Key;
use super::redact::Hidden;
use crate::manifest::{Credential, Manifest};
use crate::wit::effects::http as wit;

/// What answers gave, of every installation.
#[derive(Default)]
pub(crate) struct Kept {
    captured: Mutex<BTreeMap<(String, String), BTreeMap<String, String>>>,
    sessions: Mutex<BTreeMap<SessionOf, SharedSession>>,
}

/// Installation, credential and handle.
type SessionOf = (String, String, String);
/// One caller renews it, the others wait.
type SharedSession = Arc<Mutex<Door>>;

/// What stands between a caller and a session.
#[derive(Default)]
pub(crate) struct Door {
    pub(crate) session: Option<Session>,
    /// A login that was refused, and until when it is not tried again: far sides lock an account after a few.
    pub(crate) shut: Option<(Instant, Box<wit::Outcome>)>,
}

/// A login's or token endpoint's yield.
#[derive(Clone, Default)]
pub(crate) struct Session {
    pub(crate) values: BTreeMap<String, String>,
    /// Until when it is good, when that is known.
    pub(crate) until: Option<Instant>,
    /// Told apart from the one before it.
    pub(crate) generation: u64,
}

/// A declared credential.
pub(crate) struct Bound {
    pub(crate) declared: Credential,
    origins: Vec<String>,
    handle: Option<String>,
}

/// The credentials of one installation.
pub(crate) struct Vault {
    installation: String,
    bound: Vec<Bound>,
    secrets: Arc<dyn Secrets>,
    kept: Arc<Kept>,
    config: Value,
}

impl Vault {
    pub(crate) fn new(
        manifest: &Manifest,
        installation: &Installation,
        secrets: Arc<dyn Secrets>,
        kept: Arc<Kept>,
    ) -> Self {
        let every: Vec<String> = manifest.http.iter().map(|h| h.origin.clone()).collect();
        let bound = manifest.credential.iter().map(|c| Bound {
            origins: if c.origins.is_empty() { every.clone() } else { c.origins.clone() },
            handle: installation.grants.credentials.get(&c.label).cloned(),
            declared: c.clone(),
        });
        Self {
            installation: installation.name.clone(),
            bound: bound.collect(),
            secrets,
            kept,
            config: serde_json::from_slice(&installation.config).unwrap_or_default(),
        }
    }

    /// The declared and granted credential of that label.
    pub(crate) fn bound(&self, label: &str) -> Result<&Bound, Denied> {
        let found = self.bound.iter().find(|b| b.declared.label == label);
        found.filter(|b| b.handle.is_some() || b.declared.captured).ok_or_else(|| {
            let message = format!("credential `{label}` is not declared in the manifest, or not granted");
            Denied::new("credential-not-granted", message)
        })
    }

    /// The same, if it may go to that origin.
    pub(crate) fn bound_to(&self, label: &str, origin: &str) -> Result<&Bound, Denied> {
        let bound = self.bound(label)?;
        if bound.origins.iter().any(|o| o == origin || o == "*") {
            return Ok(bound);
        }
        Err(Denied::new("credential-not-bound", format!("credential `{label}` is not bound to {origin}")))
    }

    /// Its fields: kept ones, and over them what was captured.
    pub(crate) fn fields(&self, bound: &Bound) -> Result<Secret, Denied> {
        let label = &bound.declared.label;
        let kept = match &bound.handle {
            Some(handle) => self.get(handle)?,
            None => None,
        };
        let captured = self.captured(label);
        if kept.is_none() && captured.is_empty() {
            let message = format!("the secret behind credential `{label}` is not kept here");
            return Err(Denied::new("credential-missing", message));
        }
        Ok(captured.iter().fold(kept.unwrap_or_default(), |secret, (name, value)| secret.with(name, value)))
    }

    /// Everything that must not be seen outside.
    pub(crate) fn hidden(&self) -> Result<Hidden, Denied> {
        let mut hidden = Hidden::default();
        for bound in &self.bound {
            if let Some(handle) = &bound.handle
                && let Some(secret) = self.get(handle)?
            {
                hidden.add(&secret);
            }
            for value in self.captured(&bound.declared.label).values() {
                hidden.add_value(value);
            }
        }
        let slots: Vec<_> = {
            let sessions = self.kept.sessions.lock().unwrap_or_else(PoisonError::into_inner);
            let mine = sessions.iter().filter(|((installation, ..), _)| *installation == self.installation);
            mine.map(|(_, slot)| Arc::clone(slot)).collect()
        };
        for slot in slots {
            // One that is being renewed right now has nothing yet that this answer could hold.
            let Ok(door) = slot.try_lock() else { continue };
            for value in door.session.iter().flat_map(|s| s.values.values()) {
                hidden.add_value(value);
            }
        }
        Ok(hidden)
    }

    /// Keeps a field an answer gave.
    pub(crate) fn capture(&self, label: &str, field: &str, value: &str) {
        let mut captured = self.kept.captured.lock().unwrap_or_else(PoisonError::into_inner);
        let fields = captured.entry((self.installation.clone(), label.into())).or_default();
        fields.insert(field.into(), value.into());
    }

    /// Where a credential's session with an origin is kept; who holds it is the one who logs in.
    pub(crate) fn session(&self, bound: &Bound, origin: &str) -> SharedSession {
        let mut sessions = self.kept.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        // Another secret behind the label is another session.
        let who = format!("{} {}", bound.declared.label, bound.handle.as_deref().unwrap_or_default());
        Arc::clone(sessions.entry((self.installation.clone(), who, origin.into())).or_default())
    }

    /// Keeps a field the far side replaced: durable where the host can, else for as long as it runs.
    pub(crate) fn renew(&self, bound: &Bound, field: &str, value: &str) {
        let durable = bound.handle.as_deref().is_some_and(|h| match self.secrets.renew(h, field, value) {
            Ok(()) => true,
            Err(error) => {
                log::error!(
                    "credential {}: the renewed {field} is lost at the next start: {error}",
                    bound.declared.label
                );
                false
            }
        });
        if !durable {
            self.capture(&bound.declared.label, field, value);
        }
    }

    /// A value of the configuration by its JSON pointer.
    pub(crate) fn configured(&self, pointer: &str) -> Option<String> {
        match self.config.pointer(pointer)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    fn captured(&self, label: &str) -> BTreeMap<String, String> {
        let captured = self.kept.captured.lock().unwrap_or_else(PoisonError::into_inner);
        captured.get(&(self.installation.clone(), label.to_owned())).cloned().unwrap_or_default()
    }

    fn get(&self, handle: &str) -> Result<Option<Secret>, Denied> {
        self.secrets.get(handle).map_err(|e| Denied::new("secrets-unavailable", e.to_string()))
    }
}

/// Fields a key may stand in, first the one that is nothing else.
const KEYS: [&str; 5] = ["key", "token", "value", "password", "client_secret"];

fn usable<'s>(secret: &'s Secret, name: &str) -> Option<&'s str> {
    secret.field(name).filter(|text| !text.is_empty())
}

impl Bound {
    /// A usable field of its secret.
    pub(crate) fn field<'s>(&self, secret: &'s Secret, name: &str) -> Result<&'s str, Denied> {
        let usable = |value: &&str| !value.is_empty() && !value.contains(char::is_control);
        secret.field(name).filter(usable).ok_or_else(|| self.incomplete(name))
    }

    /// The key it signs and checks with: `key`, else the one secret value of another scheme.
    pub(crate) fn key<'s>(&'s self, secret: &'s Secret) -> Result<Key<'s>, Denied> {
        let found = KEYS.iter().find_map(|name| usable(secret, name));
        found.map(|text| self.as_key(text)).ok_or_else(|| self.incomplete("key"))
    }

    /// The key before it, during a rotation: `previous_key` beside `key`, `previous_value` beside `value`.
    pub(crate) fn previous_key<'s>(&'s self, secret: &'s Secret) -> Option<Key<'s>> {
        let current = KEYS.iter().find(|name| usable(secret, name).is_some())?;
        usable(secret, &format!("previous_{current}")).map(|text| self.as_key(text))
    }

    fn as_key<'s>(&'s self, text: &'s str) -> Key<'s> {
        Key { text, encoding: self.declared.key_encoding, prefix: &self.declared.key_prefix }
    }

    fn incomplete(&self, name: &str) -> Denied {
        let message = format!("credential `{}` has no usable field `{name}`", self.declared.label);
        Denied::new("credential-incomplete", message)
    }
}
