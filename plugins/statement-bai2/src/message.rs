//! Groups and accounts of a file, and their control totals.

use recaudo_sdk::payments::statement::{BankStatement, Entry};
use recaudo_sdk::statements::{Format, Input, Seen, Sheet, other_format};
use recaudo_sdk::{Date, Fail, Failure, Money, currency};
use serde::{Deserialize, Serialize};

use crate::Config;
use crate::record::{self, Bad, Fields, Transaction};
use crate::scan::{self, Next, Record};

const EXPECTED: &str = "BAI2 file";

/// Where the file stands.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Message {
    line: u64,
    files: u64,
    file: Option<Level>,
    group: Option<Group>,
    account: Option<Account>,
    statements: Seen,
}

/// What a trailer is compared with.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Level {
    sum: i64,
    records: u64,
    parts: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Group {
    level: Level,
    day: i32,
    currency: String,
    report: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Account {
    level: Level,
    account: String,
    number: String,
    code: [u8; 3],
    exponent: u8,
    seen: Seen,
}

/// A record with those that continue it, and the line it begins in.
struct Unit<'a> {
    code: u8,
    bodies: Vec<&'a [u8]>,
    row: u64,
    input: Input<'a>,
}

impl Format for Message {
    type Config = Config;

    fn take(&mut self, config: &Config, input: Input<'_>, sheet: &mut Sheet) -> Result<usize, Failure> {
        let mut taken = 0;
        loop {
            let first = match scan::next(input.bytes, taken, input.ended) {
                Next::Record(first) => first,
                Next::More => return Ok(taken),
                Next::End => {
                    self.finish(input)?;
                    return Ok(input.bytes.len());
                }
                Next::Odd if self.files == 0 => return Err(other_format(input.path, EXPECTED)),
                Next::Odd => {
                    let message = "what stands here is no record; ask the bank for the file again";
                    return Err(broken(input, self.line + 1, "no-record", message));
                }
            };
            if self.files == 0 && first.code != 1 {
                return Err(other_format(input.path, EXPECTED));
            }
            let Some((bodies, next)) = continued(input, first) else { return Ok(taken) };
            let row = self.line + 1 + newlines(input.bytes.get(taken..first.start));
            let unit = Unit { code: first.code, bodies, row, input };
            self.unit(&unit, config, sheet)?;
            self.line += newlines(input.bytes.get(taken..next));
            taken = next;
            if sheet.is_full() {
                return Ok(taken);
            }
        }
    }
}

/// The bodies of a record and of those that continue it; `None` when more may follow behind the range.
fn continued<'a>(input: Input<'a>, first: Record<'a>) -> Option<(Vec<&'a [u8]>, usize)> {
    let (mut bodies, mut at) = (vec![first.body], first.next);
    loop {
        match scan::next(input.bytes, at, input.ended) {
            Next::Record(record) if record.code == 88 => {
                bodies.push(record.body);
                at = record.next;
            }
            // Only its code matters, so it need not be whole.
            Next::More if !starts_other(input.bytes.get(at..).unwrap_or_default()) => return None,
            _ => return Some((bodies, at)),
        }
    }
}

fn starts_other(rest: &[u8]) -> bool {
    rest.trim_ascii_start().first_chunk::<3>().is_some_and(|head| head != b"88,")
}

impl Message {
    fn unit(&mut self, unit: &Unit<'_>, config: &Config, sheet: &mut Sheet) -> Result<(), Failure> {
        let records = unit.bodies.len() as u64;
        let mut fields = Fields::new(&unit.bodies, config.encoding);
        let (in_file, in_group, in_account) =
            (self.file.is_some(), self.group.is_some(), self.account.is_some());
        match (unit.code, in_file, in_group, in_account) {
            (1, false, ..) => {
                self.files += 1;
                self.file = Some(Level { records, ..Level::default() });
                Ok(())
            }
            (2, true, false, _) => self.open_group(unit, &mut fields, config, records),
            (3, true, true, false) => self.open_account(unit, fields, sheet, records),
            (16, true, true, true) => self.transaction(unit, fields, sheet, records),
            (49, true, true, true) => self.close_account(unit, &mut fields),
            (98, true, true, false) => self.close_group(unit, &mut fields),
            (99, true, false, _) => self.close_file(unit, &mut fields),
            (code, ..) => {
                let message =
                    format!("a record {code:02} does not belong here; ask the bank for the file again");
                Err(unit.broken("conflict", &message))
            }
        }
    }

    fn open_group(
        &mut self,
        unit: &Unit<'_>,
        fields: &mut Fields,
        config: &Config,
        records: u64,
    ) -> Result<(), Failure> {
        let (_receiver, _originator, status) = (fields.field(), fields.field(), fields.field());
        let (day, _time, code, modifier) = (fields.field(), fields.field(), fields.field(), fields.field());
        if matches!(status.as_str(), "2" | "4") {
            let message = format!("the group is a deletion or a test (status {status}), which is not read");
            return Err(unit.broken("unknown-status", &message));
        }
        let day = record::day(&day).ok_or_else(|| {
            unit.broken("bad-date", &format!("the group's day `{day}` is no day as YYMMDD; ask the bank"))
        })?;
        let default = config.currency.as_deref().unwrap_or("USD");
        self.group = Some(Group {
            level: Level { records, ..Level::default() },
            day: day.epoch_day(),
            currency: if code.is_empty() { default.to_owned() } else { code },
            report: matches!(modifier.as_str(), "1" | "3"),
        });
        Ok(())
    }

    fn open_account(
        &mut self,
        unit: &Unit<'_>,
        mut fields: Fields,
        sheet: &mut Sheet,
        records: u64,
    ) -> Result<(), Failure> {
        let Some(group) = &self.group else { return Ok(()) };
        let (account, code) = (fields.field(), fields.field());
        let code = if code.is_empty() { group.currency.as_str() } else { code.as_str() };
        let (code, exponent) = currency::find(code).ok_or_else(|| {
            unit.broken("unknown-currency", &format!("`{code}` is no currency of ISO 4217"))
        })?;
        let day = Date::from_epoch_day(group.day).to_string();
        // The same account twice for a day is two statements.
        let again = self.statements.identify("", &[&account, &day]);
        let number = match again.split_once('~') {
            Some((_, times)) => format!("{day}/{times}"),
            None => day,
        };
        let summaries = record::summaries(&mut fields).map_err(|bad| unit.refuse(&bad))?;
        let mut level = Level { records, ..Level::default() };
        let part = sheet.statement(&account, &number, group.kind());
        part.last_day = Some(group.day);
        for summary in summaries {
            let Some(minor) = summary.amount else { continue };
            level.sum = unit.add(level.sum, minor)?;
            let money = Money { minor, exponent, currency: code };
            match summary.code.as_str() {
                "010" => part.opening = Some(money.into()),
                "015" => part.closing = Some(money.into()),
                _ => {}
            }
        }
        self.account = Some(Account { level, account, number, code, exponent, seen: Seen::default() });
        Ok(())
    }

    fn transaction(
        &mut self,
        unit: &Unit<'_>,
        fields: Fields,
        sheet: &mut Sheet,
        records: u64,
    ) -> Result<(), Failure> {
        let (Some(group), Some(account)) = (&self.group, &mut self.account) else { return Ok(()) };
        account.level.records += records;
        sheet.count();
        let read = record::transaction(fields).and_then(|transaction| {
            let sign = record::sign(&transaction.code)?;
            Ok((transaction, sign))
        });
        match read {
            Ok((Transaction { amount: None, code, .. }, sign)) if sign != 0 => {
                let message = "the amount is missing; ask the bank for the file again".to_owned();
                sheet.reject(unit.row, "amount", &code, ("missing-field", message));
            }
            Ok((transaction, sign)) => {
                let minor = transaction.amount.unwrap_or(0);
                account.level.sum = unit.add(account.level.sum, minor)?;
                if sign != 0 {
                    let entry = account.entry(transaction, sign.saturating_mul(minor), group.day);
                    account.part(group, sheet).entries.push(entry);
                }
            }
            Err(bad) => {
                // Its amount still counts in the control total.
                let amount = unit.field(1).parse::<i64>().unwrap_or(0);
                account.level.sum = unit.add(account.level.sum, amount)?;
                let Bad(field, value, code, message) = bad;
                let message = format!("{message}; ask the bank for the file again");
                sheet.reject(unit.row, field, &value, (code, message));
            }
        }
        Ok(())
    }

    fn close_account(&mut self, unit: &Unit<'_>, fields: &mut Fields) -> Result<(), Failure> {
        let (Some(group), Some(mut account)) = (&mut self.group, self.account.take()) else { return Ok(()) };
        account.level.records += unit.bodies.len() as u64;
        let total = unit.total(fields)?;
        unit.compare("account total", account.level.sum, total)?;
        unit.compare(
            "number of records of the account",
            account.level.records.cast_signed(),
            unit.total(fields)?,
        )?;
        group.level.sum = unit.add(group.level.sum, total)?;
        group.level.records += account.level.records;
        group.level.parts += 1;
        Ok(())
    }

    fn close_group(&mut self, unit: &Unit<'_>, fields: &mut Fields) -> Result<(), Failure> {
        let (Some(file), Some(mut group)) = (&mut self.file, self.group.take()) else { return Ok(()) };
        group.level.records += unit.bodies.len() as u64;
        let total = unit.total(fields)?;
        unit.compare("group total", group.level.sum, total)?;
        unit.compare(
            "number of accounts of the group",
            group.level.parts.cast_signed(),
            unit.total(fields)?,
        )?;
        unit.compare(
            "number of records of the group",
            group.level.records.cast_signed(),
            unit.total(fields)?,
        )?;
        file.sum = unit.add(file.sum, total)?;
        file.records += group.level.records;
        file.parts += 1;
        Ok(())
    }

    fn close_file(&mut self, unit: &Unit<'_>, fields: &mut Fields) -> Result<(), Failure> {
        let Some(mut file) = self.file.take() else { return Ok(()) };
        file.records += unit.bodies.len() as u64;
        unit.compare("file total", file.sum, unit.total(fields)?)?;
        unit.compare("number of groups of the file", file.parts.cast_signed(), unit.total(fields)?)?;
        unit.compare("number of records of the file", file.records.cast_signed(), unit.total(fields)?)
    }

    fn finish(&self, input: Input<'_>) -> Result<(), Failure> {
        if self.files == 0 {
            return Err(other_format(input.path, EXPECTED));
        }
        if self.file.is_some() {
            let message = "the file ends before its trailer (99); it is cut, fetch it again";
            return Err(broken(input, self.line + 1, "truncated-file", message));
        }
        Ok(())
    }
}

impl Group {
    fn kind(&self) -> &'static str {
        if self.report { "report" } else { "statement" }
    }
}

impl Account {
    fn part<'s>(&self, group: &Group, sheet: &'s mut Sheet) -> &'s mut BankStatement {
        sheet.statement(&self.account, &self.number, group.kind())
    }

    /// References are often blank or zero, so the identity is a digest of all that is said.
    fn entry(&mut self, transaction: Transaction, minor: i64, day: i32) -> Entry {
        let Transaction { code, value, bank_reference, reference, text, .. } = transaction;
        let value = value.map_or(day, Date::epoch_day);
        let fixed = format!("{day} {value} {code} {minor}");
        let id = self.seen.identify("", &[&fixed, &bank_reference, &reference, &text]);
        let named = |text: &str| !text.bytes().all(|byte| byte == b'0' || byte == b' ');
        let mut attributes = vec![("bank-code".to_owned(), code)];
        if named(&bank_reference) {
            attributes.push(("bank-reference".into(), bank_reference));
        }
        Entry {
            id,
            booked: day,
            value,
            amount: Money { minor, exponent: self.exponent, currency: self.code }.into(),
            reversal: false,
            counterparty: String::new(),
            account: String::new(),
            reference: if named(&reference) { reference } else { String::new() },
            remittance: text,
            attributes,
        }
    }
}

impl Unit<'_> {
    fn broken(&self, code: &str, message: &str) -> Failure {
        broken(self.input, self.row, code, message)
    }

    fn refuse(&self, bad: &Bad) -> Failure {
        let Bad(field, value, code, message) = bad;
        self.broken(code, &format!("{field} `{value}`: {message}; ask the bank for the file again"))
    }

    fn field(&self, index: usize) -> String {
        let text = String::from_utf8_lossy(self.bodies.first().copied().unwrap_or_default()).into_owned();
        text.split(',').nth(index).unwrap_or("").trim().to_owned()
    }

    fn add(&self, sum: i64, amount: i64) -> Result<i64, Failure> {
        sum.checked_add(amount).ok_or_else(|| self.broken("amount-too-large", "a total passes 64 bits"))
    }

    /// A number of a trailer; blank is 0.
    fn total(&self, fields: &mut Fields) -> Result<i64, Failure> {
        record::amount(&fields.field()).map(|amount| amount.unwrap_or(0)).map_err(|bad| self.refuse(&bad))
    }

    fn compare(&self, what: &str, found: i64, told: i64) -> Result<(), Failure> {
        if found == told {
            return Ok(());
        }
        let message = format!(
            "the {what} is {told} by the trailer and {found} by what was read; the file is damaged, fetch it again"
        );
        Err(self.broken("statement-bai2.control", &message))
    }
}

fn newlines(bytes: Option<&[u8]>) -> u64 {
    bytes.unwrap_or_default().iter().map(|byte| u64::from(*byte == b'\n')).sum()
}

fn broken(input: Input<'_>, row: u64, code: &str, message: &str) -> Failure {
    Fail::invalid_input(code, format!("{}, line {row}: {message}", input.path))
}
