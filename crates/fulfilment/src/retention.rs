//! Forgets what has ended long ago.

use std::time::{Duration, SystemTime};

use storage::{Error, Pruned, Store};

/// How often it looks; one look deletes a bounded number of rows.
const INTERVAL: Duration = Duration::from_secs(60);

/// Deletes jobs and events that ended more than `keep` ago, for as long as it runs.
pub(crate) async fn prune(store: Store, keep: Duration) {
    let mut interval = tokio::time::interval(INTERVAL);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        // A trace for each minute of a quiet night would only be in the way.
        match telemetry::untraced(store.prune_history(SystemTime::now().into(), keep)).await {
            Ok(Pruned { jobs: 0, events: 0 }) | Err(Error::ReadOnly) => {}
            Ok(Pruned { jobs, events }) => {
                tracing::info!(jobs, events, "pruned the history of jobs")
            }
            Err(error) => tracing::warn!(
                error = &error as &dyn std::error::Error,
                "pruning the history of jobs failed"
            ),
        }
    }
}
