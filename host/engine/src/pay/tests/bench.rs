//! A far side that works and fails as told, an engine over a scratch store with one debt of 1,000.00, a clock a test turns.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use recaudo_core::day::Day;
use recaudo_core::ledger::{Entry, EntryKind};
use recaudo_core::money::Currency;
use recaudo_core::receivable::Position;
use recaudo_ports::clock::{Clock, Random};
use recaudo_ports::journal::{Effect, Journal, Settled};
use recaudo_ports::plugin::gateway::{
    Gateway, Intent, Transaction, TransactionKind as Kind, TransactionStatus as Status,
};
use recaudo_ports::plugin::webhook::{Authenticity, Delivery, Event, PaymentWebhook};
use recaudo_ports::plugin::{
    Call, Channel, Gate, Grants, Identity, Importer, Installation, Money, Operation, PluginError,
    PluginErrorKind, Plugins, Scorer, Strategist,
};
use recaudo_store::customer::Customer;
use recaudo_store::item::Item;
use recaudo_store::source::Source;
use recaudo_store::{Store, customer, import, item, source};

use crate::pay::{Answer, Gateways, LinkAsk, OperationView, WorkView, hear, link, operations, work};
use crate::progress::Silent;
use crate::settings::{Settings, SettingsText};
use crate::vault::Vault;
use crate::{Engine, instant::micros};

/// How one call goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    DiesBefore,
    DiesPrepared,
    DiesSent,
    DiesDone,
    DiesSettled,
    /// Does the work and loses the answer.
    Loses,
    /// The request never arrives and nobody can tell.
    Swallows,
    TooMany,
    ServerError,
    Garbage,
    /// Did the work, and says that nothing happened.
    Lies,
    /// No connection.
    Away,
    /// Does the work, and answers long after anybody waits.
    Late,
    /// Does the work; half of the answer arrives.
    HalfBody,
    /// Does the work, and by itself tells of it before the answer is there.
    TellsFirst,
}

const FAULTS: [Fault; 15] = [
    Fault::DiesBefore,
    Fault::DiesPrepared,
    Fault::DiesSent,
    Fault::DiesDone,
    Fault::DiesSettled,
    Fault::Loses,
    Fault::Swallows,
    Fault::TooMany,
    Fault::ServerError,
    Fault::Garbage,
    Fault::Lies,
    Fault::Away,
    Fault::Late,
    Fault::HalfBody,
    Fault::TellsFirst,
];

impl Far {
    /// Begins anew, with one thing that goes wrong.
    pub(super) fn forget(&mut self, fault: Fault) {
        self.faults = vec![fault];
        self.keys.clear();
        self.seen.clear();
        (self.created, self.taken, self.again) = (0, false, false);
    }
}

impl Fault {
    /// One to three of them.
    pub(super) fn some(seed: u64) -> Vec<Self> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).unwrap()
        };
        (0..1 + next() % 3).map(|_| FAULTS[next() % FAULTS.len()]).collect()
    }
}

/// What the far side holds.
pub(super) struct Far {
    pub(super) faults: Vec<Fault>,
    pub(super) authenticity: Authenticity,
    /// Queries find nothing out.
    pub(super) deaf: bool,
    /// Keys of what it did: a key it knows does nothing more.
    keys: BTreeSet<String>,
    created: u32,
    /// A request came whose outcome the host cannot know; none may follow.
    taken: bool,
    again: bool,
    events: Vec<Event>,
    /// Every key it was ever asked with.
    pub(super) seen: BTreeSet<String>,
    /// When its queries came, seconds.
    pub(super) queried: Vec<i64>,
}

struct Fake(Arc<Mutex<Far>>, Arc<Turned>);

fn failure(kind: PluginErrorKind, code: &str, may_have_committed: bool) -> PluginError {
    PluginError {
        plugin: "fake 1".into(),
        kind,
        code: code.into(),
        message: code.into(),
        may_have_committed,
        retry_after_ms: None,
    }
}

fn die(fault: Option<Fault>, at: Fault) {
    if fault == Some(at) {
        resume_unwind(Box::new("killed"));
    }
}

pub(super) fn said(id: &str, kind: Kind, status: Status, minor: i64) -> Transaction {
    Transaction {
        kind,
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

fn the_link(operation: &Operation) -> Transaction {
    Transaction {
        operation_id: Some(operation.id.clone()),
        next_url: Some("https://pay.example/1".into()),
        ..said("plink_1", Kind::Payment, Status::RequiresAction, 100_000)
    }
}

impl Gateway for Fake {
    fn execute(&self, call: &Call, _: &Intent, journal: &dyn Journal) -> Result<Transaction, PluginError> {
        let fault = {
            let mut far = self.0.lock().unwrap();
            far.again |= far.taken;
            far.seen.insert(call.operation.idempotency_key.clone());
            far.faults.pop()
        };
        die(fault, Fault::DiesBefore);
        if fault == Some(Fault::Away) {
            return Err(failure(PluginErrorKind::Unavailable, "connection-refused", false));
        }
        let target = "pay.example";
        let effect =
            Effect { operation_id: &call.operation.id, commit: 1, kind: "http", target, request: b"POST" };
        let row = journal.prepared(&effect).unwrap();
        die(fault, Fault::DiesPrepared);
        journal.sent(row).unwrap();
        let refused = matches!(fault, Some(Fault::TooMany));
        let swallowed = matches!(fault, Some(Fault::Swallows | Fault::DiesSent));
        {
            let mut far = self.0.lock().unwrap();
            far.taken |= !refused;
            if !refused && !swallowed {
                far.created += u32::from(far.keys.insert(call.operation.idempotency_key.clone()));
            }
        }
        die(fault, Fault::DiesSent);
        die(fault, Fault::DiesDone);
        if refused {
            journal.settled(row, Settled::NotDone, b"429").unwrap();
            return Err(failure(PluginErrorKind::RateLimited, "rate-limited", false));
        }
        if fault == Some(Fault::Late) {
            *self.1.0.lock().unwrap() += TimeDelta::seconds(95);
        }
        let unsure = matches!(
            fault,
            Some(Fault::Loses | Fault::Swallows | Fault::ServerError | Fault::Late | Fault::HalfBody)
        );
        journal.settled(row, if unsure { Settled::Unknown } else { Settled::Done }, b"").unwrap();
        die(fault, Fault::DiesSettled);
        match fault {
            Some(Fault::Loses | Fault::Swallows | Fault::Late) => {
                Err(failure(PluginErrorKind::Timeout, "no-answer", true))
            }
            Some(Fault::HalfBody) => Err(failure(PluginErrorKind::Unavailable, "cut-off", true)),
            Some(Fault::ServerError) => Err(failure(PluginErrorKind::Unavailable, "unavailable", true)),
            // The plugin does not know what the host knows.
            Some(Fault::Garbage) => Err(failure(PluginErrorKind::Other, "unreadable-answer", false)),
            Some(Fault::Lies) => Ok(said("", Kind::Payment, Status::NotAttempted, 100_000)),
            _ => Ok(the_link(&call.operation)),
        }
    }

    fn query(
        &self,
        _: &Call,
        original: &Operation,
        _: &Intent,
        _: Option<&str>,
    ) -> Result<Transaction, PluginError> {
        let mut far = self.0.lock().unwrap();
        far.queried.push(self.1.0.lock().unwrap().timestamp());
        if far.deaf || far.faults.pop().is_some() {
            return Err(failure(PluginErrorKind::Unavailable, "unavailable", false));
        }
        Ok(if far.keys.contains(&original.idempotency_key) {
            the_link(original)
        } else {
            said("", Kind::Payment, Status::NotAttempted, 100_000)
        })
    }
}

impl PaymentWebhook for Fake {
    fn authenticate(&self, _: &Call, _: &Delivery) -> Result<Authenticity, PluginError> {
        Ok(self.0.lock().unwrap().authenticity.clone())
    }

    fn parse(&self, _: &Call, _: &Delivery) -> Result<Vec<Event>, PluginError> {
        Ok(self.0.lock().unwrap().events.clone())
    }
}

impl Plugins for Fake {
    fn identity(&self, i: &Installation) -> Result<Identity, PluginError> {
        Err(PluginError::exports_no(i, "identity"))
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
        Ok(Arc::new(Fake(Arc::clone(&self.0), Arc::clone(&self.1))))
    }
    fn payment_webhook(&self, _: &Installation) -> Result<Arc<dyn PaymentWebhook>, PluginError> {
        Ok(Arc::new(Fake(Arc::clone(&self.0), Arc::clone(&self.1))))
    }
}

struct Turned(Mutex<DateTime<Utc>>);

impl Clock for Turned {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
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

/// A home with a gateway called `stripe`, and Ana, who owes 1,000.00.
pub(super) struct Bench {
    pub(super) engine: Engine,
    clock: Arc<Turned>,
    far: Arc<Mutex<Far>>,
    pub(super) stripe: Installation,
    seed: u64,
}

impl Bench {
    pub(super) fn new(seed: u64) -> Self {
        let far = Arc::new(Mutex::new(Far {
            faults: vec![],
            authenticity: Authenticity::Verified,
            deaf: false,
            keys: BTreeSet::new(),
            created: 0,
            taken: false,
            again: false,
            events: vec![],
            seen: BTreeSet::new(),
            queried: vec![],
        }));
        let clock = Arc::new(Turned(Mutex::new("2026-03-10T17:00:00Z".parse().unwrap())));
        let engine = Engine {
            store: Store::scratch().unwrap(),
            plugins: Arc::new(Fake(Arc::clone(&far), Arc::clone(&clock))),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            random: Arc::new(Counted(Mutex::new(seed))),
            vault: Vault::new([3; 32]),
            tenant: 1,
            settings: Settings::parse(&SettingsText { home: HOME, ..SettingsText::default() }).unwrap(),
        };
        let stripe = Installation {
            name: "stripe".into(),
            plugin: "gateway-stripe".into(),
            component_sha256: [4; 32],
            config: Arc::from(&b"{}"[..]),
            grants: Grants::default(),
        };
        let bench = Self { engine, clock, far, stripe, seed };
        bench.owe();
        bench
    }

    fn owe(&self) {
        let at = micros(self.engine.clock.now());
        let issued_on: Day = "2026-01-31".parse().unwrap();
        let erp = Source {
            id: 0,
            name: "erp".into(),
            plugin: "erp-csv".into(),
            component_sha256: [1; 32],
            config: b"{}".to_vec(),
            grants: "{}".into(),
            added_at: at,
        };
        let owed = self.engine.store.write(|tx| {
            let source_id = source::insert(tx, 1, &erp)?;
            let creditor_id = import::add_creditor(tx, 1, "", "Acme", "America/Bogota")?;
            let customer_id = tx.ids("customers", 1)?;
            let ana = Customer {
                id: customer_id,
                source_id,
                external_id: "ana".into(),
                version: 1,
                digest: [7; 16],
                name: "Ana".into(),
                kind: "person".into(),
                parent: None,
                tax_id: None,
                country: "CO".into(),
                locale: "es-CO".into(),
                time_zone: String::new(),
                attributes: "{}".into(),
            };
            customer::insert(tx, 1, [&ana])?;
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
                number: "INV-1".into(),
                instalment: 0,
                status: "open".into(),
                source_id,
                external_id: "INV-1".into(),
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
            crate::audit::post(tx, 1, at, ("import-page", "test"), &mut [bill])
        });
        owed.unwrap();
    }

    pub(super) fn far(&self, change: impl FnOnce(&mut Far)) {
        change(&mut self.far.lock().unwrap());
    }

    pub(super) fn turn(&self, seconds: i64) {
        *self.clock.0.lock().unwrap() += TimeDelta::seconds(seconds);
    }

    pub(super) fn link(&self) -> OperationView {
        let ask = LinkAsk { customer: "ana", ..LinkAsk::default() };
        link(&self.engine, &self.stripe, &ask).unwrap()
    }

    pub(super) fn link_of(&self, minor: i64) -> OperationView {
        let ask = LinkAsk { customer: "ana", amount_minor: Some(minor), ..LinkAsk::default() };
        link(&self.engine, &self.stripe, &ask).unwrap()
    }

    pub(super) fn work(&self) -> WorkView {
        let gateways = Gateways::from([("stripe".to_owned(), self.stripe.clone())]);
        work(&self.engine, &gateways).unwrap()
    }

    /// Works; says whether it was killed at it.
    pub(super) fn work_or_die(&self) -> bool {
        catch_unwind(AssertUnwindSafe(|| self.work())).is_err()
    }

    pub(super) fn operation(&self) -> OperationView {
        operations(&self.engine, "ana").unwrap().remove(0)
    }

    pub(super) fn operation_id(&self) -> String {
        self.operation_id_of(1)
    }

    pub(super) fn operation_id_of(&self, id: i64) -> String {
        let sql = "SELECT operation_id FROM gateway_operations WHERE tenant_id = 1 AND id = $1";
        let found =
            self.engine.store.read(|conn| conn.first(sql, &[id.into()], |row| Ok(row.text(0)?.to_owned())));
        found.unwrap().unwrap()
    }

    /// What goes wrong first.
    pub(super) fn far_first(&self) -> Option<Fault> {
        self.far.lock().unwrap().faults.last().copied()
    }

    /// How often the far side created something, and whether it was asked to after it may have.
    pub(super) fn created(&self) -> (u32, bool) {
        let far = self.far.lock().unwrap();
        (far.created, far.again)
    }

    pub(super) fn tell(&self, event: &str, word: &Transaction) -> Answer {
        self.far(|far| far.events = vec![Event { id: event.into(), transaction: word.clone() }]);
        let delivery = Delivery {
            method: "POST".into(),
            path: "/".into(),
            query: String::new(),
            headers: vec![],
            body: event.as_bytes().to_vec(),
            received_at: crate::instant::instant(self.engine.clock.now()),
            client_certificate: None,
        };
        hear(&self.engine, &self.stripe, &delivery).unwrap()
    }

    /// The payer pays through the link; the gateway tells.
    pub(super) fn pays(&self, minor: i64, fee: i64) -> bool {
        let mut word = said(&format!("pi_{minor}"), Kind::Payment, Status::Succeeded, minor);
        word.operation_id = Some(self.operation_id());
        word.fee = (fee > 0).then_some(Money { minor: fee, exponent: 2, currency: *b"COP" });
        self.tell(&format!("evt_{minor}"), &word).status == 200
    }

    /// The same payment, by an event of another id and by the same one.
    pub(super) fn pays_again(&self) -> bool {
        let mut word = said("pi_100000", Kind::Payment, Status::Succeeded, 100_000);
        word.operation_id = Some(self.operation_id());
        self.tell("evt_other", &word).status == 200 && self.pays(100_000, 0)
    }

    pub(super) fn open(&self) -> i64 {
        self.numbers("SELECT open_minor, 0 FROM open_items WHERE tenant_id = 1")[0].0
    }

    /// Amount and unapplied rest of each payment, fees apart.
    pub(super) fn payments(&self) -> Vec<(i64, i64)> {
        self.numbers(
            "SELECT amount_minor, unapplied_minor FROM payments WHERE tenant_id = 1 AND method = 'gateway' ORDER BY id",
        )
    }

    fn numbers(&self, sql: &str) -> Vec<(i64, i64)> {
        self.engine.store.read(|conn| conn.all(sql, &[], |row| Ok((row.int(0)?, row.int(1)?)))).unwrap()
    }

    pub(super) fn entries(&self) -> Vec<String> {
        let sql = "SELECT kind, amount_minor FROM entries WHERE tenant_id = 1 ORDER BY id";
        let read = |row: &recaudo_store::Row<'_>| Ok(format!("{} {}", row.text(0)?, row.int(1)?));
        self.engine.store.read(|conn| conn.all(sql, &[], read)).unwrap()
    }

    pub(super) fn verify(&self) {
        let mut engine = Engine {
            store: self.engine.store.clone(),
            plugins: Arc::clone(&self.engine.plugins),
            clock: Arc::clone(&self.engine.clock),
            random: Arc::clone(&self.engine.random),
            vault: self.engine.vault.clone(),
            tenant: 1,
            settings: Settings::parse(&SettingsText { home: HOME, ..SettingsText::default() }).unwrap(),
        };
        let view = crate::verify::verify(&mut engine, &mut Silent).unwrap();
        assert!(view.ok, "{view:?}");
    }

    pub(super) fn shuffle<T>(&self, list: &mut [T]) {
        let mut state = self.seed.wrapping_add(99);
        for place in (1..list.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            list.swap(place, usize::try_from(state >> 33).unwrap() % (place + 1));
        }
    }
}
