//! Files that are cut, damaged, or made to do harm.

use recaudo_sdk::Kind;

use super::{movement, read, read_by, statement, whole};

fn sample() -> String {
    let movements = [
        movement("<FITID>1234567<NAME>A < B & C<MEMO>first"),
        movement("<FITID>1234568<NAME>D</NAME><MEMO><![CDATA[<x>]]></MEMO><CURRENCY><CURSYM>USD</CURRENCY>"),
        movement("<FITID>1234569<MEMO>caf\u{e9} \u{1f600} <!-- <STMTTRN> -->"),
    ];
    statement(&movements.concat())
}

#[test]
fn wherever_ranges_end_the_entries_are_the_same() {
    let file = sample();
    let expected = whole(&read(file.as_bytes()).expect("fine"));
    assert_eq!(expected[0].entries.len(), 3);
    assert_eq!(expected[0].entries[0].counterparty, "A < B & C");
    for size in (11..file.len()).step_by(7) {
        assert_eq!(whole(&read_by(file.as_bytes(), size).expect("fine")), expected, "{size}");
    }
    // Behind the first look at a file every cut between two ranges is possible: a comment of any length shifts it.
    let padded = |n: usize| file.replacen("<OFX>", &format!("<OFX><!-- {} -->", "x".repeat(n)), 1);
    for n in (4_096..4_396).step_by(5) {
        assert_eq!(whole(&read_by(padded(n).as_bytes(), 4_500).expect("fine")), expected, "{n}");
    }
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let file = sample();
    for end in 0..file.trim_end().len() {
        let failure = read(&file.as_bytes()[..end]).expect_err("cut");
        let other = failure.code == "other-format" && end < 9;
        assert!(other || failure.code == "truncated-file", "{end}: {failure:?}");
    }
    // A page that is full at the very end of a cut file does not end it.
    let full: String = (0..2_000).map(|n| movement(&format!("<FITID>F-{n:08}"))).collect();
    let file = statement(&full);
    let end = file.rfind("</STMTTRN>").expect("there") + 10;
    assert_eq!(read(&file.as_bytes()[..end]).expect_err("cut").code, "truncated-file");
}

#[test]
fn bombs_and_endless_things_are_refused() {
    let bomb = "<!DOCTYPE OFX [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]><OFX>";
    let failure = read(sample().replacen("<OFX>", bomb, 1).as_bytes()).expect_err("a bomb");
    assert_eq!((failure.kind, failure.code.as_str()), (Kind::InvalidInput, "xml-doctype"));
    let failure = read(sample().replacen("<OFX>", "<OFX><!ENTITY a SYSTEM 'file:///x'>", 1).as_bytes());
    assert_eq!(failure.expect_err("an entity").code, "xml-doctype");
    let inside = |text: String| {
        read(sample().replacen("<MEMO>first", &text, 1).as_bytes()).expect_err("too much").code
    };
    for text in [
        format!("<MEMO>{}", "x".repeat(3 << 20)),
        format!("<MEMO><!-- {}", "x".repeat(3 << 20)),
        format!("<MEMO><![CDATA[{}", "x".repeat(3 << 20)),
        format!("<MEMO>{}", "<".repeat(3 << 20)),
        "<MEMO>x</MEMO>".repeat(1 << 18),
        "<X>".repeat(1 << 18),
    ] {
        assert_eq!(inside(text), "xml-limit");
    }
    let deep = sample().replacen("<OFX>", &format!("<OFX>{}", "<X>".repeat(1_000)), 1);
    assert_eq!(read(deep.as_bytes()).expect_err("too deep").code, "xml-limit");
    // An entity that nobody defines stands for itself.
    let entity = sample().replacen("<MEMO>first", "<MEMO>&xxe; first", 1);
    assert_eq!(
        whole(&read(entity.as_bytes()).expect("fine"))[0].entries[0].remittance,
        "A < B & C\n&xxe; first"
    );
}

#[test]
fn what_is_not_well_built_is_told_with_its_line() {
    let file = sample();
    for (good, bad, code) in [
        ("</BANKTRANLIST>", "", "xml-syntax"),
        ("</OFX>", "</OFX><OFX></OFX>", "xml-syntax"),
        ("</OFX>", "</OFX>OFXHEADER:100", "xml-syntax"),
        ("<BANKMSGSRSV1>", "<BANKMSGSRSV1><STMTRS>", "xml-syntax"),
        ("</STMTTRN>", "", "xml-syntax"),
        ("<ACCTID>7-71", "", "missing-field"),
        ("<CURDEF>USD", "<CURDEF>DOL", "unknown-currency"),
        ("CHARSET:1252", "CHARSET:932", "bad-encoding"),
        ("<STMTRS>", "<STMTRS><BANKACCTFROM><ACCTID>8</BANKACCTFROM>", "conflict"),
    ] {
        let mut bytes = file.replacen(good, bad, 1).into_bytes();
        if code == "bad-encoding" {
            let at = bytes.windows(2).position(|pair| pair == "é".as_bytes()).expect("there");
            bytes.remove(at);
        }
        let failure = read(&bytes).expect_err(bad);
        assert_eq!((failure.kind, failure.code.as_str()), (Kind::InvalidInput, code), "{bad}");
        assert!(failure.message.starts_with("bank.ofx, line "), "{}", failure.message);
    }
}

/// Bytes cut out and put in at places drawn by a fixed sequence (Knuth's MMIX generator). Whatever is read, no
/// movement is made up: each has an amount, a day and a text of the file it was read from.
#[test]
fn damage_never_makes_it_stumble() {
    let (file, mut state) = (sample().into_bytes(), 7_u64);
    let mut draw = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("31 bits") % below
    };
    let mut read_well = 0;
    for _ in 0..600 {
        let mut damaged = file.clone();
        let at = draw(file.len());
        let end = (at + draw(4)).min(file.len());
        let put: Vec<u8> = (0..draw(4)).map(|_| b"<>/&;\"!-[ 0A\n\0\xFF\xC3"[draw(16)]).collect();
        damaged.splice(at..end, put);
        match read(&damaged) {
            Ok(pages) => {
                read_well += 1;
                let again = read_by(&damaged, 64 + draw(300)).expect("as before");
                assert_eq!(whole(&again), whole(&pages), "the ranges make no difference");
                let found = whole(&pages);
                let entries: usize = found.iter().map(|s| s.entries.len()).sum();
                let told: usize = pages.iter().map(|page| page.rejects.len()).sum();
                assert!(entries + told <= 5, "at most the movements, a balance and a day");
            }
            Err(failure) => assert!(matches!(failure.kind, Kind::InvalidInput | Kind::Unsupported)),
        }
    }
    assert!(read_well > 200, "{read_well}");
}

#[test]
fn other_files_are_left_to_other_readers() {
    for other in ["", "x", "<", "<?xml version='1.0'?><Document/>", "{1:F01", "01,A,B/", "<OFXX>", "a <OFX>"]
    {
        let failure = read(other.as_bytes()).expect_err("not ours");
        assert_eq!((failure.kind, failure.code.as_str()), (Kind::Unsupported, "other-format"), "{other}");
    }
    let wide: Vec<u8> = format!("\u{feff}{}", sample()).encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(read(&wide).expect_err("not read").code, "bad-encoding");
}
