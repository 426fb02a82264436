//! What a fresh Debian machine with git, rustup's cargo and gcc lacks, fetched by package name.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use crate::run;

const TARGET: &str = "wasm32-unknown-unknown";
/// The last maildev that installs; it is a real SMTP server with a REST API to ask what arrived.
const MAILDEV: &str = "maildev@2.2.1";

/// Everything the tests need.
pub(crate) fn everything() -> anyhow::Result<()> {
    wasm_target()?;
    maildev()?;
    postgresql()?;
    tryton()?;
    chromium()
}

/// The WebAssembly target, from rustup, or else Debian's compiler with its library source.
pub(crate) fn wasm_target() -> anyhow::Result<()> {
    if guest_compiler().is_some() || run::succeeds("rustup", &["target", "add", TARGET]) {
        return Ok(());
    }
    println!("== rustup cannot add {TARGET}: taking Debian's compiler for the plugins");
    debian(&["rustc-web", "rust-web-src"])?;
    let marker = marker();
    fs::create_dir_all(run::work_dir()).context(".work cannot be made")?;
    fs::write(&marker, "").with_context(|| format!("{} cannot be written", marker.display()))?;
    if guest_compiler().is_none() {
        bail!("no way to compile for {TARGET}: neither rustup's target nor Debian's rustc-web with rust-lld");
    }
    Ok(())
}

/// The compiler plugins are built with when rustup has no target for them.
pub(crate) struct GuestCompiler {
    pub(crate) rustc: PathBuf,
    pub(crate) flags: String,
}

/// `None` where rustup's own target serves.
pub(crate) fn guest_compiler() -> Option<GuestCompiler> {
    let rustc = Path::new("/usr/bin/rustc");
    if !marker().exists() || !rustc.exists() {
        return None;
    }
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output().ok()?;
    let sysroot = PathBuf::from(String::from_utf8(sysroot.stdout).ok()?.trim());
    let toolchain = sysroot.join("lib/rustlib");
    let linker = fs::read_dir(toolchain)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path().join("bin/rust-lld")))
        .find(|path| path.exists())?;
    // Debian's library is built without LTO's bitcode; the toolchain's own linker is the one that knows WebAssembly.
    let flags = format!("-Cembed-bitcode=yes -Ctarget-feature=+simd128 -Clinker={}", linker.display());
    Some(GuestCompiler { rustc: rustc.into(), flags })
}

fn marker() -> PathBuf {
    run::work_dir().join("guests-by-debian")
}

fn maildev() -> anyhow::Result<()> {
    let folder = run::work_dir().join("npm");
    if folder.join("node_modules/.bin/maildev").exists() {
        return Ok(());
    }
    if !run::succeeds("npm", &["--version"]) {
        debian(&["nodejs", "npm"])?;
    }
    fs::create_dir_all(&folder).context(".work/npm cannot be made")?;
    let folder = folder.to_string_lossy().into_owned();
    let args =
        ["install", "--prefix", &folder, "--no-save", "--no-audit", "--no-fund", "--loglevel=error", MAILDEV];
    run::program("the test mail server", Path::new("npm"), &args)
}

/// The server's programs: tests start servers of their own, in temporary folders.
fn postgresql() -> anyhow::Result<()> {
    let mut versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let installed = versions.any(|version| version.path().join("bin/initdb").exists());
    if installed { Ok(()) } else { debian(&["postgresql"]) }
}

/// A real ERP; its script does what is missing, and nothing when all is there.
fn tryton() -> anyhow::Result<()> {
    if !run::succeeds("python3", &["-c", "import ensurepip, venv"]) {
        debian(&["python3", "python3-venv"])?;
    }
    let folder = run::work_dir().join("tryton").to_string_lossy().into_owned();
    run::program("the test ERP", Path::new("sh"), &["tests/peers/tryton/setup.sh", &folder])
}

fn chromium() -> anyhow::Result<()> {
    if Path::new("/usr/bin/chromium").exists() { Ok(()) } else { debian(&["chromium"]) }
}

/// Installs Debian packages, as root or through sudo.
fn debian(packages: &[&str]) -> anyhow::Result<()> {
    let root = run::succeeds("sh", &["-c", "test $(id -u) = 0"]);
    let apt = |args: &[&str]| {
        let (program, args) =
            if root { ("apt-get", args.to_vec()) } else { ("sudo", [&["apt-get"], args].concat()) };
        run::program("Debian packages", Path::new(program), &args)
    };
    apt(&["update", "-qq"])?;
    apt(&[&["install", "-y", "-qq", "--no-install-recommends"], packages].concat())
}
