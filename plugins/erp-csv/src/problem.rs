//! What can be wrong with a row: a stable code, and one sentence that says what to do.

use recaudo_sdk::Reject;

/// Values are quoted in messages up to this many characters.
const SHOWN_MAX: usize = 200;

/// Why a row, or a file, cannot be taken. The README lists every code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The column as the file's header names it; empty when the whole row is meant.
    pub(crate) field: String,
    pub(crate) value: String,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl Problem {
    pub(crate) fn new(
        field: impl Into<String>,
        value: &str,
        code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self { field: field.into(), value: shown(value), code, message: message.into() }
    }

    /// About a row as a whole.
    pub(crate) fn row(text: &str, code: &'static str, message: impl Into<String>) -> Self {
        Self::new("", text, code, message)
    }

    pub(crate) fn reject(self, source: &str, row: u64) -> Reject {
        let Self { field, value, code, message } = self;
        Reject { source: source.to_owned(), row, field, value, code: code.to_owned(), message }
    }
}

/// The beginning of a text, its control characters made visible as spaces.
pub(crate) fn shown(text: &str) -> String {
    text.chars().take(SHOWN_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect()
}
