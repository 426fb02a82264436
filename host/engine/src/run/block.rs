//! A block of customers: everything a run reads about them, in a few statements.

use std::ops::Range;

use recaudo_core::contact::{Address, Channel, Channels, History};
use recaudo_core::day::Day;
use recaudo_core::features::{ItemFacts, Known, known_on};
use recaudo_core::hold::Hold;
use recaudo_core::money::Currency;
use recaudo_store::portfolio::{self, Contacted, CustomerWords, Done, OpenItem, Said, Words};
use recaudo_store::{StoreError, hold};

use super::Running;
use crate::EngineError;
use crate::instant::{day_in, micros};

/// Items read at once: two batches of a scorer.
const ITEMS_MAX: i64 = 16_384;
/// How far back contacts are looked at: the longest window of a contact rule, with a margin.
const CONTACTS_BACK_DAYS: i32 = 60;
/// How long a channel that failed is left alone.
const FAILED_BACK_DAYS: i32 = 30;

/// A customer and what bears on contacting it.
#[derive(Debug)]
pub(crate) struct Customer {
    pub(crate) row: portfolio::Customer,
    pub(crate) attributes: Vec<(String, String)>,
    /// Holds of the customer, then of its items.
    pub(crate) holds: Vec<Hold>,
    pub(crate) item_holds: Vec<(i64, Vec<Hold>)>,
    pub(crate) contacts: Range<usize>,
    pub(crate) history: History,
    pub(crate) known: Known,
    pub(crate) email_contact: Option<(i64, i64)>,
    pub(crate) phone_contact: Option<(i64, i64)>,
    pub(crate) opted_out: Channels,
    pub(crate) granted: Channels,
    pub(crate) failed: Channels,
    pub(crate) promises: Vec<(Currency, Day)>,
}

impl Customer {
    /// The contact a channel reaches: its number and version.
    pub(crate) fn contact_for(&self, channel: Channel) -> Option<(i64, i64)> {
        match channel.address() {
            Address::Email => self.email_contact,
            Address::Phone => self.phone_contact,
            Address::Postal => None,
        }
    }
}

/// An account: a customer's debt to one creditor in one currency.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) customer: usize,
    pub(crate) creditor_id: i64,
    pub(crate) currency: Currency,
    /// Its items in the block.
    pub(crate) items: Range<usize>,
    pub(crate) score_ppm: Option<i32>,
    pub(crate) segment: usize,
}

/// A block.
#[derive(Debug)]
pub(crate) struct Block {
    /// By customer, creditor, currency, due date, id.
    pub(crate) items: Vec<OpenItem>,
    /// Of each item, the steps done for its due date.
    pub(crate) done: Vec<Done>,
    pub(crate) customers: Vec<Customer>,
    pub(crate) accounts: Vec<Account>,
    pub(crate) contacted: Vec<Contacted>,
    pub(crate) item_kinds: Words,
    pub(crate) words: CustomerWords,
    pub(crate) first_customer: i64,
    pub(crate) last_customer: i64,
}

impl Block {
    /// Contacts of a customer, by moment.
    pub(crate) fn contacts(&self, customer: &Customer) -> &[Contacted] {
        &self.contacted[customer.contacts.clone()]
    }

    /// Steps done for an item, for whichever due date.
    pub(crate) fn done_for(&self, item: &OpenItem) -> &[Done] {
        let key = (item.customer_id, item.id);
        let first = self.done.partition_point(|done| (done.customer_id, done.item_id) < key);
        let rest = &self.done[first..];
        &rest[..rest.partition_point(|done| (done.customer_id, done.item_id) <= key)]
    }
}

/// The next block after a customer; none at the end.
pub(crate) fn load(running: &mut Running<'_>, after: i64) -> Result<Option<Block>, EngineError> {
    let reading = Reading {
        tenant: running.engine.tenant,
        today: running.today.day,
        moment: micros(running.today.moment),
        day_us: 86_400 * 1_000_000,
        history: running.scorer.needs_history(),
    };
    let zone = running.engine.settings.creditor.time_zone;
    let mut cursor = after;
    loop {
        let read = running.engine.store.read(|conn| reading.block(conn, cursor))?;
        let Some((mut block, last_read)) = read else { return Ok(None) };
        if block.items.is_empty() {
            // All that was read is dated after the business day.
            cursor = last_read;
            continue;
        }
        let to_day = |at: i64| chrono::DateTime::from_timestamp_micros(at).map(|at| day_in(zone, at));
        for place in 0..block.customers.len() {
            let contacts = block.contacted[block.customers[place].contacts.clone()].iter();
            let days = contacts.filter(|c| c.state != "inbound").filter_map(|c| to_day(c.at));
            block.customers[place].history = History::on(reading.today, days);
        }
        return Ok(Some(block));
    }
}

struct Reading {
    tenant: i64,
    today: Day,
    /// Microseconds UTC.
    moment: i64,
    day_us: i64,
    history: bool,
}

impl Reading {
    /// A block and the last customer that was read; none at the end.
    fn block(&self, conn: &recaudo_store::Conn<'_>, after: i64) -> Result<Option<(Block, i64)>, StoreError> {
        let mut item_kinds = Words::default();
        let Some((items, last_read)) = self.items(conn, after, &mut item_kinds)? else { return Ok(None) };
        let (Some(first), Some(last)) = (items.first(), items.last()) else {
            return Ok(Some((Block::empty(item_kinds), last_read)));
        };
        let span = (first.customer_id, last.customer_id);
        let mut words = CustomerWords::default();
        let mut contacted = Vec::new();
        let since = self.moment - i64::from(CONTACTS_BACK_DAYS) * self.day_us;
        portfolio::contacted(conn, self.tenant, span, since, &mut contacted)?;
        let mut done = Vec::new();
        portfolio::done(conn, self.tenant, span, &mut done)?;
        let mut customers = self.customers(conn, span, &items, &mut words, &contacted)?;
        let accounts = accounts(&items, &customers)?;
        self.know(conn, span, &items, &mut customers)?;
        let (first_customer, last_customer) = (span.0, last_read.max(span.1));
        let block = Block {
            items,
            done,
            customers,
            accounts,
            contacted,
            item_kinds,
            words,
            first_customer,
            last_customer,
        };
        Ok(Some((block, last_read)))
    }

    /// Items of whole customers: a customer that the limit would cut waits for the next block.
    fn items(
        &self,
        conn: &recaudo_store::Conn<'_>,
        after: i64,
        kinds: &mut Words,
    ) -> Result<Option<(Vec<OpenItem>, i64)>, StoreError> {
        let mut limit = ITEMS_MAX;
        loop {
            let mut items = Vec::with_capacity(usize::try_from(limit).unwrap_or(0));
            let page =
                portfolio::open_items(conn, self.tenant, (after, limit), self.today, kinds, &mut items)?;
            let Some(last_read) = page.last_customer else { return Ok(None) };
            if page.rows == limit {
                let whole = items.partition_point(|item| item.customer_id < last_read);
                if page.first_customer == Some(last_read) {
                    limit *= 4;
                    continue;
                }
                items.truncate(whole);
                sort(&mut items);
                return Ok(Some((items, last_read - 1)));
            }
            sort(&mut items);
            return Ok(Some((items, last_read)));
        }
    }

    fn customers(
        &self,
        conn: &recaudo_store::Conn<'_>,
        span: (i64, i64),
        items: &[OpenItem],
        words: &mut CustomerWords,
        contacted: &[Contacted],
    ) -> Result<Vec<Customer>, StoreError> {
        let mut rows = Vec::new();
        portfolio::customers(conn, self.tenant, span, words, &mut rows)?;
        let mut next_item = items.iter().peekable();
        let mut customers = Vec::new();
        for row in rows {
            let mut owes = false;
            while next_item.next_if(|item| item.customer_id <= row.id).is_some() {
                owes = true;
            }
            if owes {
                customers.push(self.customer(row, contacted));
            }
        }
        self.reach(conn, span, &mut customers)?;
        self.bear(conn, span, &mut customers)?;
        Ok(customers)
    }

    fn customer(&self, row: portfolio::Customer, contacted: &[Contacted]) -> Customer {
        let first = contacted.partition_point(|contact| contact.customer_id < row.id);
        let last = contacted.partition_point(|contact| contact.customer_id <= row.id);
        let attributes = attributes(&row.attributes);
        Customer {
            row,
            attributes,
            holds: Vec::new(),
            item_holds: Vec::new(),
            contacts: first..last,
            history: History::default(),
            known: Known::default(),
            email_contact: None,
            phone_contact: None,
            opted_out: Channels::NONE,
            granted: Channels::NONE,
            failed: Channels::NONE,
            promises: Vec::new(),
        }
    }

    /// Which contact each customer is reached by: the first of the best role.
    fn reach(
        &self,
        conn: &recaudo_store::Conn<'_>,
        span: (i64, i64),
        customers: &mut [Customer],
    ) -> Result<(), StoreError> {
        let (mut roles, mut reaches) = (Words::default(), Vec::new());
        portfolio::reaches(conn, self.tenant, span, &mut roles, &mut reaches)?;
        reaches.sort_by_key(|reach| (reach.customer_id, role_rank(roles.get(reach.role)), reach.contact_id));
        for reach in &reaches {
            let Some(customer) = find(customers, reach.customer_id) else { continue };
            let contact = (reach.contact_id, reach.version);
            if reach.email && customer.email_contact.is_none() {
                customer.email_contact = Some(contact);
            }
            if reach.phone && customer.phone_contact.is_none() {
                customer.phone_contact = Some(contact);
            }
        }
        Ok(())
    }

    /// Consents, holds, promises and channels that failed.
    fn bear(
        &self,
        conn: &recaudo_store::Conn<'_>,
        span: (i64, i64),
        customers: &mut [Customer],
    ) -> Result<(), StoreError> {
        let mut said = Vec::new();
        portfolio::consents(conn, self.tenant, span, self.moment, &mut said)?;
        for said in &said {
            let Some(customer) = find(customers, said.customer_id) else { continue };
            consent(customer, said);
        }
        for kept in hold::within(conn, self.tenant, span)? {
            let Some(customer) = find(customers, kept.customer_id) else { continue };
            match kept.item_id {
                None => customer.holds.push(kept.hold),
                Some(item) => match customer.item_holds.iter_mut().find(|(id, _)| *id == item) {
                    Some((_, holds)) => holds.push(kept.hold),
                    None => customer.item_holds.push((item, vec![kept.hold])),
                },
            }
        }
        for promise in hold::promises(conn, self.tenant, span)? {
            let Some(customer) = find(customers, promise.customer_id) else { continue };
            customer.promises.push((promise.currency, promise.pay_on));
        }
        let since = self.moment - i64::from(FAILED_BACK_DAYS) * self.day_us;
        for (customer, channel) in recaudo_store::action::failed_channels(conn, self.tenant, span, since)? {
            let Some(customer) = find(customers, customer) else { continue };
            if let Some(channel) = Channel::from_code(&channel) {
                customer.failed = customer.failed.with(channel);
            }
        }
        Ok(())
    }

    /// What is known of each customer on the day before this run.
    fn know(
        &self,
        conn: &recaudo_store::Conn<'_>,
        span: (i64, i64),
        items: &[OpenItem],
        customers: &mut [Customer],
    ) -> Result<(), StoreError> {
        let mut settled = Vec::new();
        if self.history {
            portfolio::settled_items(conn, self.tenant, span, &mut settled)?;
            settled.sort_by_key(|item| item.customer_id);
        }
        let mut facts: Vec<ItemFacts> = Vec::new();
        let (mut open, mut past) = (items, settled.as_slice());
        for customer in customers {
            facts.clear();
            let id = customer.row.id;
            open = &open[open.partition_point(|item| item.customer_id < id)..];
            let mine = open.partition_point(|item| item.customer_id <= id);
            facts.extend(open[..mine].iter().filter(|item| item.open_minor > 0).map(open_facts));
            past = &past[past.partition_point(|item| item.customer_id < id)..];
            let settled = past.partition_point(|item| item.customer_id <= id);
            facts.extend(past[..settled].iter().map(settled_facts));
            customer.known = known_on(&facts, self.today);
        }
        Ok(())
    }
}

fn open_facts(item: &OpenItem) -> ItemFacts {
    ItemFacts {
        issued_on: item.issued_on,
        due_on: item.due_on,
        settled_on: None,
        amount_minor: item.open_minor,
        currency: item.currency,
        disputed: item.disputed,
    }
}

fn settled_facts(item: &portfolio::SettledItem) -> ItemFacts {
    ItemFacts {
        issued_on: item.issued_on,
        due_on: item.due_on,
        settled_on: Some(item.settled_on),
        amount_minor: item.total_minor,
        currency: item.currency,
        disputed: item.disputed,
    }
}

impl Block {
    fn empty(item_kinds: Words) -> Self {
        Self {
            items: Vec::new(),
            done: Vec::new(),
            customers: Vec::new(),
            accounts: Vec::new(),
            contacted: Vec::new(),
            item_kinds,
            words: CustomerWords::default(),
            first_customer: 0,
            last_customer: 0,
        }
    }
}

fn sort(items: &mut [OpenItem]) {
    items.sort_unstable_by_key(|i| (i.customer_id, i.creditor_id, i.currency, i.due_on, i.id));
}

/// Items grouped by customer, creditor and currency.
fn accounts(items: &[OpenItem], customers: &[Customer]) -> Result<Vec<Account>, StoreError> {
    let mut accounts: Vec<Account> = Vec::new();
    let mut customer = 0;
    for (place, item) in items.iter().enumerate() {
        while customers.get(customer).is_some_and(|c| c.row.id < item.customer_id) {
            customer += 1;
        }
        if customers.get(customer).is_none_or(|c| c.row.id != item.customer_id) {
            return Err(StoreError::Inconsistent {
                table: "open_items".into(),
                column: "customer_id".into(),
                row: item.id,
                detail: format!("there is no customer {}", item.customer_id),
            });
        }
        let last = accounts.last_mut().filter(|account| {
            account.customer == customer
                && account.creditor_id == item.creditor_id
                && account.currency == item.currency
        });
        match last {
            Some(account) => account.items.end = place + 1,
            None => accounts.push(Account {
                customer,
                creditor_id: item.creditor_id,
                currency: item.currency,
                items: place..place + 1,
                score_ppm: None,
                segment: 0,
            }),
        }
    }
    Ok(accounts)
}

fn find(customers: &mut [Customer], id: i64) -> Option<&mut Customer> {
    let place = customers.binary_search_by_key(&id, |customer| customer.row.id).ok()?;
    customers.get_mut(place)
}

/// The last word on a channel counts; a word without a channel is about all of them.
fn consent(customer: &mut Customer, said: &Said) {
    for channel in Channel::ALL {
        if said.channel.is_empty() || said.channel == "any" || said.channel == channel.code() {
            let (with, without) = if said.granted {
                (&mut customer.granted, &mut customer.opted_out)
            } else {
                (&mut customer.opted_out, &mut customer.granted)
            };
            *with = with.with(channel);
            *without = without.without(channel);
        }
    }
}

/// Who is written to first: people whose work is to pay, then whoever there is.
fn role_rank(role: &str) -> usize {
    const BEST: [&str; 6] =
        ["collections", "accounts-payable", "accounts_payable", "billing", "payments", "debtor"];
    BEST.iter().position(|best| *best == role).unwrap_or(BEST.len())
}

/// A JSON object's texts and numbers; anything else is left out.
pub(crate) fn attributes(json: &str) -> Vec<(String, String)> {
    if json == "{}" {
        return Vec::new();
    }
    let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(json).unwrap_or_default();
    object
        .into_iter()
        .filter_map(|(key, value)| match value {
            serde_json::Value::String(text) => Some((key, text)),
            serde_json::Value::Number(number) => Some((key, number.to_string())),
            serde_json::Value::Bool(flag) => Some((key, flag.to_string())),
            _ => None,
        })
        .collect()
}
