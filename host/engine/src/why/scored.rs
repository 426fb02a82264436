//! The scores of a customer's items, read back from the judgement that gave them.

use recaudo_core::money::Currency;
use recaudo_ports::plugin::Scores;
use recaudo_store::{Conn, decision, item, portfolio};

use super::ItemScore;
use crate::decision::{Asked, read};
use crate::{Engine, EngineError};

/// An item's score and whose account it belongs to.
pub(super) struct Scored {
    pub(super) creditor_id: i64,
    pub(super) currency: Currency,
    open_minor: i64,
    pub(super) view: ItemScore,
}

/// The largest debt first.
pub(super) fn scores(
    engine: &Engine,
    conn: &Conn<'_>,
    kept: &[decision::Kept],
    customer_id: i64,
) -> Result<Vec<Scored>, EngineError> {
    let mut scored = Vec::new();
    let judgements = kept.iter().filter(|kept| kept.interface == crate::decision::SCORER);
    for kept in judgements {
        let Asked::Score(call, batch, Some(scores)) = read(conn, engine.tenant, kept)? else { continue };
        let keys = reasons(engine, &call);
        // Ids of the customer's items, of which the batch holds those that were open then.
        let ids = portfolio::items_of_customer(conn, engine.tenant, customer_id)?;
        let rows: Vec<(i64, usize)> = ids
            .into_iter()
            .filter_map(|id| Some((id, batch.ids.binary_search(&id.unsigned_abs()).ok()?)))
            .collect();
        let wanted: Vec<i64> = rows.iter().map(|(id, _)| *id).collect();
        let mut items = Vec::new();
        item::by_id(conn, engine.tenant, &wanted, |item| {
            items.push(item);
            Ok(())
        })?;
        for item in items {
            let Some((_, row)) = rows.iter().find(|(id, _)| *id == item.id) else { continue };
            scored.push(Scored {
                creditor_id: item.creditor_id,
                currency: item.currency,
                open_minor: item.total_minor,
                view: view(&item.number, *row, &scores, &keys),
            });
        }
    }
    scored.sort_by_key(|score| std::cmp::Reverse(score.open_minor));
    Ok(scored)
}

fn view(number: &str, row: usize, scores: &Scores, keys: &[(u16, String)]) -> ItemScore {
    let width = usize::from(scores.reasons_per_row);
    let span = row * width..(row + 1) * width;
    let codes = scores.reason_code.get(span.clone()).unwrap_or_default();
    let weights = scores.reason_ppm.get(span).unwrap_or_default();
    let reasons = codes.iter().zip(weights).filter(|(_, ppm)| **ppm != 0).map(|(code, ppm)| {
        let key = keys.iter().find(|(known, _)| known == code);
        (key.map_or_else(|| code.to_string(), |(_, key)| key.clone()), *ppm)
    });
    let ppm = scores.ppm.get(row).copied().unwrap_or(0);
    ItemScore { number: number.to_owned(), ppm, reasons: reasons.collect() }
}

/// What the scorer calls its reasons, while it is installed.
fn reasons(engine: &Engine, call: &recaudo_ports::plugin::Call) -> Vec<(u16, String)> {
    let scorer = engine.settings.installed.scorer.as_ref();
    let scorer = scorer.and_then(|installation| engine.plugins.scorer(installation).ok());
    let reasons = scorer.and_then(|scorer| scorer.reasons(call).ok()).unwrap_or_default();
    reasons.into_iter().map(|reason| (reason.code, reason.key)).collect()
}
