//! Reproducible chance: `SplitMix64` (Steele, Lea and Flood, 2014), the same numbers on every machine.

/// A stream of numbers that follows from its seed.
#[derive(Debug, Clone)]
pub(super) struct Chance {
    state: u64,
}

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// 0 up to, not including, `limit`. The bias of the remainder is far below what 3,000 invoices show.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit.max(1)).unwrap_or(u64::MAX);
        usize::try_from(self.next() % limit).unwrap_or(0)
    }

    /// `from` to `to`, both possible.
    pub(super) fn between(&mut self, from: i32, to: i32) -> i32 {
        let width = usize::try_from(i64::from(to) - i64::from(from) + 1).unwrap_or(1);
        from.saturating_add(i32::try_from(self.below(width)).unwrap_or(0))
    }

    /// True `times` of `of` times.
    pub(super) fn of(&mut self, times: usize, of: usize) -> bool {
        self.below(of) < times
    }

    /// One of them.
    ///
    /// # Panics
    /// Of none.
    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// `count` decimal digits.
    pub(super) fn digits(&mut self, count: usize) -> String {
        (0..count)
            .map(|at| char::from(b"0123456789"[if at == 0 { 1 + self.below(9) } else { self.below(10) }]))
            .collect()
    }
}
