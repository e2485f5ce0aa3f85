//! The queue: each job is done once, whoever dies at whatever moment.
//!
//! The row of a job decides who may change its order. Every transaction takes rows in one order:
//! job, order, items by number, and the event last, so that no two wait for each other in a circle.

use std::time::Duration;

use domain::{JobId, JobState, OrderId, Rejection, Timestamp};
use sqlx::Row as _;

pub use history::Pruned;
pub use lease::Claimed;
pub use revive::ReviveError;

use crate::connection::{Connection, Dialect, Row};
use crate::{Error, rows};

mod bury;
mod finish;
mod history;
mod lease;
mod list;
mod retry;
mod revive;

/// The right to work on a job, until it expires and another takes it over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The job.
    pub job: JobId,
    /// The order it brings on its way.
    pub order: OrderId,
    /// Which attempt this is, from 1; one that nobody ended counts too.
    pub attempt: u32,
    /// Higher with each lease of the job; a write with an old one changes nothing.
    pub fence: i64,
    /// What the job says.
    pub payload: String,
    /// Since when somebody should have worked on it: its moment, or the end of the lease before.
    pub due_at: Timestamp,
    /// When it was put into the queue.
    pub created_at: Timestamp,
}

/// A job that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// The job.
    pub job: JobId,
    /// Its order, which failed.
    pub order: OrderId,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it was given up.
    pub reason: String,
}

/// A job as whoever looks after the queue sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobRecord {
    /// Its number.
    pub id: JobId,
    /// Its order.
    pub order: OrderId,
    /// How far it is.
    pub state: JobState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it fell due last, or will.
    pub run_at: Timestamp,
    /// Until when a worker holds it, if one does.
    pub leased_until: Option<Timestamp>,
    /// Why the last attempt failed, at most 1,000 characters.
    pub last_error: Option<String>,
    /// When it was put into the queue.
    pub created_at: Timestamp,
    /// When it became done, dead or cancelled.
    pub ended_at: Option<Timestamp>,
}

/// How much work there is; ended jobs are history and not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueState {
    /// Jobs that wait for a worker, or for the moment of their next attempt.
    pub ready: u64,
    /// Jobs that workers hold.
    pub leased: u64,
    /// Jobs that were given up.
    pub dead: u64,
    /// The earliest moment at which a job fell due that nobody holds; none, if nothing is due.
    pub oldest_due: Option<Timestamp>,
    /// When this was so, by the clock of the queue.
    pub at: Timestamp,
}

impl QueueState {
    /// For how long the oldest due job has waited; zero if nothing is due.
    pub fn oldest_age(&self) -> Duration {
        let waited = self
            .oldest_due
            .map_or(0, |due| self.at.millis() - due.millis());
        Duration::from_millis(u64::try_from(waited).unwrap_or(0))
    }
}

/// Why a worker's word about a job was not taken; nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// The lease expired and another worker has the job, or it has ended.
    #[error("the lease of job {} was lost", .0.get())]
    LeaseLost(JobId),
    /// The carrier's name for the parcel is malformed.
    #[error(transparent)]
    Rejected(Rejection),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] Error),
}

/// The longest text of an error, in characters.
const REASON_CHARS: usize = 1_000;

/// A reason as it is stored: without what a line or a database could not carry.
fn bounded(reason: &str) -> String {
    let shown = reason.chars().take(REASON_CHARS);
    shown
        .map(|char| if char.is_control() { ' ' } else { char })
        .collect()
}

/// How a worker passes by the rows that another one is about to take.
fn skip_locked(connection: &Connection) -> &'static str {
    match Dialect::of(connection) {
        // Its transactions exclude each other.
        Dialect::Sqlite => "",
        Dialect::Postgres => "for update skip locked",
    }
}

fn job_id(row: &Row) -> Result<JobId, Error> {
    JobId::parse(row.try_get("id")?).map_err(rows::wrong("jobs"))
}

fn order_id(row: &Row) -> Result<OrderId, Error> {
    OrderId::parse(row.try_get("order_id")?).map_err(rows::wrong("jobs"))
}

fn attempts(row: &Row) -> Result<u32, Error> {
    let attempts: i64 = row.try_get("attempts")?;
    u32::try_from(attempts).map_err(|_| {
        let rejection = Rejection::new("attempts", "out_of_range", "must fit in 32 bits");
        rows::wrong("jobs")(rejection)
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::Timestamp;

    use super::{QueueState, bounded};

    #[test]
    fn a_reason_fits_its_column_and_a_line() {
        assert_eq!(bounded("refused\n\0by all"), "refused  by all");
        assert_eq!(bounded(&"\u{e9}".repeat(1_500)).chars().count(), 1_000);
    }

    #[test]
    fn a_queue_is_as_old_as_its_oldest_due_job() {
        let mut state = QueueState {
            ready: 0,
            leased: 0,
            dead: 0,
            oldest_due: None,
            at: Timestamp::from_millis(5_000),
        };
        assert_eq!(state.oldest_age(), Duration::ZERO);

        state.oldest_due = Some(Timestamp::from_millis(3_500));
        assert_eq!(state.oldest_age(), Duration::from_millis(1_500));

        state.oldest_due = Some(Timestamp::from_millis(9_000));
        assert_eq!(state.oldest_age(), Duration::ZERO);
    }
}
