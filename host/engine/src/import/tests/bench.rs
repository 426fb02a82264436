//! A source whose pages a test writes, an engine over a scratch store, a clock a test turns.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use recaudo_core::day::Day;
use recaudo_ports::clock::{Clock, Random};
use recaudo_ports::plugin::{
    Allocation, Batch, Call, Channel, Checkpoint, Customer, Document, Feed, Gate, Grants, Identity, Importer,
    Installation, Key, Mode, Money, Page, Payment, PluginError, PluginErrorKind, Plugins, PullRequest,
    Reject, Scorer, Settler, Strategist,
};
use recaudo_store::{Store, StoreError};

use crate::aging::{AgingQuery, AgingView, aging};
use crate::import::{ImportView, import};
use crate::progress::Silent;
use crate::quarantine::QuarantineView;
use crate::settings::{Settings, SettingsText};
use crate::vault::Vault;
use crate::verify::verify;
use crate::{Engine, source};

/// What the source holds, and where it breaks.
#[derive(Default)]
pub(super) struct Script {
    pub(super) pages: Vec<Page>,
    pub(super) incremental: bool,
    /// Pulling this page fails, once.
    pub(super) fail_at: Option<usize>,
    /// Every checkpoint asked from.
    pub(super) asked: Vec<Option<u32>>,
}

struct Scripted(Arc<Mutex<Script>>);

impl Importer for Scripted {
    fn check(&self, _: &Call) -> Result<String, PluginError> {
        Ok("scripted".into())
    }

    fn discover(&self, _: &Call) -> Result<Vec<Feed>, PluginError> {
        let incremental = self.0.lock().unwrap().incremental;
        Ok(vec![Feed { name: "all".into(), incremental, deletes: true, snapshot: true }])
    }

    fn pull(&self, _: &Call, request: &PullRequest) -> Result<Page, PluginError> {
        let mut script = self.0.lock().unwrap();
        let from = request.checkpoint.as_ref().map(|c| u32::from_be_bytes(c.bytes[..].try_into().unwrap()));
        script.asked.push(from);
        let at = from.unwrap_or(0) as usize;
        if script.fail_at == Some(at) {
            script.fail_at = None;
            return Err(missing("the far side hung up"));
        }
        let mut page = script.pages[at].clone();
        page.checkpoint =
            Checkpoint { version: 1, bytes: (u32::try_from(at).unwrap() + 1).to_be_bytes().into() };
        page.done = at + 1 == script.pages.len();
        Ok(page)
    }
}

fn missing(message: &str) -> PluginError {
    PluginError {
        plugin: "scripted 1".into(),
        kind: PluginErrorKind::Unavailable,
        code: "unavailable".into(),
        message: message.into(),
        may_have_committed: false,
        retry_after_ms: None,
    }
}

struct OnlyImporter(Arc<Mutex<Script>>);

impl Plugins for OnlyImporter {
    fn identity(&self, _: &Installation) -> Result<Identity, PluginError> {
        Err(missing("not asked for"))
    }
    fn importer(&self, _: &Installation) -> Result<Arc<dyn Importer>, PluginError> {
        Ok(Arc::new(Scripted(Arc::clone(&self.0))))
    }
    fn channel(&self, _: &Installation) -> Result<Arc<dyn Channel>, PluginError> {
        Err(missing("no channel"))
    }
    fn scorer(&self, _: &Installation) -> Result<Arc<dyn Scorer>, PluginError> {
        Err(missing("no scorer"))
    }
    fn gate(&self, _: &Installation) -> Result<Arc<dyn Gate>, PluginError> {
        Err(missing("no gate"))
    }
    fn strategist(&self, _: &Installation) -> Result<Arc<dyn Strategist>, PluginError> {
        Err(missing("no strategist"))
    }
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
"#;

/// A home with one source, called `erp`.
pub(super) struct Bench {
    pub(super) engine: Engine,
    clock: Arc<Turned>,
    script: Arc<Mutex<Script>>,
}

impl Bench {
    /// It is noon in Bogotá on the day.
    pub(super) fn on(day: &str) -> Self {
        let script = Arc::new(Mutex::new(Script::default()));
        let clock = Arc::new(Turned(Mutex::new(noon(day))));
        let mut engine = Engine {
            store: Store::scratch().unwrap(),
            plugins: Arc::new(OnlyImporter(Arc::clone(&script))),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            random: Arc::new(Counted(Mutex::new(1))),
            vault: Vault::new([3; 32]),
            tenant: 1,
            settings: Settings::parse(&SettingsText { home: HOME, ..SettingsText::default() }).unwrap(),
        };
        let installation = Installation {
            name: "erp".into(),
            plugin: "scripted".into(),
            component_sha256: [0; 32],
            config: Arc::from(&b"{}"[..]),
            grants: Grants::default(),
        };
        source::add(&mut engine, &installation).unwrap();
        Self { engine, clock, script }
    }

    pub(super) fn turn_to(&self, day: &str) {
        *self.clock.0.lock().unwrap() = noon(day);
    }

    pub(super) fn script(&self, change: impl FnOnce(&mut Script)) {
        change(&mut self.script.lock().unwrap());
    }

    /// The source tells these pages; they come in.
    pub(super) fn import(&mut self, pages: Vec<Page>) -> ImportView {
        self.script(|script| script.pages = pages);
        self.resume()
    }

    /// Imports what the source still tells.
    pub(super) fn resume(&mut self) -> ImportView {
        let mut views = import(&mut self.engine, Some("erp"), &mut Silent).unwrap();
        let view = verify(&mut self.engine, &mut Silent).unwrap();
        assert!(view.ok, "{view:?}");
        views.remove(0)
    }

    pub(super) fn counts(view: &ImportView) -> (i64, i64, i64, i64) {
        assert_eq!(view.read, view.imported + view.unchanged + view.quarantined);
        (view.read, view.imported, view.unchanged, view.quarantined)
    }

    pub(super) fn quarantine(&mut self) -> Vec<QuarantineView> {
        crate::quarantine::list(&mut self.engine, "en").unwrap()
    }

    /// `row field code: value` of each complaint.
    pub(super) fn complaints(&mut self) -> Vec<String> {
        let rows = self.quarantine();
        rows.into_iter()
            .map(|q| format!("{} {} {} {}: {}", q.row, q.entity, q.field, q.code, q.value))
            .collect()
    }

    /// Outstanding, credits and unapplied of the only currency.
    pub(super) fn debt(&mut self) -> (String, String, String) {
        self.debt_of(&AgingQuery::default())
    }

    pub(super) fn debt_as_of(&mut self, day: &str) -> String {
        let query = AgingQuery { as_of: Some(day.parse().unwrap()), ..AgingQuery::default() };
        self.debt_of(&query).0
    }

    pub(super) fn debt_as_known(&mut self, day: &str, known: &str) -> String {
        let (as_of, known_at) = (Some(day.parse().unwrap()), Some(noon(known)));
        self.debt_of(&AgingQuery { as_of, known_at, ..AgingQuery::default() }).0
    }

    fn debt_of(&mut self, query: &AgingQuery) -> (String, String, String) {
        let view = self.aging(query);
        let currency = view.currencies.into_iter().next();
        let nothing = || ("0.00".into(), "0.00".into(), "0.00".into());
        currency.map_or_else(nothing, |c| (c.outstanding, c.credits, c.unapplied))
    }

    pub(super) fn aging(&mut self, query: &AgingQuery) -> AgingView {
        aging(&mut self.engine, query).unwrap()
    }

    /// `kind amount on day` of every entry about an item or payment, by number.
    pub(super) fn entries(&self) -> Vec<String> {
        let read = |row: &recaudo_store::Row<'_>| {
            let day = Day(row.int32(2)?);
            Ok::<_, StoreError>(format!("{} {} on {day}", row.text(0)?, row.int(1)?))
        };
        let sql = "SELECT kind, amount_minor, effective_on FROM entries ORDER BY id";
        self.engine.store.read(|conn| conn.all(sql, &[], read)).unwrap()
    }
}

fn noon(day: &str) -> DateTime<Utc> {
    format!("{day}T17:00:00Z").parse().unwrap()
}

pub(super) fn day(text: &str) -> i32 {
    text.parse::<Day>().unwrap().0
}

pub(super) fn key(id: &str, row: u64) -> Key {
    Key { id: id.into(), version: 1, row }
}

pub(super) fn cop(minor: i64) -> Money {
    Money { minor, exponent: 2, currency: *b"COP" }
}

pub(super) fn customer(id: &str, row: u64) -> Customer {
    Customer {
        key: key(id, row),
        name: format!("Customer {id}"),
        kind: "business".into(),
        parent: None,
        tax_id: None,
        country: "CO".into(),
        locale: "es-CO".into(),
        time_zone: String::new(),
        attributes: Vec::new(),
    }
}

/// Issued on the day, due thirty days later.
pub(super) fn invoice(number: &str, row: u64, minor: i64, issued: &str) -> Document {
    Document {
        key: key(number, row),
        creditor: String::new(),
        customer: "ana".into(),
        number: number.into(),
        instalment: 0,
        kind: "invoice".into(),
        issued: day(issued),
        due: day(issued) + 30,
        total: cop(minor),
        open: None,
        exchange_rate: None,
        status: "open".into(),
        disputed: false,
        attributes: Vec::new(),
    }
}

pub(super) fn payment(id: &str, row: u64, minor: i64, on: &str) -> Payment {
    Payment {
        key: key(id, row),
        creditor: String::new(),
        customer: "ana".into(),
        received: day(on),
        amount: cop(minor),
        method: "transfer".into(),
        reference: String::new(),
        attributes: Vec::new(),
    }
}

pub(super) fn pays(id: &str, row: u64, payment: &str, document: &str, minor: i64, on: &str) -> Allocation {
    Allocation {
        key: key(id, row),
        settler: Settler::Payment(payment.into()),
        document: document.into(),
        amount: cop(minor),
        on: day(on),
    }
}

pub(super) fn page(rows: Batch) -> Page {
    let places = [
        rows.customers.iter().map(|r| r.key.row).collect::<Vec<_>>(),
        rows.contacts.iter().map(|r| r.key.row).collect(),
        rows.documents.iter().map(|r| r.key.row).collect(),
        rows.payments.iter().map(|r| r.key.row).collect(),
        rows.allocations.iter().map(|r| r.key.row).collect(),
    ];
    let met: std::collections::BTreeSet<u64> = places.into_iter().flatten().filter(|row| *row > 0).collect();
    Page {
        mode: Mode::Events,
        origin: "all.csv".into(),
        read: met.len() as u64,
        rows,
        rejects: Vec::new(),
        checkpoint: Checkpoint { version: 1, bytes: Vec::new() },
        done: false,
        not_before: None,
        control: Vec::new(),
    }
}

pub(super) fn reject(row: u64, field: &str, value: &str, code: &str) -> Reject {
    Reject {
        source: "all.csv".into(),
        row,
        field: field.into(),
        value: value.into(),
        code: code.into(),
        message: "cannot be read".into(),
    }
}
