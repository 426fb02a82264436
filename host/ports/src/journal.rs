//! The journal around every effect that commits something outside: `prepared`, `sent`, `settled`.
//!
//! `prepared` is durable before the first byte can leave, so a crash is never a guess: an effect that was prepared and
//! not settled is `unknown` until somebody has asked the far side.

/// An effect about to be performed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect<'a> {
    /// The business operation it belongs to.
    pub operation_id: &'a str,
    /// The how-manieth commit of the operation, from 1.
    pub commit: u32,
    /// `mail`, `http`, `file`.
    pub kind: &'a str,
    /// Where to: a host name or source label, never a person.
    pub target: &'a str,
    /// The request as a person would read it; the journal seals it under the person's key.
    pub request: &'a [u8],
}

/// How an effect ended, as far as the host can know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// The far side said yes.
    Done,
    /// It certainly did not happen.
    NotDone,
    /// It may have happened.
    Unknown,
}

/// The journal could not be written: nothing may be sent then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the journal cannot be written: {0}")]
pub struct JournalError(pub String);

/// Keeps the rows. Each call is durable when it returns.
pub trait Journal: Send + Sync {
    /// The effect is about to be tried; returns the row.
    ///
    /// # Errors
    /// The row could not be written: the effect must not be tried.
    fn prepared(&self, effect: &Effect<'_>) -> Result<i64, JournalError>;
    /// Bytes may leave from now on.
    ///
    /// # Errors
    /// As [`Journal::prepared`].
    fn sent(&self, row: i64) -> Result<(), JournalError>;
    /// It ended; `answer` is sealed as the request was.
    ///
    /// # Errors
    /// The row stays open and counts as unknown.
    fn settled(&self, row: i64, how: Settled, answer: &[u8]) -> Result<(), JournalError>;
}
