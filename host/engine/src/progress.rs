//! How a long use case tells a face that it is getting on.

/// A face's ear. Calls are cheap and may come thousands of times.
pub trait Progress {
    /// A stretch of work begins: what, and how much of it, if that is known.
    fn begin(&mut self, what: &str, total: Option<u64>);
    /// So much more of it is done.
    fn advance(&mut self, count: u64);
    /// Something a person may want to read while waiting.
    fn note(&mut self, text: &str);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&mut self, _what: &str, _total: Option<u64>) {}
    fn advance(&mut self, _count: u64) {}
    fn note(&mut self, _text: &str) {}
}
