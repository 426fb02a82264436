//! Reads the data files: sections in brackets, `key = value` lines, `#` comments. Knows no rule.

/// What is wrong with a data file, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DataError {
    pub(crate) section: String,
    pub(crate) what: String,
}

impl DataError {
    pub(crate) fn new(section: &str, what: impl Into<String>) -> Self {
        Self { section: section.into(), what: what.into() }
    }
}

/// One bracketed section; keys may repeat and keep their order.
#[derive(Debug, Clone)]
pub(crate) struct Section<'a> {
    pub(crate) id: &'a str,
    entries: Vec<(&'a str, &'a str)>,
}

impl<'a> Section<'a> {
    /// The first value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&'a str> {
        self.entries.iter().find(|(k, _)| *k == key).map(|(_, v)| *v)
    }

    /// All entries in order.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.entries.iter().copied()
    }

    /// A value that must be there.
    pub(crate) fn need(&self, key: &str) -> Result<&'a str, DataError> {
        self.get(key).ok_or_else(|| DataError::new(self.id, format!("{key} is missing")))
    }

    /// Replaces every value of a key.
    pub(crate) fn set(&mut self, key: &'a str, value: &'a str) {
        self.entries.retain(|(k, _)| *k != key);
        self.entries.push((key, value));
    }

    /// A whole number, `absent` when the key is.
    pub(crate) fn number<T: core::str::FromStr>(&self, key: &str, absent: T) -> Result<T, DataError> {
        match self.get(key) {
            None => Ok(absent),
            Some(text) => {
                text.parse().map_err(|_| DataError::new(self.id, format!("{key} = {text} is no number")))
            }
        }
    }

    /// One of the words given; the first is meant when the key is absent. Answers its position.
    pub(crate) fn choice(&self, key: &str, words: &[&str]) -> Result<usize, DataError> {
        let Some(text) = self.get(key) else { return Ok(0) };
        words.iter().position(|word| *word == text).ok_or_else(|| {
            DataError::new(self.id, format!("{key} = {text}; write one of {}", words.join(", ")))
        })
    }
}

/// Splits a text into sections. Lines before the first section belong to one without a name.
pub(crate) fn sections(text: &str) -> Result<Vec<Section<'_>>, DataError> {
    let mut all = vec![Section { id: "", entries: Vec::new() }];
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(id) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            all.push(Section { id, entries: Vec::new() });
            continue;
        }
        let last = all.last_mut().ok_or_else(|| DataError::new("", "no section"))?;
        let (key, value) = line
            .split_once(" = ")
            .ok_or_else(|| DataError::new(last.id, format!("{line:?} is no `key = value` line")))?;
        last.entries.push((key.trim(), value.trim()));
    }
    Ok(all)
}

/// `2026-03-31`, with or without a time behind it, as days since 1970-01-01.
pub(crate) fn day(text: &str) -> Option<i32> {
    let text = text.trim();
    let mut parts = text.get(..10).unwrap_or(text).splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let date = recaudo_sdk::Date::from_ymd(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)?;
    Some(date.epoch_day())
}

/// `19:00` as seconds after midnight; `24:00` is the day's end.
pub(crate) fn clock(text: &str) -> Option<i32> {
    let (hour, minute) = text.trim().split_once(':')?;
    let (hour, minute): (i32, i32) = (hour.parse().ok()?, minute.parse().ok()?);
    if !(0..60).contains(&minute) || !(0..=24).contains(&hour) {
        return None;
    }
    let second = hour * 3600 + minute * 60;
    (second <= 86_400).then_some(second)
}

/// `08:00-12:00, 14:00-18:00` as seconds; `closed` is no interval at all.
pub(crate) fn intervals(text: &str) -> Option<Vec<(i32, i32)>> {
    if text == "closed" {
        return Some(Vec::new());
    }
    let interval = |part: &str| {
        let (from, to) = part.split_once('-')?;
        let (from, to) = (clock(from)?, clock(to)?);
        (from < to).then_some((from, to))
    };
    text.split(',').map(interval).collect()
}

/// `0.15` in millionths; more than six decimals are cut.
pub(crate) fn millionths(text: &str) -> Option<i64> {
    let text = text.trim();
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mut value: i64 = whole.parse::<u32>().ok()?.into();
    let mut decimals = fraction.bytes();
    for _ in 0..6 {
        let digit = decimals.next().unwrap_or(b'0');
        value = value.checked_mul(10)?.checked_add(i64::from(char::from(digit).to_digit(10)?))?;
    }
    Some(if negative { -value } else { value })
}

/// Same word, whatever the case and whether written with `-` or `_`.
#[inline]
pub(crate) fn same(a: &str, b: &str) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let fold = |byte: u8| if byte == b'-' { b'_' } else { byte.to_ascii_lowercase() };
    a.bytes().zip(b.bytes()).all(|(a, b)| a == b || fold(a) == fold(b))
}

/// `true`, `yes` and `1` are true.
pub(crate) fn truth(text: &str) -> bool {
    matches!(text, "true" | "yes" | "1" | "True")
}
