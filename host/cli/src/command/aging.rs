//! `aging`.

use chrono::{DateTime, Utc};
use recaudo_core::aging::Partition;
use recaudo_engine::aging::{self, AgingQuery, AgingView, BucketView};

use super::Context;
use crate::args::{Aging, By};
use crate::exit::Exit;
use crate::output::Output;
use crate::trouble::Trouble;

pub(super) fn aging(context: &Context<'_>, asked: Aging) -> Result<Exit, Trouble> {
    let known_at = asked.known_at.map(instant).transpose()?;
    let by = match asked.by {
        By::Due => aging::By::Due,
        By::Document => aging::By::Document,
    };
    let query = AgingQuery {
        as_of: asked.as_of,
        known_at,
        by,
        customer: asked.customer,
        buckets: Partition::default(),
    };
    let mut app = context.app()?;
    let view = aging::aging(&mut app.engine, &query)?;
    let out = context.out;
    if out.json {
        super::json(out, &view)?;
    } else {
        show(out, &view);
    }
    Ok(Exit::Done)
}

fn instant(text: String) -> Result<DateTime<Utc>, Trouble> {
    let parsed = DateTime::parse_from_rfc3339(&text);
    parsed.map(|at| at.to_utc()).map_err(|_| Trouble::Argument { key: "error.bad_instant", value: text })
}

pub(super) fn show(out: &Output, view: &AgingView) {
    if view.currencies.is_empty() {
        out.line(out.words.fill("out.nothing_open", &[("as_of", &view.as_of)]));
        return;
    }
    let by = out.text(if view.by == aging::By::Due { "out.by_due" } else { "out.by_document" });
    out.line(out.words.fill("out.aging_title", &[("as_of", &view.as_of), ("by", &by)]));
    out.line("");
    let mut table = out.headed(&["currency", "days", ">amount", ">items"]);
    for currency in &view.currencies {
        for bucket in &currency.buckets {
            let cells = [
                currency.currency.clone(),
                days(out, bucket),
                bucket.amount.clone(),
                bucket.items.to_string(),
            ];
            table.row(cells);
        }
        let total = [out.text("out.total"), currency.outstanding.clone(), currency.items.to_string()];
        let [total, amount, items] = total;
        table.row([currency.currency.clone(), total, amount, items]);
    }
    out.table(&table);
}

fn days(out: &Output, bucket: &BucketView) -> String {
    match (bucket.from, bucket.to) {
        (Some(from), Some(to)) => out.words.fill("out.bucket_between", &[("from", &from), ("to", &to)]),
        (Some(from), None) => out.words.fill("out.bucket_over", &[("days", &(from - 1))]),
        (None, _) => out.text("out.bucket_current"),
    }
}
