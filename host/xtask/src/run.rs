//! Runs programs, says which, and stops at the first that fails.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, bail};

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("xtask lies two folders below the root").to_path_buf()
}

/// Where cargo puts what it builds.
pub(crate) fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Things the project fetches for its tests; never committed.
pub(crate) fn work_dir() -> PathBuf {
    root().join(".work")
}

/// Runs cargo in the workspace, with a guest compiler of its own where one was set up.
pub(crate) fn cargo(what: &str, args: &[&str]) -> anyhow::Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    program(what, Path::new(&cargo), args)
}

/// Runs a program in the root, printing its name and how long it took.
pub(crate) fn program(what: &str, program: &Path, args: &[&str]) -> anyhow::Result<()> {
    let shown = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned();
    println!("== {what}: {shown} {}", args.join(" "));
    let begun = Instant::now();
    let status = command(program, args).status().with_context(|| format!("{shown} cannot be started"))?;
    println!("== {what}: {} s", begun.elapsed().as_secs());
    if !status.success() {
        bail!("{what} failed: {shown} {}", args.join(" "));
    }
    Ok(())
}

/// Does the program succeed? Its output is swallowed.
pub(crate) fn succeeds(program: &str, args: &[&str]) -> bool {
    command(Path::new(program), args).output().is_ok_and(|output| output.status.success())
}

fn command(program: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(root());
    // What cargo says of this package to its own programs; build scripts that watch it would run again for nothing.
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|n| n.starts_with("CARGO_PKG_") || n.starts_with("CARGO_MANIFEST_")) {
            command.env_remove(name);
        }
    }
    if let Some(guest) = crate::setup::guest_compiler() {
        command.env("RECAUDO_GUEST_RUSTC", guest.rustc).env("RECAUDO_GUEST_RUSTFLAGS", guest.flags);
    }
    command
}
