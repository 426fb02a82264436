//! Mexico's CFDI 4.0 from a folder, each file once: income (I), credit (E), payments received (P, REP 2.0).
//!
//! A file is one document; it comes in whole or is one reject that names file, attribute and value. The stamp's UUID
//! is the identity by which documents name each other. Read `document` (I and E), `payment` (P), `value`.

mod config;
mod document;
mod payment;
#[cfg(test)]
mod tests;
mod value;

use recaudo_sdk::erp::{Batch, Key};
use recaudo_sdk::inbox::{self, File, Inbox};
use recaudo_sdk::xml::{self, Limits, Node, XmlError};
use recaudo_sdk::{Ctx, Stop, erp, files};

use config::Config;
use document::Head;
use value::{Problem, needed};

/// The label of the folder in the manifest.
const SOURCE: &str = "drop";
const FEED: &str = "documents";
const NAMESPACE: &str = "http://www.sat.gob.mx/cfd/4";

/// The plugin.
#[derive(Debug, Clone, Copy)]
pub struct ErpCfdi;

impl recaudo_sdk::Importer for ErpCfdi {
    fn check(ctx: &mut Ctx<Self>) -> Result<String, Stop> {
        ctx.config_as::<Config>()?;
        let listing = files::Listing {
            source: SOURCE.into(),
            prefix: String::new(),
            after: String::new(),
            limit: 1_000,
        };
        let listed = ctx.enumerate(listing)?;
        let count = listed.entries.iter().filter(|entry| entry.path.to_lowercase().ends_with(".xml")).count();
        Ok(format!("{}{count} XML files in the folder", if listed.more { "more than " } else { "" }))
    }

    fn discover(ctx: &mut Ctx<Self>) -> Result<Vec<erp::Feed>, Stop> {
        ctx.config_as::<Config>()?;
        Ok(vec![erp::Feed { name: FEED.into(), incremental: true, deletes: false, snapshot: false }])
    }

    fn pull(ctx: &mut Ctx<Self>, request: erp::PullRequest) -> Result<erp::Page, Stop> {
        let config: Config = ctx.config_as()?;
        let meaning = ctx.config().to_vec();
        let inbox = Inbox { archive: config.archive, meaning, ..Inbox::new(SOURCE, ".xml") };
        inbox::pull(ctx, &request, &inbox, |file, page| match document(file, &config) {
            Ok(read) => append(&mut page.rows, read),
            Err(Problem { field, value, code, message }) => {
                page.rejects.push(file.reject(&field, &value, code, message));
            }
        })
    }
}
recaudo_sdk::export!(ErpCfdi: Importer);

/// A file's records, all of them or none.
fn document(file: &File, config: &Config) -> Result<Batch, Problem> {
    let root = xml::read_within(&file.bytes, Limits::default()).map_err(|error| broken(&error))?;
    let kind = kind(&root)?;
    let key = |id: &str| Key { id: id.to_owned(), version: file.version, row: file.row };
    let head = Head::read(&root, config, &key)?;
    let mut batch = Batch::default();
    match kind {
        Kind::Income => document::read(head, "invoice", config, &key, &mut batch)?,
        Kind::Credit => document::read(head, "credit-note", config, &key, &mut batch)?,
        Kind::Payment => payment::read(head, config, &key, &mut batch)?,
    }
    Ok(batch)
}

enum Kind {
    Income,
    Credit,
    Payment,
}

fn kind(root: &Node) -> Result<Kind, Problem> {
    let unknown =
        |field: &str, value: &str, message: &str| Problem::new(field, value, "unknown-kind", message);
    if root.name != "Comprobante" || root.namespace.as_ref() != NAMESPACE {
        let message = "this is no CFDI 4.0; take it out of the folder";
        return Err(unknown(&root.name, &root.namespace, message));
    }
    let version = needed(root, "Version")?;
    if version != "4.0" {
        return Err(unknown(
            "Comprobante/@Version",
            version,
            "only version 4.0 is read; ask the issuer for a new one",
        ));
    }
    match needed(root, "TipoDeComprobante")? {
        "I" => Ok(Kind::Income),
        "E" => Ok(Kind::Credit),
        "P" => Ok(Kind::Payment),
        other => {
            let message =
                "only I, E and P say who owes or paid; take transfers (T) and payrolls (N) out of the folder";
            Err(unknown("Comprobante/@TipoDeComprobante", other, message))
        }
    }
}

fn append(rows: &mut Batch, read: Batch) {
    rows.customers.extend(read.customers);
    rows.documents.extend(read.documents);
    rows.payments.extend(read.payments);
    rows.allocations.extend(read.allocations);
}

fn broken(error: &XmlError) -> Problem {
    Problem::new("", "", error.code, format!("line {}: {}", error.line, error.message))
}
