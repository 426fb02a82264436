//! run: send
//! expect: ok
//!
//! Counts the lines of a file, and sends what it is given.

use recaudo_sdk::erp::{Batch, Document, Feed, Key, Mode, Page, PullRequest};
use recaudo_sdk::files::{Listing, Range};
use recaudo_sdk::messaging::{Mail, Message, Receipt, Status};
use recaudo_sdk::{Checkpoint, Ctx, Stop, values};

struct Reader;

struct Sender;

/// What one range holds.
const CHUNK: u32 = 1024 * 1024;

impl recaudo_sdk::Importer for Reader {
    fn check(ctx: &mut Ctx<Self>) -> Result<String, Stop> {
        let listed = ctx.enumerate(Listing {
            source: "drop".into(),
            prefix: String::new(),
            after: String::new(),
            limit: 0,
        })?;
        Ok(listed.entries.iter().map(|e| format!("{}:{}", e.path, e.size)).collect::<Vec<_>>().join(" "))
    }
    fn discover(_: &mut Ctx<Self>) -> Result<Vec<Feed>, Stop> {
        Ok(vec![Feed { name: "lines".into(), incremental: true, deletes: false, snapshot: false }])
    }
    /// One range a page; the checkpoint is the offset.
    fn pull(ctx: &mut Ctx<Self>, request: PullRequest) -> Result<Page, Stop> {
        let offset =
            request.checkpoint.map_or(0, |c| u64::from_le_bytes(c.bytes.try_into().unwrap_or_default()));
        let chunk = ctx.read(Range {
            source: "drop".into(),
            path: "lines.csv".into(),
            offset,
            length: CHUNK,
            etag: None,
        })?;
        let documents: Vec<Document> =
            chunk.bytes.split(|b| *b == b'\n').filter(|l| !l.is_empty()).map(document).collect();
        let next = offset + chunk.bytes.len() as u64;
        Ok(Page {
            mode: Mode::Events,
            origin: "lines.csv".into(),
            read: documents.len() as u64,
            rows: Batch { documents, ..Batch::default() },
            rejects: vec![],
            checkpoint: Checkpoint { version: 1, bytes: next.to_le_bytes().to_vec() },
            done: chunk.end_of_file,
            not_before: None,
            control: vec![],
        })
    }
}

fn document(line: &[u8]) -> Document {
    let text = String::from_utf8_lossy(line).into_owned();
    Document {
        key: Key { id: text.clone(), version: 1, row: 0 },
        creditor: "c".into(),
        customer: "k".into(),
        number: text,
        instalment: 1,
        kind: "invoice".into(),
        issued: 0,
        due: 30,
        total: values::Money { minor: 100, exponent: 2, currency: (b'U', b'S', b'D') },
        open: None,
        exchange_rate: None,
        status: "open".into(),
        disputed: false,
        attributes: vec![],
    }
}

impl recaudo_sdk::Channel for Sender {
    fn send(ctx: &mut Ctx<Self>, message: Message) -> Result<Receipt, Stop> {
        let answer = ctx.send_mail(Mail {
            sender: message.sender,
            to: vec![message.to],
            subject: message.subject,
            text: message.text,
            html: message.html,
            headers: vec![],
            attachments: message.attachments,
        })?;
        let status = if answer.accepted { Status::Accepted } else { Status::Failed };
        Ok(Receipt {
            status,
            provider_id: answer.queue_id,
            code: answer.code.to_string(),
            occurred_at: None,
            cost: None,
        })
    }
    fn query(_: &mut Ctx<Self>, _: String, _: Option<String>) -> Result<Receipt, Stop> {
        Ok(Receipt {
            status: Status::Unknown,
            provider_id: String::new(),
            code: "cannot-tell".into(),
            occurred_at: None,
            cost: None,
        })
    }
}

recaudo_sdk::export!(Reader: Importer);
recaudo_sdk::export!(Sender: Channel);
