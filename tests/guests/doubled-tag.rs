//! run: check
//! expect: used tag 0000000000000007 twice in one operation
//!
//! Asks twice under one tag, which could hand it one customer's answer as another's.

use recaudo_sdk::bindings::importer;
use recaudo_sdk::bindings::importer::exports::recaudo::erp::importer as i;
use recaudo_sdk::files::{Listing, Request};
use recaudo_sdk::{Context, Failure};

struct Hostile;

fn ask(prefix: &str) -> i::Ask {
    let listing = Listing { source: "drop".into(), prefix: prefix.into(), after: String::new(), limit: 1 };
    i::Ask { tag: 7, commits: false, effect: i::Effect::File(Request::Enumerate(listing)) }
}

impl i::Guest for Hostile {
    fn check(_: Context, _: i::History) -> Result<i::CheckStep, Failure> {
        Ok(i::CheckStep::Pending(i::Suspension {
            asks: vec![ask("a"), ask("b")],
            drop: vec![],
            memo: vec![],
        }))
    }
    fn discover(_: Context, _: i::History) -> Result<i::DiscoverStep, Failure> {
        Ok(i::DiscoverStep::Feeds(vec![]))
    }
    fn pull(_: Context, _: i::PullRequest, _: i::History) -> Result<i::PullStep, Failure> {
        Ok(i::PullStep::Pending(i::Suspension { asks: vec![], drop: vec![], memo: vec![] }))
    }
}

#[cfg(target_arch = "wasm32")]
importer::export!(Hostile with_types_in importer);
