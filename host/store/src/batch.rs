//! Looking up many keys at once: one statement text for up to `KEYS_MAX` keys, so that it stays compiled.

use crate::{Conn, Row, StoreError, Value};

/// Keys a statement asks for; fewer are padded by repeating the last.
pub(crate) const KEYS_MAX: usize = 128;

/// `$3, $4, ...`: the places of `KEYS_MAX` keys, counted from `first`.
pub(crate) fn places(first: usize) -> String {
    let places: Vec<String> = (first..first + KEYS_MAX).map(|n| format!("${n}")).collect();
    places.join(", ")
}

/// Runs `sql`, whose parameters are `fixed` and then `KEYS_MAX` keys, as often as `keys` need.
pub(crate) fn by_keys<'k>(
    conn: &Conn<'_>,
    sql: &str,
    fixed: &[Value<'k>],
    keys: &[Value<'k>],
    mut each: impl FnMut(&Row<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut params: Vec<Value<'_>> = Vec::with_capacity(fixed.len() + KEYS_MAX);
    for chunk in keys.chunks(KEYS_MAX) {
        params.clear();
        params.extend_from_slice(fixed);
        params.extend_from_slice(chunk);
        let last = chunk[chunk.len() - 1];
        params.resize(fixed.len() + KEYS_MAX, last);
        conn.query_few(sql, &params, &mut each)?;
    }
    Ok(())
}
