//! A file as records. A record ends with `/`, or with its line; the next one begins with its code. Banks put
//! several on a line, and break the text of one over two.

/// A record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Record<'a> {
    pub(crate) code: u8,
    /// What stands behind the code and its comma, without the `/` at the end.
    pub(crate) body: &'a [u8],
    /// Where it begins and where the next one does.
    pub(crate) start: usize,
    pub(crate) next: usize,
}

const CODES: [&[u8; 3]; 8] = [b"01,", b"02,", b"03,", b"16,", b"49,", b"88,", b"98,", b"99,"];

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next<'a> {
    Record(Record<'a>),
    /// It may go on behind the end of the bytes.
    More,
    /// There is nothing more.
    End,
    /// What stands there is no record.
    Odd,
}

/// The record at `at`, or behind the blanks there.
pub(crate) fn next(bytes: &[u8], at: usize, ended: bool) -> Next<'_> {
    let start = skip(bytes, at);
    match code(bytes, start, ended) {
        Code::Is(code) => record(bytes, start, code, ended),
        Code::None if start >= bytes.len() && ended => Next::End,
        Code::None => Next::Odd,
        Code::Unknown => Next::More,
    }
}

fn record(bytes: &[u8], start: usize, code_of: u8, ended: bool) -> Next<'_> {
    let body = start + 3;
    let mut at = body;
    while let Some(byte) = bytes.get(at) {
        if matches!(byte, b'/' | b'\n') {
            let after = skip(bytes, at + 1);
            let end = match code(bytes, after, ended) {
                Code::Is(_) => true,
                Code::None => after >= bytes.len(),
                Code::Unknown => return Next::More,
            };
            if end {
                let body = bytes.get(body..at).unwrap_or_default().trim_ascii_end();
                return Next::Record(Record { code: code_of, body, start, next: after });
            }
        }
        at += 1;
    }
    if !ended {
        return Next::More;
    }
    let body = bytes.get(body..).unwrap_or_default().trim_ascii_end();
    Next::Record(Record { code: code_of, body, start, next: bytes.len() })
}

enum Code {
    Is(u8),
    None,
    /// Too little is there to tell.
    Unknown,
}

fn code(bytes: &[u8], at: usize, ended: bool) -> Code {
    let rest = bytes.get(at..).unwrap_or_default();
    if let Some(head) = rest.first_chunk::<3>() {
        let known = CODES.contains(&head);
        return if known { Code::Is((head[0] - b'0') * 10 + head[1] - b'0') } else { Code::None };
    }
    let may_be = CODES.iter().any(|code| code.starts_with(rest));
    if !ended && may_be { Code::Unknown } else { Code::None }
}

/// Past blanks, ends of lines, and a mark at the beginning of the file.
fn skip(bytes: &[u8], mut at: usize) -> usize {
    if at == 0 && bytes.starts_with(b"\xEF\xBB\xBF") {
        at = 3;
    }
    let blanks = bytes.get(at..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_whitespace());
    at + blanks.count()
}
