//! Compiles the first-party plugins to components and embeds them with their digests.
//!
//! They get a target directory of their own, so that no other room pays for them and no lock is shared with the
//! cargo that runs this script.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use sha2::{Digest, Sha256};

const PLUGINS: &[&str] = &[
    "allocator-standard",
    "channel-email",
    "erp-cfdi",
    "erp-csv",
    "erp-tryton",
    "erp-ubl",
    "gate-contact",
    "gateway-conekta",
    "gateway-khipu",
    "gateway-mercadopago",
    "gateway-stripe",
    "pricer-standard",
    "scorer-standard",
    "statement-bai2",
    "statement-camt",
    "statement-mt940",
    "statement-ofx",
    "strategist-standard",
];
const TARGET: &str = "wasm32-unknown-unknown";

fn main() {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../..");
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo sets it"));
    let plugins = PLUGINS.iter().map(|id| format!("plugins/{id}"));
    for watched in
        plugins.chain(["sdk/rust", "wit", "Cargo.lock", "Cargo.toml", ".cargo/config.toml"].map(String::from))
    {
        println!("cargo:rerun-if-changed={}", root.join(watched).display());
    }
    let target = out.join("guests");
    compile(&root, &target);
    let mut list = String::from("/// Every first-party plugin.\npub const PLUGINS: &[Plugin] = &[\n");
    for id in PLUGINS {
        list.push_str(&embed(&root, &target, &out, id));
    }
    list.push_str("];\n");
    fs::write(out.join("plugins.rs"), list).expect("OUT_DIR is writable");
}

fn compile(root: &Path, target: &Path) {
    let mut cargo = Command::new(env::var("CARGO").expect("cargo sets it"));
    cargo.current_dir(root).args(["build", "--locked", "--profile", "plugin", "--target", TARGET]);
    cargo.arg("--target-dir").arg(target);
    for id in PLUGINS {
        cargo.args(["--package", &format!("recaudo-{id}")]);
    }
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
    // `cargo xtask` says how to build where rustup has no WebAssembly target: Debian's compiler and library source.
    println!("cargo:rerun-if-env-changed=RECAUDO_GUEST_RUSTC");
    if let Ok(rustc) = env::var("RECAUDO_GUEST_RUSTC") {
        let flags = env::var("RECAUDO_GUEST_RUSTFLAGS").unwrap_or_default();
        cargo.env("RUSTC", rustc).env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", flags);
        cargo.args(["-Zbuild-std=std,panic_abort"]);
    }
    let status = cargo.status().expect("cargo runs");
    assert!(status.success(), "the plugins do not compile; is the target there? rustup target add {TARGET}");
}

fn embed(root: &Path, target: &Path, out: &Path, id: &str) -> String {
    let module = target.join(TARGET).join("plugin").join(format!("recaudo_{}.wasm", id.replace('-', "_")));
    let module = fs::read(&module).unwrap_or_else(|e| panic!("{}: {e}", module.display()));
    let component = wit_component::ComponentEncoder::default()
        .module(&module)
        .and_then(|encoder| encoder.validate(true).encode())
        .unwrap_or_else(|e| panic!("{id} is no component: {e:#}"));
    let path = out.join(format!("{id}.wasm"));
    fs::write(&path, &component).expect("OUT_DIR is writable");
    let digest = hex::encode(Sha256::digest(&component));
    let folder = root.join("plugins").join(id).canonicalize().expect("the plugin's folder is there");
    format!(
        "    Plugin {{ id: {id:?}, component: include_bytes!({path:?}), manifest: include_str!({:?}), \
         config_schema: include_str!({:?}), component_sha256: {digest:?} }},\n",
        folder.join("plugin.toml"),
        folder.join("config.schema.json"),
    )
}
