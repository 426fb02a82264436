//! A folder in memory that answers the plugin's asks, and kills it after every page.

use std::collections::BTreeMap;

use recaudo_sdk::{
    Ability, Checkpoint, Ctx, Date, Failure, Past, Reject, Stop, call, erp, files, io, values,
};

use crate::ErpCsv;
use crate::pull::{RANGES, Ranges, pull};

/// The clock of every call: 2024-05-01 12:00 UTC.
const NOW: i64 = 1_714_564_800;

#[derive(Debug, Clone)]
pub(super) struct File {
    pub(super) bytes: Vec<u8>,
    pub(super) etag: String,
    pub(super) modified: i64,
}

/// Files by path, the configuration, and how much is asked for at a time.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    pub(super) files: BTreeMap<String, File>,
    pub(super) config: Vec<u8>,
    pub(super) rows_max: u32,
    pub(super) ranges: Ranges,
    /// Asks answered so far.
    pub(super) asks: usize,
}

/// All pages of a feed, one after the other.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Import {
    pub(super) batch: erp::Batch,
    pub(super) rejects: Vec<Reject>,
    pub(super) read: u64,
    pub(super) control: Vec<values::Money>,
    pub(super) pages: usize,
    pub(super) modes: Vec<erp::Mode>,
}

impl Folder {
    pub(super) fn new(config: &str) -> Self {
        Self {
            files: BTreeMap::new(),
            config: config.as_bytes().to_vec(),
            rows_max: 1000,
            ranges: RANGES,
            asks: 0,
        }
    }

    pub(super) fn with(mut self, path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        let etag = format!("etag-{}", self.files.len());
        self.files.insert(path.to_owned(), File { bytes: bytes.into(), etag, modified: 1_714_000_000 });
        self
    }

    /// Runs a function of the plugin until it needs nothing any more; every answer is taken away again after
    /// the call.
    pub(super) fn run<R>(
        &mut self,
        work: impl Fn(&mut Ctx<ErpCsv>) -> Result<R, Stop>,
    ) -> Result<R, Failure> {
        let mut past = Past::default();
        for _ in 0..10_000 {
            let mut ctx = Ctx::<ErpCsv>::new(self.call(), past.clone());
            match work(&mut ctx) {
                Ok(result) => {
                    assert!(ctx.settle()?.asks.is_empty(), "an ask was ignored");
                    return Ok(result);
                }
                Err(Stop::Failed(failure)) => return Err(failure),
                Err(Stop::Suspended) => {
                    let wanted = ctx.settle()?;
                    assert!(!wanted.asks.is_empty(), "suspended without an ask");
                    for ask in wanted.asks {
                        assert!(!ask.commits, "an import only reads");
                        past.answers.push((ask.tag, self.answer(ask.effect)));
                    }
                    // Answers are found by tag, so their order must not matter.
                    past.answers.reverse();
                }
            }
        }
        panic!("the plugin asks for ever");
    }

    /// One page from a checkpoint.
    pub(super) fn page(&mut self, feed: &str, checkpoint: Option<Checkpoint>) -> Result<erp::Page, Failure> {
        let ranges = self.ranges;
        let request = erp::PullRequest { feed: feed.to_owned(), checkpoint, rows_max: self.rows_max };
        self.run(|ctx| pull(ctx, &request, ranges))
    }

    pub(super) fn feeds(&mut self) -> Vec<erp::Feed> {
        self.run(<ErpCsv as recaudo_sdk::Importer>::discover).expect("the configuration is good")
    }

    /// Everything a feed has.
    pub(super) fn import_feed(&mut self, feed: &str) -> Result<Import, Failure> {
        let mut import = Import::default();
        let mut checkpoint = None;
        for _ in 0..100_000 {
            let page = self.page(feed, checkpoint.clone())?;
            assert!(page.checkpoint.bytes.len() <= 64 * 1024, "a checkpoint too large for the host");
            assert!(page.read <= u64::from(self.rows_max).max(1), "a page of more rows than asked for");
            assert!(
                page.read == 0 || Some(&page.checkpoint) != checkpoint.as_ref(),
                "the checkpoint stands still"
            );
            import.add(page.clone());
            if page.done {
                return Ok(import);
            }
            checkpoint = Some(page.checkpoint);
        }
        panic!("the feed has no end");
    }

    /// All feeds in their order.
    pub(super) fn import(&mut self) -> Import {
        let mut all = Import::default();
        for feed in self.feeds() {
            let part = self.import_feed(&feed.name).expect("the feed can be read");
            all.pages += part.pages;
            all.join(part);
        }
        all
    }

    fn call(&self) -> call::Context {
        call::Context {
            now: values::Instant { seconds: NOW, nanoseconds: 0 },
            business_day: Date::from_ymd(2024, 5, 1).expect("a day").epoch_day(),
            time_zone: "America/Bogota".into(),
            locale: "es-CO".into(),
            deadline: values::Instant { seconds: NOW + 60, nanoseconds: 0 },
            entropy: vec![7; 32],
            trace_id: "trace".into(),
            operation: call::Operation { id: "op".into(), idempotency_key: "key".into(), attempt: 1 },
            config: self.config.clone(),
        }
    }

    fn answer(&mut self, effect: <ErpCsv as Ability>::Effect) -> io::Outcome {
        self.asks += 1;
        let io::Effect::File(request) = effect else { panic!("an import of files asks for files") };
        io::Outcome::File(match request {
            files::Request::Enumerate(listing) => Ok(files::Response::Entries(self.list(&listing))),
            files::Request::Read(range) => self.read(&range).map(files::Response::Chunk),
            _ => panic!("an import only reads"),
        })
    }

    fn list(&self, listing: &files::Listing) -> files::Listed {
        assert_eq!(listing.source, "drop");
        let wanted = |path: &&String| path.starts_with(&listing.prefix) && **path > listing.after;
        // Two at a time, so that every listing of three files has pages.
        let found: Vec<&String> = self.files.keys().filter(wanted).collect();
        let entry = |path: &&String| {
            let file = &self.files[*path];
            let modified = Some(values::Instant { seconds: file.modified, nanoseconds: 0 });
            files::Entry {
                path: (*path).clone(),
                size: file.bytes.len() as u64,
                etag: file.etag.clone(),
                modified,
            }
        };
        files::Listed { entries: found.iter().take(2).map(entry).collect(), more: found.len() > 2 }
    }

    fn read(&self, range: &files::Range) -> Result<files::Chunk, files::FileFailure> {
        let failure =
            |kind, code: &str| files::FileFailure { kind, code: code.into(), message: range.path.clone() };
        let file =
            self.files.get(&range.path).ok_or_else(|| failure(files::FailureKind::NotFound, "not-found"))?;
        if range.etag.as_ref().is_some_and(|etag| *etag != file.etag) {
            return Err(failure(files::FailureKind::Changed, "changed"));
        }
        let start = usize::try_from(range.offset).expect("small").min(file.bytes.len());
        let end = (start + range.length as usize).min(file.bytes.len());
        Ok(files::Chunk {
            bytes: file.bytes[start..end].to_vec(),
            end_of_file: end == file.bytes.len(),
            etag: file.etag.clone(),
        })
    }
}

impl Import {
    fn add(&mut self, page: erp::Page) {
        self.pages += 1;
        let part = Self {
            batch: page.rows,
            rejects: page.rejects,
            read: page.read,
            control: page.control,
            pages: 0,
            modes: vec![page.mode],
        };
        self.join(part);
    }

    fn join(&mut self, part: Self) {
        self.batch.customers.extend(part.batch.customers);
        self.batch.contacts.extend(part.batch.contacts);
        self.batch.documents.extend(part.batch.documents);
        self.batch.payments.extend(part.batch.payments);
        self.batch.allocations.extend(part.batch.allocations);
        self.batch.consents.extend(part.batch.consents);
        self.rejects.extend(part.rejects);
        self.read += part.read;
        for money in part.control {
            match self.control.iter_mut().find(|total| total.currency == money.currency) {
                Some(total) => total.minor += money.minor,
                None => self.control.push(money),
            }
        }
        self.control.sort_by_key(|money| money.currency);
        self.modes.extend(part.modes);
    }

    /// Customers and contacts repeat from page to page; the host knows them apart by all they say, the row
    /// aside.
    pub(super) fn without_repeats(mut self) -> Self {
        let mut seen = vec![];
        self.batch.customers.retain(|customer| {
            let mut plain = customer.clone();
            plain.key.row = 0;
            let new = !seen.contains(&plain);
            seen.push(plain);
            new
        });
        let mut seen = vec![];
        self.batch.contacts.retain(|contact| {
            let mut plain = contact.clone();
            plain.key.row = 0;
            let new = !seen.contains(&plain);
            seen.push(plain);
            new
        });
        self.pages = 0;
        self.modes.clear();
        self
    }

    /// Rows that any record came from.
    pub(super) fn rows_in(&self) -> std::collections::BTreeSet<u64> {
        let batch = &self.batch;
        let keys = batch.customers.iter().map(|r| &r.key).chain(batch.contacts.iter().map(|r| &r.key));
        let keys =
            keys.chain(batch.documents.iter().map(|r| &r.key)).chain(batch.payments.iter().map(|r| &r.key));
        keys.chain(batch.allocations.iter().map(|r| &r.key)).map(|key| key.row).collect()
    }

    /// Rejects as (row, field, value, code).
    pub(super) fn reasons(&self) -> Vec<(u64, &str, &str, &str)> {
        self.rejects.iter().map(|r| (r.row, r.field.as_str(), r.value.as_str(), r.code.as_str())).collect()
    }
}

/// `USD 1234.50` for `minor` of two decimals and the like.
pub(super) fn shown(money: &values::Money) -> String {
    recaudo_sdk::Money::from(*money).to_string()
}
