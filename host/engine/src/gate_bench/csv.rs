//! Records of a CSV text (RFC 4180): quoted fields may hold commas, quotes and line ends.

/// A quote that is never closed begins in this record, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OpenQuote(pub(crate) usize);

/// Fields of each record; empty lines are left out.
pub(crate) fn records(text: &str) -> Result<Vec<Vec<String>>, OpenQuote> {
    let mut records = Vec::new();
    let (mut record, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = text.strip_prefix('\u{feff}').unwrap_or(text).chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if field.is_empty() => quoted = true,
            ',' if !quoted => record.push(std::mem::take(&mut field)),
            '\r' if !quoted && chars.peek() == Some(&'\n') => {}
            '\n' if !quoted => close(&mut records, &mut record, &mut field),
            c => field.push(c),
        }
    }
    if quoted {
        return Err(OpenQuote(records.len() + 1));
    }
    close(&mut records, &mut record, &mut field);
    Ok(records)
}

fn close(records: &mut Vec<Vec<String>>, record: &mut Vec<String>, field: &mut String) {
    if record.is_empty() && field.trim().is_empty() {
        field.clear();
        return;
    }
    record.push(std::mem::take(field));
    records.push(std::mem::take(record));
}
