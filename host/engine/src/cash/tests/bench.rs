//! An ERP, a bank and an allocator a test writes by hand, over a scratch store.

mod written;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use recaudo_core::day::Day;
use recaudo_ports::clock::{Clock, Random};
use recaudo_ports::plugin::allocator::{Assignment, Difference, Item, Receipt as Asked, Suggestion};
use recaudo_ports::plugin::gateway::{Transaction, TransactionKind, TransactionStatus};
use recaudo_ports::plugin::statement::{BankStatement, Entry, Page as Read};
use recaudo_ports::plugin::webhook::{Authenticity, Delivery, Event, PaymentWebhook};
use recaudo_ports::plugin::{
    Allocation, Allocator, Batch, Call, Channel, Checkpoint, Customer, Document, Feed, Gate, Grants,
    Identity, Importer, Installation, Instant, Key, Mode, Money, Page, Payment, PluginError, PluginErrorKind,
    Plugins, PullRequest, Scorer, Settler, Statement, Strategist, Writeback,
};
use recaudo_store::{Store, StoreError};

use crate::aging::{AgingQuery, aging};
use crate::bank::{BankFile, BankView, bank};
use crate::cash::{MatchesView, matches};
use crate::import::{ImportView, import};
use crate::pay::{Gateways, LinkAsk, hear, link, work};
use crate::progress::Silent;
use crate::settings::{Settings, SettingsText};
use crate::vault::Vault;
use crate::verify::verify;
use crate::{Engine, source};

pub(crate) use written::{Fault, Written};

/// What the outside says.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) erp: Vec<Page>,
    /// By file name.
    pub(crate) files: Vec<(String, Vec<BankStatement>)>,
    /// Reading the page after this many fails, once.
    pub(crate) dies_after: Option<usize>,
    pub(crate) asked: Vec<(Vec<Asked>, Vec<Item>)>,
    /// Names in texts are sure, amounts are this sure.
    pub(crate) amount_ppm: i32,
    pub(crate) allocator_fails: bool,
    /// What was written back, by the reference or key it is found again by.
    pub(crate) written: BTreeMap<String, Written>,
    /// What goes wrong with the next write-backs, the last first.
    pub(crate) faults: Vec<Fault>,
    /// The next delivery of the gateway says this.
    pub(crate) told: Vec<Event>,
}

type Shared = Arc<Mutex<World>>;

fn failure(kind: PluginErrorKind, code: &str) -> PluginError {
    PluginError {
        plugin: "native 1".into(),
        kind,
        code: code.into(),
        message: "as the test wants".into(),
        may_have_committed: false,
        retry_after_ms: None,
    }
}

struct Native(Shared);

impl Plugins for Native {
    fn identity(&self, installation: &Installation) -> Result<Identity, PluginError> {
        Ok(Identity {
            id: installation.plugin.clone(),
            version: "1".into(),
            contract: "0.1".into(),
            component_sha256: [1; 32],
            manifest_sha256: [2; 32],
        })
    }
    fn importer(&self, _: &Installation) -> Result<Arc<dyn Importer>, PluginError> {
        Ok(Arc::new(Erp(Arc::clone(&self.0))))
    }
    fn channel(&self, i: &Installation) -> Result<Arc<dyn Channel>, PluginError> {
        Err(PluginError::exports_no(i, "channel"))
    }
    fn scorer(&self, i: &Installation) -> Result<Arc<dyn Scorer>, PluginError> {
        Err(PluginError::exports_no(i, "scorer"))
    }
    fn gate(&self, i: &Installation) -> Result<Arc<dyn Gate>, PluginError> {
        Err(PluginError::exports_no(i, "gate"))
    }
    fn strategist(&self, i: &Installation) -> Result<Arc<dyn Strategist>, PluginError> {
        Err(PluginError::exports_no(i, "strategist"))
    }
    fn statement(&self, i: &Installation) -> Result<Arc<dyn Statement>, PluginError> {
        match i.plugin.as_str() {
            "statement-camt" | "statement-ofx" => Ok(Arc::new(Files(Arc::clone(&self.0), i.plugin.clone()))),
            _ => Err(failure(PluginErrorKind::NotInstalled, "not-installed")),
        }
    }
    fn writeback(&self, _: &Installation) -> Result<Arc<dyn Writeback>, PluginError> {
        Ok(Arc::new(Erp(Arc::clone(&self.0))))
    }
    fn payment_webhook(&self, _: &Installation) -> Result<Arc<dyn PaymentWebhook>, PluginError> {
        Ok(Arc::new(Khipu(Arc::clone(&self.0))))
    }
    fn allocator(&self, _: &Installation) -> Result<Arc<dyn Allocator>, PluginError> {
        Ok(Arc::new(Clerk(Arc::clone(&self.0))))
    }
}

/// A gateway whose deliveries are always its own.
struct Khipu(Shared);

impl PaymentWebhook for Khipu {
    fn authenticate(&self, _: &Call, _: &Delivery) -> Result<Authenticity, PluginError> {
        Ok(Authenticity::Verified)
    }
    fn parse(&self, _: &Call, _: &Delivery) -> Result<Vec<Event>, PluginError> {
        Ok(self.0.lock().unwrap().told.clone())
    }
}

struct Erp(Shared);

impl Importer for Erp {
    fn check(&self, _: &Call) -> Result<String, PluginError> {
        Ok("native".into())
    }
    fn discover(&self, _: &Call) -> Result<Vec<Feed>, PluginError> {
        Ok(vec![Feed { name: "all".into(), incremental: false, deletes: true, snapshot: true }])
    }
    fn pull(&self, _: &Call, request: &PullRequest) -> Result<Page, PluginError> {
        let world = self.0.lock().unwrap();
        let at = request.checkpoint.as_ref().map_or(0, |c| usize::from(c.bytes[0]));
        let mut page = world.erp[at].clone();
        page.checkpoint = Checkpoint { version: 1, bytes: vec![u8::try_from(at + 1).unwrap()] };
        page.done = at + 1 == world.erp.len();
        Ok(page)
    }
}

/// A file of statements; a page holds one entry of one.
struct Files(Shared, String);

impl Statement for Files {
    fn read(
        &self,
        _: &Call,
        source: &str,
        path: &str,
        since: Option<&Checkpoint>,
    ) -> Result<Read, PluginError> {
        assert_eq!(source, "drop");
        let mut world = self.0.lock().unwrap();
        let ours = path.ends_with(self.1.trim_start_matches("statement-"));
        let found = world.files.iter().find(|(name, _)| ours && name == path).map(|(_, file)| file.clone());
        let Some(file) = found else { return Err(failure(PluginErrorKind::Unsupported, "other-format")) };
        let at = since.map_or(0, |c| usize::from(c.bytes[0]));
        if world.dies_after == Some(at) {
            world.dies_after = None;
            return Err(failure(PluginErrorKind::Unavailable, "unavailable"));
        }
        let parts: Vec<BankStatement> = file.iter().flat_map(pieces).collect();
        let statements: Vec<BankStatement> = parts.get(at).cloned().into_iter().collect();
        let checkpoint = Checkpoint { version: 1, bytes: vec![u8::try_from(at + 1).unwrap()] };
        Ok(Read { statements, rejects: Vec::new(), checkpoint, done: at + 1 >= parts.len() })
    }
}

fn pieces(whole: &BankStatement) -> Vec<BankStatement> {
    let chunk = if whole.entries.len() < 200 { 1 } else { 4_000 };
    let count = whole.entries.len().div_ceil(chunk).max(1);
    let piece = |at: usize| BankStatement {
        opening: whole.opening.filter(|_| at == 0),
        closing: whole.closing.filter(|_| at + 1 == count),
        entries: whole.entries.iter().skip(at * chunk).take(chunk).cloned().collect(),
        ..whole.clone()
    };
    (0..count).map(piece).collect()
}

/// Gives to what a text names, else to a known customer's item of the amount, else to one item of the amount.
struct Clerk(Shared);

impl Allocator for Clerk {
    fn allocate(&self, _: &Call, receipts: &[Asked], items: &[Item]) -> Result<Suggestion, PluginError> {
        let mut world = self.0.lock().unwrap();
        if receipts.len() > 100 {
            return Ok(by_number(receipts, items));
        }
        world.asked.push((receipts.to_vec(), items.to_vec()));
        if world.allocator_fails {
            return Err(failure(PluginErrorKind::OutOfFuel, "out-of-fuel"));
        }
        let mut said = Suggestion::default();
        for receipt in receipts {
            let mut left = receipt.amount.minor;
            let text = format!("{} {}", receipt.reference, receipt.remittance);
            let named: Vec<&Item> = items.iter().filter(|item| text.contains(&item.number)).collect();
            let (chosen, ppm, rule) = match named.as_slice() {
                [] => {
                    let exact = items.iter().filter(|i| {
                        i.open.minor == left && receipt.customer.as_ref().is_none_or(|c| *c == i.customer)
                    });
                    let sure = if receipt.customer.is_some() { 950_000 } else { world.amount_ppm };
                    (exact.take(1).collect(), sure, "exact-amount")
                }
                _ => (named, 990_000, "reference"),
            };
            for item in chosen {
                let minor = left.min(item.open.minor);
                let money = |minor| Money { minor, ..receipt.amount };
                if minor > 0 {
                    said.assignments.push(Assignment {
                        receipt: receipt.id.clone(),
                        item: item.id.clone(),
                        amount: money(minor),
                        confidence_ppm: ppm,
                        rule: rule.into(),
                    });
                }
                if minor < item.open.minor {
                    said.differences.push(Difference {
                        receipt: receipt.id.clone(),
                        item: Some(item.id.clone()),
                        amount: money(item.open.minor - minor),
                        code: if item.open.minor - minor < 1_000 { "bank-fee" } else { "short" }.into(),
                    });
                }
                left -= minor;
            }
        }
        Ok(said)
    }
}

/// Many receipts whose text ends with the number of what they pay.
fn by_number(receipts: &[Asked], items: &[Item]) -> Suggestion {
    let numbers: HashMap<&str, &Item> = items.iter().map(|item| (item.number.as_str(), item)).collect();
    let assignments = receipts.iter().filter_map(|receipt| {
        let item = numbers.get(receipt.remittance.rsplit(' ').next()?)?;
        Some(Assignment {
            receipt: receipt.id.clone(),
            item: item.id.clone(),
            amount: item.open,
            confidence_ppm: 990_000,
            rule: "reference".into(),
        })
    });
    Suggestion { assignments: assignments.collect(), differences: Vec::new() }
}

struct Turned(Mutex<DateTime<Utc>>);

impl Clock for Turned {
    fn now(&self) -> DateTime<Utc> {
        let mut now = self.0.lock().unwrap();
        *now += TimeDelta::seconds(1);
        *now
    }
}

struct Counted(Mutex<u64>);

impl Random for Counted {
    fn fill(&self, bytes: &mut [u8]) {
        let mut seed = self.0.lock().unwrap();
        for byte in bytes {
            *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            *byte = seed.to_be_bytes()[0];
        }
    }
}

const HOME: &str = r#"
[creditor]
name = "Acme S.A.S."
time_zone = "America/Bogota"
locale = "es-CO"
sender = "cobranza@acme.example"

[cash]
write_off = { COP = "5" }
"#;

/// A home with one ERP, called `erp`. It is noon in Bogotá on 20 March.
pub(crate) struct Bench {
    pub(crate) engine: Engine,
    pub(crate) world: Shared,
    clock: Arc<Turned>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let world = Arc::new(Mutex::new(World { amount_ppm: 600_000, ..World::default() }));
        let clock = Arc::new(Turned(Mutex::new("2026-03-20T17:00:00Z".parse().unwrap())));
        let mut engine = Engine {
            store: Store::scratch().unwrap(),
            plugins: Arc::new(Native(Arc::clone(&world))),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            random: Arc::new(Counted(Mutex::new(1))),
            vault: Vault::new([3; 32]),
            tenant: 1,
            settings: Settings::parse(&SettingsText { home: HOME, ..SettingsText::default() }).unwrap(),
        };
        let installation = Installation {
            name: "erp".into(),
            plugin: "native".into(),
            component_sha256: [0; 32],
            config: Arc::from(&b"{}"[..]),
            grants: Grants::default(),
        };
        source::add(&mut engine, &installation).unwrap();
        Self { engine, world, clock }
    }

    /// The ERP holds Ana and Beto with these invoices: number, customer, minor units; issued on 1 February.
    pub(crate) fn billed(invoices: &[(&str, &str, i64)]) -> Self {
        let mut bench = Self::new();
        let documents: Vec<(&str, &str, i64, i64)> =
            invoices.iter().map(|(number, customer, minor)| (*number, *customer, *minor, *minor)).collect();
        let documents = Self::documents(&documents);
        let batch = Batch {
            customers: vec![customer("ana", "Ana Gómez Peña", 1), customer("beto", "Beto Ríos", 2)],
            documents,
            ..Batch::default()
        };
        bench.erp(batch);
        bench
    }

    /// Number, customer, total and what is open, as a snapshot says it.
    pub(crate) fn documents(told: &[(&str, &str, i64, i64)]) -> Vec<Document> {
        let document = |((number, customer, minor, open), row): (&(&str, &str, i64, i64), u64)| Document {
            key: key(number, row),
            creditor: String::new(),
            customer: (*customer).into(),
            number: (*number).into(),
            instalment: 0,
            kind: "invoice".into(),
            issued: day("2026-02-01"),
            due: day("2026-03-03"),
            total: cop(*minor),
            open: (open != minor).then(|| cop(*open)),
            exchange_rate: None,
            status: "open".into(),
            disputed: false,
            attributes: Vec::new(),
        };
        told.iter().zip(10..).map(document).collect()
    }

    /// The ERP tells this, in one page.
    pub(crate) fn erp(&mut self, rows: Batch) -> ImportView {
        self.erp_page(page(rows))
    }

    pub(crate) fn erp_page(&mut self, page: Page) -> ImportView {
        self.world.lock().unwrap().erp = vec![page];
        let view = import(&mut self.engine, Some("erp"), &mut Silent).unwrap().remove(0);
        self.sound();
        view
    }

    /// The bank's file holds these statements.
    pub(crate) fn holds(&mut self, file: &str, statements: Vec<BankStatement>) {
        let mut world = self.world.lock().unwrap();
        world.files.retain(|(name, _)| name != file);
        world.files.push((file.into(), statements));
    }

    pub(crate) fn read(&mut self, file: &str) -> BankView {
        let view = self.try_read(file, false);
        self.sound();
        view
    }

    pub(crate) fn try_read(&mut self, file: &str, dry_run: bool) -> BankView {
        let mut sha256 = [0; 32];
        sha256[..file.len()].copy_from_slice(file.as_bytes());
        let file = BankFile { folder: "/bank".into(), name: file.into(), sha256 };
        bank(&mut self.engine, &[file], dry_run, &mut Silent).unwrap().remove(0)
    }

    /// One statement of one day in a file of its name.
    pub(crate) fn statement(&mut self, number: &str, entries: Vec<Entry>) -> BankView {
        let file = format!("{number}.camt");
        self.holds(&file, vec![whole(number, 1_000_000, entries)]);
        self.read(&file)
    }

    /// A link for what Ana owes is asked of the gateway.
    pub(crate) fn asks_ana(&mut self) {
        let ask = LinkAsk { customer: "ana", part_payments: true, ..LinkAsk::default() };
        link(&self.engine, &khipu(), &ask).unwrap();
    }

    /// The gateway tells, at the end of a link's way or by itself.
    pub(crate) fn goes_back(&mut self, id: &str, kind: TransactionKind, minor: i64, of: &str) {
        let mut word = told(id, kind, minor, "2026-03-20");
        word.original = Some(of.into());
        if kind == TransactionKind::Payment {
            word.code = "charge-back-reversed".into();
        }
        self.tell(id, word);
    }

    /// The aging, as it is shown.
    pub(crate) fn aging(&mut self) -> String {
        serde_json::to_string(&aging(&mut self.engine, &AgingQuery::default()).unwrap()).unwrap()
    }

    /// The gateway tells that Ana's link was paid, or a part of it.
    pub(crate) fn gateway(&mut self, id: &str, minor: i64, on: &str, reference: &str) {
        let mut word = told(id, TransactionKind::Payment, minor, on);
        let sql = "SELECT operation_id FROM gateway_operations";
        let asked = self.engine.store.read(|conn| conn.first(sql, &[], |row| Ok(row.text(0)?.to_owned())));
        word.operation_id = asked.unwrap();
        word.attributes = vec![("reference".into(), reference.into())];
        self.tell(id, word);
    }

    /// The gateway tells something; what is left of it is laid to debts by the next work.
    pub(crate) fn tell(&mut self, event: &str, word: Transaction) {
        self.world.lock().unwrap().told = vec![Event { id: event.into(), transaction: word }];
        let delivery = Delivery {
            method: "POST".into(),
            path: "/".into(),
            query: String::new(),
            headers: vec![],
            body: vec![],
            received_at: crate::instant::instant(self.engine.clock.now()),
            client_certificate: None,
        };
        assert_eq!(hear(&self.engine, &khipu(), &delivery).unwrap().status, 200);
        self.works();
    }

    /// Time goes on.
    pub(crate) fn turn(&self, seconds: i64) {
        *self.clock.0.lock().unwrap() += TimeDelta::seconds(seconds);
    }

    pub(crate) fn works(&mut self) {
        work(&self.engine, &Gateways::new()).unwrap();
        self.sound();
    }

    /// The ERP tells its invoices again with what they sum to: its own entries and no others are compared with it.
    pub(crate) fn foots(&mut self, when: &str) {
        let documents =
            Self::documents(&[("INV-1001", "ana", 100_000, 100_000), ("INV-1002", "beto", 70_000, 70_000)]);
        let mut page = page(Batch { documents, ..Batch::default() });
        page.control = vec![cop(170_000)];
        let before = self.entries();
        let view = self.erp_page(page);
        assert_eq!(view.control[0].difference, "0.00", "{when}");
        assert_eq!(self.entries(), before, "{when}");
    }

    pub(crate) fn matches(&mut self) -> MatchesView {
        matches(&mut self.engine).unwrap()
    }

    /// CPU time of this process, hundredths of a second, as Linux tells it.
    pub(crate) fn cpu(&self) -> u64 {
        let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
        let rest = stat.rsplit(')').next().unwrap_or_default();
        rest.split_whitespace().skip(11).take(2).filter_map(|word| word.parse::<u64>().ok()).sum()
    }

    /// Everything foots.
    pub(crate) fn sound(&mut self) {
        let view = verify(&mut self.engine, &mut Silent).unwrap();
        assert!(view.ok, "{view:?}");
    }

    /// Outstanding and unapplied of the only currency.
    pub(crate) fn debt(&mut self) -> (String, String) {
        let view = aging(&mut self.engine, &AgingQuery::default()).unwrap();
        view.currencies.into_iter().next().map_or_else(
            || ("0.00".into(), "0.00".into()),
            |c| {
                assert_eq!(c.credits, "0.00", "nothing is settled twice");
                (c.outstanding, c.unapplied)
            },
        )
    }

    /// Payments that stand.
    pub(crate) fn payments(&self) -> i64 {
        self.count("SELECT count(*) FROM payments WHERE status = 'received'")
    }

    pub(crate) fn count(&self, sql: &str) -> i64 {
        let read = |row: &recaudo_store::Row<'_>| row.int(0);
        self.engine.store.read(|conn| conn.first(sql, &[], read)).unwrap().unwrap()
    }

    /// `kind amount` of every entry.
    pub(crate) fn entries(&self) -> Vec<String> {
        let read = |row: &recaudo_store::Row<'_>| {
            let whose = if row.opt_int(2)?.is_some() { "" } else { " by us" };
            Ok::<_, StoreError>(format!("{} {}{whose}", row.text(0)?, row.int(1)?))
        };
        let sql = "SELECT kind, amount_minor, source_id FROM entries ORDER BY id";
        self.engine.store.read(|conn| conn.all(sql, &[], read)).unwrap()
    }
}

fn khipu() -> Installation {
    Installation {
        name: "khipu".into(),
        plugin: "gateway-khipu".into(),
        component_sha256: [0; 32],
        config: Arc::from(&b"{}"[..]),
        grants: Grants::default(),
    }
}

/// A word of a gateway about money that moved at noon.
pub(crate) fn told(id: &str, kind: TransactionKind, minor: i64, on: &str) -> Transaction {
    Transaction {
        kind,
        status: TransactionStatus::Succeeded,
        gateway_id: id.into(),
        operation_id: None,
        original: None,
        payout: None,
        amount: Some(cop(minor)),
        fee: None,
        next_url: None,
        code: String::new(),
        occurred_at: Some(Instant { seconds: i64::from(day(on)) * 86_400 + 61_200, nanoseconds: 0 }),
        attributes: vec![],
    }
}

pub(crate) fn day(text: &str) -> i32 {
    text.parse::<Day>().unwrap().0
}

pub(crate) fn key(id: &str, row: u64) -> Key {
    Key { id: id.into(), version: 1, row }
}

pub(crate) fn cop(minor: i64) -> Money {
    Money { minor, exponent: 2, currency: *b"COP" }
}

fn customer(id: &str, name: &str, row: u64) -> Customer {
    Customer {
        key: key(id, row),
        name: name.into(),
        kind: "person".into(),
        parent: None,
        tax_id: None,
        country: "CO".into(),
        locale: "es-CO".into(),
        time_zone: String::new(),
        attributes: Vec::new(),
    }
}

pub(crate) fn paid(id: &str, customer: &str, minor: i64, on: &str) -> Payment {
    Payment {
        key: key(id, 50),
        creditor: String::new(),
        customer: customer.into(),
        received: day(on),
        amount: cop(minor),
        method: "transfer".into(),
        reference: String::new(),
        attributes: Vec::new(),
    }
}

pub(crate) fn settles(id: &str, payment: &str, document: &str, minor: i64, on: &str) -> Allocation {
    Allocation {
        key: key(id, 50),
        settler: Settler::Payment(payment.into()),
        document: document.into(),
        amount: cop(minor),
        on: day(on),
    }
}

pub(crate) fn page(rows: Batch) -> Page {
    Page {
        mode: Mode::Events,
        origin: "all.csv".into(),
        read: 0,
        rows,
        rejects: Vec::new(),
        checkpoint: Checkpoint { version: 1, bytes: Vec::new() },
        done: false,
        not_before: None,
        control: Vec::new(),
    }
}

/// A credit transfer.
pub(crate) fn credit(id: &str, minor: i64, on: &str, who: &str, text: &str) -> Entry {
    Entry {
        id: id.into(),
        booked: day(on),
        value: day(on),
        amount: cop(minor),
        reversal: false,
        counterparty: who.into(),
        account: format!("account of {who}"),
        reference: String::new(),
        remittance: text.into(),
        attributes: Vec::new(),
    }
}

/// A statement that foots.
pub(crate) fn whole(number: &str, opening: i64, entries: Vec<Entry>) -> BankStatement {
    let sum: i64 = entries.iter().map(|entry| entry.amount.minor).sum();
    BankStatement {
        account: "CO001".into(),
        number: number.into(),
        kind: "statement".into(),
        first_day: Some(day("2026-03-19")),
        last_day: Some(day("2026-03-19")),
        opening: Some(cop(opening)),
        closing: Some(cop(opening + sum)),
        entries,
    }
}
