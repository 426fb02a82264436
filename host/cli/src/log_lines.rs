//! The log of a program that stays: a line an event on stderr, for whoever keeps lines.

use log::{Level, LevelFilter, Log, Metadata, Record};

use crate::output;

/// Says how much is written: `error`, `warn`, `info` (without a word), `debug`, `trace`, `off`.
const VARIABLE: &str = "RECAUDO_LOG";

struct Lines;

impl Log for Lines {
    fn enabled(&self, of: &Metadata<'_>) -> bool {
        // Others' libraries are heard when something is wrong.
        of.target().starts_with("recaudo") || of.level() <= Level::Warn
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            let text = format!("{:5} {} {}", record.level(), record.target(), record.args());
            output::complain(&text.replace(['\n', '\r'], " "));
        }
    }

    fn flush(&self) {}
}

/// Writes the log to stderr from now on.
pub(crate) fn begin() {
    let level = std::env::var(VARIABLE).ok().and_then(|text| text.trim().parse().ok());
    // Somebody who carries us inside may have a log of their own already.
    if log::set_logger(&Lines).is_ok() {
        log::set_max_level(level.unwrap_or(LevelFilter::Info));
    }
}
