//! How a job goes back into the queue.

use domain::Timestamp;

use super::{JobError, Lease, bounded};
use crate::lane::Held;
use crate::{Error, Store, clock};

impl Store {
    /// Gives a job back, to be tried again from `at` on; its order stays as it is.
    ///
    /// `at` is compared with the clock of the queue, so another clock shifts the pause by their difference.
    ///
    /// # Errors
    /// [`JobError`]; nothing was changed then.
    pub async fn retry_job(
        &self,
        lease: &Lease,
        at: Timestamp,
        reason: &str,
    ) -> Result<(), JobError> {
        let mut held = self.writer().acquire().await?;
        let work = retry(&mut held, lease, at, reason);
        let outcome = self.call(&self.calls().update_jobs, work).await;
        match held.settle(outcome)? {
            true => Ok(()),
            false => Err(JobError::LeaseLost(lease.job)),
        }
    }
}

async fn retry(held: &mut Held, lease: &Lease, at: Timestamp, reason: &str) -> Result<bool, Error> {
    let mut transaction = held.begin().await?;
    let now = clock::now(&mut transaction).await?;
    let ready = sqlx::query(
        "update jobs set state = 'ready', leased_until = null, run_at = $3, last_error = $4, updated_at = $5
         where id = $1 and fence = $2 and state = 'leased'",
    )
    .bind(lease.job.get())
    .bind(lease.fence)
    .bind(at.millis())
    .bind(bounded(reason))
    .bind(now.millis())
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(ready.rows_affected() == 1)
}
