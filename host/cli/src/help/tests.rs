//! Every text is there, in every language.

use std::collections::BTreeSet;

use clap::CommandFactory;
use recaudo_app::words::{GAP, Language};

use super::*;

#[test]
fn every_language_has_the_same_texts() {
    let keys = |language| words(language).keys().map(str::to_owned).collect::<BTreeSet<_>>();
    let english = keys(Language::En);
    for language in Language::ALL {
        let difference: Vec<_> = english.symmetric_difference(&keys(language)).cloned().collect();
        assert_eq!(difference, Vec::<String>::new(), "{language}");
    }
}

#[test]
fn no_command_or_argument_lacks_its_text() {
    fn walk(command: &Command, found: &mut Vec<String>) {
        found.extend(command.get_about().map(ToString::to_string));
        found.extend(command.get_arguments().filter_map(|a| a.get_help().map(ToString::to_string)));
        command.get_subcommands().for_each(|s| walk(s, found));
    }
    for language in Language::ALL {
        let mut texts = Vec::new();
        walk(&localized(&words(language)), &mut texts);
        assert!(texts.len() > 60);
        let gaps: Vec<_> = texts.iter().filter(|t| t.contains(GAP)).collect();
        assert_eq!(gaps, Vec::<&String>::new(), "{language}");
    }
}

#[test]
fn help_speaks_the_persons_language() {
    let help = |language| localized(&words(language)).render_help().to_string();
    assert!(help(Language::Es).contains("Uso: recaudo [OPCIONES] <COMANDO>"), "{}", help(Language::Es));
    assert!(
        help(Language::Pt).contains("Comandos:")
            && help(Language::En).contains("Usage: recaudo [OPTIONS] <COMMAND>")
    );
    for english in ["Usage", "Options", "Print help", "Commands:"] {
        assert!(!help(Language::Es).contains(english) && !help(Language::Pt).contains(english), "{english}");
    }
}

#[test]
fn the_command_line_wins_over_the_environment() {
    let args = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let spanish = |name: &str| (name == "LANG").then(|| "es_CO.UTF-8".to_owned());
    assert_eq!(language(&args("aging --json"), spanish), Language::Es);
    assert_eq!(language(&args("aging --lang pt"), spanish), Language::Pt);
    assert_eq!(language(&args("aging --lang=en"), spanish), Language::En);
    assert_eq!(language(&args("aging"), |_| None), Language::En);
}

#[test]
fn a_slip_is_answered_in_one_sentence() {
    let say = |line: &str| {
        let words = words(Language::Es);
        let error = localized(&words).try_get_matches_from(line.split(' ')).unwrap_err();
        usage_error(&error, &words)
    };
    assert_eq!(say("recaudo agin"), "no existe el comando «agin»; ¿quiso decir aging?; vea «recaudo --help»");
    assert!(
        say("recaudo aging --as-of 31/02/2026").starts_with("«31/02/2026» no sirve para --as-of <FECHA>")
    );
    assert!(say("recaudo import --fast").starts_with("no existe la opción «--fast»"));
    assert!(say("recaudo why").starts_with("falta <CLIENTE>"));
}

#[test]
fn the_tree_of_commands_is_sound() {
    Cli::command().debug_assert();
}
