//! The rules of a breaker, without clock, lock or metric.

use tokio::time::Instant;

use super::Settings;

/// The three states as metrics and lines name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Closed,
    Open,
    HalfOpen,
}

/// From one state to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) from: State,
    pub(super) to: State,
}

/// Says since which change a call runs: what began earlier no longer counts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Ticket {
    epoch: u64,
}

/// A breaker's memory.
#[derive(Debug)]
pub(super) struct Circuit {
    settings: Settings,
    epoch: u64,
    phase: Phase,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    Closed { failures: u32 },
    Open { until: Instant },
    HalfOpen { trial: bool },
}

impl State {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
        }
    }

    /// What a breaker did when it got there.
    pub(super) fn verb(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "opened",
            Self::HalfOpen => "lets one call try",
        }
    }
}

impl Phase {
    fn state(self) -> State {
        match self {
            Self::Closed { .. } => State::Closed,
            Self::Open { .. } => State::Open,
            Self::HalfOpen { .. } => State::HalfOpen,
        }
    }
}

impl Circuit {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            settings,
            epoch: 0,
            phase: Phase::Closed { failures: 0 },
        }
    }

    /// Whether a call may be made now.
    pub(super) fn admit(&mut self, now: Instant) -> Option<(Ticket, Option<Change>)> {
        let mut change = None;
        match &mut self.phase {
            Phase::Closed { .. } => {}
            Phase::Open { until } if now < *until => return None,
            Phase::HalfOpen { trial: true } => return None,
            Phase::HalfOpen { trial } => *trial = true,
            Phase::Open { .. } => change = Some(self.enter(Phase::HalfOpen { trial: true })),
        }
        Some((Ticket { epoch: self.epoch }, change))
    }

    /// Takes the outcome of a call.
    pub(super) fn record(&mut self, ticket: &Ticket, well: bool, now: Instant) -> Option<Change> {
        if ticket.epoch != self.epoch {
            return None;
        }
        let opened = Phase::Open {
            until: now + self.settings.open_for,
        };
        match (&mut self.phase, well) {
            (Phase::Closed { failures }, true) => *failures = 0,
            (Phase::Closed { failures }, false) => {
                *failures += 1;
                if self.settings.failures <= *failures {
                    return Some(self.enter(opened));
                }
            }
            (Phase::HalfOpen { .. }, true) => {
                return Some(self.enter(Phase::Closed { failures: 0 }));
            }
            (Phase::HalfOpen { .. }, false) => return Some(self.enter(opened)),
            // No ticket is given out while it is open.
            (Phase::Open { .. }, _) => {}
        }
        None
    }

    /// Takes notice of a call that will have no outcome.
    pub(super) fn forget(&mut self, ticket: &Ticket) {
        if let Phase::HalfOpen { trial } = &mut self.phase
            && ticket.epoch == self.epoch
        {
            *trial = false;
        }
    }

    fn enter(&mut self, phase: Phase) -> Change {
        let from = self.phase.state();
        self.phase = phase;
        self.epoch += 1;
        Change {
            from,
            to: phase.state(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::{Change, Circuit, State};
    use crate::breaker::Settings;

    const OPEN_FOR: Duration = Duration::from_secs(10);

    fn circuit(failures: u32) -> (Circuit, Instant) {
        let settings = Settings {
            failures,
            open_for: OPEN_FOR,
        };
        (Circuit::new(settings), Instant::now())
    }

    fn change(from: State, to: State) -> Option<Change> {
        Some(Change { from, to })
    }

    #[test]
    fn only_failures_in_a_row_open_it() {
        let (mut circuit, now) = circuit(2);

        for well in [false, true, false, true, false] {
            let (ticket, _) = circuit.admit(now).unwrap();
            assert_eq!(circuit.record(&ticket, well, now), None);
        }
        let (ticket, _) = circuit.admit(now).unwrap();
        assert_eq!(
            circuit.record(&ticket, false, now),
            change(State::Closed, State::Open)
        );
        assert_eq!(
            circuit.admit(now + OPEN_FOR - Duration::from_nanos(1)),
            None
        );
    }

    #[test]
    fn one_trial_decides_and_nobody_else() {
        let (mut circuit, now) = circuit(1);
        let (early, _) = circuit.admit(now).unwrap();
        let (failing, _) = circuit.admit(now).unwrap();
        circuit.record(&failing, false, now);
        let later = now + OPEN_FOR;

        let (trial, changed) = circuit.admit(later).unwrap();

        assert_eq!(changed, change(State::Open, State::HalfOpen));
        assert_eq!(circuit.admit(later), None);
        assert_eq!(circuit.record(&early, true, later), None);
        assert_eq!(circuit.record(&early, false, later), None);
        assert_eq!(
            circuit.record(&trial, false, later),
            change(State::HalfOpen, State::Open)
        );
        assert_eq!(circuit.admit(later), None);
        let (trial, _) = circuit.admit(later + OPEN_FOR).unwrap();
        assert_eq!(
            circuit.record(&trial, true, later + OPEN_FOR),
            change(State::HalfOpen, State::Closed)
        );
        assert!(circuit.admit(later + OPEN_FOR).is_some());
    }

    #[test]
    fn a_trial_without_outcome_makes_room_for_the_next() {
        let (mut circuit, now) = circuit(1);
        let (early, _) = circuit.admit(now).unwrap();
        let (failing, _) = circuit.admit(now).unwrap();
        circuit.record(&failing, false, now);
        let later = now + OPEN_FOR;
        let (dropped, _) = circuit.admit(later).unwrap();

        circuit.forget(&early);
        assert_eq!(circuit.admit(later), None);
        circuit.forget(&dropped);

        assert!(matches!(circuit.admit(later), Some((_, None))));
        assert_eq!(circuit.admit(later), None);
    }

    #[test]
    fn a_recovered_service_starts_with_a_clean_slate() {
        let (mut circuit, now) = circuit(2);
        for _ in 0..2 {
            let (ticket, _) = circuit.admit(now).unwrap();
            circuit.record(&ticket, false, now);
        }
        let later = now + OPEN_FOR;
        let (trial, _) = circuit.admit(later).unwrap();
        circuit.record(&trial, true, later);

        let (ticket, _) = circuit.admit(later).unwrap();

        assert_eq!(circuit.record(&ticket, false, later), None);
    }
}
