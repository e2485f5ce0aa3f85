//! What the metrics that are kept tell of the last hour: what is missing among them, and who began anew.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::stores::http::Address;
use crate::stores::metrics::{self, Series};

#[cfg(test)]
mod tests;

/// Scraped like everything else of a service, and the same in every service.
const SCRAPED: &str = "up{job=\"service\"}[1h]";
const TEMPO_BEGAN: &str = "process_start_time_seconds{service_name=\"tempo\"}[1h]";
/// Traces that Tempo has not written anywhere yet.
const TEMPO_LIVE: &str = "tempo_ingester_live_traces[1h]";
/// What a program says of its start may change by a second, and by more where the machine's clock is set.
const SAME_SECONDS: f64 = 2.0;
/// So many times the usual pause between two samples are a gap: one sample may be missing.
const USUAL: f64 = 2.5;

/// In sentences; none where nothing is missing, or nobody answers.
pub(super) fn told(metrics: &Address) -> Vec<String> {
    let ask = |query| metrics::instant(metrics, query).unwrap_or_default();
    let mut sentences: Vec<_> = ask(SCRAPED).iter().filter_map(gaps).collect();
    sentences.extend(restart(&ask(TEMPO_BEGAN), &ask(TEMPO_LIVE)));
    sentences
}

/// Whether there were times without a sample.
fn gaps(series: &Series) -> Option<String> {
    let times = || series.points.iter().map(|(time, _)| *time);
    let pauses: Vec<_> = times().zip(times().skip(1)).collect();
    let length = |(from, to): &(i64, i64)| to - from;
    let mut lengths: Vec<_> = pauses.iter().map(length).collect();
    lengths.sort_unstable();
    let usual = *lengths.get(lengths.len() / 2)? as f64;
    let gaps = pauses
        .iter()
        .filter(|pause| USUAL * usual < length(pause) as f64);
    let longest = gaps.clone().max_by_key(|pause| length(pause))?;
    let all: i64 = gaps.map(length).sum();
    Some(format!(
        "VictoriaMetrics has no metrics of {} for {} s of the last hour, at most from {} to {} UTC",
        series.label("service_name"),
        all / 1000,
        clock(longest.0),
        clock(longest.1),
    ))
}

/// When Tempo last began anew, and what it had in memory alone before.
fn restart(began: &[Series], live: &[Series]) -> Option<String> {
    let points = all(began);
    let mut pairs = points.windows(2).rev();
    let [before, after] = pairs.find(|pair| is_another(pair[0], pair[1]))? else {
        return None;
    };
    let live = all(live);
    let in_memory = live.iter().rev().find(|(time, _)| *time <= before.0)?.1;
    let when = clock((after.1 * 1000.0) as i64);
    Some(format!(
        "Tempo began anew at {when} UTC; unless it had been asked to end, it lost the traces that it had in memory alone, about {in_memory:.0}"
    ))
}

/// Whether the starts of two samples are those of two programs: nobody answers before it began.
fn is_another(before: (i64, f64), after: (i64, f64)) -> bool {
    let answered = before.0 as f64 / 1000.0;
    answered < after.1 + SAME_SECONDS && before.1 + SAME_SECONDS < after.1
}

/// The points of all series, in the order of time: a program that begins anew may have other labels.
fn all(series: &[Series]) -> Vec<(i64, f64)> {
    let mut points: Vec<_> = series.iter().flat_map(|one| one.points.clone()).collect();
    points.sort_by_key(|(time, _)| *time);
    points
}

/// The time of day of milliseconds since 1970.
fn clock(milliseconds: i64) -> String {
    let time = Timestamp::from_millisecond(milliseconds).unwrap_or_default();
    time.to_zoned(TimeZone::UTC).strftime("%T").to_string()
}
