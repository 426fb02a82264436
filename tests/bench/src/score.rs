//! P1: a million accounts through the sandboxed scorer, every deterministic setting on, against the same source compiled
//! for this machine. Lowering into the guest and lifting the scores out are included.

use std::sync::Arc;
use std::time::Instant;

use recaudo_ports::plugin::{Call, Grants, Installation, Operation, Plugins};
use recaudo_ports::table::{Batch, Column, Data};
use recaudo_scorer_standard::{card, model::Model};
use recaudo_sdk::scoring;

use crate::{Args, home};

const ROWS: u32 = 8_192;
const CONFIG: &[u8] = include_bytes!("../../../plugins/scorer-standard/bench/twelve.json");

pub(crate) fn bench(args: &Args) -> anyhow::Result<()> {
    let batches = args.number("rows", 1_000_000)?.div_ceil(u64::from(ROWS));
    let folder = tempfile::tempdir()?;
    let runtime = home::runtime(folder.path())?;
    let builtin = recaudo_builtin::PLUGINS.iter().find(|plugin| plugin.id == "scorer-standard");
    let builtin = builtin.ok_or_else(|| anyhow::anyhow!("no built-in scorer"))?;
    let installation = Installation {
        name: "bench".into(),
        plugin: builtin.id.into(),
        component_sha256: digest(builtin.component_sha256)?,
        config: Arc::from(CONFIG),
        grants: Grants::default(),
    };
    let scorer = runtime.scorer(&installation)?;
    let names = scorer.columns(&call())?;
    let (inside, outside) = (batch(&names), native(&batch(&names)));
    let mut figures = (Vec::new(), Vec::new());
    for _ in 0..5 {
        // Side by side, so that a busy machine slows both.
        let started = Instant::now();
        for _ in 0..batches {
            let model = Model::read(CONFIG).map_err(|f| anyhow::anyhow!(f.message))?;
            let scores = card::score(&model, &outside).map_err(|f| anyhow::anyhow!(f.message))?;
            anyhow::ensure!(scores.ppm.len() == ROWS as usize, "a score a row");
        }
        figures.0.push(started.elapsed());
        let started = Instant::now();
        for _ in 0..batches {
            let scores = scorer.score(&call(), &inside)?;
            anyhow::ensure!(scores.ppm.len() == ROWS as usize, "a score a row");
        }
        figures.1.push(started.elapsed());
    }
    let rows = u128::from(batches) * u128::from(ROWS);
    figures.0.sort_unstable();
    figures.1.sort_unstable();
    let (own, guest) = (figures.0[2].as_nanos(), figures.1[2].as_nanos());
    println!(
        "  {} columns: native {} ns a row, sandbox {} ns a row: {}.{:02} times (bar 2)",
        names.len(),
        own / rows,
        guest / rows,
        guest / own,
        guest * 100 / own % 100
    );
    Ok(())
}

fn digest(text: &str) -> anyhow::Result<[u8; 32]> {
    let mut digest = [0; 32];
    for (place, byte) in digest.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * place..2 * place + 2], 16)?;
    }
    Ok(digest)
}

fn call() -> Call {
    Call {
        now: recaudo_ports::plugin::Instant::default(),
        business_day: 20_000,
        time_zone: "America/Bogota".into(),
        locale: "es-CO".into(),
        deadline: recaudo_ports::plugin::Instant { seconds: 60, nanoseconds: 0 },
        entropy: [0; 32],
        trace_id: "bench".into(),
        operation: Operation { id: "bench".into(), idempotency_key: "bench".into(), attempt: 1 },
        config: Arc::from(CONFIG),
    }
}

/// Values from a simple congruence: spread, and the same each time.
fn batch(names: &[String]) -> Batch {
    let mut state = 7_u64;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let rows = ROWS as usize;
    let mut column = |name: &String| {
        let data = match name.as_str() {
            "currency" | "country" | "kind" | "customer_kind" => {
                let dictionary: Vec<String> = ["USD", "COP", "MXN"].map(String::from).to_vec();
                let values = (0..rows).map(|_| u32::try_from(next(3)).unwrap_or(0)).collect();
                Data::Codes { values, dictionary, present: vec![] }
            }
            "disputed" => {
                Data::Bits { values: (0..rows).map(|_| u8::from(next(10) == 0)).collect(), present: vec![] }
            }
            _ => {
                let scale = if name.ends_with("_mean") || name == "amount" { 2 } else { 0 };
                let present = if scale == 2 { vec![0xF7; rows / 8] } else { vec![] };
                let values = (0..rows).map(|_| next(1_000_000).cast_signed()).collect();
                Data::Ints { values, scale, present }
            }
        };
        Column { name: name.clone(), data }
    };
    Batch { ids: (0..u64::from(ROWS)).collect(), columns: names.iter().map(&mut column).collect() }
}

/// The same batch as the plugin's own source takes it.
fn native(batch: &Batch) -> scoring::Batch {
    let data = |data: &Data| match data.clone() {
        Data::Ints { values, scale, present } => {
            scoring::Data::Ints(scoring::Ints { values, scale, present })
        }
        Data::Days { values, present } => scoring::Data::Days(scoring::Days { values, present }),
        Data::Codes { values, dictionary, present } => {
            scoring::Data::Codes(scoring::Codes { values, dictionary, present })
        }
        Data::Bits { values, present } => scoring::Data::Bits(scoring::Bits { values, present }),
    };
    scoring::Batch {
        rows: ROWS,
        ids: batch.ids.clone(),
        columns: batch
            .columns
            .iter()
            .map(|column| scoring::Column { name: column.name.clone(), data: data(&column.data) })
            .collect(),
    }
}
