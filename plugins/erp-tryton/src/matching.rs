//! Who paid what inside a reconciliation, which Tryton does not say: links to invoices first, then the
//! oldest.

use recaudo_sdk::Date;

/// A line on one side; amounts are positive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Side {
    pub(crate) id: i64,
    pub(crate) left: i64,
    pub(crate) currency: String,
    pub(crate) day: Date,
    pub(crate) invoice: Option<i64>,
}

/// So much of `settler` goes to `document`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) settler: i64,
    pub(crate) document: i64,
    pub(crate) minor: i64,
}

/// Pairs in a stable order, and what is left on both sides.
pub(crate) fn pairs(settlers: &mut [Side], documents: &mut [Side]) -> Vec<Pair> {
    settlers.sort_by_key(|side| (side.day, side.id));
    documents.sort_by_key(|side| (side.day, side.id));
    let mut found = vec![];
    for linked in [true, false] {
        for settler in settlers.iter_mut() {
            for document in documents.iter_mut() {
                let fits = settler.currency == document.currency
                    && (!linked || settler.invoice.is_some() && settler.invoice == document.invoice);
                let minor = settler.left.min(document.left);
                if !fits || minor <= 0 {
                    continue;
                }
                settler.left -= minor;
                document.left -= minor;
                add(&mut found, Pair { settler: settler.id, document: document.id, minor });
            }
        }
    }
    found
}

/// Two parts of one pair are one.
fn add(found: &mut Vec<Pair>, pair: Pair) {
    match found.iter_mut().find(|p| (p.settler, p.document) == (pair.settler, pair.document)) {
        Some(known) => known.minor += pair.minor,
        None => found.push(pair),
    }
}
