//! The thread that waits for the reader of stdout, so that nobody else has to.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{EAGER, Line, Shared};

/// How long a line may wait for others.
const DELAY: Duration = Duration::from_millis(50);
/// How long a writer waits for a stdout that is set to non-blocking and full.
const NON_BLOCKING_PAUSE: Duration = Duration::from_millis(10);
/// How far apart lines about lost lines are, at least.
const TELL_INTERVAL: Duration = Duration::from_secs(10);

/// The thread's end of the buffer.
pub(super) struct Writer<W> {
    sink: W,
    shared: Arc<Shared>,
    service_name: String,
    // The last write ended within a line.
    torn: bool,
    told: u64,
    told_at: Option<Instant>,
}

impl<W: Write> Writer<W> {
    pub(super) fn new(sink: W, shared: Arc<Shared>, service_name: &str) -> Self {
        Self {
            sink,
            shared,
            service_name: service_name.to_owned(),
            torn: false,
            told: 0,
            told_at: None,
        }
    }

    /// Writes until the buffer is closed and empty.
    pub(super) fn run(&mut self) {
        let mut lines = Vec::new();
        while self.wait_for(&mut lines) {
            self.write(&lines);
            lines.clear();
            if self
                .told_at
                .is_none_or(|told| TELL_INTERVAL <= told.elapsed())
            {
                self.tell_of_losses();
            }
        }
        self.tell_of_losses();
        let mut state = self.shared.state.lock();
        state.finished = true;
        self.shared.done.notify_all();
    }

    /// Swaps the full buffer for the empty one, or leaves it empty when it is time to tell of losses;
    /// false once closed and empty.
    fn wait_for(&self, lines: &mut Vec<u8>) -> bool {
        let untold = self.told < self.shared.fates.dropped();
        let mut state = self.shared.state.lock();
        while state.waiting.is_empty() {
            if state.closing.is_some() {
                return false;
            }
            if !untold {
                self.shared.work.wait(&mut state);
            } else if self
                .shared
                .work
                .wait_for(&mut state, TELL_INTERVAL)
                .timed_out()
            {
                return true;
            }
        }
        let deadline = Instant::now() + DELAY;
        while state.waiting.len() < EAGER && state.closing.is_none() {
            if self
                .shared
                .work
                .wait_until(&mut state, deadline)
                .timed_out()
            {
                break;
            }
        }
        std::mem::swap(&mut state.waiting, lines);
        true
    }

    fn write(&mut self, lines: &[u8]) {
        let written = match self.mend() {
            true => self.write_until_refused(lines),
            false => 0,
        };
        let whole = count_lines(&lines[..written]);
        self.torn |= lines[..written].last().is_some_and(|byte| *byte != b'\n');
        self.shared.fates.written.inc_by(whole);
        self.shared
            .fates
            .write_failed
            .inc_by(count_lines(lines) - whole);
    }

    /// Ends a line that was cut off, so that the next one begins on its own.
    fn mend(&mut self) -> bool {
        if self.torn && self.write_until_refused(b"\n") == 1 {
            self.torn = false;
        }
        !self.torn
    }

    fn write_until_refused(&mut self, lines: &[u8]) -> usize {
        let mut written = 0;
        while written < lines.len() {
            match self.sink.write(&lines[written..]) {
                Ok(0) => break,
                Ok(bytes) => written += bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    std::thread::sleep(NON_BLOCKING_PAUSE)
                }
                Err(_) => break,
            }
        }
        written
    }

    /// Says on the same way how many lines were lost on it; where even this cannot be written,
    /// the counter tells, and the next line about it.
    fn tell_of_losses(&mut self) {
        let dropped = self.shared.fates.dropped();
        if dropped == self.told || !self.mend() {
            return;
        }
        let mut line = Line::default();
        line.begin("warn");
        line.text("msg", "log lines dropped: stdout did not take them");
        line.number("lines", dropped - self.told);
        line.text("service_name", &self.service_name);
        let bytes = line.finish();
        let written = self.write_until_refused(bytes);
        if written == bytes.len() {
            self.shared.fates.written.inc();
            self.told = dropped;
            self.told_at = Some(Instant::now());
        } else {
            self.torn = 0 < written;
        }
    }
}

fn count_lines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}
