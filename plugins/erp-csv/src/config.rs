//! Walks the configuration's JSON; every complaint names the place, such as `files[0].document.total`.

use recaudo_sdk::{Fail, Failure};
use serde_json::Value;

/// A place in the configuration.
#[derive(Debug, Clone)]
pub(crate) struct Node<'a> {
    at: String,
    value: &'a Value,
}

impl<'a> Node<'a> {
    pub(crate) fn root(value: &'a Value) -> Self {
        Self { at: String::new(), value }
    }

    /// A failure about this place.
    pub(crate) fn fail(&self, message: &str) -> Failure {
        let at = if self.at.is_empty() { "the configuration" } else { &self.at };
        Fail::invalid_config("invalid-config", format!("{at}: {message}"))
    }

    /// Refuses anything but an object with some of `known`.
    pub(crate) fn object(&self, known: &[&str]) -> Result<(), Failure> {
        let map = self.value.as_object().ok_or_else(|| self.fail("an object is needed here"))?;
        match map.keys().find(|key| !known.contains(&key.as_str())) {
            Some(odd) => {
                Err(self.fail(&format!("`{odd}` is not known here; there is: {}", known.join(", "))))
            }
            None => Ok(()),
        }
    }

    /// The member `key`; `null` counts as absent.
    pub(crate) fn get(&self, key: &str) -> Option<Self> {
        let value = self.value.get(key).filter(|value| !value.is_null())?;
        let at = if self.at.is_empty() { key.to_owned() } else { format!("{}.{key}", self.at) };
        Some(Self { at, value })
    }

    pub(crate) fn is_object(&self) -> bool {
        self.value.is_object()
    }

    pub(crate) fn text(&self) -> Result<&'a str, Failure> {
        self.value.as_str().ok_or_else(|| self.fail("a text is needed here"))
    }

    pub(crate) fn maybe_text(&self) -> Option<&'a str> {
        self.value.as_str()
    }

    pub(crate) fn whole(&self) -> Result<u64, Failure> {
        self.value.as_u64().ok_or_else(|| self.fail("a whole number is needed here"))
    }

    pub(crate) fn maybe_whole(&self) -> Option<u64> {
        self.value.as_u64()
    }

    pub(crate) fn flag(&self) -> Result<bool, Failure> {
        self.value.as_bool().ok_or_else(|| self.fail("true or false is needed here"))
    }

    /// The items of a list.
    pub(crate) fn list(&self) -> Result<Vec<Self>, Failure> {
        let items = self.value.as_array().ok_or_else(|| self.fail("a list is needed here"))?;
        let item = |(i, value)| Self { at: format!("{}[{i}]", self.at), value };
        Ok(items.iter().enumerate().map(item).collect())
    }

    /// The items of a list, or the one item that stands for a list of one.
    pub(crate) fn list_or_one(&self) -> Result<Vec<Self>, Failure> {
        if self.value.is_array() { self.list() } else { Ok(vec![self.clone()]) }
    }

    /// A list of texts.
    pub(crate) fn texts(&self) -> Result<Vec<String>, Failure> {
        self.list()?.iter().map(|node| node.text().map(str::to_owned)).collect()
    }

    /// Every member of an object, by name.
    pub(crate) fn members(&self) -> Result<Vec<(&'a str, Self)>, Failure> {
        let map = self.value.as_object().ok_or_else(|| self.fail("an object is needed here"))?;
        let member = |(key, value): (&'a String, &'a Value)| {
            (key.as_str(), Self { at: format!("{}.{key}", self.at), value })
        };
        Ok(map.iter().map(member).collect())
    }
}
