//! run: check
//! expect: more than 100 reads in one operation
//!
//! Asks for effects for ever.

use recaudo_sdk::erp::{Feed, Page, PullRequest};
use recaudo_sdk::{Ctx, Fail, Stop};

struct Hostile;

impl recaudo_sdk::Importer for Hostile {
    fn check(ctx: &mut Ctx<Self>) -> Result<String, Stop> {
        for n in 0_u32.. {
            let prefix = n.to_string();
            ctx.enumerate(recaudo_sdk::files::Listing {
                source: "drop".into(),
                prefix,
                after: String::new(),
                limit: 1,
            })?;
        }
        Err(Fail::invalid_config("never", "unreachable").into())
    }
    fn discover(_: &mut Ctx<Self>) -> Result<Vec<Feed>, Stop> {
        Ok(vec![])
    }
    fn pull(_: &mut Ctx<Self>, _: PullRequest) -> Result<Page, Stop> {
        Err(Fail::invalid_config("none", "no pages").into())
    }
}

recaudo_sdk::export!(Hostile: Importer);
