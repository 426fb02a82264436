//! Own statements in every dialect, cut and damaged everywhere.

use recaudo_sdk::payments::statement::Entry;
use recaudo_sdk::{Date, Kind};

use super::{proves, read, read_by, shown, whole};

fn statement(lines: &str) -> String {
    format!(
        ":20:REF1\r\n:25:CO-771\r\n:28C:7/1\r\n:60F:C260301USD100,00\r\n{lines}:62F:C260302USD100,00\r\n-\r\n"
    )
}

fn one(lines: &str) -> Entry {
    whole(&read(statement(lines).as_bytes()).expect("fine")).remove(0).entries.remove(0)
}

fn attribute<'a>(entry: &'a Entry, name: &str) -> Option<&'a str> {
    entry.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

#[test]
fn a_structured_text_says_who_and_what_for() {
    let entry = one(":61:2603020302CR50,00NTRFNONREF//B-1\r\n:86:166?00CREDIT?20EREF+INV-0042?21MREF+M9\
        ?22SVWZ+Invoices 0042 and 0043 o?23f February?24thank you?30BANKXX\r\nYY?31CO99123?32ANA PEREZ\
        ?33 E HIJOS\r\n");
    assert_eq!((entry.reference.as_str(), entry.account.as_str()), ("INV-0042", "CO99123"));
    assert_eq!(entry.counterparty, "ANA PEREZ E HIJOS");
    assert_eq!(entry.remittance, "Invoices 0042 and 0043 of February\nthank you");
    assert_eq!((attribute(&entry, "mandate"), attribute(&entry, "bank")), (Some("M9"), Some("BANKXXYY")));
    assert_eq!(
        (attribute(&entry, "bank-code"), attribute(&entry, "bank-reference")),
        (Some("166"), Some("B-1"))
    );
    assert_eq!(shown(entry.amount), "50.00 USD");
}

#[test]
fn a_full_part_goes_on_in_the_next() {
    let entry = one(":61:260302C1,NTRFNONREF\n:86:166?20SVWZ+Factura 0042 del mes ene?21ro?22gracias\n");
    assert_eq!(entry.remittance, "Factura 0042 del mes enero\ngracias");
    let entry = one(":61:260302C1,NTRFNONREF\n:86:166?20SVWZ+Factura 0042?21gracias\n");
    assert_eq!(entry.remittance, "Factura 0042\ngracias", "a short part ends its line");
}

#[test]
fn a_keyed_text_says_who_and_what_for() {
    let entry = one(":61:260302D7,5NTRFEREF\n:86:/TRTP/SEPA/IBAN/NL01BANK/BIC/BANKNL2A/NAME/J. DE VRIES\
        /REMI/USTD//INV 0042/and 0043/EREF/E2E-9/MARF/M-1\n");
    assert_eq!((entry.account.as_str(), entry.counterparty.as_str()), ("NL01BANK", "J. DE VRIES"));
    assert_eq!((entry.remittance.as_str(), entry.reference.as_str()), ("INV 0042/and 0043", "E2E-9"));
    assert_eq!(shown(entry.amount), "-7.50 USD");
    let entry =
        one(":61:260302D7,5NTRFNONREF\n:86:/CNTP/NL02BANK/BANKNL2A/ACME BV/DELFT//REMI/USTD//RENT/\n");
    assert_eq!((entry.account.as_str(), entry.counterparty.as_str()), ("NL02BANK", "ACME BV"));
    assert_eq!(entry.remittance, "RENT");
}

#[test]
fn a_plain_text_and_the_lines_behind_the_movement_are_kept() {
    let entry = one(":61:260302C7,5NTRFINV-42//BR9\nsecond line\n:86:first words\n\nlast words\n:86:more\n");
    assert_eq!(
        (entry.reference.as_str(), entry.remittance.as_str()),
        ("INV-42", "first words\nlast words\nmore")
    );
    let entry = one(":61:260302C7,5NTRFINV-42\nsecond line\n");
    assert_eq!(entry.remittance, "second line");
}

#[test]
fn dates_follow_one_another_over_the_year_s_end() {
    let days = |line: &str| {
        let entry = one(&format!(":61:{line}C1,NTRFNONREF\n"));
        [entry.value, entry.booked].map(|day| Date::from_epoch_day(day).to_string())
    };
    assert_eq!(days("2601020102"), ["2026-01-02", "2026-01-02"]);
    assert_eq!(days("2601011231"), ["2026-01-01", "2025-12-31"]);
    assert_eq!(days("2512310102"), ["2025-12-31", "2026-01-02"]);
    assert_eq!(days("260302"), ["2026-03-02", "2026-03-02"]);
    assert_eq!(days("260302    "), ["2026-03-02", "2026-03-02"]);
    assert_eq!(days("260230"), ["2026-02-28", "2026-02-28"], "a month of thirty days");
}

#[test]
fn reversals_have_the_sign_of_what_they_do() {
    let sign = |mark: &str| {
        let entry = one(&format!(":61:260302{mark}1,NTRFNONREF\n"));
        (entry.amount.minor, entry.reversal)
    };
    assert_eq!(
        [sign("C"), sign("D"), sign("RC"), sign("RD")],
        [(100, false), (-100, false), (-100, true), (100, true)]
    );
    assert_eq!(
        [sign("CR"), sign("DD"), sign("RCD"), sign("RDD")],
        [(100, false), (-100, false), (-100, true), (100, true)]
    );
}

#[test]
fn a_bad_movement_is_refused_by_its_line_and_the_others_go_on() {
    for (line, field, code) in [
        (":61:260231C1,NTRF\n", "value date", "bad-date"),
        (":61:2603021399C1,NTRF\n", "entry date", "bad-date"),
        (":61:260302X1,NTRF\n", "debit/credit mark", "bad-flag"),
        (":61:260302CNTRF\n", "amount", "bad-amount"),
        (":61:260302C1,005NTRF\n", "amount", "amount-precision"),
        (":61:260302C99999999999999999999,NTRF\n", "amount", "amount-too-large"),
    ] {
        let pages = read(statement(&format!(":61:260302C1,NTRF\n{line}:86:x\n")).as_bytes()).expect("fine");
        let reject = &pages[0].rejects[0];
        assert_eq!((reject.row, reject.field.as_str(), reject.code.as_str()), (6, field, code), "{line}");
        assert_eq!(whole(&pages)[0].entries.len(), 1);
        assert_eq!(proves(&whole(&pages)[0]), Some(false));
    }
}

#[test]
fn texts_are_read_in_the_encoding_that_can_be() {
    let mut file = statement(":61:260302C1,NTRFNONREF\n:86:Mu\u{1}oz\n").into_bytes();
    let at = file.iter().position(|byte| *byte == 1).expect("there");
    file[at] = 0xF1;
    assert_eq!(whole(&read(&file).expect("fine"))[0].entries[0].remittance, "Muñoz");
    assert_eq!(one(":61:260302C1,NTRFNONREF\n:86:Muñoz\n").remittance, "Muñoz");
}

const LINES: &str = ":61:2603020302C10,NTRFNONREF//1\nsupplement\n:86:166?20EREF+A?32B\nC\n:61:260302D5,NMSCX\n:86:plain\n\
    -text\n:NS:01note\n:61:260302D5,NMSCX\n:86:plain\n-text\n";

#[test]
fn wherever_ranges_end_the_entries_are_the_same() {
    let file = format!(
        "{{1:F01X}}{{4:\n{}{}",
        statement(LINES).repeat(3),
        statement("").replace("-\r\n", "-}{5:}\n")
    );
    let expected = whole(&read(file.as_bytes()).expect("fine"));
    assert_eq!(
        expected.iter().map(|s| s.number.as_str()).collect::<Vec<_>>(),
        ["7/1 2026-03-01", "7/1 2026-03-01/2", "7/1 2026-03-01/3", "7/1 2026-03-01/4"]
    );
    for size in (64..file.len()).step_by(11) {
        assert_eq!(whole(&read_by(file.as_bytes(), size).expect("fine")), expected, "{size}");
    }
}

#[test]
fn equal_movements_stay_two_and_keep_their_identity() {
    let twins = ":61:260302C1,NTRFNONREF\n".repeat(2);
    let first = whole(&read(statement(&twins).as_bytes()).expect("fine")).remove(0).entries;
    assert_ne!(first[0].id, first[1].id);
    let longer = format!(":61:260301C9,NTRFNONREF\n{twins}");
    let second = whole(&read(statement(&longer).as_bytes()).expect("fine")).remove(0).entries;
    assert_eq!(
        second[1..].iter().map(|e| &e.id).collect::<Vec<_>>(),
        first.iter().map(|e| &e.id).collect::<Vec<_>>()
    );
}

#[test]
fn a_file_cut_before_its_closing_balance_is_refused() {
    let file = statement(LINES);
    let closing = file.find(":62F:").expect("there");
    let opening = file.find(":60F:").expect("there");
    for end in (opening + 22..closing + 16).filter(|end| file.is_char_boundary(*end)) {
        let failure = read(&file.as_bytes()[..end]).expect_err("cut");
        assert_eq!(failure.kind, Kind::InvalidInput, "{end}");
    }
    let failure = read(&file.as_bytes()[..closing]).expect_err("cut");
    assert!(
        failure.message.contains("the statement of line 1 has no closing balance"),
        "{}",
        failure.message
    );
    let block = format!("{{1:F01X}}{{4:\n{}", file.trim_end().trim_end_matches('-'));
    assert_eq!(read(block.as_bytes()).expect_err("cut").code, "truncated-file");
}

#[test]
fn a_long_statement_comes_in_pages() {
    let lines: String = (0..5_000).map(|n| format!(":61:260302C1,NTRFR{n}\n:86:text {n}\n")).collect();
    let file = statement(&lines).replace(":62F:C260302USD100,00", ":62F:C260302USD5100,00");
    let pages = read(file.as_bytes()).expect("fine");
    assert_eq!(
        (pages.len(), whole(&pages)[0].entries.len(), proves(&whole(&pages)[0])),
        (3, 5_000, Some(true))
    );
}

/// A fixed sequence (Knuth's MMIX generator) draws what is damaged.
#[test]
fn damage_never_makes_it_stumble() {
    let (file, mut state) = (statement(LINES).repeat(2).into_bytes(), 7_u64);
    let mut draw = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("31 bits") % below
    };
    for _ in 0..500 {
        let mut damaged = file.clone();
        let at = draw(file.len());
        let end = (at + draw(5)).min(file.len());
        let put: Vec<u8> = (0..draw(4)).map(|_| b":-{}?/\n CDR0,\xC3\0"[draw(15)]).collect();
        damaged.splice(at..end, put);
        if let Err(failure) = read(&damaged) {
            assert!(matches!(failure.kind, Kind::InvalidInput | Kind::Unsupported), "{failure:?}");
        }
    }
}
