//! Invoices, credit notes and their kin, and the payment that a settlement day stands for.

use recaudo_sdk::{Failure, erp};

use super::{Attributes, DOCUMENT_NEEDS, Scope, Signs, When, item_id, key};
use crate::config::Node;
use crate::currency::Currency;
use crate::field::{Columns, Field};
use crate::page::Page;
use crate::problem::Problem;
use crate::reader::{Amount, Reader};

/// The `document` section of a file.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) when: When,
    id: Field,
    creditor: Field,
    customer: Field,
    number: Field,
    instalment: Field,
    kind: Field,
    issued: Field,
    due: Field,
    due_days: Field,
    total: Field,
    debit: Field,
    credit: Field,
    currency: Field,
    open: Field,
    paid: Field,
    exchange_rate: Field,
    status: Field,
    disputed: Field,
    settled: Field,
    settled_amount: Field,
    method: Field,
    version: Field,
    attributes: Attributes,
    signs: Signs,
    /// See [`Scope::balances`].
    balances: bool,
}

/// Kinds of the contract that are owed; the first is what a row is when nothing is said.
const OWED: [&str; 4] = ["invoice", "debit-note", "charge", "opening"];
/// Kinds that take from what is owed; the first is what a negative amount is when nothing is said.
const TAKEN: [&str; 5] = ["credit-note", "write-off", "discount", "withholding", "exchange-difference"];

/// Words for a status, and the one of the four each means.
const STATUSES: [(&str, &str); 6] = [
    ("open", "open"),
    ("posted", "open"),
    ("paid", "paid"),
    ("void", "void"),
    ("cancelled", "void"),
    ("disputed", "disputed"),
];

/// What a row says a document is, and is worth.
struct Worth {
    total: Amount,
    kind: &'static str,
    /// The file has it with a minus.
    minus: bool,
}

impl Document {
    const KEYS: [&str; 25] = [
        "when",
        "id",
        "creditor",
        "customer",
        "number",
        "instalment",
        "kind",
        "issued",
        "due",
        "due_days",
        "total",
        "debit",
        "credit",
        "currency",
        "open",
        "paid",
        "exchange_rate",
        "status",
        "disputed",
        "settled",
        "settled_amount",
        "method",
        "version",
        "attributes",
        "signs",
    ];

    pub(crate) fn read(
        node: &Node<'_>,
        scope: &Scope<'_>,
        columns: &mut Columns<'_>,
    ) -> Result<Self, Failure> {
        node.object(&Self::KEYS)?;
        let creditor = scope.field(node, "creditor", "creditor", columns)?;
        let customer = scope.field(node, "customer", "customer", columns)?;
        let currency = scope.field(node, "currency", "currency", columns)?;
        let version = scope.field(node, "version", "version", columns)?;
        let mut field = |key| Field::of(node, key, columns);
        let document = Self {
            id: field("id")?,
            creditor,
            customer,
            number: field("number")?,
            instalment: field("instalment")?,
            kind: field("kind")?,
            issued: field("issued")?,
            due: field("due")?,
            due_days: field("due_days")?,
            total: field("total")?,
            debit: field("debit")?,
            credit: field("credit")?,
            currency,
            open: field("open")?,
            paid: field("paid")?,
            exchange_rate: field("exchange_rate")?,
            status: field("status")?,
            disputed: field("disputed")?,
            settled: field("settled")?,
            settled_amount: field("settled_amount")?,
            method: field("method")?,
            version,
            attributes: Attributes::read(node, columns)?,
            when: When::of(node, "when", columns)?,
            signs: Signs::read(node, ("negative-is-credit-note", Signs::NegativeIsCreditNote))?,
            balances: scope.balances,
        };
        document.complete(node)
    }

    fn complete(self, node: &Node<'_>) -> Result<Self, Failure> {
        let needed = [&self.customer, &self.number, &self.issued, &self.currency];
        if needed.iter().any(|field| !field.is_mapped()) {
            return Err(node.fail(DOCUMENT_NEEDS));
        }
        if !self.due.is_mapped() && !self.due_days.is_mapped() {
            return Err(node.fail("`due`, or `due_days` to count from `issued`, is needed"));
        }
        let sides = self.debit.is_mapped();
        if sides != self.credit.is_mapped() {
            return Err(node.fail("`debit` and `credit` go together"));
        }
        if sides == self.total.is_mapped() && (sides || !self.open.is_mapped()) {
            return Err(node.fail("either `total`, or both `debit` and `credit`, or `open` alone is needed"));
        }
        if self.open.is_mapped() && self.paid.is_mapped() {
            return Err(node.fail("`open` and `paid` say the same twice; keep one of them"));
        }
        Ok(self)
    }

    /// Rows may yield payments too.
    pub(crate) fn settles(&self) -> bool {
        self.settled.is_mapped()
    }

    /// Puts the row's document on the page, and the payment its settlement day stands for.
    pub(crate) fn take(&self, reader: &Reader<'_>, page: &mut Page) -> Result<(), Problem> {
        let currency = reader.currency(&self.currency)?;
        let worth = self.worth(reader, currency)?;
        let Worth { total, kind, .. } = worth;
        let taken = TAKEN.contains(&kind);
        // The source's own total counts every amount that can be read, whatever becomes of the row; and as
        // records have them, positive in credit notes too, so that the host can add up what came in and
        // compare.
        if !page.control(currency, total.minor) {
            return Err(reader.problem(
                &self.total,
                "amount-too-large",
                "the page's total no longer fits; correct the amount",
            ));
        }
        let number = reader.required(&self.number, "document's number")?;
        let instalment = self.instalment(reader)?;
        let id = match reader.text(&self.id) {
            id if id.is_empty() => item_id(&number, instalment),
            id => id,
        };
        let issued = reader.required_day(&self.issued, "document's day")?;
        let (status, disputed) = self.status(reader)?;
        let settled = if status == "void" { None } else { reader.day(&self.settled)? };
        let mut open = self.open(reader, &worth)?;
        // Settled, and nothing says by what: all that can be told is that nothing is open.
        let paid = status == "paid";
        if open.is_none() && (if taken { paid || settled.is_some() } else { paid && settled.is_none() }) {
            open = Some(Amount { minor: 0, currency });
        }
        if !self.balances && status != "void" {
            self.explained(reader, &worth, open, settled.is_some())?;
        }
        let record = erp::Document {
            key: key(reader, id, &self.version)?,
            creditor: super::creditor(reader, &self.creditor)?,
            customer: reader.required(&self.customer, "customer's number")?,
            number,
            instalment: instalment.unwrap_or(0),
            kind: kind.to_owned(),
            issued: issued.epoch_day(),
            due: self.due(reader, issued)?.epoch_day(),
            total: total.money(),
            open: open.map(Amount::money),
            exchange_rate: reader.decimal(&self.exchange_rate)?,
            status: if status == "void" { "cancelled" } else { "posted" }.to_owned(),
            disputed,
            attributes: self.attributes.record(reader),
        };
        if let (Some(day), false) = (settled, taken) {
            self.settle(reader, &record, day.epoch_day(), total, page)?;
        }
        page.batch.documents.push(record);
        Ok(())
    }

    /// Where rows tell events, and no payments come from anywhere else, a balance without a day would stay
    /// unused and the customer be chased for what is paid.
    fn explained(
        &self,
        reader: &Reader<'_>,
        worth: &Worth,
        open: Option<Amount>,
        settled: bool,
    ) -> Result<(), Problem> {
        if settled && TAKEN.contains(&worth.kind) {
            let message = "it does not say which document it settled; add an `allocation` section, or leave \
                the day out";
            return Err(reader.problem(&self.settled, "settled-credit", message));
        }
        if settled || open.is_none_or(|open| open.minor >= worth.total.minor) {
            return Ok(());
        }
        let field = [&self.open, &self.paid, &self.status]
            .into_iter()
            .find(|field| !field.value(&reader.row).is_empty());
        let message = "it says that some of it is paid, and not when; map `settled`, add the payments' \
            file, or set `mode` to snapshot";
        Err(reader.problem(field.unwrap_or(&self.status), "balance-in-events", message))
    }

    /// The settlement day is a payment of all of it, or of `settled_amount`, on that day.
    fn settle(
        &self,
        reader: &Reader<'_>,
        document: &erp::Document,
        day: i32,
        total: Amount,
        page: &mut Page,
    ) -> Result<(), Problem> {
        let amount = reader.amount(&self.settled_amount, total.currency)?.unwrap_or(total);
        if amount.minor < 0 {
            return Err(reader.problem(
                &self.settled_amount,
                "negative-amount",
                "a payment is positive; correct it at the source",
            ));
        }
        if amount.minor == 0 {
            return Ok(());
        }
        let mut key = document.key.clone();
        key.id = format!("settled:{}", key.id);
        page.batch.payments.push(erp::Payment {
            key: key.clone(),
            creditor: document.creditor.clone(),
            customer: document.customer.clone(),
            received: day,
            amount: amount.money(),
            method: reader.text(&self.method),
            reference: document.number.clone(),
            attributes: vec![],
        });
        page.batch.allocations.push(erp::Allocation {
            settler: erp::Settler::Payment(key.id.clone()),
            key,
            document: document.key.id.clone(),
            amount: amount.money(),
            on: day,
        });
        Ok(())
    }

    fn worth(&self, reader: &Reader<'_>, currency: Currency) -> Result<Worth, Problem> {
        let stated = self.kind(reader)?;
        if self.debit.is_mapped() {
            return self.sides(reader, currency, stated);
        }
        let field = if self.total.is_mapped() { &self.total } else { &self.open };
        let total = reader.required_amount(field, currency, "amount")?;
        let negative = if self.signs == Signs::Reversed { total.minor > 0 } else { total.minor < 0 };
        let taken = stated.is_some_and(|kind| TAKEN.contains(&kind));
        if negative && !taken && self.signs == Signs::Positive {
            let message = "an invoice is positive; if a negative amount is a credit note here, set `signs` \
                of the document to \"negative-is-credit-note\", or say so in its `kind`";
            return Err(reader.problem(field, "negative-amount", message));
        }
        let usual = if negative { TAKEN[0] } else { OWED[0] };
        let kind = stated.filter(|_| taken || !negative).unwrap_or(usual);
        Ok(Worth { total: Amount { minor: total.minor.abs(), currency }, kind, minus: total.minor < 0 })
    }

    /// Debit makes an invoice, credit a credit note, if the row does not say itself what it is; exactly one
    /// is filled in.
    fn sides(
        &self,
        reader: &Reader<'_>,
        currency: Currency,
        stated: Option<&'static str>,
    ) -> Result<Worth, Problem> {
        let filled = |field| Ok(reader.amount(field, currency)?.filter(|amount| amount.minor != 0));
        let (field, total, usual) = match (filled(&self.debit)?, filled(&self.credit)?) {
            (Some(debit), None) => (&self.debit, debit, OWED[0]),
            (None, Some(credit)) => (&self.credit, credit, TAKEN[0]),
            (None, None) => return Err(reader.blank(&self.debit, "debit and the credit")),
            (Some(_), Some(_)) => {
                let message = "a row has either a debit or a credit; split it at the source";
                return Err(reader.problem(&self.debit, "debit-and-credit", message));
            }
        };
        let message = match stated {
            _ if total.minor < 0 => {
                "the column tells the side, so its amounts are positive; correct it at the source"
            }
            Some(kind) if TAKEN.contains(&kind) != (usual == TAKEN[0]) => {
                "the amount is on the other side than the kind says; correct one of them at the source"
            }
            _ => return Ok(Worth { total, kind: stated.unwrap_or(usual), minus: false }),
        };
        Err(reader.problem(field, "negative-amount", message))
    }

    /// The kind, when the row tells it.
    fn kind(&self, reader: &Reader<'_>) -> Result<Option<&'static str>, Problem> {
        let text = self.kind.value(&reader.row);
        if text.is_empty() {
            return Ok(None);
        }
        let fold = |byte: u8| if matches!(byte, b' ' | b'_') { b'-' } else { byte.to_ascii_lowercase() };
        let mut fitting =
            OWED.into_iter().chain(TAKEN).filter(|kind| text.bytes().map(fold).eq(kind.bytes()));
        fitting.next().map(Some).ok_or_else(|| {
            let message = format!(
                "a kind is one of {}, {}; add a `map` to the document's kind, such as {{\"FA\": \
                    \"invoice\"}}",
                OWED.join(", "),
                TAKEN.join(", ")
            );
            reader.problem(&self.kind, "unknown-kind", message)
        })
    }

    /// The status in our words, and whether the document is disputed.
    fn status(&self, reader: &Reader<'_>) -> Result<(&'static str, bool), Problem> {
        let disputed = reader.flag(&self.disputed)?;
        let text = self.status.value(&reader.row);
        if text.is_empty() {
            return Ok(("open", disputed));
        }
        match STATUSES.iter().find(|(word, _)| word.eq_ignore_ascii_case(&text)) {
            Some((_, "disputed")) => Ok(("open", true)),
            Some((_, status)) => Ok((status, disputed)),
            None => {
                let message = "a status is open, paid, void or disputed; add a `map` to the document's \
                    status, such as {\"Anulada\": \"void\"}";
                Err(reader.problem(&self.status, "unknown-status", message))
            }
        }
    }

    fn due(&self, reader: &Reader<'_>, issued: recaudo_sdk::Date) -> Result<recaudo_sdk::Date, Problem> {
        if let Some(due) = reader.day(&self.due)? {
            return Ok(due);
        }
        let days = reader.whole(&self.due_days, 3650)?.and_then(|days| i32::try_from(days).ok());
        let field = if self.due.is_mapped() { &self.due } else { &self.due_days };
        days.map(|days| issued.plus(days)).ok_or_else(|| reader.blank(field, "due day"))
    }

    fn instalment(&self, reader: &Reader<'_>) -> Result<Option<u16>, Problem> {
        let number = reader.whole(&self.instalment, u64::from(u16::MAX))?;
        Ok(number.and_then(|number| u16::try_from(number).ok()))
    }

    /// What the source says is still open.
    fn open(&self, reader: &Reader<'_>, worth: &Worth) -> Result<Option<Amount>, Problem> {
        let field = if self.open.is_mapped() { &self.open } else { &self.paid };
        let currency = worth.total.currency;
        let Some(part) = reader.amount(field, currency)? else { return Ok(None) };
        if part.minor != 0 && (part.minor < 0) != worth.minus {
            let message = "it has the other sign than the document's amount; correct it at the source";
            return Err(reader.problem(field, "negative-amount", message));
        }
        let part = part.minor.abs();
        if part > worth.total.minor {
            let message = "it is more than the document's amount; correct one of them at the source";
            return Err(reader.problem(field, "over-total", message));
        }
        let minor = if self.open.is_mapped() { part } else { worth.total.minor - part };
        Ok(Some(Amount { minor, currency }))
    }
}
