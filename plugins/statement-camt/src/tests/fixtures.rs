//! Small messages put together by hand.

/// A message of one kind: `053` gives `BkToCstmrStmt`/`Stmt`.
pub(super) fn message(kind: &str, version: u32, inside: &str) -> String {
    let (name, part) = match kind {
        "052" => ("BkToCstmrAcctRpt", "Rpt"),
        "053" => ("BkToCstmrStmt", "Stmt"),
        _ => ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
        <Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.{kind}.001.{version:02}\"><{name}>\n\
        <GrpHdr><MsgId>M1</MsgId></GrpHdr>\n<{part}><Id>S-1</Id>\
        <CreDtTm>2026-03-02T06:00:00-05:00</CreDtTm><Acct><Id><IBAN>CO71</IBAN></Id></Acct>\n{inside}\
        </{part}></{name}></Document>\n"
    )
}

/// A booked balance.
pub(super) fn balance(code: &str, amount: &str, currency: &str, side: &str) -> String {
    format!(
        "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy=\"{currency}\">{amount}</Amt>\
        <CdtDbtInd>{side}</CdtDbtInd><Dt><Dt>2026-03-01</Dt></Dt></Bal>\n"
    )
}

/// An entry booked on 2026-03-02; `rest` goes behind the fields every entry has.
pub(super) fn entry(amount: &str, currency: &str, side: &str, rest: &str) -> String {
    format!(
        "<Ntry><Amt Ccy=\"{currency}\">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd><Sts>BOOK</Sts>\
        <BookgDt><Dt>2026-03-02</Dt></BookgDt><ValDt><Dt>2026-03-03</Dt></ValDt>{rest}</Ntry>\n"
    )
}

/// A detail with an amount and an end-to-end reference.
pub(super) fn detail(amount: &str, currency: &str, reference: &str) -> String {
    format!(
        "<TxDtls><Refs><EndToEndId>{reference}</EndToEndId></Refs><Amt Ccy=\"{currency}\">{amount}</Amt>\
        <RltdPties><Dbtr><Nm>Payer {reference}</Nm></Dbtr></RltdPties></TxDtls>\n"
    )
}

/// A statement with all that may vary: two single entries, a bulk one of three, a pending one.
pub(super) fn statement() -> String {
    let bulk = format!(
        "<AcctSvcrRef>B-7</AcctSvcrRef><NtryDtls><Btch><PmtInfId>P-9</PmtInfId></Btch>{}{}{}</NtryDtls>",
        detail("10.00", "EUR", "E-1"),
        detail("20.00", "EUR", "E-2"),
        detail("30.50", "EUR", "E-3")
    );
    let pending = entry("999.00", "EUR", "CRDT", "").replace("BOOK", "PDNG");
    let inside = [
        balance("OPBD", "100.00", "EUR", "CRDT"),
        balance("CLBD", "145.00", "EUR", "CRDT"),
        balance("CLAV", "1.00", "EUR", "CRDT"),
        entry("5.50", "EUR", "DBIT", "<AddtlNtryInf>Fee &amp; tax</AddtlNtryInf>"),
        entry("60.50", "EUR", "CRDT", &bulk),
        pending,
        entry("10.00", "EUR", "DBIT", "<AcctSvcrRef>R-2</AcctSvcrRef>"),
    ];
    message("053", 8, &inside.concat())
}
