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

use super::{Line, Occasional};
use crate::metrics::Metrics;

/// What may wait for a slow reader; about 3,000 access lines.
const CAPACITY: usize = 1 << 20;
/// A buffer this full is written at once.
const EAGER: usize = 32 << 10;
/// How long a line may wait for others.
const DELAY: Duration = Duration::from_millis(50);
/// How long a writer waits for a stdout that is set to non-blocking and full.
const NON_BLOCKING_PAUSE: Duration = Duration::from_millis(10);

thread_local! {
    static LINE: RefCell<Line> = RefCell::default();
}

/// Takes lines without ever waiting for who reads them. A clone writes to the same place.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    shared: Arc<Shared>,
    writer: Arc<Mutex<Option<JoinHandle<()>>>>,
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
    closing: bool,
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
    losses: Occasional,
}

impl Fates {
    fn register(metrics: &Metrics) -> Self {
        let dropped = Family::<Reason, Counter>::default();
        let of = |reason| dropped.get_or_create_owned(&Reason { reason });
        let fates = Self {
            written: Counter::default(),
            buffer_full: of("buffer_full"),
            write_failed: of("write_failed"),
            losses: Occasional::default(),
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
        };
        let thread = std::thread::Builder::new()
            .name("log-writer".to_owned())
            .spawn(move || writer.run())?;
        Ok(Self {
            shared,
            writer: Arc::new(Mutex::new(Some(thread))),
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
    pub(crate) fn close(&self, budget: Duration) {
        let deadline = Instant::now() + budget;
        let mut state = self.shared.state.lock();
        state.closing = true;
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
        if let Some(writer) = self.writer.lock().take() {
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
}

impl<W: Write> Writer<W> {
    fn run(&mut self) {
        let mut lines = Vec::new();
        while self.wait_for(&mut lines) {
            self.write(&lines);
            lines.clear();
            self.tell_of_losses();
        }
        let mut state = self.shared.state.lock();
        state.finished = true;
        self.shared.done.notify_all();
    }

    /// Swaps the full buffer for the empty one; false once closed and empty.
    fn wait_for(&self, lines: &mut Vec<u8>) -> bool {
        let mut state = self.shared.state.lock();
        while state.waiting.is_empty() {
            if state.closing {
                return false;
            }
            self.shared.work.wait(&mut state);
        }
        let deadline = Instant::now() + DELAY;
        while state.waiting.len() < EAGER && !state.closing {
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
        if self.torn && self.sink.write_all(b"\n").is_ok() {
            self.torn = false;
        }
        let written = self.write_until_refused(lines);
        let whole = count_lines(&lines[..written]);
        self.torn |=
            written < lines.len() && lines[..written].last().is_some_and(|byte| *byte != b'\n');
        self.shared.fates.written.inc_by(whole);
        self.shared
            .fates
            .write_failed
            .inc_by(count_lines(lines) - whole);
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

    /// Says on the same way, once it is open again, how many lines were lost on it.
    fn tell_of_losses(&mut self) {
        let fates = &self.shared.fates;
        let dropped = fates.dropped();
        if dropped == self.told {
            return;
        }
        let lines = fates.losses.happened(dropped - self.told);
        self.told = dropped;
        let Some(lines) = lines else { return };
        let mut line = Line::default();
        line.begin("warn");
        line.pair("msg", "log lines dropped: stdout did not take them");
        line.plain("lines", lines);
        line.pair("service_name", &self.service_name);
        // Where even this cannot be written, the counter still tells.
        let _counted = self.sink.write_all(line.finish());
    }
}

fn count_lines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}
