//! Messages: templates by name and language, rendered to subject, text and HTML.
//!
//! A message is one file, `NAME.LANGUAGE.j2`, with the blocks `subject`, `intro` and `closing`; `layout.txt` and
//! `layout.html` hold the list of invoices and the rest. A variable nobody sets is an error, in tests and in production.

mod builtin;
pub mod content;
pub mod format;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::settings::SettingsError;

/// An item as a message shows it: everything is text in the reader's locale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The word for its kind.
    pub kind: String,
    /// As on the paper.
    pub number: String,
    /// Due date.
    pub due: String,
    /// Open amount with its currency.
    pub amount: String,
    /// Negative before due.
    pub days_past_due: i32,
}

/// Who writes, as a message shows it; empty texts are hidden.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct From {
    /// The legal creditor.
    pub name: String,
    /// How to reach a person.
    pub contact: String,
    /// Where to pay.
    pub pay_at: String,
    /// Where to opt out.
    pub opt_out: String,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Who writes.
    pub from: From,
    /// Whom it is to.
    pub customer: String,
    /// What it is about.
    pub items: Vec<Line>,
    /// The sum of the items, in their one currency.
    pub total: String,
    /// Items in dispute: shown, not counted.
    pub disputed: Vec<Line>,
    /// Of the oldest item.
    pub oldest_days: i32,
    /// The business day.
    pub today: String,
    /// The customer's own page to pay on; empty hides it.
    pub pay_url: String,
}

/// A message, ready to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// The same in HTML.
    pub html: String,
}

/// A message cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("template {name:?} in {language:?} cannot be rendered: {detail}")]
pub struct ComposeError {
    name: String,
    language: String,
    detail: String,
}

/// The messages of a home: the built-in ones with its own over them.
#[derive(Debug)]
pub struct Templates {
    environment: Environment<'static>,
    /// Languages by name.
    languages: BTreeMap<String, Vec<String>>,
    sha256: [u8; 32],
}

impl Templates {
    /// Loads and checks them. `own` are file names and texts.
    ///
    /// # Errors
    /// A file's name or text, by file.
    pub fn new(own: &[(String, String)]) -> Result<Self, SettingsError> {
        let mut files: BTreeMap<String, String> =
            builtin::FILES.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect();
        files.extend(own.iter().cloned());
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|name| {
            if name.ends_with(".html") { AutoEscape::Html } else { AutoEscape::None }
        });
        let mut hash = Sha256::new();
        let mut languages: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (file, text) in files {
            hash.update(format!("{}:{file}{}:{text}", file.len(), text.len()));
            let fail = |message: String| SettingsError { file: format!("templates/{file}"), message };
            for (name, text) in parts(&file, text, &mut languages).map_err(fail)? {
                environment.add_template_owned(name, text).map_err(|error| fail(error.to_string()))?;
            }
        }
        Ok(Self { environment, languages, sha256: hash.finalize().into() })
    }

    /// Whether there is a message of this name, in any language.
    pub fn has(&self, name: &str) -> bool {
        self.languages.contains_key(name)
    }

    /// Names of all messages.
    pub fn names(&self) -> Vec<&str> {
        self.languages.keys().map(String::as_str).collect()
    }

    /// Of every text in force.
    pub fn sha256(&self) -> [u8; 32] {
        self.sha256
    }

    /// The language a message is written in: the customer's when there is one, else the creditor's, else the first.
    pub fn language(&self, name: &str, customer: &str, creditor: &str) -> Option<&str> {
        let languages = self.languages.get(name)?;
        let find = |wanted: &str| languages.iter().find(|language| **language == wanted);
        find(customer).or_else(|| find(creditor)).or(languages.first()).map(String::as_str)
    }

    /// Renders a message.
    ///
    /// # Errors
    /// There is no such template, or it asks for something unknown.
    pub fn render(&self, name: &str, language: &str, letter: &Letter) -> Result<Rendered, ComposeError> {
        let fail = |error: minijinja::Error| ComposeError {
            name: name.to_owned(),
            language: language.to_owned(),
            detail: format!("{error:#}"),
        };
        let part = |kind: &str| -> Result<(String, String), minijinja::Error> {
            let template = self.environment.get_template(&format!("{name}.{language}.{kind}"))?;
            let mut captured = template.render_captured(variables(language, kind, letter))?;
            let subject = captured.with_state_mut(|state| state.render_block("subject"))?;
            Ok((captured.into_output(), subject))
        };
        let (text, subject) = part("txt").map_err(fail)?;
        let (html, _) = part("html").map_err(fail)?;
        let subject = subject.split_whitespace().collect::<Vec<_>>().join(" ");
        Ok(Rendered { subject, text, html })
    }
}

fn variables(language: &str, kind: &str, letter: &Letter) -> Value {
    context! {
        layout => format!("layout.{kind}"),
        language,
        words => Serde(words::of(language)),
        creditor => Serde(&letter.from),
        customer => letter.customer.as_str(),
        items => Serde(&letter.items),
        count => letter.items.len(),
        total => letter.total.as_str(),
        disputed => Serde(&letter.disputed),
        oldest_days => letter.oldest_days,
        today => letter.today.as_str(),
        pay_url => letter.pay_url.as_str(),
    }
}

/// The templates a file makes: a message is one for text and one for HTML.
fn parts(
    file: &str,
    text: String,
    languages: &mut BTreeMap<String, Vec<String>>,
) -> Result<Vec<(String, String)>, String> {
    if file == "layout.txt" || file == "layout.html" {
        return Ok(vec![(file.to_owned(), text)]);
    }
    let stem = file.strip_suffix(".j2");
    let Some((name, language)) = stem.and_then(|stem| stem.rsplit_once('.')) else {
        return Err("expected a name such as friendly.es.j2, layout.txt or layout.html".into());
    };
    if !words::LANGUAGES.contains(&language) {
        let known = words::LANGUAGES.join(", ");
        return Err(format!("expected one of the languages {known}, found {language:?}"));
    }
    languages.entry(name.to_owned()).or_default().push(language.to_owned());
    Ok(vec![(format!("{name}.{language}.txt"), text.clone()), (format!("{name}.{language}.html"), text)])
}

/// The word a person answers with to get no more messages.
pub fn opt_out_word(language: &str) -> &'static str {
    words::of(language).opt_out_word
}

/// The word for a document's kind.
pub fn kind_word(language: &str, kind: &str) -> &'static str {
    words::kind(language, kind)
}
