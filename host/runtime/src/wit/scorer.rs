//! Scores and reasons.

use recaudo_ports::plugin::{Reason, Scores};

use super::exports::scoring::scorer as wit;

impl From<wit::Scores> for Scores {
    fn from(from: wit::Scores) -> Self {
        Self {
            ppm: from.ppm,
            reasons_per_row: from.reasons_per_row,
            reason_code: from.reason_code,
            reason_ppm: from.reason_ppm,
        }
    }
}

impl From<wit::Reason> for Reason {
    fn from(from: wit::Reason) -> Self {
        Self { code: from.code, key: from.key }
    }
}
