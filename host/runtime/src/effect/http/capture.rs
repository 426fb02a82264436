//! Secrets in an answer that the host keeps: the plugin sees a mark in their place.

use serde_json::Value;

use super::Raw;
use crate::effect::redact::replaced;
use crate::effect::template::json;
use crate::wit::effects::http::Locator;

/// What the plugin sees.
const MARK: &str = "[captured]";
/// A longer value is no token.
const LONGEST: usize = 16 * 1024;

/// Takes the value out; none when it does not stand there.
pub(super) fn take(locator: &Locator, raw: &mut Raw) -> Option<String> {
    let value = match locator {
        Locator::Header(name) => {
            let found = raw.headers.iter_mut().find(|(n, _)| n.eq_ignore_ascii_case(name))?;
            std::mem::replace(&mut found.1, MARK.into())
        }
        Locator::Cookie(name) => cookie(name, &mut raw.headers)?,
        Locator::JsonPointer(pointer) => {
            let body: Value = serde_json::from_slice(&raw.body).ok()?;
            let value = body.pointer(pointer)?.as_str()?.to_owned();
            let quoted = format!("\"{}\"", json(&value));
            raw.body = replaced(&raw.body, quoted.as_bytes(), format!("\"{MARK}\"").as_bytes());
            value
        }
        Locator::XmlElement(name) => element(name, &mut raw.body)?,
    };
    Some(value).filter(|v| !v.is_empty() && v.len() <= LONGEST)
}

fn cookie(name: &str, headers: &mut [(String, String)]) -> Option<String> {
    for (_, value) in headers.iter_mut().filter(|(n, _)| n == "set-cookie") {
        let (pair, rest) = value.split_once(';').unwrap_or((value, ""));
        if let Some((found, token)) = pair.split_once('=')
            && found.trim() == name
        {
            let token = token.trim().to_owned();
            *value = if rest.is_empty() { format!("{name}={MARK}") } else { format!("{name}={MARK};{rest}") };
            return Some(token);
        }
    }
    None
}

/// The text of the first element of that local name.
fn element(name: &str, body: &mut Vec<u8>) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let mut from = 0;
    while let Some(open) = text[from..].find('<').map(|at| from + at + 1) {
        let close = open + text[open..].find('>')?;
        let tag = text[open..close].split([' ', '\t', '\r', '\n']).next().unwrap_or_default();
        from = close + 1;
        if tag.rsplit(':').next() != Some(name) || text[open..close].ends_with('/') {
            continue;
        }
        let end = from + text[from..].find('<')?;
        let value = text[from..end].trim().to_owned();
        let clean = format!("{}{MARK}{}", &text[..from], &text[end..]);
        *body = clean.into_bytes();
        return Some(
            value.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&"),
        );
    }
    None
}
