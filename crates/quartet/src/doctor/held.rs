//! What the stores hold of our own requests.

use std::time::Duration;

use super::facts::Signal;
use super::probe::Probe;
use crate::links::range::Range;
use crate::stores::http::Error;
use crate::stores::keeper::Keeper;
use crate::stores::{Stores, lines, metrics};
use crate::verify::now_ms;

/// How far around now the stores are asked: a clock that is an hour off must not hide what they hold.
const AROUND: Duration = Duration::from_secs(2 * 3600);
/// Metrics without a sample in this time are not scraped any more, in either timing.
const NEWEST: &str = "60s";

/// How much the store has of our own requests; of profiles and metrics, of that time.
pub(super) fn held(
    keeper: &Keeper,
    service: &str,
    signal: Signal,
    probe: &Probe,
) -> Result<f64, Error> {
    let range = around();
    match signal {
        Signal::Metrics => match keeper {
            Keeper::Backends(stores) => series(stores, service),
            Keeper::Console(console) => Ok(console.series(service)? as f64),
        },
        Signal::Lines => {
            let Some(trace) = probe.traces.iter().rev().find(|trace| trace.order) else {
                return Ok(0.0);
            };
            Ok(keeper.lines(service, &trace.id, range)? as f64)
        }
        Signal::Spans => {
            let mut traces = probe.traces.iter().rev().filter(|trace| trace.sampled);
            // Only what went through both has spans of both.
            let Some(trace) = traces.find(|trace| trace.order || service == "api") else {
                return Ok(0.0);
            };
            let spans = keeper.spans(&trace.id)?;
            let own = spans.iter().filter(|span| span.service() == Some(service));
            Ok(own.count() as f64)
        }
        Signal::Profiles => {
            let found = keeper.flames(service, range)?;
            // In samples of a hundredth of a second.
            Ok((found.total / 10_000_000) as f64)
        }
    }
}

/// How many series `VictoriaMetrics` has of a service.
fn series(stores: &Stores, service: &str) -> Result<f64, Error> {
    // What Alloy says of a scrape is there without one, and target_info has the name from the service itself.
    let query = format!(
        "count(count_over_time({{service_name=\"{service}\", __name__!~\"up|scrape_.+|target_info\"}}[{NEWEST}]))"
    );
    let series = metrics::instant(&stores.metrics, &query)?;
    let count = series.first().and_then(|series| series.last());
    Ok(count.map_or(0.0, |(_, count)| count))
}

/// The names of services that a store has.
pub(super) fn known(stores: &Stores, signal: Signal) -> Vec<String> {
    let range = around();
    match signal {
        Signal::Metrics => metrics::label_values(
            &stores.metrics,
            "up{job=\"service\"}",
            "service_name",
            range,
        ),
        Signal::Lines => lines::label_values(&stores.lines, "service_name", range),
        // Neither answers that: Tempo by no such question, Pyroscope v2 with 400.
        Signal::Spans | Signal::Profiles => Ok(Vec::new()),
    }
    .unwrap_or_default()
}

fn around() -> Range {
    let now = now_ms();
    let reach = i64::try_from(AROUND.as_millis()).unwrap_or(0);
    Range {
        from_ms: now - reach,
        to_ms: now + reach,
    }
}
