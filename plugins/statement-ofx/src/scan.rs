//! Bytes as tags and the texts behind them.
//!
//! The same for SGML and XML: an element's text ends where the next tag begins. A `<` that begins no tag is a
//! character, for banks write `A < B` and `AT&T` as they stand.

/// A text, a comment or a tag that is longer than this is none.
pub(crate) const LENGTH_MAX: usize = 64 * 1024;
/// The longest name, and the longest list of attributes.
const NAME_MAX: usize = 64;
const ATTRIBUTES_MAX: usize = 1_024;

/// A tag, and the text up to the next one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found<'a> {
    /// In upper case, without a prefix.
    pub(crate) name: String,
    pub(crate) kind: Tag,
    /// With comments and CDATA sections as they stand.
    pub(crate) text: &'a [u8],
    /// Where the next tag begins.
    pub(crate) next: usize,
}

/// What a tag does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tag {
    Open,
    /// `<X/>`.
    Empty,
    Close,
}

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Next<'a> {
    Tag(Found<'a>),
    /// It may go on behind the end of the bytes.
    More,
    /// There is no tag any more.
    End,
}

/// Why a file is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Broken {
    /// A text or a tag past its limit.
    TooLong,
    /// `<!DOCTYPE`, `<!ENTITY` and their like.
    Doctype,
}

/// The tag at or behind `at`, with its text.
pub(crate) fn next(bytes: &[u8], at: usize, ended: bool) -> Result<Next<'_>, Broken> {
    let start = match text_end(bytes, at, ended)? {
        End::At(start) => start,
        End::More => return Ok(Next::More),
        End::File => return Ok(Next::End),
    };
    let Piece::Tag { name, kind, length } = piece(bytes.get(start..).unwrap_or_default(), ended)? else {
        return Ok(Next::More);
    };
    let behind = start + length;
    let next = match text_end(bytes, behind, ended)? {
        End::At(next) => next,
        End::More => return Ok(Next::More),
        End::File => bytes.len(),
    };
    let text = bytes.get(behind..next).unwrap_or_default();
    Ok(Next::Tag(Found { name: name.to_ascii_uppercase(), kind, text, next }))
}

enum End {
    At(usize),
    More,
    File,
}

/// Where the text that begins at `from` ends: at the next tag.
fn text_end(bytes: &[u8], from: usize, ended: bool) -> Result<End, Broken> {
    let mut at = from;
    let end = loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let Some(found) = rest.iter().position(|byte| *byte == b'<') else {
            break if ended { End::File } else { End::More };
        };
        at += found;
        match piece(bytes.get(at..).unwrap_or_default(), ended)? {
            Piece::Tag { .. } => break End::At(at),
            Piece::Passed(length) => at += length,
            Piece::More => break End::More,
        }
    };
    let reached = match end {
        End::At(end) => end,
        End::More | End::File => bytes.len(),
    };
    if reached.saturating_sub(from) > LENGTH_MAX { Err(Broken::TooLong) } else { Ok(end) }
}

enum Piece<'a> {
    Tag {
        name: &'a str,
        kind: Tag,
        length: usize,
    },
    /// No tag: a comment, an instruction, a CDATA section, or a `<` that is a character.
    Passed(usize),
    More,
}

/// What begins with the `<` at the beginning of `rest`.
fn piece(rest: &[u8], ended: bool) -> Result<Piece<'_>, Broken> {
    for (begin, end) in [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")] {
        if rest.starts_with(begin.as_bytes()) {
            let inside = rest.get(begin.len()..).unwrap_or_default();
            return Ok(match inside.windows(end.len()).position(|window| window == end.as_bytes()) {
                Some(found) => Piece::Passed(begin.len() + found + end.len()),
                None if ended => Piece::Passed(rest.len()),
                None if rest.len() > LENGTH_MAX => return Err(Broken::TooLong),
                None => Piece::More,
            });
        }
        if begin.as_bytes().starts_with(rest) && !ended {
            return Ok(Piece::More);
        }
    }
    if rest.starts_with(b"<!") && rest.get(2).is_some_and(u8::is_ascii_alphabetic) {
        return Err(Broken::Doctype);
    }
    Ok(tag(rest, ended))
}

fn tag(rest: &[u8], ended: bool) -> Piece<'_> {
    let cut = || if ended { Piece::Passed(1) } else { Piece::More };
    let (from, close) = match rest.get(1) {
        None => return cut(),
        Some(b'/') => (2, true),
        Some(_) => (1, false),
    };
    let inner = rest.get(from..).unwrap_or_default();
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b':');
    let length = inner.iter().take(NAME_MAX + 1).take_while(|byte| plain(byte)).count();
    let is_name = inner.first().is_none_or(u8::is_ascii_alphabetic) && length <= NAME_MAX;
    if !is_name {
        return Piece::Passed(1);
    }
    let mut at = length;
    let limit = length + ATTRIBUTES_MAX;
    loop {
        match inner.get(at) {
            None => return cut(),
            Some(b'>') => break,
            // Behind the name come blanks and attributes, or the slash of an empty element.
            Some(b'<') => return Piece::Passed(1),
            Some(byte) if at == length && !byte.is_ascii_whitespace() && *byte != b'/' => {
                return Piece::Passed(1);
            }
            Some(_) if at >= limit => return Piece::Passed(1),
            Some(_) => at += 1,
        }
    }
    let empty = !close && inner.get(..at).is_some_and(|inner| inner.ends_with(b"/"));
    let kind = match (close, empty) {
        (true, _) => Tag::Close,
        (false, true) => Tag::Empty,
        (false, false) => Tag::Open,
    };
    let name = inner.get(..length).and_then(|name| str::from_utf8(name).ok()).unwrap_or_default();
    let name = name.rsplit(':').next().unwrap_or_default();
    if name.is_empty() { Piece::Passed(1) } else { Piece::Tag { name, kind, length: from + at + 1 } }
}

#[cfg(test)]
mod tests {
    use super::{Broken, LENGTH_MAX, Next, Tag, next};

    fn all(text: &str) -> Vec<(String, Tag, String)> {
        let (mut at, mut found) = (0, vec![]);
        while let Next::Tag(tag) = next(text.as_bytes(), at, true).expect("fine") {
            found.push((tag.name, tag.kind, String::from_utf8_lossy(tag.text).into_owned()));
            at = tag.next;
        }
        found
    }

    #[test]
    fn tags_and_their_texts_are_told_apart() {
        let found = all("x<a>1<B.c k='v'> 2 <ofx:d/></a>");
        let told: Vec<_> = found.iter().map(|(n, k, t)| (n.as_str(), *k, t.as_str())).collect();
        let expected =
            [("A", Tag::Open, "1"), ("B.C", Tag::Open, " 2 "), ("D", Tag::Empty, ""), ("A", Tag::Close, "")];
        assert_eq!(told, expected);
    }

    #[test]
    fn what_begins_no_tag_is_text() {
        let text = "1 < 2 << 3 <4> <é> </> <!-- <A> --><![CDATA[<b>]]><?x <y> ?>";
        let found = all(&format!("<MEMO>{text}</MEMO>"));
        assert_eq!((found.len(), found[0].2.as_str()), (2, text));
        assert_eq!(all(&format!("<A>{}", "<".repeat(50)))[0].2.len(), 50);
    }

    #[test]
    fn wherever_the_bytes_end_nothing_is_said_too_early() {
        let text = b"<A>1 < 2<!-- x --><![CDATA[<q>]]><B k='1'>2</B>";
        for end in 0..text.len() {
            match next(&text[..end], 0, false) {
                Ok(Next::More) => {}
                Ok(Next::Tag(found)) => {
                    assert_eq!((found.next, found.name.as_str()), (33, "A"), "{end}");
                    assert!(end >= 42, "{end}: the next tag is not there yet");
                }
                other => panic!("{end}: {other:?}"),
            }
        }
    }

    #[test]
    fn long_things_and_document_types_are_given_up() {
        let long = "x".repeat(LENGTH_MAX + 1);
        for head in ["<A>", "<A><!--", "<A><![CDATA[", "<?", "<A>"] {
            assert_eq!(next(format!("{head}{long}").as_bytes(), 0, false), Err(Broken::TooLong), "{head}");
        }
        assert_eq!(next(b"<!DOCTYPE OFX [<!ENTITY a 'b'>]><OFX>", 0, false), Err(Broken::Doctype));
    }
}
