//! What makes an entry the same entry in two downloads.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::tag::Hasher;

/// How many identities are remembered: their 12 characters each leave room in a checkpoint of 64 KiB.
const KEPT: usize = 2_500;
/// Bits of an identity's digest that are remembered.
const BITS: u64 = (1 << 48) - 1;

/// Identities given in a statement so far. Banks use a reference twice and list equal movements side by side;
/// the second gets an identity of its own, the same in every download that has both.
///
/// The last 2,500 are remembered, so movements that are equal in everything should not stand further apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    order: VecDeque<u64>,
    counts: BTreeMap<u64, u32>,
}

impl Seen {
    /// The identity of an entry: the bank's reference, when it has one and has not used it yet, else a digest
    /// of the content, with a number when there were equal ones.
    pub fn identify(&mut self, reference: &str, content: &[&str]) -> String {
        let reference = reference.trim();
        if !reference.is_empty() && self.again(reference) == 1 {
            return reference.to_owned();
        }
        let mut digest = Hasher::new();
        for part in content {
            digest.field(part.as_bytes());
        }
        let mut id = format!("{:016x}", digest.finish());
        if !reference.is_empty() {
            id = format!("{reference}~{id}");
        }
        match self.again(&id) {
            1 => id,
            n => format!("{id}~{n}"),
        }
    }

    /// How often this was asked, this time included.
    fn again(&mut self, id: &str) -> u32 {
        let mut digest = Hasher::new();
        digest.field(id.as_bytes());
        let key = digest.finish() & BITS;
        self.push(key);
        if self.order.len() > KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            let gone = self.counts.get_mut(&oldest).is_some_and(|count| {
                *count -= 1;
                *count == 0
            });
            if gone {
                self.counts.remove(&oldest);
            }
        }
        self.counts.get(&key).copied().unwrap_or(1)
    }

    fn push(&mut self, key: u64) {
        self.order.push_back(key);
        *self.counts.entry(key).or_insert(0) += 1;
    }
}

impl Serialize for Seen {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text: String = self.order.iter().map(|key| format!("{key:012x}")).collect();
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for Seen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut seen = Self::default();
        let (keys, rest) = text.as_bytes().as_chunks::<12>();
        for key in keys {
            let key = str::from_utf8(key).ok().and_then(|key| u64::from_str_radix(key, 16).ok());
            seen.push(key.ok_or_else(|| serde::de::Error::custom("no identity"))?);
        }
        if rest.is_empty() { Ok(seen) } else { Err(serde::de::Error::custom("half an identity")) }
    }
}
