//! Credentials in a manifest: what the host keeps, how it is applied and where it may go.
//!
//! ```toml
//! [[credential]]
//! label = "api"
//! scheme = "oauth2"                    # see [`Scheme`] for all of them and the fields of each
//! [credential.token]
//! url = "https://auth.acme.example/oauth/token"  # or a path at the called origin
//! grant = "client_credentials"         # client_credentials, refresh_token, password, jwt_bearer
//! client = "basic"                     # basic or body: how client_id and client_secret travel
//! scope = "ledger.read"
//! parameters = { audience = "ledger" } # more form fields
//!
//! [[credential]]                       # an ERP with a login call; this one is Tryton
//! label = "erp"
//! scheme = "session"
//! [credential.session]
//! path = "/{config:/database}/rpc/"    # at the called origin
//! body = '{"id": 0, "method": "common.db.login", "params": ["{user}", {"password": "{password}"}]}'
//! keep = { uid = "/result/0", key = "/result/1" }  # JSON pointer, `cookie:NAME` or `header:NAME`
//! apply = { Authorization = "Session base64({user}:{uid}:{key})" }
//! expired = [401]                      # then it logs in again, once, and repeats the request
//! ```
//!
//! In a text, `{user}` is a field of the secret or something kept, `{config:/pointer}` a value of the installation's
//! configuration, and `base64(...)` encodes what stands in it. Values are escaped for the content type.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A secret the host keeps.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credential {
    /// The label the plugin uses.
    pub label: String,
    /// How it is applied.
    pub scheme: Scheme,
    /// The header or query parameter.
    #[serde(default)]
    pub name: String,
    /// Where it may go; empty: every declared origin.
    #[serde(default)]
    pub origins: Vec<String>,
    /// For an operator.
    #[serde(default)]
    pub description: String,
    /// How a key for signatures is written.
    #[serde(default)]
    pub key_encoding: KeyEncoding,
    /// Text before the key that is not part of it, such as `whsec_`.
    #[serde(default)]
    pub key_prefix: String,
    /// Nothing is kept beforehand: its fields come from captures only, and nothing has to be granted.
    #[serde(default)]
    pub captured: bool,
    /// Of `oauth2`.
    pub token: Option<Token>,
    /// Of `jwt`, and of the grant `jwt_bearer`.
    pub assertion: Option<Assertion>,
    /// Of `session`.
    pub session: Option<Session>,
    /// Of `sigv4`.
    pub sigv4: Option<SigV4>,
}

/// How a credential reaches the far side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// `Authorization: Bearer`, field `token`.
    Bearer,
    /// `Authorization: Basic`, fields `user` and `password`.
    Basic,
    /// A header of its own, field `value`.
    Header,
    /// A query parameter, field `value`.
    Query,
    /// Not by itself: for signatures and webhook checks (field `key`, and `previous_key` during a rotation), for slots.
    Secret,
    /// A token the host fetches, fields `client_id` and `client_secret` (and `refresh_token`, or `user` and `password`,
    /// as the grant needs); sent as `Authorization: Bearer`.
    OAuth2,
    /// A signed assertion as bearer token, field `key` (`key_id` goes into its head).
    Jwt,
    /// What a login call gave, usually with fields `user` and `password`.
    Session,
    /// A client certificate, fields `certificate` and `key`, both PEM.
    Mtls,
    /// AWS Signature Version 4, fields `access_key` and `secret_key` (and `session_token`).
    SigV4,
}

/// How a key is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyEncoding {
    /// Its characters are its bytes; a PEM block is read as such.
    #[default]
    Text,
    /// Hexadecimal.
    Hex,
    /// Base64, with or without padding.
    Base64,
}

/// A token endpoint (RFC 6749).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// Absolute at a declared origin, or a path at the called one.
    pub url: String,
    /// Which grant.
    #[serde(default)]
    pub grant: Grant,
    /// How the client shows who it is.
    #[serde(default)]
    pub client: Client,
    /// May be empty.
    #[serde(default)]
    pub scope: String,
    /// More form fields.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
}

/// A grant of RFC 6749 or RFC 7523.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grant {
    /// The client's own.
    #[default]
    ClientCredentials,
    /// A kept refresh token.
    RefreshToken,
    /// A user's name and password.
    Password,
    /// A signed assertion.
    JwtBearer,
}

/// How the client shows who it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Client {
    /// Basic authentication.
    #[default]
    Basic,
    /// Form fields.
    Body,
    /// Not at all: the assertion does.
    None,
}

/// A signed assertion (RFC 7519).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assertion {
    /// The signature.
    #[serde(default)]
    pub algorithm: Algorithm,
    /// Claims besides `iat`, `exp` and `jti`.
    #[serde(default)]
    pub claims: BTreeMap<String, String>,
    /// `exp` - `iat`.
    #[serde(default = "five_minutes")]
    pub lifetime_s: u32,
}

fn five_minutes() -> u32 {
    300
}

/// A signature of RFC 7518.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    #[default]
    RS256,
    /// ECDSA on P-256 with SHA-256.
    ES256,
    /// Ed25519.
    EdDSA,
    /// HMAC with SHA-256.
    HS256,
}

/// A login call and what its answer is good for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// Of the login call.
    #[serde(default = "post")]
    pub method: String,
    /// A path at the called origin.
    pub path: String,
    /// Of the body; values in it are escaped accordingly (JSON, forms, XML).
    #[serde(default = "json")]
    pub content_type: String,
    /// May be empty.
    #[serde(default)]
    pub body: String,
    /// Headers of the login call.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// What of the answer is kept: name -> JSON pointer, `cookie:NAME` or `header:NAME`.
    #[serde(default)]
    pub keep: BTreeMap<String, String>,
    /// Headers of every request from then on.
    #[serde(default)]
    pub apply: BTreeMap<String, String>,
    /// Send back every cookie the login set.
    #[serde(default)]
    pub cookies: bool,
    /// Answers that mean that the session is over.
    #[serde(default = "unauthorized")]
    pub expired: Vec<u16>,
}

fn post() -> String {
    "POST".into()
}

fn json() -> String {
    "application/json".into()
}

fn unauthorized() -> Vec<u16> {
    vec![401]
}

/// Where AWS Signature Version 4 is for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SigV4 {
    /// Such as `us-east-1`.
    pub region: String,
    /// Such as `execute-api`.
    pub service: String,
}

impl Credential {
    /// What the scheme needs and is not there, or what is there and is not the scheme's: key, expected, found.
    pub(super) fn misfit(&self) -> Option<(&'static str, &'static str)> {
        let needs_name = matches!(self.scheme, Scheme::Header | Scheme::Query);
        if needs_name == self.name.is_empty() {
            let expected =
                if needs_name { "the header's or parameter's name" } else { "no name with this scheme" };
            return Some(("credential.name", expected));
        }
        let grant = self.token.as_ref().map(|t| t.grant);
        let wants = [
            ("credential.token", self.token.is_some(), self.scheme == Scheme::OAuth2),
            ("credential.session", self.session.is_some(), self.scheme == Scheme::Session),
            ("credential.sigv4", self.sigv4.is_some(), self.scheme == Scheme::SigV4),
            (
                "credential.assertion",
                self.assertion.is_some(),
                self.scheme == Scheme::Jwt || grant == Some(Grant::JwtBearer),
            ),
        ];
        wants.into_iter().find(|(_, there, wanted)| there != wanted).map(|(key, _, wanted)| {
            (
                key,
                if wanted {
                    "a table of this name with this scheme"
                } else {
                    "no such table with this scheme"
                },
            )
        })
    }
}
