//! The host's part, for real over loopback: performs what a plugin asks for, and judges as the host does.

use std::collections::BTreeMap;
use std::time::Duration;

use recaudo_sdk::http::{self, FailureKind, Outcome, Request, Response};
use recaudo_sdk::payments::settlement::Page;
use recaudo_sdk::payments::{Action, Intent, Kind, Status, Transaction};
use recaudo_sdk::webhook::{Authentication, Delivery};
use recaudo_sdk::{
    __bridge as bridge, Ability, Checkpoint, Ctx, Failure, Money, Stop, bench, call, io, values,
};
use recaudo_strict::{Exchange, Hook, Sent, exchange};

/// 2026-11-22T15:00:00Z, as the bench has it.
pub(crate) const NOW: i64 = 1_795_359_600;

/// A plugin whose effects are performed here.
pub(crate) trait Connector:
    Ability<History = io::History, Suspension = io::Suspension, Outcome = io::Outcome>
{
}
impl<P: Ability<History = io::History, Suspension = io::Suspension, Outcome = io::Outcome>> Connector for P {}

/// One installation: its configuration and its credentials.
pub(crate) struct Desk {
    pub(crate) config: String,
    /// Header and value, by label.
    pub(crate) credentials: BTreeMap<&'static str, (&'static str, String)>,
    pub(crate) timeout: Duration,
    pub(crate) now: i64,
}

/// What the host makes of a call.
#[derive(Debug)]
pub(crate) struct Judged {
    /// What it records.
    pub(crate) transaction: Transaction,
    /// What the plugin said instead of a transaction.
    pub(crate) failure: Option<Failure>,
}

impl Desk {
    pub(crate) fn new(
        config: impl Into<String>,
        label: &'static str,
        header: &'static str,
        value: &str,
    ) -> Self {
        Self {
            config: config.into(),
            credentials: [(label, (header, value.to_owned()))].into(),
            timeout: Duration::from_secs(120),
            now: NOW,
        }
    }

    pub(crate) fn context(&self, operation: call::Operation) -> call::Context {
        let mut context = bench::context(&self.config);
        context.now.seconds = self.now;
        context.operation = operation;
        context
    }

    /// One attempt. After a request left, a failure or `not-attempted` is `unknown`.
    pub(crate) fn execute<P: Connector + recaudo_sdk::Gateway>(
        &self,
        operation: &call::Operation,
        intent: &Intent,
    ) -> Judged {
        let (result, sent) =
            self.drive(operation.clone(), |ctx: &mut Ctx<P>| P::execute(ctx, intent.clone()));
        match result {
            Ok(transaction) if transaction.status != Status::NotAttempted || !sent => {
                Judged { transaction, failure: None }
            }
            Ok(transaction) => {
                Judged { transaction: Transaction { status: Status::Unknown, ..transaction }, failure: None }
            }
            Err(failure) => {
                let status = if sent { Status::Unknown } else { Status::NotAttempted };
                Judged { transaction: Transaction::new(Kind::Payment, status, ""), failure: Some(failure) }
            }
        }
    }

    pub(crate) fn query<P: Connector + recaudo_sdk::Gateway>(
        &self,
        original: &call::Operation,
        intent: &Intent,
        gateway_id: Option<&str>,
    ) -> Result<Transaction, Failure> {
        let own = operation("query-1");
        let (result, sent) = self.drive(own, |ctx: &mut Ctx<P>| {
            P::query(ctx, original.clone(), intent.clone(), gateway_id.map(str::to_owned))
        });
        assert!(!sent, "a query only reads");
        result
    }

    pub(crate) fn pull<P: Connector + recaudo_sdk::Settlement>(
        &self,
        since: Option<&Checkpoint>,
    ) -> Result<Page, Failure> {
        let (result, sent) = self.drive(operation("pull-1"), |ctx: &mut Ctx<P>| P::pull(ctx, since.cloned()));
        assert!(!sent, "a settlement only reads");
        result
    }

    /// Every page until there are no more.
    pub(crate) fn settle<P: Connector + recaudo_sdk::Settlement>(
        &self,
        since: Option<Checkpoint>,
    ) -> (Vec<Transaction>, Checkpoint) {
        let (mut all, mut checkpoint) = (vec![], since);
        loop {
            let page = self.pull::<P>(checkpoint.as_ref()).expect("a page");
            assert_eq!(page.rejects, [], "everything can be read");
            all.extend(page.transactions);
            if page.done {
                return (all, page.checkpoint);
            }
            assert_ne!(checkpoint.as_ref(), Some(&page.checkpoint), "no progress");
            checkpoint = Some(page.checkpoint);
        }
    }

    /// Runs an operation to its end; did a commit leave?
    pub(crate) fn drive<P: Connector, R>(
        &self,
        operation: call::Operation,
        function: impl Fn(&mut Ctx<P>) -> Result<R, Stop>,
    ) -> (Result<R, Failure>, bool) {
        let context = self.context(operation);
        let mut history = io::History { memo: vec![], answers: vec![] };
        let mut sent = false;
        for _ in 0..2_000 {
            let mut ctx = Ctx::<P>::new(context.clone(), history.clone().into());
            let result = function(&mut ctx);
            let suspension = match bridge::close(ctx, result) {
                Err(failure) => return (Err(failure), sent),
                Ok(bridge::Ended::Ready(value)) => return (Ok(value), sent),
                Ok(bridge::Ended::Pending(suspension)) => suspension,
            };
            assert!(suspension.asks.iter().filter(|ask| ask.commits).count() <= 1, "two commits in a step");
            history.memo = suspension.memo;
            history.answers.retain(|answer| !suspension.drop.contains(&answer.tag));
            for ask in suspension.asks {
                let io::Effect::Http(request) = &ask.effect else { panic!("a gateway asks for HTTP only") };
                let outcome = self.perform(request);
                let left = match &outcome {
                    Ok(_) => true,
                    Err(failure) => failure.request_sent,
                };
                sent |= ask.commits && left;
                history.answers.push(io::Answer { tag: ask.tag, outcome: io::Outcome::Http(outcome) });
            }
        }
        panic!("the operation does not end")
    }

    fn perform(&self, request: &Request) -> Outcome {
        let mut headers = request.headers.clone();
        let own = ["authorization", "cookie", "host", "content-length"];
        assert!(
            headers.iter().all(|(name, _)| !own.contains(&name.to_lowercase().as_str())),
            "the host's headers"
        );
        if let Some(label) = &request.credential {
            let (name, value) = &self.credentials[label.as_str()];
            headers.push(((*name).to_owned(), value.clone()));
        }
        let sent = Sent { method: &request.method, url: &request.url, headers, body: &request.body };
        match exchange(&sent, self.timeout) {
            Exchange::Answered(status, headers, body) => {
                Ok(Response { status, headers, size: body.len() as u64, body, truncated: false })
            }
            Exchange::Failed { sent, error } => {
                let kind = match error.kind() {
                    std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut => FailureKind::Timeout,
                    _ if sent => FailureKind::Protocol,
                    _ => FailureKind::Connect,
                };
                let code = if sent { "no-answer" } else { "connection-refused" };
                let message = error.to_string();
                Err(http::TransportFailure { kind, code: code.into(), message, request_sent: sent })
            }
        }
    }
}

/// An operation of a test, with a key of its own.
pub(crate) fn operation(id: &str) -> call::Operation {
    call::Operation { id: id.into(), idempotency_key: format!("key-{id}"), attempt: 1 }
}

/// A wish to be paid, to change as a test needs.
pub(crate) fn intent(action: Action, amount: &str, exponent: u8, currency: [u8; 3]) -> Intent {
    Intent {
        action,
        amount: Money::parse(amount, exponent, currency).expect("an amount").into(),
        documents: vec!["F-1001".into(), "F-1002".into()],
        payer: "C7".into(),
        original: None,
        return_url: "https://nandu.example/gracias".into(),
        not_after: None,
        attributes: vec![("description".into(), "Facturas F-1001 y F-1002".into())],
    }
}

/// As [`intent`], about something the gateway knows.
pub(crate) fn about(action: Action, amount: &str, exponent: u8, currency: [u8; 3], original: &str) -> Intent {
    Intent { original: Some(original.into()), ..intent(action, amount, exponent, currency) }
}

pub(crate) fn money(money: Option<values::Money>) -> String {
    money.map_or_else(|| "-".into(), |money| Money::from(money).to_string())
}

/// A webhook as the host hands it over.
pub(crate) fn delivery(hook: &Hook) -> Delivery {
    Delivery {
        method: "POST".into(),
        path: "/".into(),
        query: hook.query.clone(),
        headers: hook.headers.clone(),
        body: hook.body.clone(),
        received_at: values::Instant { seconds: NOW, nanoseconds: 0 },
    }
}

/// What a delivery says, once its sender is known; `verify` is the host's comparison.
pub(crate) fn hear<P: recaudo_sdk::PaymentWebhook>(
    desk: &Desk,
    hook: &Hook,
    verify: impl Fn(&recaudo_sdk::webhook::SignatureCheck) -> bool,
) -> Result<Vec<(String, Transaction)>, String> {
    let context = desk.context(operation("webhook-1"));
    let checks = match P::authenticate(context.clone(), delivery(hook)).map_err(|failure| failure.code)? {
        Authentication::Signatures(checks) => checks,
        other => return Err(format!("{other:?}")),
    };
    if checks.is_empty() || !checks.iter().all(verify) {
        return Err("bad-signature".into());
    }
    let events = P::parse(context, delivery(hook)).map_err(|failure| failure.code)?;
    Ok(events.into_iter().map(|event| (event.id, event.transaction)).collect())
}

/// A repeatable stream of numbers (an LCG of Knuth's), for seeded runs.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}
