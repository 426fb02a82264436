//! run: review
//! expect: wanted
//!
//! Takes all the memory there is.

use recaudo_sdk::policy::gate::{Proposal, Verdict};
use recaudo_sdk::{Context, Failure};

struct Hostile;

impl recaudo_sdk::Gate for Hostile {
    fn review(_: Context, proposals: Vec<Proposal>) -> Result<Vec<Verdict>, Failure> {
        let mut hoard = Vec::new();
        loop {
            hoard.push(Vec::<u8>::with_capacity((1 << 20) + proposals.len()));
            core::hint::black_box(&hoard);
        }
    }
}

recaudo_sdk::export!(Hostile: Gate);
