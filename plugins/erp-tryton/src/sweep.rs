//! What changed since the last time: the database's own clock says since when, ids say how far.
//!
//! Rows come in the order of their ids, so a page can be asked again, and a row changed behind the sweep's
//! back is in the next one: that begins at the latest change seen when this one began, less an overlap for
//! transactions that were still under way. No clock but the database's is asked.

use recaudo_sdk::{Ctx, Stop};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::ErpTryton;
use crate::config::Config;
use crate::rpc::{self, Call};
use crate::wire::{Stamp, Touched};

/// Ids a condition names at most.
pub(crate) const IDS_MAX: usize = 500;

/// What every call is made under: inactive records too, they are still owed by.
pub(crate) fn context(config: &Config) -> Value {
    match config.companies[..] {
        [company] => json!({ "active_test": false, "company": company }),
        _ => json!({ "active_test": false }),
    }
}

/// A `search_read`.
pub(crate) fn search(config: &Config, model: &str, domain: &Value, fields: &[&str]) -> Call {
    page(config, model, (domain, None), fields)
}

/// A `search_read` of the first so many in the order of their ids.
pub(crate) fn page(
    config: &Config,
    model: &str,
    (domain, limit): (&Value, Option<u32>),
    fields: &[&str],
) -> Call {
    let params = json!([domain, 0, limit, [["id", "ASC"]], fields, context(config)]);
    Call::new(format!("model.{model}.search_read"), params)
}

/// One call for each handful of ids.
pub(crate) fn by_ids(
    config: &Config,
    model: &str,
    ids: &[i64],
    domain: impl Fn(&[i64]) -> Value,
    fields: &[&str],
) -> Vec<Call> {
    ids.chunks(IDS_MAX).map(|ids| search(config, model, &domain(ids), fields)).collect()
}

/// The rows of several calls, in one list.
pub(crate) fn rows<T: DeserializeOwned>(
    calls: &[Call],
    answers: &[recaudo_sdk::http::Response],
) -> Result<Vec<T>, Stop> {
    let mut all = vec![];
    for (call, answer) in calls.iter().zip(answers) {
        all.extend(rpc::result::<Vec<T>>(answer, call)?);
    }
    Ok(all)
}

/// The latest change of these models, by the database's clock.
pub(crate) fn latest(ctx: &mut Ctx<ErpTryton>, config: &Config, models: &[&str]) -> Result<Stamp, Stop> {
    let ask = |model: &&str, field: &str| {
        let params = json!([
            [[field, "!=", null]],
            0,
            1,
            [[field, "DESC"]],
            ["create_date", "write_date"],
            context(config)
        ]);
        Call::new(format!("model.{model}.search_read"), params)
    };
    let calls: Vec<Call> =
        models.iter().flat_map(|model| [ask(model, "create_date"), ask(model, "write_date")]).collect();
    let answers = rpc::read_all(ctx, config, &calls)?;
    let rows: Vec<Touched> = rows(&calls, &answers)?;
    Ok(rows.into_iter().map(Touched::at).max().unwrap_or_default())
}

/// `path` is empty for the row itself, or leads to another, such as `move.`.
pub(crate) fn touched_since(from: Stamp, paths: &[&str]) -> Value {
    let mut any = vec![json!("OR")];
    for path in paths {
        for field in ["create_date", "write_date"] {
            any.push(json!([[format!("{path}{field}"), ">=", from.to_json()]]));
        }
    }
    Value::Array(any)
}

/// A company whose books are read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Company {
    pub(crate) id: i64,
    #[serde(rename = "currency.")]
    pub(crate) currency: crate::amount::Currency,
    #[serde(rename = "party.")]
    pub(crate) party: Named,
}

/// Something with a name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub(crate) struct Named {
    #[serde(default)]
    pub(crate) name: Option<String>,
}

/// The companies this configuration reads.
pub(crate) fn companies(config: &Config) -> Call {
    let domain =
        if config.companies.is_empty() { json!([]) } else { json!([["id", "in", config.companies]]) };
    search(config, "company.company", &domain, &["currency.code", "currency.digits", "party.name"])
}

/// `name` is the path to a row's company.
pub(crate) fn of_companies(config: &Config, name: &str) -> Value {
    if config.companies.is_empty() { json!([]) } else { json!([[name, "in", config.companies]]) }
}
