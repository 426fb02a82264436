//! The memo: what finished steps left behind, one entry a step, each with its length before it.

/// Entries in the order of their steps, and the step the function is at.
#[derive(Debug, Default)]
pub(crate) struct Memo {
    entries: Vec<Vec<u8>>,
    begun: usize,
    inside: bool,
}

impl Memo {
    /// `None` when the bytes are no memo.
    pub(crate) fn read(mut bytes: &[u8]) -> Option<Self> {
        let mut entries = vec![];
        while let Some((length, rest)) = bytes.split_first_chunk::<4>() {
            let (entry, rest) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
            entries.push(entry.to_vec());
            bytes = rest;
        }
        bytes.is_empty().then_some(Self { entries, begun: 0, inside: false })
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![];
        for entry in &self.entries {
            // A guest's memory ends at 4 GiB, so a length always fits.
            bytes.extend(u32::try_from(entry.len()).unwrap_or(u32::MAX).to_le_bytes());
            bytes.extend(entry);
        }
        bytes
    }

    /// Enters the next step; false inside another.
    pub(crate) fn begin(&mut self) -> bool {
        !core::mem::replace(&mut self.inside, true)
    }

    pub(crate) fn end(&mut self) {
        self.inside = false;
        self.begun += 1;
    }

    /// What the step being entered left behind in an earlier run.
    pub(crate) fn kept(&self) -> Option<Vec<u8>> {
        self.entries.get(self.begun).cloned()
    }

    pub(crate) fn keep(&mut self, bytes: &[u8]) {
        self.entries.push(bytes.to_vec());
    }

    /// A number for where the function is: the same on every run, whether a step ran or was remembered.
    pub(crate) fn scope(&self) -> u64 {
        self.begun as u64 * 2 + u64::from(self.inside)
    }
}

#[cfg(test)]
mod tests {
    use super::Memo;

    #[test]
    fn what_steps_left_behind_survives_the_round_trip() {
        let mut memo = Memo::default();
        for entry in [&b"one"[..], b"", b"three"] {
            assert!(memo.begin());
            assert_eq!(memo.kept(), None);
            memo.keep(entry);
            memo.end();
        }
        let mut read = Memo::read(&memo.bytes()).expect("our own bytes");
        for entry in [&b"one"[..], b"", b"three"] {
            assert!(read.begin());
            assert_eq!(read.kept().as_deref(), Some(entry));
            read.end();
        }
    }

    #[test]
    fn bytes_that_are_no_memo_are_refused() {
        assert!(Memo::read(&[]).is_some());
        for broken in [&[1][..], &[1, 0, 0, 0], &[0, 0, 0, 0, 7], &[255, 255, 255, 255, 0]] {
            assert!(Memo::read(broken).is_none(), "{broken:?}");
        }
    }
}
