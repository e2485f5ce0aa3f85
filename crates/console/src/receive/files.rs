//! The lines of processes whose output goes to files that are rotated.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use super::{Intake, line};
use crate::store::Signal;

/// How late a line may be seen.
const INTERVAL: Duration = Duration::from_millis(200);
/// What is read of a file that was there before.
const HISTORY: u64 = 4 << 20;
/// What is read of one file before the next has its turn.
const TURN: u64 = 4 << 20;

/// The thread that reads the files.
pub(super) struct Reading {
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl Reading {
    /// Reads `files`, which need not be there yet, each being the lines of one service.
    pub(super) fn start(files: &[(String, PathBuf)], intake: Intake) -> io::Result<Self> {
        let mut files: Vec<Tail> = files
            .iter()
            .map(|(service, path)| Tail::new(service.clone(), path.clone()))
            .collect();
        let (stop, stopped) = channel();
        let thread = std::thread::Builder::new().name("log-files".to_owned());
        let thread = thread.spawn(move || read(&mut files, &intake, &stopped))?;
        Ok(Self { stop, thread })
    }

    pub(super) fn stop(self) {
        drop(self.stop);
        let _panicked = self.thread.join();
    }
}

fn read(files: &mut [Tail], intake: &Intake, stopped: &Receiver<()>) {
    while stopped.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
        for file in &mut *files {
            if let Err(error) = file.advance(intake) {
                file.complain(&error);
            }
        }
    }
}

/// A file that grows, and is now and then replaced by a new one of its name.
struct Tail {
    service: String,
    path: PathBuf,
    open: Option<File>,
    /// What came behind the last line feed.
    rest: Vec<u8>,
    /// Whether the beginning of the line is thrown away already.
    is_too_long: bool,
    is_first: bool,
    has_complained: bool,
}

impl Tail {
    fn new(service: String, path: PathBuf) -> Self {
        Self {
            service,
            path,
            open: None,
            rest: Vec::new(),
            is_too_long: false,
            is_first: true,
            has_complained: false,
        }
    }

    fn advance(&mut self, intake: &Intake) -> io::Result<()> {
        if self.open.is_none() && !self.open_anew()? {
            return Ok(());
        }
        self.take(intake)?;
        if self.is_replaced()? {
            // What was written before the file was replaced.
            self.take(intake)?;
            self.open = None;
            self.rest.clear();
            if self.open_anew()? {
                self.take(intake)?;
            }
        }
        Ok(())
    }

    fn open_anew(&mut self) -> io::Result<bool> {
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.is_first = false;
                return Ok(false);
            }
            Err(error) => return Err(error),
        };
        let length = file.metadata()?.len();
        if std::mem::take(&mut self.is_first) && HISTORY < length {
            file.seek(SeekFrom::Start(length - HISTORY))?;
            // The line that begins in the middle.
            self.is_too_long = true;
        }
        self.open = Some(file);
        Ok(true)
    }

    fn is_replaced(&self) -> io::Result<bool> {
        let Some(open) = &self.open else {
            return Ok(true);
        };
        match fs::metadata(&self.path) {
            Ok(there) => Ok(there.ino() != open.metadata()?.ino()),
            // Between the two steps of a rotation there is no file of this name.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn take(&mut self, intake: &Intake) -> io::Result<()> {
        let Some(file) = &mut self.open else {
            return Ok(());
        };
        let mut bytes = Vec::new();
        file.take(TURN).read_to_end(&mut bytes)?;
        let mut bytes = bytes.as_slice();
        while let Some(end) = memchr::memchr(b'\n', bytes) {
            self.rest.extend_from_slice(&bytes[..end]);
            bytes = &bytes[end + 1..];
            let text = String::from_utf8_lossy(&self.rest);
            if !std::mem::take(&mut self.is_too_long) && !text.is_empty() {
                let beside = [("service_name", self.service.as_str())];
                intake.text(&text, beside.into_iter());
            }
            self.rest.clear();
        }
        self.rest.extend_from_slice(bytes);
        if line::LONGEST_LINE < self.rest.len() {
            intake.store.refusals.add(Signal::Logs, "too_long", 1);
            self.rest.clear();
            self.is_too_long = true;
        }
        Ok(())
    }

    fn complain(&mut self, error: &io::Error) {
        if !std::mem::replace(&mut self.has_complained, true) {
            tracing::warn!(
                error = error as &dyn std::error::Error,
                "lines of {} cannot be read from {}",
                self.service,
                self.path.display()
            );
        }
    }
}

impl Intake {
    /// Takes one line of text, as much as the limits say, with what is known of it beside its text.
    pub fn text<'a>(&self, text: &'a str, beside: impl Iterator<Item = (&'a str, &'a str)>) {
        if self.admit(Signal::Logs).is_ok() {
            line::push_text(&self.store, text, None, beside);
            self.count(
                Signal::Logs,
                &super::Outcome {
                    taken: 1,
                    ..Default::default()
                },
            );
        }
    }
}
