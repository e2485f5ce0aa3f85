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
use writer::Writer;

mod writer;

/// What may wait for a slow reader; about 3,000 access lines.
const CAPACITY: usize = 1 << 20;
/// A buffer this full is written at once.
const EAGER: usize = 32 << 10;

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
        let mut writer = Writer::new(sink, shared.clone(), service_name);
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
