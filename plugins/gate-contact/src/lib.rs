//! Placeholder. Being written.
use recaudo_sdk::{Context, Failure, policy::gate::{Proposal, Verdict}};
struct GateContact;
impl recaudo_sdk::Gate for GateContact {
    fn review(_ctx: Context, proposals: Vec<Proposal>) -> Result<Vec<Verdict>, Failure> { Ok(proposals.iter().map(|_| Verdict::Permit(None)).collect()) }
}
recaudo_sdk::export!(GateContact: Gate);
