//! Verification: does the ledger still say what was written? Names the first bad record of each check.

use std::collections::HashMap;

use recaudo_core::aging::Partition;
use recaudo_core::cash::difference;
use recaudo_core::day::Day;
use recaudo_core::money::Currency;
use recaudo_store::{Conn, StoreError, audit as rows, bank, entry, item, payment, sighting, suggestion};
use serde::Serialize;

use crate::aging::{AgingQuery, aging};
use crate::audit::{EntriesDigest, hash, posted};
use crate::error::EngineError;
use crate::{Engine, Progress};

/// What was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerifyView {
    /// Nothing bad was found.
    pub ok: bool,
    /// In the order they ran.
    pub checks: Vec<CheckView>,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckView {
    /// `audit-chain`, `entries`, `items`, `payments`, `money-in`, `matches`, `references`, `buckets`.
    pub name: &'static str,
    /// How many records it looked at.
    pub checked: u64,
    /// Nothing bad was found.
    pub ok: bool,
    /// How many bad records it found.
    pub bad: u64,
    /// The first one, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_bad: Option<String>,
}

struct Check {
    name: &'static str,
    checked: u64,
    bad: u64,
    first_bad: Option<String>,
}

impl Check {
    fn new(name: &'static str) -> Self {
        Self { name, checked: 0, bad: 0, first_bad: None }
    }

    fn found(&mut self, bad: impl FnOnce() -> String) {
        self.bad += 1;
        self.first_bad.get_or_insert_with(bad);
    }

    fn view(self) -> CheckView {
        CheckView {
            name: self.name,
            checked: self.checked,
            ok: self.bad == 0,
            bad: self.bad,
            first_bad: self.first_bad,
        }
    }
}

/// Checks the audit chain, the entries it speaks for, every balance, and that buckets foot.
///
/// # Errors
/// The store's. What is wrong with the data is in the view.
pub fn verify(engine: &mut Engine, progress: &mut dyn Progress) -> Result<VerifyView, EngineError> {
    let tenant = engine.tenant;
    progress.begin("verify", None);
    let mut checks = engine.store.read(|conn| {
        let (chain, entries) = chain(conn, tenant)?;
        let balances = balances(conn, tenant)?;
        let checks = [
            chain,
            entries,
            items(conn, tenant, &balances)?,
            payments(conn, tenant, &balances)?,
            money_in(conn, tenant)?,
            matches(conn, tenant)?,
            references(conn)?,
        ];
        Ok::<_, EngineError>(Vec::from(checks.map(Check::view)))
    })?;
    checks.push(buckets(engine)?.view());
    progress.advance(checks.iter().map(|check| check.checked).sum());
    Ok(VerifyView { ok: checks.iter().all(|check| check.ok), checks })
}

/// Follows the chain, and reads again the entries each row speaks for.
fn chain(conn: &Conn<'_>, tenant: i64) -> Result<(Check, Check), EngineError> {
    let (mut links, mut entries) = (Check::new("audit-chain"), Check::new("entries"));
    let (mut seq, mut before, mut spoken_for) = (0, Vec::new(), 0);
    rows::scan(conn, tenant, |row| {
        links.checked += 1;
        seq += 1;
        if row.seq != seq {
            links.found(|| format!("audit row {seq} is missing; {} follows", row.seq));
            seq = row.seq;
        } else if row.prev_hash != before {
            links.found(|| format!("audit row {} does not follow the row before it", row.seq));
        }
        if row.hash != hash(tenant, &row) {
            links.found(|| format!("audit row {} was changed", row.seq));
        }
        before.clone_from(&row.hash);
        let Some(posted) = posted(&row.body) else { return Ok(()) };
        stray(conn, tenant, spoken_for + 1, posted.first - 1, &mut entries)?;
        let mut digest = EntriesDigest::default();
        let read = entry::scan(conn, tenant, posted.first, posted.last, |entry| {
            entries.checked += 1;
            digest.add(&entry);
            Ok(())
        });
        match read {
            Ok(()) if digest.hex() == posted.sha256 => {}
            Ok(()) => entries.found(|| changed(&row.subject, row.seq, posted.first, posted.last)),
            Err(broken @ StoreError::Inconsistent { .. }) => entries.found(|| broken.to_string()),
            Err(other) => return Err(other),
        }
        spoken_for = posted.last;
        Ok(())
    })?;
    stray(conn, tenant, spoken_for + 1, i64::MAX, &mut entries)?;
    Ok((links, entries))
}

fn changed(subject: &str, seq: i64, first: i64, last: i64) -> String {
    format!("the ledger entries {first} to {last} ({subject}) are not what audit row {seq} says was written")
}

/// Entries no audit row speaks for.
fn stray(conn: &Conn<'_>, tenant: i64, first: i64, last: i64, check: &mut Check) -> Result<(), StoreError> {
    if first > last {
        return Ok(());
    }
    entry::scan(conn, tenant, first, last, |entry| {
        check.checked += 1;
        check.found(|| format!("ledger entry {} was never posted: no audit row speaks for it", entry.id));
        Ok(())
    })
}

#[derive(Default)]
struct Balances {
    /// item -> (sum, latest day, currency)
    items: HashMap<i64, (i64, Day, Currency)>,
    payments: HashMap<i64, i64>,
}

fn balances(conn: &Conn<'_>, tenant: i64) -> Result<Balances, EngineError> {
    let mut sums = Balances::default();
    let read = entry::scan(conn, tenant, 0, i64::MAX, |entry| {
        if let Some(id) = entry.item_id {
            let kept = sums.items.entry(id).or_insert((0, entry.effective_on, entry.currency));
            kept.0 = kept.0.saturating_add(entry.amount_minor);
            kept.1 = kept.1.max(entry.effective_on);
        }
        if let Some(id) = entry.payment_id {
            let kept = sums.payments.entry(id).or_default();
            *kept = kept.saturating_add(entry.amount_minor);
        }
        Ok(())
    });
    match read {
        // The entries check has named it.
        Ok(()) | Err(StoreError::Inconsistent { .. }) => Ok(sums),
        Err(other) => Err(other.into()),
    }
}

/// Every item's balance is the sum of its entries.
fn items(conn: &Conn<'_>, tenant: i64, sums: &Balances) -> Result<Check, EngineError> {
    let mut check = Check::new("items");
    item::scan_all(conn, tenant, None, |item| {
        check.checked += 1;
        let (sum, _, currency) =
            sums.items.get(&item.id).copied().unwrap_or((0, item.issued_on, item.currency));
        if currency != item.currency {
            check.found(|| {
                format!("open item {} is in {}, its entries in {currency}", item.id, item.currency)
            });
        } else if sum != item.open_minor {
            let (says, adds) = (currency.decimal(item.open_minor), currency.decimal(sum));
            check
                .found(|| format!("open item {} says {says} {currency}, its entries sum to {adds}", item.id));
        }
        Ok(())
    })?;
    Ok(check)
}

/// What is left of every payment is the sum of its entries.
fn payments(conn: &Conn<'_>, tenant: i64, sums: &Balances) -> Result<Check, EngineError> {
    let mut check = Check::new("payments");
    payment::scan(conn, tenant, None, false, |id, currency, left, _| {
        check.checked += 1;
        let sum = sums.payments.get(&id).copied().unwrap_or(0);
        if sum != left {
            let (says, adds) = (currency.decimal(left), currency.decimal(sum));
            check.found(|| format!("payment {id} says {says} {currency} is left, its entries sum to {adds}"));
        }
        Ok(())
    })?;
    Ok(check)
}

/// Statements are whole, and whoever tells of a payment tells of its amount.
fn money_in(conn: &Conn<'_>, tenant: i64) -> Result<Check, EngineError> {
    let mut check = Check::new("money-in");
    bank::scan_posted(conn, tenant, |s| {
        check.checked += 1;
        if let Some((opening, closing)) = s.opening_minor.zip(s.closing_minor)
            && difference(opening, s.entries_minor, closing) != Ok(0)
        {
            check.found(|| format!("bank statement {} does not sum to its closing balance", s.id));
        }
        Ok(())
    })?;
    bank::scan_told(conn, tenant, |state, told, amount, id| {
        check.checked += 1;
        let wanted = if state == "returned" { amount.map(|minor| -minor) } else { amount };
        if wanted != Some(told) {
            check.found(|| {
                format!("bank entry {id} tells of {told} minor units, its payment is of {amount:?}")
            });
        }
        Ok(())
    })?;
    sighting::scan(conn, tenant, |payment, told, amount, in_parts| {
        check.checked += 1;
        // Parts of what we wrote back may come in one by one.
        if told != amount && (!in_parts || told > amount) {
            check.found(|| {
                format!("payment {payment} is of {amount} minor units, a sighting of it says {told}")
            });
        }
        Ok(())
    })?;
    Ok(check)
}

/// What confirmed suggestions say was applied is what our own entries applied.
fn matches(conn: &Conn<'_>, tenant: i64) -> Result<Check, EngineError> {
    let mut check = Check::new("matches");
    suggestion::scan_applied(conn, tenant, |payment, item, said, applied| {
        check.checked += 1;
        if said != applied {
            check.found(|| {
                format!(
                    "suggestions say payment {payment} settles {said} minor units of item {item}, our entries {applied}"
                )
            });
        }
        Ok(())
    })?;
    Ok(check)
}

/// Every row points to something.
fn references(conn: &Conn<'_>) -> Result<Check, EngineError> {
    let mut check = Check::new("references");
    conn.dangling(|table, row, parent| {
        check.checked += 1;
        check.found(|| format!("{table} row {row} points to a row of {parent} that is not there"));
    })?;
    Ok(check)
}

/// Buckets sum to outstanding, and both bases to the same debt.
fn buckets(engine: &mut Engine) -> Result<Check, EngineError> {
    let mut check = Check::new("buckets");
    let due = aging(engine, &AgingQuery::default())?;
    let query =
        AgingQuery { by: crate::aging::By::Document, buckets: Partition::default(), ..AgingQuery::default() };
    let document = aging(engine, &query)?;
    for (a, b) in due.currencies.iter().zip(&document.currencies) {
        check.checked += a.items;
        if (&a.outstanding, &a.past_due, a.items) != (&b.outstanding, &b.past_due, b.items) {
            check.found(|| format!("{}: aged by due and by document date the debt differs", a.currency));
        }
    }
    Ok(check)
}
