//! Every limit of the sandbox, in one struct, each with its reason. An installation may override it; nothing else may.

use std::time::Duration;

/// 2^20 bytes.
pub const MIB: usize = 1024 * 1024;

/// What one call, step and operation may cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// What judges: gates, strategists, scorers.
    pub policy: Budget,
    /// What talks to the outside: importers, channels.
    pub connector: Budget,
    /// Reads an operation may ask for: a page and its details fit several times; more is a loop.
    pub reads_max: u32,
    /// Commits an operation may make, one a step: none of the interfaces needs more than a handful; more is a loop.
    pub commits_max: u32,
    /// Answers held at once, as one part of so many of the guest's memory: they are there twice while it parses.
    pub answers_part: usize,
    /// Reads of one step that run side by side: enough to hide latency, few enough to be polite.
    pub reads_abreast: usize,
    /// Times a read that failed in transport, or with 429 or 5xx, is tried again by the host.
    pub read_retries: u32,
    /// The first wait before such a retry; it doubles.
    pub retry_wait: Duration,
    /// A guest run of one step of an exchange.
    pub step: Duration,
    /// An operation with all its effects.
    pub operation: Duration,
    /// A page of an import with all its effects: big files, slow reports.
    pub page: Duration,
    /// An HTTP answer's body; more is asked for in the manifest, up to [`Limits::response_bytes_granted`].
    pub response_bytes: usize,
    /// The most an installation can be granted.
    pub response_bytes_granted: usize,
    /// A body that is spooled to the scratch source of its operation.
    pub spool_bytes: u64,
    /// One range of a file.
    pub file_range_bytes: usize,
    /// Failures in a row after which an installation's interface is left alone for a while.
    pub breaker_failures: u32,
    /// The first while; it doubles with every probe that fails.
    pub breaker_wait: Duration,
    /// The longest while.
    pub breaker_wait_max: Duration,
    /// A page of an import, as lifted out of the guest. Wasmtime counts it while it copies.
    pub lifted_bytes: usize,
    /// A checkpoint the host keeps for the plugin.
    pub checkpoint_bytes: usize,
    /// One log line; the rest is cut.
    pub log_line_bytes: usize,
}

/// What one call of a guest may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Instructions whatever the input.
    pub fuel_base: u64,
    /// Instructions a row (a policy's proposal or account).
    pub fuel_row: u64,
    /// Instructions a byte of configuration and answers: parsing 1 MB of JSON costs about 72 M.
    pub fuel_byte: u64,
    /// Linear memory.
    pub memory_bytes: usize,
    /// The most an installation can be granted.
    pub memory_bytes_granted: usize,
    /// The wall-clock backstop of one call: an infrastructure error, far above what the fuel allows.
    pub wall: Duration,
    /// Log lines kept; later ones are counted.
    pub log_lines: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            policy: Budget {
                fuel_base: 100_000_000,
                fuel_row: 50_000,
                fuel_byte: 500,
                memory_bytes: 64 * MIB,
                memory_bytes_granted: 64 * MIB,
                wall: Duration::from_secs(2),
                log_lines: 200,
            },
            connector: Budget {
                fuel_base: 1_000_000_000,
                fuel_row: 0,
                fuel_byte: 2_000,
                memory_bytes: 64 * MIB,
                memory_bytes_granted: 256 * MIB,
                wall: Duration::from_secs(5),
                log_lines: 1_000,
            },
            reads_max: 1_000,
            commits_max: 100,
            answers_part: 4,
            reads_abreast: 8,
            read_retries: 3,
            retry_wait: Duration::from_millis(250),
            step: Duration::from_secs(5),
            operation: Duration::from_secs(30),
            page: Duration::from_secs(120),
            response_bytes: 8 * MIB,
            response_bytes_granted: 32 * MIB,
            spool_bytes: 1 << 30,
            file_range_bytes: 8 * MIB,
            breaker_failures: 5,
            breaker_wait: Duration::from_secs(30),
            breaker_wait_max: Duration::from_secs(600),
            lifted_bytes: 64 * MIB,
            checkpoint_bytes: 64 * 1024,
            log_line_bytes: 4 * 1024,
        }
    }
}

impl Budget {
    /// The fuel of a call over so many rows and bytes.
    pub(crate) fn fuel(&self, rows: usize, bytes: usize) -> u64 {
        let rows = u64::try_from(rows).unwrap_or(u64::MAX).saturating_mul(self.fuel_row);
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX).saturating_mul(self.fuel_byte);
        self.fuel_base.saturating_add(rows).saturating_add(bytes)
    }
}
