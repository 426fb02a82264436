//! Requests without naming ten empty fields.

use crate::http::Request;

impl Request {
    /// A request without headers, body and credential; the host's time-out.
    pub fn new(method: &str, url: impl Into<String>) -> Self {
        Self {
            method: method.into(),
            url: url.into(),
            headers: vec![],
            body: vec![],
            credential: None,
            signing: vec![],
            slots: vec![],
            timeout_ms: 0,
            captures: vec![],
            spool: None,
        }
    }

    /// A GET.
    pub fn get(url: impl Into<String>) -> Self {
        Self::new("GET", url)
    }

    /// Adds a header; never a secret, those are named by [`Request::credential`].
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// A body with its content type.
    #[must_use]
    pub fn body(mut self, content_type: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.body = bytes.into();
        self.header("Content-Type", content_type)
    }

    /// The label of the credential, as the manifest declares it, that the host shall apply.
    #[must_use]
    pub fn credential(mut self, label: &str) -> Self {
        self.credential = Some(label.into());
        self
    }
}
