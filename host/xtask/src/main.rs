//! `cargo xtask`: everything a person or CI runs, with nothing else to install by hand.
#![expect(clippy::print_stdout, reason = "a task runner talks to a person")]

mod prove;
mod run;
mod setup;
#[cfg(test)]
mod tidy;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask demo [-- ARGS]   sets everything up and runs the main job on a generated portfolio
cargo xtask test             sets everything up and passes the tests (what CI runs)
cargo xtask peers [FOLDER]   a live Tryton and a strict Stripe on this machine, to try the program against
cargo xtask lint             clippy over everything, warnings refused
cargo xtask prove [STEP]     measurements and long proofs; without STEP, lists them
cargo xtask setup            only the setting up: WebAssembly target, test servers";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = args.split_first().map_or(("help", &[][..]), |(c, r)| (c.as_str(), r));
    let result = match command {
        "demo" => demo(rest),
        "test" => test(),
        "peers" => peers(rest),
        "lint" => lint(),
        "prove" => prove::prove(rest),
        "setup" => setup::everything(),
        "help" | "--help" | "-h" => {
            println!("{HELP}");
            Ok(())
        }
        other => Err(anyhow::anyhow!("there is no task {other:?}\n{HELP}")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("\nxtask {command}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The main job, end to end, on a generated portfolio; release build, because a person waits for it.
fn demo(args: &[String]) -> anyhow::Result<()> {
    setup::wasm_target()?;
    run::cargo("building", &["build", "--release", "--locked", "--package", "recaudo-cli"])?;
    let args: Vec<&str> = args.iter().map(String::as_str).filter(|a| *a != "--").collect();
    run::program("the demo", &run::target_dir().join("release/recaudo"), &[&["demo"][..], &args].concat())
}

/// Other people's servers, until the person leaves; what a home needs to speak to them is written into a folder.
fn peers(args: &[String]) -> anyhow::Result<()> {
    setup::everything()?;
    let run = ["run", "--quiet", "--locked", "--package", "recaudo-peers", "--"];
    let folder = args.first().map_or("peers", String::as_str);
    run::cargo("the other side", &[&run[..], &[folder]].concat())
}

/// Cheapest first: a formatting slip should not cost a build.
fn test() -> anyhow::Result<()> {
    run::cargo("formatting", &["fmt", "--all", "--check"])?;
    run::cargo("the house rules", &["test", "--locked", "--quiet", "--package", "recaudo-xtask"])?;
    setup::everything()?;
    build_all()?;
    run::cargo("tests", &[&["test"], ROOMS, &["--no-fail-fast"]].concat())
}

/// What is built and tested: the house rules run by themselves, and guests are built for WebAssembly by their builder.
const ROOMS: &[&str] =
    &["--locked", "--workspace", "--exclude", "recaudo-xtask", "--exclude", "recaudo-guests"];

/// The program together with the tests: built alone, its dependencies would have other features and be built twice.
fn build_all() -> anyhow::Result<()> {
    run::cargo("building", &[&["build"], ROOMS, &["--bin", "recaudo", "--tests"]].concat())
}

/// The lints, apart from the tests: a second build of everything, for whoever changes code.
fn lint() -> anyhow::Result<()> {
    setup::wasm_target()?;
    run::cargo(
        "lints",
        &[
            "clippy",
            "--locked",
            "--workspace",
            "--exclude",
            "recaudo-guests",
            "--all-targets",
            "--keep-going",
            "--",
            "-D",
            "warnings",
        ],
    )
}
