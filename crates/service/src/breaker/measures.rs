//! The metrics of breakers, each series there before anything happens.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use telemetry::Metrics;

use super::state::State;

/// The changes that the rules allow.
const CHANGES: [(State, State); 4] = [
    (State::Closed, State::Open),
    (State::Open, State::HalfOpen),
    (State::HalfOpen, State::Closed),
    (State::HalfOpen, State::Open),
];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Name {
    service: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct FromTo {
    service: &'static str,
    from_state: &'static str,
    to_state: &'static str,
}

/// The families of all breakers of a process.
#[derive(Clone, Debug, Default)]
pub(super) struct Families {
    states: Family<Name, Gauge>,
    changes: Family<FromTo, Counter>,
    failures: Family<Name, Counter>,
}

/// The series of one breaker.
#[derive(Debug)]
pub(super) struct Measures {
    service: &'static str,
    state: Gauge,
    changes: Family<FromTo, Counter>,
    pub(super) failures: Counter,
}

impl Families {
    pub(super) fn register(metrics: &Metrics) -> Self {
        let families = Self::default();
        metrics.register(
            "circuit_breaker_state",
            "State of a circuit breaker: 0 closed, 1 open, 2 half open",
            families.states.clone(),
        );
        metrics.register(
            "circuit_breaker_state_changes",
            "Changes of a circuit breaker's state",
            families.changes.clone(),
        );
        metrics.register(
            "circuit_breaker_failures",
            "Failed calls that a circuit breaker let through",
            families.failures.clone(),
        );
        families
    }

    pub(super) fn of(&self, service: &'static str) -> Measures {
        let name = Name { service };
        let measures = Measures {
            service,
            state: self.states.get_or_create_owned(&name),
            changes: self.changes.clone(),
            failures: self.failures.get_or_create_owned(&name),
        };
        measures.state.set(value(State::Closed));
        for (from, to) in CHANGES {
            measures.change(from, to);
        }
        measures
    }
}

impl Measures {
    pub(super) fn changed(&self, from: State, to: State) {
        self.state.set(value(to));
        self.change(from, to).inc();
    }

    fn change(&self, from: State, to: State) -> Counter {
        self.changes.get_or_create_owned(&FromTo {
            service: self.service,
            from_state: from.as_str(),
            to_state: to.as_str(),
        })
    }
}

fn value(state: State) -> i64 {
    match state {
        State::Closed => 0,
        State::Open => 1,
        State::HalfOpen => 2,
    }
}
