//! A receivable line of a posted move: what Tryton keeps of who owes what.

use recaudo_sdk::Date;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::amount::{Currency, Decimal, NoAmount};
use crate::config::Config;
use crate::sweep::{Company, of_companies};
use crate::wire::{Day, Stamp, reference};

/// What is read of a line.
pub(crate) const FIELDS: &[&str] = &[
    "party",
    "debit",
    "credit",
    "amount_second_currency",
    "second_currency.code",
    "second_currency.digits",
    "maturity_date",
    "reconciliation",
    "origin",
    "description",
    "invoice_payment",
    "account",
    "create_date",
    "write_date",
    "move.number",
    "move.date",
    "move.description",
    "move.origin",
    "move.company",
    "move.create_date",
    "move.write_date",
    "move.journal.type",
    "move.journal.code",
];

/// A line with its move.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Line {
    pub(crate) id: i64,
    pub(crate) party: Option<i64>,
    debit: Decimal,
    credit: Decimal,
    amount_second_currency: Decimal,
    #[serde(rename = "second_currency.", default)]
    second: Option<Currency>,
    maturity_date: Option<Day>,
    pub(crate) reconciliation: Option<i64>,
    origin: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) invoice_payment: Option<i64>,
    pub(crate) account: i64,
    pub(crate) create_date: Stamp,
    write_date: Stamp,
    #[serde(rename = "move.")]
    pub(crate) booked: Move,
}

/// The move a line is in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Move {
    pub(crate) id: i64,
    pub(crate) number: Option<String>,
    date: Day,
    pub(crate) description: Option<String>,
    origin: Option<String>,
    pub(crate) company: i64,
    create_date: Stamp,
    write_date: Stamp,
    #[serde(rename = "journal.")]
    pub(crate) journal: Journal,
}

/// The journal a move is in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Journal {
    #[serde(rename = "type")]
    kind: String,
    pub(crate) code: Option<String>,
}

/// What a line is to us, if nothing it is reconciled with makes it void.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// They owe: a document of this kind.
    Owed(&'static str),
    /// It takes from what is owed: a document of this kind.
    Taken(&'static str),
    /// Money received.
    Payment,
    /// Moves nothing.
    Nothing,
}

impl Line {
    /// What it moves, in its own currency: owed is positive.
    pub(crate) fn value(&self, companies: &[Company]) -> Result<(Currency, i64), Option<NoAmount>> {
        if let Some(second) = &self.second {
            let minor = self.amount_second_currency.minor(second.digits()).map_err(Some)?;
            return Ok((second.clone(), minor));
        }
        let company = companies.iter().find(|company| company.id == self.booked.company).ok_or(None)?;
        let net = self.debit.minus(self.credit).ok_or(Some(NoAmount::TooLarge))?;
        Ok((company.currency.clone(), net.minor(company.currency.digits()).map_err(Some)?))
    }

    /// Positive when it is owed, in the books' own currency.
    fn side(&self) -> i128 {
        self.debit.minus(self.credit).map_or(0, |net| net.coefficient.signum())
    }

    pub(crate) fn is_owed(&self) -> bool {
        self.side() > 0
    }

    pub(crate) fn takes(&self) -> bool {
        self.side() < 0
    }

    pub(crate) fn has_second_currency(&self) -> bool {
        self.second.is_some()
    }

    /// When the line or its move was last touched.
    pub(crate) fn touched(&self) -> Stamp {
        let line = self.create_date.max(self.write_date);
        line.max(self.booked.create_date).max(self.booked.write_date)
    }

    pub(crate) fn date(&self) -> Date {
        self.booked.date.0
    }

    /// A line without a maturity is due when it is booked.
    pub(crate) fn due(&self) -> Date {
        self.maturity_date.map_or(self.booked.date.0, |day| day.0)
    }

    /// The invoice that Tryton says its move comes from.
    pub(crate) fn invoice(&self) -> Option<i64> {
        reference(self.booked.origin.as_deref())
            .filter(|(model, _)| *model == "account.invoice")
            .map(|(_, id)| id)
    }

    /// The line this one cancels.
    pub(crate) fn cancels(&self) -> Option<i64> {
        reference(self.origin.as_deref()).filter(|(model, _)| *model == "account.move.line").map(|(_, id)| id)
    }

    /// Is it money that came in, or went back? A cash journal says so, a statement or payment it comes
    /// from, or the operator.
    pub(crate) fn is_cash(&self, config: &Config) -> bool {
        let journal = &self.booked.journal;
        let listed = journal.code.as_ref().is_some_and(|code| config.payment_journals.contains(code));
        let origin = reference(self.booked.origin.as_deref()).map_or("", |(model, _)| model);
        listed
            || journal.kind == "cash"
            || origin.starts_with("account.payment")
            || origin.starts_with("account.statement")
    }

    fn is_write_off(&self) -> bool {
        self.booked.journal.kind == "write-off"
    }

    /// `invoiced`: an invoice's own line, not a payment of one.
    pub(crate) fn role(&self, invoiced: bool, config: &Config) -> Role {
        let journal = self.booked.journal.kind.as_str();
        match (self.side(), invoiced) {
            (1.., true) => Role::Owed("invoice"),
            (..=-1, true) => Role::Taken("credit-note"),
            (1.., false) if journal == "situation" => Role::Owed("opening"),
            (1.., false) => Role::Owed("debit-note"),
            (..=-1, false) if journal == "write-off" => Role::Taken("write-off"),
            (..=-1, false) if self.is_cash(config) => Role::Payment,
            (..=-1, false) => Role::Taken("credit-note"),
            (0, _) => Role::Nothing,
        }
    }
}

/// Lines that are reconciled together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Group<'g>(pub(crate) &'g [Line]);

/// What being reconciled makes of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It stands.
    Stands,
    /// It was cancelled: by a counter-move, or as a payment that came back.
    Cancelled,
    /// It is what cancels, or a difference of exchange, which is nobody's debt.
    Skipped,
}

impl Group<'_> {
    pub(crate) fn fate(self, line: &Line, config: &Config) -> Fate {
        let Self(lines) = self;
        let others = || lines.iter().filter(|other| other.id != line.id);
        if others().any(|other| line.cancels() == Some(other.id)) {
            return Fate::Skipped;
        }
        if others().any(|other| other.cancels() == Some(line.id)) {
            return Fate::Cancelled;
        }
        if let [a, b] = lines
            && a.is_cash(config)
            && b.is_cash(config)
        {
            return if line.takes() { Fate::Cancelled } else { Fate::Skipped };
        }
        let exchange = line.is_write_off() && line.second.is_none();
        if exchange && others().any(Line::has_second_currency) {
            return Fate::Skipped;
        }
        Fate::Stands
    }
}

/// Receivable lines of posted moves, of the companies in question.
pub(crate) fn receivable(config: &Config) -> Value {
    json!([
        ["account.type.receivable", "=", true],
        ["move.state", "=", "posted"],
        of_companies(config, "move.company"),
    ])
}
