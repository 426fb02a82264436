//! Where a plugin may call: declared by its manifest *and* granted by the operator.

use std::collections::BTreeSet;

use recaudo_ports::plugin::Grants;
use url::{Host, Url};

use crate::effect::Denied;
use crate::manifest::Manifest;

/// A grant that begins with this also allows private and link-local addresses for its origin.
const PRIVATE: &str = "private:";

/// A URL that may be called.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) url: Url,
    pub(super) origin: String,
}

/// The allow list of one installation.
pub(super) struct Egress {
    declared: BTreeSet<String>,
    granted: BTreeSet<String>,
    private: BTreeSet<String>,
}

impl Egress {
    pub(super) fn new(manifest: &Manifest, grants: &Grants) -> Self {
        let granted =
            |grant: &String| grant.strip_prefix(PRIVATE).unwrap_or(grant).trim_end_matches('/').to_owned();
        Self {
            declared: manifest.http.iter().map(|h| h.origin.clone()).collect(),
            granted: grants.hosts.iter().map(granted).collect(),
            private: grants
                .hosts
                .iter()
                .filter(|g| g.starts_with(PRIVATE) || is_loopback(g))
                .map(granted)
                .collect(),
        }
    }

    /// Origins whose names may resolve to private addresses.
    pub(super) fn private_origins(&self) -> BTreeSet<String> {
        self.private.clone()
    }

    /// Is the origin one of the plugin's and the operator's?
    pub(super) fn check(&self, url: &str) -> Result<Target, Denied> {
        let url = Url::parse(url)
            .map_err(|e| Denied::new("url-malformed", format!("the URL cannot be read: {e}")))?;
        let origin = url.origin().ascii_serialization();
        if !matches!(url.scheme(), "https" | "http") {
            return Err(Denied::new(
                "scheme-denied",
                format!("`{}` is no scheme a plugin may call", url.scheme()),
            ));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Denied::new("userinfo-denied", "a URL may not carry a user or password"));
        }
        if url.scheme() == "http" && !self.granted.contains(&origin) {
            return Err(Denied::new(
                "plain-http-denied",
                format!("{origin} is not encrypted, and not granted as such"),
            ));
        }
        match url.host() {
            Some(Host::Domain(_)) => {}
            Some(Host::Ipv4(_) | Host::Ipv6(_)) | None => {
                return Err(Denied::new("ip-literal-denied", "a URL must name its host, not number it"));
            }
        }
        if !self.declared.contains(&origin) && !self.declared.contains("*") {
            return Err(Denied::new(
                "egress-not-declared",
                format!("{origin} is not declared in the manifest ([[http]])"),
            ));
        }
        if !self.granted.contains(&origin) {
            return Err(Denied::new(
                "egress-not-granted",
                format!("{origin} is not granted by the operator"),
            ));
        }
        Ok(Target { url, origin })
    }
}

/// `localhost` is this machine by its definition (RFC 6761): granting it grants its addresses.
fn is_loopback(grant: &str) -> bool {
    Url::parse(grant)
        .is_ok_and(|u| u.host_str().is_some_and(|h| h == "localhost" || h.ends_with(".localhost")))
}
