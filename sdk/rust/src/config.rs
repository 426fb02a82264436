//! The configuration as a type, and which key is wrong when it does not fit.

use serde::de::DeserializeOwned;

use crate::{Date, Fail, Failure};

/// Reads a configuration (JSON).
///
/// # Errors
/// `invalid-config`, with the key at which reading stopped.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(bytes).map_err(|error| {
        let key = key_at(bytes, offset(bytes, error.line(), error.column()));
        let text = error.to_string();
        let reason = text.split(" at line ").next().unwrap_or(&text);
        let mut failure =
            Fail::invalid_config("config", format!("the configuration does not fit at `{key}`: {reason}"));
        failure.details.push(("key".into(), key));
        failure
    })
}

/// The origin `key` (a path such as `/base_url`) names, such as `https://api.example`: a scheme, a host, a port,
/// nothing behind it.
///
/// # Errors
/// `config`, naming the key; `example` is what it could be.
pub fn origin(key: &str, text: &str, example: &str) -> Result<(), Failure> {
    let rest = text.strip_prefix("https://").or(text.strip_prefix("http://"));
    if rest.is_none_or(|host| host.is_empty() || host.contains(['/', '?', '#', ' '])) {
        return Err(Fail::config(key, &format!("is no origin such as {example}")));
    }
    Ok(())
}

/// The first second (UTC) of the day that `key` names; `None` where it says none.
///
/// # Errors
/// `config`, naming the key.
pub fn first_second(key: &str, text: Option<&str>) -> Result<Option<i64>, Failure> {
    let Some(text) = text else { return Ok(None) };
    let day = Date::parse_iso(text).ok_or_else(|| Fail::config(key, "is no day such as 2026-11-22"))?;
    Ok(Some(i64::from(day.epoch_day()) * 86_400))
}

/// `serde_json` counts lines from 1 and columns in bytes.
fn offset(bytes: &[u8], line: usize, column: usize) -> usize {
    let before: usize = bytes.split(|b| *b == b'\n').take(line.saturating_sub(1)).map(|l| l.len() + 1).sum();
    before + column
}

/// The path of keys that is open at `end`, such as `/mail/sender`; `/` for the whole.
fn key_at(bytes: &[u8], end: usize) -> String {
    let mut path: Vec<(String, bool)> = vec![];
    let (mut key, mut last, mut object) = (String::new(), String::new(), false);
    let mut rest = bytes.get(..end).unwrap_or(bytes).iter();
    while let Some(byte) = rest.next() {
        match byte {
            b'"' => last = text(&mut rest),
            b':' => key = core::mem::take(&mut last),
            b',' => key.clear(),
            b'{' | b'[' => {
                path.push((core::mem::take(&mut key), object));
                object = *byte == b'{';
            }
            b'}' | b']' => {
                (key, object) = path.pop().unwrap_or_default();
                last.clear();
            }
            _ => {}
        }
    }
    // Stopped at a key nobody knows: its value was not reached.
    if key.is_empty() && object {
        key = last;
    }
    let keys = path.into_iter().map(|(key, _)| key).chain([key]).filter(|key| !key.is_empty());
    format!("/{}", keys.collect::<Vec<_>>().join("/"))
}

fn text(rest: &mut core::slice::Iter<'_, u8>) -> String {
    let mut bytes = vec![];
    while let Some(byte) = rest.next() {
        match byte {
            b'"' => break,
            b'\\' => bytes.extend(rest.next()),
            _ => bytes.push(*byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{first_second, origin, read};

    #[test]
    fn a_wrong_value_is_named_by_its_key() {
        let config = br#"{ "rates": {"a": 1, "b": "x\"{"}, "c": {} }"#;
        let failure = read::<BTreeMap<String, BTreeMap<String, u32>>>(config).expect_err("b is a text");
        assert_eq!(failure.details, [("key".to_owned(), "/rates/b".to_owned())]);
        assert!(failure.message.contains("expected u32"), "{}", failure.message);
    }

    #[test]
    fn what_is_no_json_is_at_fault_as_a_whole() {
        let failure = read::<BTreeMap<String, u32>>(b"").expect_err("empty");
        assert_eq!(failure.details, [("key".to_owned(), "/".to_owned())]);
    }

    #[test]
    fn an_origin_and_a_first_day_are_named_by_their_keys() {
        for good in ["https://api.example", "http://localhost:8080"] {
            assert_eq!(origin("/base_url", good, "x"), Ok(()));
        }
        for bad in ["", "api.example", "https://", "https://a.example/v1", "https://a b"] {
            assert_eq!(origin("/base_url", bad, "x").expect_err(bad).details[0].1, "/base_url");
        }
        assert_eq!(first_second("/from_day", Some("1970-01-02")), Ok(Some(86_400)));
        assert_eq!(first_second("/from_day", None), Ok(None));
        assert_eq!(first_second("/from_day", Some("soon")).expect_err("no day").code, "config");
    }
}
