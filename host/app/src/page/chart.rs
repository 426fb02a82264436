//! Charts as SVG text. Pixels are integers; amounts are scaled, never rounded before.

mod aging;
mod trend;

pub(super) use aging::{aging, bucket_name};
pub(super) use trend::trend;

/// One colour a bucket, from calm to alarming; told apart without colour by order, gaps and the table below.
const BUCKETS: [&str; 6] = ["#1f7a7a", "#e9c46a", "#ee9b4b", "#dd6b3f", "#b8352f", "#7d1128"];

/// Text and attribute values inside SVG.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

/// `part` of `whole` on a line of `pixels`.
fn scale(part: i128, whole: i128, pixels: i128) -> i128 {
    if whole <= 0 { 0 } else { part.max(0) * pixels / whole }
}
