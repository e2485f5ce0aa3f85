//! Jobs on their way from the queue to this process.

use storage::{Error, Lease};

use super::{Shared, lines};
use crate::settings::JobSettings;

impl Shared {
    /// Takes up to `free` jobs; none if the database does not answer.
    pub(super) async fn claim(&self, free: u32) -> Option<Vec<Lease>> {
        let JobSettings {
            lease, attempts, ..
        } = self.settings;
        // A trace for each look into an empty queue would only be in the way.
        let claimed = telemetry::untraced(self.store.lease_jobs(free, lease, attempts)).await;
        let claimed = match claimed {
            Ok(claimed) => claimed,
            Err(error) => {
                self.complain(&error);
                return None;
            }
        };
        // Jobs whose last attempt ended with its lease: nobody else could tell.
        for letter in claimed.buried {
            self.measures.buried();
            lines::gave_up(letter.job, letter.order, letter.attempts, &letter.reason);
        }
        Some(claimed.leases)
    }

    fn complain(&self, error: &Error) {
        if let Some(times) = self.refused.happened(1) {
            tracing::warn!(
                error = error as &dyn std::error::Error,
                times,
                "the queue cannot be read"
            );
        }
    }
}
