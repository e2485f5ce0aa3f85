//! Load on one address: at a fixed rate whatever the server does, or as fast as it answers.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::time::{TimeSpec, TimeValLike};

use connection::Connection;

mod connection;

const CONNECTIONS: usize = 16;
/// A server that answers nothing for so long has failed.
const PATIENCE: Duration = Duration::from_secs(5);

/// Connections that are kept open from one measurement to the next.
pub(crate) struct Load {
    connections: Vec<Connection>,
    idle: VecDeque<usize>,
}

/// What was sent and answered, each with 200.
pub(crate) struct Answered {
    pub(crate) requests: u64,
    pub(crate) elapsed: Duration,
    /// Each from the moment the request was due, so that a late one counts in full; ascending.
    pub(crate) latencies: Vec<Duration>,
}

impl Load {
    pub(crate) fn connect(address: SocketAddr) -> io::Result<Self> {
        let connections = (0..CONNECTIONS)
            .map(|_| Connection::open(address))
            .collect::<io::Result<Vec<_>>>()?;
        Ok(Self {
            idle: (0..connections.len()).collect(),
            connections,
        })
    }

    /// Sends `rate` requests per second, evenly; one that finds no idle connection waits, and is the later for it.
    pub(crate) fn at_rate(&mut self, rate: u32, duration: Duration) -> io::Result<Answered> {
        let total = (f64::from(rate) * duration.as_secs_f64()) as u32;
        let interval = Duration::from_secs(1) / rate;
        let started = Instant::now();
        let mut latencies = Vec::with_capacity(total as usize);
        let mut sent = 0;
        while latencies.len() < total as usize {
            while sent < total {
                let due = started + interval * sent;
                if Instant::now() < due || !self.send(due)? {
                    break;
                }
                sent += 1;
            }
            let next = (sent < total && !self.idle.is_empty())
                .then(|| (started + interval * sent).saturating_duration_since(Instant::now()));
            self.wait(next, |latency| latencies.push(latency))?;
        }
        latencies.sort_unstable();
        Ok(Answered {
            requests: u64::from(total),
            elapsed: started.elapsed(),
            latencies,
        })
    }

    /// Keeps each connection busy.
    pub(crate) fn saturate(&mut self, duration: Duration) -> io::Result<Answered> {
        let started = Instant::now();
        let end = started + duration;
        let mut latencies = Vec::with_capacity(1 << 20);
        loop {
            let now = Instant::now();
            while now < end && self.send(now)? {}
            if self.idle.len() == self.connections.len() {
                break;
            }
            self.wait(None, |latency| latencies.push(latency))?;
        }
        latencies.sort_unstable();
        Ok(Answered {
            requests: latencies.len() as u64,
            elapsed: started.elapsed(),
            latencies,
        })
    }

    /// Sends a request on an idle connection, if there is one.
    fn send(&mut self, due: Instant) -> io::Result<bool> {
        let Some(at) = self.idle.pop_front() else {
            return Ok(false);
        };
        self.connections[at].send(due)?;
        Ok(true)
    }

    /// Waits for answers, or until the next request is due.
    fn wait(
        &mut self,
        next: Option<Duration>,
        mut answered: impl FnMut(Duration),
    ) -> io::Result<()> {
        let busy: Vec<usize> = (0..self.connections.len())
            .filter(|at| self.connections[*at].is_busy())
            .collect();
        let mut descriptors: Vec<PollFd<'_>> = busy
            .iter()
            .map(|at| PollFd::new(self.connections[*at].as_fd(), PollFlags::POLLIN))
            .collect();
        let timeout = next.unwrap_or(PATIENCE);
        let nanos = i64::try_from(timeout.as_nanos()).unwrap_or(i64::MAX);
        let count = ppoll(&mut descriptors, Some(TimeSpec::nanoseconds(nanos)), None)?;
        if count == 0 && next.is_none() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let ready: Vec<usize> = std::iter::zip(&busy, &descriptors)
            .filter(|(_, descriptor)| descriptor.any().unwrap_or(true))
            .map(|(at, _)| *at)
            .collect();
        for at in ready {
            if let Some(latency) = self.connections[at].receive()? {
                answered(latency);
                self.idle.push_back(at);
            }
        }
        Ok(())
    }
}
