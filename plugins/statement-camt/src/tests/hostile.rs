//! Files that are cut, damaged, or made to do harm.

use recaudo_sdk::Kind;

use super::fixtures::{entry, message, statement};
use super::read;

#[test]
fn a_file_cut_anywhere_is_refused() {
    let file = statement();
    for end in (0..file.trim_end().len()).step_by(7) {
        let failure = read(&file.as_bytes()[..end]).expect_err("cut");
        let other = failure.code == "other-format";
        assert!(failure.code == "xml-truncated" || (other && end < 100), "{end}: {failure:?}");
    }
    let failure = read(&file.as_bytes()[..900]).expect_err("cut");
    assert!(failure.message.starts_with("bank.xml, line 9: the file ends inside"), "{}", failure.message);
}

#[test]
fn bombs_are_refused_as_ours_and_not_passed_on() {
    let bomb = "<!DOCTYPE Document [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]>\n<Document";
    let failure = read(statement().replacen("<Document", bomb, 1).as_bytes()).expect_err("a bomb");
    assert_eq!((failure.kind, failure.code.as_str()), (Kind::InvalidInput, "xml-doctype"));
    let entity = message("053", 2, &entry("1.00", "EUR", "CRDT", "<AddtlNtryInf>&xxe;</AddtlNtryInf>"));
    assert_eq!(read(entity.as_bytes()).expect_err("an entity").code, "xml-entity");
    let deep = message("053", 2, &"<x>".repeat(100_000));
    assert_eq!(read(deep.as_bytes()).expect_err("too deep").code, "xml-limit");
    let wide = message("053", 2, &format!("<Ntry a='{}'/>", "x".repeat(6 << 20)));
    assert_eq!(read(wide.as_bytes()).expect_err("too wide").code, "xml-limit");
}

#[test]
fn other_documents_are_left_to_other_readers() {
    for other in [
        "",
        "x",
        "<",
        "<?xml version='1.0'?><Invoice/>",
        "<Document xmlns='urn:pain'><CstmrCdtTrfInitn/></Document>",
        "{1:F01",
        "\u{0}\u{1}",
    ] {
        let failure = read(other.as_bytes()).expect_err("not ours");
        assert_eq!((failure.kind, failure.code.as_str()), (Kind::Unsupported, "other-format"), "{other}");
    }
}

#[test]
fn an_envelope_and_another_encoding_are_read() {
    let plain = read(statement().as_bytes()).expect("fine");
    let inner = statement().replace("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", "");
    let enveloped = format!("<Envelope><AppHdr><x/></AppHdr>{inner}</Envelope>");
    assert_eq!(read(enveloped.as_bytes()).expect("fine")[0].statements, plain[0].statements);
    let wide: Vec<u8> =
        format!("\u{feff}{}", statement()).encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(read(&wide).expect("fine")[0].statements, plain[0].statements);
}

/// Bytes cut out and put in at places drawn by a fixed sequence (Knuth's MMIX generator).
#[test]
fn damage_never_makes_it_stumble() {
    let (file, mut state) = (statement().into_bytes(), 7_u64);
    let mut draw = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("31 bits") % below
    };
    let mut read_well = 0;
    for _ in 0..200 {
        let mut damaged = file.clone();
        let at = draw(file.len());
        let end = (at + draw(4)).min(file.len());
        let put: Vec<u8> = (0..draw(4)).map(|_| b"<>/&;\"' 0A\n\0\xFF\xC3"[draw(14)]).collect();
        damaged.splice(at..end, put);
        match read(&damaged) {
            Ok(_) => read_well += 1,
            Err(failure) => assert!(matches!(failure.kind, Kind::InvalidInput | Kind::Unsupported)),
        }
    }
    assert!(read_well > 20, "{read_well}");
}
