//! Where an import stands, as bytes the host keeps.

use recaudo_sdk::Checkpoint;
use serde_json::{Value, json};

use crate::encoding::Encoding;

/// The layout of the bytes.
const VERSION: u32 = 1;

/// A file being read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OpenFile {
    pub(crate) path: String,
    /// When it was last modified, in seconds: the version of its records.
    pub(crate) version: u64,
    /// The very content being read; none before the first range.
    pub(crate) etag: Option<String>,
    /// No other file follows in this feed.
    pub(crate) last: bool,
    /// The day of a snapshot.
    pub(crate) day: Option<i32>,
    /// What was found out from its head; none before that.
    pub(crate) head: Option<Head>,
    /// The first byte not taken yet, which is where a record starts.
    pub(crate) offset: u64,
    /// The line of the file that is.
    pub(crate) line: u64,
    pub(crate) rows: u64,
    /// How often it was begun again because it changed, and when that was first.
    pub(crate) restarts: u64,
    pub(crate) restarted_at: i64,
}

/// What the head of a file tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) encoding: Encoding,
    pub(crate) delimiter: u8,
    /// The header's names; empty for a file without one.
    pub(crate) names: Vec<String>,
}

/// Where a feed stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// Nothing read yet.
    Start,
    /// Every file up to this path has been read.
    After(String),
    Inside(OpenFile),
    /// Everything has been read; asked again, the feed starts over.
    Finished,
}

/// `digest` names the configuration that the place was reached under.
pub(crate) fn encode(place: &Place, digest: u64) -> Checkpoint {
    let place = match place {
        Place::Start => json!({}),
        Place::After(path) => json!({ "after": path }),
        Place::Finished => json!({ "finished": true }),
        Place::Inside(file) => json!({ "file": {
            "path": file.path, "version": file.version, "etag": file.etag, "last": file.last, "day": file.day,
            "offset": file.offset, "line": file.line, "rows": file.rows,
            "restarts": file.restarts, "restarted_at": file.restarted_at,
            "head": file.head.as_ref().map(|head| json!({
                "encoding": head.encoding.name(), "delimiter": head.delimiter, "names": head.names,
            })),
        }}),
    };
    let bytes = json!({ "config": digest, "place": place }).to_string().into_bytes();
    Checkpoint { version: VERSION, bytes }
}

/// A checkpoint of another configuration is the start: that repeats rows, which changes nothing. `None` for
/// what is no checkpoint of ours.
pub(crate) fn decode(checkpoint: &Checkpoint, digest: u64) -> Option<Place> {
    if checkpoint.version != VERSION {
        return None;
    }
    let value: Value = serde_json::from_slice(&checkpoint.bytes).ok()?;
    if value.get("config")?.as_u64()? != digest {
        return Some(Place::Start);
    }
    let place = value.get("place")?;
    if let Some(file) = place.get("file") {
        return open_file(file).map(Place::Inside);
    }
    if let Some(path) = place.get("after") {
        return Some(Place::After(path.as_str()?.to_owned()));
    }
    Some(if place.get("finished").is_some() { Place::Finished } else { Place::Start })
}

fn open_file(value: &Value) -> Option<OpenFile> {
    let text = |key| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let number = |key| value.get(key).and_then(Value::as_u64);
    let head = value.get("head").filter(|head| !head.is_null());
    Some(OpenFile {
        path: text("path")?,
        version: number("version")?,
        etag: text("etag"),
        last: value.get("last")?.as_bool()?,
        day: value.get("day").and_then(Value::as_i64).and_then(|day| i32::try_from(day).ok()),
        head: match head {
            Some(head) => Some(open_head(head)?),
            None => None,
        },
        offset: number("offset")?,
        line: number("line")?,
        rows: number("rows")?,
        restarts: number("restarts")?,
        restarted_at: value.get("restarted_at")?.as_i64()?,
    })
}

fn open_head(value: &Value) -> Option<Head> {
    let names = value.get("names")?.as_array()?.iter().map(|name| name.as_str().map(str::to_owned));
    Some(Head {
        encoding: Encoding::named(value.get("encoding")?.as_str()?)?,
        delimiter: value.get("delimiter")?.as_u64().and_then(|byte| u8::try_from(byte).ok())?,
        names: names.collect::<Option<_>>()?,
    })
}

/// FNV-1a of the configuration.
pub(crate) fn digest(config: &[u8]) -> u64 {
    config.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use recaudo_sdk::Checkpoint;

    use super::{Head, OpenFile, Place, decode, encode};
    use crate::encoding::Encoding;

    #[test]
    fn every_place_reads_back() {
        let head = Head {
            encoding: Encoding::Windows1252,
            delimiter: b';',
            names: vec!["Núm \"x\"".into(), String::new()],
        };
        let file = OpenFile {
            path: "año/1.csv".into(),
            version: 7,
            etag: Some("e".into()),
            last: true,
            day: Some(-3),
            head: Some(head),
            offset: u64::MAX,
            line: 9,
            rows: 8,
            restarts: 1,
            restarted_at: -5,
        };
        let bare = OpenFile { head: None, etag: None, day: None, ..file.clone() };
        for place in [
            Place::Start,
            Place::Finished,
            Place::After("a.csv".into()),
            Place::Inside(file),
            Place::Inside(bare),
        ] {
            assert_eq!(decode(&encode(&place, 42), 42), Some(place.clone()));
            assert_eq!(decode(&encode(&place, 42), 43), Some(Place::Start), "another configuration");
        }
    }

    #[test]
    fn odd_bytes_are_no_checkpoint() {
        for (version, bytes) in
            [(1, &b"\xFF\x00"[..]), (1, b"{}"), (1, b""), (2, b"{\"config\":42,\"place\":{}}")]
        {
            assert_eq!(decode(&Checkpoint { version, bytes: bytes.to_vec() }, 42), None);
        }
    }
}
