//! Placeholder. Being written.
use recaudo_sdk::{Context, Failure, policy::strategist::Decision, scoring};
struct StrategistStandard;
impl recaudo_sdk::Strategist for StrategistStandard {
    fn columns(_ctx: Context) -> Result<Vec<String>, Failure> { Ok(vec![]) }
    fn decide(_ctx: Context, _batch: scoring::Batch) -> Result<Vec<Decision>, Failure> { Ok(vec![]) }
}
recaudo_sdk::export!(StrategistStandard: Strategist);
