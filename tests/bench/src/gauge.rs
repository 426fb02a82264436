//! CPU, wall and memory of this process and of the parts it runs.

use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, bail};
use serde_json::Value;

/// CPU seconds of all threads so far.
pub(crate) fn cpu_s() -> anyhow::Result<f64> {
    let mut nanos = 0_u64;
    for thread in std::fs::read_dir("/proc/self/task")? {
        let line = std::fs::read_to_string(thread?.path().join("schedstat")).unwrap_or_default();
        nanos += line.split(' ').next().and_then(|n| n.trim().parse::<u64>().ok()).unwrap_or(0);
    }
    Ok(seconds(nanos))
}

/// Highest resident memory so far, MiB.
pub(crate) fn peak_mib() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM")).context("no VmHWM")?;
    let kib: u64 = line.split_whitespace().nth(1).context("no number")?.parse()?;
    Ok(kib / 1024)
}

#[expect(clippy::cast_precision_loss, reason = "a measured time")]
fn seconds(nanos: u64) -> f64 {
    nanos as f64 / 1e9
}

/// A stretch of work of this process.
pub(crate) struct Stretch {
    started: Instant,
    cpu_s: f64,
}

impl Stretch {
    pub(crate) fn begin() -> anyhow::Result<Self> {
        Ok(Self { started: Instant::now(), cpu_s: cpu_s()? })
    }

    /// (CPU seconds, wall seconds) since.
    pub(crate) fn end(&self) -> anyhow::Result<(f64, f64)> {
        Ok((cpu_s()? - self.cpu_s, self.started.elapsed().as_secs_f64()))
    }
}

/// Runs a part of this program in a process of its own and reads the JSON on its last line.
pub(crate) fn part(name: &str, args: &[&str]) -> anyhow::Result<Value> {
    let output = Command::new(std::env::current_exe()?)
        .arg(name)
        .args(args)
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("running {name}"))?;
    if !output.status.success() {
        bail!("{name} failed: {}", output.status);
    }
    let text = String::from_utf8(output.stdout)?;
    let line = text.lines().last().with_context(|| format!("{name} said nothing"))?;
    serde_json::from_str(line).with_context(|| format!("{name} said {line:?}"))
}

/// A number of a part's answer.
pub(crate) fn figure(answer: &Value, key: &str) -> anyhow::Result<f64> {
    answer.get(key).and_then(Value::as_f64).with_context(|| format!("no {key} in {answer}"))
}
