//! Credentials: kept by the host, bound to origins, written into the request last.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use recaudo_ports::plugin::Grants;
use recaudo_ports::secrets::{Secret, Secrets};
use url::Url;

use super::egress::Denied;
use super::redact::Hidden;
use crate::manifest::{Manifest, Scheme};

/// A declared and granted credential.
struct Bound {
    label: String,
    scheme: Scheme,
    name: String,
    origins: Vec<String>,
    handle: String,
}

/// The credentials of one installation.
pub(super) struct Credentials {
    bound: Vec<Bound>,
    secrets: Arc<dyn Secrets>,
}

impl Credentials {
    pub(super) fn new(manifest: &Manifest, grants: &Grants, secrets: Arc<dyn Secrets>) -> Self {
        let every: Vec<String> = manifest.http.iter().map(|h| h.origin.clone()).collect();
        let bound = manifest
            .credential
            .iter()
            .filter_map(|c| {
                let handle = grants.credentials.get(&c.label)?.clone();
                let origins = if c.origins.is_empty() { every.clone() } else { c.origins.clone() };
                Some(Bound {
                    label: c.label.clone(),
                    scheme: c.scheme,
                    name: c.name.clone(),
                    origins,
                    handle,
                })
            })
            .collect();
        Self { bound, secrets }
    }

    /// Everything that must not be seen outside.
    pub(super) fn hidden(&self) -> Result<Hidden, Denied> {
        let mut hidden = Hidden::default();
        for bound in &self.bound {
            if let Some(secret) = self.get(&bound.handle)? {
                hidden.add(&secret);
            }
        }
        Ok(hidden)
    }

    /// The header that carries the credential, or none when it went into the URL.
    pub(super) fn inject(
        &self,
        label: &str,
        origin: &str,
        url: &mut Url,
    ) -> Result<Option<(String, String)>, Denied> {
        let Some(bound) = self.bound.iter().find(|b| b.label == label) else {
            let message = format!("credential `{label}` is not declared in the manifest, or not granted");
            return Err(Denied::new("credential-not-granted", message));
        };
        if !bound.origins.iter().any(|o| o == origin || o == "*") {
            return Err(Denied::new(
                "credential-not-bound",
                format!("credential `{label}` is not bound to {origin}"),
            ));
        }
        let secret = self.get(&bound.handle)?.ok_or_else(|| {
            Denied::new(
                "credential-missing",
                format!("the secret behind credential `{label}` is not kept here"),
            )
        })?;
        let field = |name: &str| {
            secret
                .field(name)
                .filter(|value| !value.is_empty() && !value.contains(char::is_control))
                .ok_or_else(|| {
                    Denied::new(
                        "credential-incomplete",
                        format!("credential `{label}` has no usable field `{name}`"),
                    )
                })
        };
        let authorization = |value: String| Some(("authorization".to_owned(), value));
        Ok(match bound.scheme {
            Scheme::Bearer => authorization(format!("Bearer {}", field("token")?)),
            Scheme::Basic => {
                let pair = STANDARD.encode(format!("{}:{}", field("user")?, field("password")?));
                authorization(format!("Basic {pair}"))
            }
            Scheme::Header => Some((bound.name.clone(), field("value")?.to_owned())),
            Scheme::Query => {
                url.query_pairs_mut().append_pair(&bound.name, field("value")?);
                None
            }
        })
    }

    fn get(&self, handle: &str) -> Result<Option<Secret>, Denied> {
        self.secrets.get(handle).map_err(|e| Denied::new("secrets-unavailable", e.to_string()))
    }
}
