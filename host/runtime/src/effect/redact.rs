//! Secret values: looked for in what a plugin writes, taken out of what comes back, in the forms they travel in.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use memchr::memmem;
use recaudo_ports::secrets::Secret;

use crate::wit::effects::http as wit;

/// Shorter values are in every text by chance: redacting them would destroy answers and still hide nothing.
const SHORTEST: usize = 6;
/// What stands in a secret's place.
const MARK: &[u8] = b"[redacted]";

/// Secret values in every form, longest first.
#[derive(Default)]
pub(crate) struct Hidden {
    forms: BTreeSet<(std::cmp::Reverse<usize>, Vec<u8>)>,
}

impl Hidden {
    pub(crate) fn add(&mut self, secret: &Secret) {
        for value in secret.hidden() {
            self.add_value(value);
        }
        if let (Some(user), Some(password)) = (secret.field("user"), secret.field("password")) {
            self.add_form(STANDARD.encode(format!("{user}:{password}")).into_bytes());
        }
    }

    pub(crate) fn add_value(&mut self, value: &str) {
        if value.len() < SHORTEST {
            return;
        }
        let bytes = value.as_bytes();
        self.add_form(bytes.to_vec());
        self.add_form(url::form_urlencoded::byte_serialize(bytes).collect::<String>().into_bytes());
        let percent = super::template::percent(bytes);
        self.add_form(percent.to_lowercase().into_bytes());
        self.add_form(percent.into_bytes());
        self.add_form(super::template::json(value).into_bytes());
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            self.add_base64(engine, bytes);
        }
        self.add_form(STANDARD.encode(value).into_bytes());
        self.add_form(hex::encode(value).into_bytes());
        self.add_form(hex::encode_upper(value).into_bytes());
        let reversed: String = value.chars().rev().collect();
        self.add_form(reversed.into_bytes());
    }

    /// In base64 of a longer text the value begins at any of three bits; the characters that hold only bits of the
    /// value are the same wherever it stands.
    fn add_base64(&mut self, engine: &GeneralPurpose, bytes: &[u8]) {
        self.add_form(engine.encode(bytes).into_bytes());
        for before in 1..3_usize {
            let mut shifted = vec![0; before];
            shifted.extend_from_slice(bytes);
            let text = engine.encode(&shifted).into_bytes();
            // 8 bits a byte, 6 a character: the first whole one after the filling, the last whole one of the value.
            let (first, last) = ((before * 8).div_ceil(6), shifted.len() * 8 / 6);
            if let Some(form) = text.get(first..last).filter(|form| form.len() >= SHORTEST) {
                self.add_form(form.to_vec());
            }
        }
    }

    fn add_form(&mut self, form: Vec<u8>) {
        self.forms.insert((std::cmp::Reverse(form.len()), form));
    }

    /// The longest form: what a reader in parts must hold back.
    pub(crate) fn longest(&self) -> usize {
        self.forms.first().map_or(0, |(length, _)| length.0)
    }

    /// Does a secret stand anywhere in what the plugin wrote?
    pub(crate) fn written_in(&self, request: &wit::Request) -> bool {
        let decoded: Vec<u8> = percent_decoded(request.url.as_bytes());
        self.found_in(request.url.as_bytes())
            || self.found_in(&decoded)
            || self.found_in(&request.body)
            || self.found_in(&percent_decoded(&request.body))
            || request.headers.iter().any(|(n, v)| self.found_in(n.as_bytes()) || self.found_in(v.as_bytes()))
            || request.signing.iter().any(|s| self.found_in(&s.message) || self.found_in(s.prefix.as_bytes()))
    }

    /// The bytes without secrets.
    pub(crate) fn redact(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        for (_, form) in &self.forms {
            if memmem::find(&bytes, form).is_some() {
                bytes = replaced(&bytes, form, MARK);
            }
        }
        bytes
    }

    /// The text without secrets.
    pub(crate) fn redact_text(&self, text: &str) -> String {
        String::from_utf8_lossy(&self.redact(text.as_bytes().to_vec())).into_owned()
    }

    pub(crate) fn found_in(&self, bytes: &[u8]) -> bool {
        self.forms.iter().any(|(_, form)| memmem::find(bytes, form).is_some())
    }
}

/// Every occurrence replaced.
pub(crate) fn replaced(bytes: &[u8], form: &[u8], by: &[u8]) -> Vec<u8> {
    let mut clean = Vec::with_capacity(bytes.len());
    let mut done = 0;
    for at in memmem::find_iter(bytes, form) {
        clean.extend_from_slice(&bytes[done..at]);
        clean.extend_from_slice(by);
        done = at + form.len();
    }
    clean.extend_from_slice(&bytes[done..]);
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

    #[test]
    fn a_secret_inside_a_longer_base64_text_is_found_wherever_it_begins() {
        use base64::Engine as _;
        let mut hidden = Hidden::default();
        hidden.add_value("very-secret-key");
        for before in 0..6 {
            let text = format!("{}very-secret-key:tail", "u".repeat(before));
            let encoded = base64::engine::general_purpose::STANDARD.encode(text);
            assert_ne!(hidden.redact_text(&encoded), encoded, "{before} bytes before it");
        }
        assert_eq!(hidden.redact_text("%76ery"), "%76ery");
        assert_eq!(hidden.redact_text("766572792D7365637265742D6B6579"), "[redacted]");
    }
}
