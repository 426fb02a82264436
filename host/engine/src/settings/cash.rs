//! `[cash]`, `[[statements]]` and `[allocator]`: how money that comes in is read, recognised and applied.

use std::collections::BTreeMap;

use recaudo_core::money::Currency;
use recaudo_ports::plugin::{Grants, Installation};
use serde::Deserialize;

use super::home::{RawPlugin, plugin};
use super::{amount, installation};

/// How money that comes in is recognised and applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cash {
    /// As sure as this, a suggestion is posted; below it waits for a person. Parts per million.
    pub confidence_ppm: i32,
    /// Days by which two roads may differ about one payment.
    pub day_window: i32,
    /// Days after which a bank no longer returns a transfer.
    pub return_days: i32,
    /// The most that is given up with a reason (a bank's fee, rounding, a discount), minor units by currency.
    pub write_off: BTreeMap<Currency, i64>,
}

impl Default for Cash {
    fn default() -> Self {
        Self { confidence_ppm: 900_000, day_window: 5, return_days: 90, write_off: BTreeMap::new() }
    }
}

/// A plugin that reads bank files, and what it calls the folder they are in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementReader {
    /// Its grants are made for each file: the folder it is in, and no other.
    pub installation: Installation,
    /// The label of its manifest's source of files.
    pub label: String,
}

/// As written.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Raw {
    confidence_ppm: Option<i32>,
    day_window: Option<i32>,
    return_days: Option<i32>,
    #[serde(default)]
    write_off: BTreeMap<String, toml::Value>,
}

/// The readers of a home that names none.
const READERS: [&str; 4] = ["statement-camt", "statement-mt940", "statement-ofx", "statement-bai2"];
/// The allocator of a home that names none.
const ALLOCATOR: &str = "allocator-standard";
/// What readers call the folder of bank files, unless their manifest says otherwise.
const LABEL: &str = "drop";

pub(super) fn cash(raw: &Raw) -> Result<Cash, String> {
    let within = |key: &str, value: Option<i32>, default: i32, (least, most): (i32, i32)| match value {
        Some(value) if !(least..=most).contains(&value) => {
            Err(format!("cash.{key}: expected {least} to {most}, found {value}"))
        }
        value => Ok(value.unwrap_or(default)),
    };
    let built_in = Cash::default();
    Ok(Cash {
        confidence_ppm: within(
            "confidence_ppm",
            raw.confidence_ppm,
            built_in.confidence_ppm,
            (1, 1_000_001),
        )?,
        day_window: within("day_window", raw.day_window, built_in.day_window, (0, 60))?,
        return_days: within("return_days", raw.return_days, built_in.return_days, (1, 730))?,
        write_off: amount::by_currency("cash.write_off", &raw.write_off)?.into_iter().collect(),
    })
}

type Installed = (Vec<StatementReader>, Option<Installation>);

/// What the home says, else the built-in ones.
pub(super) fn installed(
    statements: Option<Vec<RawPlugin>>,
    allocator: Option<RawPlugin>,
) -> Result<Installed, String> {
    let built_in = |id: &str| installation(id, id.into(), [0; 32], b"{}".into(), Grants::default());
    let reader = |installation| StatementReader { installation, label: LABEL.into() };
    let statements = match statements {
        None => READERS.iter().map(|id| reader(built_in(id))).collect(),
        Some(raw) => {
            let each = raw.into_iter().enumerate().map(|(place, raw)| {
                plugin(&format!("statements[{place}]"), &format!("statement-{place}"), raw).map(reader)
            });
            each.collect::<Result<_, _>>()?
        }
    };
    let allocator = match allocator {
        None => built_in(ALLOCATOR),
        Some(raw) => plugin("allocator", "allocator", raw)?,
    };
    Ok((statements, Some(allocator)))
}
