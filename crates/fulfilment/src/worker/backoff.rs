//! How long a job waits for its next attempt.

use std::time::Duration;

use rand::Rng;

/// No attempt waits longer.
const LONGEST: Duration = Duration::from_secs(300);

/// Twice as long after each attempt, and between half and all of that, so that jobs that failed together
/// do not come back together.
pub(super) fn before_next(first: Duration, attempt: u32) -> Duration {
    let most = most(first, attempt);
    most.mul_f64(rand::rng().random_range(0.5..=1.0))
}

fn most(first: Duration, attempt: u32) -> Duration {
    let doublings = attempt.saturating_sub(1).min(30);
    first.saturating_mul(1 << doublings).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{LONGEST, before_next, most};

    const FIRST: Duration = Duration::from_secs(1);

    #[test]
    fn each_attempt_waits_twice_as_long_up_to_a_bound() {
        let waits: Vec<_> = (1..=5)
            .map(|attempt| most(FIRST, attempt).as_secs())
            .collect();

        assert_eq!(waits, [1, 2, 4, 8, 16]);
        assert_eq!(most(FIRST, 10), LONGEST);
        assert_eq!(most(FIRST, u32::MAX), LONGEST);
    }

    #[test]
    fn jobs_that_failed_together_come_back_apart() {
        let waits: Vec<_> = (0..100).map(|_| before_next(FIRST, 3)).collect();

        let (least, most) = (Duration::from_secs(2), Duration::from_secs(4));
        assert!(waits.iter().all(|wait| (least..=most).contains(wait)));
        assert!(waits.iter().any(|wait| *wait != waits[0]));
    }
}
