//! A movement (`STMTTRN`) as an entry.

use recaudo_sdk::payments::statement::Entry;
use recaudo_sdk::statements::Seen;
use recaudo_sdk::{Date, currency};

use crate::record::Record;
use crate::value::{self, Bad};

/// Code and decimals of a currency.
pub(crate) type Unit = ([u8; 3], u8);

/// What the statement says about all of its movements.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Around {
    /// Of the statement, where it says one.
    pub(crate) unit: Option<Unit>,
    /// The day the file was made.
    pub(crate) made: Option<Date>,
}

/// Fields of which a movement has one.
const SINGLE: [&str; 7] =
    ["TRNTYPE", "DTPOSTED", "TRNAMT", "FITID", "CURRENCY.CURSYM", "CORRECTFITID", "DTAVAIL"];
/// Shorter numbers are counters that begin anew with every file.
const FITID_LEAST: usize = 6;
/// What banks in Brazil and around write between the movements: balances.
const BALANCES: [&str; 11] = [
    "saldo",
    "saldoanterior",
    "saldoinicial",
    "saldofinal",
    "saldoatual",
    "saldoactual",
    "saldododia",
    "saldodia",
    "saldodisponivel",
    "saldototaldisponiveldia",
    "saldoparcial",
];

/// The entry, and the currency it is in; `None` for what is only announced.
pub(crate) fn read(record: &Record, around: Around, seen: &mut Seen) -> Result<Option<(Entry, Unit)>, Bad> {
    check(record)?;
    let kind = record.get("TRNTYPE").unwrap_or("OTHER").to_ascii_uppercase();
    if kind == "HOLD" {
        return Ok(None);
    }
    let posted = record.get("DTPOSTED").unwrap_or("");
    let missing = |field, message| Bad::new(field, "", "missing-field", message);
    let booked = value::day("DTPOSTED", posted)?
        .ok_or_else(|| missing("DTPOSTED", "the movement has no day it was posted on"))?;
    if around.made.is_some_and(|made| booked.epoch_day() > made.epoch_day() + 1) {
        let message = "the movement lies after the day the file was made (DTSERVER), so it is announced only";
        return Err(Bad::new("DTPOSTED", posted, "implausible-date", message));
    }
    let available = match record.get("DTAVAIL").or_else(|| record.get("VALUEDATE")) {
        Some(text) => value::day("DTAVAIL", text)?,
        None => None,
    };
    let unit = unit(record, around.unit)?;
    let told = record.get("TRNAMT").ok_or_else(|| missing("TRNAMT", "the movement has no amount"))?;
    let amount = value::amount("TRNAMT", told, unit)?;
    if (kind == "CREDIT" && amount.minor < 0) || (kind == "DEBIT" && amount.minor > 0) {
        let message = "the type says one direction and the sign of the amount the other";
        return Err(Bad::new("TRNAMT", told, "bad-flag", message));
    }
    let names = names(record);
    let remittance = remittance(record);
    let value = available.unwrap_or(booked);
    let reference = reference(record);
    let fitid = record.get("FITID").unwrap_or("");
    let fixed = format!("{booked} {amount} {kind} {fitid} {reference}");
    let id = seen.identify(own_id(fitid), &[&fixed, &names.0, &remittance]);
    let mut entry = Entry {
        id,
        booked: booked.epoch_day(),
        value: value.epoch_day(),
        amount: amount.into(),
        reversal: false,
        counterparty: names.0,
        account: names.1,
        reference,
        remittance,
        attributes: vec![("bank-code".into(), kind)],
    };
    attributes(record, &mut entry);
    Ok(Some((entry, unit)))
}

/// What no movement may be.
fn check(record: &Record) -> Result<(), Bad> {
    if let Some(field) = record.ambiguous(&SINGLE) {
        let value = record.get(field).unwrap_or("");
        return Err(Bad::new(field, value, "conflict", "the field is there twice, with two values"));
    }
    if let Some(corrected) = record.get("CORRECTFITID") {
        let message = "the bank corrects a movement it told of before; correct it by hand";
        return Err(Bad::new("CORRECTFITID", corrected, "statement-ofx.correction", message));
    }
    let balance = |text: &str| {
        let letters = text.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase);
        BALANCES.contains(&letters.map(|c| if c == 'í' { 'i' } else { c }).collect::<String>().as_str())
    };
    let texts: Vec<&str> = ["NAME", "MEMO"].iter().filter_map(|field| record.get(field)).collect();
    if let Some(text) = texts.first().filter(|_| texts.iter().all(|text| balance(text))) {
        let message = "this is a balance among the movements, not a movement";
        return Err(Bad::new("MEMO", text, "totals-row", message));
    }
    Ok(())
}

/// `CURRENCY` says that the amount is in another currency than the statement's; many banks write it with the
/// statement's own.
fn unit(record: &Record, of_statement: Option<Unit>) -> Result<Unit, Bad> {
    let told = record.get("CURRENCY.CURSYM").or_else(|| record.get("CURRENCY"));
    let Some(told) = told else {
        let message = "neither the statement (CURDEF) nor the movement says a currency";
        return of_statement.ok_or_else(|| Bad::new("CURDEF", "", "unknown-currency", message));
    };
    let unit = currency::find(told)
        .ok_or_else(|| Bad::new("CURSYM", told, "unknown-currency", "this is no currency's code"))?;
    if of_statement.is_some_and(|own| own.0 != unit.0) {
        let message = "the movement is in another currency than the statement";
        return Err(Bad::new("CURSYM", told, "statement-ofx.other-currency", message));
    }
    Ok(unit)
}

/// Unique in the account by the format's word, but not where a bank only counts.
fn own_id(fitid: &str) -> &str {
    let counts = fitid.len() < FITID_LEAST || fitid.bytes().all(|byte| byte == b'0');
    if counts { "" } else { fitid }
}

/// Who is on the other side, and their account.
fn names(record: &Record) -> (String, String) {
    let name = ["PAYEE.NAME", "EXTDNAME", "NAME"].iter().find_map(|field| record.get(field));
    let account = ["BANKACCTTO.ACCTID", "CCACCTTO.ACCTID"].iter().find_map(|field| record.get(field));
    let line = |text: Option<&str>| text.unwrap_or("").replace('\n', " ");
    (line(name), line(account))
}

/// The reference number, else the number of the cheque; banks fill both with zeros.
fn reference(record: &Record) -> String {
    let named = |text: &&str| !text.bytes().all(|byte| matches!(byte, b'0' | b' ' | b'-'));
    let found = ["REFNUM", "CHECKNUM"].iter().filter_map(|field| record.get(field)).find(named);
    found.unwrap_or("").replace('\n', " ")
}

/// Everything a reference may stand in, a line each, none twice: banks put what the payer wrote into the name
/// as often as into the memo, and begin the memo with the name.
fn remittance(record: &Record) -> String {
    let texts = ["EXTDNAME", "NAME", "MEMO"].iter().flat_map(|field| record.all(field));
    let mut lines: Vec<&str> = vec![];
    for line in texts.flat_map(str::lines) {
        if lines.iter().any(|known| known.starts_with(line)) {
            continue;
        }
        lines.retain(|known| !line.starts_with(known));
        lines.push(line);
    }
    lines.join("\n")
}

fn attributes(record: &Record, entry: &mut Entry) {
    let own = entry.reference.clone();
    let different = |field| record.get(field).filter(|text| *text != own && text.bytes().any(|b| b != b'0'));
    for (name, found) in [
        ("check-number", different("CHECKNUM")),
        ("bank-reference", record.get("SRVRTID")),
        ("bank", record.get("BANKACCTTO.BANKID")),
        ("payee", record.get("PAYEEID")),
        ("original-currency", record.get("ORIGCURRENCY.CURSYM")),
        ("exchange-rate", record.get("ORIGCURRENCY.CURRATE")),
    ] {
        if let Some(found) = found {
            entry.attributes.push((name.into(), found.replace('\n', " ")));
        }
    }
}
