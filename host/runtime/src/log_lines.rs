//! What a guest writes to its logger: kept within limits, handed to the host's log after the call.

use crate::wit::log::logger;

/// The lines of one call.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    kept: Vec<(log::Level, String)>,
    dropped: u64,
    max: usize,
    line_bytes: usize,
}

impl Lines {
    pub(crate) fn new(max: usize, line_bytes: usize) -> Self {
        Self { kept: Vec::new(), dropped: 0, max, line_bytes }
    }

    /// The last line of level `error`: a panic's message comes this way before the trap.
    pub(crate) fn last_error(&self) -> Option<&str> {
        self.kept.iter().rev().find(|(level, _)| *level == log::Level::Error).map(|(_, line)| line.as_str())
    }

    /// Hands the lines to the host's log, under the plugin's name.
    pub(crate) fn publish(&self, plugin: &str, operation: &str) {
        for (level, line) in &self.kept {
            log::log!(target: "recaudo::plugin", *level, "plugin {plugin}, operation {operation}: {line}");
        }
        if self.dropped > 0 {
            log::warn!(target: "recaudo::plugin", "plugin {plugin}, operation {operation}: {} more lines dropped", self.dropped);
        }
    }

    fn push(&mut self, level: log::Level, mut line: String) {
        if line.len() > self.line_bytes {
            let end = line.floor_char_boundary(self.line_bytes);
            line.truncate(end);
            line.push('…');
        }
        // A trap's message must not be lost to a flood before it: the last error takes the last line's place.
        if self.kept.len() < self.max {
            self.kept.push((level, line));
        } else {
            self.dropped += 1;
            if level == log::Level::Error
                && let Some(last) = self.kept.last_mut()
            {
                *last = (level, line);
            }
        }
    }
}

impl logger::Host for Lines {
    fn emit(
        &mut self,
        level: logger::Level,
        message: String,
        fields: Vec<(String, String)>,
    ) -> wasmtime::Result<()> {
        let level = match level {
            logger::Level::Trace => log::Level::Trace,
            logger::Level::Debug => log::Level::Debug,
            logger::Level::Info => log::Level::Info,
            logger::Level::Warn => log::Level::Warn,
            logger::Level::Error => log::Level::Error,
        };
        // A flood is counted, not written out.
        if self.kept.len() >= self.max && level != log::Level::Error {
            self.dropped += 1;
            return Ok(());
        }
        let mut line = message;
        for (name, value) in fields {
            if line.len() > self.line_bytes {
                break;
            }
            line.push(' ');
            line.push_str(&name);
            line.push('=');
            line.push_str(&value);
        }
        // One line stays one line in every log there is.
        self.push(level, line.replace(['\n', '\r'], " "));
        Ok(())
    }
}
