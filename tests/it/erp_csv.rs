//! `erp-csv` as a guest: files larger than its memory, a kill after every page, its schema and its examples.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use recaudo_ports::plugin::{
    Call, Grants, Importer, Installation, Instant, Operation, Page, Plugins, PullRequest,
};
use recaudo_runtime::{BuiltIn, Runtime, RuntimeConfig};

use super::support::root;

const CONFIG: &str = r#"{
  "defaults": { "currency": "=COP" },
  "files": [{
    "path": "big-*.csv",
    "customer": { "id": "customer" },
    "document": { "number": "number", "issued": "issued", "due_days": "=30", "total": "total", "settled": "paid" }
  }]
}"#;

fn runtime() -> Arc<Runtime> {
    let runtime = Runtime::new(RuntimeConfig::default()).expect("the sandbox starts");
    let plugin = recaudo_builtin::PLUGINS.iter().find(|plugin| plugin.id == "erp-csv").expect("built in");
    let builtin = BuiltIn {
        component: plugin.component,
        manifest: plugin.manifest,
        config_schema: plugin.config_schema,
        component_sha256: plugin.component_sha256,
    };
    runtime.registry().add_builtin(&builtin).expect("a built-in plugin loads");
    runtime
}

fn importer(runtime: &Arc<Runtime>, folder: &Path) -> Arc<dyn Importer> {
    let component_sha256 = recaudo_app::digest(runtime, "erp-csv").expect("erp-csv is built in");
    let grants =
        Grants { files: [("drop".to_owned(), folder.display().to_string())].into(), ..Grants::default() };
    let installation = Installation {
        name: "erp".into(),
        plugin: "erp-csv".into(),
        component_sha256,
        config: Arc::from(CONFIG.as_bytes()),
        grants,
    };
    runtime.importer(&installation).expect("the importer loads")
}

fn call(operation: usize) -> Call {
    // 2026-03-10 12:00 UTC.
    let now = 1_773_144_000;
    Call {
        now: Instant { seconds: now, nanoseconds: 0 },
        business_day: 20_522,
        time_zone: "America/Bogota".into(),
        locale: "es-CO".into(),
        deadline: Instant { seconds: now + 120, nanoseconds: 0 },
        entropy: [7; 32],
        trace_id: "erp-csv".into(),
        operation: Operation {
            id: format!("page-{operation}"),
            idempotency_key: operation.to_string(),
            attempt: 1,
        },
        config: Arc::from(CONFIG.as_bytes()),
    }
}

/// Every page of the feed, each asked for by a new importer, as after a kill.
fn pages(runtime: &Arc<Runtime>, folder: &Path, mut each: impl FnMut(&Page)) -> usize {
    let mut checkpoint = None;
    for n in 0..10_000 {
        let request = PullRequest { feed: "rows".into(), checkpoint, rows_max: 5_000 };
        let page = importer(runtime, folder).pull(&call(n), &request).expect("a page");
        each(&page);
        if page.done {
            return n + 1;
        }
        checkpoint = Some(page.checkpoint);
    }
    panic!("the feed has no end");
}

#[test]
fn a_file_larger_than_the_guests_memory_comes_in_page_by_page() {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let (rows, note) = (80_000_u32, "n".repeat(1_000));
    let mut file = BufWriter::new(File::create(folder.path().join("big-1.csv")).expect("a file"));
    writeln!(file, "customer;number;issued;total;paid;note").expect("a line");
    for n in 0..rows {
        // Every thousandth row has no such day.
        let day = if n % 1_000 == 999 { "2024-02-30" } else { "2024-02-29" };
        writeln!(file, "C{};F-{n};{day};{n}.25;;\"{note}\n{n}\"", n % 100).expect("a line");
    }
    file.flush().expect("written");
    let size = std::fs::metadata(folder.path().join("big-1.csv")).expect("it is there").len();
    assert!(size > 64 << 20, "{size} bytes are no test of 64 MiB");
    std::fs::write(
        folder.path().join("big-2.csv"),
        "customer;number;issued;total;paid\nC1;last;2024-03-01;1;2024-03-02\n",
    )
    .expect("a second file");

    let runtime = runtime();
    let (mut read, mut documents, mut payments, mut rejects, mut lines) = (0, 0_u64, 0, 0, 0);
    let pages = pages(&runtime, folder.path(), |page| {
        read += page.read;
        documents += page.rows.documents.len() as u64;
        payments += page.rows.payments.len();
        rejects += page.rejects.len() as u64;
        lines = page.rows.documents.iter().map(|document| document.key.row).max().unwrap_or(lines);
        assert!(
            page.rejects
                .iter()
                .all(|reject| (reject.field.as_str(), reject.code.as_str()) == ("issued", "bad-date"))
        );
        assert_eq!(page.control.iter().map(|money| money.minor).sum::<i64>() > 0, page.read > 0);
    });
    assert_eq!((read, documents, rejects, payments), (u64::from(rows) + 1, u64::from(rows) - 79, 80, 1));
    assert_eq!(lines, 2, "the second file counts its own lines");
    assert!(pages > 16, "{pages} pages");
}

#[test]
fn the_examples_pass_the_schema_and_a_slip_of_the_keyboard_does_not() {
    let runtime = runtime();
    for entry in std::fs::read_dir(root().join("plugins/erp-csv/examples")).expect("the examples") {
        let path = entry.expect("an entry").path();
        let example = std::fs::read(&path).expect("an example");
        runtime
            .validate_config("erp-csv", &example)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
    for (right, slip) in [("\"due_days\"", "\"due_dais\""), ("\"path\"", "\"file\""), ("\"=COP\"", "7.5")] {
        let slip = CONFIG.replace(right, slip);
        assert!(runtime.validate_config("erp-csv", slip.as_bytes()).is_err(), "{slip}");
    }
    runtime.validate_config("erp-csv", CONFIG.as_bytes()).expect("the test's own is right");
}
