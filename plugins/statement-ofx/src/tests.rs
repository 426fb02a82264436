//! Stories: every sample file, own files in both versions, every cut, damage, hostile files.

mod hostile;
mod own;
mod samples;

use recaudo_sdk::bench::Bench;
pub(super) use recaudo_sdk::bench::{joined as whole, proves, sum};
use recaudo_sdk::payments::statement::{Entry, Page};
use recaudo_sdk::{Failure, Money};

use crate::StatementOfx;

pub(super) fn read(file: &[u8]) -> Result<Vec<Page>, Failure> {
    read_by(file, 8 << 20)
}

pub(super) fn read_by(file: &[u8], chunk: usize) -> Result<Vec<Page>, Failure> {
    let bench = Bench::new().file("drop", "bank.ofx", file).chunks_of(chunk);
    { bench }.statements::<StatementOfx>("drop", "bank.ofx")
}

pub(super) fn shown(money: recaudo_sdk::values::Money) -> String {
    Money::from(money).to_string()
}

pub(super) fn attribute<'a>(entry: &'a Entry, name: &str) -> Option<&'a str> {
    entry.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// Around one account's movements, in version 1.
pub(super) fn statement(movements: &str) -> String {
    format!(
        "OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:102\r\nENCODING:USASCII\r\nCHARSET:1252\r\n\r\n<OFX>\
        <SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS><DTSERVER>20260331120000[-5:COT]\
        <LANGUAGE>SPA</SONRS></SIGNONMSGSRSV1>\r\n<BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STATUS><CODE>0\
        <SEVERITY>INFO</STATUS>\r\n<STMTRS><CURDEF>USD<BANKACCTFROM><BANKID>007<ACCTID>7-71</BANKACCTFROM>\r\n\
        <BANKTRANLIST><DTSTART>20260301<DTEND>20260331\r\n{movements}</BANKTRANLIST>\
        <LEDGERBAL><BALAMT>100.00<DTASOF>20260331</LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\r\n"
    )
}

/// A movement of 1.00 with these fields besides.
pub(super) fn movement(fields: &str) -> String {
    format!("<STMTTRN><TRNTYPE>OTHER<DTPOSTED>20260302<TRNAMT>1.00{fields}</STMTTRN>\r\n")
}

pub(super) fn one(movements: &str) -> Entry {
    let pages = read(statement(movements).as_bytes()).expect("fine");
    assert!(pages[0].rejects.is_empty(), "{:?}", pages[0].rejects);
    whole(&pages).remove(0).entries.remove(0)
}
