//! The strategist: candidates as columns, and what it decides about each.

use std::sync::Arc;

use recaudo_core::day::Day;
use recaudo_core::money::Currency;
use recaudo_ports::plugin::{Call, Decision, Installation, PluginError, Strategist};
use recaudo_ports::table::{Batch, Column, Data};
use recaudo_store::run::Phrase;

use super::block::Block;
use super::plan::{Contact, Fate};
use super::{Running, entropy, judge};
use crate::Engine;
use crate::decision::{self, Calls, Judge, Span};
use crate::instant::micros_of;
use crate::messages::{Outcome, Reason};

/// Rows a strategist is handed at once.
const ROWS: usize = 8_192;

/// Who decides.
pub(super) struct Strategizing {
    ready: Result<Ready, PluginError>,
}

struct Ready {
    judge: Judge,
    strategist: Arc<dyn Strategist>,
    call: Call,
    columns: Vec<String>,
}

impl Strategizing {
    /// A strategist that cannot be used leaves every contact to a person.
    pub(super) fn new(engine: &Engine, calls: &Calls, installation: &Installation) -> Self {
        let ready = || {
            let judge = judge(engine, installation)?;
            let strategist = engine.plugins.strategist(installation)?;
            let call = calls.call(installation, "decide", entropy(engine));
            let columns = strategist.columns(&call)?;
            Ok(Ready { judge, strategist, call, columns })
        };
        Self { ready: ready() }
    }
}

impl Running<'_> {
    /// Asks the strategist, if there is one, about every contact.
    pub(super) fn strategize(&mut self, block: &Block, contacts: &mut [Contact]) {
        let Some(strategist) = self.strategist.take() else { return };
        let mut rest = contacts;
        while !rest.is_empty() {
            let (chunk, after) = rest.split_at_mut(whole_customers(block, rest));
            rest = after;
            let answer = match &strategist.ready {
                Ok(ready) => self.ask_strategist(ready, block, chunk),
                Err(error) => Err(error.clone()),
            };
            match answer {
                Ok(decisions) => apply(chunk, decisions),
                Err(error) => {
                    self.view.note(format!("strategist: {error}"));
                    for contact in chunk {
                        contact.fate = left(Outcome::Task, Reason::StrategistFailed, error.code.clone());
                    }
                }
            }
        }
        self.strategist = Some(strategist);
    }

    fn ask_strategist(
        &mut self,
        ready: &Ready,
        block: &Block,
        contacts: &[Contact],
    ) -> Result<Vec<Decision>, PluginError> {
        let table = Table { running: self, block, contacts };
        let columns = ready.columns.iter().map(|name| {
            let data = table.column(name).ok_or_else(|| unknown(ready, name))?;
            Ok(Column { name: name.clone(), data })
        });
        let columns = columns.collect::<Result<Vec<_>, PluginError>>()?;
        let batch = Batch { ids: (0..contacts.len() as u64).collect(), columns };
        let span = Span {
            first_customer: block.first_customer,
            last_customer: block.last_customer,
            rows: contacts.len(),
        };
        let asked = (&batch, span);
        self.records.judge(&ready.judge, decision::STRATEGIST, &ready.call, asked, || {
            ready.strategist.decide(&ready.call, &batch)
        })
    }
}

/// How many contacts from the front make up whole customers, [`ROWS`] or fewer unless one has more: a strategist weighs
/// a customer's contacts against each other.
fn whole_customers(block: &Block, contacts: &[Contact]) -> usize {
    let customer = |contact: &Contact| block.accounts[contact.account].customer;
    let ends = contacts.chunk_by(|one, next| customer(one) == customer(next)).scan(0, |end, of_one| {
        *end += of_one.len();
        Some(*end)
    });
    let mut ends = ends.peekable();
    let first = ends.peek().copied().unwrap_or(0);
    ends.take_while(|end| *end <= ROWS).last().unwrap_or(first)
}

fn unknown(ready: &Ready, column: &str) -> PluginError {
    PluginError {
        plugin: format!("{} {}", ready.judge.identity.id, ready.judge.identity.version),
        kind: recaudo_ports::plugin::PluginErrorKind::InvalidInput,
        code: "unknown-column".into(),
        message: format!("it asks for the column {column:?}, which is not in the strategy registry"),
        may_have_committed: false,
        retry_after_ms: None,
    }
}

/// A row that the strategist does not speak of is passed over; an action nobody knows is for a person.
fn apply(contacts: &mut [Contact], decisions: Vec<Decision>) {
    for contact in contacts.iter_mut() {
        contact.fate = left(Outcome::Skipped, Reason::StrategistSkips, String::new());
    }
    for decision in decisions {
        let Some(contact) = contacts.get_mut(decision.row as usize) else { continue };
        contact.priority = decision.priority;
        contact.fate = match decision.action.as_str() {
            "do" => {
                contact.rule = decision.rule;
                Fate::Open
            }
            "wait" => {
                let not_before = decision.not_before.map(micros_of);
                with_not_before(left(Outcome::Waiting, Reason::StrategistWaits, decision.rule), not_before)
            }
            "skip" => left(Outcome::Skipped, Reason::StrategistSkips, decision.rule),
            _ => left(Outcome::Task, Reason::StrategistAsks, decision.rule),
        };
    }
}

fn left(outcome: Outcome, reason: Reason, rule: String) -> Fate {
    let phrase = (!rule.is_empty()).then(|| Phrase { rule, source: String::new(), reason: String::new() });
    Fate::Left { outcome, reason, phrase, not_before: None }
}

fn with_not_before(fate: Fate, not_before: Option<i64>) -> Fate {
    match fate {
        Fate::Left { outcome, reason, phrase, .. } => Fate::Left { outcome, reason, phrase, not_before },
        other => other,
    }
}

struct Table<'a, 'e> {
    running: &'a Running<'e>,
    block: &'a Block,
    contacts: &'a [Contact],
}

impl Table<'_, '_> {
    /// By the registry's name; none for one it does not have.
    #[rustfmt::skip] // a table of columns
    fn column(&self, name: &str) -> Option<Data> {
        let settings = &self.running.engine.settings;
        let strategy = |c: &Contact| &settings.strategies[c.strategy];
        let customer = |c: &Contact| &self.block.customers[self.block.accounts[c.account].customer];
        let currency = |c: &Contact| self.block.accounts[c.account].currency;
        let today = self.running.today.day;
        Some(match name {
            "customer" => self.ints(0, |c| Some(customer(c).row.id)),
            "strategy" => self.codes(|c| strategy(c).name.as_str()),
            "step" => self.codes(|c| strategy(c).steps[c.due.step].name.as_str()),
            "step_order" => self.ints(0, |c| i64::try_from(c.due.step).ok()),
            "channel" => self.codes(|c| c.due.channel.code()),
            "purpose" => self.codes(|c| strategy(c).steps[c.due.step].purpose.as_str()),
            "amount" => self.money(|c| Some(c.due.amount_minor)),
            "currency" => self.codes(|c| self.block.accounts[c.account].currency.code()),
            "cost" => self.money(|c| settings.cost(c.due.channel, currency(c))),
            "items" => self.ints(0, |c| i64::try_from(c.due.items.len()).ok()),
            "days_past_due" => self.ints(0, |c| Some(i64::from(c.due.days_past_due))),
            "late_ppm" => self.ints(0, |c| self.block.accounts[c.account].score_ppm.map(i64::from)),
            "score_degraded" => self.bits(|_| self.running.scorer.is_degraded()),
            "promise_until" => self.days(|c| promise(customer(c).promises.as_slice(), currency(c), today)),
            // Whom a hold is on is no candidate.
            "hold" => self.codes(|_| ""),
            "contacts_today" => self.ints(0, |c| Some(i64::from(customer(c).history.today))),
            "contacts_7d" => self.ints(0, |c| Some(i64::from(customer(c).history.last_7_days))),
            "days_since_contact" => self.ints(0, |c| customer(c).history.last.map(|last| i64::from(today.since(last)))),
            "reachable" => self.bits(|c| customer(c).contact_for(c.due.channel).is_some()),
            _ => return None,
        })
    }

    fn ints(&self, scale: u8, value: impl Fn(&Contact) -> Option<i64>) -> Data {
        let (values, present) = self.present(value);
        Data::Ints { values, scale, present }
    }

    fn days(&self, value: impl Fn(&Contact) -> Option<i32>) -> Data {
        let (values, present) = self.present(value);
        Data::Days { values, present }
    }

    fn present<T: Default>(&self, value: impl Fn(&Contact) -> Option<T>) -> (Vec<T>, Vec<u8>) {
        let mut present = vec![0_u8; self.contacts.len().div_ceil(8)];
        let mut everyone = true;
        let values = self.contacts.iter().enumerate().map(|(place, contact)| {
            let value = value(contact);
            present[place / 8] |= u8::from(value.is_some()) << (place % 8);
            everyone &= value.is_some();
            value.unwrap_or_default()
        });
        let values: Vec<T> = values.collect();
        (values, if everyone { Vec::new() } else { present })
    }

    /// All at the largest exponent among the rows; what does not fit there is absent.
    fn money(&self, minor: impl Fn(&Contact) -> Option<i64>) -> Data {
        let exponent = |c: &Contact| self.block.accounts[c.account].currency.exponent();
        let scale = self.contacts.iter().map(exponent).max().unwrap_or(0);
        self.ints(scale, |c| minor(c)?.checked_mul(10_i64.pow(u32::from(scale - exponent(c)))))
    }

    fn codes<'s>(&'s self, code: impl Fn(&'s Contact) -> &'s str) -> Data {
        let mut dictionary: Vec<String> = Vec::new();
        let values = self.contacts.iter().map(|contact| {
            let code = code(contact);
            let place = dictionary.iter().position(|known| known == code).unwrap_or_else(|| {
                dictionary.push(code.to_owned());
                dictionary.len() - 1
            });
            u32::try_from(place).unwrap_or(u32::MAX)
        });
        let values: Vec<u32> = values.collect();
        Data::Codes { values, dictionary, present: Vec::new() }
    }

    fn bits(&self, bit: impl Fn(&Contact) -> bool) -> Data {
        Data::Bits { values: self.contacts.iter().map(|c| u8::from(bit(c))).collect(), present: Vec::new() }
    }
}

/// The last day an open promise covers, from today on.
fn promise(promises: &[(Currency, Day)], currency: Currency, today: Day) -> Option<i32> {
    promises.iter().filter(|(of, until)| *of == currency && *until >= today).map(|(_, until)| until.0).max()
}
