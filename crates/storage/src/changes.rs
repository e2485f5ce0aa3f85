//! How whoever waits for work or for events learns early that it is worth looking.
//!
//! Nothing here is ever the only way to learn of a change: callers look again when their time is up.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::Store;
use crate::connect::Connector;

mod listen;
mod poll;

/// Wakes its owner early; made by [`Store::changes`], and each clone remembers by itself what it was woken for.
#[derive(Clone, Debug)]
pub struct Changes {
    signals: Arc<Signals>,
    jobs: watch::Receiver<()>,
    events: watch::Receiver<()>,
}

impl Store {
    /// A way to be woken when there are new jobs or events. Make it before the first look, so that no change
    /// falls between a look and the wait after it.
    ///
    /// The first call starts a task on the runtime it is made on, which ends with the store.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn changes(&self) -> Changes {
        let signals = self.watcher().signals.clone();
        Changes {
            jobs: signals.jobs.subscribe(),
            events: signals.events.subscribe(),
            signals,
        }
    }
}

impl Changes {
    /// Waits until a job may have been put into the queue since the last wait, at most for `timeout`;
    /// says whether one may have been. A job that falls due by time alone wakes nobody.
    pub async fn wait_for_job(&mut self, timeout: Duration) -> bool {
        let _waiter = Waiter::of(&self.signals);
        changed(&mut self.jobs, timeout).await
    }

    /// Waits until an event may have been written since the last wait, at most for `timeout`;
    /// says whether one may have been.
    pub async fn wait_for_event(&mut self, timeout: Duration) -> bool {
        let _waiter = Waiter::of(&self.signals);
        changed(&mut self.events, timeout).await
    }
}

async fn changed(changes: &mut watch::Receiver<()>, timeout: Duration) -> bool {
    match tokio::time::timeout(timeout, changes.changed()).await {
        Ok(outcome) => outcome.is_ok(),
        Err(_) => false,
    }
}

#[derive(Debug)]
struct Signals {
    jobs: watch::Sender<()>,
    events: watch::Sender<()>,
    waiting: watch::Sender<usize>,
}

impl Signals {
    fn all(&self) {
        self.jobs.send_replace(());
        self.events.send_replace(());
    }
}

/// Counts while it lives, so that nobody looks for changes that nobody waits for.
struct Waiter<'a>(&'a Signals);

impl<'a> Waiter<'a> {
    fn of(signals: &'a Signals) -> Self {
        signals.waiting.send_modify(|waiting| *waiting += 1);
        Self(signals)
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.0.waiting.send_modify(|waiting| *waiting -= 1);
    }
}

/// Looks for changes until it is dropped.
pub(crate) struct Watcher {
    signals: Arc<Signals>,
    task: JoinHandle<()>,
}

impl Watcher {
    pub(crate) fn start(connector: &Connector) -> Self {
        let signals = Arc::new(Signals {
            jobs: watch::Sender::default(),
            events: watch::Sender::default(),
            waiting: watch::Sender::default(),
        });
        let task = match connector {
            Connector::File(_) => tokio::spawn(poll::watch(connector.clone(), signals.clone())),
            Connector::Server(server) => {
                tokio::spawn(listen::listen(server.clone(), signals.clone()))
            }
        };
        Self { signals, task }
    }

    pub(crate) fn stop(&self) {
        self.task.abort();
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.stop();
    }
}
