//! Signatures as vendors put them on their webhooks.

use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey};
use sha2::{Digest as _, Sha256};

/// SHA-256's block, RFC 2104.
const BLOCK: usize = 64;

/// HMAC with SHA-256 (RFC 2104).
pub fn hmac_sha256(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut block = [0; BLOCK];
    if key.len() > BLOCK {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let pad = |byte: u8| block.map(|b| b ^ byte);
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().to_vec()
}

/// A key of these tests alone (2,048 bits, PKCS 8).
const TEST_KEY: &[u8] = include_bytes!("../data/webhook-test-key.pk8");

fn key() -> RsaKeyPair {
    RsaKeyPair::from_pkcs8(TEST_KEY).expect("the key in data/ is one")
}

/// RSASSA-PKCS1-v1_5 with SHA-256 under the test key.
pub(crate) fn rsa_sha256(message: &[u8]) -> Vec<u8> {
    let key = key();
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &ring::rand::SystemRandom::new(), message, &mut signature)
        .expect("a signature as long as the modulus");
    signature
}

/// Was `message` signed with the test key?
pub fn verifies_rsa(message: &[u8], signature: &[u8]) -> bool {
    let key = key();
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public().as_ref())
        .verify(message, signature)
        .is_ok()
}

#[cfg(test)]
mod tests {
    use super::{hmac_sha256, rsa_sha256, verifies_rsa};

    #[test]
    fn a_mac_is_that_of_rfc_4231() {
        let mac = hmac_sha256(b"Jefe", b"what do ya want for nothing?");
        let known = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(hex::encode(mac), known);
        let long = hmac_sha256(&[0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First");
        let known = "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54";
        assert_eq!(hex::encode(long), known);
    }

    #[test]
    fn a_signature_is_for_its_message_alone() {
        let signature = rsa_sha256(b"one");
        assert!(verifies_rsa(b"one", &signature) && !verifies_rsa(b"two", &signature));
    }
}
