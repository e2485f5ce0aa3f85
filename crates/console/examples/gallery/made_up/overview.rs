use console::store::{
    ErrorSummary, Red, RouteSummary, ServiceSummary, Signal, SignalState, SignalStatus,
};

use super::{Chance, NOW};

pub(crate) fn services() -> Vec<ServiceSummary> {
    let api = [
        ("GET", "/api/items/{id}", 8.21, 0.0, 0.0021),
        ("GET", "/api/items", 4.07, 0.0, 0.0043),
        ("POST", "/api/orders", 3.92, 0.013, 0.0217),
        ("GET", "/api/orders/{id}/events", 1.51, 0.0, 0.93),
        ("GET", "/api/cpu", 0.74, 0.0, 0.0224),
        ("GET", "/api/exception", 0.31, 1.0, 0.0011),
        ("DELETE", "/api/orders/{id}", 0.12, 0.0, 0.0062),
    ];
    let fulfilment = [
        ("process", "orders", 3.81, 0.004, 0.184),
        ("POST", "/quotes", 3.92, 0.0, 0.0012),
    ];
    vec![
        service("api", &api, true, 1),
        service("fulfilment", &fulfilment, false, 2),
    ]
}

fn service(
    name: &str,
    routes: &[(&str, &str, f64, f64, f64)],
    is_whole: bool,
    seed: u64,
) -> ServiceSummary {
    let mut chance = Chance(seed);
    let routes: Vec<RouteSummary> = routes
        .iter()
        .map(|(method, route, rate, error_share, p50)| RouteSummary {
            method: (*method).to_owned(),
            route: (*route).to_owned(),
            red: red(*rate, *error_share, *p50),
            sparkline: line(&mut chance, *rate),
        })
        .collect();
    let rate = routes.iter().map(|route| route.red.rate).sum();
    ServiceSummary {
        name: name.to_owned(),
        red: red(rate, 0.011, 0.0031),
        routes,
        sparkline: line(&mut chance, rate),
        errors: errors(name),
        signals: signals(name, is_whole),
        source: Signal::Metrics,
    }
}

fn red(rate: f64, error_share: f64, p50: f64) -> Red {
    Red {
        rate,
        error_share,
        p50: Some(p50),
        p95: Some(p50 * 3.1),
        p99: Some(p50 * 7.7),
    }
}

fn line(chance: &mut Chance, rate: f64) -> Vec<f64> {
    (0..60)
        .map(|_| rate * (0.7 + 0.6 * chance.next()))
        .collect()
}

fn signals(name: &str, is_whole: bool) -> Vec<SignalStatus> {
    let status = |signal, state, reason: String| SignalStatus {
        signal,
        state,
        last_unix_nanos: Some(NOW),
        reason,
    };
    let live = |signal| status(signal, SignalState::Live, String::new());
    let mut signals = vec![
        live(Signal::Traces),
        live(Signal::Logs),
        live(Signal::Metrics),
        live(Signal::Profiles),
    ];
    if !is_whole {
        signals[1] = status(
            Signal::Logs,
            SignalState::Silent,
            format!("no lines from {name} since 14:01:12, 4 min ago"),
        );
        signals[3] = status(
            Signal::Profiles,
            SignalState::Missing,
            format!("no profiles from {name}: never pushed; is PYROSCOPE_SERVER_ADDRESS set?"),
        );
    }
    signals
}

fn errors(name: &str) -> Vec<ErrorSummary> {
    let error = |seconds: u64, what: &str, why: &str| ErrorSummary {
        unix_nanos: NOW - seconds * 1_000_000_000,
        what: what.to_owned(),
        why: why.to_owned(),
        trace_id: Some("4bf92f3577b34da6a3ce929d0e0e4736".to_owned()),
        span_id: Some("00f067aa0ba902b7".to_owned()),
    };
    match name {
        "api" => vec![
            error(
                4,
                "GET /api/exception",
                "panic: index out of bounds: the len is 3 but the index is 7",
            ),
            error(9, "POST /api/orders", "database_locked"),
            error(33, "GET /api/exception", "panic"),
            error(61, "<script>alert('GET')</script>", "<b>not bold</b>"),
        ],
        _ => vec![error(
            18,
            "process orders",
            "carrier did not answer within 2 s",
        )],
    }
}
