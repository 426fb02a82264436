//! Sealed texts open for their subject only, and never after it was erased.

use recaudo_ports::clock::Random;
use recaudo_store::Store;

use super::{Subject, Vault};
use crate::error::EngineError;

struct Counting(std::sync::atomic::AtomicU8);

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
    }
}

#[test]
fn a_persons_text_opens_until_the_person_is_erased() {
    let (store, random) = (Store::scratch().unwrap(), Counting(0.into()));
    let vault = Vault::new([7; 32]);
    let (ana, luis) = (Subject::Customer(1), Subject::Customer(2));
    let sealed = store
        .write(|tx| {
            vault.seal(tx, 1, luis, &random, b"x")?;
            vault.seal(tx, 1, ana, &random, b"ana@example.com")
        })
        .unwrap();
    assert!(!sealed.windows(3).any(|window| window == b"ana"));

    let open = |vault: &Vault, subject| store.read(|conn| vault.open(conn, 1, subject, &sealed));
    assert_eq!(open(&vault, ana).unwrap().as_deref(), Some(&b"ana@example.com"[..]));
    assert!(open(&vault, luis).unwrap_err().to_string().contains("does not open"));
    let other = open(&Vault::new([8; 32]), ana).unwrap_err();
    assert!(matches!(other, EngineError::Refused { code: "wrong_master_key", .. }), "{other}");

    assert!(store.write(|tx| Vault::destroy(tx, 1, ana)).unwrap());
    assert_eq!(open(&vault, ana).unwrap(), None);
}
