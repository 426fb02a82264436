//! Text inside of addresses and forms.

/// An id as a path's segment, or a query's value: letters, digits and `-._~` stay (RFC 3986), all others become
/// `%XX`.
///
/// ```
/// assert_eq!(recaudo_sdk::url::segment("a/b ñ"), "a%2Fb%20%C3%B1");
/// ```
pub fn segment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    escape(text, &mut out);
    out
}

fn escape(text: &str, out: &mut String) {
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

/// A parameter of a query, decoded; `None` where it is missing, empty or no UTF-8.
pub fn parameter(query: &str, name: &str) -> Option<String> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let value = pairs.find(|(own, _)| *own == name).map(|(_, value)| value)?;
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut bytes = vec![];
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => bytes.push(digit(rest.next()?)? << 4 | digit(rest.next()?)?),
            other => bytes.push(other),
        }
    }
    String::from_utf8(bytes).ok().filter(|text| !text.is_empty())
}

/// A body of `application/x-www-form-urlencoded`, in the order in which its fields are added.
#[derive(Debug, Clone, Default)]
pub struct Form(String);

impl Form {
    /// Adds a field.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl AsRef<str>) -> Self {
        if !self.0.is_empty() {
            self.0.push('&');
        }
        escape(key, &mut self.0);
        self.0.push('=');
        escape(value.as_ref(), &mut self.0);
        self
    }

    /// Adds a field that may not be there.
    #[must_use]
    pub fn with_some(self, key: &str, value: Option<impl AsRef<str>>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }

    /// The body.
    pub fn text(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::{Form, parameter, segment};

    #[test]
    fn nothing_a_value_holds_becomes_another_field() {
        let form =
            Form::default().with("metadata[a]", "1&amount=2").with_some("b", None::<&str>).with("c", "ñ +%");
        assert_eq!(form.text(), "metadata%5Ba%5D=1%26amount%3D2&c=%C3%B1%20%2B%25");
    }

    #[test]
    fn what_was_escaped_reads_back() {
        let text = "a/b?c=ñ&d %+~";
        assert_eq!(parameter(&format!("x=1&y={}", segment(text)), "y").as_deref(), Some(text));
        for bad in ["y=%", "y=%2", "y=%zz", "y=%FF", "y=", "y", "z=1"] {
            assert_eq!(parameter(bad, "y"), None, "{bad}");
        }
    }
}
