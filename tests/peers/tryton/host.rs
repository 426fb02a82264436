//! Plays the plugin's asks against a real server: the host's part, in a few lines.

use recaudo_erp_tryton::ErpTryton;
use recaudo_sdk::erp::writeback::{Entry, Posting};
use recaudo_sdk::{Checkpoint, Ctx, Failure, Importer, Past, Stop, Writeback, call, erp, http, io};

use recaudo_peers::tryton::Tryton;

/// An installation of the plugin.
pub(crate) struct Installation<'t> {
    tryton: &'t Tryton,
    context: call::Context,
    /// Exchanges so far.
    pub(crate) exchanges: u32,
    /// Those that said they change something.
    pub(crate) commits: u32,
    /// Ends the operation right after this commit, as a crash would.
    pub(crate) dies_after_commit: Option<u32>,
}

impl<'t> Installation<'t> {
    pub(crate) fn new(tryton: &'t Tryton, more: &str) -> Self {
        let config = format!(
            r#"{{"base_url": "{}", "database": "tryton", "companies": [1], "payment_method": "Bank"{more}}}"#,
            tryton.url
        );
        let context = recaudo_sdk::bench::context(&config);
        Self { tryton, context, exchanges: 0, commits: 0, dies_after_commit: None }
    }

    /// Runs one operation to its end; `None` when it died on the way.
    fn run<R>(
        &mut self,
        key: &str,
        mut function: impl FnMut(&mut Ctx<ErpTryton>) -> Result<R, Stop>,
    ) -> Option<Result<R, Failure>> {
        let mut call = self.context.clone();
        call.operation.id = key.into();
        call.operation.idempotency_key = key.into();
        let mut past: Past<io::Outcome> = Past::default();
        loop {
            let mut ctx = Ctx::new(call.clone(), past.clone());
            match function(&mut ctx) {
                Ok(result) => return Some(ctx.settle().map(|_| result)),
                Err(Stop::Failed(failure)) => return Some(Err(failure)),
                Err(Stop::Suspended) => {}
            }
            let wanted = match ctx.settle() {
                Ok(wanted) => wanted,
                Err(failure) => return Some(Err(failure)),
            };
            past.memo = wanted.memo;
            past.answers.retain(|(tag, _)| !wanted.drop.contains(tag));
            assert!(wanted.asks.iter().filter(|ask| ask.commits).count() <= 1, "two commits in a step");
            for ask in wanted.asks {
                let io::Effect::Http(request) = &ask.effect else { panic!("a file is asked for") };
                past.answers.push((ask.tag, io::Outcome::Http(self.exchange(request))));
                self.commits += u32::from(ask.commits);
                if ask.commits && self.dies_after_commit == Some(self.commits) {
                    return None;
                }
            }
        }
    }

    fn exchange(&mut self, request: &http::Request) -> http::Outcome {
        self.exchanges += 1;
        let path = request.url.strip_prefix(&self.tryton.url).expect("only Tryton is asked");
        assert_eq!(request.method, "POST");
        assert_eq!(request.credential.is_some(), path != "/rpc/", "the session goes where it belongs");
        match self.tryton.post(path, &request.headers, &request.body) {
            Ok((status, body)) => Ok(http::Response {
                status,
                headers: vec![],
                size: body.len() as u64,
                body,
                truncated: false,
            }),
            Err(error) => Err(http::TransportFailure {
                kind: http::FailureKind::Other,
                code: "no-answer".into(),
                message: error.to_string(),
                request_sent: true,
            }),
        }
    }

    pub(crate) fn check(&mut self) -> Result<String, Failure> {
        self.run("check", ErpTryton::check).expect("nothing dies here")
    }

    pub(crate) fn feeds(&mut self) -> Vec<String> {
        let found = self.run("discover", ErpTryton::discover).expect("nothing dies here");
        found.expect("feeds").into_iter().map(|feed| feed.name).collect()
    }

    /// One page; the next goes on from its checkpoint.
    pub(crate) fn page(&mut self, feed: &str, since: Option<&Checkpoint>, rows_max: u32) -> erp::Page {
        let request = erp::PullRequest { feed: feed.into(), checkpoint: since.cloned(), rows_max };
        let page = self.run("pull", |ctx| ErpTryton::pull(ctx, request.clone())).expect("nothing dies here");
        page.unwrap_or_else(|failure| panic!("{feed}: {failure:?}"))
    }

    pub(crate) fn push(&mut self, key: &str, entry: &Entry) -> Option<Result<Posting, Failure>> {
        self.run(key, |ctx| ErpTryton::push(ctx, entry.clone()))
    }

    pub(crate) fn query(&mut self, key: &str, entry: &Entry) -> Result<Posting, Failure> {
        let original = call::Operation { id: key.into(), idempotency_key: key.into(), attempt: 1 };
        let commits = self.commits;
        let found = self.run("query", |ctx| ErpTryton::query(ctx, original.clone(), entry.clone()));
        assert_eq!(self.commits, commits, "a query only looks");
        found.expect("nothing dies here")
    }
}
