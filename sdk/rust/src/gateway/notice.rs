//! What a vendor's delivery carries, before anybody believes it.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::webhook::Delivery;
use crate::{Fail, Failure, url};

/// `{"data": {"object": ...}}`, the envelope several vendors put around what changed.
#[derive(Deserialize)]
struct Envelope<T> {
    data: Inside<T>,
}

#[derive(Deserialize)]
struct Inside<T> {
    object: T,
}

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

    /// The body as JSON; `whose` is what it should be: `one of acme's webhooks`.
    ///
    /// # Errors
    /// `bad-delivery`.
    pub fn json<T: DeserializeOwned>(&self, whose: &str) -> Result<T, Failure> {
        serde_json::from_slice(&self.body)
            .map_err(|error| Fail::bad_delivery(&format!("cannot be read ({error})"), whose))
    }

    /// What stands in the body under `data.object`.
    ///
    /// # Errors
    /// As [`Delivery::json`].
    pub fn object<T: DeserializeOwned>(&self, whose: &str) -> Result<T, Failure> {
        self.json::<Envelope<T>>(whose).map(|envelope| envelope.data.object)
    }
}

impl Fail {
    /// `bad-delivery`: a delivery that is not `whose`, and why: `has no signature`.
    pub fn bad_delivery(why: &str, whose: &str) -> Failure {
        Self::invalid_input("bad-delivery", format!("the delivery {why}; it is not {whose}"))
    }
}
