//! The file: a message of statements, each with an account, balances and entries.

use recaudo_sdk::payments::statement::Entry;
use recaudo_sdk::statements::{Format, Input, Seen, Sheet, other_format};
use recaudo_sdk::xml::{Event, Limits, Node, Place, Reader, Start, Text, XmlError};
use recaudo_sdk::{Fail, Failure, Money};
use serde::{Deserialize, Serialize};

use crate::entry::{Draft, Head, Progress, TOGETHER};
use crate::fields::{self, Bad};

const EXPECTED: &str = "camt.052, camt.053 or camt.054 message";
/// Enough of a file to tell what it is.
const SNIFF: usize = 512;

/// Details put on a page at once.
const DETAILS_MAX: usize = 500;

/// Where the file stands.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Message {
    place: Place,
    /// Code of the kind; empty until the message is recognised.
    kind: String,
    /// Elements open around a statement.
    around: usize,
    statements: u64,
    statement: Statement,
    /// Between two details of an entry.
    batch: Option<Progress>,
}

/// The statement being read.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Statement {
    account: String,
    number: String,
    page: String,
    created: Option<i32>,
    first_day: Option<i32>,
    last_day: Option<i32>,
    opening: Option<Balance>,
    closing: Option<Balance>,
    /// Of the balances.
    currency: Option<[u8; 3]>,
    /// What stands before the entries has been put on a page.
    told: bool,
    seen: Seen,
}

/// A booked balance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Balance {
    /// Which of several says it best: a balance of its own kind goes before a stand-in.
    stand_in: bool,
    day: i32,
    minor: i64,
    exponent: u8,
    currency: [u8; 3],
}

impl Balance {
    fn money(&self) -> Money {
        Money { minor: self.minor, exponent: self.exponent, currency: self.currency }
    }
}

/// What ended reading for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    On,
    /// The range ends, or the page is full.
    Cut,
}

impl Format for Message {
    type Config = ();

    fn take(&mut self, (): &(), input: Input<'_>, sheet: &mut Sheet) -> Result<usize, Failure> {
        if self.kind.is_empty() && input.bytes.len() < SNIFF && !input.ended {
            return Ok(0);
        }
        let text = Text::decode(input.bytes, input.ended, &self.place)
            .map_err(|error| self.refuse(&error, input))?;
        let mut reader = Reader::new(&text, self.place.clone(), Limits::default());
        loop {
            let step = self.step(&mut reader, input, sheet)?;
            if step == Step::Cut || self.place.is_end() || sheet.is_full() {
                break;
            }
        }
        Ok(usize::try_from(self.place.offset() - input.offset).unwrap_or(0))
    }
}

impl Message {
    fn step(
        &mut self,
        reader: &mut Reader<'_>,
        input: Input<'_>,
        sheet: &mut Sheet,
    ) -> Result<Step, Failure> {
        if let Some(progress) = self.batch.clone() {
            return self.entry(progress, reader, input, sheet);
        }
        let event = reader.next().map_err(|error| self.refuse(&error, input))?;
        match event {
            Event::Start(start) => return self.start(start, reader, input, sheet),
            Event::End if reader.depth() == self.around && !self.kind.is_empty() => {
                self.tell(input, sheet)?;
                self.statement = Statement::default();
            }
            Event::Eof if self.kind.is_empty() => return Err(other_format(input.path, EXPECTED)),
            Event::Eof if self.statements == 0 => {
                let message = "there is no statement in it; ask the bank for the file again";
                return Err(broken(input, reader.line(), "no-record", message));
            }
            Event::More => return Ok(Step::Cut),
            Event::End | Event::Text(_) | Event::Eof => {}
        }
        self.place = reader.place();
        Ok(Step::On)
    }

    fn start(
        &mut self,
        start: Start,
        reader: &mut Reader<'_>,
        input: Input<'_>,
        sheet: &mut Sheet,
    ) -> Result<Step, Failure> {
        if self.kind.is_empty() {
            return self.recognise(&start, reader, input);
        }
        let depth = reader.depth();
        match (start.name.as_str(), depth.checked_sub(self.around)) {
            ("Stmt" | "Rpt" | "Ntfctn", Some(1)) => {
                self.statements += 1;
                self.statement = Statement::default();
            }
            ("Ntry", Some(2)) => {
                let progress = Progress::at(reader.line());
                return self.entry(progress, reader, input, sheet);
            }
            (_, inside) => match reader.element(start).map_err(|error| self.refuse(&error, input))? {
                None => return Ok(Step::Cut),
                Some(node) if inside == Some(2) => self.part(&node, input, reader.line())?,
                Some(_) => {}
            },
        }
        self.place = reader.place();
        Ok(Step::On)
    }

    /// `Document` and the message in it tell the format; version 1 has the version in the name.
    fn recognise(
        &mut self,
        start: &Start,
        reader: &mut Reader<'_>,
        input: Input<'_>,
    ) -> Result<Step, Failure> {
        let kinds = [
            ("BkToCstmrStmt", "statement"),
            ("BkToCstmrAcctRpt", "report"),
            ("BkToCstmrDbtCdtNtfctn", "notice"),
        ];
        let kind = kinds.iter().find(|(name, _)| start.name.starts_with(name));
        match kind {
            Some((_, kind)) => (self.kind, self.around) = ((*kind).to_owned(), reader.depth()),
            // Some banks put the message into an envelope of their own.
            None if start.name == "Document" || sounds_right(input.bytes) => {}
            None => return Err(other_format(input.path, EXPECTED)),
        }
        self.place = reader.place();
        Ok(Step::On)
    }

    /// What a statement says besides its entries.
    fn part(&mut self, node: &Node, input: Input<'_>, line: u64) -> Result<(), Failure> {
        let statement = &mut self.statement;
        let fail = |bad: Bad| broken_field(input, line, &bad);
        match node.name.as_str() {
            "Id" => node.text.trim().clone_into(&mut statement.number),
            "StmtPgntn" | "RptPgntn" | "NtfctnPgntn" => {
                node.text_at(&["PgNb"]).unwrap_or("").clone_into(&mut statement.page);
            }
            "CreDtTm" => {
                statement.created = Some(fields::day_of(node.text.trim()).map_err(fail)?.epoch_day());
            }
            "FrToDt" => {
                let day = |names: [&str; 2]| {
                    let text = names.iter().find_map(|name| node.text_at(&[name]));
                    text.map(|text| fields::day_of(text).map(|day| day.epoch_day())).transpose().map_err(fail)
                };
                statement.first_day = day(["FrDtTm", "FrDt"])?;
                statement.last_day = day(["ToDtTm", "ToDt"])?;
            }
            "Acct" => fields::account(node).clone_into(&mut statement.account),
            "Bal" => statement.balance(node).map_err(fail)?,
            _ => {}
        }
        Ok(())
    }

    /// Puts account, days and balances on the page, once.
    fn tell(&mut self, input: Input<'_>, sheet: &mut Sheet) -> Result<(), Failure> {
        let statement = &mut self.statement;
        let number = statement.name();
        let part = sheet.statement(&statement.account, &number, &self.kind);
        if !core::mem::replace(&mut statement.told, true) {
            (part.first_day, part.last_day) = (statement.first_day, statement.last_day);
        }
        if let (Some(opening), Some(closing)) = (&statement.opening, &statement.closing)
            && opening.currency != closing.currency
        {
            let message = format!(
                "statement {number} opens in {} and closes in {}; ask the bank for one statement a currency",
                opening.money().code(),
                closing.money().code()
            );
            return Err(broken(input, self.place.line(), "statement-camt.other-currency", &message));
        }
        part.opening = part.opening.or(statement.opening.take().map(|balance| balance.money().into()));
        part.closing = part.closing.or(statement.closing.take().map(|balance| balance.money().into()));
        Ok(())
    }

    /// An entry and its details, from the start or from between two details.
    fn entry(
        &mut self,
        progress: Progress,
        reader: &mut Reader<'_>,
        input: Input<'_>,
        sheet: &mut Sheet,
    ) -> Result<Step, Failure> {
        let mut draft = Draft::new(progress);
        let mut safe = None;
        loop {
            match reader.next().map_err(|error| self.refuse(&error, input))? {
                Event::Start(start) if start.name == "NtryDtls" => {}
                Event::Start(start) => {
                    let is_detail = start.name == "TxDtls";
                    if is_detail {
                        self.head(&mut draft);
                    }
                    match reader.element(start).map_err(|error| self.refuse(&error, input))? {
                        Some(node) if is_detail => draft.detail(&node),
                        Some(node) => draft.node.children.push(node),
                        None => return self.cut(draft, safe, sheet, input),
                    }
                    if is_detail && (draft.count() > TOGETHER || draft.progress.refused) {
                        safe = Some(reader.place());
                        if draft.details.len() >= DETAILS_MAX {
                            return self.cut(draft, safe, sheet, input);
                        }
                    }
                }
                Event::End if reader.depth() == self.around + 1 => {
                    self.head(&mut draft);
                    self.place = reader.place();
                    self.batch = None;
                    return self.finish(draft, sheet, input);
                }
                Event::More => return self.cut(draft, safe, sheet, input),
                Event::End | Event::Text(_) | Event::Eof => {}
            }
        }
    }

    /// Interprets the entry's own fields, once; they stand before the details.
    fn head(&self, draft: &mut Draft) {
        if draft.progress.head.is_some() || draft.progress.refused {
            return;
        }
        match Head::read(&draft.node, self.statement.created, self.statement.currency) {
            Ok(head) => draft.progress.head = Some(head),
            Err(bad) => {
                draft.progress.refused = true;
                draft.bad.push(bad);
            }
        }
    }

    /// The range ends inside an entry. What is before `safe` goes on the page; the rest is read again.
    fn cut(
        &mut self,
        mut draft: Draft,
        safe: Option<Place>,
        sheet: &mut Sheet,
        input: Input<'_>,
    ) -> Result<Step, Failure> {
        if let Some(place) = safe {
            let (entries, bad) = draft.split(&mut self.statement.seen);
            self.place = place;
            self.put(entries, bad, &draft.progress, sheet, input)?;
            self.batch = Some(draft.progress);
        }
        Ok(Step::Cut)
    }

    fn finish(&mut self, mut draft: Draft, sheet: &mut Sheet, input: Input<'_>) -> Result<Step, Failure> {
        let (entries, bad) = draft.finish(&mut self.statement.seen);
        if entries.is_empty() {
            sheet.count();
        }
        self.put(entries, bad, &draft.progress, sheet, input)?;
        Ok(Step::On)
    }

    fn put(
        &mut self,
        entries: Vec<Entry>,
        bad: Vec<Bad>,
        progress: &Progress,
        sheet: &mut Sheet,
        input: Input<'_>,
    ) -> Result<(), Failure> {
        for Bad { field, value, code, message } in bad {
            sheet.reject(progress.line, field, &value, (code, message));
        }
        self.tell(input, sheet)?;
        for entry in entries {
            sheet.count();
            sheet.statement(&self.statement.account, &self.statement.name(), &self.kind).entries.push(entry);
        }
        Ok(())
    }

    /// Before the message is recognised, damage means another format, unless the file says that it is one of
    /// ours.
    fn refuse(&self, error: &XmlError, input: Input<'_>) -> Failure {
        if self.kind.is_empty() && !sounds_right(input.bytes) {
            return other_format(input.path, EXPECTED);
        }
        error.failure(input.path)
    }
}

impl Statement {
    /// The bank's identification; a statement sent in several pages has one for each.
    fn name(&self) -> String {
        match self.page.as_str() {
            "" | "1" => self.number.clone(),
            page => format!("{}/{page}", self.number),
        }
    }

    /// Of several opening balances the first day's counts, of closing ones the last day's.
    fn balance(&mut self, node: &Node) -> Result<(), Bad> {
        let code = node.text_at(&["Tp", "CdOrPrtry", "Cd"]).or_else(|| node.text_at(&["Tp", "Cd"]));
        let (is_opening, stand_in) = match code {
            Some("OPBD") => (true, false),
            Some("PRCD") => (true, true),
            Some("CLBD") => (false, false),
            _ => return Ok(()),
        };
        let amount = fields::amount(node.child("Amt"))?;
        let amount = fields::signed(amount, node.text_at(&["CdtDbtInd"]).unwrap_or(""))?;
        let day = node.child("Dt").map_or(Ok(None), fields::day)?.map_or(0, |day| day.epoch_day());
        let Money { minor, exponent, currency } = amount;
        let balance = Balance { stand_in, day, minor, exponent, currency };
        self.currency.get_or_insert(currency);
        let slot = if is_opening { &mut self.opening } else { &mut self.closing };
        let better = slot.as_ref().is_none_or(|there| match (there.stand_in, stand_in) {
            (true, false) => true,
            (false, true) => false,
            _ => {
                if is_opening {
                    day < there.day
                } else {
                    day > there.day
                }
            }
        });
        if better {
            *slot = Some(balance);
        }
        Ok(())
    }
}

/// The names of our messages stand in the file.
fn sounds_right(bytes: &[u8]) -> bool {
    // Zeros stand between the letters in UTF-16.
    let letters: Vec<u8> = bytes.iter().take(16 * 1024).filter(|byte| **byte != 0).copied().collect();
    letters.windows(7).any(|word| word == b"camt.05") || letters.windows(9).any(|word| word == b"BkToCstmr")
}

fn broken(input: Input<'_>, line: u64, code: &str, message: &str) -> Failure {
    Fail::invalid_input(code, format!("{}, line {line}: {message}", input.path))
}

fn broken_field(input: Input<'_>, line: u64, bad: &Bad) -> Failure {
    let Bad { field, value, code, message } = bad;
    broken(input, line, code, &format!("{field} `{value}`: {message}"))
}
