//! What the samples lack: bulk bookings, reversals, currencies without cents, long files.

use recaudo_sdk::Date;

use super::fixtures::{balance, detail, entry, message, statement};
use super::{attribute, entries, proves, read, read_by, shown, sum, whole};

#[test]
fn a_bulk_booking_becomes_an_entry_a_detail() {
    let pages = read(statement().as_bytes()).expect("fine");
    let [found] = &whole(&pages)[..] else { panic!("one statement") };
    let told: Vec<_> =
        found.entries.iter().map(|e| (shown(e.amount), e.reference.as_str(), e.id.as_str())).collect();
    assert_eq!(told[1], ("10.00 EUR".into(), "E-1", "B-7/1"));
    assert_eq!(told[2], ("20.00 EUR".into(), "E-2", "B-7/2"));
    assert_eq!(told[3], ("30.50 EUR".into(), "E-3", "B-7/3"));
    assert_eq!(told[4], ("-10.00 EUR".into(), "", "R-2"));
    assert_eq!(told.len(), 5, "the announced entry is left out");
    assert_eq!(proves(found), Some(true));
    assert_eq!(attribute(&found.entries[1], "group"), Some("B-7"));
    assert_eq!(found.entries[2].counterparty, "Payer E-2");
    assert_eq!((found.entries[0].remittance.as_str(), found.entries[0].id.len()), ("Fee & tax", 16));
    assert_eq!(Date::from_epoch_day(found.entries[0].booked).to_string(), "2026-03-02");
    assert_eq!(Date::from_epoch_day(found.entries[0].value).to_string(), "2026-03-03");
}

#[test]
fn what_details_leave_of_an_entry_is_an_entry_too() {
    let details =
        [detail("10.00", "EUR", "E-1"), detail("20.00", "EUR", "E-2"), detail("9.00", "USD", "E-3")];
    let bulk = format!("<AcctSvcrRef>B</AcctSvcrRef><NtryDtls>{}</NtryDtls>", details.concat());
    let file = message("053", 4, &entry("37.60", "EUR", "CRDT", &bulk));
    let found = entries(file.as_bytes());
    let told: Vec<_> = found.iter().map(|e| (e.id.as_str(), shown(e.amount))).collect();
    let expected = [("B/1", "10.00 EUR".into()), ("B/2", "20.00 EUR".into()), ("B/rest", "7.60 EUR".into())];
    assert_eq!(told, expected);
    assert_eq!(attribute(&found[2], "remainder"), Some("true"));
    assert_eq!((found[2].reference.as_str(), found[2].counterparty.as_str()), ("E-3", "Payer E-3"));
}

#[test]
fn one_detail_in_another_currency_keeps_what_the_entry_booked() {
    let file = message(
        "053",
        8,
        &entry("8.10", "EUR", "CRDT", &format!("<NtryDtls>{}</NtryDtls>", detail("9.00", "USD", "E"))),
    );
    let found = entries(file.as_bytes());
    assert_eq!(shown(found[0].amount), "8.10 EUR");
    assert_eq!(attribute(&found[0], "original-amount"), Some("9.00 USD"));
}

#[test]
fn a_returned_transfer_is_a_reversal_of_its_own_side() {
    let rest = "<RvslInd>true</RvslInd><NtryDtls><TxDtls><RltdPties><Dbtr><Pty><Nm>Us</Nm></Pty></Dbtr>\
        <Cdtr><Pty><Nm>They</Nm></Pty></Cdtr><CdtrAcct><Id><IBAN>XX1</IBAN></Id></CdtrAcct></RltdPties>\
        <RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf></TxDtls></NtryDtls>";
    let found = entries(message("053", 8, &entry("50.00", "EUR", "CRDT", rest)).as_bytes());
    assert!(found[0].reversal);
    assert_eq!(shown(found[0].amount), "50.00 EUR");
    assert_eq!((found[0].counterparty.as_str(), found[0].account.as_str()), ("They", "XX1"));
    assert_eq!(attribute(&found[0], "return-reason"), Some("AC04"));
}

#[test]
fn every_currency_has_its_own_decimals() {
    let one = |amount: &str, currency: &str| {
        let pages = read(message("054", 2, &entry(amount, currency, "DBIT", "")).as_bytes()).expect("fine");
        let entry = whole(&pages).into_iter().flat_map(|s| s.entries).next().map(|e| shown(e.amount));
        (entry, pages[0].rejects.first().map(|reject| reject.code.clone()))
    };
    assert_eq!(one("2700", "JPY"), (Some("-2700 JPY".into()), None));
    assert_eq!(one("2700.00", "JPY"), (Some("-2700 JPY".into()), None));
    assert_eq!(one("1.234", "KWD"), (Some("-1.234 KWD".into()), None));
    assert_eq!(one("0.5", "CLF"), (Some("-0.5000 CLF".into()), None));
    for (amount, currency, code) in [
        ("27.5", "JPY", "amount-precision"),
        ("1.001", "EUR", "amount-precision"),
        ("1,00", "EUR", "bad-amount"),
        ("-1.00", "EUR", "negative-amount"),
        ("99999999999999999999", "EUR", "amount-too-large"),
        ("1.00", "XYZ", "unknown-currency"),
    ] {
        assert_eq!(one(amount, currency), (None, Some(code.into())), "{amount} {currency}");
    }
}

#[test]
fn a_bad_entry_is_refused_by_its_line_and_the_others_go_on() {
    let bad = [
        (entry("1.00", "EUR", "CRDT", "").replace("2026-03-02", "2026-02-31"), "Dt", "bad-date"),
        (entry("1.00", "EUR", "BOTH", ""), "CdtDbtInd", "bad-flag"),
        (entry("1.00", "EUR", "CRDT", "").replace("BOOK", "MAYBE"), "Sts", "unknown-status"),
        (entry("1.00", "USD", "CRDT", ""), "Amt", "statement-camt.other-currency"),
    ];
    for (entry_of, field, code) in bad {
        let good = entry("2.00", "EUR", "CRDT", "");
        let inside = [balance("OPBD", "0", "EUR", "CRDT"), good.clone(), entry_of, good];
        let file = message("053", 2, &inside.concat());
        let pages = read(file.as_bytes()).expect("the file is fine");
        let reject = &pages[0].rejects[0];
        assert_eq!((reject.row, reject.field.as_str(), reject.code.as_str()), (7, field, code));
        assert_eq!(sum(&whole(&pages)[0]), 400, "{code}");
    }
}

#[test]
fn balances_of_several_days_give_the_first_and_the_last() {
    let on =
        |code: &str, amount: &str, day: &str| balance(code, amount, "EUR", "CRDT").replace("2026-03-01", day);
    let inside = [
        on("PRCD", "7.00", "2026-02-27"),
        on("OPBD", "9.00", "2026-03-02"),
        on("OPBD", "8.00", "2026-03-01"),
        on("CLBD", "9.00", "2026-03-01"),
        on("CLBD", "10.00", "2026-03-02"),
    ];
    let found = whole(&read(message("053", 6, &inside.concat()).as_bytes()).expect("fine")).remove(0);
    assert_eq!(found.opening.map(shown).as_deref(), Some("8.00 EUR"));
    assert_eq!(found.closing.map(shown).as_deref(), Some("10.00 EUR"));
    let stand_in = message("053", 6, &on("PRCD", "7.00", "2026-02-27"));
    let found = whole(&read(stand_in.as_bytes()).expect("fine")).remove(0);
    assert_eq!(found.opening.map(shown).as_deref(), Some("7.00 EUR"));
}

#[test]
fn entries_that_are_equal_stay_two_and_stay_the_same_in_the_next_download() {
    let twin = entry("5.00", "EUR", "CRDT", "");
    let first = entries(message("053", 8, &[twin.clone(), twin.clone()].concat()).as_bytes());
    assert_ne!(first[0].id, first[1].id);
    let earlier = entry("9.00", "EUR", "CRDT", "").replace("2026-03-02", "2026-03-01");
    let longer = [earlier, twin.clone(), twin];
    let second = entries(message("052", 2, &longer.concat()).as_bytes());
    assert_eq!(
        first.iter().map(|e| &e.id).collect::<Vec<_>>(),
        second[1..].iter().map(|e| &e.id).collect::<Vec<_>>()
    );
}

#[test]
fn wherever_ranges_end_the_entries_are_the_same() {
    let file = statement();
    let expected = whole(&read(file.as_bytes()).expect("fine"));
    for size in [13, 64, 127].into_iter().chain((300..file.len()).step_by(17)) {
        let pages = read_by(file.as_bytes(), size).expect("fine");
        assert_eq!(whole(&pages), expected, "{size}");
        assert!(size > 400 || pages.len() > 2, "{size}: {}", pages.len());
    }
}

#[test]
fn an_entry_of_three_thousand_details_is_read_in_pages() {
    let details: String = (0..3_000).map(|n| detail("1.00", "EUR", &format!("E-{n}"))).collect();
    let bulk = format!("<AcctSvcrRef>B</AcctSvcrRef><NtryDtls>{details}</NtryDtls>");
    let inside = [balance("OPBD", "0", "EUR", "CRDT"), balance("CLBD", "3000.25", "EUR", "CRDT")].concat();
    let file = message("053", 8, &(inside + &entry("3000.25", "EUR", "CRDT", &bulk)));
    let pages = read(file.as_bytes()).expect("fine");
    let found = whole(&pages).remove(0);
    assert_eq!((found.entries.len(), proves(&found)), (3_001, Some(true)));
    assert!(pages.len() >= 2, "{}", pages.len());
    assert_eq!(whole(&read_by(file.as_bytes(), 40_000).expect("fine"))[0], found);
    assert_eq!(found.entries[2_999].id, "B/3000");
    assert_eq!(found.entries[3_000].id, "B/rest");
}
