//! Rates and quantiles of a histogram that is sent to both as time goes by.

use std::thread;
use std::time::Duration;

use serde_json::json;
use testbed::http;

use super::Both;
use crate::links::range::Range;
use crate::stores::keeper::Keeper;
use crate::stores::metrics;
use crate::verify::now_ms;

const SERVICE: &str = "counted";
const REQUESTS: &str = "http_server_request_duration_seconds";
/// Upper bounds of the buckets, in seconds, and requests of each at every push.
const BUCKETS: [(f64, u64); 4] = [(0.01, 30), (0.1, 60), (0.5, 9), (1.0, 1)];
const PUSHES: u64 = 15;
const BETWEEN: Duration = Duration::from_secs(2);
/// Both count from a sample to a sample, and not from the same ones.
const APART: f64 = 0.1;

/// The time over which something was counted.
pub(super) struct Counted(Range);

/// Pushes while something else goes on.
pub(super) fn send_while(both: &Both, meanwhile: impl FnOnce()) -> Counted {
    let from_ms = now_ms();
    for push in 0..=PUSHES / 2 {
        send(both, push);
    }
    meanwhile();
    for push in PUSHES / 2 + 1..=PUSHES {
        send(both, push);
    }
    let between = i64::try_from(BETWEEN.as_millis()).unwrap();
    // From the second push on, so that both have a sample before.
    Counted(Range {
        from_ms: from_ms + between + between / 2,
        to_ms: now_ms(),
    })
}

fn send(both: &Both, push: u64) {
    let body = body(push).to_string();
    for target in both.otlp() {
        let json = [("Content-Type", "application/json")];
        let answer = http::send(target, "POST", "/v1/metrics", &json, body.as_bytes()).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    thread::sleep(BETWEEN);
}

/// Cumulative, as services send it; requests of the one route come twice as often as those of the other.
fn body(push: u64) -> serde_json::Value {
    let now = format!("{}000000", now_ms());
    let points = [("/fast", 2), ("/slow", 1)].map(|(route, times)| {
        let counts = BUCKETS.map(|(_, each)| (each * times * push).to_string());
        let count: u64 = BUCKETS.iter().map(|(_, each)| each * times * push).sum();
        json!({
            "startTimeUnixNano": "1", "timeUnixNano": now, "count": count.to_string(), "sum": 1.0,
            "explicitBounds": BUCKETS.map(|(bound, _)| bound),
            "bucketCounts": counts.into_iter().chain(["0".to_owned()]).collect::<Vec<_>>(),
            "attributes": [
                { "key": "http.route", "value": { "stringValue": route } },
                { "key": "http.response.status_code", "value": { "intValue": "200" } },
            ],
        })
    });
    json!({ "resourceMetrics": [{
        "resource": { "attributes": [{ "key": "service.name", "value": { "stringValue": SERVICE } }] },
        "scopeMetrics": [{ "metrics": [{
            "name": "http.server.request.duration", "unit": "s",
            "histogram": { "aggregationTemporality": 2, "dataPoints": points },
        }] }],
    }] })
}

pub(super) fn compare(both: &Both, counted: &Counted) {
    let each: u64 = BUCKETS.iter().map(|(_, each)| each).sum();
    for (route, times) in [("/fast", 2.0), ("/slow", 1.0)] {
        let real = both.agreed(&format!("rate of {route}"), |keepers| {
            let rates = keepers.map(|keeper| number(keeper, "rate", route, counted.0));
            match rates {
                [Some(real), Some(viewed)] if (real / viewed - 1.0).abs() < APART => Ok(real),
                rates => Err(rates),
            }
        });
        // One after the other costs time, so that the pushes are further apart than the pause between them.
        let most = times * each as f64 / BETWEEN.as_secs_f64();
        assert!(0.0 < real && real < most * (1.0 + APART), "{route}: {real}");
        for name in ["p50", "p95", "p99"] {
            both.agreed(&format!("{name} of {route}"), |keepers| {
                let found = keepers.map(|keeper| number(keeper, name, route, counted.0));
                match found.map(|value| value.map(bucket)) {
                    [Some(real), Some(viewed)] if real == viewed => Ok(()),
                    _ => Err(found),
                }
            });
        }
    }
}

/// Which bucket a value lies in.
fn bucket(value: f64) -> usize {
    BUCKETS
        .iter()
        .take_while(|(bound, _)| *bound < value)
        .count()
}

/// One number of the requests of a route, over all of a range: its rate, or a quantile such as `p99`.
fn number(keeper: &Keeper, view: &str, route: &str, range: Range) -> Option<f64> {
    match keeper {
        Keeper::Backends(stores) => {
            let end = Range {
                from_ms: range.to_ms,
                ..range
            };
            let query = promql(view, route, range.to_ms - range.from_ms);
            let series = metrics::range(&stores.metrics, &query, end, 1).unwrap();
            series.first()?.last().map(|(_, value)| value)
        }
        Keeper::Console(console) => {
            let labels = [("service_name", SERVICE), ("http_route", route)];
            console.of_requests(view, &labels, range).unwrap()
        }
    }
}

fn promql(view: &str, route: &str, window_ms: i64) -> String {
    let rate = |part: &str| {
        format!(
            "rate({REQUESTS}_{part}{{service_name=\"{SERVICE}\", http_route=\"{route}\"}}[{window_ms}ms])"
        )
    };
    match view.strip_prefix('p') {
        Some(percent) => format!(
            "histogram_quantile(0.{percent}, sum by (le) ({}))",
            rate("bucket")
        ),
        None => format!("sum({})", rate("count")),
    }
}
