//! run: check
//! expect: is not a relative path inside the source
//!
//! Reads outside its source.

use recaudo_sdk::erp::{Feed, Page, PullRequest};
use recaudo_sdk::{Ctx, Fail, Stop};

struct Hostile;

impl recaudo_sdk::Importer for Hostile {
    fn check(ctx: &mut Ctx<Self>) -> Result<String, Stop> {
        let path = "../secret.txt".to_owned();
        let chunk = ctx.read(recaudo_sdk::files::Range {
            source: "drop".into(),
            path,
            offset: 0,
            length: 10,
            etag: None,
        })?;
        Ok(String::from_utf8_lossy(&chunk.bytes).into_owned())
    }
    fn discover(_: &mut Ctx<Self>) -> Result<Vec<Feed>, Stop> {
        Ok(vec![])
    }
    fn pull(_: &mut Ctx<Self>, _: PullRequest) -> Result<Page, Stop> {
        Err(Fail::invalid_config("none", "no pages").into())
    }
}

recaudo_sdk::export!(Hostile: Importer);
