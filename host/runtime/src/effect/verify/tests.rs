//! Deliveries, honest and not.

use std::sync::Arc;

use recaudo_ports::plugin::webhook::{Authenticity, Delivery};
use recaudo_ports::plugin::{Grants, Installation, Instant};
use recaudo_ports::secrets::{Secret, Secrets, SecretsError};

use super::verify;
use crate::effect::crypto::{Key, sign};
use crate::effect::vault::{Kept, Vault};
use crate::manifest::{KeyEncoding, Manifest};
use crate::wit::effects::http::MacAlgorithm;
use crate::wit::effects::webhook as wit;
use crate::wit::types::values;

struct Rotating;

impl Secrets for Rotating {
    fn get(&self, handle: &str) -> Result<Option<Secret>, SecretsError> {
        let fields =
            [("key", "new-signing-key"), ("previous_key", "old-signing-key"), ("token", "shared-token")];
        Ok((handle == "kept").then(|| Secret::new(fields.map(|(n, v)| (n.to_owned(), v.to_owned())))))
    }
}

fn vault(granted: &str) -> Vault {
    let manifest = Manifest::parse(
        "id = \"gateway-x\"\nversion = \"0.1.0\"\ncontract = \"0.1\"\ndescription = \"X.\"\n\
         [[credential]]\nlabel = \"hook\"\nscheme = \"secret\"\n",
    );
    let installation = Installation {
        name: "x".into(),
        plugin: "gateway-x".into(),
        component_sha256: [0; 32],
        config: Arc::from(*b"{}"),
        grants: Grants { credentials: [("hook".into(), granted.into())].into(), ..Grants::default() },
    };
    Vault::new(&manifest.unwrap(), &installation, Arc::new(Rotating), Arc::new(Kept::default()))
}

fn delivery() -> Delivery {
    Delivery {
        method: "POST".into(),
        path: "/".into(),
        query: String::new(),
        headers: vec![],
        body: b"{}".to_vec(),
        received_at: Instant { seconds: 1_000_000, nanoseconds: 0 },
        client_certificate: None,
    }
}

fn check(key: &str, signed_at: Option<i64>) -> wit::SignatureCheck {
    let key = Key { text: key, encoding: KeyEncoding::Text, prefix: "" };
    wit::SignatureCheck {
        credential: "hook".into(),
        algorithm: MacAlgorithm::HmacSha256,
        signature: sign(MacAlgorithm::HmacSha256, &key, b"1000000.{}").unwrap(),
        message: b"1000000.{}".to_vec(),
        signed_at: signed_at.map(|seconds| values::Instant { seconds, nanoseconds: 0 }),
    }
}

fn token(value: &str) -> wit::TokenCheck {
    wit::TokenCheck { credential: "hook".into(), field: "token".into(), value: value.into() }
}

fn code(said: &wit::Authentication) -> String {
    match verify(&vault("kept"), said, &delivery()) {
        Authenticity::Refused(why) => why.code,
        other => format!("{other:?}"),
    }
}

#[test]
fn the_key_and_the_one_before_it_are_known() {
    use wit::Authentication::Signatures;
    assert_eq!(code(&Signatures(vec![check("new-signing-key", Some(1_000_000))])), "Verified");
    assert_eq!(code(&Signatures(vec![check("old-signing-key", None)])), "Verified");
    assert_eq!(code(&Signatures(vec![check("another-key", None)])), "bad-signature");
    // Every check of a list must hold.
    let both = vec![check("new-signing-key", None), check("another-key", None)];
    assert_eq!(code(&Signatures(both)), "bad-signature");
    assert_eq!(code(&Signatures(vec![])), "nothing-to-check");
    assert_eq!(code(&Signatures(vec![check("new-signing-key", None); 17])), "too-many-checks");
}

#[test]
fn an_old_signature_is_not_believed_whoever_made_it() {
    use wit::Authentication::Signatures;
    for (signed, expected) in [(-301, "too-old"), (-300, "Verified"), (300, "Verified"), (301, "too-old")] {
        assert_eq!(code(&Signatures(vec![check("new-signing-key", Some(1_000_000 + signed))])), expected);
    }
}

#[test]
fn without_a_key_nothing_is_believed() {
    use wit::Authentication::{Signatures, Tokens};
    for said in [Signatures(vec![check("new-signing-key", None)]), Tokens(vec![token("shared-token")])] {
        let Authenticity::Refused(why) = verify(&vault("lost"), &said, &delivery()) else {
            panic!("believed")
        };
        assert_eq!(why.code, "no-key");
    }
    let field = wit::TokenCheck { field: "no-such".into(), ..token("") };
    assert_eq!(code(&Tokens(vec![field])), "no-key", "an absent field is not an empty one");
    let label = wit::TokenCheck { credential: "other".into(), ..token("shared-token") };
    assert_eq!(code(&Tokens(vec![label])), "no-key");
}

#[test]
fn tokens_handshakes_certificates_and_hints() {
    use wit::Authentication::{Challenge, MutualTls, Refetch, Tokens};
    assert_eq!(code(&Tokens(vec![token("shared-token")])), "Verified");
    assert_eq!(code(&Tokens(vec![token("shared-tokem")])), "bad-token");
    let shake = |tokens| Challenge(wit::Handshake { tokens, answer: b"42".to_vec() });
    assert_eq!(code(&shake(vec![token("shared-token")])), "Challenge([52, 50])");
    assert_eq!(code(&shake(vec![])), "Challenge([52, 50])");
    assert_eq!(code(&shake(vec![token("wrong-token")])), "bad-token");
    assert_eq!(code(&MutualTls), "no-certificate");
    let shown = Delivery { client_certificate: Some([1; 32]), ..delivery() };
    assert_eq!(verify(&vault("kept"), &MutualTls, &shown), Authenticity::Verified);
    assert_eq!(code(&Refetch), "Refetch");
}
