//! What gateways tell by themselves: deliveries as they arrived, and the events in them.

use crate::{Conn, StoreError, Tx};

/// A delivery as it is kept first: nothing of it is believed yet. `raw` comes sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery<'a> {
    pub source_id: i64,
    /// Microseconds UTC.
    pub received_at: i64,
    pub sha256: &'a [u8; 32],
    pub raw: &'a [u8],
}

/// Keeps a delivery; returns its row.
///
/// # Errors
/// The store's.
pub fn receive(tx: &Tx<'_>, tenant: i64, delivery: &Delivery<'_>) -> Result<i64, StoreError> {
    let id = tx.ids("gateway_deliveries", 1)?;
    let sql = "INSERT INTO gateway_deliveries (id, tenant_id, source_id, received_at, sha256, raw, state, code) \
               VALUES ($1, $2, $3, $4, $5, $6, 'received', '')";
    let params = [
        id.into(),
        tenant.into(),
        delivery.source_id.into(),
        delivery.received_at.into(),
        delivery.sha256.into(),
        delivery.raw.into(),
    ];
    tx.execute_one("gateway_deliveries", sql, &params)?;
    Ok(id)
}

/// What became of a delivery: `done`, `challenge`, `hint`, `refused`, `failed`.
///
/// # Errors
/// The store's, or it is not there.
pub fn settle(tx: &Tx<'_>, tenant: i64, id: i64, (state, code): (&str, &str)) -> Result<(), StoreError> {
    let sql = "UPDATE gateway_deliveries SET state = $3, code = $4 WHERE tenant_id = $1 AND id = $2";
    tx.execute_one("gateway_deliveries", sql, &[tenant.into(), id.into(), state.into(), code.into()])
}

/// A stranger's delivery: its digest and the reason stay, its content goes.
///
/// # Errors
/// The store's, or it is not there.
pub fn refuse(tx: &Tx<'_>, tenant: i64, id: i64, code: &str) -> Result<(), StoreError> {
    let sql = "UPDATE gateway_deliveries SET state = 'refused', code = $3, raw = $4 \
               WHERE tenant_id = $1 AND id = $2";
    let nothing: &[u8] = &[];
    tx.execute_one("gateway_deliveries", sql, &[tenant.into(), id.into(), code.into(), nothing.into()])
}

/// How many deliveries stand in a state.
///
/// # Errors
/// The store's.
pub fn count(conn: &Conn<'_>, tenant: i64, state: &str) -> Result<i64, StoreError> {
    let sql = "SELECT count(*) FROM gateway_deliveries WHERE tenant_id = $1 AND state = $2";
    Ok(conn.first(sql, &[tenant.into(), state.into()], |row| row.int(0))?.unwrap_or(0))
}

/// Keeps an event; says no when it was heard before.
///
/// # Errors
/// The store's.
pub fn hear(
    tx: &Tx<'_>,
    tenant: i64,
    source_id: i64,
    event_id: &str,
    delivery: i64,
) -> Result<bool, StoreError> {
    let id = tx.ids("gateway_events", 1)?;
    let sql = "INSERT INTO gateway_events (id, tenant_id, source_id, event_id, gateway_delivery_id) \
               VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant_id, source_id, event_id) DO NOTHING";
    let params = [id.into(), tenant.into(), source_id.into(), event_id.into(), delivery.into()];
    Ok(tx.execute(sql, &params)? == 1)
}
