//! The real files: what each must give, worked out by hand and by a script of its own, not by this reader.

use std::path::PathBuf;

use recaudo_sdk::Kind;

use super::{proves, read, read_by, shown, sum, whole};

/// What a file must give.
enum Expected {
    /// Kind; a statement each: number, entries, their sum, and whether opening and entries give closing.
    Read(&'static str, &'static [(&'static str, usize, i64, Option<bool>)]),
    /// Refused with this code.
    Refused(&'static str),
}
use Expected::{Read, Refused};

const OTHER: Expected = Refused("statement-camt.other-currency");
const ACCR: &str = "AAAASESS-FP-ACCR001";

/// Balances in two currencies are refused; `all-balance-types` is invented, and its difference is the host's
/// to tell.
const FILES: [(&str, Expected); 17] = [
    ("camt052.v1.xml", Read("report", &[(ACCR, 1, -20_000_000, None)])),
    ("camt052.v2.with-account-name.xml", Read("report", &[(ACCR, 1, -20_000_000, None)])),
    ("camt052.v2.xml", Read("report", &[(ACCR, 1, -20_000_000, None)])),
    ("camt052.v4.xml", Read("report", &[("AAAASESS-FP-ACCR001/2", 0, 0, None)])),
    ("camt053.v2.all-balance-types.xml", Read("statement", &[("CAMT0532015012200001", 1, 885, Some(false))])),
    ("camt053.v2.minimal.xml", OTHER),
    (
        "camt053.v2.multi.statement.xml",
        Read(
            "statement",
            &[
                ("253EURNL26VAYB8060476890", 1, 885, Some(true)),
                ("254EURNL26VAYB8060476890", 1, -700, Some(true)),
            ],
        ),
    ),
    ("camt053.v2.with-account-name.xml", Read("statement", &[("253EURCH2801234000123456789", 1, 885, None)])),
    ("camt053.v2.with-party-ids.xml", OTHER),
    ("camt053.v2.wrong.xml", Refused("no-record")),
    ("camt053.v3.xml", OTHER),
    ("camt053.v4.xml", OTHER),
    ("camt053.v8.xml", OTHER),
    ("camt054.v2.with-account-name.xml", Read("notice", &[(ACCR, 1, -20_000_000, None)])),
    // Three details without amounts, and details in francs of an entry in crowns: the entry stays whole.
    ("camt054.v2.xml", Read("notice", &[(ACCR, 1, -20_000_000, None)])),
    ("camt054.v4.xml", Read("notice", &[("AAAASESS-FP-ACCR001/2", 1, -20_000_000, None)])),
    ("camt054.v8.xml", Read("notice", &[("AAAASESS-FP-ACCR001/2", 1, -20_000_000, None)])),
];

fn folder() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/camt");
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
            (Read(kind, statements), Ok(pages)) => {
                let found = whole(&pages);
                let told: Vec<_> =
                    found.iter().map(|s| (s.number.as_str(), s.entries.len(), sum(s), proves(s))).collect();
                assert_eq!(told, *statements, "{name}");
                assert!(found.iter().all(|s| s.kind == *kind), "{name}");
                assert!(pages.iter().all(|page| page.rejects.is_empty()), "{name}");
                assert_eq!(whole(&read_by(&file, 600).expect("by ranges")), found, "{name}");
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
    let read = |name: &str| {
        let file = std::fs::read(folder.join(name)).expect("a file");
        whole(&read(&file).expect("fine")).remove(0)
    };
    let multi = read("camt053.v2.multi.statement.xml");
    assert_eq!(multi.account, "NL26VAYB8060476890");
    assert_eq!(multi.opening.map(shown).as_deref(), Some("18.15 EUR"));
    let entry = &multi.entries[0];
    assert_eq!(
        (entry.reference.as_str(), entry.remittance.as_str()),
        ("000000001", "Transaction Description 1")
    );
    assert_eq!(recaudo_sdk::Date::from_epoch_day(entry.booked).to_string(), "2014-12-31");
    assert_eq!(recaudo_sdk::Date::from_epoch_day(entry.value).to_string(), "2015-01-02");
    let notice = read("camt054.v8.xml");
    assert_eq!(notice.entries[0].id, "ACSR160617103200001/rest");
    assert!(notice.entries[0].remittance.contains("ISR ref number V2"), "{}", notice.entries[0].remittance);
}

#[test]
fn every_other_format_beside_is_left_to_its_reader() {
    let Some(folder) = folder() else { return };
    let mut seen = 0;
    for other in ["mt940", "ofx", "bai2", "ubl_oasis", "cfdi40", "sat_ws", "currency", "ar"] {
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
