//! `plugin.toml`: what a plugin is and what it asks for. Every key is known; an unknown one is refused.
//!
//! ```toml
//! id = "erp-acme"                      # folder name and package name without the prefix
//! version = "0.1.0"
//! contract = "0.1"                     # the contract it was built for
//! description = "Reads ACME's receivables."
//! channels = ["email"]                 # channels: what it can carry
//! columns = ["amount", "days_late"]    # scorers, strategists: every column it may read (wit/COLUMNS.md)
//! component_sha256 = "9f86d0..."       # of component.wasm; optional, checked when there
//!
//! [[files]]                            # sources an operator mounts: --grant files:PATH
//! source = "drop"
//! access = ["read", "archive"]         # read, archive, write
//! description = "Where the exports arrive."
//!
//! [[http]]                             # origins it may call; each must be granted as well
//! origin = "https://api.acme.example"  # scheme and host, a port when it is not the usual one; or `*` for
//! description = "The ledger API."      # "whatever the operator grants" (self-hosted systems)
//! post_reads = true                    # a POST may be a read here (JSON-RPC, a search); else it counts as a commit
//!
//! [mail]
//! send = true                          # may ask the host to send the permitted message
//!
//! [[credential]]                       # a secret the host keeps and injects
//! label = "api"
//! scheme = "bearer"                    # bearer, basic, header, query, secret, oauth2, jwt, session, mtls, sigv4
//! name = "X-Api-Key"                   # the header or query parameter, for those two schemes
//! origins = ["https://api.acme.example"] # where it may go; without it, every origin declared above
//!
//! [personal_data]                      # column or field = class: none, identity, contact, financial, behaviour
//! email = "contact"
//!
//! [limits]                             # more than the usual; the operator's grant decides
//! memory_mib = 128
//! response_mib = 32
//! ```

mod credential;

use std::collections::BTreeMap;

use serde::Deserialize;

pub use credential::{
    Algorithm, Assertion, Client, Credential, Grant, KeyEncoding, Scheme, Session, SigV4, Token,
};

/// The contract's version this host speaks.
pub const CONTRACT: &str = "0.1";

/// A validated manifest.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Lower-case words with hyphens, such as `erp-csv`.
    pub id: String,
    /// `major.minor.patch`.
    pub version: String,
    /// The contract, `major.minor`.
    pub contract: String,
    /// One sentence for an operator.
    pub description: String,
    /// What a channel can carry, such as `email`.
    #[serde(default)]
    pub channels: Vec<String>,
    /// Every column a scorer or strategist may ask for.
    #[serde(default)]
    pub columns: Vec<String>,
    /// Of the component, lower-case hex.
    pub component_sha256: Option<String>,
    /// File sources.
    #[serde(default)]
    pub files: Vec<FileSource>,
    /// Origins.
    #[serde(default)]
    pub http: Vec<Origin>,
    /// Mail.
    #[serde(default)]
    pub mail: Mail,
    /// Credentials.
    #[serde(default)]
    pub credential: Vec<Credential>,
    /// Column or field and its class of personal data.
    #[serde(default)]
    pub personal_data: BTreeMap<String, PersonalData>,
    /// Limits asked for beyond the usual ones.
    #[serde(default)]
    pub limits: LimitsAsked,
}

/// A source mounted by the operator.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileSource {
    /// The label the plugin uses and the operator grants.
    pub source: String,
    /// What the plugin may do with it.
    pub access: Vec<Access>,
    /// For an operator.
    #[serde(default)]
    pub description: String,
}

/// What may be done with a file source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// List and read.
    Read,
    /// Move a file that is done with.
    Archive,
    /// Place a file.
    Write,
}

/// An origin the plugin may call.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// `https://host[:port]`, or `*`.
    pub origin: String,
    /// A POST may be a read here, when the plugin says that it commits nothing.
    #[serde(default)]
    pub post_reads: bool,
    /// For an operator.
    #[serde(default)]
    pub description: String,
}

/// May it ask for mail?
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// The permitted message, nothing else.
    #[serde(default)]
    pub send: bool,
}

/// A class of personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PersonalData {
    /// No person behind it.
    None,
    /// Name, tax id.
    Identity,
    /// Address, telephone, e-mail.
    Contact,
    /// Debts and payments.
    Financial,
    /// What the person did.
    Behaviour,
}

/// Limits asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsAsked {
    /// Linear memory.
    pub memory_mib: Option<u32>,
    /// An HTTP answer's body.
    pub response_mib: Option<u32>,
}

/// Why a manifest is refused: the key, what was expected and what was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("manifest: {key}: expected {expected}, found {found}")]
pub struct ManifestError {
    /// Where in the file.
    pub key: String,
    /// What may stand there.
    pub expected: String,
    /// What stands there.
    pub found: String,
}

impl ManifestError {
    fn new(key: impl Into<String>, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self { key: key.into(), expected: expected.into(), found: found.into() }
    }
}

impl Manifest {
    /// Reads and validates the text of `plugin.toml`.
    ///
    /// # Errors
    /// [`ManifestError`], naming the key.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        let manifest: Self = toml::from_str(text).map_err(|e| unreadable(&e, text))?;
        manifest.validate()?;
        Ok(manifest)
    }

    /// The file source of that label.
    pub fn file_source(&self, label: &str) -> Option<&FileSource> {
        self.files.iter().find(|f| f.source == label)
    }

    fn validate(&self) -> Result<(), ManifestError> {
        is_name("id", &self.id)?;
        is_version(&self.version)?;
        if self.contract != CONTRACT {
            return Err(ManifestError::new(
                "contract",
                format!("\"{CONTRACT}\", the contract of this host"),
                quoted(&self.contract),
            ));
        }
        if self.description.trim().is_empty() {
            return Err(ManifestError::new("description", "one sentence for an operator", "nothing"));
        }
        if let Some(digest) = &self.component_sha256
            && !(digest.len() == 64 && digest.bytes().all(is_lower_hex))
        {
            return Err(ManifestError::new(
                "component_sha256",
                "64 lower-case hexadecimal digits",
                quoted(digest),
            ));
        }
        unique("files.source", self.files.iter().map(|f| f.source.as_str()))?;
        unique("credential.label", self.credential.iter().map(|c| c.label.as_str()))?;
        unique("columns", self.columns.iter().map(String::as_str))?;
        for file in &self.files {
            is_name("files.source", &file.source)?;
            if file.access.is_empty() {
                return Err(ManifestError::new(
                    "files.access",
                    "one of read, archive, write",
                    "an empty list",
                ));
            }
        }
        for http in &self.http {
            is_origin("http.origin", &http.origin)?;
        }
        self.credential.iter().try_for_each(|c| self.validate_credential(c))
    }

    fn validate_credential(&self, credential: &Credential) -> Result<(), ManifestError> {
        is_name("credential.label", &credential.label)?;
        if let Some((key, expected)) = credential.misfit() {
            return Err(ManifestError::new(key, expected, quoted(&credential.label)));
        }
        // A key for webhooks alone goes nowhere.
        if self.http.is_empty() && credential.scheme != Scheme::Secret {
            return Err(ManifestError::new("credential", "an [[http]] origin it may go to", "none"));
        }
        for origin in &credential.origins {
            if !self.http.iter().any(|h| h.origin == *origin) {
                return Err(ManifestError::new(
                    "credential.origins",
                    "an origin declared under [[http]]",
                    quoted(origin),
                ));
            }
        }
        Ok(())
    }
}

/// The reader says `WHAT, expected WHICH`; a refusal says which line, expected and found.
fn unreadable(error: &toml::de::Error, text: &str) -> ManifestError {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or("");
    let line = before.matches('\n').count() + 1;
    let message = error.message().replace('\n', " ");
    if let Some(key) = message.strip_prefix("missing field ") {
        return ManifestError::new(key.trim_matches('`'), "a value", "no such key");
    }
    let (found, expected) =
        message.split_once(", expected ").unwrap_or((&message, "TOML as the manifest's documentation shows"));
    ManifestError::new(format!("line {line}"), expected, found)
}

fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

fn is_lower_hex(byte: u8) -> bool {
    byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)
}

fn is_name(key: &str, text: &str) -> Result<(), ManifestError> {
    let good = !text.is_empty()
        && text.len() <= 64
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
        && text.as_bytes()[0].is_ascii_lowercase();
    if good {
        Ok(())
    } else {
        Err(ManifestError::new(key, "lower-case letters, digits and hyphens", quoted(text)))
    }
}

fn is_version(text: &str) -> Result<(), ManifestError> {
    let good = text.split('.').count() == 3 && text.split('.').all(|part| part.parse::<u32>().is_ok());
    if good {
        Ok(())
    } else {
        Err(ManifestError::new("version", "major.minor.patch, such as 0.1.0", quoted(text)))
    }
}

fn is_origin(key: &str, text: &str) -> Result<(), ManifestError> {
    let good = text == "*"
        || url::Url::parse(text).is_ok_and(|u| {
            matches!(u.scheme(), "https" | "http")
                && u.origin().ascii_serialization() == text
                && u.domain().is_some()
        });
    if good {
        Ok(())
    } else {
        Err(ManifestError::new(key, "an origin such as https://api.example.com, or *", quoted(text)))
    }
}

fn unique<'a>(key: &str, names: impl Iterator<Item = &'a str>) -> Result<(), ManifestError> {
    let mut seen = std::collections::BTreeSet::new();
    for name in names {
        if !seen.insert(name) {
            return Err(ManifestError::new(key, "each name once", format!("{} twice", quoted(name))));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Manifest;

    const GOOD: &str =
        "id = \"erp-x\"\nversion = \"0.1.0\"\ncontract = \"0.1\"\ndescription = \"Reads X.\"\n";

    fn refusal(extra: &str) -> String {
        Manifest::parse(&format!("{GOOD}{extra}")).unwrap_err().to_string()
    }

    #[test]
    fn a_small_manifest_is_enough() {
        let manifest = Manifest::parse(GOOD).unwrap();
        assert_eq!(manifest.id, "erp-x");
        assert!(!manifest.mail.send && manifest.files.is_empty());
    }

    #[test]
    fn a_full_manifest_reads() {
        let text = format!(
            "{GOOD}channels = [\"email\"]\n[[files]]\nsource = \"drop\"\naccess = [\"read\"]\n[[http]]\n\
             origin = \"https://api.x.example\"\n[[credential]]\nlabel = \"api\"\nscheme = \"bearer\"\n\
             origins = [\"https://api.x.example\"]\n[personal_data]\nemail = \"contact\"\n[limits]\nmemory_mib = 128\n"
        );
        let manifest = Manifest::parse(&text).unwrap();
        assert_eq!(manifest.limits.memory_mib, Some(128));
        assert_eq!(manifest.credential[0].label, "api");
    }

    #[test]
    fn a_refusal_names_the_key_and_what_was_expected() {
        let unknown = refusal("netowrk = true\n");
        assert!(unknown.starts_with("manifest: line 5: expected one of `id`"), "{unknown}");
        assert!(unknown.ends_with("found unknown field `netowrk`"), "{unknown}");
        let missing = Manifest::parse(&GOOD.replace("id = ", "# ")).unwrap_err().to_string();
        assert_eq!(missing, "manifest: id: expected a value, found no such key");
        let other = Manifest::parse(&GOOD.replace("\"0.1\"", "\"0.2\"")).unwrap_err().to_string();
        assert_eq!(other, "manifest: contract: expected \"0.1\", the contract of this host, found \"0.2\"");
        let origin = refusal("[[http]]\norigin = \"https://api.x.example/v1\"\n");
        assert!(origin.starts_with("manifest: http.origin: expected an origin"), "{origin}");
        let stray = refusal(
            "[[http]]\norigin = \"https://a.example\"\n[[credential]]\nlabel = \"k\"\nscheme = \"bearer\"\norigins = [\"https://b.example\"]\n",
        );
        assert!(stray.contains("credential.origins"), "{stray}");
    }
}
