//! The currency of a row.

/// A currency and how many decimals it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Currency {
    pub(crate) code: [u8; 3],
    pub(crate) exponent: u8,
}

/// `None` for anything that is no code in use; lower case is accepted.
pub(crate) fn find(text: &str) -> Option<Currency> {
    recaudo_sdk::currency::find(text).map(|(code, exponent)| Currency { code, exponent })
}
