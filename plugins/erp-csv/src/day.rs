//! Days as ERPs write them: a format such as `dd/mm/yyyy` becomes tokens, a text either fits or does not.

use recaudo_sdk::Date;

/// Why a format of the configuration cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum FormatError {
    /// Not made of `yyyy`, `yy`, `mm`, `mmm`, `dd` and separators, each of the three once.
    Malformed,
    /// Two digits for the year, and no pivot to tell the century.
    NoPivot,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Year4,
    /// The pivot: below it 20yy, from it on 19yy.
    Year2(i32),
    /// `exact`: two digits, because no separator follows.
    Month {
        exact: bool,
    },
    MonthName,
    Day {
        exact: bool,
    },
    Literal(u8),
}

/// One way of writing a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Format(Vec<Token>);

/// A day, and the seconds into it when the text carries a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) day: Date,
    pub(crate) seconds: u32,
}

impl Moment {
    /// Seconds since 1970, the time taken as UTC.
    pub(crate) fn seconds_utc(self) -> i64 {
        i64::from(self.day.epoch_day()) * 86_400 + i64::from(self.seconds)
    }
}

impl Format {
    /// Reads a format; letters count in either case.
    pub(crate) fn parse(text: &str, pivot: Option<i32>) -> Result<Self, FormatError> {
        let lower = text.to_ascii_lowercase();
        let mut rest = lower.as_bytes();
        let mut tokens = vec![];
        while let Some(&first) = rest.first() {
            let run = rest.iter().take_while(|byte| **byte == first).count();
            let tail = &rest[run..];
            let exact = tail.first().is_some_and(u8::is_ascii_alphabetic);
            match (first, run) {
                (b'y', 4) => tokens.push(Token::Year4),
                (b'y', 2) => tokens.push(Token::Year2(pivot.ok_or(FormatError::NoPivot)?)),
                (b'm', 1 | 2) => tokens.push(Token::Month { exact: exact || run_after_digits(&tokens) }),
                (b'm', 3 | 4) => tokens.push(Token::MonthName),
                (b'd', 1 | 2) => tokens.push(Token::Day { exact: exact || run_after_digits(&tokens) }),
                (byte, _) if !byte.is_ascii_alphanumeric() && byte.is_ascii() => {
                    tokens.extend(std::iter::repeat_n(Token::Literal(byte), run));
                }
                _ => return Err(FormatError::Malformed),
            }
            rest = tail;
        }
        let count = |test: fn(&Token) -> bool| tokens.iter().filter(|t| test(t)).count();
        let years = count(|t| matches!(t, Token::Year4 | Token::Year2(_)));
        let months = count(|t| matches!(t, Token::Month { .. } | Token::MonthName));
        let days = count(|t| matches!(t, Token::Day { .. }));
        if (years, months, days) == (1, 1, 1) { Ok(Self(tokens)) } else { Err(FormatError::Malformed) }
    }

    /// Could both formats read one text, with day and month the other way round?
    pub(crate) fn contradicts(&self, other: &Self) -> bool {
        let swapped = |token: &Token| match token {
            Token::Month { exact } => Token::Day { exact: *exact },
            Token::Day { exact } => Token::Month { exact: *exact },
            same => *same,
        };
        self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(|(a, b)| swapped(a) == *b)
    }

    /// The day in `text`, which must be nothing else but a day and, perhaps, a time without a zone.
    pub(crate) fn read(&self, text: &str) -> Option<Moment> {
        let mut rest = text.as_bytes();
        let (mut year, mut month, mut day) = (0, 0, 0);
        for token in &self.0 {
            match *token {
                Token::Year4 => year = i32::try_from(digits(&mut rest, 4, 4)?).ok()?,
                Token::Year2(pivot) => {
                    let short = i32::try_from(digits(&mut rest, 2, 2)?).ok()?;
                    year = if short < pivot { 2000 + short } else { 1900 + short };
                }
                Token::Month { exact } => month = digits(&mut rest, if exact { 2 } else { 1 }, 2)?,
                Token::Day { exact } => day = digits(&mut rest, if exact { 2 } else { 1 }, 2)?,
                Token::MonthName => month = month_name(&mut rest)?,
                Token::Literal(byte) => rest = rest.strip_prefix(&[byte])?,
            }
        }
        // An ERP has no invoices of other centuries; "0212-05-01" is a slip of the keyboard.
        if !(1900..2200).contains(&year) {
            return None;
        }
        let seconds = if rest.is_empty() { 0 } else { time(rest)? };
        Some(Moment { day: Date::from_ymd(year, month, day)?, seconds })
    }
}

/// Without a separator between them, numbers have to have their full width.
fn run_after_digits(tokens: &[Token]) -> bool {
    matches!(tokens.last(), Some(Token::Year4 | Token::Year2(_) | Token::Month { .. } | Token::Day { .. }))
}

fn digits(rest: &mut &[u8], least: usize, most: usize) -> Option<u32> {
    let run = rest.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
    if run < least {
        return None;
    }
    let value = rest[..run].iter().fold(0, |n, byte| n * 10 + u32::from(byte - b'0'));
    *rest = &rest[run..];
    Some(value)
}

/// Month names in English, Spanish and Portuguese, told by their first three letters.
fn month_name(rest: &mut &[u8]) -> Option<u32> {
    let run = rest.iter().take_while(|byte| byte.is_ascii_alphabetic() || !byte.is_ascii()).count();
    let key: [u8; 3] = rest.get(..3.min(run))?.try_into().ok()?;
    let month = match &key.map(|byte| byte.to_ascii_lowercase()) {
        b"jan" | b"ene" => 1,
        b"feb" | b"fev" => 2,
        b"mar" => 3,
        b"apr" | b"abr" => 4,
        b"may" | b"mai" => 5,
        b"jun" => 6,
        b"jul" => 7,
        b"aug" | b"ago" => 8,
        b"sep" | b"set" => 9,
        b"oct" | b"out" => 10,
        b"nov" => 11,
        b"dec" | b"dic" | b"dez" => 12,
        _ => return None,
    };
    *rest = &rest[run..];
    *rest = rest.strip_prefix(b".").unwrap_or(rest);
    Some(month)
}

/// ` hh:mm[:ss[.fraction]] [AM|PM]` after a day. A zone is refused: it could move the day.
fn time(rest: &[u8]) -> Option<u32> {
    let mut rest = rest.strip_prefix(b"T").or_else(|| rest.strip_prefix(b" "))?;
    let mut hour = digits(&mut rest, 1, 2)?;
    rest = rest.strip_prefix(b":")?;
    let minute = digits(&mut rest, 2, 2)?;
    let mut second = 0;
    if let Some(tail) = rest.strip_prefix(b":") {
        rest = tail;
        second = digits(&mut rest, 2, 2)?;
        if let Some(tail) = rest.strip_prefix(b".") {
            rest = tail;
            digits(&mut rest, 1, 9)?;
        }
    }
    let half = rest.trim_ascii_start().to_ascii_lowercase();
    hour = match half.as_slice() {
        b"" => hour,
        b"am" | b"a.m." if (1..=12).contains(&hour) => hour % 12,
        b"pm" | b"p.m." if (1..=12).contains(&hour) => hour % 12 + 12,
        _ => return None,
    };
    (hour < 24 && minute < 60 && second < 60).then_some(hour * 3600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::{Format, FormatError};

    fn read(format: &str, text: &str) -> Option<String> {
        let format = Format::parse(format, Some(70)).expect("a good format");
        format.read(text).map(|moment| moment.day.to_string())
    }

    #[test]
    fn days_are_read_as_the_format_says() {
        let cases = [
            ("dd/mm/yyyy", "03/01/2012", "2012-01-03"),
            ("dd/mm/yyyy", "3/1/2012", "2012-01-03"),
            ("m/d/yyyy", "11/26/2012", "2012-11-26"),
            ("yyyy-mm-dd", "2024-02-29", "2024-02-29"),
            ("yyyymmdd", "20240229", "2024-02-29"),
            ("ddmmyyyy", "29022024", "2024-02-29"),
            ("dd-MMM-yyyy", "05-Ene-2024", "2024-01-05"),
            ("dd-MMM-yyyy", "05-SEPT.-2024", "2024-09-05"),
            ("dd/mm/yy", "05/12/69", "2069-12-05"),
            ("dd/mm/yy", "05/12/70", "1970-12-05"),
            ("yyyy-mm-dd", "2024-01-31 10:20:30", "2024-01-31"),
            ("yyyy-mm-dd", "2024-01-31T00:00:00.000", "2024-01-31"),
            ("m/d/yyyy", "1/31/2024 12:00 AM", "2024-01-31"),
        ];
        for (format, text, expected) in cases {
            assert_eq!(read(format, text).as_deref(), Some(expected), "{text} as {format}");
        }
    }

    #[test]
    fn what_is_no_day_is_refused() {
        let cases = [
            ("dd/mm/yyyy", "31/02/2012"),
            ("dd/mm/yyyy", "11/26/2012"),
            ("dd/mm/yyyy", "03-01-2012"),
            ("dd/mm/yyyy", "03/01/12"),
            ("dd/mm/yyyy", "03/01/20122"),
            ("yyyy-mm-dd", "0212-01-01"),
            ("yyyymmdd", "2024229"),
            ("dd/mm/yyyy", ""),
            ("dd/mm/yyyy", "03/01/2012 x"),
            ("yyyy-mm-dd", "2024-01-31T23:00:00Z"),
            ("yyyy-mm-dd", "2023-02-29"),
            ("dd-mmm-yyyy", "05-xxx-2024"),
            ("dd/mm/yyyy", "٠٣/٠١/2012"),
        ];
        for (format, text) in cases {
            assert_eq!(read(format, text), None, "{text} as {format}");
        }
    }

    #[test]
    fn formats_that_cannot_be_trusted_are_refused() {
        assert_eq!(Format::parse("dd/mm/yy", None), Err(FormatError::NoPivot));
        for odd in ["dd/mm", "hello", "", "dd/dd/yyyy", "dd/mm/yyy"] {
            assert_eq!(Format::parse(odd, None), Err(FormatError::Malformed), "{odd}");
        }
        let parse = |text| Format::parse(text, None).expect("good");
        assert!(parse("dd/mm/yyyy").contradicts(&parse("m/d/yyyy")));
        assert!(!parse("dd/mm/yyyy").contradicts(&parse("dd-mm-yyyy")));
        assert!(!parse("dd/mm/yyyy").contradicts(&parse("d/m/yyyy")));
    }
}
