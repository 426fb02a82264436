//! The contract keeps its word: it parses, every item is documented, its table covers the product's catalogue
//! and names only what exists, plugins import nothing but the logger, and the Rust SDK has a trait for every
//! world.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use wit_parser::{Docs, Interface, InterfaceId, Resolve, TypeDefKind, World, WorldItem};

/// The catalogue of product.md, for machines that have the repository alone.
const CATALOGUE: &str = "IN1 IN2 IN3 IN4 IN5 IN6 LE1 LE2 LE3 LE4 LE5 KN1 KN2 KN3 KN4 KN5 KN6 \
    AC1 AC2 AC3 AC4 AC5 AC6 AC7 AC8 AC9 AC10 AC11 \
    AG1 AG2 AG3 AG4 AG5 AG6 AG7 AG8 SE1 SE2 SE3 SE4 SE5 PL1 PL2 PL3 PL4 PL5 PL6 PL7 PL8 PL9 PL10";

const PACKAGES: [&str; 10] =
    ["types", "log", "effects", "erp", "payments", "messaging", "scoring", "policy", "events", "host"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn contract() -> Resolve {
    let mut resolve = Resolve::default();
    for package in PACKAGES {
        let folder = root().join("wit").join(package);
        resolve.push_dir(&folder).unwrap_or_else(|e| panic!("{}: {e:#}", folder.display()));
    }
    resolve
}

fn ours(resolve: &Resolve) -> impl Iterator<Item = (String, InterfaceId, &Interface)> {
    resolve.interfaces.iter().filter_map(|(id, interface)| {
        let package = interface.package.map(|p| resolve.packages[p].name.name.clone())?;
        Some((format!("{package}/{}", interface.name.clone()?), id, interface))
    })
}

/// Every name the table may use: `package/interface`, `package/interface.item`,
/// `package/interface.item.part`.
fn names(resolve: &Resolve) -> BTreeSet<String> {
    let mut names: BTreeSet<String> =
        resolve.worlds.iter().map(|(_, w)| format!("host/{}", w.name)).collect();
    for (path, _, interface) in ours(resolve) {
        names.extend(interface.functions.keys().map(|function| format!("{path}.{function}")));
        for (name, id) in &interface.types {
            names.insert(format!("{path}.{name}"));
            names.extend(
                parts(&resolve.types[*id].kind).into_iter().map(|(part, _)| format!("{path}.{name}.{part}")),
            );
        }
        names.insert(path);
    }
    names
}

/// Fields, cases and their documentation.
fn parts(kind: &TypeDefKind) -> Vec<(&str, &Docs)> {
    match kind {
        TypeDefKind::Record(record) => record.fields.iter().map(|f| (f.name.as_str(), &f.docs)).collect(),
        TypeDefKind::Variant(variant) => variant.cases.iter().map(|c| (c.name.as_str(), &c.docs)).collect(),
        TypeDefKind::Enum(cases) => cases.cases.iter().map(|c| (c.name.as_str(), &c.docs)).collect(),
        _ => vec![],
    }
}

/// The cells of a markdown table's rows whose first cell `wanted` accepts.
fn rows(text: &str, wanted: impl Fn(&str) -> bool) -> Vec<Vec<String>> {
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    let table = text.lines().filter(|line| line.starts_with('|'));
    table.map(cells).filter(|row: &Vec<String>| wanted(&row[0])).collect()
}

fn is_capability(cell: &str) -> bool {
    let (letters, digits) = cell.split_at_checked(2).unwrap_or_default();
    letters.bytes().all(|b| b.is_ascii_uppercase())
        && !digits.is_empty()
        && digits.bytes().all(|b| b.is_ascii_digit())
}

/// What stands between backticks.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

#[test]
fn the_list_of_capabilities_is_the_products() {
    let Ok(product) = fs::read_to_string(root().join("../shared/design/product.md")) else {
        assert!(
            std::env::var_os("CI").is_none(),
            "the product's description is missing beside the repository"
        );
        return eprintln!("skipped: no ../shared/design/product.md; the committed list stands alone");
    };
    let theirs: BTreeSet<String> =
        rows(&product, is_capability).into_iter().map(|row| row[0].clone()).collect();
    let ours: BTreeSet<String> = CATALOGUE.split_whitespace().map(str::to_owned).collect();
    assert_eq!(theirs, ours);
}

#[test]
fn every_capability_has_a_carrier_that_exists_or_a_reason_for_none() {
    let names = names(&contract());
    let table = rows(&read("wit/README.md"), is_capability);
    let listed: Vec<&str> = table.iter().map(|row| row[0].as_str()).collect();
    let expected: Vec<&str> = CATALOGUE.split_whitespace().collect();
    let sorted = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(sorted(&listed), sorted(&expected));
    assert_eq!(listed.len(), expected.len(), "a capability stands twice");
    for row in &table {
        let [id, carriers, how] = row.as_slice() else { panic!("{row:?} has no three cells") };
        assert!(how.len() > 20, "{id} does not say how or why not");
        if carriers == "none" {
            continue;
        }
        let carriers = quoted(carriers);
        assert!(!carriers.is_empty(), "{id} names nothing");
        for carrier in carriers {
            assert!(names.contains(carrier), "{id} names `{carrier}`, which is not in the contract");
        }
    }
}

#[test]
fn the_register_of_codes_names_only_what_exists() {
    let names = names(&contract());
    let codes = read("wit/CODES.md");
    let paths = codes.split('`').skip(1).step_by(2).filter(|text| text.contains('/') && text.contains('.'));
    let unknown: Vec<&str> = paths.filter(|path| !names.contains(*path)).collect();
    assert!(unknown.is_empty(), "not in the contract: {unknown:?}");
}

#[test]
fn every_item_says_what_it_is() {
    let resolve = contract();
    let mut silent = vec![];
    let mut look = |path: String, docs: &Docs| {
        if docs.contents.as_ref().is_none_or(|text| text.trim().len() < 4) {
            silent.push(path);
        }
    };
    for (_, package) in &resolve.packages {
        look(package.name.to_string(), &package.docs);
    }
    for (_, world) in &resolve.worlds {
        look(format!("world {}", world.name), &world.docs);
    }
    for (path, _, interface) in ours(&resolve) {
        look(path.clone(), &interface.docs);
        for (name, function) in &interface.functions {
            look(format!("{path}.{name}"), &function.docs);
        }
        for (name, id) in &interface.types {
            // A type taken over with `use` is documented where it comes from.
            if matches!(resolve.types[*id].kind, TypeDefKind::Type(wit_parser::Type::Id(_))) {
                continue;
            }
            look(format!("{path}.{name}"), &resolve.types[*id].docs);
            for (part, docs) in parts(&resolve.types[*id].kind) {
                look(format!("{path}.{name}.{part}"), docs);
            }
        }
    }
    assert!(silent.is_empty(), "undocumented: {silent:#?}");
}

fn imported(resolve: &Resolve, world: &World) -> Vec<String> {
    let functions = |item: &WorldItem| match item {
        WorldItem::Interface { id, .. } => resolve.interfaces[*id].functions.keys().cloned().collect(),
        WorldItem::Function(function) => vec![function.name.clone()],
        WorldItem::Type { .. } => vec![],
    };
    world.imports.values().flat_map(functions).collect()
}

#[test]
fn a_plugin_imports_one_function_the_loggers() {
    let resolve = contract();
    for (_, world) in &resolve.worlds {
        let expected: &[&str] = if world.name == "types" { &["emit"] } else { &[] };
        assert_eq!(imported(&resolve, world), expected, "world {}", world.name);
        assert!(
            world.name == "types" || world.exports.len() == 1,
            "world {} exports one interface",
            world.name
        );
    }
}

#[test]
fn everything_that_can_be_exported_has_a_world_and_a_trait_in_the_sdk() {
    let resolve = contract();
    let arms = read("sdk/rust/src/export/abilities.rs");
    let mut exported: BTreeSet<InterfaceId> = BTreeSet::new();
    for (_, world) in resolve.worlds.iter().filter(|(_, world)| world.name != "types") {
        let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
        let name: String = world.name.split('-').map(capital).collect();
        assert!(arms.contains(&format!("({name}, $p:ty) =>")), "the SDK does not export {name}");
        exported.extend(world.exports.values().filter_map(|item| match item {
            WorldItem::Interface { id, .. } => Some(*id),
            WorldItem::Function(_) | WorldItem::Type { .. } => None,
        }));
    }
    let homeless = ours(&resolve).filter(|(path, id, interface)| {
        !interface.functions.is_empty() && !exported.contains(id) && path != "log/logger"
    });
    assert_eq!(homeless.map(|(path, ..)| path).collect::<Vec<_>>(), Vec::<String>::new());
}

/// Their order differs between two runs of the same function on this target, and there is no clock.
const FORBIDDEN: [&str; 5] = ["HashMap", "HashSet", "SystemTime", "Instant::now", "thread_rng"];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let paths = entries.map(|entry| entry.expect("a readable folder").path());
    paths.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

#[test]
fn no_plugin_uses_what_would_make_two_runs_differ() {
    let mut folders: Vec<PathBuf> = vec![root().join("sdk/rust/src")];
    let plugins = fs::read_dir(root().join("plugins")).expect("the plugins' folder");
    folders.extend(
        plugins.map(|entry| entry.expect("a readable folder").path().join("src")).filter(|p| p.is_dir()),
    );
    let mut found = vec![];
    for path in folders.iter().flat_map(|folder| sources(folder)) {
        let text = fs::read_to_string(&path).unwrap_or_default();
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        let lines = code.filter(|line| FORBIDDEN.iter().any(|word| line.contains(word)));
        found.extend(lines.map(|line| format!("{}: {line}", path.display())));
    }
    assert!(found.is_empty(), "use BTreeMap and the context's time and entropy: {found:#?}");
}
