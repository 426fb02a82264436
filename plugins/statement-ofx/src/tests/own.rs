//! What movements say, both versions of the format, and what is refused of them.

use recaudo_sdk::{Date, Kind};

use super::{attribute, movement, one, proves, read, shown, statement, whole};

fn day(day: i32) -> String {
    Date::from_epoch_day(day).to_string()
}

#[test]
fn a_movement_says_who_paid_for_what() {
    let entry = one(&"<STMTTRN><TRNTYPE>DEP<DTPOSTED>20260302101500[-5:COT]<DTAVAIL>20260303<TRNAMT>+1234,50\
        <FITID>2026030200017<SRVRTID>S9<CHECKNUM>000<REFNUM>INV-42<NAME>ANA PEREZ\r\n<MEMO>ANA PEREZ  INV-42 &amp; 43\
        <BANKACCTTO><BANKID>066<ACCTID>99-123<ACCTTYPE>CHECKING</BANKACCTTO></STMTTRN>"
        .replace('\r', ""));
    assert_eq!((entry.id.as_str(), shown(entry.amount).as_str()), ("2026030200017", "1234.50 USD"));
    assert_eq!((day(entry.booked), day(entry.value)), ("2026-03-02".into(), "2026-03-03".into()));
    assert_eq!((entry.counterparty.as_str(), entry.account.as_str()), ("ANA PEREZ", "99-123"));
    assert_eq!((entry.reference.as_str(), entry.remittance.as_str()), ("INV-42", "ANA PEREZ INV-42 & 43"));
    assert_eq!((attribute(&entry, "bank-code"), attribute(&entry, "bank")), (Some("DEP"), Some("066")));
    assert_eq!((attribute(&entry, "bank-reference"), attribute(&entry, "check-number")), (Some("S9"), None));
}

#[test]
fn a_reference_is_kept_wherever_the_bank_puts_it() {
    let entry = one(&movement("<NAME>FACTURA 42<EXTDNAME>FACTURA 42 Y 43 DE ENERO<MEMO>ANA<MEMO>GRACIAS"));
    assert_eq!(entry.remittance, "FACTURA 42 Y 43 DE ENERO\nANA\nGRACIAS");
    assert_eq!(entry.counterparty, "FACTURA 42 Y 43 DE ENERO");
    let entry = one(&movement("<CHECKNUM>001234<REFNUM>0000<PAYEE><NAME>ACME<CITY>X</PAYEE>"));
    assert_eq!((entry.reference.as_str(), entry.counterparty.as_str()), ("001234", "ACME"));
    let entry = one(&movement("<CHECKNUM>77<REFNUM>INV-1"));
    assert_eq!((entry.reference.as_str(), attribute(&entry, "check-number")), ("INV-1", Some("77")));
}

#[test]
fn the_two_versions_say_the_same() {
    let open = statement(&movement("<FITID>A-1234567<NAME>AT&T\r\n<MEMO>"));
    let closed = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<?OFX OFXHEADER=\"200\" VERSION=\"211\"?>\n<OFX>\n\
        <SIGNONMSGSRSV1><SONRS><STATUS><CODE>0</CODE><SEVERITY>INFO</SEVERITY></STATUS>\n\
        <DTSERVER>20260331120000</DTSERVER></SONRS></SIGNONMSGSRSV1><BANKMSGSRSV1><STMTTRNRS>\
        <STMTRS><CURDEF>USD</CURDEF><BANKACCTFROM><BANKID>007</BANKID><ACCTID>7-71</ACCTID>\
        </BANKACCTFROM><BANKTRANLIST><DTSTART>20260301</DTSTART><DTEND>20260331</DTEND><STMTTRN>\
        <TRNTYPE>OTHER</TRNTYPE><DTPOSTED>20260302</DTPOSTED><TRNAMT>1.00</TRNAMT><FITID>A-1234567</FITID>\
        <NAME>AT&amp;T</NAME><MEMO/></STMTTRN></BANKTRANLIST><LEDGERBAL><BALAMT>100.00</BALAMT>\
        <DTASOF>20260331</DTASOF></LEDGERBAL></STMTRS></STMTTRNRS></BANKMSGSRSV1>\n</OFX>";
    let of = |file: &str| whole(&read(file.as_bytes()).expect("fine"));
    assert_eq!(of(&open), of(closed));
    let told = &of(&open)[0];
    assert_eq!((told.account.as_str(), told.kind.as_str()), ("007/7-71", "statement"));
    assert_eq!(told.number, "2026-03-01/2026-03-31 20260331120000");
    assert_eq!((told.opening, told.closing.map(shown)), (None, Some("100.00 USD".into())));
    assert_eq!(
        (told.first_day.map(day), told.last_day.map(day)),
        (Some("2026-03-01".into()), Some("2026-03-31".into()))
    );
    assert_eq!(proves(told), None, "OFX says no opening balance");
}

#[test]
fn a_balance_of_a_later_day_is_not_the_closing_one() {
    let file = statement("").replace("<DTASOF>20260331", "<DTASOF>20260401");
    assert_eq!(whole(&read(file.as_bytes()).expect("fine"))[0].closing, None);
}

#[test]
fn an_account_is_named_without_what_must_not_be_kept() {
    let account = |from: &str, to: &str| {
        let file = statement("").replace("<BANKID>007<ACCTID>7-71", from).replace("STMTRS>", to);
        let file = file.replace("BANKACCTFROM", "CCACCTFROM");
        whole(&read(file.as_bytes()).expect("fine")).remove(0).account
    };
    assert_eq!(account("<ACCTID>4111 1111 1111 1234", "CCSTMTRS>"), "411111******1234");
    assert_eq!(account("<ACCTID>XXXX-1234", "CCSTMTRS>"), "XXXX-1234");
    assert_eq!(
        account("<BANKID>DE1<BRANCHID>2<ACCTID>DE02120300000000202051", "STMTRS>"),
        "DE02120300000000202051"
    );
    assert_eq!(account("<BANKID>30003<BRANCHID>00010<ACCTID>0005", "STMTRS>"), "30003/00010/0005");
}

#[test]
fn a_bad_movement_is_refused_by_its_line_and_the_others_go_on() {
    let other = |field: &str| movement("").replace("<TRNAMT>1.00", field);
    for (bad, field, code) in [
        (movement("").replace("<DTPOSTED>20260302", "<DTPOSTED>"), "DTPOSTED", "missing-field"),
        (movement("").replace("20260302", "20260231"), "DTPOSTED", "bad-date"),
        (movement("").replace("20260302", "20260405"), "DTPOSTED", "implausible-date"),
        (movement("<DTAVAIL>2026"), "DTAVAIL", "bad-date"),
        (other(""), "TRNAMT", "missing-field"),
        (other("<TRNAMT>$1"), "TRNAMT", "bad-amount"),
        (other("<TRNAMT>1.005"), "TRNAMT", "amount-separators"),
        (other("<TRNAMT>1.0051"), "TRNAMT", "amount-precision"),
        (other("<TRNAMT>1,000.00"), "TRNAMT", "amount-separators"),
        (other("<TRNAMT>99999999999999999999"), "TRNAMT", "amount-too-large"),
        (other("<TRNAMT>1.00<TRNAMT>2.00"), "TRNAMT", "conflict"),
        (movement("").replace("OTHER", "DEBIT"), "TRNAMT", "bad-flag"),
        (movement("").replace("OTHER", "Credit").replace("1.00", "-1.00"), "TRNAMT", "bad-flag"),
        (movement("<CURRENCY><CURRATE>1.1<CURSYM>EUR</CURRENCY>"), "CURSYM", "statement-ofx.other-currency"),
        (movement("<CURRENCY><CURRATE>1.1<CURSYM>DOL</CURRENCY>"), "CURSYM", "unknown-currency"),
        (movement("<CORRECTFITID>123456<CORRECTACTION>DELETE"), "CORRECTFITID", "statement-ofx.correction"),
        (movement("<NAME>SALDO ANTERIOR"), "MEMO", "totals-row"),
        (movement("<MEMO>S A L D O  DO DIA 02/03"), "MEMO", "totals-row"),
    ] {
        let pages =
            read(statement(&format!("{}{bad}", movement("<FITID>1234567"))).as_bytes()).expect("fine");
        let reject = &pages[0].rejects[0];
        assert_eq!((reject.row, reject.field.as_str(), reject.code.as_str()), (12, field, code), "{bad}");
        assert_eq!((pages[0].rejects.len(), whole(&pages)[0].entries.len()), (1, 1), "{bad}");
    }
}

#[test]
fn what_only_looks_odd_is_taken() {
    let paid = one(&movement("<MEMO>SALDO FACTURA 42"));
    assert_eq!(paid.remittance, "SALDO FACTURA 42");
    let kept = one(&movement(
        "<CURRENCY><CURRATE>1<CURSYM>USD</CURRENCY><ORIGCURRENCY><CURRATE>0.0002<CURSYM>COP</ORIGCURRENCY>",
    ));
    assert_eq!(
        (attribute(&kept, "original-currency"), attribute(&kept, "exchange-rate")),
        (Some("COP"), Some("0.0002"))
    );
    let held = statement(&movement("").replace("OTHER", "HOLD"));
    let pages = read(held.as_bytes()).expect("fine");
    assert_eq!((pages[0].rejects.len(), whole(&pages)[0].entries.len()), (0, 0), "announced only");
}

#[test]
fn the_bank_s_number_is_the_identity_unless_it_only_counts() {
    let ids = |movements: &str| -> Vec<String> {
        let found = whole(&read(statement(movements).as_bytes()).expect("fine")).remove(0);
        found.entries.into_iter().map(|entry| entry.id).collect()
    };
    let (first, second) = (movement("<FITID>2026-0001"), movement("<FITID>2026-0001<NAME>B"));
    let both = ids(&format!("{first}{second}"));
    assert_eq!(both[0], "2026-0001");
    assert!(both[1].starts_with("2026-0001~"), "{}", both[1]);
    // A counter that begins anew with every file names another movement in the next one.
    let (one, other) = (ids(&movement("<FITID>1")), ids(&movement("<FITID>1<NAME>B")));
    assert_ne!(one, other);
    assert_eq!(one, ids(&movement("<FITID>1")));
    let twins = movement("<FITID>000000000").repeat(2);
    assert_eq!(ids(&twins)[1], format!("{}~2", ids(&twins)[0]));
}

#[test]
fn a_bank_that_could_not_answer_is_quoted_by_its_number() {
    let failed = statement("").replace(
        "<TRNUID>1<STATUS><CODE>0\
        <SEVERITY>INFO",
        "<TRNUID>1<STATUS><CODE>2003<SEVERITY>ERROR<MESSAGE>no 123-45",
    );
    let pages = read(failed.as_bytes()).expect("the other statements go on");
    assert_eq!(pages[0].rejects[0].code, "statement-ofx.error-status");
    let none = "<OFX><BANKMSGSRSV1><STMTTRNRS><STATUS><CODE>2003</CODE><SEVERITY>ERROR</SEVERITY>\
        <MESSAGE>no 123-45</MESSAGE></STATUS></STMTTRNRS></BANKMSGSRSV1></OFX>";
    let failure = read(none.as_bytes()).expect_err("nothing else is in it");
    assert_eq!((failure.kind, failure.code.as_str()), (Kind::InvalidInput, "statement-ofx.error-status"));
    assert!(
        failure.message.contains("error 2003") && !failure.message.contains("123-45"),
        "{}",
        failure.message
    );
}

#[test]
fn a_long_statement_comes_in_pages_and_twice_the_same_account_stays_two() {
    let many: String = (0..5_000).map(|n| movement(&format!("<FITID>F-{n:08}<MEMO>text {n}"))).collect();
    let file = statement(&many);
    let pages = read(file.as_bytes()).expect("fine");
    let found = whole(&pages);
    assert_eq!((pages.len(), found.len(), found[0].entries.len()), (3, 1, 5_000));
    let twice = statement(&movement("<FITID>1234567"));
    let begin = twice.find("<STMTTRNRS>").expect("there");
    let end = twice.find("</BANKMSGSRSV1>").expect("there");
    let twice = format!("{}{}", &twice[..end], &twice[begin..]);
    let numbers: Vec<String> =
        whole(&read(twice.as_bytes()).expect("fine")).into_iter().map(|s| s.number).collect();
    assert_eq!(numbers[1], format!("{}/2", numbers[0]));
}
