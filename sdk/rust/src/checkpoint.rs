//! Checkpoints as JSON of the plugin's own types.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Checkpoint, Fail, Failure, Kind};

impl Checkpoint {
    /// Writes where a feed was left, in the layout `version`.
    ///
    /// # Errors
    /// When the value cannot be written, which is a bug.
    pub fn of(version: u32, left: &impl Serialize) -> Result<Self, Failure> {
        let bytes = serde_json::to_vec(left)
            .map_err(|error| Fail::new(Kind::Internal, "checkpoint", error.to_string()))?;
        Ok(Self { version, bytes })
    }

    /// Reads what [`Checkpoint::of`] wrote; `whose` says it for a person: `the settlement's checkpoint`.
    ///
    /// # Errors
    /// `bad-checkpoint`: of another version, or damaged.
    pub fn left<T: DeserializeOwned>(&self, version: u32, whose: &str) -> Result<T, Failure> {
        let read = (self.version == version).then(|| serde_json::from_slice(&self.bytes).ok());
        read.flatten().ok_or_else(|| {
            let message = format!("{whose} is of another version of this plugin, or damaged; read anew");
            Fail::invalid_input("bad-checkpoint", message)
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::Checkpoint;

    #[test]
    fn what_was_left_reads_back_and_nothing_else_does() {
        let left = Checkpoint::of(3, &(7, "x")).expect("written");
        assert_eq!(left.left::<(u8, String)>(3, "it"), Ok((7, "x".into())));
        for (version, bytes) in [(4, left.bytes.clone()), (3, b"x".to_vec()), (3, vec![])] {
            let failure = Checkpoint { version, bytes }.left::<(u8, String)>(3, "it").expect_err("not ours");
            assert_eq!(failure.code, "bad-checkpoint");
        }
    }
}
