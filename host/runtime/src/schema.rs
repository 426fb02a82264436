//! A configuration against its plugin's JSON Schema.

use jsonschema::Validator;
use jsonschema::error::ValidationErrorKind;
use serde_json::Value;

use crate::error::RuntimeError;

/// A plugin's schema, compiled.
pub(crate) struct Schema {
    plugin: String,
    validator: Validator,
}

impl Schema {
    pub(crate) fn new(plugin: &str, text: &str) -> Result<Self, RuntimeError> {
        let broken = |reason: String| RuntimeError::Component {
            plugin: plugin.into(),
            reason: format!("config.schema.json: {reason}"),
        };
        let schema: Value = serde_json::from_str(text).map_err(|e| broken(e.to_string()))?;
        let validator = jsonschema::validator_for(&schema).map_err(|e| broken(e.to_string()))?;
        Ok(Self { plugin: plugin.into(), validator })
    }

    /// The first thing wrong with a configuration.
    pub(crate) fn check(&self, config: &[u8]) -> Result<(), RuntimeError> {
        let refused = |path: &str, reason: String| RuntimeError::Config {
            plugin: self.plugin.clone(),
            path: if path.is_empty() { "/".into() } else { path.into() },
            reason,
        };
        let value: Value =
            serde_json::from_slice(config).map_err(|e| refused("/", format!("expected JSON: {e}")))?;
        match self.validator.iter_errors(&value).next() {
            None => Ok(()),
            Some(error) => Err(refused(error.instance_path().as_str(), reason(&error))),
        }
    }
}

fn reason(error: &jsonschema::ValidationError<'_>) -> String {
    let found = short(error.instance());
    match error.kind() {
        ValidationErrorKind::Type { .. } => {
            format!(
                "{}, found {found}",
                error.to_string().replace(&error.instance().to_string(), "the value")
            )
        }
        ValidationErrorKind::Required { property } => format!("expected the key {property}, found none"),
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            format!("unknown key {}; expected only the schema's", unexpected.join(", "))
        }
        ValidationErrorKind::Enum { options } => format!("expected one of {options}, found {found}"),
        ValidationErrorKind::Pattern { pattern } => format!("expected text like {pattern}, found {found}"),
        _ => error.to_string(),
    }
}

fn short(value: &Value) -> String {
    let mut text = value.to_string();
    if text.len() > 120 {
        let end = text.floor_char_boundary(120);
        text.truncate(end);
        text.push('…');
    }
    text
}
