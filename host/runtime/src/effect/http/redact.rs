//! Secret values: looked for in what a plugin writes, taken out of what comes back, in the forms they travel in.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use recaudo_ports::secrets::Secret;

use crate::wit::effects::http as wit;

/// Shorter values are in every text by chance: redacting them would destroy answers and still hide nothing.
const SHORTEST: usize = 6;
/// What stands in a secret's place.
const MARK: &[u8] = b"[redacted]";

/// Secret values in every form, longest first.
#[derive(Default)]
pub(super) struct Hidden {
    forms: BTreeSet<(std::cmp::Reverse<usize>, Vec<u8>)>,
}

impl Hidden {
    pub(super) fn add(&mut self, secret: &Secret) {
        for value in secret.hidden() {
            self.add_value(value);
        }
        if let (Some(user), Some(password)) = (secret.field("user"), secret.field("password")) {
            self.add_form(STANDARD.encode(format!("{user}:{password}")).into_bytes());
        }
    }

    fn add_value(&mut self, value: &str) {
        if value.len() < SHORTEST {
            return;
        }
        self.add_form(value.as_bytes().to_vec());
        self.add_form(
            url::form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>().into_bytes(),
        );
        self.add_form(STANDARD.encode(value).into_bytes());
        self.add_form(STANDARD_NO_PAD.encode(value).into_bytes());
        self.add_form(URL_SAFE_NO_PAD.encode(value).into_bytes());
        self.add_form(hex::encode(value).into_bytes());
        let reversed: String = value.chars().rev().collect();
        self.add_form(reversed.into_bytes());
    }

    fn add_form(&mut self, form: Vec<u8>) {
        self.forms.insert((std::cmp::Reverse(form.len()), form));
    }

    /// Does a secret stand anywhere in what the plugin wrote?
    pub(super) fn written_in(&self, request: &wit::Request) -> bool {
        let decoded: Vec<u8> = percent_decoded(request.url.as_bytes());
        self.found_in(request.url.as_bytes())
            || self.found_in(&decoded)
            || self.found_in(&request.body)
            || self.found_in(&percent_decoded(&request.body))
            || request.headers.iter().any(|(n, v)| self.found_in(n.as_bytes()) || self.found_in(v.as_bytes()))
    }

    /// The bytes without secrets.
    pub(super) fn redact(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        for (_, form) in &self.forms {
            if find(&bytes, form).is_some() {
                bytes = replaced(&bytes, form);
            }
        }
        bytes
    }

    /// The text without secrets.
    pub(super) fn redact_text(&self, text: &str) -> String {
        String::from_utf8_lossy(&self.redact(text.as_bytes().to_vec())).into_owned()
    }

    fn found_in(&self, bytes: &[u8]) -> bool {
        self.forms.iter().any(|(_, form)| find(bytes, form).is_some())
    }
}

fn find(bytes: &[u8], form: &[u8]) -> Option<usize> {
    bytes.windows(form.len()).position(|window| window == form)
}

fn replaced(bytes: &[u8], form: &[u8]) -> Vec<u8> {
    let mut clean = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = find(rest, form) {
        clean.extend_from_slice(&rest[..at]);
        clean.extend_from_slice(MARK);
        rest = &rest[at + form.len()..];
    }
    clean.extend_from_slice(rest);
    clean
}

fn percent_decoded(bytes: &[u8]) -> Vec<u8> {
    url::form_urlencoded::parse(bytes)
        .flat_map(|(name, value)| [name.into_owned(), value.into_owned()])
        .collect::<Vec<_>>()
        .join("\n")
        .into_bytes()
}

#[cfg(test)]
mod tests {
    use recaudo_ports::secrets::Secret;

    use super::Hidden;

    #[test]
    fn a_secret_is_taken_out_in_every_form_it_travels_in() {
        let mut hidden = Hidden::default();
        hidden.add(&Secret::new([("user".into(), "ana".into()), ("password".into(), "s3cr/t value".into())]));
        let echo = "raw s3cr/t value, query s3cr%2Ft+value, base64 czNjci90IHZhbHVl, basic YW5hOnMzY3IvdCB2YWx1ZQ==, ana";
        assert_eq!(
            hidden.redact_text(echo),
            "raw [redacted], query [redacted], base64 [redacted], basic [redacted], ana"
        );
    }
}
