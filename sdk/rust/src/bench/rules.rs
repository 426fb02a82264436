//! The host's side of the protocol, with its rules.

use std::collections::{BTreeMap, BTreeSet};

use super::world::{Performed, World};
use crate::export::{Ended, close_raw};
use crate::{Ability, Ctx, Fail, Failure, Kind, Past, Retry, Stop, Wanted, call};

const READS: u32 = 1_000;
const RUNS: u32 = 2_100;
/// A quarter of the 64 MiB a connector has.
const HELD: usize = 16 * 1024 * 1024;

/// One operation on its way.
#[derive(Debug, Default)]
pub(crate) struct Operation {
    pub(crate) runs: u32,
    pub(crate) reads: u32,
    pub(crate) commits: u32,
    tags: BTreeSet<u64>,
    memo: Vec<u8>,
}

impl Operation {
    pub(crate) fn drive<P, R>(
        &mut self,
        call: &call::Context,
        world: &mut World,
        mut function: impl FnMut(&mut Ctx<P>) -> Result<R, Stop>,
    ) -> Result<R, Failure>
    where
        P: Ability<Effect: Performed<Outcome = P::Outcome>>,
        R: PartialEq,
    {
        let mut held: BTreeMap<u64, P::Outcome> = BTreeMap::new();
        loop {
            self.runs += 1;
            let past = Past { memo: self.memo.clone(), answers: shuffled(&held, self.runs) };
            match once(call, past, &mut function)? {
                Ended::Pending(wanted) => self.step::<P>(wanted, world, &mut held)?,
                Ended::Ready(value) => {
                    let past = Past { memo: self.memo.clone(), answers: shuffled(&held, self.runs + 1) };
                    return match once(call, past, &mut function)? {
                        Ended::Ready(again) if again == value => Ok(value),
                        _ => Err(breach("not-deterministic", "the same call gave another result")),
                    };
                }
            }
        }
    }

    fn step<P>(
        &mut self,
        wanted: Wanted<P::Effect>,
        world: &mut World,
        held: &mut BTreeMap<u64, P::Outcome>,
    ) -> Result<(), Failure>
    where
        P: Ability<Effect: Performed<Outcome = P::Outcome>>,
    {
        if (wanted.asks.is_empty() && wanted.memo == self.memo) || self.runs > RUNS {
            return Err(breach("no-progress", "a suspension asks for nothing new"));
        }
        if wanted.asks.iter().filter(|ask| ask.commits).count() > 1 {
            return Err(breach("two-commits", "a step asks for more than one commit"));
        }
        for tag in &wanted.drop {
            held.remove(tag).ok_or_else(|| breach("unknown-drop", "a dropped answer is not there"))?;
        }
        self.memo = wanted.memo;
        let in_order = wanted.asks.iter().any(|ask| ask.commits);
        for ask in wanted.asks {
            if !self.tags.insert(ask.tag) {
                return Err(breach("tag-reused", "a tag was used before in this operation"));
            }
            *(if ask.commits { &mut self.commits } else { &mut self.reads }) += 1;
            if self.reads > READS {
                return Err(breach("too-many-reads", "an operation has 1,000 reads"));
            }
            let (outcome, failed) = ask.effect.perform(world)?;
            held.insert(ask.tag, outcome);
            if failed && in_order {
                break;
            }
        }
        let size: usize = held.values().map(<P::Effect as Performed>::size).sum();
        if size > HELD {
            return Err(breach(
                "answers-too-large",
                "answers held at once pass a quarter of the memory; drop some with `ctx.step`",
            ));
        }
        Ok(())
    }
}

fn once<P: Ability, R>(
    call: &call::Context,
    past: Past<P::Outcome>,
    function: &mut impl FnMut(&mut Ctx<P>) -> Result<R, Stop>,
) -> Result<Ended<R, Wanted<P::Effect>>, Failure> {
    let mut ctx = Ctx::new(call.clone(), past);
    let result = function(&mut ctx);
    close_raw(ctx, result)
}

/// Every run sees the answers in another order: a plugin that looks at positions fails here and not in
/// production.
fn shuffled<O: Clone>(held: &BTreeMap<u64, O>, seed: u32) -> Vec<(u64, O)> {
    let mut answers: Vec<(u64, O)> = held.iter().map(|(tag, outcome)| (*tag, outcome.clone())).collect();
    // Knuth's multiplicative hash of tag and run: a different, repeatable order each time.
    answers.sort_by_key(|(tag, _)| (tag ^ u64::from(seed)).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    answers
}

pub(crate) fn breach(code: &str, message: &str) -> Failure {
    Failure { retry: Retry::Never, ..Fail::new(Kind::Internal, code, message) }
}
