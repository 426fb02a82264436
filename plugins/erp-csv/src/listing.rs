//! Which files a feed reads, and in which order.

use recaudo_sdk::{Ctx, Date, Stop, files};

use crate::ErpCsv;
use crate::day;
use crate::glob;
use crate::plan::{Feed, SnapshotDay};

/// The label of the folder in the manifest.
pub(crate) const SOURCE: &str = "drop";
const LISTING_MAX: u32 = 1000;

/// A file to read, and the day it is a snapshot of.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) path: String,
    /// Seconds; 0 when the source does not tell.
    pub(crate) modified: i64,
    pub(crate) day: Option<i32>,
}

/// The feed's files after the path `after`, in order.
///
/// Of several snapshots only those of the latest day count: an older one would bring closed items back.
pub(crate) fn list(ctx: &mut Ctx<ErpCsv>, feed: &Feed<'_>, after: &str) -> Result<Vec<Found>, Stop> {
    let business_day = ctx.business_day();
    let mut found: Vec<Found> = entries(ctx, feed)?
        .into_iter()
        .map(|entry| {
            let modified = entry.modified.map_or(0, |instant| instant.seconds);
            let day = feed.snapshot.and_then(|from| match from {
                SnapshotDay::BusinessDay => Some(business_day.epoch_day()),
                SnapshotDay::Modified => i32::try_from(modified.div_euclid(86_400)).ok(),
                SnapshotDay::FileName => day_in_name(&entry.path).map(Date::epoch_day),
            });
            Found { path: entry.path, modified, day }
        })
        .collect();
    if feed.snapshot.is_some() {
        let latest = found.iter().filter_map(|file| file.day).max();
        found.retain(|file| file.day == latest);
    }
    found.retain(|file| file.path.as_str() > after);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn entries(ctx: &mut Ctx<ErpCsv>, feed: &Feed<'_>) -> Result<Vec<files::Entry>, Stop> {
    let mut found = vec![];
    let mut after = String::new();
    loop {
        let prefix = glob::prefix(&feed.path).to_owned();
        let listing =
            files::Listing { source: SOURCE.to_owned(), prefix, after: after.clone(), limit: LISTING_MAX };
        let files::Listed { entries, more } = ctx.enumerate(listing)?;
        let last = entries.last().map(|entry| entry.path.clone());
        found.extend(entries.into_iter().filter(|entry| glob::matches(&feed.path, &entry.path)));
        match last {
            Some(last) if more && last > after => after = last,
            _ => return Ok(found),
        }
    }
}

/// The first `yyyymmdd`, `yyyy-mm-dd` or `yyyy_mm_dd` in a file's name.
fn day_in_name(path: &str) -> Option<Date> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let formats: Vec<day::Format> = ["yyyymmdd", "yyyy-mm-dd", "yyyy_mm_dd"]
        .iter()
        .filter_map(|format| day::Format::parse(format, None).ok())
        .collect();
    (0..name.len()).find_map(|at| {
        let before = name.as_bytes()[..at].last();
        if before.is_some_and(u8::is_ascii_digit) {
            return None;
        }
        let date = |width| name.get(at..at + width);
        let whole = |width: usize| name.as_bytes().get(at + width).is_none_or(|byte| !byte.is_ascii_digit());
        let text = date(8).filter(|text| whole(8) && text.bytes().all(|byte| byte.is_ascii_digit()));
        let text = text.or_else(|| date(10).filter(|_| whole(10)))?;
        formats.iter().find_map(|format| format.read(text)).map(|moment| moment.day)
    })
}

#[cfg(test)]
mod tests {
    use super::day_in_name;

    #[test]
    fn a_snapshot_says_its_day_in_its_name() {
        let day = |path| day_in_name(path).map(|day| day.to_string());
        assert_eq!(day("20200101/saldos-20240131.csv").as_deref(), Some("2024-01-31"));
        assert_eq!(day("saldos_2024-01-31_v2.csv").as_deref(), Some("2024-01-31"));
        assert_eq!(day("sáldos 2024_01_31.csv").as_deref(), Some("2024-01-31"));
        assert_eq!(day("saldos-20240231.csv"), None);
        assert_eq!(day("saldos-1202401311.csv"), None);
    }
}
