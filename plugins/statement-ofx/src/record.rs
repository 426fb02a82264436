//! An aggregate read whole: a movement, a balance, an account, a status.
//!
//! An element with a text is a field, closed or not. One without is an aggregate if it is closed later, and then
//! what stands between is its own; else it is an empty field.

use crate::scan::{self, Broken, Found, Next, Tag};

/// Aggregates that are read whole.
pub(crate) const RECORDS: [&str; 6] =
    ["STMTTRN", "LEDGERBAL", "AVAILBAL", "STATUS", "BANKACCTFROM", "CCACCTFROM"];
/// Aggregates that are walked through; these and the others above have to be closed.
pub(crate) const CONTAINERS: [&str; 10] = [
    "OFX",
    "SONRS",
    "STMTTRNRS",
    "CCSTMTTRNRS",
    "INVSTMTTRNRS",
    "STMTRS",
    "CCSTMTRS",
    "INVSTMTRS",
    "BANKTRANLIST",
    "INVTRANLIST",
];
/// Aggregates inside of a record that have to be closed: their fields mean another thing outside of them.
const INNER: [&str; 5] = ["CURRENCY", "ORIGCURRENCY", "PAYEE", "BANKACCTTO", "CCACCTTO"];
/// A record that is longer than this is none.
const LENGTH_MAX: usize = 256 * 1024;

/// Names, `OUTER.INNER` for those of aggregates inside, and texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Record(Vec<(String, String)>);

/// Why there is no record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    Broken(Broken),
    /// A text in an encoding that is not known here.
    Encoding,
    /// What is wrong.
    Syntax(String),
    /// The file ends inside.
    Truncated,
}

impl From<Broken> for Trouble {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

impl Record {
    /// The text of a field; `None` where there is none or it is blank.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// The texts of a field that may be there several times.
    pub(crate) fn all<'s>(&'s self, name: &str) -> impl Iterator<Item = &'s str> {
        self.0.iter().filter(move |(own, _)| own == name).map(|(_, text)| text.as_str())
    }

    /// One of these fields that is there twice, with two texts.
    pub(crate) fn ambiguous(&self, names: &[&'static str]) -> Option<&'static str> {
        let twice = |name: &&&'static str| self.all(name).any(|text| Some(text) != self.get(name));
        names.iter().find(twice).copied()
    }
}

/// The record whose first tag is `open`, and where it ends; `None` when it may go on behind the bytes.
pub(crate) fn read(
    bytes: &[u8],
    open: &Found<'_>,
    ended: bool,
    decode: impl Fn(&[u8]) -> Option<String>,
) -> Result<Option<(Record, usize)>, Trouble> {
    let mut fields: Vec<(String, String)> = vec![];
    // Elements without a text, and how many fields stood before them.
    let mut empty: Vec<(String, usize)> = vec![];
    let mut last = String::new();
    let mut at = open.next;
    loop {
        if at.saturating_sub(open.next) > LENGTH_MAX {
            return Err(Broken::TooLong.into());
        }
        let found = match scan::next(bytes, at, ended)? {
            Next::Tag(found) => found,
            Next::More => return Ok(None),
            Next::End => return Err(Trouble::Truncated),
        };
        at = found.next;
        let structural = RECORDS.contains(&found.name.as_str()) || CONTAINERS.contains(&found.name.as_str());
        match found.kind {
            Tag::Close if found.name == open.name => break,
            Tag::Close if structural => {
                return Err(Trouble::Syntax(format!("</{}> stands inside of <{}>", found.name, open.name)));
            }
            Tag::Open if structural => {
                return Err(Trouble::Syntax(format!("<{}> begins inside of <{}>", found.name, open.name)));
            }
            Tag::Close if found.name == last => last.clear(),
            Tag::Close => close(&found.name, &mut empty, &mut fields),
            Tag::Empty => {}
            Tag::Open => {
                let text = decode(found.text).ok_or(Trouble::Encoding)?;
                if text.is_empty() {
                    empty.push((found.name, fields.len()));
                } else {
                    last.clone_from(&found.name);
                    fields.push((found.name, text));
                }
            }
        }
    }
    match empty.iter().find(|(name, _)| INNER.contains(&name.as_str())) {
        Some((name, _)) => Err(Trouble::Syntax(format!("<{name}> is not closed inside of <{}>", open.name))),
        None => Ok(Some((Record(fields), at))),
    }
}

/// An element without a text is closed: what came since is inside of it.
fn close(name: &str, empty: &mut Vec<(String, usize)>, fields: &mut [(String, String)]) {
    let Some(place) = empty.iter().rposition(|(own, _)| own == name) else { return };
    for (own, _) in fields.iter_mut().skip(empty[place].1) {
        *own = format!("{name}.{own}");
    }
    empty.truncate(place);
}

#[cfg(test)]
mod tests {
    use super::{Record, Trouble, read};
    use crate::header::Charset;
    use crate::scan::{Next, next};
    use crate::value;

    fn record(text: &str) -> Result<Option<(Record, usize)>, Trouble> {
        let Ok(Next::Tag(open)) = next(text.as_bytes(), 0, true) else { panic!("a tag") };
        read(text.as_bytes(), &open, true, |raw| value::text(raw, Charset::Silent, None))
    }

    #[test]
    fn closed_or_not_the_fields_are_the_same() {
        let open =
            "<STMTTRN><MEMO><TRNAMT>5<NAME>\n<CURRENCY><CURRATE>2<CURSYM>EUR</CURRENCY><FITID>7</STMTTRN>";
        let closed = "<STMTTRN><MEMO></MEMO><TRNAMT>5</TRNAMT><NAME/><CURRENCY><CURRATE>2</CURRATE>\
            <CURSYM>EUR</CURSYM></CURRENCY><FITID>7</FITID></STMTTRN>";
        for text in [open, closed] {
            let (record, end) = record(text).expect("fine").expect("whole");
            let told = [record.get("TRNAMT"), record.get("CURRENCY.CURSYM"), record.get("FITID")];
            assert_eq!((told, end), ([Some("5"), Some("EUR"), Some("7")], text.len()), "{text}");
            assert_eq!((record.get("MEMO"), record.get("CURSYM")), (None, None));
        }
    }

    #[test]
    fn an_empty_name_does_not_swallow_the_payee_s() {
        let text = "<STMTTRN><NAME><PAYEE><NAME>Ana</NAME><CITY>X</CITY></PAYEE><TRNAMT>1</STMTTRN>";
        let (record, _) = record(text).expect("fine").expect("whole");
        assert_eq!((record.get("PAYEE.NAME"), record.get("NAME")), (Some("Ana"), None));
        assert_eq!(record.get("TRNAMT"), Some("1"));
    }

    #[test]
    fn what_is_not_whole_is_no_record() {
        for text in [
            "<STMTTRN><TRNAMT>5<STMTTRN>",
            "<STMTTRN><TRNAMT>5</BANKTRANLIST>",
            "<STMTTRN><CURRENCY><CURSYM>EUR<TRNAMT>5</STMTTRN>",
        ] {
            assert!(matches!(record(text), Err(Trouble::Syntax(_))), "{text}");
        }
        assert_eq!(record("<STMTTRN><TRNAMT>5</TRNAMT>"), Err(Trouble::Truncated));
        let (twice, _) =
            record("<STMTTRN><TRNAMT>5<TRNAMT>6<FITID>1<FITID>1</STMTTRN>").expect("fine").expect("whole");
        assert_eq!(twice.ambiguous(&["FITID", "TRNAMT"]), Some("TRNAMT"));
        let long = format!("<STMTTRN>{}", "<MEMO>x</MEMO>".repeat(1 << 15));
        assert!(matches!(record(&long), Err(Trouble::Broken(_))));
    }
}
