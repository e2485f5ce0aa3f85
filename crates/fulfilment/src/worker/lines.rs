//! What is said about jobs that did not go well: one line each.

use domain::{JobId, OrderId};
use storage::{JobError, Lease};

use super::measures::Outcome;

/// A job is dead, and somebody should look at it.
pub(super) fn gave_up(job: JobId, order: OrderId, attempts: u32, reason: &str) {
    tracing::error!(
        job.id = job.get(),
        job.attempt = attempts,
        order.id = order.get(),
        error = reason,
        "gave up job {}: order {} failed",
        job.get(),
        order.get()
    );
}

/// An attempt did not finish its job; `trouble` is why the queue could not be told.
pub(super) fn unfinished(
    lease: &Lease,
    outcome: Outcome,
    reason: &str,
    trouble: Option<&JobError>,
) {
    tracing::warn!(
        job.id = lease.job.get(),
        job.attempt = lease.attempt,
        job.outcome = outcome.as_str(),
        order.id = lease.order.get(),
        error = reason,
        queue.error = trouble.map(|error| error as &dyn std::error::Error),
        "attempt {} at job {} did not finish it",
        lease.attempt,
        lease.job.get()
    );
}
