//! Documents the host attaches to a message: asked for by name when an effect carries one, never handed to a plugin.

/// A document as it goes out.
#[derive(Clone, PartialEq, Eq)]
pub struct Document {
    /// The file name the recipient sees.
    pub name: String,
    /// Such as `application/pdf`.
    pub media_type: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Document({}, {} bytes)", self.media_type, self.bytes.len())
    }
}

/// The documents cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the documents cannot be read: {0}")]
pub struct DocumentsError(pub String);

/// Where documents are kept.
pub trait Documents: Send + Sync {
    /// The document a message names, if there is one.
    ///
    /// # Errors
    /// The place cannot be read.
    fn get(&self, name: &str) -> Result<Option<Document>, DocumentsError>;
}

/// Nothing is kept: a message with attachments is refused.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoDocuments;

impl Documents for NoDocuments {
    fn get(&self, _: &str) -> Result<Option<Document>, DocumentsError> {
        Ok(None)
    }
}
