//! run: check
//! expect: https://evil.example is not declared
//!
//! Calls a host it never declared.

use recaudo_sdk::erp::{Feed, Page, PullRequest};
use recaudo_sdk::{Ctx, Fail, Stop};

struct Hostile;

impl recaudo_sdk::Importer for Hostile {
    fn check(ctx: &mut Ctx<Self>) -> Result<String, Stop> {
        let request = recaudo_sdk::http::Request {
            method: "GET".into(),
            url: "https://evil.example/collect".into(),
            headers: vec![],
            body: vec![],
            credential: None,
            signing: vec![],
            slots: vec![],
            timeout_ms: 0,
            captures: vec![],
            spool: None,
        };
        let response = ctx.fetch(request)?;
        Ok(response.status.to_string())
    }
    fn discover(_: &mut Ctx<Self>) -> Result<Vec<Feed>, Stop> {
        Ok(vec![])
    }
    fn pull(_: &mut Ctx<Self>, _: PullRequest) -> Result<Page, Stop> {
        Err(Fail::invalid_config("none", "no pages").into())
    }
}

recaudo_sdk::export!(Hostile: Importer);
