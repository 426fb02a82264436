//! Placeholder importer. Being written.
use recaudo_sdk::{Ctx, Stop, erp};
struct ErpCsv;
impl recaudo_sdk::Importer for ErpCsv {
    fn check(_ctx: &mut Ctx<Self>) -> Result<String, Stop> { Ok("ok".into()) }
    fn discover(_ctx: &mut Ctx<Self>) -> Result<Vec<erp::Feed>, Stop> { Ok(vec![]) }
    fn pull(ctx: &mut Ctx<Self>, _request: erp::PullRequest) -> Result<erp::Page, Stop> {
        ctx.enumerate(recaudo_sdk::files::Listing { source: "drop".into(), prefix: String::new(), after: String::new(), limit: 10 })?;
        Err(recaudo_sdk::Fail::invalid_config("x", "y").into())
    }
}
recaudo_sdk::export!(ErpCsv: Importer);
