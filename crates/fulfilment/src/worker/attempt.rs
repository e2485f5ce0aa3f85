//! One attempt at one job: worked on under its span, kept by renewing its lease, settled in the queue.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::SystemTime;

use contracts::{Job, JobV1, TraceContext};
use domain::Timestamp;
use futures_util::FutureExt;
use storage::{JobError, Lease};
use telemetry::messaging::{Delivery, Headers};
use tokio::time::{Instant, sleep};

use super::failure::{Failed, Failure};
use super::measures::Outcome;
use super::{Phase, Shared, backoff, lines};

/// Works on a job until it is settled, one way or the other.
pub(super) async fn run(shared: Arc<Shared>, lease: Lease) {
    let _busy = shared.measures.claimed(&lease);
    let ended = tokio::select! {
        ended = AssertUnwindSafe(shared.process(&lease)).catch_unwind() => ended.map_err(|_| Failure::Panicked),
        () = shared.reached(Phase::GiveBack) => Err(Failure::Stopped),
    };
    let outcome = match ended {
        Ok(outcome) => outcome,
        // The span ended with what happened.
        Err(failure) => telemetry::untraced(shared.settle(&lease, &failure)).await,
    };
    shared.measures.ended(outcome);
}

impl Shared {
    async fn process(&self, lease: &Lease) -> Outcome {
        let job = parse(lease);
        let headers = job
            .as_ref()
            .map(|job| headers(&job.trace))
            .unwrap_or_default();
        // As the sender names it, who does not know the number of the job.
        let id = lease.order.get().to_string();
        let delivery = Delivery {
            id: &id,
            attempt: lease.attempt,
            headers: &headers,
        };
        let work = async {
            let worked = match job {
                Ok(_) => self.work(lease).await,
                Err(failure) => Err(failure),
            };
            match worked {
                Ok(()) => Ok(Outcome::Done),
                Err(failure) => {
                    let outcome = self.settle(lease, &failure).await;
                    Err(Failed { failure, outcome })
                }
            }
        };
        let processed = self.receiver.process(delivery, work).await;
        processed.unwrap_or_else(|failed| failed.outcome)
    }

    /// Ships the order, once: whoever lost the lease meanwhile changes nothing.
    async fn work(&self, lease: &Lease) -> Result<(), Failure> {
        let tracking = tokio::select! {
            shipped = self.carrier.ship(lease.order) => shipped?,
            () = self.keep(lease) => return Err(Failure::LeaseLost),
        };
        let shipment = self.store.finish_job(lease, &tracking).await?;
        tracing::info!(
            job.id = lease.job.get(),
            job.attempt = lease.attempt,
            order.id = lease.order.get(),
            shipment.tracking = shipment.tracking.as_str(),
            "shipped order {}",
            lease.order.get()
        );
        Ok(())
    }

    /// Renews the lease for as long as that is possible. A database that does not answer costs the lease
    /// only once its time is over.
    async fn keep(&self, lease: &Lease) {
        let lasts = self.settings.lease;
        let mut ends = Instant::now() + lasts;
        loop {
            sleep(lasts / 3).await;
            let asked = Instant::now();
            match self.store.renew_lease(lease, lasts).await {
                Ok(true) => ends = asked + lasts,
                Ok(false) => return,
                Err(_) if ends <= Instant::now() => return,
                Err(_) => {}
            }
        }
    }

    /// Tells the queue what becomes of a job that was not finished.
    async fn settle(&self, lease: &Lease, failure: &Failure) -> Outcome {
        let reason = failure.reason();
        let now = Timestamp::from(SystemTime::now());
        let last = self.settings.attempts <= lease.attempt;
        let (outcome, settled) = match failure {
            Failure::LeaseLost => (Outcome::LeaseLost, Ok(())),
            Failure::Stopped => {
                let settled = self.store.retry_job(lease, now, &reason).await;
                (Outcome::GivenBack, settled)
            }
            _ if last || failure.is_final() => {
                let settled = self.store.bury_job(lease, &reason).await;
                (Outcome::Dead, settled)
            }
            _ => {
                let at = now + backoff::before_next(self.settings.backoff, lease.attempt);
                let settled = self.store.retry_job(lease, at, &reason).await;
                (Outcome::Retried, settled)
            }
        };
        let (outcome, trouble) = match settled {
            Ok(()) => (outcome, None),
            Err(JobError::LeaseLost(_)) => (Outcome::LeaseLost, None),
            Err(error) => (Outcome::Unsettled, Some(error)),
        };
        match outcome {
            Outcome::Dead => lines::gave_up(lease.job, lease.order, lease.attempt, &reason),
            _ => lines::unfinished(lease, outcome, &reason, trouble.as_ref()),
        }
        outcome
    }
}

fn parse(lease: &Lease) -> Result<JobV1, Failure> {
    let Job::V1(job) = Job::from_json(&lease.payload).map_err(Failure::Payload)?;
    if job.order_id != lease.order.get() {
        return Err(Failure::OtherOrder(job.order_id));
    }
    Ok(job)
}

fn headers(trace: &TraceContext) -> Headers {
    let carried = [
        ("traceparent", &trace.traceparent),
        ("tracestate", &trace.tracestate),
    ];
    let there = carried
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value.clone()?)));
    there.collect()
}
