//! Why an attempt did not finish its job.

use domain::Rejection;
use storage::{Error, JobError};
use telemetry::messaging::ErrorType;

use super::measures::Outcome;
use crate::carrier::Refused;

#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// Nobody will ever be able to read it.
    #[error("the payload of the job cannot be read")]
    Payload(#[source] serde_json::Error),
    /// It was put together wrongly, so neither of the two orders is to be shipped for it.
    #[error("the payload of the job names order {0}, which it is not for")]
    OtherOrder(i64),
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error("the carrier gave the parcel a name that is none")]
    Tracking(#[source] Rejection),
    #[error("the attempt panicked")]
    Panicked,
    /// Another worker has the job, or it was cancelled.
    #[error("the lease of the job was lost")]
    LeaseLost,
    /// The attempt was cut off by the end of the process.
    #[error("the worker stopped")]
    Stopped,
    #[error("the database did not take what was done")]
    Store(#[source] Error),
}

/// A failure, and what became of its job.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) failure: Failure,
    pub(super) outcome: Outcome,
}

impl Failure {
    /// Whether a further attempt would fail in the same way.
    pub(super) fn is_final(&self) -> bool {
        matches!(self, Self::Payload(_) | Self::OtherOrder(_))
    }

    /// The failure with its causes.
    pub(super) fn reason(&self) -> String {
        let first: &dyn std::error::Error = self;
        let chain = std::iter::successors(Some(first), |error| error.source());
        let causes: Vec<_> = chain.map(ToString::to_string).collect();
        causes.join(": ")
    }
}

impl From<JobError> for Failure {
    fn from(error: JobError) -> Self {
        match error {
            JobError::LeaseLost(_) => Self::LeaseLost,
            JobError::Rejected(rejection) => Self::Tracking(rejection),
            JobError::Store(error) => Self::Store(error),
        }
    }
}

impl ErrorType for Failed {
    fn error_type(&self) -> &'static str {
        match &self.failure {
            Failure::Payload(_) | Failure::OtherOrder(_) => "invalid_payload",
            Failure::Refused(_) => "carrier_refused",
            Failure::Tracking(_) => "carrier_nonsense",
            Failure::Panicked => "panic",
            Failure::LeaseLost => "lease_lost",
            Failure::Stopped => "cancelled",
            Failure::Store(error) => error.error_type(),
        }
    }
}
