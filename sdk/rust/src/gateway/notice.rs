//! What a vendor's delivery carries, before anybody believes it.

use crate::url;
use crate::webhook::Delivery;

impl Delivery {
    /// The first header of a name, which is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// A parameter of the delivery's address, decoded; `None` where it is empty.
    pub fn parameter(&self, name: &str) -> Option<String> {
        url::parameter(&self.query, name)
    }

    /// A part of a header such as `t=1700000000,v1=5f2c`: what stands behind `name=`.
    pub fn part_of<'h>(header: &'h str, name: &str) -> Option<&'h str> {
        let mut parts = header.split(',').filter_map(|part| part.split_once('='));
        parts.find(|(own, _)| own.trim() == name).map(|(_, value)| value.trim())
    }

    /// Hexadecimal digits as bytes; `None` for anything else.
    pub fn bytes_of_hex(text: &str) -> Option<Vec<u8>> {
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let (pairs, odd) = text.as_bytes().as_chunks::<2>();
        let bytes = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?));
        if odd.is_empty() { bytes.collect() } else { None }
    }
}
