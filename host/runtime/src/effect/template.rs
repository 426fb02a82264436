//! Texts of a manifest with places for what the host knows: `{user}`, `{config:/database}`, `base64(...)`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Denied;

/// How a value is made safe for where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Safe {
    /// As it is, without control characters.
    Plain,
    /// Inside a JSON string.
    Json,
    /// A form's value.
    Form,
    /// XML text or attribute value.
    Xml,
    /// A path segment or query value.
    Percent,
}

impl Safe {
    /// For a body of that content type.
    pub(crate) fn of(content_type: &str) -> Self {
        let lower = content_type.to_ascii_lowercase();
        if lower.contains("json") {
            Self::Json
        } else if lower.contains("form") {
            Self::Form
        } else if lower.contains("xml") {
            Self::Xml
        } else {
            Self::Plain
        }
    }

    pub(crate) fn escape(self, value: &str) -> String {
        match self {
            Self::Plain => value.into(),
            Self::Json => json(value),
            Self::Form => url::form_urlencoded::byte_serialize(value.as_bytes()).collect(),
            Self::Xml => xml(value),
            Self::Percent => percent(value.as_bytes()),
        }
    }
}

/// RFC 3986: unreserved characters stay.
pub(crate) fn percent(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            text.push(char::from(*byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

/// What stands between the quotes of a JSON string.
pub(crate) fn json(value: &str) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

pub(crate) fn xml(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            '\'' => text.push_str("&apos;"),
            c => text.push(c),
        }
    }
    text
}

/// The text with every place filled. A brace that holds no name stands for itself, so JSON needs no escapes.
pub(crate) fn render(
    template: &str,
    safe: Safe,
    value: &dyn Fn(&str) -> Option<String>,
) -> Result<String, Denied> {
    const BASE64: &str = "base64(";
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, inner)) = rest.split_once(BASE64) {
        let (inner, after) = inner.split_once(')').ok_or_else(|| {
            Denied::new("credential-malformed", "`base64(` without its `)` in the manifest")
        })?;
        text.push_str(&filled(before, safe, value)?);
        text.push_str(&STANDARD.encode(filled(inner, Safe::Plain, value)?));
        rest = after;
    }
    text.push_str(&filled(rest, safe, value)?);
    Ok(text)
}

fn filled(template: &str, safe: Safe, value: &dyn Fn(&str) -> Option<String>) -> Result<String, Denied> {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, inner)) = rest.split_once('{') {
        text.push_str(before);
        match inner.split_once('}').filter(|(name, _)| is_name(name)) {
            Some((name, after)) => {
                let found = value(name).ok_or_else(|| {
                    Denied::new("credential-incomplete", format!("nothing is kept or configured as `{name}`"))
                })?;
                text.push_str(&safe.escape(&found));
                rest = after;
            }
            None => {
                text.push('{');
                rest = inner;
            }
        }
    }
    text.push_str(rest);
    Ok(text)
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-:/.~".contains(c))
}

#[cfg(test)]
mod tests {
    use super::{Safe, render};

    #[test]
    fn a_login_body_stays_json_whatever_the_password() {
        let value = |name: &str| match name {
            "user" => Some("ana".to_owned()),
            "password" => Some("q\"u\\ote)".to_owned()),
            _ => None,
        };
        let body =
            render(r#"{"params": ["{user}", {"password": "{password}"}]}"#, Safe::Json, &value).unwrap();
        let read: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(read["params"][1]["password"], "q\"u\\ote)");
        let header = render("Session base64({user}:{password})", Safe::Plain, &value).unwrap();
        assert_eq!(header, "Session YW5hOnEidVxvdGUp");
        assert_eq!(render("/{user}/x", Safe::Percent, &value).unwrap(), "/ana/x");
        let missing = render("{token}", Safe::Plain, &value).unwrap_err();
        assert_eq!(missing.message, "nothing is kept or configured as `token`");
    }
}
