//! What the store holds, and what it could not.

use std::collections::BTreeMap;

use crate::store::{Segment, Signal, Store, StoreStatus};

/// The rings of all signals, in the order traces, logs, metrics, profiles.
pub fn status(store: &Store) -> Vec<StoreStatus> {
    let refusals = store.refusals.all();
    let refused = |signal| {
        let of_signal = refusals.iter().filter(|((of, _), _)| *of == signal);
        BTreeMap::from_iter(of_signal.map(|((_, reason), count)| ((*reason).to_owned(), *count)))
    };
    let traces = {
        let spans = store.spans.lock();
        StoreStatus {
            signal: Signal::Traces,
            items: spans.ring.items(),
            bytes: spans.ring.bytes(),
            limit_bytes: spans.ring.limit(),
            oldest_unix_nanos: oldest(&spans.ring.segments(), |segment| segment.times),
            received: spans.received,
            evicted: spans.ring.evicted(),
            repeated: spans.repeated,
            refused: refused(Signal::Traces),
        }
    };
    let logs = {
        let lines = store.lines.lock();
        StoreStatus {
            signal: Signal::Logs,
            items: lines.ring.items(),
            bytes: lines.ring.bytes(),
            limit_bytes: lines.ring.limit(),
            oldest_unix_nanos: oldest(&lines.ring.segments(), |segment| segment.times),
            received: lines.received,
            evicted: lines.ring.evicted(),
            repeated: 0,
            refused: refused(Signal::Logs),
        }
    };
    let metrics = {
        let series = store.series.lock();
        StoreStatus {
            signal: Signal::Metrics,
            items: series.samples(),
            bytes: series.bytes(),
            limit_bytes: series.limit(),
            oldest_unix_nanos: series
                .oldest()
                .map(|millis| millis.saturating_mul(1_000_000)),
            received: series.received,
            evicted: series.evicted,
            repeated: series.repeated,
            refused: refused(Signal::Metrics),
        }
    };
    let stacks = store.stacks.lock();
    let oldest = stacks.ring.segments().into_iter().flat_map(|segment| {
        let starts: Vec<u64> = segment
            .profiles
            .iter()
            .map(|profile| profile.start)
            .collect();
        starts
    });
    let profiles = StoreStatus {
        signal: Signal::Profiles,
        items: stacks.ring.items(),
        bytes: stacks.ring.bytes(),
        limit_bytes: stacks.ring.limit(),
        oldest_unix_nanos: oldest.min(),
        received: stacks.received,
        evicted: stacks.ring.evicted(),
        repeated: 0,
        refused: refused(Signal::Profiles),
    };
    vec![traces, logs, metrics, profiles]
}

fn oldest<S: Segment>(
    segments: &[std::sync::Arc<S>],
    times: impl Fn(&S) -> Option<(u64, u64)>,
) -> Option<u64> {
    let all = segments.iter().filter_map(|segment| times(segment));
    all.map(|(first, _)| first).min()
}
