//! A home with native plugins a test scripts, a ledger it writes by hand, and a clock it turns.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use recaudo_core::day::Day;
use recaudo_ports::clock::{Clock, Random};
use recaudo_ports::journal::{Effect, Journal, Settled};
use recaudo_ports::plugin::{
    Call, Channel, Decision, Gate, Identity, Importer, Installation, Message, PluginError, PluginErrorKind,
    Plugins, Proposal, Reason, Receipt, ReceiptStatus, Refusal, Scorer, Scores, Strategist, Verdict,
};
use recaudo_ports::table::{Batch, Data};
use recaudo_store::{Store, StoreError, Value};

use crate::progress::Silent;
use crate::run::{self, RunRequest, RunView};
use crate::settings::{Settings, SettingsText};
use crate::vault::Vault;
use crate::{Engine, EngineError};

/// How a channel behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    Accept,
    Fail,
    NotAttempted,
    /// The message left, and the process dies before it is settled.
    DieAfterSent,
    /// The process dies when nothing has left.
    DieBeforeSent,
    /// The message left and the receipt is lost.
    Lost,
}

/// How the judges behave.
#[derive(Debug, Clone, Default)]
pub(crate) struct Script {
    /// Contacts a gate permits within seven days of one another; none permits all.
    pub(crate) weekly_cap: Option<usize>,
    pub(crate) gate_fails: bool,
    /// Refuses before this instant, and says so.
    pub(crate) opens_at: Option<i64>,
    pub(crate) strategist_fails: bool,
    pub(crate) strategist_waits: bool,
    pub(crate) scorer_fails: bool,
    pub(crate) delivery: Option<Delivery>,
    pub(crate) sent: Vec<Message>,
    pub(crate) reviewed: Vec<Proposal>,
}

pub(crate) type Shared = Arc<Mutex<Script>>;

fn failure(kind: PluginErrorKind, message: &str) -> PluginError {
    PluginError {
        plugin: "native 1".into(),
        kind,
        code: "scripted".into(),
        message: message.into(),
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
        Err(failure(PluginErrorKind::NotInstalled, "no importer"))
    }
    fn channel(&self, _: &Installation) -> Result<Arc<dyn Channel>, PluginError> {
        Ok(Arc::new(Post(Arc::clone(&self.0))))
    }
    fn scorer(&self, _: &Installation) -> Result<Arc<dyn Scorer>, PluginError> {
        Ok(Arc::new(Card(Arc::clone(&self.0))))
    }
    fn gate(&self, _: &Installation) -> Result<Arc<dyn Gate>, PluginError> {
        Ok(Arc::new(Door(Arc::clone(&self.0))))
    }
    fn strategist(&self, _: &Installation) -> Result<Arc<dyn Strategist>, PluginError> {
        Ok(Arc::new(Chief(Arc::clone(&self.0))))
    }
}

/// Ten per mille a day past due.
struct Card(Shared);

impl Scorer for Card {
    fn reasons(&self, _: &Call) -> Result<Vec<Reason>, PluginError> {
        Ok(vec![Reason { code: 1, key: "days_past_due".into() }])
    }
    fn columns(&self, _: &Call) -> Result<Vec<String>, PluginError> {
        Ok(vec!["amount".into(), "days_past_due".into(), "late_rate_ppm".into()])
    }
    fn score(&self, _: &Call, batch: &Batch) -> Result<Scores, PluginError> {
        if self.0.lock().unwrap().scorer_fails {
            return Err(failure(PluginErrorKind::Trap, "it panicked"));
        }
        assert!(batch.ids.is_sorted(), "rows are sorted by id");
        let Data::Ints { values, .. } = &batch.columns[1].data else { panic!("days are integers") };
        let ppm: Vec<i32> =
            values.iter().map(|days| i32::try_from(days * 10_000).unwrap().clamp(0, 1_000_000)).collect();
        Ok(Scores { reasons_per_row: 1, reason_code: vec![1; ppm.len()], reason_ppm: ppm.clone(), ppm })
    }
}

struct Chief(Shared);

impl Strategist for Chief {
    fn columns(&self, _: &Call) -> Result<Vec<String>, PluginError> {
        let names = [
            "customer",
            "strategy",
            "step",
            "step_order",
            "channel",
            "purpose",
            "amount",
            "currency",
            "cost",
            "items",
            "days_past_due",
            "late_ppm",
            "score_degraded",
            "promise_until",
            "hold",
            "contacts_today",
            "contacts_7d",
            "days_since_contact",
            "reachable",
        ];
        Ok(names.map(str::to_owned).to_vec())
    }
    fn decide(&self, _: &Call, batch: &Batch) -> Result<Vec<Decision>, PluginError> {
        let script = self.0.lock().unwrap();
        if script.strategist_fails {
            return Err(failure(PluginErrorKind::OutOfFuel, "out of fuel"));
        }
        let action = if script.strategist_waits { "wait" } else { "do" };
        let decision = |row: usize| Decision {
            row: u32::try_from(row).unwrap(),
            action: action.into(),
            not_before: None,
            priority: 7,
            rule: "scripted".into(),
            arguments: vec![],
        };
        Ok((0..batch.ids.len()).map(decision).collect())
    }
}

struct Door(Shared);

impl Gate for Door {
    fn review(&self, _: &Call, proposals: &[Proposal]) -> Result<Vec<Verdict>, PluginError> {
        let mut script = self.0.lock().unwrap();
        if script.gate_fails {
            return Err(failure(PluginErrorKind::Trap, "it panicked"));
        }
        script.reviewed.extend_from_slice(proposals);
        Ok(proposals.iter().map(|proposal| verdict(&script, proposal)).collect())
    }
}

fn verdict(script: &Script, proposal: &Proposal) -> Verdict {
    let refuse = |rule: &str, not_before: Option<i64>| {
        Verdict::Refuse(Refusal {
            rule: rule.into(),
            source: "Ley 1".into(),
            reason: "no".into(),
            not_before: not_before.map(run::from_micros),
        })
    };
    if let Some(opens) = script.opens_at.filter(|opens| proposal.at < run::from_micros(*opens)) {
        return refuse("HOURS", Some(opens));
    }
    let week = 7 * 86_400;
    let recent = |a: &&recaudo_ports::plugin::Attempt| (a.at.seconds - proposal.at.seconds).abs() < week;
    let recent = proposal.attempts.iter().filter(|a| a.outcome != "failed").filter(recent).count();
    if script.weekly_cap.is_some_and(|cap| recent >= cap) {
        return refuse("WEEKLY-CAP", None);
    }
    Verdict::Permit(None)
}

struct Post(Shared);

impl Channel for Post {
    fn send(&self, call: &Call, message: &Message, journal: &dyn Journal) -> Result<Receipt, PluginError> {
        let delivery = self.0.lock().unwrap().delivery.unwrap_or(Delivery::Accept);
        let receipt = |status| Receipt {
            status,
            provider_id: format!("mail-{}", call.operation.id),
            code: String::new(),
            occurred_at: None,
            cost: None,
        };
        if delivery == Delivery::NotAttempted {
            return Ok(receipt(ReceiptStatus::NotAttempted));
        }
        let effect = Effect {
            operation_id: &call.operation.id,
            commit: 1,
            kind: "mail",
            target: "smtp.example",
            request: message.text.as_bytes(),
        };
        let row = journal.prepared(&effect).unwrap();
        assert!(delivery != Delivery::DieBeforeSent, "killed before a byte left");
        journal.sent(row).unwrap();
        self.0.lock().unwrap().sent.push(message.clone());
        assert!(delivery != Delivery::DieAfterSent, "killed with the message in flight");
        match delivery {
            Delivery::Fail => {
                journal.settled(row, Settled::NotDone, b"550 no such user").unwrap();
                Ok(receipt(ReceiptStatus::Failed))
            }
            Delivery::Lost => {
                journal.settled(row, Settled::Unknown, b"").unwrap();
                let lost = failure(PluginErrorKind::Timeout, "no answer");
                Err(PluginError { may_have_committed: true, ..lost })
            }
            _ => {
                journal.settled(row, Settled::Done, b"250 queued").unwrap();
                Ok(receipt(ReceiptStatus::Accepted))
            }
        }
    }
    fn query(&self, _: &Call, _: &str, _: Option<&str>) -> Result<Receipt, PluginError> {
        Err(failure(PluginErrorKind::Unsupported, "mail cannot be asked"))
    }
}

struct Turned(Mutex<DateTime<Utc>>);

impl Clock for Turned {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

struct Counted(AtomicUsize);

impl Random for Counted {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte = u8::try_from(self.0.fetch_add(1, Ordering::Relaxed) % 251).unwrap();
        }
    }
}

pub(crate) const HOME: &str = r#"
[creditor]
name = "Acme S.A.S."
time_zone = "America/Bogota"
locale = "es-CO"
sender = "cobranza@acme.example"

[scorer]
plugin = "card"

[strategist]
plugin = "chief"

[[gates]]
plugin = "door"

[channels.email]
plugin = "post"

[costs.email]
COP = "10"
"#;

/// A home of one creditor and one source.
pub(crate) struct Bench {
    pub(crate) engine: Engine,
    clock: Arc<Turned>,
    pub(crate) script: Shared,
    next: i64,
}

impl Bench {
    /// It is ten in the morning in Bogotá.
    pub(crate) fn on(day: &str) -> Self {
        Self::with(day, HOME, &[])
    }

    pub(crate) fn with(day: &str, home: &str, strategies: &[(&str, &str)]) -> Self {
        let script = Shared::default();
        let clock = Arc::new(Turned(Mutex::new(ten(day))));
        let strategies = strategies.iter().map(|(file, text)| ((*file).into(), (*text).into())).collect();
        let text = SettingsText { home, strategies, ..SettingsText::default() };
        let mut settings = Settings::parse(&text).unwrap();
        settings.pin(|_| Some([1; 32]));
        let engine = Engine {
            store: Store::scratch().unwrap(),
            plugins: Arc::new(Native(Arc::clone(&script))),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            random: Arc::new(Counted(AtomicUsize::new(1))),
            vault: Vault::new([3; 32]),
            tenant: 1,
            settings,
        };
        let bench = Self { engine, clock, script, next: 1 };
        bench.sql(
            "INSERT INTO sources VALUES (1, 1, 'erp', 'erp-csv', x'00', x'', '{}', 0, NULL, 'importer')",
            &[],
        );
        bench.sql("INSERT INTO creditors VALUES (1, 1, 'acme', 'Acme S.A.S.', 'America/Bogota')", &[]);
        bench
    }

    pub(crate) fn sql(&self, sql: &str, params: &[Value<'_>]) {
        let changed = self.engine.store.write(|tx| tx.execute(sql, params)).unwrap();
        assert!(changed > 0, "{sql}");
    }

    fn id(&mut self) -> i64 {
        self.next += 1;
        self.next
    }

    /// A Colombian business with an e-mail address.
    pub(crate) fn customer(&mut self, name: &str) -> i64 {
        self.customer_in(name, "es-CO")
    }

    pub(crate) fn customer_in(&mut self, name: &str, locale: &str) -> i64 {
        let id = self.id();
        let sql = "INSERT INTO customers (id, tenant_id, source_id, external_id, version, digest, name, kind, country, \
                   locale, time_zone, attributes) VALUES ($1, 1, 1, $2, 1, zeroblob(16), $2, 'business', 'CO', $3, '', '{}')";
        self.sql(sql, &[id.into(), name.into(), locale.into()]);
        let email = format!("{name}@example.com");
        let contact = self.id();
        let sql = "INSERT INTO contacts (id, tenant_id, customer_id, source_id, external_id, version, digest, name, \
                   email, phone, role, attributes) VALUES ($1, 1, $2, 1, $3, 1, zeroblob(16), $3, $4, '', 'billing', '{}')";
        self.sql(sql, &[contact.into(), id.into(), name.into(), (&email).into()]);
        id
    }

    /// An invoice in COP, issued 30 days before it is due.
    pub(crate) fn invoice(&mut self, customer: i64, number: &str, due: &str, minor: i64) -> i64 {
        let id = self.id();
        let due: Day = due.parse().unwrap();
        let sql = "INSERT INTO open_items (id, tenant_id, creditor_id, customer_id, open_minor, total_minor, issued_on, \
                   due_on, moved_on, settled_on, disputed, currency, kind, number, instalment, status, source_id, \
                   external_id, version, digest, attributes) VALUES ($1, 1, 1, $2, $3, $3, $4, $5, $4, NULL, 0, 'COP', \
                   'invoice', $6, 1, 'open', 1, $7, 1, zeroblob(16), '{}')";
        let external = format!("doc-{id}");
        let issued = due.plus(-30);
        let params: [Value<'_>; 7] = [
            id.into(),
            customer.into(),
            minor.into(),
            issued.0.into(),
            due.0.into(),
            number.into(),
            (&external).into(),
        ];
        self.sql(sql, &params);
        id
    }

    /// Pays what is open of an item, but for `left`.
    pub(crate) fn pay(&self, item: i64, on: &str, left: i64) {
        let on: Day = on.parse().unwrap();
        let settled: Value<'_> = if left == 0 { on.0.into() } else { Value::Null };
        let sql = "UPDATE open_items SET open_minor = $2, moved_on = $3, settled_on = $4 WHERE tenant_id = 1 AND id = $1";
        self.sql(sql, &[item.into(), left.into(), on.0.into(), settled]);
    }

    pub(crate) fn turn_to(&self, day: &str) {
        *self.clock.0.lock().unwrap() = ten(day);
    }

    pub(crate) fn clock_at(&self) -> std::sync::MutexGuard<'_, DateTime<Utc>> {
        self.clock.0.lock().unwrap()
    }

    pub(crate) fn script(&self, change: impl FnOnce(&mut Script)) {
        change(&mut self.script.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    }

    pub(crate) fn run(&mut self, day: &str) -> RunView {
        self.turn_to(day);
        self.ask(RunRequest::default()).unwrap()
    }

    pub(crate) fn ask(&mut self, request: RunRequest) -> Result<RunView, EngineError> {
        run::run(&mut self.engine, request, &mut Silent)
    }

    /// Whom messages went to so far, with their subjects.
    pub(crate) fn post(&self) -> Vec<(String, String)> {
        let script = self.script.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        script.sent.iter().map(|message| (message.to.clone(), message.subject.clone())).collect()
    }

    /// One number of the store.
    pub(crate) fn count(&self, sql: &str) -> i64 {
        let read = |conn: &recaudo_store::Conn<'_>| conn.first(sql, &[], |row| row.int(0));
        self.engine.store.read::<_, StoreError>(read).unwrap().unwrap()
    }
}

fn ten(day: &str) -> DateTime<Utc> {
    format!("{day}T15:00:00Z").parse().unwrap()
}
