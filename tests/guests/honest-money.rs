//! run: install
//! expect: installed
//!
//! Money, every way there is: takes it, hears of it, reads what was settled and what the bank saw, writes back, matches
//! and prices. The configuration is a text: the far side's origin, and what to claim when it does not say yes.

use recaudo_sdk::erp::writeback::{Entry, Posting, Status as Written};
use recaudo_sdk::files::{Range, Target};
use recaudo_sdk::http::{MacAlgorithm, Request};
use recaudo_sdk::payments::{Intent, Kind as Movement, Status, Transaction, settlement, statement, webhook};
use recaudo_sdk::policy::{allocator, pricer};
use recaudo_sdk::webhook::{Authentication, Delivery, SignatureCheck};
use recaudo_sdk::{Ability, Checkpoint, Context, Ctx, Fail, Failure, Kind, Stop, call, files, values};

struct Gateway;
struct Settlements;
struct Bank;
struct Erp;
struct Judge;
struct Ear;

/// Origin and claim.
fn setting(config: &[u8]) -> (String, String) {
    let text = String::from_utf8_lossy(config).trim_matches('"').to_owned();
    text.split_once('|').map(|(o, c)| (o.to_owned(), c.to_owned())).unwrap_or((text, String::new()))
}

fn transaction(status: Status, id: &str) -> Transaction {
    Transaction {
        kind: Movement::Payment,
        status,
        gateway_id: id.into(),
        operation_id: None,
        original: None,
        payout: None,
        amount: None,
        fee: None,
        next_url: None,
        code: String::new(),
        occurred_at: None,
        attributes: vec![],
    }
}

fn claimed(claim: &str) -> Result<Transaction, Stop> {
    match claim {
        "panic" => panic!("it wanted to"),
        "fails" => Err(Fail::invalid_input("unreadable", "the answer cannot be read").into()),
        "not-attempted" => Ok(transaction(Status::NotAttempted, "")),
        "succeeded" => Ok(transaction(Status::Succeeded, "claimed")),
        _ => Ok(transaction(Status::Declined, "")),
    }
}

impl recaudo_sdk::Gateway for Gateway {
    fn execute(ctx: &mut Ctx<Self>, intent: Intent) -> Result<Transaction, Stop> {
        let (origin, claim) = setting(ctx.config());
        let request = Request::new("POST", format!("{origin}/charges"))
            .header("Idempotency-Key", ctx.call().operation.idempotency_key.clone())
            .body("application/json", format!("{{\"amount\": {}}}", intent.amount.minor))
            .credential("api");
        match ctx.commit(request) {
            Ok(answer) if answer.status == 201 && claim.is_empty() => {
                let id = String::from_utf8_lossy(&answer.body).into_owned();
                Ok(transaction(Status::Succeeded, &id))
            }
            Err(Stop::Suspended) => Err(Stop::Suspended),
            _ => claimed(&claim),
        }
    }
    fn query(
        ctx: &mut Ctx<Self>,
        original: call::Operation,
        _: Intent,
        _: Option<String>,
    ) -> Result<Transaction, Stop> {
        let (origin, claim) = setting(ctx.config());
        let url = format!("{origin}/charges?key={}", original.idempotency_key);
        if claim == "commits" {
            ctx.commit(Request::new("POST", url.clone()))?;
        }
        let answer = ctx.fetch(Request::get(url).credential("api"))?;
        match answer.status {
            404 => Ok(transaction(Status::NotAttempted, "")),
            _ => Ok(transaction(Status::Succeeded, &String::from_utf8_lossy(&answer.body))),
        }
    }
}

impl recaudo_sdk::Settlement for Settlements {
    fn pull(ctx: &mut Ctx<Self>, since: Option<Checkpoint>) -> Result<settlement::Page, Stop> {
        let (origin, _) = setting(ctx.config());
        let number = since.map_or(0, |c| c.bytes.len()) + 1;
        let report =
            Request { spool: Some("report".into()), ..Request::get(format!("{origin}/report/{number}")) };
        ctx.fetch(report)?;
        let text = whole(ctx, "scratch", "report")?;
        Ok(settlement::Page {
            transactions: text.lines().map(|id| transaction(Status::Succeeded, id)).collect(),
            rejects: vec![],
            checkpoint: Checkpoint { version: 1, bytes: vec![0; number] },
            done: number == 2,
            not_before: None,
        })
    }
}

/// A file, four bytes at a time.
fn whole<A>(ctx: &mut Ctx<A>, source: &str, path: &str) -> Result<String, Stop>
where
    A: Ability<Effect: From<files::Request>, Outcome: Into<Option<files::Outcome>>>,
{
    let mut bytes = vec![];
    loop {
        let chunk = ctx.read(Range {
            source: source.into(),
            path: path.into(),
            offset: bytes.len() as u64,
            length: 4,
            etag: None,
        })?;
        bytes.extend(chunk.bytes);
        if chunk.end_of_file {
            return Ok(String::from_utf8_lossy(&bytes).into_owned());
        }
    }
}

impl recaudo_sdk::Statement for Bank {
    fn read(
        ctx: &mut Ctx<Self>,
        source: String,
        path: String,
        _: Option<Checkpoint>,
    ) -> Result<statement::Page, Stop> {
        let text = whole(ctx, &source, &path)?;
        if !text.starts_with("BANK") {
            return Err(
                Fail::new(Kind::Unsupported, "other-format", "the file does not begin with BANK").into()
            );
        }
        let entries = text.lines().skip(1).map(entry).collect();
        ctx.file(files::Request::Archive(Target { source, path, etag: None }), true)?;
        Ok(statement::Page {
            statements: vec![statement::BankStatement {
                account: "1".into(),
                number: "2".into(),
                kind: "statement".into(),
                first_day: None,
                last_day: None,
                opening: None,
                closing: None,
                entries,
            }],
            rejects: vec![],
            checkpoint: Checkpoint { version: 1, bytes: vec![] },
            done: true,
        })
    }
}

fn entry(line: &str) -> statement::Entry {
    statement::Entry {
        id: line.into(),
        booked: 0,
        value: 0,
        amount: values::Money { minor: 100, exponent: 2, currency: (b'C', b'O', b'P') },
        reversal: false,
        counterparty: String::new(),
        account: String::new(),
        reference: String::new(),
        remittance: String::new(),
        attributes: vec![],
    }
}

impl recaudo_sdk::Writeback for Erp {
    /// Looks whether it is there (a read by POST), then writes it.
    fn push(ctx: &mut Ctx<Self>, entry: Entry) -> Result<Posting, Stop> {
        let Entry::Note(note) = entry else {
            return Err(Fail::new(Kind::Unsupported, "notes-only", "this target holds notes").into());
        };
        let (origin, claim) = setting(ctx.config());
        let search = Request::new("POST", format!("{origin}/search")).body("text/plain", note.text.clone());
        if ctx.fetch(search)?.body == b"found" {
            return Ok(posting(Written::AlreadyApplied));
        }
        if claim == "lies" {
            return Ok(posting(Written::Applied));
        }
        let create = Request::new("POST", format!("{origin}/notes")).body("text/plain", note.text);
        ctx.commit(create)?;
        Ok(posting(Written::Applied))
    }
    fn query(ctx: &mut Ctx<Self>, _: call::Operation, _: Entry) -> Result<Posting, Stop> {
        let (origin, _) = setting(ctx.config());
        let found = ctx.fetch(Request::new("POST", format!("{origin}/search")))?.body == b"found";
        Ok(posting(if found { Written::AlreadyApplied } else { Written::NotAttempted }))
    }
}

fn posting(status: Written) -> Posting {
    Posting { status, id: String::new(), code: String::new() }
}

impl recaudo_sdk::PaymentWebhook for Ear {
    fn authenticate(_: Context, delivery: Delivery) -> Result<Authentication, Failure> {
        let header = delivery.headers.iter().find(|(name, _)| name == "x-signature");
        let Some((_, signature)) = header else { return Ok(Authentication::Refetch) };
        Ok(Authentication::Signatures(vec![SignatureCheck {
            credential: "hook".into(),
            algorithm: MacAlgorithm::HmacSha256,
            signature: unhex(signature),
            message: delivery.body,
            signed_at: Some(delivery.received_at),
        }]))
    }
    fn parse(_: Context, delivery: Delivery) -> Result<Vec<webhook::Event>, Failure> {
        let id = String::from_utf8_lossy(&delivery.body).into_owned();
        Ok(vec![webhook::Event { transaction: transaction(Status::Succeeded, &id), id }])
    }
}

fn unhex(text: &str) -> Vec<u8> {
    let digit = |b: &u8| char::from(*b).to_digit(16).and_then(|d| u8::try_from(d).ok()).unwrap_or(0);
    text.as_bytes().chunks(2).map(|pair| pair.iter().fold(0, |n, b| n << 4 | digit(b))).collect()
}

impl recaudo_sdk::Allocator for Judge {
    fn allocate(
        context: Context,
        receipts: Vec<allocator::Receipt>,
        items: Vec<allocator::Item>,
    ) -> Result<allocator::Suggestion, Failure> {
        let (_, claim) = setting(&context.config);
        let assignments = receipts
            .iter()
            .zip(&items)
            .map(|(receipt, item)| allocator::Assignment {
                receipt: receipt.id.clone(),
                item: if claim == "stray" { "elsewhere".into() } else { item.id.clone() },
                amount: item.open,
                confidence_ppm: 900_000,
                rule: "first".into(),
            })
            .collect();
        Ok(allocator::Suggestion { assignments, differences: vec![] })
    }
}

impl recaudo_sdk::Pricer for Judge {
    fn price(
        _: Context,
        on: i32,
        rates: Vec<pricer::Series>,
        items: Vec<pricer::Item>,
    ) -> Result<Vec<pricer::Charge>, Failure> {
        if rates.is_empty() {
            return Err(Fail::invalid_input("rate-gap", "no series covers the days"));
        }
        Ok(items
            .into_iter()
            .map(|item| pricer::Charge {
                amount: item.balances[0].open,
                item: item.id,
                kind: "interest".into(),
                from_day: item.due,
                to_day: on,
                rule: "all".into(),
                source: rates[0].name.clone(),
            })
            .collect())
    }
}

recaudo_sdk::export!(Gateway: Gateway);
recaudo_sdk::export!(Settlements: Settlement);
recaudo_sdk::export!(Bank: Statement);
recaudo_sdk::export!(Erp: Writeback);
recaudo_sdk::export!(Ear: PaymentWebhook);
recaudo_sdk::export!(Judge: Allocator);
recaudo_sdk::export!(Judge: Pricer);
