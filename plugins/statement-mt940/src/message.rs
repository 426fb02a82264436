//! Fields as statements: an account, a number, balances, movements.

use recaudo_sdk::payments::statement::Entry;
use recaudo_sdk::statements::{Format, Input, Seen, Sheet, other_format};
use recaudo_sdk::{Fail, Failure};
use serde::{Deserialize, Serialize};

use crate::Config;
use crate::details::{self, Details};
use crate::line::{self, Bad, Line};
use crate::scan::{self, Piece};

const EXPECTED: &str = "MT940 statement";
/// Enough of a file to tell what it is, and the lines a bank may put before the first field.
const SNIFF: usize = 1_024;
const PREAMBLE: usize = 6;

/// Where the file stands.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Message {
    recognised: bool,
    /// Lines passed.
    line: u64,
    /// Statements that were complete.
    complete: u64,
    statement: Statement,
    /// Account and number of the last statement, and how often in a row they came.
    last: (String, String, u32),
    /// Inside `{4:`, which `-}` has to close.
    block: bool,
}

/// The statement being read.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Statement {
    /// Line its first field stands in; 0 when there is none.
    line: u64,
    reference: String,
    account: String,
    number: String,
    /// What the host knows it by, since the first balance.
    identity: String,
    report: bool,
    currency: Option<(String, u8)>,
    opened: bool,
    closed: bool,
    seen: Seen,
}

/// A movement and what follows it, before it is known that nothing more does.
struct Movement {
    row: u64,
    line: Result<Line, Bad>,
    texts: Vec<String>,
    notes: String,
}

impl Format for Message {
    type Config = Config;

    fn take(&mut self, config: &Config, input: Input<'_>, sheet: &mut Sheet) -> Result<usize, Failure> {
        if !self.recognised {
            if input.bytes.len() < SNIFF && !input.ended {
                return Ok(0);
            }
            if !is_ours(input.bytes) {
                return Err(other_format(input.path, EXPECTED));
            }
            self.recognised = true;
        }
        let (mut taken, mut at, mut row) = (0, 0, self.line + 1);
        let mut movement: Option<Movement> = None;
        while let Some(found) = scan::piece(input.bytes, at, input.ended) {
            let follows = matches!(found.piece, Piece::Field { tag: "86" | "NS", .. });
            if !follows && movement.is_some() {
                self.put(movement.take(), sheet);
                (taken, self.line) = (at, row - 1);
                if sheet.is_full() {
                    return Ok(taken);
                }
            }
            let here = row;
            row += newlines(input.bytes.get(found.start..found.next));
            at = found.next;
            match (&found.piece, &mut movement) {
                (Piece::Field { tag: "86", text }, Some(movement)) => {
                    movement.texts.push(scan::text(text, config.encoding));
                }
                (Piece::Field { tag: "NS", text }, Some(movement)) => {
                    movement.notes = scan::text(text, config.encoding);
                }
                (Piece::Field { tag: "61", text }, _) => {
                    movement = self.movement(&scan::text(text, config.encoding), here, sheet);
                }
                (Piece::Field { tag, text }, _) => {
                    self.field(tag, &scan::text(text, config.encoding), (input, here), sheet)?;
                }
                (Piece::End, _) => self.end((input, here))?,
                (Piece::Other(text), _) => self.block |= text.ends_with(b"{4:"),
            }
            if movement.is_none() {
                (taken, self.line) = (at, row - 1);
            }
        }
        if input.ended {
            self.put(movement.take(), sheet);
            self.finish((input, row))?;
            return Ok(input.bytes.len());
        }
        Ok(taken)
    }
}

impl Message {
    /// A field that is no movement and says nothing about one.
    fn field(
        &mut self,
        tag: &str,
        text: &str,
        at: (Input<'_>, u64),
        sheet: &mut Sheet,
    ) -> Result<(), Failure> {
        let first = text.lines().next().unwrap_or("").trim();
        if tag == "20" {
            self.end_statement(at)?;
            self.statement = Statement { line: at.1, reference: first.to_owned(), ..Statement::default() };
            return Ok(());
        }
        let statement = &mut self.statement;
        if statement.line == 0 {
            statement.line = at.1;
        }
        match tag {
            "25" | "25P" if statement.opened && !statement.closed => {
                let message = "a second account stands inside a statement; ask the bank for the file again";
                return Err(broken(at, "conflict", message));
            }
            "25" | "25P" => first.clone_into(&mut statement.account),
            "28" | "28C" => first.clone_into(&mut statement.number),
            "34F" => {
                statement.report = true;
                let (code, exponent) = line::unit(first.get(..3).unwrap_or(""));
                statement.currency = Some((String::from_utf8_lossy(&code).into_owned(), exponent));
                self.open("");
            }
            "13D" | "13" => {
                let day = line::day(first).map(|day| day.to_string()).unwrap_or_default();
                if statement.report {
                    self.open(&day);
                }
            }
            "60" | "60F" | "60M" => self.opening(first, at, sheet)?,
            "62" | "62F" | "62M" => self.closing(first, at, sheet)?,
            _ => {}
        }
        Ok(())
    }

    /// From here on movements may come: the statement has its identity.
    fn open(&mut self, day: &str) {
        let statement = &mut self.statement;
        statement.opened = true;
        let number = if statement.number.is_empty() { &statement.reference } else { &statement.number };
        // Numbers begin anew each year, and some banks write always the same.
        let number = format!("{number} {day}").trim().to_owned();
        let again = self.last.0 == statement.account && self.last.1 == number;
        let times = if again { self.last.2 + 1 } else { 1 };
        statement.identity = if times > 1 { format!("{number}/{times}") } else { number.clone() };
        self.last = (statement.account.clone(), number, times);
    }

    fn opening(&mut self, text: &str, at: (Input<'_>, u64), sheet: &mut Sheet) -> Result<(), Failure> {
        if self.statement.account.is_empty() {
            let message =
                "an opening balance stands before the account (:25:); ask the bank for the file again";
            return Err(broken(at, "missing-field", message));
        }
        if self.statement.opened && !self.statement.report {
            let message =
                "a second opening balance stands inside a statement; ask the bank for the file again";
            return Err(broken(at, "conflict", message));
        }
        let balance = line::balance(text, None).map_err(|bad| broken_field(at, &bad))?;
        let code = balance.money.code().to_owned();
        self.statement.currency = Some((code, balance.money.exponent));
        self.open(&balance.day.to_string());
        self.part(sheet).opening = Some(balance.money.into());
        Ok(())
    }

    fn closing(&mut self, text: &str, at: (Input<'_>, u64), sheet: &mut Sheet) -> Result<(), Failure> {
        let known = self.statement.unit();
        let Some(known) = known.filter(|_| self.statement.opened) else {
            let message =
                "a closing balance stands without an opening one (:60F:); ask the bank for the file again";
            return Err(broken(at, "missing-field", message));
        };
        let balance = line::balance(text, Some((&known.0, known.1))).map_err(|bad| broken_field(at, &bad))?;
        if balance.money.currency != known.0 {
            let message = "the statement closes in another currency than it opens in; ask the bank";
            return Err(broken(at, "conflict", message));
        }
        let part = self.part(sheet);
        part.closing = Some(balance.money.into());
        part.last_day = Some(balance.day.epoch_day());
        self.statement.closed = true;
        self.complete += 1;
        Ok(())
    }

    fn part<'s>(&self, sheet: &'s mut Sheet) -> &'s mut recaudo_sdk::payments::statement::BankStatement {
        let kind = if self.statement.report { "report" } else { "statement" };
        sheet.statement(&self.statement.account, &self.statement.identity, kind)
    }

    /// A movement; `None` when it stands outside of a statement, which is told.
    fn movement(&mut self, text: &str, row: u64, sheet: &mut Sheet) -> Option<Movement> {
        match self.statement.unit().filter(|_| self.statement.opened && !self.statement.closed) {
            Some(unit) => {
                let line = line::statement_line(text, unit);
                Some(Movement { row, line, texts: vec![], notes: String::new() })
            }
            None => {
                let message = "the movement stands outside of a statement with an account and an opening \
                    balance; ask the bank for the file again";
                let first = text.lines().next().unwrap_or("");
                sheet.reject(row, ":61:", first, ("statement-mt940.outside", message.into()));
                sheet.count();
                None
            }
        }
    }

    fn put(&mut self, movement: Option<Movement>, sheet: &mut Sheet) {
        let Some(Movement { row, line, texts, notes }) = movement else { return };
        sheet.count();
        match line {
            Ok(line) => {
                let details =
                    if notes.is_empty() { details::read(&texts) } else { details::from_notes(&notes) };
                let entry = entry(line, details, &mut self.statement.seen);
                self.part(sheet).entries.push(entry);
            }
            Err(Bad { field, value, code, message }) => {
                let message = format!("{message}; ask the bank for the file again");
                sheet.reject(row, field, &value, (code, message));
            }
        }
    }

    fn end(&mut self, at: (Input<'_>, u64)) -> Result<(), Failure> {
        self.block = false;
        self.end_statement(at)?;
        self.statement = Statement::default();
        Ok(())
    }

    /// A statement that began has to be complete.
    fn end_statement(&mut self, at: (Input<'_>, u64)) -> Result<(), Failure> {
        let statement = &self.statement;
        if statement.opened && statement.report && !statement.closed {
            self.complete += 1;
        } else if statement.opened && !statement.closed {
            let message = format!(
                "the statement of line {} has no closing balance (:62F:); the file is cut, fetch it again",
                statement.line
            );
            return Err(broken(at, "truncated-file", &message));
        }
        Ok(())
    }

    fn finish(&mut self, at: (Input<'_>, u64)) -> Result<(), Failure> {
        self.end_statement(at)?;
        if self.block {
            let message = "the file ends before its last message does (-}); it is cut, fetch it again";
            return Err(broken(at, "truncated-file", message));
        }
        if self.complete == 0 {
            let message = "there is no complete statement in it: account (:25:), opening (:60F:) and closing \
                balance (:62F:); ask the bank for the file again";
            return Err(broken(at, "no-record", message));
        }
        Ok(())
    }
}

impl Statement {
    fn unit(&self) -> Option<([u8; 3], u8)> {
        let (code, exponent) = self.currency.as_ref()?;
        Some((code.as_bytes().try_into().ok()?, *exponent))
    }
}

/// Line and details as an entry. Banks repeat their references (and write `NONREF`), so the identity is a
/// digest of all that is said.
fn entry(line: Line, mut details: Details, seen: &mut Seen) -> Entry {
    let Line { value, booked, money, reversal, kind, mut reference, bank_reference, supplement } = line;
    let fixed = format!("{value} {booked} {money} {kind} {reference} {bank_reference}");
    let id = seen.identify("", &[&fixed, &supplement, &details.counterparty, &details.remittance]);
    dutch(&mut reference, &supplement, &mut details);
    if details.reference.is_empty() && details::named(&reference) {
        details.reference = reference;
    }
    if details.remittance.is_empty() {
        supplement.clone_into(&mut details.remittance);
    }
    let mut attributes = details.attributes;
    if !attributes.iter().any(|(name, _)| name == "bank-code") {
        attributes.push(("bank-code".into(), kind));
    }
    if details::named(&bank_reference) {
        attributes.push(("bank-reference".into(), bank_reference));
    }
    Entry {
        id,
        booked: booked.epoch_day(),
        value: value.epoch_day(),
        amount: money.into(),
        reversal,
        counterparty: details.counterparty,
        account: details.account,
        reference: details.reference,
        remittance: details.remittance,
        attributes,
    }
}

/// Dutch banks put the other side's account where the reference is, and the name behind it or at the
/// beginning of `:86:` too.
fn dutch(reference: &mut String, supplement: &str, details: &mut Details) {
    let name = supplement.lines().next().unwrap_or("").trim();
    let digits = reference.bytes().filter(u8::is_ascii_digit).count();
    let is_account = digits >= 7 && reference.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let repeated = details.remittance.lines().next().is_some_and(|line| {
        let line = line.strip_prefix(reference.as_str()).map(str::trim);
        line.is_some_and(|line| line.eq_ignore_ascii_case(name))
    });
    if !is_account || name.is_empty() || !details.account.is_empty() || !details.counterparty.is_empty() {
        return;
    }
    if repeated {
        let rest = details.remittance.split_once('\n').map_or("", |(_, rest)| rest).to_owned();
        details.remittance = rest;
        details.account = core::mem::take(reference);
        name.clone_into(&mut details.counterparty);
    }
}

/// The first lines have a field of SWIFT, and before it nothing but a short header.
fn is_ours(bytes: &[u8]) -> bool {
    let head = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut lines = head.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
    let Some(first) = lines.next() else { return false };
    if scan::tag_of(first).is_some() || first.starts_with(b"{1:F") {
        return true;
    }
    let odd = first.starts_with(b"<") || first.starts_with(b"OFXHEADER") || first.len() > 80;
    !odd && lines.take(PREAMBLE).any(|line| matches!(scan::tag_of(line), Some("20" | "940")))
}

fn newlines(bytes: Option<&[u8]>) -> u64 {
    bytes.unwrap_or_default().iter().map(|byte| u64::from(*byte == b'\n')).sum()
}

fn broken((input, row): (Input<'_>, u64), code: &str, message: &str) -> Failure {
    Fail::invalid_input(code, format!("{}, line {row}: {message}", input.path))
}

fn broken_field(at: (Input<'_>, u64), bad: &Bad) -> Failure {
    broken(at, bad.code, &format!("`{}`: {}; ask the bank for the file again", bad.value, bad.message))
}
