//! UBL 2.1 invoices, credit notes and debit notes from a folder, each file once.
//!
//! A file is one document; it comes in whole or is one reject that names file, element and value. Read `document`
//! (what becomes what), `party` (who owes), `due` (when, and in how many parts), `value` (exact days and amounts).

mod config;
mod document;
mod due;
mod party;
#[cfg(test)]
mod tests;
mod value;

use recaudo_sdk::inbox::{self, File, Inbox};
use recaudo_sdk::xml::{self, Limits, Node, XmlError};
use recaudo_sdk::{Ctx, Stop, erp, files};

use config::Config;
use value::Problem;

/// The label of the folder in the manifest.
const SOURCE: &str = "drop";
const FEED: &str = "documents";
/// Documents may carry their own PDF: texts up to a whole file.
const LIMITS: Limits = Limits {
    depth: 64,
    attributes: 64,
    attribute_bytes: 64 * 1024,
    text_bytes: 8 * 1024 * 1024,
    element_bytes: 16 * 1024 * 1024,
};

/// The plugin.
#[derive(Debug, Clone, Copy)]
pub struct ErpUbl;

impl recaudo_sdk::Importer for ErpUbl {
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
        inbox::pull(ctx, &request, &inbox, |file, page| {
            let taken = document(file).and_then(|root| document::read(&root, file, &config, &mut page.rows));
            if let Err(Problem { field, value, code, message }) = taken {
                page.rejects.push(file.reject(&field, &value, code, message));
            }
        })
    }
}
recaudo_sdk::export!(ErpUbl: Importer);

/// The document of a file: the root, or what an `AttachedDocument` carries (Colombia's DIAN wraps an invoice and
/// the authority's answer into one).
fn document(file: &File) -> Result<Node, Problem> {
    let read = |bytes: &[u8]| xml::read_within(bytes, LIMITS).map_err(|error| broken(&error));
    let root = read(&file.bytes)?;
    let carried = &["Attachment", "ExternalReference", "Description"];
    match root.text_at(carried).filter(|_| root.name == "AttachedDocument") {
        Some(text) if text.starts_with('<') => read(text.as_bytes()),
        _ => Ok(root),
    }
}

fn broken(error: &XmlError) -> Problem {
    Problem::new("", "", error.code, format!("line {}: {}", error.line, error.message))
}
