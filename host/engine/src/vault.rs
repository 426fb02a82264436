//! Seals personal data under a key per person, so that destroying one key erases a person everywhere but in the live tables.
//!
//! Each key is random and stored wrapped by the home's master key. Sealing binds the text to its tenant and subject: moved
//! to another person's row it does not open. XChaCha20-Poly1305; its 24-byte nonces may be random.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use recaudo_ports::clock::Random;
use recaudo_store::{Conn, Tx, person_key};
use sha2::{Digest, Sha256};

use crate::error::EngineError;

#[cfg(test)]
mod tests;

/// The format's first byte.
const FORMAT: u8 = 1;
const NONCE_LEN: usize = 24;

/// Whom a key belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A customer, by the store's id.
    Customer(i64),
    /// A source: rows of it that could not be laid to any customer.
    Source(i64),
}

impl Subject {
    fn parts(self) -> (&'static str, i64) {
        match self {
            Self::Customer(id) => ("customer", id),
            Self::Source(id) => ("source", id),
        }
    }

    fn bound_to(self, tenant: i64, purpose: &str) -> Vec<u8> {
        let (kind, id) = self.parts();
        format!("recaudo/{purpose}/{tenant}/{kind}/{id}").into_bytes()
    }
}

/// Holds the master key. Its `Debug` shows nothing.
#[derive(Clone)]
pub struct Vault {
    master: XChaCha20Poly1305,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault")
    }
}

/// One subject's key, unwrapped: seals and opens many texts.
pub struct Sealer {
    cipher: XChaCha20Poly1305,
    bound_to: Vec<u8>,
}

impl Vault {
    /// A vault under the home's master key.
    pub fn new(master: [u8; 32]) -> Self {
        Self { master: XChaCha20Poly1305::new((&master).into()) }
    }

    /// A subject's key, made if it has none.
    ///
    /// # Errors
    /// The store's, or a key that another master key has wrapped.
    pub fn sealer(
        &self,
        tx: &Tx<'_>,
        tenant: i64,
        subject: Subject,
        random: &dyn Random,
    ) -> Result<Sealer, EngineError> {
        if let Some(sealer) = self.find(tx, tenant, subject)? {
            return Ok(sealer);
        }
        let mut key = [0; 32];
        random.fill(&mut key);
        let wrapped = encrypt(&self.master, &subject.bound_to(tenant, "key"), &key, random)?;
        let (kind, id) = subject.parts();
        person_key::insert(tx, tenant, kind, id, &wrapped)?;
        Ok(Sealer::new(key, subject, tenant))
    }

    /// A subject's key, if it has one: none when the subject was erased, or never sealed anything.
    ///
    /// # Errors
    /// As [`Vault::sealer`].
    pub fn find(
        &self,
        conn: &Conn<'_>,
        tenant: i64,
        subject: Subject,
    ) -> Result<Option<Sealer>, EngineError> {
        let (kind, id) = subject.parts();
        let Some(wrapped) = person_key::find(conn, tenant, kind, id)? else { return Ok(None) };
        let key = decrypt(&self.master, &subject.bound_to(tenant, "key"), &wrapped);
        let key: [u8; 32] = key.and_then(|key| key.try_into().ok()).ok_or_else(|| EngineError::Refused {
            code: "wrong_master_key",
            detail: format!("the key of {kind} {id} does not open: this home's master key is another one"),
        })?;
        Ok(Some(Sealer::new(key, subject, tenant)))
    }

    /// Seals one text.
    ///
    /// # Errors
    /// As [`Vault::sealer`].
    pub fn seal(
        &self,
        tx: &Tx<'_>,
        tenant: i64,
        subject: Subject,
        random: &dyn Random,
        plain: &[u8],
    ) -> Result<Vec<u8>, EngineError> {
        self.sealer(tx, tenant, subject, random)?.seal(plain, random)
    }

    /// Opens one text; `None` when the subject was erased.
    ///
    /// # Errors
    /// As [`Vault::sealer`], or a text that was changed or belongs to somebody else.
    pub fn open(
        &self,
        conn: &Conn<'_>,
        tenant: i64,
        subject: Subject,
        sealed: &[u8],
    ) -> Result<Option<Vec<u8>>, EngineError> {
        match self.find(conn, tenant, subject)? {
            Some(sealer) => sealer.open(sealed).map(Some),
            None => Ok(None),
        }
    }

    /// A keyed digest of a text that must be found again and not read: without the master key it says nothing.
    ///
    /// # Errors
    /// None in practice: the cipher refuses nothing this short.
    pub fn mark(&self, tenant: i64, purpose: &str, text: &str) -> Result<[u8; 16], EngineError> {
        // The key of the digest is the cipher's answer to a fixed question, asked under a nonce random ones never meet.
        let aad: &[u8] = b"recaudo/mark-key";
        let key = self.master.encrypt(XNonce::from_slice(&[0; NONCE_LEN]), Payload { msg: &[0; 32], aad });
        let key = key.map_err(|_| EngineError::fault("a key cannot be derived"))?;
        let mut sha = Sha256::new();
        for part in [&key[..], &tenant.to_be_bytes()[..], purpose.as_bytes(), text.as_bytes()] {
            sha.update((part.len() as u64).to_be_bytes());
            sha.update(part);
        }
        let mut mark = [0; 16];
        mark.copy_from_slice(&sha.finalize()[..16]);
        Ok(mark)
    }

    /// Destroys a subject's key: what it sealed can never be read again. Says whether there was one.
    ///
    /// # Errors
    /// The store's.
    pub fn destroy(tx: &Tx<'_>, tenant: i64, subject: Subject) -> Result<bool, EngineError> {
        let (kind, id) = subject.parts();
        Ok(person_key::delete(tx, tenant, kind, id)?)
    }
}

impl Sealer {
    fn new(key: [u8; 32], subject: Subject, tenant: i64) -> Self {
        Self { cipher: XChaCha20Poly1305::new((&key).into()), bound_to: subject.bound_to(tenant, "text") }
    }

    /// Seals a text. Nothing stays nothing.
    ///
    /// # Errors
    /// A text past what the cipher takes (256 GiB).
    pub fn seal(&self, plain: &[u8], random: &dyn Random) -> Result<Vec<u8>, EngineError> {
        if plain.is_empty() { Ok(Vec::new()) } else { encrypt(&self.cipher, &self.bound_to, plain, random) }
    }

    /// Opens a text.
    ///
    /// # Errors
    /// It was changed, or belongs to somebody else.
    pub fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, EngineError> {
        if sealed.is_empty() {
            return Ok(Vec::new());
        }
        decrypt(&self.cipher, &self.bound_to, sealed)
            .ok_or_else(|| EngineError::fault("a sealed text does not open: it was changed in the store"))
    }
}

fn encrypt(
    cipher: &XChaCha20Poly1305,
    aad: &[u8],
    msg: &[u8],
    random: &dyn Random,
) -> Result<Vec<u8>, EngineError> {
    let mut nonce = [0; NONCE_LEN];
    random.fill(&mut nonce);
    let sealed = cipher.encrypt(XNonce::from_slice(&nonce), Payload { msg, aad });
    let sealed = sealed.map_err(|_| EngineError::fault("a text is too long to seal"))?;
    Ok([&[FORMAT], &nonce[..], &sealed].concat())
}

fn decrypt(cipher: &XChaCha20Poly1305, aad: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (format, rest) = sealed.split_first()?;
    let (nonce, msg) = rest.split_at_checked(NONCE_LEN)?;
    if *format != FORMAT {
        return None;
    }
    cipher.decrypt(XNonce::from_slice(nonce), Payload { msg, aad }).ok()
}
