//! What an intent asks for, beside its fields.

use crate::payments::{Action, Intent};
use crate::{Fail, Failure, Kind, Retry};

impl Intent {
    /// The last value of an attribute; `None` where it is empty.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().rev().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// The gateway's id of what is refunded, cancelled or charged.
    ///
    /// # Errors
    /// `missing-original`.
    pub fn about(&self, vendor: &str) -> Result<&str, Failure> {
        self.original.as_deref().filter(|id| !id.is_empty()).ok_or_else(|| {
            let message = format!("{:?} needs {vendor}'s id of what it is about", self.action);
            Fail::invalid_input("missing-original", message)
        })
    }

    /// What the payer reads: attribute `description`, else the installation's text, else the documents; `-` when
    /// there is nothing. At most `longest` characters.
    pub fn description(&self, own: Option<&str>, longest: usize) -> String {
        let text = self.attribute("description").or(own);
        let text = text.map_or_else(|| self.documents.join(", "), str::to_owned);
        let text: String = text.chars().filter(|c| !c.is_control()).take(longest).collect();
        if text.trim().is_empty() { "-".into() } else { text }
    }

    /// The ways to pay to offer: attribute `method`, else the installation's.
    pub fn methods<'s>(&'s self, own: &'s [String]) -> Vec<&'s str> {
        match self.attribute("method") {
            Some(list) => list.split(',').map(str::trim).filter(|method| !method.is_empty()).collect(),
            None => own.iter().map(String::as_str).collect(),
        }
    }

    /// Where the payer's browser goes afterwards: the intent's, else the installation's.
    pub fn way_back<'s>(&'s self, own: Option<&'s str>) -> Option<&'s str> {
        Some(self.return_url.as_str()).filter(|url| !url.is_empty()).or(own)
    }

    /// The amount may be paid in parts (`part-payments` = `allowed`).
    pub fn takes_parts(&self) -> bool {
        self.attribute("part-payments") == Some("allowed")
    }

    /// Refuses an amount of 0 or less.
    ///
    /// # Errors
    /// `bad-amount`.
    pub fn above_zero(&self) -> Result<(), Failure> {
        if self.amount.minor > 0 {
            return Ok(());
        }
        let what = if self.action == Action::ChargeSaved { "a charge" } else { "a way to pay" };
        Err(Fail::invalid_input("bad-amount", format!("{what} needs an amount above 0")))
    }

    /// The failure for an action a plugin does not do.
    pub fn unsupported(&self, plugin: &str) -> Failure {
        let message = format!("{plugin} does not do {:?}; use another gateway for it", self.action);
        Failure { retry: Retry::Never, ..Fail::new(Kind::Unsupported, "unsupported-action", message) }
    }
}

impl Fail {
    /// `unknown-method`: a way to pay that `vendor` does not have.
    pub fn unknown_method(vendor: &str, method: &str) -> Failure {
        let message = format!("{vendor} has no way to pay called `{method}`; see this plugin's README");
        Self::invalid_input("unknown-method", message)
    }
}
