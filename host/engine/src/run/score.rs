//! Scores of a block's items, and what a customer's own late rate says where there is no scorer.

use recaudo_ports::plugin::{Call, PluginError, Scorer, Scores};
use recaudo_ports::table::Batch;

use std::sync::Arc;

use super::block::Block;
use super::{Running, entropy, judge};
use crate::Engine;
use crate::decision::{self, Calls, Judge, Span};
use crate::train::{self, ScoreRow};

/// Rows a scorer is handed at once.
const ROWS: usize = 8_192;

/// Who scores.
pub(super) struct Scoring {
    ready: Option<Ready>,
    /// Why the built-in score stands in for the scorer.
    degraded: Option<String>,
}

struct Ready {
    judge: Judge,
    scorer: Arc<dyn Scorer>,
    call: Call,
    columns: Vec<String>,
}

impl Scoring {
    /// A scorer that cannot be used is as good as none: the run goes on, degraded.
    pub(super) fn new(engine: &Engine, calls: &Calls) -> Self {
        let Some(installation) = &engine.settings.installed.scorer else {
            return Self { ready: None, degraded: None };
        };
        let ready = || -> Result<Ready, PluginError> {
            let judge = judge(engine, installation)?;
            let scorer = engine.plugins.scorer(installation)?;
            let call = calls.call(installation, "score", entropy(engine));
            let columns = scorer.columns(&call)?;
            Ok(Ready { judge, scorer, call, columns })
        };
        match ready() {
            Ok(ready) => Self { ready: Some(ready), degraded: None },
            Err(error) => Self { ready: None, degraded: Some(error.to_string()) },
        }
    }

    /// Whether the built-in score stands in for a scorer that failed.
    pub(super) fn is_degraded(&self) -> bool {
        self.degraded.is_some()
    }

    /// Why, for a person.
    pub(super) fn failure(&self) -> Option<&str> {
        self.degraded.as_deref()
    }

    /// Whether settled items are worth reading: the fallback reads them too.
    pub(super) fn needs_history(&self) -> bool {
        true
    }
}

impl Running<'_> {
    /// Scores the block's items; each account gets the mean of its own, weighted by what is open.
    pub(super) fn score(&mut self, block: &mut Block) {
        let scores = self.item_scores(block);
        for place in 0..block.accounts.len() {
            let account = &block.accounts[place];
            let score = match &scores {
                Some(scores) => weighted(block, account.items.clone(), scores),
                None => {
                    let known = &block.customers[account.customer].known;
                    known
                        .history
                        .late_rate_ppm(known.open.past_due_items)
                        .and_then(|ppm| i32::try_from(ppm).ok())
                }
            };
            block.accounts[place].score_ppm = score;
        }
    }

    /// By the items' places; none when there is no scorer, or it failed.
    fn item_scores(&mut self, block: &Block) -> Option<Vec<Option<i32>>> {
        let ready = self.scorer.ready.as_ref()?;
        let (rows, places) = rows(block, self.today.day);
        let known: Vec<_> = block.customers.iter().map(|customer| customer.known.clone()).collect();
        let words = train::Words {
            kinds: block.item_kinds.all().to_vec(),
            countries: block.words.countries.all().to_vec(),
            customer_kinds: block.words.kinds.all().to_vec(),
        };
        let mut scores = vec![None; block.items.len()];
        for (rows, places) in rows.chunks(ROWS).zip(places.chunks(ROWS)) {
            let span = Span {
                first_customer: block.first_customer,
                last_customer: block.last_customer,
                rows: rows.len(),
            };
            let answer = train::batch(rows, &known, &words, &ready.columns)
                .map_err(|error| invalid(&ready.judge, &error.to_string()))
                .and_then(|batch| ask(ready, &mut self.records, &batch, span));
            match answer {
                Ok(answer) => {
                    for (place, ppm) in places.iter().zip(answer.ppm) {
                        scores[*place] = Some(ppm);
                    }
                }
                Err(error) => {
                    self.scorer.degraded = Some(error.to_string());
                    return None;
                }
            }
        }
        Some(scores)
    }
}

fn ask(
    ready: &Ready,
    records: &mut decision::Records,
    batch: &Batch,
    span: Span,
) -> Result<Scores, PluginError> {
    let answer = records.judge(&ready.judge, decision::SCORER, &ready.call, (batch, span), || {
        ready.scorer.score(&ready.call, batch)
    })?;
    if answer.ppm.len() != batch.ids.len() {
        let found = answer.ppm.len();
        return Err(invalid(&ready.judge, &format!("{found} scores for {} rows", batch.ids.len())));
    }
    Ok(answer)
}

fn invalid(judge: &Judge, message: &str) -> PluginError {
    PluginError {
        plugin: format!("{} {}", judge.identity.id, judge.identity.version),
        kind: recaudo_ports::plugin::PluginErrorKind::Internal,
        code: "wrong-answer".into(),
        message: message.to_owned(),
        may_have_committed: false,
        retry_after_ms: None,
    }
}

/// Rows sorted by id, and the place of each one's item in the block.
fn rows(block: &Block, on: recaudo_core::day::Day) -> (Vec<ScoreRow>, Vec<usize>) {
    let mut places: Vec<usize> = Vec::with_capacity(block.items.len());
    let mut customers: Vec<u32> = vec![0; block.items.len()];
    for account in &block.accounts {
        for place in account.items.clone() {
            customers[place] = u32::try_from(account.customer).unwrap_or(u32::MAX);
            if block.items[place].open_minor > 0 {
                places.push(place);
            }
        }
    }
    places.sort_unstable_by_key(|place| block.items[*place].id);
    let row = |place: &usize| {
        let item = &block.items[*place];
        let customer = customers[*place];
        let words = &block.customers[customer as usize].row;
        ScoreRow {
            id: item.id.unsigned_abs(),
            on,
            issued_on: item.issued_on,
            due_on: item.due_on,
            open_minor: item.open_minor,
            currency: item.currency,
            disputed: item.disputed,
            kind: u32::from(item.kind),
            country: u32::from(words.country),
            customer_kind: u32::from(words.kind),
            customer,
        }
    };
    (places.iter().map(row).collect(), places)
}

/// The mean score of items, weighted by what is open; none without any.
fn weighted(block: &Block, items: std::ops::Range<usize>, scores: &[Option<i32>]) -> Option<i32> {
    let (mut sum, mut weight) = (0_i128, 0_i128);
    for place in items {
        if let Some(ppm) = scores[place] {
            let open = i128::from(block.items[place].open_minor);
            sum += i128::from(ppm) * open;
            weight += open;
        }
    }
    sum.checked_div(weight).and_then(|mean| i32::try_from(mean).ok())
}
