//! Measurements and proofs that take longer than the tests may. Each prints its figures beside their bars; the dated
//! results are kept by hand in `host/docs/PERFORMANCE.md` and `host/docs/PROOF.md`.

use anyhow::bail;

use crate::{run, setup};

/// Name, what it shows.
const STEPS: &[(&str, &str)] = &[
    ("bench", "P1 scoring, P3 the daily run, P5 the import, P8 start-up, each beside its bar"),
    ("webhooks", "500 webhooks a second for five seconds, measured from a second process"),
    ("kill", "R1: kill -9 at seeded points of import, run and sending, against a real SMTP server"),
];

/// Runs one step, or lists them.
pub(crate) fn prove(args: &[String]) -> anyhow::Result<()> {
    let Some(step) = args.first() else {
        for (name, what) in STEPS {
            println!("{name:8} {what}");
        }
        return Ok(());
    };
    let rest: Vec<&str> = args.iter().skip(1).map(String::as_str).collect();
    match step.as_str() {
        "bench" => {
            setup::wasm_target()?;
            let run = ["run", "--release", "--locked", "--package", "recaudo-bench", "--"];
            run::cargo("benches", &[&run[..], &rest].concat())
        }
        "webhooks" => {
            setup::wasm_target()?;
            let rooms = ["--release", "--locked", "--package", "recaudo-cli", "--package", "recaudo-tests"];
            run::cargo(
                "building",
                &[&["build"], &rooms[..], &["--bin", "recaudo", "--test", "it"]].concat(),
            )?;
            let only = ["--test", "it", "--", "--ignored", "--nocapture", "prove_webhooks"];
            run::cargo("webhooks", &[&["test"], &rooms[..], &only].concat())
        }
        "kill" => {
            setup::everything()?;
            crate::build_all()?;
            let run =
                [&["test"], crate::ROOMS, &["--test", "it", "--", "--ignored", "--nocapture", "prove_kill"]]
                    .concat();
            run::cargo("kill points", &[&run[..], &rest].concat())
        }
        other => bail!("there is no step {other:?}; `cargo xtask prove` lists them"),
    }
}
