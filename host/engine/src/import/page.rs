//! One page, one transaction: its rows, their movements, what did not come in, the counts and the checkpoint.

use std::collections::{BTreeMap, HashMap};

use recaudo_core::money::{Currency, MoneyError};
use recaudo_ports::plugin::{Attribute, Call, Feed, Mode, Page};
use recaudo_store::customer::Known;
use recaudo_store::import as rows;
use recaudo_store::quarantine::{self, Cause, Complaint};
use recaudo_store::{StoreError, Tx};
use sha2::{Digest, Sha256};

use super::book::{Book, Scope};
use super::tally::{Problem, Refusal, Tally};
use super::{Run, allocation, document, party, payment, roads};
use crate::error::EngineError;
use crate::instant::micros_of;
use crate::vault::Subject;

/// A page and where it comes from.
pub(super) struct Work<'w> {
    pub(super) run: &'w Run<'w>,
    pub(super) feed: &'w Feed,
    pub(super) call: &'w Call,
    pub(super) import: &'w rows::Import,
    pub(super) page: &'w Page,
}

/// A page under way.
pub(super) struct State<'w> {
    pub(super) tx: &'w Tx<'w>,
    pub(super) work: &'w Work<'w>,
    pub(super) scope: Scope,
    pub(super) tally: Tally,
    pub(super) customers: HashMap<String, Known>,
    pub(super) creditors: HashMap<String, i64>,
    pub(super) book: Book,
    /// Currency -> (the source's, ours).
    pub(super) control: BTreeMap<Currency, (i64, i64)>,
    /// What banks and gateways told; none where none ever did.
    pub(super) roads: Option<roads::Roads>,
}

/// Why a record stops: it is refused, and the page goes on; or the page fails.
pub(super) enum Stop {
    Refused(Refusal),
    Failed(EngineError),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}
impl From<EngineError> for Stop {
    fn from(error: EngineError) -> Self {
        Self::Failed(error)
    }
}
impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}
impl From<MoneyError> for Stop {
    fn from(_: MoneyError) -> Self {
        let message = "the balance would not fit 64 bits of minor units";
        Self::Refused(Refusal::new("amount", "", "amount-too-large", message))
    }
}

/// Commits a page; returns the run's counts so far.
pub(super) fn commit(tx: &Tx<'_>, work: &Work<'_>) -> Result<rows::Import, EngineError> {
    let mut state = State::new(tx, work)?;
    for reject in &work.page.rejects {
        state.tally.reject(Problem {
            row: reject.row,
            entity: "row".into(),
            field: reject.field.clone(),
            value: reject.value.clone(),
            code: reject.code.clone(),
            message: reject.message.clone(),
        });
    }
    for extra in &work.page.rows.extras {
        // There is no table for them yet; in the quarantine they are seen, and nothing is dropped in silence.
        state.tally.reject(Problem {
            row: extra.key.row,
            entity: extra.entity.clone(),
            field: String::new(),
            value: extra.key.id.clone(),
            code: "extras-unsupported".into(),
            message: "this host does not keep records of this kind yet; the rest of the row came in".into(),
        });
    }
    state.load()?;
    party::customers(&mut state)?;
    party::contacts(&mut state)?;
    document::documents(&mut state)?;
    payment::payments(&mut state)?;
    allocation::allocations(&mut state)?;
    party::sayings(&mut state)?;
    payment::deletions(&mut state)?;
    state.close()
}

impl<'w> State<'w> {
    fn new(tx: &'w Tx<'w>, work: &'w Work<'w>) -> Result<Self, EngineError> {
        let (tenant, known_at) = (work.run.engine.tenant, micros_of(work.call.now));
        let scope = Scope {
            tenant,
            source_id: work.run.source.id,
            import_id: work.import.id,
            page_id: rows::add_page(tx, tenant, work.import.id, &work.page.origin, known_at)?,
            known_at,
            business_day: work.run.business_day(),
        };
        Ok(Self {
            tx,
            work,
            scope,
            tally: Tally::default(),
            customers: HashMap::new(),
            creditors: HashMap::new(),
            book: Book::new(scope),
            control: BTreeMap::new(),
            roads: None,
        })
    }

    /// Reads everything the page names, kind by kind.
    fn load(&mut self) -> Result<(), EngineError> {
        use recaudo_ports::plugin::Settler;

        let rows = &self.work.page.rows;
        let mut items: Vec<&str> = rows.documents.iter().map(|d| d.key.id.as_str()).collect();
        let mut payments: Vec<&str> = rows.payments.iter().map(|p| p.key.id.as_str()).collect();
        for allocation in &rows.allocations {
            items.push(&allocation.document);
            match &allocation.settler {
                Settler::Payment(id) => payments.push(id),
                Settler::CreditNote(id) => items.push(id),
            }
        }
        let mut allocations: Vec<&str> = rows.allocations.iter().map(|a| a.key.id.as_str()).collect();
        for deletion in &rows.deletions {
            match deletion.entity.as_str() {
                "document" => items.push(&deletion.id),
                "payment" => payments.push(&deletion.id),
                "allocation" => allocations.push(&deletion.id),
                _ => {}
            }
        }
        for ids in [&mut items, &mut payments, &mut allocations] {
            ids.sort_unstable();
            ids.dedup();
        }
        self.book.load(self.tx, &items, &payments, &allocations)?;
        roads::load(self)?;
        if self.snapshot().is_some() {
            roads::load_foreign(self)?;
        }
        let mut customers: Vec<&str> = rows.customers.iter().map(|c| c.key.id.as_str()).collect();
        customers.extend(rows.contacts.iter().map(|c| c.customer.as_str()));
        customers.extend(rows.documents.iter().map(|d| d.customer.as_str()));
        customers.extend(rows.payments.iter().map(|p| p.customer.as_str()));
        customers.extend(rows.consents.iter().map(|c| c.customer.as_str()));
        customers.extend(rows.interactions.iter().map(|i| i.customer.as_str()));
        customers.sort_unstable();
        customers.dedup();
        let known = &mut self.customers;
        recaudo_store::customer::known(self.tx, self.scope.tenant, &customers, |id, found| {
            known.insert(id.to_owned(), found);
            Ok(())
        })?;
        Ok(())
    }

    /// A customer that has come in.
    pub(super) fn customer(&self, external_id: &str) -> Result<i64, Refusal> {
        let found = self.customers.get(external_id);
        found.map(|known| known.id).ok_or_else(|| {
            let message = "no customer with this id has come in from any source";
            Refusal::new("customer", external_id, "unknown-customer", message)
        })
    }

    /// A legal creditor, made when first named. An empty id is the home's own.
    pub(super) fn creditor(&mut self, external_id: &str) -> Result<i64, EngineError> {
        if let Some(id) = self.creditors.get(external_id) {
            return Ok(*id);
        }
        let home = &self.work.run.engine.settings.creditor;
        let id = match rows::creditor(self.tx, self.scope.tenant, external_id)? {
            Some((id, _)) => id,
            None => {
                let name = if external_id.is_empty() { &home.name } else { external_id };
                rows::add_creditor(self.tx, self.scope.tenant, external_id, name, home.time_zone.name())?
            }
        };
        self.creditors.insert(external_id.to_owned(), id);
        Ok(id)
    }

    /// What the source has no rows to say of: is this page a snapshot, and of which day?
    pub(super) fn snapshot(&self) -> Option<recaudo_core::day::Day> {
        match self.work.page.mode {
            Mode::Events => None,
            Mode::Snapshot(day) => Some(recaudo_core::day::Day(day)),
        }
    }

    /// Writes the page and everything said about it.
    fn close(mut self) -> Result<rows::Import, EngineError> {
        let page = self.work.page;
        let subject = format!("{}/{}", self.work.run.source.name, self.work.feed.name);
        self.book.flush(self.tx, &subject)?;
        roads::keep(&mut self, &subject)?;
        let mut import = self.counted();
        if page.done {
            self.infer_absent(&import, &subject)?;
        }
        self.save_problems()?;
        self.save_control()?;
        let Scope { tenant, source_id, import_id, known_at, .. } = self.scope;
        let feed = &self.work.feed.name;
        let (version, bytes) = (page.checkpoint.version, page.checkpoint.bytes.clone());
        import.pages += 1;
        if page.done && !self.work.feed.incremental {
            // The whole feed was read: complaints it did not raise again are about rows that are gone.
            quarantine::resolve_gone(self.tx, tenant, (source_id, feed), import_id, known_at)?;
            rows::drop_checkpoint(self.tx, tenant, source_id, feed)?;
        } else {
            let kept = rows::Checkpoint { import_id: (!page.done).then_some(import_id), version, bytes };
            rows::save_checkpoint(self.tx, tenant, source_id, feed, (&kept, known_at))?;
        }
        rows::save(self.tx, tenant, &import, page.done.then_some(known_at))?;
        Ok(import)
    }

    /// The run's counts with this page's. Rows the plugin took and neither handed over nor rejected are not lost in
    /// silence: they count as quarantined, with a line that says so.
    fn counted(&mut self) -> rows::Import {
        let mut counts = self.tally.counts();
        let said = i64::try_from(self.work.page.read).unwrap_or(i64::MAX);
        if said > counts.read {
            let missing = said - counts.read;
            let message =
                format!("the plugin read {missing} rows and neither handed them over nor rejected them");
            counts.quarantined += missing;
            counts.read = said;
            self.tally.remark(Problem {
                row: 0,
                entity: format!("page {}", self.work.import.pages + 1),
                field: String::new(),
                value: missing.to_string(),
                code: "rows-unaccounted".into(),
                message,
            });
        }
        let before = self.work.import;
        rows::Import {
            id: before.id,
            pages: before.pages,
            read: before.read + counts.read,
            imported: before.imported + counts.imported,
            unchanged: before.unchanged + counts.unchanged,
            quarantined: before.quarantined + counts.quarantined,
        }
    }

    /// At the end of a snapshot: what it does not hold any more is settled, unless rows of it could not be read.
    fn infer_absent(&mut self, import: &rows::Import, subject: &str) -> Result<(), EngineError> {
        let Some(day) = self.snapshot() else { return Ok(()) };
        if import.quarantined > 0 {
            let message = "rows of this snapshot did not come in, so items it does not hold stay open; \
                           repair the rows and import again";
            self.tally.remark(Problem {
                row: 0,
                entity: "snapshot".into(),
                field: String::new(),
                value: String::new(),
                code: "snapshot-incomplete".into(),
                message: message.into(),
            });
            return Ok(());
        }
        document::settle_absent(self.tx, &self.scope, day, subject)
    }

    fn save_control(&mut self) -> Result<(), EngineError> {
        let mut control = std::mem::take(&mut self.control);
        if self.work.page.control.is_empty() {
            return Ok(());
        }
        for total in &self.work.page.control {
            if let Ok((minor, currency)) = super::check::money("control", total) {
                let sums = control.entry(currency).or_default();
                sums.0 = sums.0.saturating_add(minor);
            }
        }
        for (currency, sums) in control {
            rows::add_control(self.tx, self.scope.tenant, self.scope.import_id, currency, sums)?;
        }
        Ok(())
    }

    /// Keeps what is wrong now, once, and resolves what was wrong before.
    fn save_problems(&mut self) -> Result<(), EngineError> {
        let (engine, scope, origin) = (self.work.run.engine, self.scope, self.work.page.origin.as_str());
        let as_row = |row: u64| i64::try_from(row).unwrap_or(i64::MAX);
        let mut open: BTreeMap<Complaint, i64> = BTreeMap::new();
        for (first, last) in [Some((0, 0)), self.tally.span()].into_iter().flatten() {
            let found = quarantine::open_between(
                self.tx,
                scope.tenant,
                (scope.source_id, origin),
                as_row(first),
                as_row(last),
            )?;
            open.extend(found);
        }
        if open.is_empty() && self.tally.problems().is_empty() {
            return Ok(());
        }
        let subject = Subject::Source(scope.source_id);
        let sealer = engine.vault.sealer(self.tx, scope.tenant, subject, &*engine.random)?;
        let cause = Cause {
            source_id: scope.source_id,
            import_id: scope.import_id,
            feed: &self.work.feed.name,
            origin,
            at: scope.known_at,
        };
        for problem in self.tally.problems() {
            let complaint = Complaint {
                row: as_row(problem.row),
                entity: problem.entity.clone(),
                field: problem.field.clone(),
                code: problem.code.clone(),
            };
            let message = sealer.seal(problem.message.as_bytes(), &*engine.random)?;
            let value = sealer.seal(problem.value.as_bytes(), &*engine.random)?;
            match open.remove(&complaint) {
                Some(id) => {
                    quarantine::touch(self.tx, scope.tenant, id, scope.import_id, (&message, &value))?;
                }
                None => quarantine::insert(self.tx, scope.tenant, &cause, &complaint, (&message, &value))?,
            }
        }
        let mut fixed: Vec<i64> = open
            .into_iter()
            .filter(|(complaint, _)| u64::try_from(complaint.row).is_ok_and(|row| self.tally.met(row)))
            .map(|(_, id)| id)
            .collect();
        fixed.sort_unstable();
        for id in fixed {
            quarantine::resolve(self.tx, scope.tenant, id, scope.known_at)?;
        }
        Ok(())
    }
}

/// Sixteen bytes that change when the content does.
pub(crate) fn digest<'p>(parts: impl IntoIterator<Item = &'p [u8]>) -> [u8; 16] {
    let mut sha = Sha256::new();
    for part in parts {
        sha.update((part.len() as u64).to_be_bytes());
        sha.update(part);
    }
    let mut digest = [0; 16];
    digest.copy_from_slice(&sha.finalize()[..16]);
    digest
}

/// Attributes as a JSON object, sorted by name; the last of a name counts.
pub(super) fn attributes(list: &[Attribute]) -> String {
    if list.is_empty() {
        return "{}".into();
    }
    let sorted: BTreeMap<&str, &str> =
        list.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    serde_json::to_string(&sorted).unwrap_or_else(|_| "{}".into())
}

/// Versions are 64 bits without a sign in the contract and with one in the store.
pub(super) fn version(version: u64) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}
