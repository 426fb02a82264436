//! A UBL document as records: customer, contact, one document a due date, and what a credit note settles.

use recaudo_sdk::erp::{Allocation, Batch, Document, Key, Settler};
use recaudo_sdk::xml::Node;
use recaudo_sdk::{inbox, values};

use crate::config::Config;
use crate::due::{self, Part};
use crate::party;
use crate::value::{Currency, Problem, amount, currency, day, money, needed};

const NAMESPACE: &str = "urn:oasis:names:specification:ubl:schema:xsd:";

/// Puts a document on the batch, or says the one thing that keeps it out.
pub(crate) fn read(
    root: &Node,
    file: &inbox::File,
    config: &Config,
    batch: &mut Batch,
) -> Result<(), Problem> {
    let facts = Facts::read(root)?;
    let key = |id: &str| Key { id: id.to_owned(), version: file.version, row: file.row };
    let customer = party::customer(root, &config.customer_id, &key)?;
    let contact = party::contact(root, &customer, &key);
    let parts = due::parts(root, facts.issued, (facts.payable, facts.currency), config.term_days)?;
    let attributes = attributes(root, &facts)?;
    let several = parts.len() > 1;
    for (part, n) in parts.iter().zip(1_u16..) {
        let instalment = if several { n } else { 0 };
        let id = if several { format!("{}#{n}", facts.id) } else { facts.id.clone() };
        let place = (key(&id), instalment);
        batch.documents.push(document(&facts, config, &customer.key.id, place, (part, &attributes)));
    }
    if config.apply_credit_notes && facts.kind == "credit-note" && !several && facts.payable > 0 {
        batch.allocations.extend(allocation(root, &facts, &key));
    }
    batch.contacts.extend(contact);
    batch.customers.push(customer);
    Ok(())
}

/// What a document says about itself.
struct Facts {
    id: String,
    number: String,
    uuid: Option<String>,
    kind: &'static str,
    issued: recaudo_sdk::Date,
    currency: Currency,
    /// Positive; the kind says which way.
    payable: i64,
    supplier: String,
}

impl Facts {
    fn read(root: &Node) -> Result<Self, Problem> {
        let kind = kind(root)?;
        let number = needed(root, &["ID"])?.to_owned();
        let issued = day(root, &["IssueDate"])?.ok_or_else(|| Problem::missing("IssueDate"))?;
        // A debit note of UBL 2.1 asks for money in `RequestedMonetaryTotal`.
        let totals = ["LegalMonetaryTotal", "RequestedMonetaryTotal"];
        let field = |total: &str| format!("{total}/PayableAmount");
        let found = totals.iter().find_map(|total| Some((field(total), root.at(&[total, "PayableAmount"])?)));
        let (field, node) = found.ok_or_else(|| Problem::missing(&field("LegalMonetaryTotal")))?;
        let code = match root.text_at(&["DocumentCurrencyCode"]) {
            Some(code) => code,
            None => node.attribute("currencyID").ok_or_else(|| Problem::missing("DocumentCurrencyCode"))?,
        };
        let currency = currency("DocumentCurrencyCode", code)?;
        let signed = amount(node, &field, currency)?;
        let kind = if signed < 0 { turned(kind) } else { kind };
        let uuid = root.text_at(&["UUID"]).filter(|uuid| is_identity(uuid)).map(str::to_owned);
        let supplier = supplier(root);
        let id = uuid.clone().unwrap_or_else(|| named(kind, &supplier, &number));
        let payable = signed.checked_abs().ok_or_else(|| Problem::missing(&field))?;
        Ok(Self { id, number, uuid, kind, issued, currency, payable, supplier })
    }
}

/// By the root element, and by the code of its type (UN/CEFACT 1001) where that says otherwise.
fn kind(root: &Node) -> Result<&'static str, Problem> {
    let unknown = |message: &str| Problem::new(&root.name, &root.namespace, "unknown-kind", message);
    if !root.namespace.starts_with(NAMESPACE) {
        return Err(unknown("this is no UBL document; take it out of the folder, or export it as UBL 2.1"));
    }
    match root.name.as_str() {
        "Invoice" => Ok(match root.text_at(&["InvoiceTypeCode"]) {
            Some("81" | "83" | "261" | "262" | "381" | "396" | "532") => "credit-note",
            Some("80" | "84" | "383" | "527") => "debit-note",
            _ => "invoice",
        }),
        "CreditNote" => Ok("credit-note"),
        "DebitNote" => Ok("debit-note"),
        "Reminder" | "Statement" | "RemittanceAdvice" => {
            Err(unknown("this tells about invoices and is none itself; take it out of the folder"))
        }
        _ => Err(unknown("this is no invoice, credit note or debit note; take it out of the folder")),
    }
}

/// A negative document is the other kind, positive.
fn turned(kind: &'static str) -> &'static str {
    if kind == "credit-note" { "debit-note" } else { "credit-note" }
}

/// A UUID, or what a tax authority puts in its place (a digest); no placeholder.
fn is_identity(text: &str) -> bool {
    (32..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

fn supplier(root: &Node) -> String {
    let places: [&[&str]; 4] = [
        &["AccountingSupplierParty", "Party", "PartyTaxScheme", "CompanyID"],
        &["AccountingSupplierParty", "Party", "PartyLegalEntity", "CompanyID"],
        &["AccountingSupplierParty", "Party", "PartyIdentification", "ID"],
        &["AccountingSupplierParty", "Party", "PartyName", "Name"],
    ];
    places.iter().find_map(|place| root.text_at(place)).unwrap_or_default().to_owned()
}

/// Numbers are unique for a supplier and a kind only.
fn named(kind: &str, supplier: &str, number: &str) -> String {
    format!("{kind}:{supplier}:{number}")
}

fn document(
    facts: &Facts,
    config: &Config,
    customer: &str,
    (key, instalment): (Key, u16),
    (part, attributes): (&Part, &[values::Attribute]),
) -> Document {
    Document {
        key,
        creditor: config.creditor.clone(),
        customer: customer.to_owned(),
        number: facts.number.clone(),
        instalment,
        kind: facts.kind.to_owned(),
        issued: facts.issued.epoch_day(),
        due: part.due.epoch_day(),
        total: money(part.minor, facts.currency),
        open: None,
        exchange_rate: None,
        status: String::new(),
        disputed: false,
        attributes: attributes.to_vec(),
    }
}

/// What is worth keeping beside the amounts.
fn attributes(root: &Node, facts: &Facts) -> Result<Vec<values::Attribute>, Problem> {
    let mut kept: Vec<values::Attribute> = vec![];
    let texts: [(&str, &[&str]); 5] = [
        ("payment-reference", &["PaymentMeans", "PaymentID"]),
        ("payment-terms", &["PaymentTerms", "Note"]),
        ("order", &["OrderReference", "ID"]),
        ("buyer-reference", &["BuyerReference"]),
        ("billing-reference", &["BillingReference", "InvoiceDocumentReference", "ID"]),
    ];
    for (name, path) in texts {
        kept.extend(root.text_at(path).map(|text| (name.to_owned(), text.chars().take(200).collect())));
    }
    let totals = root.child("LegalMonetaryTotal").or_else(|| root.child("RequestedMonetaryTotal"));
    for (name, element) in
        [("gross", "TaxInclusiveAmount"), ("net", "TaxExclusiveAmount"), ("prepaid", "PrepaidAmount")]
    {
        if let Some(node) = totals.and_then(|totals| totals.child(element)) {
            let minor = amount(node, &format!("LegalMonetaryTotal/{element}"), facts.currency)?;
            if minor != 0 || name != "prepaid" {
                let shown = recaudo_sdk::Money::from(money(minor, facts.currency)).to_string();
                kept.push((name.to_owned(), shown));
            }
        }
    }
    if facts.uuid.is_some() && !facts.supplier.is_empty() {
        kept.push(("supplier".to_owned(), facts.supplier.clone()));
    }
    Ok(kept)
}

/// A credit note that names one invoice settles it, if what it names identifies it: its UUID, or its number where
/// the issuer uses no UUIDs.
fn allocation(root: &Node, facts: &Facts, key: &dyn Fn(&str) -> Key) -> Option<Allocation> {
    let mut named_ones =
        root.children("BillingReference").filter_map(|node| node.child("InvoiceDocumentReference"));
    let (Some(reference), None) = (named_ones.next(), named_ones.next()) else { return None };
    let document = match (reference.text_at(&["UUID"]).filter(|uuid| is_identity(uuid)), &facts.uuid) {
        (Some(uuid), _) => uuid.to_owned(),
        (None, None) => named("invoice", &facts.supplier, reference.text_at(&["ID"])?),
        (None, Some(_)) => return None,
    };
    Some(Allocation {
        key: key(&format!("{}>{document}", facts.id)),
        settler: Settler::CreditNote(facts.id.clone()),
        document,
        amount: money(facts.payable, facts.currency),
        on: facts.issued.epoch_day(),
    })
}
