//! Cash application: one truth about money that several roads tell of, and what it settles.
//!
//! `tell` turns what a bank or a gateway says into payments (`receive` is the gateways' door to it), `known` recognises those another road has told of, `returned`
//! takes back what went back, `allot` and `post` ask the allocator and post what is sure, `decide` does what a person says,
//! `view` shows what waits for one.

mod allot;
mod decide;
mod desk;
mod details;
mod known;
mod payout;
mod post;
mod receive;
mod returned;
mod steps;
mod tell;
mod view;
mod yields;

#[cfg(test)]
pub(crate) mod tests;

pub use decide::{confirm, reject, undo};
pub use recaudo_core::cash::same::write_back_reference;
pub use view::{CandidateView, MatchesView, MoneyView, QuestionView, SuggestionView, matches};

pub(crate) use allot::{Allotted, allot};
pub(crate) use desk::{Desk, Movement};
pub(crate) use details::{Details, Seals};
pub(crate) use known::{Known, Wanted, load as load_known};
pub(crate) use payout::paid_out;
pub(crate) use post::apply_to;
pub(crate) use receive::{Receipt, amend, heard, receive};
pub(crate) use returned::{GATEWAY, give_back, take_part};
pub(crate) use steps::Steps;
pub(crate) use tell::{Road, Told, movement, tell};
pub(crate) use yields::{Given, questioned};
