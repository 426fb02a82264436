//! A plugin's logic against scripted outcomes, natively: no WebAssembly, no host, no network.
//!
//! The bench keeps the host's rules. It suspends and re-runs, answers by tag, hands answers over in another
//! order on every run, refuses a tag used twice, allows one commit a step and 1,000 reads an operation, and
//! runs the last call once more to see that it gives the same result. What breaks a rule fails with the
//! rule's code, as it would in the host: `tag-reused`, `two-commits`, `too-many-reads`, `answers-too-large`,
//! `unknown-drop`, `no-progress`, `not-deterministic`, `not-scripted` (nothing was scripted for a request),
//! `permit-mismatch` (a mail is not the permitted message), `checkpoint-too-large`.
//!
//! ```
//! use recaudo_sdk::{Ctx, Stop, bench::{Bench, get, ok}};
//! # struct Plugin;
//! # recaudo_sdk::export!(Plugin: Listener);
//! # impl recaudo_sdk::Listener for Plugin {
//! #     fn on_events(_: &mut Ctx<Self>, _: Vec<recaudo_sdk::events::Event>) -> Result<(), Stop> { Ok(()) }
//! # }
//! let mut bench = Bench::new().answer("GET", "https://erp.example/ping", ok("pong"));
//! let run = bench.run(|ctx: &mut Ctx<Plugin>| ctx.fetch(get("https://erp.example/ping")));
//! assert_eq!(run.result.expect("it answers").body, b"pong");
//! assert_eq!((run.runs, run.reads), (2, 1));
//! ```
mod context;
mod folder;
mod rules;
mod statements;
mod world;

use crate::{Ability, Ctx, Failure, Importer, Stop, call, erp, messaging, payments, values};

pub use context::{context, instant};
pub use statements::{joined, proves, sum};
pub use world::{get, lost, ok, refused, status};

use rules::{Operation, breach};
use world::{Performed, World};

/// A scripted world and the context of the next operation.
pub struct Bench {
    /// What the next operation is handed; change any field.
    pub context: call::Context,
    world: World,
    operations: u32,
}

/// What became of an operation.
#[derive(Debug)]
pub struct Run<R> {
    /// The function's result, or its failure, or the rule it broke.
    pub result: Result<R, Failure>,
    /// How often the function ran.
    pub runs: u32,
    /// Reads performed.
    pub reads: u32,
    /// Commits performed.
    pub commits: u32,
}

impl Default for Bench {
    fn default() -> Self {
        Self::new()
    }
}

impl Bench {
    /// Sunday 2026-11-22 15:00 UTC in Bogotá, configuration `{}`, nothing scripted.
    pub fn new() -> Self {
        Self { context: context("{}"), world: World::default(), operations: 0 }
    }

    /// The plugin's configuration, JSON.
    #[must_use]
    pub fn config(mut self, json: &str) -> Self {
        self.context.config = json.into();
        self
    }

    /// Scripts an answer. `url` may end in `*`. Of several for the same request each is given once and the
    /// last for ever.
    #[must_use]
    pub fn answer(mut self, method: &str, url: &str, outcome: crate::http::Outcome) -> Self {
        self.world.script(method, url, outcome);
        self
    }

    /// Puts a file into a source.
    #[must_use]
    pub fn file(mut self, source: &str, path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.put(source, path, bytes);
        self
    }

    /// Puts or replaces a file between two operations.
    pub fn put(&mut self, source: &str, path: &str, bytes: impl Into<Vec<u8>>) {
        self.world.files.put(source, path, bytes.into());
    }

    /// Replaces a file after so many more reads of it: somebody wrote while it was being read.
    #[must_use]
    pub fn rewritten_after(
        mut self,
        reads: u32,
        source: &str,
        path: &str,
        bytes: impl Into<Vec<u8>>,
    ) -> Self {
        self.world.files.rewrite_after(reads, source, path, bytes.into());
        self
    }

    /// No chunk is longer than this, whatever is asked for.
    #[must_use]
    pub fn chunks_of(mut self, bytes: usize) -> Self {
        self.world.files.chunk_max = bytes;
        self
    }

    /// What the mail server says to the next mails, in order; afterwards it accepts.
    #[must_use]
    pub fn mail_server(mut self, receipts: impl IntoIterator<Item = messaging::MailReceipt>) -> Self {
        self.world.mail_answers.extend(receipts);
        self
    }

    /// HTTP requests performed so far.
    pub fn requests(&self) -> &[crate::http::Request] {
        &self.world.requests
    }

    /// Mails the server accepted, in order.
    pub fn mails(&self) -> &[messaging::Mail] {
        &self.world.mails
    }

    /// Paths archived in a source, in order.
    pub fn archived(&self, source: &str) -> Vec<String> {
        self.world.files.archived(source)
    }

    /// A file's content, also of one the plugin wrote.
    pub fn content(&self, source: &str, path: &str) -> Option<&[u8]> {
        self.world.files.content(source, path)
    }

    /// Runs one operation to its end. Unless the context names an operation, each gets an id of its own.
    pub fn run<P, R>(&mut self, function: impl FnMut(&mut Ctx<P>) -> Result<R, Stop>) -> Run<R>
    where
        P: Ability<Effect: Performed<Outcome = P::Outcome>>,
        R: PartialEq,
    {
        let mut call = self.context.clone();
        if call.operation.id.is_empty() {
            self.operations += 1;
            call.operation.id = format!("op-{}", self.operations);
            call.operation.idempotency_key = format!("key-{}", self.operations);
        }
        let mut operation = Operation::default();
        let result = operation.drive(&call, &mut self.world, function);
        Run { result, runs: operation.runs, reads: operation.reads, commits: operation.commits }
    }

    /// Pulls a feed to its end, page by page, each an operation of its own.
    ///
    /// # Errors
    /// The first page's failure.
    pub fn pull<P>(&mut self, feed: &str, rows_max: u32) -> Result<Vec<erp::Page>, Failure>
    where
        P: Importer + Ability<Effect: Performed<Outcome = <P as Ability>::Outcome>>,
    {
        let mut pages: Vec<erp::Page> = vec![];
        loop {
            let checkpoint = pages.last().map(|page| page.checkpoint.clone());
            let request = erp::PullRequest { feed: feed.into(), checkpoint: checkpoint.clone(), rows_max };
            let page = self.run(|ctx: &mut Ctx<P>| P::pull(ctx, request.clone())).result?;
            if page.checkpoint.bytes.len() > 64 * 1024 {
                return Err(breach("checkpoint-too-large", "a checkpoint is longer than 64 KiB"));
            }
            if !page.done && page.not_before.is_none() && Some(&page.checkpoint) == checkpoint.as_ref() {
                return Err(breach(
                    "no-progress",
                    "a page is not the last and its checkpoint is the one before",
                ));
            }
            let last = page.done || page.not_before.is_some();
            pages.push(page);
            if last {
                return Ok(pages);
            }
        }
    }

    /// Reads a bank file to its end, page by page, each an operation of its own.
    ///
    /// # Errors
    /// The first page's failure.
    pub fn statements<P>(
        &mut self,
        source: &str,
        path: &str,
    ) -> Result<Vec<payments::statement::Page>, Failure>
    where
        P: crate::Statement + Ability<Effect: Performed<Outcome = <P as Ability>::Outcome>>,
    {
        let mut pages: Vec<payments::statement::Page> = vec![];
        loop {
            let since = pages.last().map(|page| page.checkpoint.clone());
            let read = |ctx: &mut Ctx<P>| P::read(ctx, source.into(), path.into(), since.clone());
            let page = self.run(read).result?;
            if page.checkpoint.bytes.len() > 64 * 1024 {
                return Err(breach("checkpoint-too-large", "a checkpoint is longer than 64 KiB"));
            }
            if !page.done && Some(&page.checkpoint) == since.as_ref() {
                return Err(breach(
                    "no-progress",
                    "a page is not the last and its checkpoint is the one before",
                ));
            }
            let done = page.done;
            pages.push(page);
            if done {
                return Ok(pages);
            }
        }
    }

    /// Sends a message under its permit: a mail that is not that message is refused.
    pub fn send<P>(&mut self, message: &messaging::Message) -> Run<messaging::Receipt>
    where
        P: crate::Channel + Ability<Effect: Performed<Outcome = <P as Ability>::Outcome>>,
    {
        self.world.permitted = Some(message.clone());
        let run = self.run(|ctx: &mut Ctx<P>| P::send(ctx, message.clone()));
        self.world.permitted = None;
        run
    }
}

/// A message with a permit for an hour, to change as a test needs.
pub fn message(to: &str, subject: &str, text: &str) -> messaging::Message {
    messaging::Message {
        permit: messaging::Permit {
            id: "permit-1".into(),
            not_after: values::Instant { seconds: context::NOW + 3600, nanoseconds: 0 },
        },
        to: to.into(),
        sender: String::new(),
        subject: subject.into(),
        text: text.into(),
        html: None,
        template: None,
        variables: vec![],
        attachments: vec![],
        purpose: "reminder".into(),
    }
}

#[cfg(test)]
mod tests;
