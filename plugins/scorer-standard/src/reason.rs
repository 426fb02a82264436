//! What a score can rest on: a code a column, stable, with the key under which faces translate it.

use recaudo_sdk::scoring::Reason;

/// Every column this plugin can read, with its reason's key; the code is the place in this list, from 1.
///
/// Codes are API: append, never move. Code 0 means no (further) reason.
pub const COLUMNS: [(&str, &str); 23] = [
    ("late_rate_ppm", "late_before"),
    ("recent_late_ppm", "late_recently"),
    ("days_late_mean", "days_late"),
    ("days_late_max", "longest_delay"),
    ("days_to_pay_mean", "days_to_pay"),
    ("recent_days_to_pay_mean", "days_to_pay_recently"),
    ("disputed_rate_ppm", "disputes_before"),
    ("past_due_items", "past_due_items"),
    ("past_due_amount", "past_due_amount"),
    ("open_items", "open_items"),
    ("open_amount", "open_amount"),
    ("relationship_days", "relationship"),
    ("settled_items", "settled_before"),
    ("late_items", "late_items"),
    ("amount", "amount"),
    ("kind", "kind_of_document"),
    ("term_days", "term"),
    ("days_past_due", "past_due_now"),
    ("due_weekday", "weekday_due"),
    ("issued_month", "month_issued"),
    ("disputed", "disputed_now"),
    ("country", "country"),
    ("customer_kind", "kind_of_customer"),
];

/// The code of a column's reason.
#[expect(clippy::cast_possible_truncation, reason = "the list is short")]
pub fn code(column: &str) -> Option<u16> {
    COLUMNS.iter().position(|(name, _)| *name == column).map(|place| place as u16 + 1)
}

/// Every code with its key.
pub fn all() -> Vec<Reason> {
    (1..).zip(COLUMNS).map(|(code, (_, key))| Reason { code, key: key.into() }).collect()
}
