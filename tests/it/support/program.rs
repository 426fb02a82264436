//! The program itself, as a person runs it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// Where `cargo xtask test` (or `cargo build -p recaudo-cli`) puts the program: beside this test's own binary.
pub(crate) fn binary() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows itself");
    let folder = test.ancestors().nth(2).expect("target/<profile>/deps/it");
    let binary = folder.join("recaudo");
    assert!(binary.exists(), "{} is missing: cargo build -p recaudo-cli", binary.display());
    binary
}

/// A home of its own, gone with the test.
pub(crate) struct Home {
    folder: TempDir,
}

impl Home {
    /// A fresh home, made by `recaudo init`.
    pub(crate) fn init() -> Self {
        Self::init_with(&[])
    }

    /// A fresh home, made by `recaudo init` with options.
    pub(crate) fn init_with(options: &[&str]) -> Self {
        let home = Self { folder: TempDir::new().expect("a temporary folder") };
        let path = home.path().to_string_lossy().into_owned();
        let made = command(&[&["init", &path][..], options].concat()).output().expect("recaudo starts");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        home
    }

    /// Its folder.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// A folder beside the home, for exports.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        let folder = self.folder.path().join(name);
        std::fs::create_dir_all(&folder).expect("a folder beside the home");
        folder
    }

    /// The program in this home, not yet started.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let home = self.path().to_string_lossy().into_owned();
        command(&[&["-C", &home][..], args].concat())
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("recaudo starts")
    }

    /// Runs with `--json` and reads the answer; the exit code may say that some rows were refused.
    pub(crate) fn json(&self, args: &[&str]) -> Value {
        let output = self.run(&[args, &["--json"]].concat());
        let text = String::from_utf8_lossy(&output.stdout);
        serde_json::from_str(&text).unwrap_or_else(|e| {
            panic!("{args:?}: {e}\nout: {text}\nerr: {}", String::from_utf8_lossy(&output.stderr))
        })
    }

    /// Starts the program and leaves it running.
    pub(crate) fn spawn(&self, args: &[&str]) -> Child {
        self.command(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("recaudo starts")
    }
}

/// The program in English and without a terminal.
pub(crate) fn command(args: &[&str]) -> Command {
    let mut command = Command::new(binary());
    command.args(args).env("LC_ALL", "en_US.UTF-8").env_remove("RECAUDO_KEY").stdin(Stdio::null());
    // Homes of tests compile each plugin once together.
    command.env("RECAUDO_CACHE", binary().with_file_name("test-cache"));
    command
}

/// Writes a file of a test's own.
pub(crate) fn write(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
}
