//! Where a feed stands, as bytes the host keeps.

use recaudo_sdk::{Checkpoint, Fail, Failure};
use serde_json::{Value, json};

use crate::wire::Stamp;

/// The layout of the bytes.
const VERSION: u32 = 1;

/// A sweep under way: rows touched since `from`, in the order of their ids, phase by phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// None reads everything.
    pub(crate) from: Option<Stamp>,
    /// The latest change when the sweep began, by the database's own clock. The next sweep begins here.
    pub(crate) mark: Stamp,
    pub(crate) phase: u32,
    /// The last id taken in this phase.
    pub(crate) after: i64,
}

/// Between two sweeps, or inside one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    Between(Option<Stamp>),
    Inside(Place),
}

/// `digest` names the configuration that the place was reached under.
pub(crate) fn encode(at: At, digest: u64) -> Checkpoint {
    let value = match at {
        At::Between(from) => json!({ "config": digest, "since": from.map(|stamp| stamp.0) }),
        At::Inside(place) => json!({
            "config": digest, "from": place.from.map(|stamp| stamp.0), "mark": place.mark.0,
            "phase": place.phase, "after": place.after,
        }),
    };
    Checkpoint { version: VERSION, bytes: value.to_string().into_bytes() }
}

/// A checkpoint of another configuration is the start: that repeats rows, which changes nothing.
pub(crate) fn decode(checkpoint: Option<&Checkpoint>, digest: u64) -> Result<At, Failure> {
    let Some(checkpoint) = checkpoint else { return Ok(At::Between(None)) };
    read(checkpoint, digest).ok_or_else(|| {
        let message = "the checkpoint is of a newer version of this plugin, or damaged; read the feed anew \
            from its start";
        Fail::invalid_input("bad-checkpoint", message)
    })
}

fn read(checkpoint: &Checkpoint, digest: u64) -> Option<At> {
    if checkpoint.version != VERSION {
        return None;
    }
    let value: Value = serde_json::from_slice(&checkpoint.bytes).ok()?;
    if value.get("config")?.as_u64()? != digest {
        return Some(At::Between(None));
    }
    let stamp = |key: &str| value.get(key).and_then(Value::as_i64).map(Stamp);
    if let Some(after) = value.get("after") {
        let phase = u32::try_from(value.get("phase")?.as_u64()?).ok()?;
        let place = Place { from: stamp("from"), mark: stamp("mark")?, phase, after: after.as_i64()? };
        return Some(At::Inside(place));
    }
    value.get("since")?;
    Some(At::Between(stamp("since")))
}
