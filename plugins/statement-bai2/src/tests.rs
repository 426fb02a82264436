//! Stories: every sample file, control totals, every cut, damage.

use std::path::PathBuf;

use recaudo_sdk::bench::{Bench, joined as whole, proves, sum};
use recaudo_sdk::payments::statement::Page;
use recaudo_sdk::{Date, Failure, Kind, Money};

use crate::StatementBai2;

const FILE: &str = "01,A,B,260302,0800,1,80,,2/\n02,R,O,1,260301,2400,USD,2/\n\
    03,771,,010,10000,,,015,9550,,/\n16,195,500,V,260303,,BR1,INV-42,ANA PEREZ/FACTURA 42/\n88,GRACIAS, MIL/\n\
    16,475,950,Z,0,0,CHECK/\n49,21000,5/\n98,21000,1,7/\n99,21000,1,9/\n";

fn read_by(file: &[u8], chunk: usize) -> Result<Vec<Page>, Failure> {
    let bench = Bench::new().file("drop", "bank.bai", file);
    bench.chunks_of(chunk).statements::<StatementBai2>("drop", "bank.bai")
}

fn read(file: &[u8]) -> Result<Vec<Page>, Failure> {
    read_by(file, 8 << 20)
}

#[test]
fn a_file_says_what_was_booked() {
    let found = whole(&read(FILE.as_bytes()).expect("fine"));
    assert_eq!((found.len(), proves(&found[0]), found[0].number.as_str()), (1, Some(true), "2026-03-01"));
    let [paid, check] = &found[0].entries[..] else { panic!("two entries") };
    assert_eq!(Money::from(paid.amount).to_string(), "5.00 USD");
    assert_eq!(
        (paid.reference.as_str(), paid.remittance.as_str()),
        ("INV-42", "ANA PEREZ/FACTURA 42\nGRACIAS, MIL")
    );
    assert_eq!(Date::from_epoch_day(paid.value).to_string(), "2026-03-03");
    assert_eq!((check.amount.minor, check.reference.as_str(), check.booked), (-950, "", paid.booked));
    let yen = FILE.replace("USD", "JPY");
    assert_eq!(
        Money::from(whole(&read(yen.as_bytes()).expect("fine"))[0].entries[0].amount).to_string(),
        "500 JPY"
    );
}

#[test]
fn every_total_and_count_is_checked() {
    for (good, bad) in [
        ("49,21000,5", "49,20051,5"),
        ("49,21000,5", "49,21000,6"),
        ("98,21000,1,7", "98,20049,1,7"),
        ("98,21000,1,7", "98,21000,2,7"),
        ("98,21000,1,7", "98,21000,1,8"),
        ("99,21000,1,9", "99,1,1,9"),
        ("99,21000,1,9", "99,21000,2,9"),
        ("99,21000,1,9", "99,21000,1,10"),
        ("16,195,500", "16,195,501"),
    ] {
        let failure = read(FILE.replace(good, bad).as_bytes()).expect_err("it does not add up");
        assert_eq!(
            (failure.kind, failure.code.as_str()),
            (Kind::InvalidInput, "statement-bai2.control"),
            "{bad}"
        );
    }
}

#[test]
fn a_bad_transaction_is_refused_by_its_line_and_its_amount_still_counts() {
    for (bad, field, code) in [
        ("16,195,500,V,260231,,", "value date", "bad-date"),
        ("16,195,500,Q,,,", "funds type", "bad-flag"),
        ("16,040,500,Z,,,", "type", "unknown-kind"),
    ] {
        let pages = read(FILE.replace("16,195,500,V,260303,,", bad).as_bytes()).expect("the file is fine");
        let reject = &pages[0].rejects[0];
        assert_eq!((reject.row, reject.field.as_str(), reject.code.as_str()), (4, field, code));
    }
}

#[test]
fn wherever_ranges_end_the_entries_are_the_same_and_a_cut_file_is_refused() {
    let expected = whole(&read(FILE.as_bytes()).expect("fine"));
    for size in 1..FILE.len() {
        assert_eq!(whole(&read_by(FILE.as_bytes(), size).expect("fine")), expected, "{size}");
    }
    // A trailer that is cut inside its numbers says other numbers.
    for end in 3..FILE.trim_end().len() - 1 {
        let failure = read(&FILE.as_bytes()[..end]).expect_err("cut");
        assert_eq!(failure.kind, Kind::InvalidInput, "{end}");
    }
    assert_eq!(read(&FILE.as_bytes()[..150]).expect_err("cut").code, "truncated-file");
}

#[test]
fn damage_never_makes_it_stumble() {
    for at in 0..FILE.len() {
        for byte in *b",/\n0-x\xFF" {
            let mut damaged = FILE.as_bytes().to_vec();
            damaged[at] = byte;
            if let Err(failure) = read(&damaged) {
                assert!(matches!(failure.kind, Kind::InvalidInput | Kind::Unsupported), "{failure:?}");
            }
        }
    }
}

/// Worked out by hand and by the files' own totals: statements, entries, their sum, proved, disproved.
#[test]
fn every_sample_gives_what_it_says_or_is_refused() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/bai2");
    if !folder.is_dir() {
        assert!(std::env::var_os("CI").is_none(), "the sample files are not there");
        println!("skipped: there are no sample files beside the repository");
        return;
    }
    let file = |name: &str| std::fs::read(folder.join(name)).expect("a file");
    let told = |name: &str| {
        let found = whole(&read(&file(name)).expect("fine"));
        assert_eq!(whole(&read_by(&file(name), 300).expect("by ranges")), found, "{name}");
        let of = |wanted| found.iter().filter(|s| proves(s) == Some(wanted)).count();
        let entries = found.iter().map(|s| s.entries.len()).sum::<usize>();
        (found.len(), entries, found.iter().map(sum).sum::<i64>(), of(true), of(false))
    };
    assert_eq!(told("sample2.txt"), (5, 4, 30_950_000, 0, 0), "opening balances only");
    assert_eq!(told("sample3.txt"), (15, 26, -19_705, 15, 0));
    let failure = read(&file("sample-parseError.txt")).expect_err("it begins with a record 00");
    assert_eq!((failure.kind, failure.code.as_str()), (Kind::Unsupported, "other-format"));
}
