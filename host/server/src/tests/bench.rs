//! An engine over a scratch store with two customers who owe, a gateway of this test's own, and its server's routes.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use chrono::{DateTime, Utc};
use http_body_util::BodyExt as _;
use recaudo_core::day::Day;
use recaudo_core::ledger::{Entry, EntryKind};
use recaudo_core::money::Currency;
use recaudo_core::receivable::Position;
use recaudo_engine::settings::{Settings, SettingsText};
use recaudo_engine::vault::Vault;
use recaudo_engine::{Engine, audit, instant::micros, pay::Gateways};
use recaudo_ports::clock::{Clock, Random};
use recaudo_ports::journal::{Effect, Journal, Settled};
use recaudo_ports::plugin::gateway::{Gateway, Intent, Transaction, TransactionKind, TransactionStatus};
use recaudo_ports::plugin::webhook::{Authenticity, Delivery, Event, PaymentWebhook, Refused};
use recaudo_ports::plugin::{
    Call, Channel, Gate, Grants, Identity, Importer, Installation, Money, Operation, PluginError,
    PluginErrorKind, Plugins, Scorer, Strategist,
};
use recaudo_store::customer::Customer;
use recaudo_store::item::Item;
use recaudo_store::source::Source;
use recaudo_store::{Store, customer, import, item, source};
use tower::ServiceExt as _;

use crate::config::{Config, Limits};
use crate::face::{Face, Peer, router};
use crate::gate;
use crate::metrics::Metrics;
use crate::worker::Workers;

/// What the gateway's far side does.
#[derive(Default)]
pub(super) struct Far {
    /// The plugin dies of every delivery.
    pub(super) broken: AtomicBool,
    /// Nobody answers who is asked for a link.
    pub(super) away: AtomicBool,
    /// The last delivery a plugin saw.
    pub(super) seen: Mutex<Option<Delivery>>,
    links: AtomicU32,
}

/// A gateway that believes header `x-signed: yes`, answers `?challenge=`, and reads `EVENT OPERATION MINOR`.
struct Fake(Arc<Far>);

fn failure(kind: PluginErrorKind, code: &str) -> PluginError {
    PluginError {
        plugin: "fake 1".into(),
        kind,
        code: code.into(),
        message: code.into(),
        may_have_committed: false,
        retry_after_ms: None,
    }
}

fn said(id: &str, status: TransactionStatus, minor: i64) -> Transaction {
    Transaction {
        kind: TransactionKind::Payment,
        status,
        gateway_id: id.into(),
        operation_id: None,
        original: None,
        payout: None,
        amount: Some(Money { minor, exponent: 2, currency: *b"COP" }),
        fee: None,
        next_url: None,
        code: String::new(),
        occurred_at: None,
        attributes: vec![],
    }
}

impl Gateway for Fake {
    fn execute(&self, call: &Call, _: &Intent, journal: &dyn Journal) -> Result<Transaction, PluginError> {
        if self.0.away.load(Ordering::SeqCst) {
            return Err(failure(PluginErrorKind::Unavailable, "connection-refused"));
        }
        let id = &call.operation.id;
        let effect =
            Effect { operation_id: id, commit: 1, kind: "http", target: "pay.example", request: b"POST" };
        let row = journal.prepared(&effect).unwrap();
        journal.sent(row).unwrap();
        journal.settled(row, Settled::Done, b"").unwrap();
        let n = self.0.links.fetch_add(1, Ordering::SeqCst);
        Ok(Transaction {
            operation_id: Some(id.clone()),
            next_url: Some(format!("https://pay.example/{n}")),
            ..said(&format!("plink_{n}"), TransactionStatus::RequiresAction, 100_000)
        })
    }

    fn query(
        &self,
        _: &Call,
        _: &Operation,
        _: &Intent,
        _: Option<&str>,
    ) -> Result<Transaction, PluginError> {
        Err(failure(PluginErrorKind::Unavailable, "unavailable"))
    }
}

impl PaymentWebhook for Fake {
    fn authenticate(&self, _: &Call, delivery: &Delivery) -> Result<Authenticity, PluginError> {
        *self.0.seen.lock().unwrap() = Some(delivery.clone());
        if self.0.broken.load(Ordering::SeqCst) {
            return Err(failure(PluginErrorKind::Trap, "trap"));
        }
        if let Some(challenge) = delivery.query.strip_prefix("challenge=") {
            return Ok(Authenticity::Challenge(challenge.as_bytes().to_vec()));
        }
        let signed = delivery.headers.iter().any(|(name, value)| name == "x-signed" && value == "yes");
        let refused = Refused { code: "bad-signature".into(), message: "the signature is not ours".into() };
        Ok(if signed { Authenticity::Verified } else { Authenticity::Refused(refused) })
    }

    fn parse(&self, _: &Call, delivery: &Delivery) -> Result<Vec<Event>, PluginError> {
        let text = String::from_utf8_lossy(&delivery.body).into_owned();
        let [event, operation, minor]: [&str; 3] = text
            .split(' ')
            .collect::<Vec<_>>()
            .try_into()
            .map_err(|_| failure(PluginErrorKind::InvalidInput, "no-event"))?;
        let paid = said("pi_1", TransactionStatus::Succeeded, minor.parse().unwrap());
        let transaction = Transaction { operation_id: Some(operation.into()), ..paid };
        Ok(vec![Event { id: event.into(), transaction }])
    }
}

impl Plugins for Fake {
    fn identity(&self, i: &Installation) -> Result<Identity, PluginError> {
        Ok(Identity {
            id: i.plugin.clone(),
            version: "1".into(),
            contract: "0.1".into(),
            component_sha256: [4; 32],
            manifest_sha256: [4; 32],
        })
    }
    fn importer(&self, i: &Installation) -> Result<Arc<dyn Importer>, PluginError> {
        Err(PluginError::exports_no(i, "importer"))
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
    fn gateway(&self, _: &Installation) -> Result<Arc<dyn Gateway>, PluginError> {
        Ok(Arc::new(Self(Arc::clone(&self.0))))
    }
    fn payment_webhook(&self, _: &Installation) -> Result<Arc<dyn PaymentWebhook>, PluginError> {
        Ok(Arc::new(Self(Arc::clone(&self.0))))
    }
}

struct Noon;

impl Clock for Noon {
    fn now(&self) -> DateTime<Utc> {
        "2026-03-10T17:00:00Z".parse().unwrap()
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
name = "Acme & Hijos <S.A.S.>"
time_zone = "America/Bogota"
locale = "es-CO"
sender = "cobranza@acme.example"
contact = "+57 1 555 0100"
"#;

/// A server's routes over a home with a gateway called `stripe`; Ana (es) and João (pt) owe 1,000.00 COP each.
pub(super) struct Bench {
    pub(super) face: Arc<Face>,
    pub(super) far: Arc<Far>,
    pub(super) router: Router,
    pub(super) stripe: Installation,
}

/// An answer, read to its end.
pub(super) struct Said {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl Said {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Bench {
    pub(super) fn new() -> Self {
        Self::with(|_| ())
    }

    pub(super) fn with(change: impl FnOnce(&mut Config)) -> Self {
        let far = Arc::new(Far::default());
        let engine = engine(&far);
        owe(&engine);
        let mut config = Config::at("127.0.0.1:0".parse().unwrap());
        config.public_url = "https://pay.acme.example".into();
        change(&mut config);
        let stripe = stripe();
        let face = Arc::new(Face {
            engine: Arc::new(engine),
            gateways: Arc::new(Gateways::from([("stripe".to_owned(), stripe.clone())])),
            gate: gate::Gate::new(config.limits),
            config,
            metrics: Metrics::default(),
            workers: Workers::none(),
        });
        Self { router: router(Arc::clone(&face)), face, far, stripe }
    }

    pub(super) async fn ask(&self, request: Request<Body>) -> Said {
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = answer.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Said { status: head.status, headers: head.headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
    }

    pub(super) async fn get(&self, path: &str) -> Said {
        self.ask(self.request("GET", path, Body::empty())).await
    }

    pub(super) fn request(&self, method: &str, path: &str, body: impl Into<Body>) -> Request<Body> {
        let request = Request::builder().method(method).uri(path);
        request.extension(Peer("127.0.0.1".parse().unwrap())).body(body.into()).unwrap()
    }

    /// A delivery in the far side's name, or in somebody else's.
    pub(super) async fn deliver(&self, signed: bool, body: impl Into<Body>) -> Said {
        let mut request = self.request("POST", "/webhooks/stripe", body);
        if signed {
            request.headers_mut().insert("x-signed", "yes".parse().unwrap());
        }
        self.ask(request).await
    }

    /// Rows of a table.
    pub(super) fn count(&self, from: &str) -> i64 {
        let sql = format!("SELECT count(*) FROM {from}");
        let found = self.face.engine.store.read(|conn| conn.first(&sql, &[], |row| row.int(0)));
        found.unwrap().unwrap()
    }

    /// What somebody still owes.
    pub(super) fn open(&self, number: &str) -> i64 {
        let sql = "SELECT open_minor FROM open_items WHERE number = $1";
        let store = &self.face.engine.store;
        store.read(|conn| conn.first(sql, &[number.into()], |row| row.int(0))).unwrap().unwrap()
    }
}

/// Limits that a test reaches.
pub(super) fn tight() -> Limits {
    Limits {
        body: 100,
        bodies: 150,
        arrival: std::time::Duration::from_millis(50),
        patience: std::time::Duration::from_millis(50),
        queue: 1,
        seats: 1,
        ..Limits::default()
    }
}

pub(super) fn stripe() -> Installation {
    Installation {
        name: "stripe".into(),
        plugin: "gateway-stripe".into(),
        component_sha256: [4; 32],
        config: Arc::from(&b"{}"[..]),
        grants: Grants::default(),
    }
}

pub(super) fn engine(far: &Arc<Far>) -> Engine {
    Engine {
        store: Store::scratch().unwrap(),
        plugins: Arc::new(Fake(Arc::clone(far))),
        clock: Arc::new(Noon),
        random: Arc::new(Counted(Mutex::new(1))),
        vault: Vault::new([3; 32]),
        tenant: 1,
        settings: Settings::parse(&SettingsText { home: HOME, ..SettingsText::default() }).unwrap(),
    }
}

/// Each owes 1,000.00 COP.
pub(super) fn owe(engine: &Engine) {
    let at = micros(engine.clock.now());
    let erp = Source {
        id: 0,
        name: "erp".into(),
        plugin: "erp-csv".into(),
        component_sha256: [1; 32],
        config: b"{}".to_vec(),
        grants: "{}".into(),
        added_at: at,
    };
    let owed = engine.store.write(|tx| {
        let source_id = source::insert(tx, 1, &erp)?;
        let creditor_id = import::add_creditor(tx, 1, "", "Acme", "America/Bogota")?;
        for (external_id, locale, number) in [("ana", "es-CO", "INV-1"), ("joao", "pt-BR", "NF-2")] {
            let customer_id = tx.ids("customers", 1)?;
            let customer = Customer {
                id: customer_id,
                source_id,
                external_id: external_id.into(),
                version: 1,
                digest: [7; 16],
                name: external_id.into(),
                kind: "person".into(),
                parent: None,
                tax_id: None,
                country: "CO".into(),
                locale: locale.into(),
                time_zone: String::new(),
                attributes: "{}".into(),
            };
            customer::insert(tx, 1, [&customer])?;
            debt(tx, (source_id, creditor_id, customer_id), number, at)?;
        }
        Ok::<_, recaudo_engine::EngineError>(())
    });
    owed.unwrap();
}

fn debt(
    tx: &recaudo_store::Tx<'_>,
    (source_id, creditor_id, customer_id): (i64, i64, i64),
    number: &str,
    at: i64,
) -> Result<(), recaudo_engine::EngineError> {
    let issued_on: Day = "2026-01-31".parse().unwrap();
    let id = tx.ids("open_items", 1)?;
    let debt = Item {
        id,
        creditor_id,
        customer_id,
        position: Position { open_minor: 100_000, moved_on: issued_on },
        total_minor: 100_000,
        issued_on,
        due_on: issued_on.plus(30),
        disputed: false,
        currency: Currency(*b"COP"),
        kind: "invoice".into(),
        number: number.into(),
        instalment: 0,
        status: "open".into(),
        source_id,
        external_id: number.into(),
        version: 1,
        digest: [9; 16],
        rate: None,
        seen_in: None,
        attributes: "{}".into(),
    };
    item::insert(tx, 1, [&debt])?;
    let bill = Entry {
        id: 0,
        item_id: Some(id),
        payment_id: None,
        effective_on: issued_on,
        known_at: at,
        amount_minor: 100_000,
        kind: EntryKind::Bill,
        currency: Currency(*b"COP"),
        source_id: Some(source_id),
        page_id: None,
        allocation_id: None,
        reason: String::new(),
    };
    audit::post(tx, 1, at, ("import-page", "test"), &mut [bill])?;
    Ok(())
}
