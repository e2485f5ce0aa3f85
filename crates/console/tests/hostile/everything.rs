//! Every question there is, asked of what a sender left behind.

use console::questions::{self, Params, ProfileQuery, Window};
use console::store::Store;

/// A push may stand in a ring as a whole before room is made for it.
const SLACK: usize = 1 << 20;

/// Asks for all there is; whatever was sent, that has to be answered.
pub(crate) fn ask(store: &Store) {
    within_bounds(store);
    let params = Params::parse("from=0&to=18446744073709551615&text=a&limit=1000");
    for found in questions::traces(store, &params.traces().unwrap()).traces {
        let trace = questions::trace(store, &found.trace_id).unwrap();
        assert_eq!(trace.spans.len(), found.spans);
    }
    let lines = questions::lines(store, &params.lines().unwrap());
    assert!(lines.lines.len() <= lines.total);
    for window in [Window::ALWAYS, Window::last(3_600)] {
        questions::overview(store, window);
        questions::service_map(store, window);
    }
    for family in questions::families(store, "") {
        for view in ["value", "rate", "p95"] {
            let times = format!("view={view}&points=7&from=0&to=18446744073709551615");
            for times in [&times, "last=1h"] {
                let mut query = Params::parse(times).metrics().unwrap();
                query.family.clone_from(&family.name);
                questions::chart(store, &query).unwrap();
            }
        }
    }
    for profile in questions::profiles(store, Window::ALWAYS) {
        let query = ProfileQuery {
            service: profile.service,
            kind: profile.kind,
            window: Window::ALWAYS,
            spans: Vec::new(),
            baseline: Some(Window::last(3_600)),
        };
        let graph = questions::flame_graph(store, &query).unwrap();
        assert_eq!(graph.total, graph.frames[0].cost.total);
    }
}

/// No ring holds more than it may.
pub(crate) fn within_bounds(store: &Store) {
    for of in questions::status(store) {
        assert!(of.bytes <= of.limit_bytes + SLACK, "{of:?}");
    }
}
