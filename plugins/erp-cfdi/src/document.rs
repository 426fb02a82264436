//! Income (I) and credit (E) documents: who owes, how much, until when, and what a credit settles.

use recaudo_sdk::erp::{Allocation, Batch, Customer, Document, Key, Payment, Settler};
use recaudo_sdk::xml::Node;
use recaudo_sdk::{Date, values};

use crate::config::{Config, Pue, Unstamped};
use crate::value::{Currency, Problem, amount, child, currency, day, money, needed, rate, text, uuid};

/// What every kind of CFDI has.
pub(crate) struct Head<'n> {
    pub(crate) root: &'n Node,
    /// The UUID of its stamp.
    pub(crate) id: String,
    pub(crate) number: String,
    pub(crate) issued: Date,
    pub(crate) customer: Customer,
}

/// Kinds of relation that take from what is owed: credit note, return of goods, advance (`c_TipoRelacion`).
const CREDITING: [&str; 3] = ["01", "03", "07"];

impl<'n> Head<'n> {
    pub(crate) fn read(root: &'n Node, config: &Config, key: &dyn Fn(&str) -> Key) -> Result<Self, Problem> {
        let issuer = needed(child(root, "Emisor")?, "Rfc")?;
        if !config.rfc.is_empty() && issuer != config.rfc {
            let message = "another company issued it; is it a purchase? take it out of the folder";
            return Err(Problem::new("Emisor/@Rfc", issuer, "other-issuer", message));
        }
        let id = identity(root, config)?;
        let parts = [text(root, "Serie"), text(root, "Folio")];
        let number: Vec<&str> = parts.into_iter().flatten().collect();
        let number = if number.is_empty() { id.clone() } else { number.join("-") };
        let issued = day(root, "Fecha")?;
        Ok(Self { root, id, number, issued, customer: customer(child(root, "Receptor")?, key)? })
    }
}

/// The stamp's UUID. Without a stamp a CFDI does not exist for the SAT; its issuer's seal may stand in.
fn identity(root: &Node, config: &Config) -> Result<String, Problem> {
    const STAMP: &str = "TimbreFiscalDigital/@UUID";
    let stamp = root.at(&["Complemento", "TimbreFiscalDigital"]);
    if let Some(text) = stamp.and_then(|stamp| text(stamp, "UUID")) {
        return uuid(STAMP, text);
    }
    if config.unstamped == Unstamped::Refuse {
        let message =
            "the document is not stamped, so it has no UUID; have it stamped, or set `unstamped` to accept";
        return Err(Problem::new(STAMP, "", "not-stamped", message));
    }
    let seal = needed(root, "Sello")?;
    Ok(format!("SELLO:{}", seal.chars().take(32).collect::<String>()))
}

/// Receivers who have no RFC of their own share these: the public, and those abroad.
const GENERIC: [&str; 2] = ["XAXX010101000", "XEXX010101000"];

fn customer(receptor: &Node, key: &dyn Fn(&str) -> Key) -> Result<Customer, Problem> {
    let rfc = needed(receptor, "Rfc")?;
    let name = text(receptor, "Nombre").unwrap_or(rfc);
    let generic = GENERIC.contains(&rfc);
    let abroad = text(receptor, "NumRegIdTrib");
    let id = if generic { format!("{rfc}:{}", abroad.unwrap_or(name)) } else { rfc.to_owned() };
    let kept = [
        ("postal-code", "DomicilioFiscalReceptor"),
        ("regime", "RegimenFiscalReceptor"),
        ("residence", "ResidenciaFiscal"),
    ];
    let attributes =
        kept.into_iter().filter_map(|(name, from)| Some((name.into(), text(receptor, from)?.into())));
    // Companies have twelve characters, persons thirteen.
    let kind = match (generic, rfc.chars().count()) {
        (false, 12) => "business",
        (false, 13) => "person",
        _ => "",
    };
    Ok(Customer {
        key: key(&id),
        name: name.to_owned(),
        kind: kind.to_owned(),
        parent: None,
        tax_id: if generic { abroad.map(str::to_owned) } else { Some(rfc.to_owned()) },
        country: if rfc == GENERIC[1] { "" } else { "MX" }.to_owned(),
        locale: String::new(),
        time_zone: String::new(),
        attributes: attributes.collect(),
    })
}

/// Puts an income or credit document on the batch.
pub(crate) fn read(
    head: Head<'_>,
    kind: &'static str,
    config: &Config,
    key: &dyn Fn(&str) -> Key,
    batch: &mut Batch,
) -> Result<(), Problem> {
    let root = head.root;
    let currency = currency(root, "Moneda")?;
    let total = amount(root, "Total", currency)?;
    let exchange_rate = rate(root, "TipoCambio")?.filter(|_| currency.code != *b"MXN");
    let related = related(root)?;
    let at_once = text(root, "MetodoPago") == Some("PUE");
    let days = terms(root).unwrap_or(if at_once { 0 } else { i32::from(config.term_days) });
    let owed = kind == "invoice";
    batch.documents.push(Document {
        key: key(&head.id),
        creditor: config.creditor.clone(),
        customer: head.customer.key.id.clone(),
        number: head.number.clone(),
        instalment: 0,
        kind: kind.to_owned(),
        issued: head.issued.epoch_day(),
        due: head.issued.plus(if owed { days } else { 0 }).epoch_day(),
        total: money(total, currency),
        open: None,
        exchange_rate,
        status: String::new(),
        disputed: false,
        attributes: attributes(root, &related),
    });
    if owed && at_once && config.pue == Pue::Paid && total > 0 {
        paid_at_once(&head, config, money(total, currency), key, batch);
    }
    if !owed && config.apply_credit_notes && total > 0 {
        batch.allocations.extend(credited(&head, &related, (total, currency), key));
    }
    batch.customers.push(head.customer);
    Ok(())
}

/// Days of credit in `CondicionesDePago`: `NETO 30 DIAS`, `Crédito a 15 días`, `30 days`, `CONTADO`.
fn terms(root: &Node) -> Option<i32> {
    let written = text(root, "CondicionesDePago")?.to_lowercase().replace('í', "i");
    let words: Vec<&str> =
        written.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let unit = |word: &str| word.starts_with("dia") || word.starts_with("day");
    for (at, word) in words.iter().enumerate() {
        let digits: String = word.chars().take_while(char::is_ascii_digit).collect();
        let rest = &word[digits.len()..];
        let named = unit(rest) || (rest.is_empty() && words.get(at + 1).is_some_and(|next| unit(next)));
        if let (true, Ok(days)) = (named, digits.parse::<u16>()) {
            return (days <= 3_650).then_some(i32::from(days));
        }
    }
    words.contains(&"contado").then_some(0)
}

/// Relation and UUID of every document it names.
fn related(root: &Node) -> Result<Vec<(String, String)>, Problem> {
    let mut found = vec![];
    for group in root.children("CfdiRelacionados") {
        let relation = needed(group, "TipoRelacion")?;
        for one in group.children("CfdiRelacionado") {
            let id = uuid("CfdiRelacionado/@UUID", needed(one, "UUID")?)?;
            found.push((relation.to_owned(), id));
        }
    }
    Ok(found)
}

fn attributes(root: &Node, related: &[(String, String)]) -> Vec<values::Attribute> {
    let kept = [
        ("payment-method", "MetodoPago"),
        ("payment-form", "FormaPago"),
        ("payment-terms", "CondicionesDePago"),
        ("net", "SubTotal"),
    ];
    let texts =
        kept.into_iter().filter_map(|(name, from)| Some((name.to_owned(), text(root, from)?.to_owned())));
    let mut made: Vec<values::Attribute> = texts.collect();
    // A substitute takes the place of a document that was, or has to be, cancelled at the SAT.
    for (name, wanted) in [("replaces", true), ("related", false)] {
        let ids =
            related.iter().filter(|(relation, _)| (relation == "04") == wanted).map(|(_, id)| id.as_str());
        let ids: Vec<&str> = ids.take(20).collect();
        if !ids.is_empty() {
            made.push((name.to_owned(), ids.join(" ")));
        }
    }
    made
}

/// A credit that is about one document settles it.
fn credited(
    head: &Head<'_>,
    related: &[(String, String)],
    (total, currency): (i64, Currency),
    key: &dyn Fn(&str) -> Key,
) -> Option<Allocation> {
    let mut about = related.iter().filter(|(relation, _)| CREDITING.contains(&relation.as_str()));
    let (Some((_, document)), None) = (about.next(), about.next()) else { return None };
    Some(Allocation {
        key: key(&format!("{}>{document}", head.id)),
        settler: Settler::CreditNote(head.id.clone()),
        document: document.clone(),
        amount: money(total, currency),
        on: head.issued.epoch_day(),
    })
}

/// No payment document follows a PUE: what it says itself is all the issuer will say.
fn paid_at_once(
    head: &Head<'_>,
    config: &Config,
    amount: values::Money,
    key: &dyn Fn(&str) -> Key,
    batch: &mut Batch,
) {
    let id = format!("{}#PUE", head.id);
    let on = head.issued.epoch_day();
    batch.payments.push(Payment {
        key: key(&id),
        creditor: config.creditor.clone(),
        customer: head.customer.key.id.clone(),
        received: on,
        amount,
        method: method(text(head.root, "FormaPago").unwrap_or_default()).to_owned(),
        reference: String::new(),
        attributes: vec![("inferred".into(), "pue".into())],
    });
    batch.allocations.push(Allocation {
        key: key(&format!("{id}>{}", head.id)),
        settler: Settler::Payment(id),
        document: head.id.clone(),
        amount,
        on,
    });
}

/// `c_FormaPago` as the contract's codes.
pub(crate) fn method(form: &str) -> &'static str {
    match form {
        "01" => "cash",
        "02" => "cheque",
        "03" => "transfer",
        "04" | "28" | "29" => "card",
        _ => "",
    }
}
