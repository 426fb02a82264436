//! Compiles `tests/guests` to components, in a target directory of their own, and lists them with what each says must
//! come of it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const TARGET: &str = "wasm32-unknown-unknown";

fn main() {
    let tests = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("..");
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it"));
    for watched in
        ["guests", "../sdk/rust", "../wit", "../Cargo.lock", "../Cargo.toml", "../.cargo/config.toml"]
    {
        println!("cargo:rerun-if-changed={}", tests.join(watched).display());
    }
    let target = out.join("guests");
    compile(&tests, &target);
    let mut names: Vec<String> = fs::read_dir(tests.join("guests"))
        .expect("the folder is there")
        .filter_map(|entry| {
            entry.ok()?.file_name().into_string().ok()?.strip_suffix(".rs").map(str::to_owned)
        })
        .filter(|name| name != "lib")
        .collect();
    names.sort();
    let mut list = String::from("/// Every guest.\npub const GUESTS: &[Guest] = &[\n");
    for name in names {
        list.push_str(&embed(&tests, &target, &out, &name));
    }
    list.push_str("];\n");
    fs::write(out.join("guests.rs"), list).expect("OUT_DIR is writable");
}

fn compile(tests: &Path, target: &Path) {
    let mut cargo = Command::new(env::var("CARGO").expect("cargo sets it"));
    cargo.current_dir(tests).args(["build", "--locked", "--profile", "plugin", "--target", TARGET]);
    cargo.args(["--package", "recaudo-guests", "--examples"]).arg("--target-dir").arg(target);
    // The outer build's flags are for the host's machine.
    for name in [
        "RUSTFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_BUILD_TARGET",
        "RUSTC_WORKSPACE_WRAPPER",
        "RUSTC_WRAPPER",
    ] {
        cargo.env_remove(name);
    }
    // As in host/builtin: where rustup has no WebAssembly target.
    println!("cargo:rerun-if-env-changed=RECAUDO_GUEST_RUSTC");
    if let Ok(rustc) = env::var("RECAUDO_GUEST_RUSTC") {
        let flags = env::var("RECAUDO_GUEST_RUSTFLAGS").unwrap_or_default();
        cargo.env("RUSTC", rustc).env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", flags);
        cargo.args(["-Zbuild-std=std,panic_abort"]);
    }
    let status = cargo.status().expect("cargo runs");
    assert!(status.success(), "the guests do not compile; is the target there? rustup target add {TARGET}");
}

fn embed(tests: &Path, target: &Path, out: &Path, name: &str) -> String {
    let module = target.join(TARGET).join("plugin/examples").join(format!("{}.wasm", name.replace('-', "_")));
    let module = fs::read(&module)
        .unwrap_or_else(|e| panic!("{name}: no [[example]] of its name in tests/guests/Cargo.toml? {e}"));
    let component = wit_component::ComponentEncoder::default()
        .module(&module)
        .and_then(|encoder| encoder.validate(true).encode())
        .unwrap_or_else(|e| panic!("{name} is no component: {e:#}"));
    let path = out.join(format!("{name}.wasm"));
    fs::write(&path, component).expect("OUT_DIR is writable");
    let source =
        fs::read_to_string(tests.join("guests").join(format!("{name}.rs"))).expect("it was just compiled");
    let line = |key: &str| {
        let prefix = format!("//! {key}: ");
        let found = source.lines().find_map(|l| l.strip_prefix(prefix.as_str()));
        found.unwrap_or_else(|| panic!("{name}.rs has no line `{prefix}...`")).to_owned()
    };
    let (run, expect) = (line("run"), line("expect"));
    format!(
        "    Guest {{ name: {name:?}, run: {run:?}, expect: {expect:?}, component: include_bytes!({path:?}) }},\n"
    )
}
