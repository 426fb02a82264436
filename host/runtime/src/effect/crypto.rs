//! Signatures and digests under kept keys, and comparisons that tell nothing by their time.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use md5::Md5;
use ring::{hmac, rand, signature};
use sha2::Digest as _;

use crate::manifest::KeyEncoding;
use crate::wit::effects::http::{Encoding, MacAlgorithm};

/// What stands in a message that is hashed together with a secret.
const SECRET: &[u8] = b"{secret}";

/// Why a key or message cannot be used; no secret in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unusable(pub(crate) String);

/// A key as it is kept.
#[derive(Clone)]
pub(crate) struct Key<'a> {
    pub(crate) text: &'a str,
    pub(crate) encoding: KeyEncoding,
    /// Stands before the key and is not part of it.
    pub(crate) prefix: &'a str,
}

impl Key<'_> {
    fn bytes(&self) -> Result<Vec<u8>, Unusable> {
        let text = self.text.strip_prefix(self.prefix).unwrap_or(self.text);
        match self.encoding {
            KeyEncoding::Text => Ok(text.as_bytes().to_vec()),
            KeyEncoding::Hex => hex::decode(text.trim()).map_err(|_| unusable("the key is not hexadecimal")),
            KeyEncoding::Base64 => from_base64(text.trim()).ok_or_else(|| unusable("the key is not base64")),
        }
    }

    /// The DER of a PEM block of one of these kinds, or the decoded bytes.
    fn der(&self, kinds: &[&str]) -> Result<Vec<u8>, Unusable> {
        let Some((_, rest)) = self.text.split_once("-----BEGIN ") else { return self.bytes() };
        let (kind, rest) =
            rest.split_once("-----").ok_or_else(|| unusable("the key is a broken PEM block"))?;
        if !kinds.contains(&kind) {
            let expected = kinds.join("` or `");
            return Err(Unusable(format!("the key is a PEM block `{kind}`; expected `{expected}`")));
        }
        let body = rest.split("-----").next().unwrap_or_default();
        let clean: String = body.chars().filter(|c| !c.is_whitespace()).collect();
        STANDARD.decode(clean).map_err(|_| unusable("the key is a broken PEM block"))
    }
}

/// The signature (or digest) of `message`.
pub(crate) fn sign(algorithm: MacAlgorithm, key: &Key<'_>, message: &[u8]) -> Result<Vec<u8>, Unusable> {
    let system = rand::SystemRandom::new();
    let broken = |_| unusable("the key does not fit the algorithm; it must be PKCS#8 (`PRIVATE KEY`)");
    match algorithm {
        MacAlgorithm::HmacSha1 | MacAlgorithm::HmacSha256 | MacAlgorithm::HmacSha512 => {
            let key = hmac::Key::new(hash_of(algorithm), &key.bytes()?);
            Ok(hmac::sign(&key, message).as_ref().to_vec())
        }
        MacAlgorithm::Md5 | MacAlgorithm::Sha256 => digest(algorithm, key, message),
        MacAlgorithm::RsaSha256 => {
            let der = key.der(&["PRIVATE KEY", "RSA PRIVATE KEY"])?;
            let pair = signature::RsaKeyPair::from_pkcs8(&der)
                .or_else(|_| signature::RsaKeyPair::from_der(&der))
                .map_err(broken)?;
            let mut signed = vec![0; pair.public().modulus_len()];
            pair.sign(&signature::RSA_PKCS1_SHA256, &system, message, &mut signed)
                .map_err(|_| unusable("the key cannot sign"))?;
            Ok(signed)
        }
        MacAlgorithm::EcdsaP256Sha256 => {
            let der = key.der(&["PRIVATE KEY"])?;
            let kind = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
            let pair = signature::EcdsaKeyPair::from_pkcs8(kind, &der, &system).map_err(broken)?;
            let signed = pair.sign(&system, message).map_err(|_| unusable("the key cannot sign"))?;
            Ok(signed.as_ref().to_vec())
        }
        MacAlgorithm::Ed25519 => {
            let der = key.der(&["PRIVATE KEY"])?;
            let pair = signature::Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der)
                .or_else(|_| signature::Ed25519KeyPair::from_seed_unchecked(&der))
                .map_err(broken)?;
            Ok(pair.sign(message).as_ref().to_vec())
        }
    }
}

/// Is it the signature of `message`? With an asymmetric algorithm the key is the public one.
pub(crate) fn verify(
    algorithm: MacAlgorithm,
    key: &Key<'_>,
    message: &[u8],
    claimed: &[u8],
) -> Result<bool, Unusable> {
    let with = |kind: &'static dyn signature::VerificationAlgorithm| {
        let public = public_key(key)?;
        Ok(signature::UnparsedPublicKey::new(kind, public).verify(message, claimed).is_ok())
    };
    match algorithm {
        MacAlgorithm::HmacSha1 | MacAlgorithm::HmacSha256 | MacAlgorithm::HmacSha512 => {
            let key = hmac::Key::new(hash_of(algorithm), &key.bytes()?);
            Ok(hmac::verify(&key, message, claimed).is_ok())
        }
        MacAlgorithm::Md5 | MacAlgorithm::Sha256 => Ok(same(&digest(algorithm, key, message)?, claimed)),
        MacAlgorithm::RsaSha256 => with(&signature::RSA_PKCS1_2048_8192_SHA256),
        MacAlgorithm::EcdsaP256Sha256 => with(&signature::ECDSA_P256_SHA256_FIXED),
        MacAlgorithm::Ed25519 => with(&signature::ED25519),
    }
}

/// Are they equal? Takes as long for any two texts of these lengths: what is compared are codes under a key nobody
/// outside knows (the double-HMAC way).
pub(crate) fn same(a: &[u8], b: &[u8]) -> bool {
    let Ok(key) = hmac::Key::generate(hmac::HMAC_SHA256, &rand::SystemRandom::new()) else { return false };
    hmac::verify(&key, a, hmac::sign(&key, b).as_ref()).is_ok()
}

/// Signature bytes as text.
pub(crate) fn encode(encoding: Encoding, bytes: &[u8]) -> String {
    match encoding {
        Encoding::Hex => hex::encode(bytes),
        Encoding::Base64 => STANDARD.encode(bytes),
        Encoding::Base64url => URL_SAFE_NO_PAD.encode(bytes),
    }
}

fn hash_of(algorithm: MacAlgorithm) -> hmac::Algorithm {
    match algorithm {
        MacAlgorithm::HmacSha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        MacAlgorithm::HmacSha512 => hmac::HMAC_SHA512,
        _ => hmac::HMAC_SHA256,
    }
}

/// The digest of a message in which the secret stands once.
fn digest(algorithm: MacAlgorithm, key: &Key<'_>, message: &[u8]) -> Result<Vec<u8>, Unusable> {
    let places: Vec<usize> = memchr::memmem::find_iter(message, SECRET).collect();
    let [at] = places[..] else {
        return Err(unusable("the message must hold `{secret}` exactly once"));
    };
    let mut whole = message[..at].to_vec();
    whole.extend_from_slice(&key.bytes()?);
    whole.extend_from_slice(&message[at + SECRET.len()..]);
    Ok(match algorithm {
        MacAlgorithm::Md5 => {
            use md5::Digest as _;
            Md5::digest(&whole).to_vec()
        }
        _ => sha2::Sha256::digest(&whole).to_vec(),
    })
}

fn from_base64(text: &str) -> Option<Vec<u8>> {
    let plain = text.replace('-', "+").replace('_', "/");
    STANDARD_NO_PAD.decode(plain.trim_end_matches('=')).ok()
}

/// The key inside a `SubjectPublicKeyInfo` (RFC 5280, 4.1.2.7), which is what `PUBLIC KEY` holds; other bytes are the key.
fn public_key(key: &Key<'_>) -> Result<Vec<u8>, Unusable> {
    let der = key.der(&["PUBLIC KEY", "RSA PUBLIC KEY"])?;
    Ok(spki(&der).unwrap_or(&der).to_vec())
}

fn spki(der: &[u8]) -> Option<&[u8]> {
    const SEQUENCE: u8 = 0x30;
    const BIT_STRING: u8 = 0x03;
    let (whole, _) = element(der, SEQUENCE)?;
    let (_, rest) = element(whole, SEQUENCE)?;
    let (bits, _) = element(rest, BIT_STRING)?;
    bits.strip_prefix(&[0])
}

/// The content of a DER element of that tag, and what comes after it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        if bytes.len() > 4 {
            return None;
        }
        (bytes.iter().fold(0_usize, |n, b| n << 8 | usize::from(*b)), rest)
    };
    (found == tag).then(|| rest.split_at_checked(length))?
}

fn unusable(why: &str) -> Unusable {
    Unusable(why.into())
}

#[cfg(test)]
mod tests;
