//! The real files: what each must give, worked out by hand, not by this reader.

use std::path::PathBuf;

use recaudo_sdk::{Date, Kind};

use super::{read, read_by, shown, sum, whole};

/// What a file must give.
enum Expected {
    /// Account, number, entries, their sum in minor units, closing; rows refused with their codes.
    Read(&'static str, &'static str, usize, i64, Option<&'static str>, &'static [&'static str]),
    /// Refused with this code.
    Refused(&'static str),
}
use Expected::{Read, Refused};

/// Four are statements of investments, two say that the bank could not answer.
const FILES: [(&str, Expected); 13] = [
    ("account_listing_aggregation.ofx", Refused("no-record")),
    // Its balance is of the day after.
    ("anzcc.ofx", Read("123412******1234", "2017-03-11/2017-05-09 20170510192849", 1, -550, None, &[])),
    ("bank_small.ofx", Refused("no-record")),
    (
        "date_missing.ofx",
        Read(
            "123845030/192639749",
            "2011-04-12/2011-06-14 20110614",
            0,
            0,
            Some("0.00 USD"),
            &["missing-field", "missing-field", "bad-date"],
        ),
    ),
    (
        "decimal_error.ofx",
        Read("123845030/192639749", "2011-04-12/2011-06-14 20110614", 0, 0, Some("0.00 CAD"), &["bad-date"]),
    ),
    (
        "empty_balance.ofx",
        Read("123845030/192639749", "2011-04-12/2011-06-14 20110614", 1, 12_000, None, &[]),
    ),
    ("error_message.ofx", Refused("statement-ofx.error-status")),
    ("fidelity-savings.ofx", Refused("no-record")),
    ("investment_401k.ofx", Refused("no-record")),
    (
        "ofx-v102-empty-tags.ofx",
        Read("NPBS/12345678", "2018-05-06/2018-08-04 20180804093914", 1, 1_234, None, &[]),
    ),
    ("signon_fail.ofx", Refused("statement-ofx.error-status")),
    ("tiaacref.ofx", Refused("no-record")),
    ("vanguard.ofx", Refused("no-record")),
];

fn folder() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/ofx");
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none(), "the sample files are not there");
    println!("skipped: there are no sample files beside the repository");
    None
}

#[test]
fn every_sample_gives_what_it_says_or_is_refused() {
    let Some(folder) = folder() else { return };
    let mut there: Vec<_> = std::fs::read_dir(&folder)
        .expect("the folder")
        .map(|file| file.expect("a file").file_name().into_string().expect("a name"))
        .collect();
    there.sort();
    assert_eq!(there, FILES.iter().map(|(name, _)| *name).collect::<Vec<_>>(), "a line for each file");
    for (name, expected) in &FILES {
        let file = std::fs::read(folder.join(name)).expect("a file");
        match (expected, read(&file)) {
            (Read(account, number, entries, total, closing, codes), Ok(pages)) => {
                let found = whole(&pages);
                let [only] = &found[..] else { panic!("{name}: one statement") };
                let told = (only.account.as_str(), only.number.as_str(), only.entries.len(), sum(only));
                assert_eq!(told, (*account, *number, *entries, *total), "{name}");
                assert_eq!(only.closing.map(shown).as_deref(), *closing, "{name}");
                assert_eq!(only.opening, None, "{name}");
                let rejects = pages.iter().flat_map(|page| &page.rejects).map(|reject| reject.code.as_str());
                assert_eq!(rejects.collect::<Vec<_>>(), *codes, "{name}");
                assert_eq!(whole(&read_by(&file, 50).expect("by ranges")), found, "{name}");
            }
            (Refused(code), Err(failure)) => {
                assert_eq!((failure.kind, failure.code.as_str()), (Kind::InvalidInput, *code), "{name}");
            }
            (_, result) => panic!("{name}: {result:?}"),
        }
    }
}

#[test]
fn an_entry_says_who_paid_for_what() {
    let Some(folder) = folder() else { return };
    let entry = |name: &str| {
        let file = std::fs::read(folder.join(name)).expect("a file");
        whole(&read(&file).expect("fine")).remove(0).entries.remove(0)
    };
    let card = entry("anzcc.ofx");
    assert_eq!((card.id.as_str(), card.remittance.as_str()), ("201705080001", "SOME MEMO"));
    assert_eq!((shown(card.amount).as_str(), card.reversal), ("-5.50 AUD", false));
    assert_eq!(Date::from_epoch_day(card.booked).to_string(), "2017-05-08");
    let paid = entry("empty_balance.ofx");
    assert_eq!((paid.id.as_str(), paid.counterparty.as_str()), ("2000957249", "Foobar"));
    assert_eq!((shown(paid.amount).as_str(), paid.value), ("120.00 CAD", paid.booked));
    assert_eq!(Date::from_epoch_day(paid.booked).to_string(), "2011-03-08");
    // Neither number nor currency of the statement: the movement's own currency, and a digest.
    let bare = entry("ofx-v102-empty-tags.ofx");
    assert_eq!((shown(bare.amount).as_str(), bare.id.len()), ("12.34 AUD", 16));
    assert_eq!(bare.remittance, "CBA:Transfer");
}

#[test]
fn every_other_format_beside_is_left_to_its_reader() {
    let Some(folder) = folder() else { return };
    let mut seen = 0;
    for other in ["camt", "mt940", "bai2", "ubl_oasis", "cfdi40", "sat_ws", "currency", "ar"] {
        for file in std::fs::read_dir(folder.join("..").join(other)).expect("a folder") {
            let path = file.expect("a file").path();
            let failure = read(&std::fs::read(&path).expect("a file")).expect_err("not ours");
            let told = (failure.kind, failure.code.as_str());
            assert_eq!(told, (Kind::Unsupported, "other-format"), "{}", path.display());
            seen += 1;
        }
    }
    assert!(seen > 80, "{seen}");
}
