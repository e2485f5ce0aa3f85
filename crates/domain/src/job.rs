//! The work that an accepted order waits for.

use crate::Rejection;
use crate::rejection::in_range;

/// The number of a job; never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(i64);

impl JobId {
    /// Takes 1 and above.
    ///
    /// # Errors
    /// A [`Rejection`] of `job_id`.
    pub fn parse(id: i64) -> Result<Self, Rejection> {
        in_range("job_id", id, 1..=i64::MAX).map(Self)
    }

    /// The number.
    pub fn get(self) -> i64 {
        self.0
    }
}

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobState {
    /// Waits for a worker, or for the moment of its next attempt.
    Ready,
    /// A worker holds it for a while.
    Leased,
    /// Its order was shipped.
    Done,
    /// Given up after its last attempt; somebody has to look at it.
    Dead,
    /// Called off with its order.
    Cancelled,
}

impl JobState {
    /// Every state, in the order of a job's life.
    pub const ALL: [Self; 5] = [
        Self::Ready,
        Self::Leased,
        Self::Done,
        Self::Dead,
        Self::Cancelled,
    ];

    /// Takes one of the five words.
    ///
    /// # Errors
    /// A [`Rejection`] of `state`.
    pub fn parse(word: &str) -> Result<Self, Rejection> {
        let known = Self::ALL.into_iter().find(|state| state.as_str() == word);
        known.ok_or_else(|| {
            let reason = "must be ready, leased, done, dead or cancelled";
            Rejection::new("state", "unknown", reason)
        })
    }

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Leased => "leased",
            Self::Done => "done",
            Self::Dead => "dead",
            Self::Cancelled => "cancelled",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{JobId, JobState};

    #[test]
    fn a_job_has_a_number_from_1() {
        assert!(JobId::parse(1).is_ok() && JobId::parse(i64::MAX).is_ok());
        assert_eq!(JobId::parse(0).unwrap_err().field, "job_id");
    }

    #[test]
    fn every_word_leads_back_to_its_state() {
        for state in JobState::ALL {
            assert_eq!(JobState::parse(state.as_str()), Ok(state));
        }
        assert_eq!(JobState::parse("running").unwrap_err().field, "state");
    }
}
