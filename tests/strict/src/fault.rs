//! How a far side misbehaves.

use std::time::Duration;

/// One misbehaviour, for one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Waits, then works and answers.
    Slow(Duration),
    /// Works, and answers only after a wait: longer than the caller's, and it never hears.
    Late(Duration),
    /// Works, and closes without an answer.
    Lost,
    /// Works, and cuts its answer in the middle.
    Half,
    /// Works, and answers 200 with bytes that are no JSON.
    Garbage,
    /// Works, and answers 200 with the fields of another version.
    OtherVersion,
    /// Does nothing and answers this status, with the vendor's error body.
    Status(u16),
    /// Does nothing and answers 429 with `Retry-After`.
    TooMany(u32),
    /// Does nothing and answers 200 with a page of HTML, as a captive proxy would.
    Html,
    /// Closes before it has read the request.
    Closed,
}

/// A fault and the requests it is for.
#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) method: Option<String>,
    pub(crate) path: String,
    pub(crate) fault: Fault,
}

impl Planned {
    pub(crate) fn fits(&self, method: &str, path: &str) -> bool {
        let method_fits = match &self.method {
            Some(asked) => asked == method,
            // Without a method it is for what changes something.
            None => !matches!(method, "GET" | "HEAD"),
        };
        method_fits && path.starts_with(&self.path)
    }
}
