//! A program under test: a real process with an environment of its own.

mod output;
mod proc;
mod program;

use std::net::SocketAddr;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rustix::process::{Pid, Signal, kill_process};
use wire::logfmt::{self, Line};

use output::Output;

pub use program::Program;

/// How often the end of a process is looked for: far below what a test tells apart.
const POLL: Duration = Duration::from_millis(2);
/// How long a process whose output has ended may take to end itself.
const REAPING: Duration = Duration::from_millis(500);

/// A running process, killed when it is dropped.
pub struct Process {
    name: String,
    pid: Pid,
    child: Mutex<Child>,
    stdout: Output,
    stderr: Output,
    patience: Duration,
    signalled: Mutex<Option<Instant>>,
    directory: PathBuf,
    _temporary: Option<tempfile::TempDir>,
}

/// How a process ended.
#[derive(Clone, Copy, Debug)]
pub struct Exit {
    /// Its exit code, or the signal that ended it.
    pub status: ExitStatus,
    /// How long that took since the last signal was sent, or else since the wait began.
    pub elapsed: Duration,
}

impl Exit {
    /// The exit code, unless a signal ended the process.
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// The number of the signal that ended the process, if one did.
    pub fn signal(&self) -> Option<i32> {
        self.status.signal()
    }
}

impl Process {
    /// Starts `path` with these variables, `PATH`, and nothing else.
    pub fn spawn(path: &Path, envs: &[(&str, &str)]) -> Self {
        Program::new(path).envs(envs).spawn()
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.pid.as_raw_nonzero().get().unsigned_abs()
    }

    /// Its working directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The lines it has written to stdout so far.
    ///
    /// # Panics
    /// If one of them is not UTF-8.
    pub fn lines(&self) -> Vec<String> {
        self.stdout.lines()
    }

    /// The lines it has written to stderr so far.
    ///
    /// # Panics
    /// If one of them is not UTF-8.
    pub fn stderr_lines(&self) -> Vec<String> {
        self.stderr.lines()
    }

    /// The lines of stdout so far that are logfmt.
    pub fn logged(&self) -> Vec<Line> {
        let lines = self.lines();
        lines.iter().flat_map(|line| logfmt::parse(line)).collect()
    }

    /// Waits for a line on stdout that satisfies `matches`, earlier lines included.
    ///
    /// # Panics
    /// If none comes in time, or stdout ends without it.
    #[track_caller]
    pub fn wait_for_line(&self, awaited: &str, matches: impl Fn(&str) -> bool) -> String {
        self.wait_on(&self.stdout, awaited, |line| {
            matches(line).then(|| line.to_owned())
        })
    }

    /// Waits for a line on stderr that satisfies `matches`, earlier lines included.
    ///
    /// # Panics
    /// If none comes in time, or stderr ends without it.
    #[track_caller]
    pub fn wait_for_stderr(&self, awaited: &str, matches: impl Fn(&str) -> bool) -> String {
        self.wait_on(&self.stderr, awaited, |line| {
            matches(line).then(|| line.to_owned())
        })
    }

    /// Waits for a logfmt line on stdout that satisfies `matches`, earlier lines included.
    ///
    /// # Panics
    /// If none comes in time, or stdout ends without it.
    #[track_caller]
    pub fn wait_for_logged(&self, awaited: &str, matches: impl Fn(&Line) -> bool) -> Line {
        self.wait_on(&self.stdout, awaited, |line| {
            logfmt::parse(line).ok().filter(|line| matches(line))
        })
    }

    /// Waits until the server of a role ("public", "operations") says where it listens.
    ///
    /// # Panics
    /// If it does not in time, or not readably.
    #[track_caller]
    pub fn address(&self, role: &str) -> SocketAddr {
        let awaited = format!("the {role} server to listen");
        let line = self.wait_for_logged(&awaited, |line| {
            line.get("msg") == Some("listening") && line.get("server.role") == Some(role)
        });
        let part = |key| {
            let value: Option<&str> = line.get(key);
            value.unwrap_or_else(|| panic!("line of the {role} server lacks {key}: {line:?}"))
        };
        let host = part("server.address").parse().unwrap();
        SocketAddr::new(host, part("server.port").parse().unwrap())
    }

    /// Stops reading stdout: once the pipe is full, the process blocks when it writes.
    pub fn stall_stdout(&self) {
        self.stdout.stall();
    }

    /// Reads stdout again.
    pub fn resume_stdout(&self) {
        self.stdout.resume();
    }

    /// Asks it to end (SIGTERM).
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Asks it to end as Ctrl+C does (SIGINT).
    pub fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    /// Ends it without asking (SIGKILL).
    pub fn kill(&self) {
        self.signal(Signal::KILL);
    }

    /// Stops it where it is (SIGSTOP), until [`Process::proceed`].
    pub fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on after [`Process::freeze`].
    pub fn proceed(&self) {
        self.signal(Signal::CONT);
    }

    /// Whether it has not ended yet.
    pub fn is_running(&self) -> bool {
        self.child.lock().try_wait().unwrap().is_none()
    }

    /// Waits for its end; afterwards all that it wrote can be read, unless stdout is stalled.
    ///
    /// # Panics
    /// If it has not ended once `patience` has passed.
    #[track_caller]
    pub fn wait(&self, patience: Duration) -> Exit {
        let began = Instant::now();
        let since = self.signalled.lock().unwrap_or(began);
        while self.is_running() {
            if patience < began.elapsed() {
                panic!(
                    "awaited the end of {} for {patience:?}, it still runs{}",
                    self.name,
                    self.tail()
                );
            }
            std::thread::sleep(POLL);
        }
        let elapsed = since.elapsed();
        let status = self.child.lock().wait().unwrap();
        self.stdout.settle();
        self.stderr.settle();
        Exit { status, elapsed }
    }

    /// The memory that it holds in RAM.
    pub fn resident_bytes(&self) -> u64 {
        proc::resident_bytes(self.pid())
    }

    /// The processor time that all its threads have used.
    pub fn cpu_time(&self) -> Duration {
        proc::cpu_time(self.pid())
    }

    /// How many threads it has.
    pub fn threads(&self) -> usize {
        proc::threads(self.pid())
    }

    fn signal(&self, signal: Signal) {
        // Once reaped, its process id may belong to another program; the lock keeps it ours.
        let mut child = self.child.lock();
        if child.try_wait().unwrap().is_none() {
            *self.signalled.lock() = Some(Instant::now());
            kill_process(self.pid, signal).unwrap();
        }
    }

    #[track_caller]
    fn wait_on<R>(
        &self,
        output: &Output,
        awaited: &str,
        matches: impl FnMut(&str) -> Option<R>,
    ) -> R {
        output.wait(self.patience, matches).unwrap_or_else(|| {
            let state = match self.status_within(REAPING) {
                Some(status) => format!("ended with {status}"),
                None => "runs".to_owned(),
            };
            panic!(
                "awaited {awaited} from {}, which {state}{}",
                self.name,
                self.tail()
            )
        })
    }

    fn status_within(&self, patience: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + patience;
        loop {
            let status = self.child.lock().try_wait().unwrap();
            if status.is_some() || deadline < Instant::now() {
                return status;
            }
            std::thread::sleep(POLL);
        }
    }

    fn tail(&self) -> String {
        let (stdout, stderr) = (self.stdout.tail(), self.stderr.tail());
        format!("\n--- its last lines on stdout\n{stdout}\n--- on stderr\n{stderr}")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        self.child.lock().wait().unwrap();
    }
}
