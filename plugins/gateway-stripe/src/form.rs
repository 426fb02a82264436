//! `application/x-www-form-urlencoded`, as Stripe reads it: `metadata[key]=value`.

/// Pairs, in order.
#[derive(Debug, Default)]
pub(crate) struct Form(String);

impl Form {
    pub(crate) fn with(mut self, key: &str, value: impl AsRef<str>) -> Self {
        if !self.0.is_empty() {
            self.0.push('&');
        }
        escape(key, &mut self.0);
        self.0.push('=');
        escape(value.as_ref(), &mut self.0);
        self
    }

    pub(crate) fn with_some(self, key: &str, value: Option<impl AsRef<str>>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }

    pub(crate) fn text(self) -> String {
        self.0
    }
}

/// Unreserved characters stay (RFC 3986), all others become `%XX`.
pub(crate) fn escape(text: &str, out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(DIGITS[usize::from(byte >> 4)]));
            out.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Form;

    #[test]
    fn nothing_a_value_holds_becomes_another_field() {
        let form =
            Form::default().with("metadata[a]", "1&amount=2").with_some("b", None::<&str>).with("c", "ñ +%");
        assert_eq!(form.text(), "metadata%5Ba%5D=1%26amount%3D2&c=%C3%B1%20%2B%25");
    }
}
