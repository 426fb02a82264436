//! Benches of the bars in the project's quality list. Each runs what it measures in a process of its own, so that peak
//! memory and CPU are that part's alone, and prints a figure beside its bar. `recaudo-bench` runs all, `recaudo-bench
//! import` one; arguments after the name are `--invoices N` and the like.
#![expect(clippy::print_stdout, reason = "figures are for a person")]
#![expect(
    clippy::float_arithmetic,
    clippy::disallowed_types,
    reason = "ratios of measured times; no money is near"
)]

mod gauge;
mod home;
mod import;
mod run;
mod score;
mod start;

use anyhow::{Context, bail};

/// The program's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A bench: its name, what it shows, and how it runs.
type Bench = (&'static str, &'static str, Measure);

const BENCHES: &[Bench] = &[
    ("score", "P1: a million accounts scored in the sandbox, against the same source native", score::bench),
    (
        "import",
        "P5: CSV import through the sandbox against raw writing of the same rows; memory at 1M and 100k",
        import::bench,
    ),
    ("run", "P3: the daily run on 1M open items of 200,000 customers, and its memory", run::bench),
    ("start", "P8: start-up with a warm cache, and memory", start::bench),
    ("aging", "aging today and as of a past day on the imported items", import::aging),
];

/// Measures and prints.
type Measure = fn(&Args) -> anyhow::Result<()>;

/// Parts that benches run as processes of their own.
const PARTS: &[(&str, Measure)] = &[
    ("import-once", import::once),
    ("import-raw", import::raw),
    ("aging-once", import::aging_once),
    ("run-once", run::once),
    ("start-once", start::once),
];

/// What follows the name: `--key value` pairs.
struct Args(Vec<String>);

impl Args {
    fn text(&self, key: &str) -> Option<&str> {
        let at = self.0.iter().position(|arg| arg.strip_prefix("--") == Some(key))?;
        self.0.get(at + 1).map(String::as_str)
    }

    fn number(&self, key: &str, usual: u64) -> anyhow::Result<u64> {
        self.text(key).map_or(Ok(usual), |text| text.parse().with_context(|| format!("--{key} {text}")))
    }
}

fn main() -> anyhow::Result<()> {
    let mut args = std::env::args().skip(1);
    let name = args.next();
    let rest = Args(args.collect());
    let Some(name) = name else {
        for (name, what, run) in BENCHES {
            println!("{name}: {what}");
            run(&rest)?;
        }
        return Ok(());
    };
    if let Some((.., run)) = BENCHES.iter().find(|(known, ..)| *known == name) {
        return run(&rest);
    }
    if let Some((_, run)) = PARTS.iter().find(|(known, _)| *known == name) {
        return run(&rest);
    }
    let known: Vec<&str> = BENCHES.iter().map(|(name, ..)| *name).collect();
    bail!("there is no bench {name:?}; there are: {}", known.join(", "))
}
