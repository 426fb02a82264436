//! A file as fields: `:61:` and what follows it up to the next one, and the ends of messages.

use recaudo_sdk::Encoding;

/// A piece of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// `:tag:` and its text, the lines behind it included.
    Field { tag: &'a str, text: &'a [u8] },
    /// `-` or `-}`: the message is complete.
    End,
    /// A line before or between messages: blocks of SWIFT, a bank's own header.
    Other(&'a [u8]),
}

/// A piece, where it begins, and where the next one does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found<'a> {
    pub(crate) piece: Piece<'a>,
    pub(crate) start: usize,
    pub(crate) next: usize,
}

/// The piece at `start`; `None` when it may go on behind the end of `bytes`.
pub(crate) fn piece(bytes: &[u8], start: usize, ended: bool) -> Option<Found<'_>> {
    let rest = bytes.get(start..).filter(|rest| !rest.is_empty())?;
    let (first, mut length) = line(rest, ended)?;
    let found = |piece, length| Some(Found { piece, start, next: start + length });
    if is_end(first) {
        return found(Piece::End, length);
    }
    let Some((tag, _)) = tag(first) else { return found(Piece::Other(first), length) };
    while let Some(following) = rest.get(length..).filter(|following| !following.is_empty()) {
        let (next, more) = line(following, ended)?;
        if tag_of(next).is_some() || is_end(next) || next.starts_with(b"{1:") {
            return found(Piece::Field { tag, text: rest.get(tag.len() + 2..length)? }, length);
        }
        length += more;
    }
    if !ended {
        return None;
    }
    found(Piece::Field { tag, text: rest.get(tag.len() + 2..length)? }, length)
}

/// The first line without its end, and its length with it.
fn line(bytes: &[u8], ended: bool) -> Option<(&[u8], usize)> {
    match bytes.iter().position(|byte| *byte == b'\n') {
        Some(end) => Some((bytes.get(..end)?.trim_ascii_end(), end + 1)),
        None if ended => Some((bytes.trim_ascii_end(), bytes.len())),
        None => None,
    }
}

/// The tag a line begins with, and what is behind it.
fn tag(line: &[u8]) -> Option<(&str, &[u8])> {
    let inner = line.strip_prefix(b":")?;
    let end = inner.iter().take(4).position(|byte| *byte == b':')?;
    let tag = inner.get(..end).filter(|tag| (2..=3).contains(&tag.len()))?;
    let fits = tag.iter().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
    Some((str::from_utf8(tag).ok().filter(|_| fits)?, inner.get(end + 1..)?))
}

/// The tag a line begins with.
pub(crate) fn tag_of(line: &[u8]) -> Option<&str> {
    tag(line).map(|(tag, _)| tag)
}

/// `-`, `-}{5:...}`, and ING's `-XXX`; texts begin lines with a hyphen too.
fn is_end(line: &[u8]) -> bool {
    matches!(line, b"-" | b"-XXX") || line.starts_with(b"-}")
}

/// Text of a field: in the encoding that was set, else UTF-8 where it can be, else windows-1252.
pub(crate) fn text(bytes: &[u8], encoding: Option<Encoding>) -> String {
    let set = encoding.and_then(|encoding| encoding.decode(bytes, true).ok());
    set.or_else(|| Encoding::Utf8.decode(bytes, true).ok())
        .or_else(|| Encoding::Windows1252.decode(bytes, true).ok())
        .unwrap_or_default()
        .into_owned()
}
