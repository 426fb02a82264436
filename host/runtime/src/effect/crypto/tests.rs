//! Known answers, and each algorithm against its own other half.

use super::{Key, encode, same, sign, verify};
use crate::manifest::KeyEncoding;
use crate::wit::effects::http::{Encoding, MacAlgorithm as Mac};

fn key(text: &str) -> Key<'_> {
    Key { text, encoding: KeyEncoding::Text, prefix: "" }
}

fn signed(mac: Mac, secret: &str, message: &str) -> String {
    hex::encode(sign(mac, &key(secret), message.as_bytes()).unwrap())
}

#[test]
fn codes_are_those_of_the_standards() {
    // RFC 2202, 3, case 2; RFC 4231, 4.3.
    let message = "what do ya want for nothing?";
    assert_eq!(signed(Mac::HmacSha1, "Jefe", message), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    assert_eq!(
        signed(Mac::HmacSha256, "Jefe", message),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    );
    assert_eq!(
        signed(Mac::HmacSha512, "Jefe", message),
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554\
         9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
    );
    // RFC 1321, A.5, and FIPS 180-2, B.1: "abc".
    assert_eq!(signed(Mac::Md5, "b", "a{secret}c"), "900150983cd24fb0d6963f7d28e17f72");
    let sha = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(signed(Mac::Sha256, "b", "a{secret}c"), sha);
    for twice in ["ac", "{secret}{secret}"] {
        assert!(sign(Mac::Md5, &key("b"), twice.as_bytes()).is_err(), "{twice}");
    }
}

#[test]
fn a_key_may_be_hexadecimal_or_base64_with_a_mark_before_it() {
    let plain = signed(Mac::HmacSha256, "Jefe", "m");
    for (text, encoding, prefix) in [
        ("4a656665", KeyEncoding::Hex, ""),
        ("SmVmZQ==", KeyEncoding::Base64, ""),
        ("whsec_SmVmZQ", KeyEncoding::Base64, "whsec_"),
    ] {
        let written = sign(Mac::HmacSha256, &Key { text, encoding, prefix }, b"m").unwrap();
        assert_eq!(hex::encode(written), plain, "{text}");
    }
}

#[test]
fn what_one_half_signs_the_other_knows_and_nothing_else() {
    for (mac, private, public) in [
        (Mac::RsaSha256, include_str!("test-keys/rsa.pem"), include_str!("test-keys/rsa.pub")),
        (Mac::EcdsaP256Sha256, include_str!("test-keys/ec.pem"), include_str!("test-keys/ec.pub")),
        (Mac::Ed25519, include_str!("test-keys/ed.pem"), include_str!("test-keys/ed.pub")),
        (Mac::HmacSha256, "shared", "shared"),
        (Mac::Md5, "shared", "shared"),
    ] {
        let message = b"amount=100&key={secret}";
        let mut signature = sign(mac, &key(private), message).unwrap();
        assert_eq!(verify(mac, &key(public), message, &signature), Ok(true), "{mac:?}");
        assert_eq!(verify(mac, &key(public), b"amount=900&key={secret}", &signature), Ok(false), "{mac:?}");
        signature[3] ^= 1;
        assert_eq!(verify(mac, &key(public), message, &signature), Ok(false), "{mac:?}");
        assert_eq!(verify(mac, &key(public), message, &[]), Ok(false), "{mac:?}");
    }
}

#[test]
fn a_key_of_another_kind_is_named_not_shown() {
    let why = sign(Mac::Ed25519, &key(include_str!("test-keys/ed.pub")), b"m").unwrap_err();
    assert_eq!(why.0, "the key is a PEM block `PUBLIC KEY`; expected `PRIVATE KEY`");
    assert!(sign(Mac::RsaSha256, &key(include_str!("test-keys/ec.pem")), b"m").is_err());
}

#[test]
fn signatures_are_written_in_three_ways_and_compared_in_one() {
    let bytes = [0xfb, 0xff, 0xfe];
    assert_eq!(encode(Encoding::Hex, &bytes), "fbfffe");
    assert_eq!(encode(Encoding::Base64, &bytes[..2]), "+/8=");
    assert_eq!(encode(Encoding::Base64url, &bytes[..2]), "-_8");
    assert!(
        same(b"token", b"token") && !same(b"token", b"tokem") && !same(b"token", b"token ") && same(b"", b"")
    );
}
