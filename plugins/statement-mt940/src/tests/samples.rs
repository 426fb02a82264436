//! The real files: what each must give, by a script of its own and by the parses beside the samples.

use std::path::PathBuf;

use recaudo_sdk::Kind;

use super::{proves, read, read_by, sum, whole};

/// What a file must give.
enum Expected {
    /// Statements, entries, their sum in cents, statements proved by their balances, disproved, rows refused.
    Read(usize, usize, i64, usize, usize, usize),
    /// Refused with this code: fragments without an account or balances.
    Refused(&'static str),
}
use Expected::{Read, Refused};

const NO_RECORD: Expected = Refused("no-record");

const FILES: [(&str, Expected); 38] = [
    ("ASNB__mt940.txt", Read(31, 8, 5_694, 31, 0, 0)),
    ("ASNB__mt940_with_spaces_for_entry_date.txt", Read(31, 8, 5_694, 31, 0, 0)),
    ("betterplace__currency_in_25.sta", NO_RECORD),
    ("betterplace__empty_entry_date.sta", NO_RECORD),
    ("betterplace__empty_line.sta", NO_RECORD),
    ("betterplace__missing_crlf_at_end.sta", Refused("missing-field")),
    ("betterplace__sepa_mt9401.sta", Read(26, 97, -926_913_590, 26, 0, 0)),
    // Cut from a longer statement: what is left does not add up, which the host tells.
    ("betterplace__sepa_snippet.sta", Read(2, 11, -214_332_339, 1, 1, 0)),
    ("betterplace__sepa_snippet_broken.sta", Refused("conflict")),
    ("betterplace__with_binary_character.sta", Read(2, 4, -17_906_675, 2, 0, 0)),
    ("citi__mt940.txt", Read(1, 5, -114_275, 1, 0, 0)),
    ("cmxl__account_identification_legacy.sta", NO_RECORD),
    ("cmxl__available_balance.sta", NO_RECORD),
    ("cmxl__closing_balance.sta", Refused("missing-field")),
    ("cmxl__mt940.sta", Read(3, 16, 1_232_730, 3, 0, 0)),
    ("cmxl__statement_line.sta", NO_RECORD),
    ("cmxl__statement_number.sta", NO_RECORD),
    ("jejik__abnamro.sta", Read(2, 10, -34_593, 0, 2, 0)),
    ("jejik__generic.sta", Read(2, 2, -2_000, 2, 0, 0)),
    ("jejik__ing.sta", Read(1, 7, -4_559, 0, 1, 0)),
    ("jejik__postfinance.sta", Read(2, 4, 15_940, 1, 1, 0)),
    ("jejik__rabobank.sta", Read(4, 5, -158_909, 2, 2, 0)),
    ("jejik__sns.sta", Read(2, 2, -2_500, 2, 0, 0)),
    ("jejik__triodos.sta", Read(1, 2, -71_570, 0, 1, 0)),
    ("sberbank__171011_01234945.sta", Read(1, 3, -943_700, 1, 0, 0)),
    ("self-provided__account_identification.sta", NO_RECORD),
    ("self-provided__details_60-63.sta", Read(1, 1, -23_315, 0, 1, 0)),
    ("self-provided__empty_non_swift.sta", NO_RECORD),
    ("self-provided__february_30.sta", Read(1, 1, -600, 1, 0, 0)),
    ("self-provided__long_statement_number.sta", Read(1, 0, 0, 1, 0, 0)),
    ("self-provided__malformed_details.sta", Read(1, 1, -23_315, 0, 1, 0)),
    // A report during the day has no balances.
    ("self-provided__mt942.sta", Read(1, 1, -42, 0, 0, 0)),
    // Behind the statement a movement stands alone.
    ("self-provided__multiline.sta", Read(1, 1, -500, 1, 0, 1)),
    ("self-provided__overly_long_details.sta", Read(1, 1, -23_315, 0, 1, 0)),
    ("self-provided__raiffeisen-cmi.sta", Read(1, 7, -101_221_350, 0, 1, 0)),
    ("self-provided__raphaelm.sta", Read(3, 9, 9_500_000, 3, 0, 0)),
    ("self-provided__sparkassen.sta", NO_RECORD),
    ("self-provided__wrapped_timestamp.sta", Read(1, 1, -600, 1, 0, 0)),
];

fn folder() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/mt940");
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
    for (name, expected) in &FILES {
        let file = std::fs::read(folder.join(name)).expect("a file");
        match (expected, read(&file)) {
            (Read(statements, entries, total, proved, disproved, refused), Ok(pages)) => {
                let found = whole(&pages);
                let rejects = pages.iter().map(|page| page.rejects.len()).sum::<usize>();
                let of = |wanted| found.iter().filter(|s| proves(s) == Some(wanted)).count();
                let count = found.iter().map(|s| s.entries.len()).sum::<usize>();
                let told =
                    (found.len(), count, found.iter().map(sum).sum::<i64>(), of(true), of(false), rejects);
                assert_eq!(told, (*statements, *entries, *total, *proved, *disproved, *refused), "{name}");
                assert_eq!(whole(&read_by(&file, 700).expect("by ranges")), found, "{name}");
                let parse = folder.join(name).with_extension("yml");
                if let Ok(parse) = std::fs::read_to_string(parse) {
                    let told = parse.lines().filter(|line| line.ends_with("models.Transaction")).count();
                    assert_eq!(count + rejects, told, "{name}: the parse beside it");
                }
            }
            (Refused(code), Err(failure)) => {
                assert_eq!((failure.kind, failure.code.as_str()), (Kind::InvalidInput, *code), "{name}");
            }
            (_, result) => panic!("{name}: {result:?}"),
        }
    }
    let there = std::fs::read_dir(&folder).expect("the folder").filter_map(Result::ok);
    let files = there.filter(|file| file.path().extension().is_none_or(|extension| extension != "yml"));
    assert_eq!(files.count(), FILES.len(), "a line for each file");
}

#[test]
fn every_other_format_beside_is_left_to_its_reader() {
    let Some(folder) = folder() else { return };
    for other in ["camt", "ofx", "bai2", "currency", "ar"] {
        for file in std::fs::read_dir(folder.join("..").join(other)).expect("a folder") {
            let path = file.expect("a file").path();
            let failure = read(&std::fs::read(&path).expect("a file")).expect_err("not ours");
            let told = (failure.kind, failure.code.as_str());
            assert_eq!(told, (Kind::Unsupported, "other-format"), "{}", path.display());
        }
    }
}
