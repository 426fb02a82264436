//! What one detail of an entry says: who, for what, and how much of the entry it is.

use recaudo_sdk::Money;
use recaudo_sdk::xml::Node;

use crate::fields::{self, Bad};

/// A detail (`TxDtls`), or an entry without any.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Detail {
    /// The bank's reference of this very detail.
    pub(crate) own: String,
    /// With its sign; none when the bank does not say it in the entry's currency.
    pub(crate) amount: Option<Money>,
    pub(crate) counterparty: String,
    pub(crate) account: String,
    pub(crate) reference: String,
    pub(crate) remittance: String,
    pub(crate) attributes: Vec<(String, String)>,
}

/// What the entry says about all of its details.
pub(crate) struct Side<'a> {
    pub(crate) side: &'a str,
    pub(crate) reversal: bool,
    pub(crate) currency: [u8; 3],
}

/// Reads a detail.
pub(crate) fn read(node: &Node, entry: &Side<'_>) -> Result<Detail, Bad> {
    let side = node.text_at(&["CdtDbtInd"]).unwrap_or(entry.side);
    let amount = match amount(node, entry.currency)? {
        Some(amount) => Some(fields::signed(amount, side)?),
        None => None,
    };
    // Of a return the parties keep their roles: who paid first is the debtor still.
    let payer = (side == "CRDT") != entry.reversal;
    let (counterparty, account) = other_side(node, payer);
    let mut detail = Detail {
        own: node.text_at(&["Refs", "AcctSvcrRef"]).unwrap_or("").to_owned(),
        amount,
        counterparty,
        account,
        reference: reference(node),
        remittance: remittance(node),
        attributes: vec![],
    };
    attributes(node, entry.currency, &mut detail.attributes);
    Ok(detail)
}

/// How much of the entry the detail is, in the entry's currency.
fn amount(node: &Node, currency: [u8; 3]) -> Result<Option<Money>, Bad> {
    let paths: [&[&str]; 4] = [
        &["Amt"],
        &["AmtDtls", "TxAmt", "Amt"],
        &["AmtDtls", "CntrValAmt", "Amt"],
        &["AmtDtls", "InstdAmt", "Amt"],
    ];
    for path in paths {
        let Some(found) = node.at(path) else { continue };
        if found.attribute("Ccy").map(str::as_bytes) == Some(&currency) {
            return fields::amount(Some(found)).map(Some);
        }
    }
    Ok(None)
}

fn other_side(node: &Node, payer: bool) -> (String, String) {
    let (party, last, account) =
        if payer { ("Dbtr", "UltmtDbtr", "DbtrAcct") } else { ("Cdtr", "UltmtCdtr", "CdtrAcct") };
    let Some(parties) = node.child("RltdPties") else { return Default::default() };
    let name = |role| parties.child(role).and_then(fields::name);
    let counterparty = name(party).or_else(|| name(last)).unwrap_or("").to_owned();
    (counterparty, parties.child(account).map_or("", fields::account).to_owned())
}

/// The end-to-end reference; banks write a word where the payer gave none.
fn reference(node: &Node) -> String {
    let none = |text: &&str| {
        !matches!(text.to_ascii_uppercase().as_str(), "NOTPROVIDED" | "NOT PROVIDED" | "NONREF")
    };
    let paths: [&[&str]; 5] = [
        &["Refs", "EndToEndId"],
        &["RmtInf", "Strd", "CdtrRefInf", "Ref"],
        &["RmtInf", "Strd", "CdtrRefInf", "CdtrRef"],
        &["Refs", "InstrId"],
        &["Refs", "ChqNb"],
    ];
    paths.iter().filter_map(|path| node.text_at(path)).find(none).unwrap_or("").to_owned()
}

/// What the payer wrote: free lines, then structured references, numbers of documents, additions.
fn remittance(node: &Node) -> String {
    let mut lines: Vec<&str> = vec![];
    if let Some(info) = node.child("RmtInf") {
        lines.extend(info.children("Ustrd").map(|line| line.text.trim()));
        for structured in info.children("Strd") {
            lines.extend(structured.text_at(&["CdtrRefInf", "Ref"]));
            lines.extend(structured.text_at(&["CdtrRefInf", "CdtrRef"]));
            for document in structured.children("RfrdDocInf") {
                lines.extend(document.text_at(&["Nb"]).or_else(|| document.text_at(&["RfrdDocNb"])));
            }
            lines.extend(structured.children("AddtlRmtInf").map(|line| line.text.trim()));
        }
    }
    lines.retain(|line| !line.is_empty());
    if lines.is_empty() {
        lines.extend(node.text_at(&["AddtlTxInf"]));
    }
    lines.join("\n")
}

fn attributes(node: &Node, currency: [u8; 3], attributes: &mut Vec<(String, String)>) {
    let mut add = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            attributes.push((name.to_owned(), value.to_owned()));
        }
    };
    add("bank-code", fields::bank_code(node).as_deref());
    add("mandate", node.text_at(&["Refs", "MndtId"]));
    add("creditor-reference", node.text_at(&["RmtInf", "Strd", "CdtrRefInf", "Ref"]));
    let reason = node.text_at(&["RtrInf", "Rsn", "Cd"]).or_else(|| node.text_at(&["RtrInf", "RtrRsn", "Cd"]));
    add("return-reason", reason.or_else(|| node.text_at(&["RtrInf", "Rsn", "Prtry"])));
    let paths: [&[&str]; 3] = [&["AmtDtls", "InstdAmt", "Amt"], &["Amt"], &["AmtDtls", "TxAmt", "Amt"]];
    let foreign = paths.iter().filter_map(|path| node.at(path)).find_map(|found| {
        let code = found.attribute("Ccy").filter(|code| code.as_bytes() != currency)?;
        Some(format!("{} {code}", found.text.trim()))
    });
    add("original-amount", foreign.as_deref());
}
