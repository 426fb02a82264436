//! Payment documents (REP 2.0): money received, and which documents it settles.

use std::collections::BTreeMap;

use recaudo_sdk::erp::{Allocation, Batch, Key, Payment, Settler};
use recaudo_sdk::xml::Node;
use recaudo_sdk::{Money, values};

use crate::config::Config;
use crate::document::{Head, method};
use crate::value::{Currency, Problem, amount, child, currency, day, money, needed, rate, shown, text, uuid};

const NAMESPACE: &str = "http://www.sat.gob.mx/Pagos20";

/// A part of a payment that goes to one document.
struct Part {
    document: String,
    currency: Currency,
    paid: i64,
    number: String,
}

/// Puts a payment document on the batch.
pub(crate) fn read(
    head: Head<'_>,
    config: &Config,
    key: &dyn Fn(&str) -> Key,
    batch: &mut Batch,
) -> Result<(), Problem> {
    let payments =
        head.root.at(&["Complemento", "Pagos"]).ok_or_else(|| Problem::missing("Complemento/Pagos"))?;
    if payments.namespace.as_ref() != NAMESPACE {
        let message = "only payment complements of version 2.0 are read; ask the issuer for a new one";
        return Err(Problem::new("Pagos", &payments.namespace, "unknown-kind", message));
    }
    child(payments, "Pago")?;
    for (pago, n) in payments.children("Pago").zip(1..) {
        one(&head, config, (pago, n), key, batch)?;
    }
    batch.customers.push(head.customer);
    Ok(())
}

/// One payment: as many records as the documents it settles have currencies, for an item is settled in its own.
fn one(
    head: &Head<'_>,
    config: &Config,
    (pago, n): (&Node, u32),
    key: &dyn Fn(&str) -> Key,
    batch: &mut Batch,
) -> Result<(), Problem> {
    let (received, own) = (day(pago, "FechaPago")?, currency(pago, "MonedaP")?);
    let total = amount(pago, "Monto", own)?;
    let parts = parts(pago, own, total)?;
    let mut sums: BTreeMap<Currency, i64> = BTreeMap::new();
    for part in &parts {
        let sum = sums.entry(part.currency).or_insert(0);
        *sum = sum.checked_add(part.paid).ok_or_else(|| over(pago, total))?;
    }
    if sums.is_empty() || (sums.len() == 1 && sums.contains_key(&own)) {
        // All that came in, also what settles nothing yet.
        sums.insert(own, total);
    }
    let several = sums.len() > 1;
    let id = |currency: Currency| {
        let code = String::from_utf8_lossy(&currency.code).into_owned();
        if several { format!("{}#{n}:{code}", head.id) } else { format!("{}#{n}", head.id) }
    };
    for (currency, sum) in sums {
        batch.payments.push(Payment {
            key: key(&id(currency)),
            creditor: config.creditor.clone(),
            customer: head.customer.key.id.clone(),
            received: received.epoch_day(),
            amount: money(sum, currency),
            method: method(text(pago, "FormaDePagoP").unwrap_or_default()).to_owned(),
            reference: text(pago, "NumOperacion").unwrap_or_default().to_owned(),
            attributes: attributes(pago, &parts, (own, total), currency)?,
        });
    }
    for part in parts {
        let payment = id(part.currency);
        batch.allocations.push(Allocation {
            key: key(&format!("{payment}>{}/{}", part.document, part.number)),
            settler: Settler::Payment(payment),
            document: part.document,
            amount: money(part.paid, part.currency),
            on: received.epoch_day(),
        });
    }
    Ok(())
}

fn over(pago: &Node, total: i64) -> Problem {
    let message =
        format!("its documents are paid more than the payment has ({total} minor units); ask the issuer");
    Problem::new("Pago/@Monto", text(pago, "Monto").unwrap_or_default(), "over-total", message)
}

/// The documents a payment settles; together no more than it has.
fn parts(pago: &Node, own: Currency, total: i64) -> Result<Vec<Part>, Problem> {
    let (mut found, mut used): (Vec<Part>, i128) = (vec![], 0);
    for related in pago.children("DoctoRelacionado") {
        let currency = currency(related, "MonedaDR")?;
        let paid = amount(related, "ImpPagado", currency)?;
        balance(related, currency, paid)?;
        let equivalence = rate(related, "EquivalenciaDR")?;
        used += match (currency == own, equivalence) {
            (true, _) => i128::from(paid),
            (false, Some(rate)) => in_own(paid, currency, rate, own),
            (false, None) => return Err(Problem::missing("DoctoRelacionado/@EquivalenciaDR")),
        };
        let document = uuid("DoctoRelacionado/@IdDocumento", needed(related, "IdDocumento")?)?;
        let number = text(related, "NumParcialidad").unwrap_or("1").to_owned();
        let twice = found.iter().any(|part| (&part.document, &part.number) == (&document, &number));
        if twice {
            let message = "the same part of one document is paid twice; ask the issuer";
            return Err(Problem::new("DoctoRelacionado/@NumParcialidad", &number, "duplicate", message));
        }
        if paid > 0 {
            found.push(Part { document, currency, paid, number });
        }
    }
    if used > i128::from(total) {
        return Err(over(pago, total));
    }
    Ok(found)
}

/// What was open, less what is paid, is what stays open.
fn balance(related: &Node, currency: Currency, paid: i64) -> Result<(), Problem> {
    let (before, after) =
        (amount(related, "ImpSaldoAnt", currency)?, amount(related, "ImpSaldoInsoluto", currency)?);
    if i128::from(before) - i128::from(paid) == i128::from(after) {
        return Ok(());
    }
    let message = "the balance before less what is paid is not the balance after; ask the issuer";
    let value = text(related, "ImpSaldoInsoluto").unwrap_or_default();
    Err(Problem::new("DoctoRelacionado/@ImpSaldoInsoluto", value, "bad-amount", message))
}

/// What a part in a document's currency takes of the payment, in its minor units, rounded down.
///
/// `EquivalenciaDR` is what one unit of the payment's currency is in the document's, with up to ten decimals, so
/// paid / rate. Rounding goes down: a rounded rate must not make a good payment look too small.
fn in_own(paid: i64, currency: Currency, rate: values::Decimal, own: Currency) -> i128 {
    let power = |digits: u8| 10_i128.pow(u32::from(digits));
    // paid * 10^-e / (c * 10^-s) * 10^E
    let above = i128::from(paid).saturating_mul(power(rate.scale)).saturating_mul(power(own.exponent));
    let below = i128::from(rate.coefficient).saturating_mul(power(currency.exponent));
    // Half a unit in the rate's last place is the most that its own rounding can have taken off.
    above.saturating_mul(2) / below.saturating_mul(2).saturating_add(power(currency.exponent)).max(1)
}

fn attributes(
    pago: &Node,
    parts: &[Part],
    (own, total): (Currency, i64),
    currency: Currency,
) -> Result<Vec<values::Attribute>, Problem> {
    let kept = [
        ("payment-form", "FormaDePagoP"),
        ("account", "CtaOrdenante"),
        ("bank", "RfcEmisorCtaOrd"),
        ("own-account", "CtaBeneficiario"),
    ];
    let texts =
        kept.into_iter().filter_map(|(name, from)| Some((name.to_owned(), text(pago, from)?.to_owned())));
    let mut made: Vec<values::Attribute> = texts.collect();
    if currency != own {
        made.push(("received".into(), Money::from(money(total, own)).to_string()));
    }
    if let Some(rate) = rate(pago, "TipoCambioP")?.filter(|_| own.code != *b"MXN") {
        made.push(("exchange-rate".into(), shown(rate)));
    }
    let numbers = parts.iter().filter(|part| part.currency == currency);
    let numbers: Vec<String> =
        numbers.take(20).map(|part| format!("{}/{}", part.document, part.number)).collect();
    if !numbers.is_empty() {
        made.push(("parts".into(), numbers.join(" ")));
    }
    Ok(made)
}
