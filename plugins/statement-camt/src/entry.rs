//! An entry of a statement (`Ntry`): one entry of ours, or one for each detail of a bulk booking.

use recaudo_sdk::payments::statement::Entry;
use recaudo_sdk::statements::Seen;
use recaudo_sdk::xml::Node;
use recaudo_sdk::{Date, Money};
use serde::{Deserialize, Serialize};

use crate::detail::{self, Detail, Side};
use crate::fields::{self, Bad};

/// An entry of so many details is never parted between two pages, so what its details say can be joined where
/// they do not say their share. Of larger ones only the amounts are kept.
pub(crate) const TOGETHER: u64 = 200;
/// Text that stays unsplit is kept up to here.
const REMITTANCE_MAX: usize = 4_000;

/// What the entry says before its details. Goes into a checkpoint when a page ends between two details.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Head {
    minor: i64,
    exponent: u8,
    currency: [u8; 3],
    side: String,
    reversal: bool,
    /// The bank announces it only.
    pending: bool,
    booked: i32,
    value: i32,
    own: String,
    group: String,
    bank_code: Option<String>,
}

/// How far the details of an entry were read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// Line the entry begins in.
    pub(crate) line: u64,
    /// None until the first detail, or when the entry is refused.
    pub(crate) head: Option<Head>,
    pub(crate) refused: bool,
    /// Details read, those whose share is not known, and the sum of the others.
    details: u64,
    unsplit: u64,
    sum: i64,
}

impl Progress {
    pub(crate) fn at(line: u64) -> Self {
        Self { line, ..Self::default() }
    }
}

impl Head {
    /// From the entry's own fields; `created` is the statement's day, `expected` the currency of its balances.
    pub(crate) fn read(node: &Node, created: Option<i32>, expected: Option<[u8; 3]>) -> Result<Self, Bad> {
        let amount = fields::amount(node.child("Amt"))?;
        if expected.is_some_and(|currency| currency != amount.currency) {
            let message = "the entry is in another currency than the statement's balances; ask the bank";
            return Err(Bad::new("Amt", amount.code(), "statement-camt.other-currency", message));
        }
        let side = node.text_at(&["CdtDbtInd"]).unwrap_or("").to_owned();
        let amount = fields::signed(amount, &side)?;
        let status = node.text_at(&["Sts", "Cd"]).or_else(|| node.text_at(&["Sts"])).unwrap_or("BOOK");
        let pending = match status {
            "BOOK" => false,
            "PDNG" | "INFO" | "FUTR" => true,
            _ => return Err(Bad::new("Sts", status, "unknown-status", "this is no status of an entry")),
        };
        let named = |name| node.child(name).map_or(Ok(None), fields::day);
        let (booked, value) = (named("BookgDt")?, named("ValDt")?);
        let created = created.map(Date::from_epoch_day);
        let day = booked.or(value).or(created).ok_or_else(|| {
            Bad::new(
                "BookgDt",
                "",
                "missing-field",
                "there is no booking day; ask the bank for the file again",
            )
        })?;
        let own = node.text_at(&["AcctSvcrRef"]).unwrap_or("");
        let groups: [&[&str]; 4] =
            [&["AcctSvcrRef"], &["Btch", "PmtInfId"], &["Btch", "MsgId"], &["NtryRef"]];
        let group = groups.iter().find_map(|path| node.text_at(path)).map(str::to_owned);
        Ok(Self {
            minor: amount.minor,
            exponent: amount.exponent,
            currency: amount.currency,
            reversal: matches!(node.text_at(&["RvslInd"]), Some("true" | "1")),
            pending,
            booked: day.epoch_day(),
            value: value.unwrap_or(day).epoch_day(),
            own: own.to_owned(),
            group: group.unwrap_or_else(|| format!("{day} {amount}")),
            bank_code: fields::bank_code(node),
            side,
        })
    }

    fn money(&self, minor: i64) -> Money {
        Money { minor, exponent: self.exponent, currency: self.currency }
    }

    pub(crate) fn side(&self) -> Side<'_> {
        Side { side: &self.side, reversal: self.reversal, currency: self.currency }
    }

    fn entry(&self, reference: &str, amount: Money, detail: Detail, seen: &mut Seen) -> Entry {
        let Detail { counterparty, account, reference: end_to_end, remittance, attributes, .. } = detail;
        let fixed = format!("{} {} {amount}", self.booked, self.value);
        let content = [fixed.as_str(), &counterparty, &account, &end_to_end, &remittance];
        let id = seen.identify(reference, &content);
        let mut entry = Entry {
            id,
            booked: self.booked,
            value: self.value,
            amount: amount.into(),
            reversal: self.reversal,
            counterparty,
            account,
            reference: end_to_end,
            remittance,
            attributes,
        };
        let coded = entry.attributes.iter().any(|(name, _)| name == "bank-code");
        if let (false, Some(code)) = (coded, &self.bank_code) {
            entry.attributes.push(("bank-code".into(), code.clone()));
        }
        entry
    }
}

/// The details of an entry that were read since the page began.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    pub(crate) progress: Progress,
    /// The entry's own fields, details aside.
    pub(crate) node: Node,
    pub(crate) details: Vec<Detail>,
    pub(crate) bad: Vec<Bad>,
}

impl Draft {
    pub(crate) fn new(progress: Progress) -> Self {
        Self { progress, ..Self::default() }
    }

    /// Details read in all.
    pub(crate) fn count(&self) -> u64 {
        self.progress.details + self.details.len() as u64 + self.bad.len() as u64
    }

    fn is_pending(&self) -> bool {
        self.progress.head.as_ref().is_some_and(|head| head.pending)
    }

    /// Takes a detail in.
    pub(crate) fn detail(&mut self, node: &Node) {
        let Some(head) = &self.progress.head else { return };
        match detail::read(node, &head.side()) {
            Ok(detail) => self.details.push(detail),
            Err(bad) => self.bad.push(bad),
        }
    }

    /// Entries for the details so far, of which there will be more than one; they come at most once.
    pub(crate) fn split(&mut self, seen: &mut Seen) -> (Vec<Entry>, Vec<Bad>) {
        if self.is_pending() {
            self.progress.details += self.details.drain(..).count() as u64;
            return (vec![], vec![]);
        }
        let Some(head) = &self.progress.head else { return (vec![], core::mem::take(&mut self.bad)) };
        let mut entries = vec![];
        for mut detail in self.details.drain(..) {
            self.progress.details += 1;
            // A sum past 64 bits leaves the share unknown: the rest then says so.
            let sum = detail.amount.and_then(|amount| self.progress.sum.checked_add(amount.minor));
            let (Some(amount), Some(sum)) = (detail.amount, sum) else {
                self.progress.unsplit += 1;
                if self.progress.details <= TOGETHER {
                    self.node.children.push(unsplit(detail));
                }
                continue;
            };
            self.progress.sum = sum;
            let own = match (detail.own.as_str(), head.own.as_str()) {
                (own, of_entry) if !own.is_empty() && own != of_entry => own.to_owned(),
                (_, "") => String::new(),
                (_, of_entry) => format!("{of_entry}/{}", self.progress.details),
            };
            detail.attributes.push(("group".into(), head.group.clone()));
            entries.push(head.entry(&own, amount, detail, seen));
        }
        let bad = core::mem::take(&mut self.bad);
        self.progress.details += bad.len() as u64;
        self.progress.unsplit += bad.len() as u64;
        (entries, bad)
    }

    /// Entries for what is left when the entry ends.
    pub(crate) fn finish(&mut self, seen: &mut Seen) -> (Vec<Entry>, Vec<Bad>) {
        if self.is_pending() {
            return (vec![], vec![]);
        }
        if self.count() < 2 {
            return self.single(seen);
        }
        let (mut entries, bad) = self.split(seen);
        if let Some(head) = &self.progress.head {
            let rest = head.minor.checked_sub(self.progress.sum).unwrap_or(head.minor);
            if rest != 0 || self.progress.unsplit > 0 {
                if self.progress.details > TOGETHER {
                    self.node.children.retain(|child| child.name != "unsplit");
                }
                let mut detail = merged(&self.node);
                detail.attributes.push(("group".into(), head.group.clone()));
                detail.attributes.push(("remainder".into(), "true".into()));
                let own = if head.own.is_empty() { String::new() } else { format!("{}/rest", head.own) };
                entries.push(head.entry(&own, head.money(rest), detail, seen));
            }
        }
        (entries, bad)
    }

    /// No detail, or one: what the entry says is booked.
    fn single(&mut self, seen: &mut Seen) -> (Vec<Entry>, Vec<Bad>) {
        let bad = core::mem::take(&mut self.bad);
        let Some(head) = &self.progress.head else { return (vec![], bad) };
        let mut detail = self.details.pop().unwrap_or_default();
        if detail.remittance.is_empty() {
            detail.remittance = self.node.text_at(&["AddtlNtryInf"]).unwrap_or("").to_owned();
        }
        let own = if head.own.is_empty() { detail.own.clone() } else { head.own.clone() };
        (vec![head.entry(&own, head.money(head.minor), detail, seen)], bad)
    }
}

/// Keeps what an unsplit detail said beside the entry's own fields.
fn unsplit(detail: Detail) -> Node {
    let Detail { counterparty, account, reference, remittance, .. } = detail;
    let attributes = [("who", counterparty), ("account", account), ("reference", reference)];
    Node {
        name: "unsplit".into(),
        attributes: attributes.map(|(name, value)| (name.to_owned(), value)).to_vec(),
        text: remittance,
        ..Node::default()
    }
}

/// What the unsplit details have in common, and everything their payers wrote.
fn merged(node: &Node) -> Detail {
    let common = |name| {
        let mut values = node.children("unsplit").filter_map(|detail| detail.attribute(name));
        let first = values.next().unwrap_or("");
        if values.all(|value| value == first) { first.to_owned() } else { String::new() }
    };
    let mut remittance = String::new();
    let notes =
        node.children("unsplit").map(|detail| detail.text.as_str()).chain(node.text_at(&["AddtlNtryInf"]));
    for line in notes.filter(|line| !line.is_empty()) {
        if remittance.len() + line.len() > REMITTANCE_MAX {
            break;
        }
        if !remittance.is_empty() {
            remittance.push('\n');
        }
        remittance.push_str(line);
    }
    Detail {
        counterparty: common("who"),
        account: common("account"),
        reference: common("reference"),
        remittance,
        ..Detail::default()
    }
}
