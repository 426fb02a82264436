//! The file: statements of accounts, each with a list of movements and a balance.

use recaudo_sdk::payments::statement::BankStatement;
use recaudo_sdk::statements::{Format, Input, Seen, Sheet, other_format};
use recaudo_sdk::{Date, Fail, Failure, currency};
use serde::{Deserialize, Serialize};

use crate::Config;
use crate::entry::{self, Around, Unit};
use crate::header::{self, Charset, Head, SNIFF};
use crate::place::{At, refuse};
use crate::record::{self, CONTAINERS, RECORDS, Record, Trouble};
use crate::scan::{self, Found, Next, Tag};
use crate::value::{self, Bad};

const EXPECTED: &str = "OFX statement";
/// Elements open around another.
const DEPTH_MAX: usize = 64;

/// Where the file stands.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Message {
    recognised: bool,
    charset: Charset,
    /// Lines passed.
    line: u64,
    /// Elements open here, from the root on.
    open: Vec<String>,
    /// `</OFX>` was passed.
    over: bool,
    /// When the file was made, as its digits.
    made: String,
    statements: u64,
    investments: bool,
    /// Code of the error a bank answered with instead of a statement.
    error: Option<String>,
    statement: Statement,
    /// Account and number of the last statement, and how often in a row they came.
    last: (String, String, u32),
}

/// The statement being read.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Statement {
    line: u64,
    card: bool,
    account: String,
    unit: Option<Unit>,
    first: Option<i32>,
    until: Option<i32>,
    /// What the host knows it by, since it was first put on a page.
    number: Option<String>,
    seen: Seen,
}

impl Format for Message {
    type Config = Config;

    fn take(&mut self, config: &Config, input: Input<'_>, sheet: &mut Sheet) -> Result<usize, Failure> {
        let Some(mut at) = self.begin(input)? else { return Ok(0) };
        loop {
            let place = At { input, row: self.line + 1, config: *config, charset: self.charset };
            let found = match scan::next(input.bytes, at, input.ended).map_err(|why| place.broken(why))? {
                Next::Tag(found) => found,
                Next::More => return Ok(at),
                Next::End => {
                    self.finish(place)?;
                    return Ok(input.bytes.len());
                }
            };
            let Some(next) = self.tag(place, &found, sheet)? else { return Ok(at) };
            self.line += newlines(input.bytes.get(at..next));
            at = next;
            if sheet.is_full() && at < input.bytes.len() {
                return Ok(at);
            }
        }
    }
}

impl Message {
    /// Where to go on; `None` when too little is there to tell what the file is.
    fn begin(&mut self, input: Input<'_>) -> Result<Option<usize>, Failure> {
        if self.recognised {
            return Ok(Some(0));
        }
        if input.bytes.len() < SNIFF && !input.ended {
            return Ok(None);
        }
        match header::read(input.bytes) {
            Head::Other => Err(other_format(input.path, EXPECTED)),
            Head::Wide => {
                let message = format!("{}: OFX in UTF-16 is not read; export the file as UTF-8", input.path);
                Err(Fail::invalid_input("bad-encoding", message))
            }
            Head::Ours(charset) => {
                (self.recognised, self.charset) = (true, charset);
                Ok(Some(0))
            }
        }
    }

    /// A tag; says where the next one is, `None` when the range ends inside a record.
    fn tag(&mut self, at: At<'_>, found: &Found<'_>, sheet: &mut Sheet) -> Result<Option<usize>, Failure> {
        let name = found.name.as_str();
        if self.over || (self.open.is_empty() && (name != "OFX" || found.kind != Tag::Open)) {
            return Err(at.syntax(&format!("<{name}> stands outside of <OFX>")));
        }
        // A text that reaches to the end of the file is cut, unless it is what stands behind the last tag.
        let last = found.kind == Tag::Close && name == "OFX";
        if at.input.ended && found.next == at.input.bytes.len() && !last {
            return Err(at.trouble(Trouble::Truncated));
        }
        let blank = found.text.trim_ascii().is_empty();
        match found.kind {
            Tag::Open if RECORDS.contains(&name) && (blank || name != "STATUS") => {
                return self.record(at, found, sheet);
            }
            Tag::Open if CONTAINERS.contains(&name) => self.begin_container(at, name)?,
            Tag::Open if blank => self.push(at, name)?,
            Tag::Open => self.leaf(at, found, sheet)?,
            Tag::Close => self.close(at, found, sheet)?,
            Tag::Empty => {}
        }
        Ok(Some(found.next))
    }

    fn push(&mut self, at: At<'_>, name: &str) -> Result<(), Failure> {
        if self.open.len() >= DEPTH_MAX {
            let message = format!("more than {DEPTH_MAX} elements are open; the file is damaged");
            return Err(at.fail("xml-limit", &message));
        }
        self.open.push(name.to_owned());
        Ok(())
    }

    fn begin_container(&mut self, at: At<'_>, name: &str) -> Result<(), Failure> {
        let within = self.containers().any(|own| own == name || (is_statement(own) && is_statement(name)));
        if within {
            return Err(at.syntax(&format!("<{name}> begins inside of another one")));
        }
        self.investments |= name == "INVSTMTRS";
        if is_statement(name) {
            self.statement = Statement { line: at.row, card: name == "CCSTMTRS", ..Statement::default() };
        }
        self.push(at, name)
    }

    /// Known aggregates open here, the innermost last.
    fn containers(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.open.iter().map(String::as_str).filter(|name| CONTAINERS.contains(name))
    }

    fn innermost(&self) -> &str {
        self.containers().next_back().unwrap_or("")
    }

    /// Directly inside of a statement's list of movements.
    fn in_list(&self) -> bool {
        let mut inner = self.containers().rev();
        inner.next() == Some("BANKTRANLIST") && inner.next().is_some_and(is_statement)
    }

    fn close(&mut self, at: At<'_>, found: &Found<'_>, sheet: &mut Sheet) -> Result<(), Failure> {
        let name = found.name.as_str();
        if RECORDS.contains(&name) || (CONTAINERS.contains(&name) && self.innermost() != name) {
            return Err(at.syntax(&format!("</{name}> stands inside of <{}>", self.innermost())));
        }
        let is_container = CONTAINERS.contains(&name);
        let place = self.open.iter().rposition(|own| own == name);
        let outer = self.open.iter().rposition(|own| CONTAINERS.contains(&own.as_str()));
        // Inside of the innermost known aggregate; the end of an element with a text closes nothing.
        if let Some(place) = place.filter(|place| is_container || Some(*place) > outer) {
            self.open.truncate(place);
        }
        if is_statement(name) {
            self.part(at, sheet)?;
            self.statements += 1;
            self.statement = Statement::default();
            sheet.count();
        }
        if name == "OFX" {
            self.over = true;
            let blank = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, 0 | 0x1A);
            if !found.text.iter().all(blank) {
                return Err(at.syntax("something stands behind </OFX>"));
            }
        }
        Ok(())
    }

    /// An element with a text outside of the aggregates that are read whole.
    fn leaf(&mut self, at: At<'_>, found: &Found<'_>, sheet: &mut Sheet) -> Result<(), Failure> {
        let name = found.name.as_str();
        let inner = self.innermost();
        match name {
            "DTSERVER" if inner == "SONRS" => {
                let digits = found.text.trim_ascii_start().iter().take_while(|byte| byte.is_ascii_digit());
                self.made = digits.take(14).map(|byte| char::from(*byte)).collect();
            }
            "CURDEF" if is_statement(inner) => {
                let text = at.text(found.text)?;
                let unit = currency::find(&text).ok_or_else(|| {
                    at.fail("unknown-currency", &format!("`{text}` is no currency's code; ask the bank"))
                })?;
                if self.statement.unit.is_some_and(|known| known != unit) {
                    return Err(at.fail("conflict", "the statement has two currencies; ask the bank"));
                }
                self.statement.unit = Some(unit);
            }
            "DTSTART" | "DTEND" if self.in_list() => {
                let field = if name == "DTEND" { "DTEND" } else { "DTSTART" };
                let text = at.text(found.text)?;
                match value::day(field, &text) {
                    Ok(day) if field == "DTEND" => self.statement.until = day.map(Date::epoch_day),
                    Ok(day) => self.statement.first = day.map(Date::epoch_day),
                    Err(bad) => refuse(sheet, at.row, &bad),
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn record(&mut self, at: At<'_>, found: &Found<'_>, sheet: &mut Sheet) -> Result<Option<usize>, Failure> {
        let decode = |raw: &[u8]| value::text(raw, at.charset, at.config.encoding);
        let read = record::read(at.input.bytes, found, at.input.ended, decode);
        let Some((record, next)) = read.map_err(|trouble| at.trouble(trouble))? else { return Ok(None) };
        match found.name.as_str() {
            "STATUS" => self.status(at, &record, sheet)?,
            "BANKACCTFROM" | "CCACCTFROM" if is_statement(self.innermost()) => {
                if self.statement.number.is_some() || !self.statement.account.is_empty() {
                    return Err(at.fail("conflict", "the statement has two accounts; ask the bank"));
                }
                self.statement.account = account(&record, self.statement.card);
            }
            "STMTTRN" if self.in_list() => self.movement(at, &record, sheet)?,
            "LEDGERBAL" if is_statement(self.innermost()) => self.balance(at, &record, sheet)?,
            _ => {}
        }
        Ok(Some(next))
    }

    /// A bank that could not answer says so in the file.
    fn status(&mut self, at: At<'_>, record: &Record, sheet: &mut Sheet) -> Result<(), Failure> {
        let code = record.get("CODE").unwrap_or("");
        let severity = record.get("SEVERITY").unwrap_or("").to_ascii_uppercase();
        let fine = matches!(severity.as_str(), "INFO" | "WARN") || (severity.is_empty() && code == "0");
        let number: String = code.chars().filter(char::is_ascii_digit).take(9).collect();
        match self.innermost() {
            _ if fine => {}
            "SONRS" => return Err(at.answered(&number)),
            "STMTTRNRS" | "CCSTMTTRNRS" => {
                let message = "the bank answers with an error instead of this statement; fetch it again";
                let bad = Bad::new("STATUS", &number, "statement-ofx.error-status", message);
                refuse(sheet, at.row, &bad);
                self.error = Some(number);
            }
            _ => {}
        }
        Ok(())
    }

    fn movement(&mut self, at: At<'_>, record: &Record, sheet: &mut Sheet) -> Result<(), Failure> {
        let made = self.made.get(..8).and_then(|day| value::day("DTSERVER", day).ok().flatten());
        let around = Around { unit: self.statement.unit, made };
        self.part(at, sheet)?;
        match entry::read(record, around, &mut self.statement.seen) {
            Ok(Some((entry, unit))) => {
                self.statement.unit = Some(unit);
                self.part(at, sheet)?.entries.push(entry);
                sheet.count();
            }
            Ok(None) => {}
            Err(bad) => refuse(sheet, at.row, &bad),
        }
        Ok(())
    }

    /// The booked balance. Of a later day than the movements reach to, it is not the one behind them.
    fn balance(&mut self, at: At<'_>, record: &Record, sheet: &mut Sheet) -> Result<(), Failure> {
        let (Some(text), Some(unit)) = (record.get("BALAMT"), self.statement.unit) else { return Ok(()) };
        let day = value::day("DTASOF", record.get("DTASOF").unwrap_or(""));
        let (amount, day) = match (value::amount("BALAMT", text, unit), day) {
            (Ok(amount), Ok(day)) => (amount, day),
            (Err(bad), _) | (_, Err(bad)) => {
                refuse(sheet, at.row, &bad);
                return Ok(());
            }
        };
        let later = self.statement.until.zip(day).is_some_and(|(until, day)| day.epoch_day() > until);
        if !later {
            self.part(at, sheet)?.closing = Some(amount.into());
        }
        Ok(())
    }

    /// The statement's part of the page; it gets its number when it is first asked for.
    fn part<'s>(&mut self, at: At<'_>, sheet: &'s mut Sheet) -> Result<&'s mut BankStatement, Failure> {
        if self.statement.account.is_empty() {
            let message = format!(
                "the statement of line {} has no account (ACCTID); ask the bank for the file again",
                self.statement.line
            );
            return Err(at.fail("missing-field", &message));
        }
        let began = self.statement.number.is_some();
        let number = self.number();
        let statement = &self.statement;
        let part = sheet.statement(&statement.account, &number, "statement");
        if !began {
            (part.first_day, part.last_day) = (statement.first, statement.until);
        }
        Ok(part)
    }

    /// OFX numbers nothing: the days it covers and the moment it was made, and a number among equal ones.
    fn number(&mut self) -> String {
        if let Some(number) = &self.statement.number {
            return number.clone();
        }
        let day = |day: Option<i32>| day.map(|day| Date::from_epoch_day(day).to_string()).unwrap_or_default();
        let (first, until) = (day(self.statement.first), day(self.statement.until));
        let plain = format!("{first}/{until} {}", self.made).trim().to_owned();
        let again = self.last.0 == self.statement.account && self.last.1 == plain;
        let times = if again { self.last.2 + 1 } else { 1 };
        let number = if times > 1 { format!("{plain}/{times}") } else { plain.clone() };
        self.last = (self.statement.account.clone(), plain, times);
        self.statement.number = Some(number.clone());
        number
    }

    fn finish(&self, at: At<'_>) -> Result<(), Failure> {
        if !self.over {
            return Err(at.trouble(Trouble::Truncated));
        }
        match &self.error {
            _ if self.statements > 0 => Ok(()),
            Some(error) => Err(at.answered(error)),
            None => {
                let message = match self.investments {
                    true => {
                        "there is no statement of a bank account or a card in it, only of investments, \
                        which are not read"
                    }
                    false => "there is no statement of a bank account or a card in it; ask the bank for one",
                };
                Err(at.fail("no-record", message))
            }
        }
    }
}

fn is_statement(name: &str) -> bool {
    matches!(name, "STMTRS" | "CCSTMTRS")
}

/// Bank, branch and number; an IBAN has them inside. Of a card's number only what may be kept.
fn account(record: &Record, card: bool) -> String {
    let part = |name| record.get(name).map(|text| text.replace('\n', " ")).unwrap_or_default();
    let id = part("ACCTID");
    let digits: String = id.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    let is_card = card && (12..=19).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    if is_card {
        let (head, tail) = (digits.get(..6).unwrap_or(""), digits.get(digits.len() - 4..).unwrap_or(""));
        return format!("{head}{}{tail}", "*".repeat(digits.len() - 10));
    }
    let iban = matches!(id.as_bytes(), [a, b, c, d, rest @ ..]
        if a.is_ascii_uppercase() && b.is_ascii_uppercase() && c.is_ascii_digit() && d.is_ascii_digit()
            && (11..=30).contains(&rest.len()) && rest.iter().all(u8::is_ascii_alphanumeric));
    if iban || id.is_empty() {
        return id;
    }
    let parts = [part("BANKID"), part("BRANCHID"), id];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
}

fn newlines(bytes: Option<&[u8]>) -> u64 {
    bytes.unwrap_or_default().iter().map(|byte| u64::from(*byte == b'\n')).sum()
}
