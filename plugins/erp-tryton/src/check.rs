//! Can Tryton be reached, is it one we know, and what is there to read?

use recaudo_sdk::{Ctx, Fail, Stop};
use serde_json::json;

use crate::ErpTryton;
use crate::config;
use crate::ledger::LINES;
use crate::line::receivable;
use crate::rpc::{self, Call};
use crate::sweep::{Company, companies, context};

/// What was found, for a person.
pub(crate) fn check(ctx: &mut Ctx<ErpTryton>) -> Result<String, Stop> {
    let config = config::read(ctx)?;
    let version = rpc::version(ctx, &config)?;
    let found: Vec<Company> = rpc::read(ctx, &config, &companies(&config))?;
    let missing = config.companies.iter().find(|id| !found.iter().any(|company| company.id == **id));
    if let Some(id) = missing {
        let message = format!(
            "model.company.company.search_read: the user sees no company {id}; add it to the user's \
             companies in Tryton, or correct `companies`"
        );
        return Err(Fail::new(recaudo_sdk::Kind::Forbidden, "erp-tryton.no-company", message).into());
    }
    if found.is_empty() {
        let message = "model.company.company.search_read: the user sees no company; give it one in Tryton";
        return Err(Fail::new(recaudo_sdk::Kind::Forbidden, "erp-tryton.no-company", message).into());
    }
    let open = json!([receivable(&config), ["reconciliation", "=", null]]);
    let count = |model: &str, domain| {
        let params = json!([domain, 0, null, context(&config)]);
        Call::new(format!("model.{model}.search_count"), params)
    };
    let lines: u64 = rpc::read(ctx, &config, &count(LINES, open))?;
    let sold = json!([["type", "=", "out"], ["state", "in", ["posted", "paid"]]]);
    let invoices: u64 = rpc::read(ctx, &config, &count("account.invoice", sold))?;
    let named = |company: &Company| {
        let name = company.party.name.as_deref().unwrap_or("without a name");
        format!("{} {name} ({})", company.id, company.currency.code)
    };
    let companies = found.iter().map(named).collect::<Vec<_>>().join(", ");
    Ok(format!(
        "Tryton {version}; companies: {companies}; {invoices} invoices, {lines} open receivable lines"
    ))
}
