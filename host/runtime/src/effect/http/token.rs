//! Tokens the host fetches (RFC 6749, RFC 7523), and assertions it signs (RFC 7519).

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use recaudo_ports::secrets::Secret;
use ring::rand::SecureRandom as _;
use serde_json::{Map, Value};
use ureq::http;

use super::login::{Stopped, basic, malformed, refused};
use super::{Client, Means, denied};
use crate::effect::template::{Safe, render};
use crate::effect::vault::{Bound, Session};
use crate::effect::{Denied, crypto};
use crate::manifest::{self, Algorithm, Grant};
use crate::wit::effects::http as wit;

/// A token is taken for over a little before it is.
const MARGIN: Duration = Duration::from_secs(30);

impl Client {
    pub(super) fn token(
        &self,
        bound: &Bound,
        secret: &Secret,
        (token, origin): (&manifest::Token, &str),
        means: &Means<'_>,
        until: Instant,
    ) -> Result<Session, Stopped> {
        let (form, authorization) = self.token_form(bound, secret, token, means.now).map_err(denied)?;
        let nothing = Session::default();
        let url = render(&token.url, Safe::Percent, &self.values(secret, &nothing)).map_err(denied)?;
        let url = if url.starts_with('/') { format!("{origin}{url}") } else { url };
        let mut builder = http::Request::post(url)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "application/json");
        if let Some(authorization) = authorization {
            builder = builder.header("authorization", authorization);
        }
        let request = builder.body(form.into_bytes()).map_err(|_| malformed())?;
        let answer = self.ask(bound, request, until)?;
        let said: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        if !(200..300).contains(&answer.status) {
            let code = said.get("error").and_then(Value::as_str).unwrap_or_default();
            return Err(refused(bound, format!("HTTP {} {code}", answer.status).trim()));
        }
        let text = |name: &str| said.get(name).and_then(Value::as_str).map(str::to_owned);
        let access = text("access_token").filter(|t| !t.is_empty() && !t.contains(char::is_control));
        let access = access.ok_or_else(|| refused(bound, "no access_token in its answer"))?;
        if let Some(refresh) = text("refresh_token").filter(|r| secret.field("refresh_token") != Some(r)) {
            self.vault.renew(bound, "refresh_token", &refresh);
        }
        let lives = said.get("expires_in").and_then(|v| v.as_u64().or_else(|| v.as_str()?.parse().ok()));
        let good = lives.map(|s| Duration::from_secs(s.min(86_400 * 30)).saturating_sub(MARGIN));
        let values = [("access_token".to_owned(), access)].into();
        Ok(Session { values, until: good.map(|g| Instant::now() + g), generation: 0 })
    }

    fn token_form(
        &self,
        bound: &Bound,
        secret: &Secret,
        token: &manifest::Token,
        now: i64,
    ) -> Result<(String, Option<String>), Denied> {
        let field = |name: &str| bound.field(secret, name);
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        match token.grant {
            Grant::ClientCredentials => form.append_pair("grant_type", "client_credentials"),
            Grant::RefreshToken => form
                .append_pair("grant_type", "refresh_token")
                .append_pair("refresh_token", field("refresh_token")?),
            Grant::Password => form
                .append_pair("grant_type", "password")
                .append_pair("username", field("user")?)
                .append_pair("password", field("password")?),
            Grant::JwtBearer => form
                .append_pair("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer")
                .append_pair("assertion", &self.assertion(bound, secret, now)?),
        };
        if !token.scope.is_empty() {
            form.append_pair("scope", &token.scope);
        }
        let nothing = Session::default();
        for (name, template) in &token.parameters {
            form.append_pair(name, &render(template, Safe::Plain, &self.values(secret, &nothing))?);
        }
        let authorization = match token.client {
            // RFC 6749, 2.3.1: both are form-encoded before they are joined.
            manifest::Client::Basic => {
                let safe = |name: &str| field(name).map(|v| Safe::Form.escape(v));
                Some(basic(&safe("client_id")?, &safe("client_secret")?))
            }
            manifest::Client::Body => {
                form.append_pair("client_id", field("client_id")?);
                if let Some(kept) = secret.field("client_secret") {
                    form.append_pair("client_secret", kept);
                }
                None
            }
            manifest::Client::None => None,
        };
        Ok((form.finish(), authorization))
    }

    /// A signed assertion (RFC 7519, RFC 7515).
    pub(super) fn assertion(&self, bound: &Bound, secret: &Secret, now: i64) -> Result<String, Denied> {
        let Some(declared) = &bound.declared.assertion else {
            return Err(Denied::new("credential-malformed", "no assertion is declared"));
        };
        let (name, algorithm) = match declared.algorithm {
            Algorithm::RS256 => ("RS256", wit::MacAlgorithm::RsaSha256),
            Algorithm::ES256 => ("ES256", wit::MacAlgorithm::EcdsaP256Sha256),
            Algorithm::EdDSA => ("EdDSA", wit::MacAlgorithm::Ed25519),
            Algorithm::HS256 => ("HS256", wit::MacAlgorithm::HmacSha256),
        };
        let mut head = Map::new();
        head.insert("alg".into(), name.into());
        head.insert("typ".into(), "JWT".into());
        if let Some(id) = secret.field("key_id") {
            head.insert("kid".into(), id.into());
        }
        let nothing = Session::default();
        let mut claims = Map::new();
        for (name, template) in &declared.claims {
            let text = render(template, Safe::Plain, &self.values(secret, &nothing))?;
            claims.insert(name.clone(), text.into());
        }
        let mut id = [0_u8; 16];
        let random = ring::rand::SystemRandom::new().fill(&mut id);
        random.map_err(|_| Denied::new("no-randomness", "the system gives no random numbers"))?;
        claims.insert("jti".into(), hex::encode(id).into());
        claims.insert("iat".into(), now.into());
        claims.insert("exp".into(), now.saturating_add(declared.lifetime_s.into()).into());
        let part = |map: Map<String, Value>| URL_SAFE_NO_PAD.encode(Value::Object(map).to_string());
        let unsigned = format!("{}.{}", part(head), part(claims));
        let signature = crypto::sign(algorithm, &bound.key(secret)?, unsigned.as_bytes()).map_err(|e| {
            Denied::new("credential-unusable", format!("credential `{}`: {}", bound.declared.label, e.0))
        })?;
        Ok(format!("{unsigned}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}
