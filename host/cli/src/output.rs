//! Results go to stdout, everything else to stderr. A reader that goes away (`| head`) is no error.

use std::fmt::Display;
use std::io::{self, ErrorKind, IsTerminal, Write};

use recaudo_app::words::Words;
use serde::Serialize;

/// Where answers go and how.
pub(crate) struct Output {
    /// The texts.
    pub(crate) words: Words,
    /// Answers are JSON.
    pub(crate) json: bool,
}

impl Output {
    /// One line of the result.
    pub(crate) fn line(&self, text: impl Display) {
        put(&format!("{text}\n"));
    }

    /// One line for a person beside the result; nothing when the result is JSON.
    pub(crate) fn note(&self, text: impl Display) {
        if !self.json {
            complain(&text.to_string());
        }
    }

    /// Something a person must not miss, in any mode.
    pub(crate) fn warn(&self, text: impl Display) {
        complain(&format!("{}: {text}", self.words.get("error.warning")));
    }

    /// The result as JSON.
    pub(crate) fn json(&self, value: &impl Serialize) -> Result<(), serde_json::Error> {
        put(&format!("{}\n", serde_json::to_string_pretty(value)?));
        Ok(())
    }

    /// The result as a table.
    pub(crate) fn table(&self, table: &Table) {
        put(&table.render());
    }

    /// A text of the catalogue.
    pub(crate) fn text(&self, key: &str) -> String {
        self.words.get(key).to_owned()
    }

    /// A headed table with its headings from the catalogue; `>` before a name aligns the column right.
    pub(crate) fn headed(&self, heads: &[&str]) -> Table {
        let columns = heads.iter().map(|head| match head.strip_prefix('>') {
            Some(name) => (self.text(&format!("head.{name}")), Align::Right),
            None => (self.text(&format!("head.{head}")), Align::Left),
        });
        Table { columns: columns.collect(), rows: Vec::new() }
    }
}

fn put(text: &str) {
    let mut out = io::stdout().lock();
    if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush())
        && error.kind() == ErrorKind::BrokenPipe
    {
        // The reader has seen enough; what is left of the work has been done already.
        std::process::exit(0);
    }
}

/// One line on stderr. Nobody listening there is no reason to stop.
pub(crate) fn complain(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Is somebody watching stderr?
pub(crate) fn watched() -> bool {
    io::stderr().is_terminal()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Align {
    Left,
    Right,
}

/// Text in columns.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<(String, Align)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Adds a row; short rows end in empty cells.
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into());
    }

    /// No rows.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn render(&self) -> String {
        let width = |at: usize, head: &str| {
            let cells = self.rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count());
            cells.max().unwrap_or(0).max(head.chars().count())
        };
        let widths: Vec<usize> =
            self.columns.iter().enumerate().map(|(at, (head, _))| width(at, head)).collect();
        let line = |cells: &[&str]| {
            let parts = self.columns.iter().zip(&widths).enumerate().map(|(at, ((_, align), width))| {
                let cell = cells.get(at).copied().unwrap_or("");
                match align {
                    Align::Left => format!("{cell:<width$}"),
                    Align::Right => format!("{cell:>width$}"),
                }
            });
            let text = parts.collect::<Vec<_>>().join("  ");
            format!("{}\n", text.trim_end())
        };
        let heads: Vec<&str> = self.columns.iter().map(|(head, _)| head.as_str()).collect();
        let rule: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
        let mut text = line(&heads);
        text.push_str(&line(&rule.iter().map(String::as_str).collect::<Vec<_>>()));
        for row in &self.rows {
            text.push_str(&line(&row.iter().map(String::as_str).collect::<Vec<_>>()));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::{Align, Table};

    #[test]
    fn amounts_stand_under_each_other() {
        let columns = vec![("Moneda".into(), Align::Left), ("Monto".into(), Align::Right)];
        let rows = vec![vec!["COP".into(), "1250000.00".into()], vec!["ñandú".into(), "7".into()]];
        let text = Table { columns, rows }.render();
        assert_eq!(text, "Moneda       Monto\n──────  ──────────\nCOP     1250000.00\nñandú            7\n");
    }
}
