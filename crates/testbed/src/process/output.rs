use std::io::Read;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::watched::Watched;

/// Beyond this a test should look at less; it keeps a runaway from eating the machine.
const MOST_BYTES: usize = 256 << 20;

/// How long the reader waits for output before it looks whether it is to stop.
const LOOK: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 20_000_000,
};

/// How long what a dead process wrote may take to arrive here.
const SETTLING: Duration = Duration::from_secs(5);

/// What a process writes to one of its pipes, read by a thread as it comes.
pub(super) struct Output {
    name: &'static str,
    state: Arc<Watched<State>>,
    reader: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct State {
    lines: Vec<Vec<u8>>,
    /// The line that has not ended yet.
    open: Vec<u8>,
    bytes: usize,
    stalled: bool,
    stopping: bool,
    ended: bool,
}

impl Output {
    pub(super) fn read(name: &'static str, pipe: impl Read + AsFd + Send + 'static) -> Self {
        let state = Arc::new(Watched::new(State::default()));
        let reader = thread::spawn({
            let state = Arc::clone(&state);
            move || follow(pipe, &state)
        });
        Self {
            name,
            state,
            reader: Some(reader),
        }
    }

    pub(super) fn lines(&self) -> Vec<String> {
        self.state.read(|state| {
            assert!(
                state.bytes <= MOST_BYTES,
                "more than {MOST_BYTES} bytes came on {}",
                self.name
            );
            let lines = state.lines.iter();
            lines.map(|line| self.text(line).to_owned()).collect()
        })
    }

    /// The first outcome that `matches` finds in a line; `None` without one in time, or ever.
    pub(super) fn wait<R>(
        &self,
        patience: Duration,
        mut matches: impl FnMut(&str) -> Option<R>,
    ) -> Option<R> {
        let mut seen = 0;
        let outcome = self.state.wait(patience, |state| {
            let unseen = &state.lines[seen..];
            seen = state.lines.len();
            let found = unseen.iter().find_map(|line| matches(self.text(line)));
            if found.is_none() && !state.ended {
                return None;
            }
            Some(found)
        });
        outcome.flatten()
    }

    pub(super) fn stall(&self) {
        self.state.change(|state| state.stalled = true);
    }

    pub(super) fn resume(&self) {
        self.state.change(|state| state.stalled = false);
    }

    /// Waits for what a dead process has left in the pipe.
    pub(super) fn settle(&self) {
        self.state.wait(SETTLING, |state| {
            (state.ended || state.stalled).then_some(())
        });
    }

    pub(super) fn tail(&self) -> String {
        const SHOWN: usize = 30;
        self.state.read(|state| {
            let from = state.lines.len().saturating_sub(SHOWN);
            let mut shown = state.lines[from..].to_vec();
            shown.push(state.open.clone());
            String::from_utf8_lossy(&shown.join(&b'\n')).into_owned()
        })
    }

    fn text<'a>(&self, line: &'a [u8]) -> &'a str {
        std::str::from_utf8(line).unwrap_or_else(|_| {
            panic!(
                "a line on {} is not UTF-8: {}",
                self.name,
                line.escape_ascii()
            )
        })
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.state.change(|state| state.stopping = true);
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
    }
}

/// Reads until the end of the pipe; what a stall leaves in it stays there.
fn follow(mut pipe: impl Read + AsFd, state: &Watched<State>) {
    let mut chunk = vec![0; 64 * 1024];
    loop {
        let stalled = state.read(|state| state.stalled && !state.stopping);
        if stalled {
            state.wait(Duration::from_secs(1), |state| {
                (!state.stalled || state.stopping).then_some(())
            });
            continue;
        }
        let mut polled = [PollFd::new(&pipe, PollFlags::IN)];
        let ready = matches!(poll(&mut polled, Some(&LOOK)), Ok(1..));
        let goes_on = state.change(|state| {
            if state.stopping {
                return false;
            }
            // Under the lock, so that not one byte is read after a stall.
            if !ready || state.stalled {
                return true;
            }
            match pipe.read(&mut chunk) {
                Ok(received @ 1..) => {
                    state.take(&chunk[..received]);
                    true
                }
                Ok(0) | Err(_) => false,
            }
        });
        if !goes_on {
            break;
        }
    }
    state.change(|state| state.end());
}

impl State {
    fn take(&mut self, chunk: &[u8]) {
        self.bytes += chunk.len();
        if MOST_BYTES < self.bytes {
            return;
        }
        for part in chunk.split_inclusive(|byte| *byte == b'\n') {
            self.open.extend_from_slice(part);
            if self.open.last() == Some(&b'\n') {
                self.open.pop();
                self.lines.push(std::mem::take(&mut self.open));
            }
        }
    }

    fn end(&mut self) {
        if !self.open.is_empty() {
            self.lines.push(std::mem::take(&mut self.open));
        }
        self.ended = true;
    }
}
