//! The house rules, as tests: which room may name which, how long a file may be, what a module begins with.

use std::fs;
use std::path::{Path, PathBuf};

use crate::run::root;

/// Room, the rooms it may name, the outside crates it must never name. `dev-dependencies` may point anywhere.
const ROOMS: &[(&str, &[&str], &[&str])] = &[
    (
        "core",
        &[],
        &["serde", "tokio", "rusqlite", "postgres", "axum", "wasmtime", "ureq", "lettre", "getrandom"],
    ),
    (
        "ports",
        &["core"],
        &["tokio", "rusqlite", "postgres", "axum", "wasmtime", "ureq", "lettre", "getrandom"],
    ),
    ("store", &["core", "ports"], &["axum", "wasmtime", "ureq", "lettre", "getrandom"]),
    ("runtime", &["core", "ports"], &["rusqlite", "postgres", "axum"]),
    (
        "engine",
        &["core", "ports", "store"],
        &["rusqlite", "postgres", "axum", "wasmtime", "ureq", "lettre", "getrandom"],
    ),
    (
        "server",
        &["ports", "engine"],
        &["rusqlite", "postgres", "wasmtime", "ureq", "lettre", "getrandom", "clap"],
    ),
    ("builtin", &[], &["wasmtime", "rusqlite", "axum"]),
    ("app", &["core", "ports", "store", "runtime", "engine", "builtin"], &["wasmtime", "rusqlite", "clap"]),
    ("cli", &["core", "ports", "engine", "server", "app"], &["wasmtime", "rusqlite", "ureq", "lettre"]),
    ("xtask", &[], &["wasmtime", "rusqlite", "axum"]),
];

/// Lines a source file may have; tests are not counted.
const LINES_MAX: usize = 700;

#[test]
fn the_rooms_name_only_the_rooms_they_may() {
    for (room, rooms, banned) in ROOMS {
        let path = root().join("host").join(room).join("Cargo.toml");
        let manifest: toml::Table = fs::read_to_string(&path).unwrap().parse().unwrap();
        let Some(dependencies) = manifest.get("dependencies").and_then(toml::Value::as_table) else {
            continue;
        };
        for name in dependencies.keys() {
            assert!(!banned.contains(&name.as_str()), "host/{room} must not name {name}");
            if let Some(other) = name.strip_prefix("recaudo-") {
                assert!(rooms.contains(&other), "host/{room} must not name host/{other}");
            }
        }
    }
}

#[test]
fn every_folder_of_the_host_is_a_room_with_rules() {
    for entry in fs::read_dir(root().join("host")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let known = name == "docs" || ROOMS.iter().any(|(room, ..)| *room == name);
        assert!(known, "host/{name} is in no line of ROOMS");
    }
}

#[test]
fn plugins_use_the_public_sdk_and_nothing_of_the_host() {
    for entry in fs::read_dir(root().join("plugins")).unwrap() {
        let folder = entry.unwrap().path();
        let manifest: toml::Table = fs::read_to_string(folder.join("Cargo.toml")).unwrap().parse().unwrap();
        let dependencies = manifest["dependencies"].as_table().unwrap();
        let ours = dependencies.keys().filter(|name| name.starts_with("recaudo-"));
        assert_eq!(ours.collect::<Vec<_>>(), ["recaudo-sdk"], "{}", folder.display());
        for file in ["plugin.toml", "config.schema.json", "README.md"] {
            assert!(folder.join(file).exists(), "{} has no {file}", folder.display());
        }
    }
}

#[test]
fn every_crate_inherits_the_lints() {
    let workspace: toml::Table = fs::read_to_string(root().join("Cargo.toml")).unwrap().parse().unwrap();
    for member in workspace["workspace"]["members"].as_array().unwrap() {
        let path = root().join(member.as_str().unwrap()).join("Cargo.toml");
        let manifest: toml::Table = fs::read_to_string(&path).unwrap().parse().unwrap();
        let inherits = manifest.get("lints").and_then(|l| l.get("workspace")).and_then(toml::Value::as_bool);
        assert_eq!(inherits, Some(true), "{}", path.display());
    }
}

#[test]
fn files_say_what_they_are_for_and_stay_readable() {
    for path in sources() {
        let text = fs::read_to_string(&path).unwrap();
        let shown = path.display();
        assert!(text.starts_with("//!"), "{shown} does not begin with `//!`");
        let tests =
            path.file_name().is_some_and(|name| name == "tests.rs") || shown.to_string().contains("/tests/");
        let lines = text.split("#[cfg(test)]\nmod ").next().unwrap_or("").lines().count();
        assert!(tests || lines <= LINES_MAX, "{shown} has {lines} lines; split it");
        for (number, line) in text.lines().enumerate() {
            let at = format!("{shown}:{}", number + 1);
            assert!(!line.ends_with([' ', '\t']), "{at} ends with a space");
            for banned in [concat!("FIX", "ME"), concat!("TO", "DO"), concat!("dbg", "!(")] {
                assert!(!line.contains(banned), "{at} has {banned}");
            }
        }
    }
}

/// Licences a dependency may be under; an expression needs one alternative made only of these.
const LICENCES: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

#[test]
fn every_dependency_may_be_shipped() {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let args = ["metadata", "--format-version", "1", "--locked"];
    let output = std::process::Command::new(cargo).args(args).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    for package in metadata["packages"].as_array().unwrap() {
        let licence = package["license"].as_str().unwrap_or("none stated");
        assert!(is_allowed(licence), "{} is under {licence}", package["name"]);
    }
}

/// SPDX expressions as crates write them: `A OR B`, `A/B`, `(A OR B) AND C`.
fn is_allowed(expression: &str) -> bool {
    let plain = expression.replace(['(', ')'], " ").replace('/', " OR ");
    plain.split(" AND ").all(|part| part.split(" OR ").any(|licence| LICENCES.contains(&licence.trim())))
}

fn sources() -> Vec<PathBuf> {
    let mut found = vec![];
    for top in ["host", "sdk", "plugins", "tests"] {
        walk(&root().join(top), &mut found);
    }
    assert!(found.len() > 30, "the walk found too little");
    found
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" {
            walk(&path, found);
        } else if name.ends_with(".rs") {
            found.push(path);
        }
    }
}
