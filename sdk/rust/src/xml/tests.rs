//! Documents that are fine, broken, hostile, and cut at every byte.

use super::{Event, Limits, Node, Place, Reader, Text, XmlError, read, read_within};

fn code(document: &[u8]) -> &'static str {
    read(document).expect_err("it must be refused").code
}

#[test]
fn names_are_local_and_namespaces_stand_beside_them() {
    let document = br#"<?xml version="1.0"?><!-- c --><a:r xmlns:a="urn:a" xmlns="urn:d" a:k="1">
        <a:x xmlns:a="urn:b"/><y><a:z/></y></a:r>"#;
    let node = read(document).expect("fine");
    let names = |node: &Node| (node.name.clone(), node.namespace.to_string());
    assert_eq!(names(&node), ("r".into(), "urn:a".into()));
    assert_eq!(node.attribute("k"), Some("1"));
    assert_eq!(node.attributes.len(), 1, "declarations of namespaces are no attributes");
    assert_eq!(names(&node.children[0]), ("x".into(), "urn:b".into()));
    assert_eq!(names(&node.children[1]), ("y".into(), "urn:d".into()));
    assert_eq!(names(&node.children[1].children[0]), ("z".into(), "urn:a".into()));
}

#[test]
fn text_comes_joined_and_unescaped() {
    let node = read(b"<a k='&quot;&#x41;\n'>x &amp; <![CDATA[<y>]]>&#10;z\r\nw<b/> !</a>").expect("fine");
    assert_eq!(node.text, "x & <y>\nz\nw !");
    assert_eq!(node.attribute("k"), Some("\"A "));
}

#[test]
fn a_path_looks_into_every_child_of_a_name() {
    let node = read(b"<a><b/><b><c> </c><c>1</c></b><d> 2 </d></a>").expect("fine");
    assert_eq!(node.text_at(&["d"]), Some("2"));
    assert_eq!(node.text_at(&["b", "c"]), None, "the first `c` is blank");
    assert_eq!(node.at(&["b", "c"]).map(|c| c.text.as_str()), Some(" "));
    assert_eq!(node.children("b").count(), 2);
    assert_eq!(node.text_at(&["e"]), None);
}

#[test]
fn every_encoding_gives_the_same_document() {
    let plain = "<r n=\"ñ\">año €</r>";
    let expected = read(plain.as_bytes()).expect("UTF-8");
    let with_mark = format!("\u{feff}{plain}");
    assert_eq!(read(with_mark.as_bytes()), Ok(expected.clone()));
    let wide: Vec<u8> = with_mark.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(read(&wide), Ok(expected.clone()));
    let unmarked: Vec<u8> = plain.encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(read(&unmarked), Ok(expected.clone()));
    let latin = b"<?xml version='1.0' encoding='ISO-8859-15'?><r n=\"\xF1\">a\xF1o \xA4</r>";
    assert_eq!(read(latin), Ok(expected));
}

#[test]
fn an_encoding_that_is_not_known_or_not_kept_is_refused_by_its_line() {
    let error = read(b"<?xml version='1.0' encoding='EBCDIC-CP-ES'?><r/>").expect_err("not known");
    assert_eq!(error.code, "bad-encoding");
    assert!(error.message.contains("EBCDIC-CP-ES"), "{}", error.message);
    let error = read(b"<r>\n\n<a>\xF1</a></r>").expect_err("no UTF-8");
    assert_eq!((error.code, error.line), ("bad-encoding", 3));
}

#[test]
fn bombs_and_entities_are_refused_before_anything_grows() {
    let bomb = b"<!DOCTYPE l [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;'>]><l>&b;</l>";
    assert_eq!(code(bomb), "xml-doctype");
    assert_eq!(code(b"<!DOCTYPE l SYSTEM 'file:///etc/passwd'><l/>"), "xml-doctype");
    assert_eq!(code(b"<!DOCTYPE l PUBLIC 'x' 'http://e.example/x.dtd'><l/>"), "xml-doctype");
    assert_eq!(code(b"<l>&b;</l>"), "xml-entity");
    assert_eq!(code(b"<l k='&b;'/>"), "xml-entity");
    assert_eq!(code(b"<l>&#0;</l>"), "xml-entity");
    assert_eq!(code(b"<l>&#xD800;</l>"), "xml-entity");
    assert_eq!(code(b"<l k='a & b'/>"), "xml-entity");
}

#[test]
fn depth_attributes_and_sizes_have_bounds() {
    let deep = |n: usize| "<a>".repeat(n) + &"</a>".repeat(n);
    assert!(read(deep(64).as_bytes()).is_ok());
    assert_eq!(code(deep(65).as_bytes()), "xml-limit");
    assert_eq!(code("<a>".repeat(1_000_000).as_bytes()), "xml-limit");
    let many: String = (0..65).map(|n| format!(" k{n}='1'")).collect();
    assert_eq!(code(format!("<a{many}/>").as_bytes()), "xml-limit");
    let spaces: String = (0..60).map(|n| format!(" xmlns:k{n}='1'")).collect();
    assert_eq!(code(format!("<a{spaces}><b{spaces}/></a>").as_bytes()), "xml-limit");
    assert_eq!(code(format!("<a k='{}'/>", "x".repeat(1 << 20)).as_bytes()), "xml-limit");
    assert_eq!(code(format!("<a>{}</a>", "x".repeat(3 << 20)).as_bytes()), "xml-limit");
    assert_eq!(code(format!("<{}/>", "x".repeat(300)).as_bytes()), "xml-limit");
    assert_eq!(code(format!("<a>{}</a>", "<b/>".repeat(1 << 20)).as_bytes()), "xml-limit");
    let limits = Limits { element_bytes: 1 << 10, ..Limits::default() };
    assert!(read_within(b"<a><b/></a>", limits).is_ok());
    assert_eq!(read_within("<a><b/>".repeat(30).as_bytes(), limits).map_err(|e| e.code), Err("xml-limit"));
}

#[test]
fn what_is_not_well_formed_is_told_with_its_line() {
    let cases: [(&[u8], &str, u64); 12] = [
        (b"", "xml-truncated", 1),
        (b"   ", "xml-truncated", 1),
        (b"hello", "xml-syntax", 1),
        (b"<a>\n<b></a>", "xml-syntax", 2),
        (b"</a>", "xml-syntax", 1),
        (b"<a/>\n<b/>", "xml-syntax", 2),
        (b"<a/>x", "xml-syntax", 1),
        (b"<a>\n\n<b", "xml-truncated", 3),
        (b"<a><b></b>", "xml-truncated", 1),
        (b"<a k='1' k='2'/>", "xml-syntax", 1),
        (b"<a x:k='1'><x:b/></a>", "xml-syntax", 1),
        (b"<a k=1/>", "xml-syntax", 1),
    ];
    for (document, expected, line) in cases {
        let error = read(document).expect_err("not well-formed");
        let shown = String::from_utf8_lossy(document).into_owned();
        assert_eq!((error.code, error.line), (expected, line), "{shown}: {}", error.message);
        assert!(!error.message.ends_with('.'), "{}", error.message);
    }
}

/// Records of `<l>` read by ranges of at most `window` bytes more each time nothing is whole.
fn records(file: &[u8], window: usize) -> Result<(Vec<Node>, Place), XmlError> {
    let (mut place, mut found, mut length) = (Place::default(), vec![], 0);
    while !place.is_end() {
        length += window;
        let from = usize::try_from(place.offset()).expect("small");
        let to = (from + length).min(file.len());
        let text = Text::decode(&file[from..to], to == file.len(), &place)?;
        let mut reader = Reader::new(&text, place.clone(), Limits::default());
        loop {
            match reader.next()? {
                Event::Start(start) if start.name == "r" => match reader.element(start)? {
                    Some(record) => found.push(record),
                    None => break,
                },
                Event::More => break,
                _ => {}
            }
            (place, length) = (reader.place(), 0);
            if place.is_end() {
                break;
            }
        }
    }
    Ok((found, place))
}

const LIST: &str = "<?xml version='1.0'?>\n<!-- <r> --><p:l xmlns:p='urn:p'><h k='1'/><q><r>1 &amp; ñ</r>\r\n\
    <p:r a='&lt;>'><s/>x<![CDATA[</r>]]></p:r></q>\n<?pi <r/> ?><r>€ 𝄞</r></p:l>\n";

#[test]
fn any_range_gives_the_same_records() {
    let wide: Vec<u8> = format!("\u{feff}{LIST}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    for file in [LIST.as_bytes(), &wide] {
        let (whole, end) = records(file, 10_000).expect("fine");
        assert_eq!(whole.len(), 3);
        assert_eq!((end.offset(), end.line()), (file.len() as u64, 5));
        for window in 1..120 {
            assert_eq!(records(file, window), Ok((whole.clone(), end.clone())), "{window}");
        }
    }
}

#[test]
fn a_file_cut_anywhere_is_told_from_a_whole_one() {
    let whole = LIST.trim_end().len();
    for end in (0..whole).filter(|end| LIST.is_char_boundary(*end)) {
        let error = records(&LIST.as_bytes()[..end], 7).expect_err("cut");
        assert_eq!(error.code, "xml-truncated", "{end}: {}", error.message);
    }
}

#[test]
fn a_hostile_stream_is_given_up_within_the_limits() {
    for head in ["<l><!--", "<l><", "<l k='", "<l>", "<l><![CDATA["] {
        let file = format!("{head}{}", "x".repeat(8 << 20));
        assert_eq!(records(file.as_bytes(), 1 << 18).map_err(|error| error.code), Err("xml-limit"), "{head}");
    }
}

#[cfg(feature = "json")]
#[test]
fn a_place_fits_a_checkpoint_at_the_limits() {
    let name = "n".repeat(250);
    let spaces: String = (0..60).map(|n| format!(" xmlns:k{n}='{name}'")).collect();
    let file = format!("<{name}{spaces}>{}", format!("<{name}>").repeat(63));
    let text = Text::decode(file.as_bytes(), false, &Place::default()).expect("fine");
    let mut reader = Reader::new(&text, Place::default(), Limits::default());
    while reader.next() != Ok(Event::More) {}
    let place = reader.place();
    let bytes = serde_json::to_vec(&place).expect("a place");
    assert!(bytes.len() < 48 * 1024, "{}", bytes.len());
    assert_eq!(serde_json::from_slice::<Place>(&bytes).ok(), Some(place));
}

/// A cheap fuzz: every byte of a document replaced by each of the bytes that mean something.
#[test]
fn no_damage_makes_it_stumble() {
    let file = LIST.as_bytes();
    for at in 0..file.len() {
        for byte in *b"<>&;/'\"!?[]-x \0\xC3\xFF" {
            let mut damaged = file.to_vec();
            damaged[at] = byte;
            let whole = read(&damaged).is_ok();
            let parts = records(&damaged, 9).is_ok();
            assert_eq!(whole, parts, "{at} {byte:x}: {}", String::from_utf8_lossy(&damaged));
        }
    }
}
