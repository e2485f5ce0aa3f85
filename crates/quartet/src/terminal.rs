//! The only place that prints.

use std::io::{self, IsTerminal, Write};

/// Where a command tells its user what happens.
pub(crate) struct Terminal {
    interactive: bool,
}

impl Terminal {
    pub(crate) fn new() -> Self {
        Self {
            interactive: io::stdout().is_terminal(),
        }
    }

    /// Prints one line. A reader who left is no reason to stop starting or stopping parts.
    pub(crate) fn say(&self, line: &str) {
        let _ = self.write(format!("{line}\n").as_bytes());
    }

    /// Prints a title, and below it keys and values, those below each other.
    pub(crate) fn list<T: AsRef<str>>(&self, title: &str, entries: &[(T, T)]) {
        let widths = entries.iter().map(|(key, _)| key.as_ref().len());
        let width = widths.max().unwrap_or(0);
        self.say("");
        self.say(title);
        for (key, value) in entries {
            self.say(&format!("  {:width$}  {}", key.as_ref(), value.as_ref()));
        }
    }

    /// Prints bytes as they are, and says when nobody reads them any more.
    pub(crate) fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        stdout.write_all(bytes)?;
        stdout.flush()
    }
}

/// Prints the one line that explains why a command failed.
pub(crate) fn complain(line: &str) {
    let _ = writeln!(io::stderr().lock(), "quartet: {line}");
}

/// Rows as lines, their cells below each other.
pub(crate) fn table<const COLUMNS: usize>(rows: &[[String; COLUMNS]]) -> Vec<String> {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..COLUMNS).map(width).collect();
    let line = |row: &[String; COLUMNS]| {
        let cells = row.iter().zip(&widths);
        let padded: Vec<_> = cells
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        padded.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

/// A line per subject: rewritten in place on a terminal, a line per change elsewhere.
pub(crate) struct Progress<'a> {
    terminal: &'a Terminal,
    width: usize,
    rows: Vec<Row>,
    drawn: bool,
}

struct Row {
    name: String,
    state: String,
    detail: String,
}

impl<'a> Progress<'a> {
    pub(crate) fn new<'n>(
        terminal: &'a Terminal,
        names: impl IntoIterator<Item = &'n str>,
    ) -> Self {
        let rows: Vec<_> = names
            .into_iter()
            .map(|name| Row {
                name: name.to_owned(),
                state: String::new(),
                detail: String::new(),
            })
            .collect();
        Self {
            terminal,
            width: rows.iter().map(|row| row.name.len()).max().unwrap_or(0),
            rows,
            drawn: false,
        }
    }

    /// Shows where the subject in this row stands. `detail` may change with every call.
    pub(crate) fn set(&mut self, row: usize, state: &str, detail: &str) {
        let changed = self.rows[row].state != state;
        state.clone_into(&mut self.rows[row].state);
        detail.clone_into(&mut self.rows[row].detail);
        if self.terminal.interactive {
            self.redraw();
        } else if changed {
            self.terminal.say(&self.line(&self.rows[row]));
        }
    }

    fn redraw(&mut self) {
        let mut frame = String::new();
        if self.drawn {
            frame.push_str(&format!("\x1b[{}A", self.rows.len()));
        }
        for row in &self.rows {
            frame.push_str(&format!("\r\x1b[2K{}\n", self.line(row)));
        }
        self.drawn = true;
        let _ = self.terminal.write(frame.as_bytes());
    }

    fn line(&self, row: &Row) -> String {
        format!(
            "  {:width$}  {:10}  {}",
            row.name,
            row.state,
            row.detail,
            width = self.width
        )
        .trim_end()
        .to_owned()
    }
}
