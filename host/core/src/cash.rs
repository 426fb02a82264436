//! Money that is told of by several roads (a bank, a gateway, an ERP), and what it settles: the decisions, without a store.
//!
//! [`same`] says whether two tellings are one payment, [`assign`] what of an allocator's suggestion is taken,
//! [`yielded`] how our applications give way to a source's, [`snapshot_moves`] what a snapshot tells beyond what we know.

pub mod assign;
pub mod reach;
pub mod same;

#[cfg(test)]
mod tests;

use crate::money::MoneyError;

/// By how much opening and entries miss the closing balance: zero when the statement is whole. Minor units.
///
/// # Errors
/// Past 64 bits.
pub fn difference(opening_minor: i64, entries_minor: i64, closing_minor: i64) -> Result<i64, MoneyError> {
    let sum = opening_minor.checked_add(entries_minor).ok_or(MoneyError::TooLarge)?;
    closing_minor.checked_sub(sum).ok_or(MoneyError::TooLarge)
}

/// What of our own applications gives way, so that a source can apply `asked` of a settler that has `left` to an item
/// that has `open`. `ours_on_item` is what we applied to the item from any settler, `ours_of_settler` what we applied from
/// this settler to anything, `ours_of_both` what we applied from it to this item. All positive minor units.
///
/// What is applied to the same pair gives way first, because it makes room on both sides.
pub fn yielded(asked: i64, (open, left): (i64, i64), ours: Ours) -> Yielded {
    let missing = |has: i64| asked.saturating_sub(has.max(0)).max(0);
    let (on_item, of_settler) = (missing(open), missing(left));
    let pair = on_item.max(of_settler).min(ours.of_both);
    Yielded {
        pair,
        on_item: on_item.saturating_sub(pair).max(0).min(ours.on_item.saturating_sub(ours.of_both).max(0)),
        of_settler: of_settler
            .saturating_sub(pair)
            .max(0)
            .min(ours.of_settler.saturating_sub(ours.of_both).max(0)),
    }
}

/// What we applied, positive minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ours {
    /// To the item, from any settler.
    pub on_item: i64,
    /// From the settler, to any item.
    pub of_settler: i64,
    /// From the settler to the item.
    pub of_both: i64,
}

/// What gives way, positive minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Yielded {
    /// From this settler to this item.
    pub pair: i64,
    /// To this item, from other settlers.
    pub on_item: i64,
    /// From this settler, to other items.
    pub of_settler: i64,
}

/// The movement a source's snapshot tells of: it says `wanted` is open, we have `open`, of which `ours` came by movements
/// the source did not tell of (negative where we applied money).
///
/// A source that does not know of our money yet says more than we have: that is no movement. One that has learned of a
/// settlement means ours first; only what goes beyond is new.
///
/// # Errors
/// Past 64 bits.
pub fn snapshot_moves(wanted: i64, open: i64, ours: i64) -> Result<i64, MoneyError> {
    let owned = open.checked_sub(ours).ok_or(MoneyError::TooLarge)?;
    let told = wanted.checked_sub(owned).ok_or(MoneyError::TooLarge)?;
    if told >= 0 || ours >= 0 {
        return Ok(told);
    }
    Ok(wanted.checked_sub(open).ok_or(MoneyError::TooLarge)?.min(0))
}

/// A text as it is compared: upper case, without accents, words of letters and digits with one space between.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.chars().flat_map(fold) {
        if c.is_alphanumeric() {
            if gap && !out.is_empty() {
                out.push(' ');
            }
            gap = false;
            out.push(c);
        } else {
            gap = true;
        }
    }
    out
}

/// Upper case without the accents Spanish and Portuguese use.
fn fold(c: char) -> impl Iterator<Item = char> {
    let base = match c {
        'á' | 'à' | 'â' | 'ã' | 'ä' | 'Á' | 'À' | 'Â' | 'Ã' | 'Ä' => 'A',
        'é' | 'è' | 'ê' | 'ë' | 'É' | 'È' | 'Ê' | 'Ë' => 'E',
        'í' | 'ì' | 'î' | 'ï' | 'Í' | 'Ì' | 'Î' | 'Ï' => 'I',
        'ó' | 'ò' | 'ô' | 'õ' | 'ö' | 'Ó' | 'Ò' | 'Ô' | 'Õ' | 'Ö' => 'O',
        'ú' | 'ù' | 'û' | 'ü' | 'Ú' | 'Ù' | 'Û' | 'Ü' => 'U',
        'ñ' | 'Ñ' => 'N',
        'ç' | 'Ç' => 'C',
        other => other,
    };
    base.to_uppercase()
}
