//! Amounts as people write them, read under one stated convention and never guessed.

/// How a file writes its numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Style {
    /// `.` or `,`.
    pub(crate) decimal: char,
    /// What stands between groups of three digits; a space stands for the non-breaking ones too.
    pub(crate) thousands: Option<char>,
    /// Currency signs to take off either end.
    pub(crate) symbols: Vec<String>,
}

/// Why a text is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NumberError {
    /// Something else than digits, a sign and the separators.
    NotANumber,
    /// The separators are not where the convention has them.
    Separators,
    /// `1.2E+05`: a spreadsheet has lost the digits.
    Scientific,
    /// More decimals than there may be.
    TooPrecise,
    /// Past 64 bits.
    TooLarge,
}

/// `text` times 10^`exponent`; `exponent` is also the most decimals it may have, zeros at the end aside.
pub(crate) fn parse(text: &str, style: &Style, exponent: u8) -> Result<i64, NumberError> {
    let (negative, body) = bare(text, &style.symbols);
    let value = magnitude(body, style, exponent).map_err(|error| {
        // "1.234,56" read with a decimal point has too many decimals; that its separators are wrong says
        // more.
        let odd = body.contains(|c| matches!(c, '.' | ',' | '\'') && c != style.decimal);
        if error == NumberError::TooPrecise && odd { NumberError::Separators } else { error }
    })?;
    Ok(if negative { -value } else { value })
}

fn magnitude(body: &str, style: &Style, exponent: u8) -> Result<i64, NumberError> {
    let mut digits = Digits::new(exponent);
    for c in body.chars() {
        match c {
            '0'..='9' => digits.push(c)?,
            _ if c == style.decimal => digits.point()?,
            _ if style.thousands == Some(if is_space(c) { ' ' } else { c }) => digits.group()?,
            'e' | 'E' if digits.any => return Err(NumberError::Scientific),
            '.' | ',' | '\'' => return Err(NumberError::Separators),
            _ if is_space(c) => return Err(NumberError::Separators),
            _ => return Err(NumberError::NotANumber),
        }
    }
    digits.finish()
}

/// A decimal of as many places as written: coefficient and scale.
pub(crate) fn decimal(text: &str, style: &Style) -> Result<(i64, u8), NumberError> {
    let places = text.rsplit_once(style.decimal).map_or(0, |(_, fraction)| fraction.len());
    let scale = u8::try_from(places).ok().filter(|scale| *scale <= 18).ok_or(NumberError::TooPrecise)?;
    Ok((parse(text, style, scale)?, scale))
}

/// Takes sign, parentheses and currency signs off.
fn bare<'a>(text: &'a str, symbols: &[String]) -> (bool, &'a str) {
    let mut body = text.trim();
    let mut negative = false;
    if let Some(inner) = body.strip_prefix('(').and_then(|b| b.strip_suffix(')')) {
        (negative, body) = (true, inner.trim());
    }
    // "-$ 5", "$ -5" and "5- $" all occur, so signs and symbols are taken off in turn; one sign at most.
    let mut signed = negative;
    loop {
        let before = body.len();
        for symbol in symbols {
            body = body.strip_prefix(symbol.as_str()).unwrap_or(body).trim_start();
            body = body.strip_suffix(symbol.as_str()).unwrap_or(body).trim_end();
        }
        if !signed {
            for (sign, minus) in [('-', true), ('\u{2212}', true), ('+', false)] {
                if let Some(rest) = body.strip_prefix(sign).or_else(|| body.strip_suffix(sign)) {
                    (signed, negative, body) = (true, minus, rest.trim());
                    break;
                }
            }
        }
        if body.len() == before {
            return (negative, body);
        }
    }
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}')
}

struct Digits {
    exponent: u8,
    value: i64,
    any: bool,
    /// Digits since the last thousands separator, or since the start.
    run: u32,
    grouped: bool,
    /// Decimals read, once the mark has been seen.
    decimals: Option<u8>,
}

impl Digits {
    fn new(exponent: u8) -> Self {
        Self { exponent, value: 0, any: false, run: 0, grouped: false, decimals: None }
    }

    fn push(&mut self, digit: char) -> Result<(), NumberError> {
        self.any = true;
        match &mut self.decimals {
            None => self.run += 1,
            Some(n) if *n >= self.exponent => {
                return if digit == '0' { Ok(()) } else { Err(NumberError::TooPrecise) };
            }
            Some(n) => *n += 1,
        }
        self.shift(i64::from(u32::from(digit) - u32::from('0')))
    }

    fn group(&mut self) -> Result<(), NumberError> {
        let first = !self.grouped && (1..=3).contains(&self.run);
        if self.decimals.is_some() || !(first || (self.grouped && self.run == 3)) {
            return Err(NumberError::Separators);
        }
        (self.grouped, self.run) = (true, 0);
        Ok(())
    }

    fn point(&mut self) -> Result<(), NumberError> {
        if self.decimals.is_some() || (self.grouped && self.run != 3) {
            return Err(NumberError::Separators);
        }
        self.decimals = Some(0);
        Ok(())
    }

    fn finish(mut self) -> Result<i64, NumberError> {
        if !self.any {
            return Err(NumberError::NotANumber);
        }
        if self.grouped && self.decimals.is_none() && self.run != 3 {
            return Err(NumberError::Separators);
        }
        for _ in self.decimals.unwrap_or(0)..self.exponent {
            self.shift(0)?;
        }
        Ok(self.value)
    }

    fn shift(&mut self, digit: i64) -> Result<(), NumberError> {
        let shifted = self.value.checked_mul(10).and_then(|value| value.checked_add(digit));
        self.value = shifted.ok_or(NumberError::TooLarge)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{NumberError, Style, decimal, parse};
    use NumberError::{NotANumber, Scientific, Separators, TooLarge, TooPrecise};

    fn style(decimal: char, thousands: Option<char>) -> Style {
        Style { decimal, thousands, symbols: vec!["US$".into(), "$".into(), "€".into()] }
    }

    #[test]
    fn plain_point_numbers() {
        let style = style('.', None);
        let cases = [
            ("97.6", Ok(9760)),
            ("97.65", Ok(9765)),
            ("97.650", Ok(9765)),
            ("97", Ok(9700)),
            (".5", Ok(50)),
            ("-97.6", Ok(-9760)),
            ("97.6-", Ok(-9760)),
            ("(97.6)", Ok(-9760)),
            ("+97.6", Ok(9760)),
            ("\u{2212}1", Ok(-100)),
            ("$ 5", Ok(500)),
            ("-$5", Ok(-500)),
            ("$-5", Ok(-500)),
            ("5 €", Ok(500)),
            ("US$ 5", Ok(500)),
            ("5.", Ok(500)),
            ("1.234", Err(TooPrecise)),
            ("1,234.56", Err(Separators)),
            ("1.234,56", Err(Separators)),
            ("1.23,4", Err(Separators)),
            ("1.2.3", Err(Separators)),
            ("1 234", Err(Separators)),
            ("--5", Err(NotANumber)),
            ("", Err(NotANumber)),
            ("-", Err(NotANumber)),
            ("abc", Err(NotANumber)),
            ("1.23E+05", Err(Scientific)),
            ("12x", Err(NotANumber)),
            ("99999999999999999999", Err(TooLarge)),
            ("R$ 5", Err(NotANumber)),
            ("٣", Err(NotANumber)),
            ("(-5)", Err(NotANumber)),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text, &style, 2), expected, "{text}");
        }
    }

    #[test]
    fn grouped_comma_numbers() {
        let style = style(',', Some('.'));
        let cases = [
            ("1.234,56", Ok(123_456)),
            ("1234,56", Ok(123_456)),
            ("1.234", Ok(123_400)),
            ("12.345.678,9", Ok(1_234_567_890)),
            ("0,50", Ok(50)),
            ("1.23", Err(Separators)),
            ("1234.567", Err(Separators)),
            ("1,234.56", Err(Separators)),
            ("1,23.4", Err(Separators)),
            (".123", Err(Separators)),
            ("1..234", Err(Separators)),
            ("1.2345,6", Err(Separators)),
            ("97.65", Err(Separators)),
            ("97.6", Err(Separators)),
            ("1.234.", Err(Separators)),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text, &style, 2), expected, "{text}");
        }
    }

    #[test]
    fn other_separators_and_exponents() {
        let spaced = style(',', Some(' '));
        assert_eq!(parse("1\u{a0}234\u{202f}567,89", &spaced, 2), Ok(123_456_789));
        assert_eq!(parse("1 234,5", &spaced, 2), Ok(123_450));
        assert_eq!(parse("1'234.50", &style('.', Some('\'')), 2), Ok(123_450));
        assert_eq!(parse("100.00", &style('.', None), 0), Ok(100), "pesos of Chile with two zeros");
        assert_eq!(parse("100.50", &style('.', None), 0), Err(TooPrecise));
        assert_eq!(parse("1.2345", &style('.', None), 4), Ok(12_345));
        assert_eq!(decimal("0.9205", &style('.', None)), Ok((9205, 4)));
        assert_eq!(decimal("4.123,5", &style(',', Some('.'))), Ok((41_235, 1)));
    }
}
