//! Help and usage errors in the person's language.
//!
//! The tree of commands is walked once and every text in it replaced: `command.<path>` says what a command does,
//! `argument.<path>.<name>` or `argument.<name>` what an argument means, `value.<NAME>` what stands for a value.

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory};
use recaudo_app::words::{Language, Words};

use crate::args::Cli;

/// The command line's texts in a language.
pub(crate) fn words(language: Language) -> Words {
    let catalogue = match language {
        Language::Es => include_str!("../words/es.toml"),
        Language::Pt => include_str!("../words/pt.toml"),
        Language::En => include_str!("../words/en.toml"),
    };
    Words::read(language, catalogue)
}

/// The language a person wants: what the command line says, else what the environment says, else English.
///
/// The command line is looked at before it is parsed, because parsing it may already have to say something.
pub(crate) fn language(args: &[String], environment: impl Fn(&str) -> Option<String>) -> Language {
    let asked = args.iter().enumerate().find_map(|(at, arg)| match arg.strip_prefix("--lang") {
        Some("") => args.get(at + 1).cloned(),
        Some(rest) => rest.strip_prefix('=').map(str::to_owned),
        None => None,
    });
    let named =
        ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(|name| environment(name).filter(|v| !v.is_empty()));
    asked.or(named).and_then(|locale| Language::of_locale(&locale)).unwrap_or_default()
}

/// The commands with every text in place.
pub(crate) fn localized(words: &Words) -> Command {
    let mut command = translate(Cli::command(), "", words);
    command.build();
    translate_usage(&mut command, words);
    command
}

fn translate(command: Command, path: &str, words: &Words) -> Command {
    let key = if path.is_empty() { "recaudo" } else { path };
    let about = words.get(&format!("command.{key}")).to_owned();
    let template = format!(
        "{{about-with-newline}}\n{}: {{usage}}\n\n{{all-args}}{{after-help}}",
        words.get("help.usage")
    );
    let mut command = command
        .about(about)
        .help_template(template)
        .subcommand_help_heading(words.get("help.commands").to_owned())
        .subcommand_value_name(words.get("value.COMMAND").to_owned())
        .mut_args(|arg| {
            let own = format!("argument.{key}.{}", arg.get_id());
            let text = words.find(&own).unwrap_or_else(|| words.get(&format!("argument.{}", arg.get_id())));
            let heading = if arg.is_positional() { "help.arguments" } else { "help.options" };
            let names: Vec<String> =
                arg.get_value_names().unwrap_or_default().iter().map(|n| value_name(n, words)).collect();
            let takes_value = arg.get_action().takes_values();
            let arg = arg.help(text.to_owned()).help_heading(words.get(heading).to_owned());
            if takes_value { arg.value_names(names) } else { arg }
        });
    if let Some(more) = words.find(&format!("more.{key}")) {
        command = command.after_help(more.trim_end().to_owned());
    }
    let names: Vec<String> = command.get_subcommands().map(|s| s.get_name().to_owned()).collect();
    for name in names {
        let below = if path.is_empty() { name.clone() } else { format!("{path}-{name}") };
        command = command.mut_subcommand(name, |sub| translate(sub, &below, words));
    }
    command
}

fn value_name(name: &str, words: &Words) -> String {
    words.find(&format!("value.{name}")).unwrap_or(name).to_owned()
}

/// Clap writes `[OPTIONS]` itself; the line is taken, translated and put back.
fn translate_usage(command: &mut Command, words: &Words) {
    for sub in command.get_subcommands_mut() {
        translate_usage(sub, words);
    }
    let usage = command.render_usage().to_string();
    let usage =
        usage.strip_prefix("Usage: ").unwrap_or(&usage).replace("[OPTIONS]", words.get("value.OPTIONS"));
    *command = std::mem::take(command).override_usage(StyledStr::from(usage));
}

/// One clear sentence about what was typed wrongly.
pub(crate) fn usage_error(error: &clap::Error, words: &Words) -> String {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        _ => String::new(),
    };
    let (arg, value) = (text(ContextKind::InvalidArg), text(ContextKind::InvalidValue));
    let key = match error.kind() {
        ErrorKind::InvalidSubcommand => "usage.no_command",
        ErrorKind::UnknownArgument => "usage.no_argument",
        ErrorKind::MissingRequiredArgument | ErrorKind::MissingSubcommand => "usage.missing",
        ErrorKind::InvalidValue | ErrorKind::ValueValidation if value.is_empty() => "usage.needs_value",
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => "usage.bad_value",
        ErrorKind::ArgumentConflict => "usage.twice",
        _ => "usage.other",
    };
    let arg = if arg.is_empty() { text(ContextKind::InvalidSubcommand) } else { arg };
    // Suggestions come in rising likeness: the last is the likeliest.
    let likeliest = |kind| match error.get(kind) {
        Some(ContextValue::Strings(texts)) => texts.last().cloned().unwrap_or_default(),
        _ => text(kind),
    };
    let near = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand].map(likeliest);
    let hint = [text(ContextKind::ValidValue)].into_iter().chain(near).find(|hint| !hint.is_empty());
    let mut sentence = words.fill(key, &[("arg", &arg), ("value", &value)]);
    if let Some(hint) = hint {
        sentence.push_str(&words.fill("usage.perhaps", &[("hint", &hint)]));
    } else if let Some(source) = std::error::Error::source(error) {
        sentence = format!("{sentence}: {source}");
    }
    format!("{sentence}; {}", words.get("usage.see_help"))
}

#[cfg(test)]
mod tests;
