//! The way from a line to stdout: a bounded buffer, and a thread that alone may wait for the reader.

use std::cell::RefCell;
use std::io::{self, Write};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;

use super::Line;
use crate::metrics::Metrics;

/// What may wait for a slow reader; about 3,000 access lines.
const CAPACITY: usize = 1 << 20;
/// A buffer this full is written at once.
const EAGER: usize = 32 << 10;
/// How long a line may wait for others.
const DELAY: Duration = Duration::from_millis(50);
/// How long a writer waits for a stdout that is set to non-blocking and full.
const NON_BLOCKING_PAUSE: Duration = Duration::from_millis(10);
/// How far apart lines about lost lines are, at least.
const TELL_INTERVAL: Duration = Duration::from_secs(10);

thread_local! {
    static LINE: RefCell<Line> = RefCell::default();
}

/// Takes lines without ever waiting for who reads them. A clone writes to the same place.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    shared: Arc<Shared>,
    writer: Arc<Thread>,
}

/// The writer's thread; it ends when nobody is left who could hand it lines.
#[derive(Debug)]
struct Thread {
    shared: Arc<Shared>,
    handle: Mutex<Option<JoinHandle<()>>>,
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.shared
            .state
            .lock()
            .closing
            .get_or_insert(Instant::now());
        self.shared.work.notify_one();
    }
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    work: Condvar,
    done: Condvar,
    fates: Fates,
}

#[derive(Debug, Default)]
struct State {
    waiting: Vec<u8>,
    /// Until when what waits may be written, once the end is near.
    closing: Option<Instant>,
    finished: bool,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

#[derive(Debug)]
struct Fates {
    written: Counter,
    buffer_full: Counter,
    write_failed: Counter,
}

impl Fates {
    fn register(metrics: &Metrics) -> Self {
        let dropped = Family::<Reason, Counter>::default();
        let of = |reason| dropped.get_or_create_owned(&Reason { reason });
        let fates = Self {
            written: Counter::default(),
            buffer_full: of("buffer_full"),
            write_failed: of("write_failed"),
        };
        metrics.register(
            "telemetry_log_lines_written",
            "Log lines that stdout took",
            fates.written.clone(),
        );
        metrics.register(
            "telemetry_log_lines_dropped",
            "Log lines that were lost, by reason",
            dropped,
        );
        fates
    }

    fn dropped(&self) -> u64 {
        self.buffer_full.get() + self.write_failed.get()
    }
}

impl Output {
    pub(crate) fn start(
        sink: impl Write + Send + 'static,
        service_name: &str,
        metrics: &Metrics,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            work: Condvar::new(),
            done: Condvar::new(),
            fates: Fates::register(metrics),
        });
        let mut writer = Writer {
            sink,
            shared: shared.clone(),
            service_name: service_name.to_owned(),
            torn: false,
            told: 0,
            told_at: None,
        };
        let thread = std::thread::Builder::new()
            .name("log-writer".to_owned())
            .spawn(move || writer.run())?;
        let writer = Thread {
            shared: shared.clone(),
            handle: Mutex::new(Some(thread)),
        };
        Ok(Self {
            shared,
            writer: Arc::new(writer),
        })
    }

    /// Puts a line together with `write` and hands it to the writer, or counts it as dropped.
    pub(crate) fn line(&self, write: impl FnOnce(&mut Line)) {
        LINE.with(|line| match line.try_borrow_mut() {
            Ok(mut line) => {
                write(&mut line);
                self.push(line.finish());
            }
            // A field's own formatting logs: that inner line gets a buffer of its own.
            Err(_) => {
                let mut line = Line::default();
                write(&mut line);
                self.push(line.finish());
            }
        });
    }

    fn push(&self, line: &[u8]) {
        let mut state = self.shared.state.lock();
        if state.finished || CAPACITY < state.waiting.len() + line.len() {
            self.shared.fates.buffer_full.inc();
            return;
        }
        let was = state.waiting.len();
        state.waiting.extend_from_slice(line);
        if was == 0 || (was < EAGER && EAGER <= state.waiting.len()) {
            self.shared.work.notify_one();
        }
    }

    /// Writes what waits, for at most `budget`. Lines that come later are dropped and counted.
    /// A second call has no budget of its own: it ends with the first.
    pub(crate) fn close(&self, budget: Duration) {
        let mut state = self.shared.state.lock();
        let deadline = *state.closing.get_or_insert_with(|| Instant::now() + budget);
        self.shared.work.notify_one();
        while !state.finished {
            if self
                .shared
                .done
                .wait_until(&mut state, deadline)
                .timed_out()
            {
                return;
            }
        }
        drop(state);
        if let Some(writer) = self.writer.handle.lock().take() {
            // It has said that it is finished; a panic in it has nobody left to be told to.
            let _finished = writer.join();
        }
    }
}

struct Writer<W> {
    sink: W,
    shared: Arc<Shared>,
    service_name: String,
    // The last write ended within a line.
    torn: bool,
    told: u64,
    told_at: Option<Instant>,
}

impl<W: Write> Writer<W> {
    fn run(&mut self) {
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
        line.pair("msg", "log lines dropped: stdout did not take them");
        line.plain("lines", dropped - self.told);
        line.pair("service_name", &self.service_name);
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
