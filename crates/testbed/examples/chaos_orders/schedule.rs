//! When who is killed, drawn before the first kill, so that a seed repeats it.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

/// Between two kills, in milliseconds.
const BETWEEN: std::ops::Range<u64> = 500..2_000;
/// How long a victim stays down, in milliseconds.
const DOWN: std::ops::Range<u64> = 0..300;
/// How often two are killed at the same instant.
const TOGETHER: f64 = 0.15;

/// Who can be killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Victim {
    Api,
    Fulfilment,
    Database,
}

impl Victim {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Fulfilment => "fulfilment",
            Self::Database => "database",
        }
    }
}

/// A SIGKILL to come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kill {
    /// Since the one before it.
    pub(crate) after: Duration,
    pub(crate) victim: Victim,
    /// Until the victim is started again.
    pub(crate) down: Duration,
}

/// All kills of a run, in their order.
pub(crate) struct Schedule {
    pub(crate) kills: Vec<Kill>,
}

impl Schedule {
    pub(crate) fn new(seed: u64, kills: u32, victims: &[Victim]) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut before = None;
        let kills = (0..kills).map(|_| {
            let others: Vec<_> = victims
                .iter()
                .filter(|victim| Some(**victim) != before)
                .collect();
            let together = before.is_some() && rng.random_bool(TOGETHER);
            // Killing the same one twice at once would be one kill.
            let chosen = if together {
                others.choose(&mut rng).copied()
            } else {
                victims.choose(&mut rng)
            };
            let victim = chosen.copied().unwrap_or(Victim::Api);
            before = Some(victim);
            Kill {
                after: Duration::from_millis(if together {
                    0
                } else {
                    rng.random_range(BETWEEN)
                }),
                victim,
                down: Duration::from_millis(rng.random_range(DOWN)),
            }
        });
        Self {
            kills: kills.collect(),
        }
    }

    pub(crate) fn count(&self, victim: Victim) -> usize {
        self.kills
            .iter()
            .filter(|kill| kill.victim == victim)
            .count()
    }
}
