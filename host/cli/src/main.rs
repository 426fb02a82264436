//! `recaudo`: the command line. It parses, calls one use case, prints the answer and says by its exit code how it went.

mod args;
mod command;
mod exit;
mod help;
mod log_lines;
mod output;
mod progress;
mod trouble;

use std::process::ExitCode;

use clap::FromArgMatches;
use clap::error::ErrorKind;
use recaudo_app::words::Words;

use args::Cli;
use exit::Exit;
use output::Output;
use trouble::Trouble;

/// A run makes and drops millions of small texts; `--no-default-features` takes the system's allocator instead.
#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args_os().map(|arg| arg.to_string_lossy().into_owned()).collect();
    let words = help::words(help::language(&args, |name| std::env::var(name).ok()));
    let parsed = help::localized(&words).try_get_matches_from(std::env::args_os());
    match parsed.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => run(cli, words).into(),
        Err(error) => usage(&error, &words).into(),
    }
}

/// Help and version are answers; everything else that clap says is a slip.
fn usage(error: &clap::Error, words: &Words) -> Exit {
    let help = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if help || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let out = Output { words: words.clone(), json: false };
        out.line(error.render().to_string().trim_end());
        return if help { Exit::Done } else { Exit::Usage };
    }
    output::complain(&format!("{}: {}", words.get("error.error"), help::usage_error(error, words)));
    Exit::Usage
}

fn run(cli: Cli, words: Words) -> Exit {
    let out = Output { words, json: cli.json };
    match command::run(cli, &out) {
        Ok(exit) => exit,
        Err(trouble) => {
            complain(&trouble, &out);
            trouble.exit()
        }
    }
}

fn complain(trouble: &Trouble, out: &Output) {
    let sentence = trouble.sentence(&out.words);
    let text = if out.json {
        serde_json::json!({ "error": { "code": trouble.code(), "detail": sentence } }).to_string()
    } else {
        format!("{}: {sentence}", out.words.get("error.error"))
    };
    output::complain(&text);
}
