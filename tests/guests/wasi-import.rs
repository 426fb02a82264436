//! run: install
//! expect: imports `wasi:clocks/wall-clock@0.2.0`
//!
//! Wants a clock of its own.

use recaudo_sdk::policy::gate::{Proposal, Verdict};
use recaudo_sdk::{Context, Failure};

#[expect(unsafe_code, unreachable_pub, clippy::all, reason = "generated code")]
mod clock {
    wit_bindgen::generate!({
        inline: "
            package wasi:clocks@0.2.0;
            interface wall-clock { now: func() -> u64; }
            world guest { import wall-clock; }
        ",
        world: "guest",
    });
}

struct Hostile;

impl recaudo_sdk::Gate for Hostile {
    fn review(_: Context, proposals: Vec<Proposal>) -> Result<Vec<Verdict>, Failure> {
        let now = clock::wasi::clocks::wall_clock::now();
        Ok(proposals.iter().map(|_| Verdict::Permit(None)).take(usize::try_from(now).unwrap_or(0)).collect())
    }
}

recaudo_sdk::export!(Hostile: Gate);
