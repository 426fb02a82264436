//! When a document is due, and in how many parts.

use recaudo_sdk::Date;
use recaudo_sdk::xml::Node;

use crate::value::{Currency, Problem, amount, day};

/// So much by then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) due: Date,
    pub(crate) minor: i64,
}

/// The parts of `payable`, by due day. One part is no instalment.
///
/// `PaymentTerms` with a day and an amount, or a share, are instalments. Otherwise there is one due date: the
/// document's, else the latest of `PaymentMeans`, else of `PaymentTerms`, else `term_days` after the issue date.
pub(crate) fn parts(
    root: &Node,
    issued: Date,
    (payable, currency): (i64, Currency),
    term_days: u16,
) -> Result<Vec<Part>, Problem> {
    let instalments = instalments(root, (payable, currency))?;
    if instalments.len() > 1 {
        return Ok(instalments);
    }
    let due = match day(root, &["DueDate"])? {
        Some(due) => Some(due),
        None => latest(root, "PaymentMeans", &["PaymentDueDate"])?
            .or(latest(root, "PaymentTerms", &["PaymentDueDate"])?)
            .or(latest(root, "PaymentTerms", &["InstallmentDueDate"])?),
    };
    let due = due.unwrap_or_else(|| issued.plus(i32::from(term_days)));
    Ok(vec![Part { due, minor: payable }])
}

fn latest(root: &Node, element: &str, path: &[&str]) -> Result<Option<Date>, Problem> {
    let mut found = None;
    for node in root.children(element) {
        found = found.max(day(node, path)?);
    }
    Ok(found)
}

/// Terms with a day of their own and what is due then.
fn instalments(root: &Node, (payable, currency): (i64, Currency)) -> Result<Vec<Part>, Problem> {
    let mut parts: Vec<Part> = vec![];
    for terms in root.children("PaymentTerms") {
        let due = match day(terms, &["PaymentDueDate"])? {
            Some(due) => Some(due),
            None => day(terms, &["InstallmentDueDate"])?,
        };
        let share = match (terms.child("Amount"), terms.text_at(&["PaymentPercent"])) {
            (Some(node), _) => Some(amount(node, "PaymentTerms/Amount", currency)?),
            (None, Some(percent)) => Some(part_of(payable, percent)?),
            (None, None) => None,
        };
        if let (Some(due), Some(minor)) = (due, share)
            && minor > 0
        {
            parts.push(Part { due, minor });
        }
    }
    parts.sort_by_key(|part| part.due);
    let sum: i128 = parts.iter().map(|part| i128::from(part.minor)).sum();
    let rest = i128::from(payable) - sum;
    if parts.len() < 2 {
        return Ok(parts);
    }
    // Shares are rounded down; whatever they and the amounts leave out is due with the last part.
    let (Ok(rest), Some(last)) = (i64::try_from(rest), parts.last_mut()) else { return Ok(vec![]) };
    if rest < 0 {
        let message = format!(
            "the instalments sum to more than what is payable, by {} minor units; correct one of them",
            -rest
        );
        return Err(Problem::new("PaymentTerms/Amount", &sum.to_string(), "over-total", message));
    }
    last.minor += rest;
    Ok(parts)
}

/// A percentage of an amount, rounded down.
fn part_of(payable: i64, percent: &str) -> Result<i64, Problem> {
    let wrong = || {
        let message =
            "this is no percentage from 0 to 100 with at most four decimals; correct it at the source";
        Problem::new("PaymentTerms/PaymentPercent", percent, "bad-number", message)
    };
    let share = recaudo_sdk::Money::parse(percent, 4, *b"XXX").map_err(|_| wrong())?.minor;
    if !(0..=1_000_000).contains(&share) {
        return Err(wrong());
    }
    i64::try_from(i128::from(payable) * i128::from(share) / 1_000_000).map_err(|_| wrong())
}
