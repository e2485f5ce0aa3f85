//! Takes jobs from the queue, a few at a time, and stops in order.

use std::sync::Arc;
use std::time::Duration;

use storage::Store;
use telemetry::Telemetry;
use telemetry::logs::Occasional;
use telemetry::messaging::Receiver;
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinHandle, JoinSet};
use tokio::time::timeout;

use crate::carrier::Carrier;
use crate::settings::JobSettings;
use measures::Measures;

mod attempt;
mod backoff;
mod claim;
mod failure;
mod lines;
mod measures;

/// How often the queue is asked when nothing says that there is work.
const POLL: Duration = Duration::from_millis(500);
/// How long a database that did not answer is left alone.
const PAUSE: Duration = Duration::from_secs(1);
/// How long attempts under way may take to end; with the next, less than the second that queues have.
const FINISH: Duration = Duration::from_millis(500);
/// How long it may take to give back the jobs of attempts that did not.
const GIVE_BACK: Duration = Duration::from_millis(200);

/// The worker of this process.
#[derive(Debug)]
pub(crate) struct Worker {
    phase: watch::Sender<Phase>,
    running: JoinHandle<()>,
}

/// How far the end is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Work,
    /// No further job is taken.
    Finish,
    /// What is under way is given back.
    GiveBack,
}

/// What attempts share.
struct Shared {
    store: Store,
    receiver: Receiver,
    carrier: Carrier,
    measures: Measures,
    settings: JobSettings,
    phase: watch::Receiver<Phase>,
    refused: Occasional,
}

impl Worker {
    /// Begins to take jobs, on the runtime of the caller. Call it once per process: it registers the metric families.
    pub(crate) fn start(
        settings: JobSettings,
        store: Store,
        carrier: Carrier,
        telemetry: &Telemetry,
    ) -> Self {
        let (phase, watched) = watch::channel(Phase::Work);
        let shared = Shared {
            receiver: telemetry.message_receiver(contracts::QUEUE_SYSTEM, contracts::ORDERS_QUEUE),
            measures: Measures::register(telemetry.metrics(), settings.workers),
            store,
            carrier,
            settings,
            phase: watched,
            refused: Occasional::default(),
        };
        let running = tokio::spawn(run(Arc::new(shared), phase.clone()));
        Self { phase, running }
    }

    /// Tells whether it still runs: it does so until it is stopped.
    pub(crate) fn handle(&self) -> AbortHandle {
        self.running.abort_handle()
    }

    /// Takes no further job, lets those under way end, and gives back the rest; takes less than a second.
    pub(crate) async fn stop(self) {
        self.phase.send_replace(Phase::Finish);
        // It has said what went wrong, if it panicked.
        let _ended = self.running.await;
    }
}

impl Shared {
    /// Waits until the end is that far.
    async fn reached(&self, phase: Phase) {
        let mut watched = self.phase.clone();
        // A sender that is gone will not call anything off.
        let _gone = watched.wait_for(|now| phase <= *now).await;
    }

    fn is_working(&self) -> bool {
        *self.phase.borrow() == Phase::Work
    }

    /// Waits until there may be work, or the end begins.
    async fn pause(&self, work: impl Future<Output = ()>) {
        tokio::select! {
            () = work => {}
            () = self.reached(Phase::Finish) => {}
        }
    }
}

/// Works until the end begins. A claim is never cut off: jobs that nobody knows of would wait for their lease to end.
async fn run(shared: Arc<Shared>, phase: watch::Sender<Phase>) {
    let mut attempts = JoinSet::new();
    let mut changes = shared.store.changes();
    while shared.is_working() {
        while attempts.try_join_next().is_some() {}
        let busy = u32::try_from(attempts.len()).unwrap_or(u32::MAX);
        let free = shared.settings.workers.saturating_sub(busy);
        if free == 0 {
            tokio::select! {
                Some(_) = attempts.join_next() => {}
                () = shared.reached(Phase::Finish) => {}
            }
            continue;
        }
        let Some(leases) = shared.claim(free).await else {
            shared.pause(tokio::time::sleep(PAUSE)).await;
            continue;
        };
        let none_is_left = u32::try_from(leases.len()).unwrap_or(u32::MAX) < free;
        for lease in leases {
            attempts.spawn(attempt::run(shared.clone(), lease));
        }
        if none_is_left {
            let woken = async {
                changes.wait_for_job(POLL).await;
            };
            shared.pause(woken).await;
        }
    }
    end(attempts, &phase).await;
}

async fn end(mut attempts: JoinSet<()>, phase: &watch::Sender<Phase>) {
    let mut ended = async || while attempts.join_next().await.is_some() {};
    if timeout(FINISH, ended()).await.is_ok() {
        return;
    }
    phase.send_replace(Phase::GiveBack);
    if timeout(GIVE_BACK, ended()).await.is_err() {
        tracing::warn!("some jobs could not be given back: they wait for the end of their leases");
    }
}
