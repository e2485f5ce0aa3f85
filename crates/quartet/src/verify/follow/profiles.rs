//! Trace → profile, and profile → trace.

use super::{Link, names, server_span, text};
use crate::links::explore;
use crate::links::template::{Format, render};
use crate::links::trace_to_profiles;
use crate::stores::flames::{self, Flames};
use crate::stores::traces;
use crate::verify::fill::{SHOWN, variables};
use crate::verify::place::{Place, elements, last};
use crate::verify::requests::{BURNT, Requests, Sent};

/// The function in which the request burnt its time.
const PLANTED: &str = "api::demo::burn";
/// What a request for items runs in.
const OF_OTHERS: &str = "api::items::";

pub(super) fn links<'a>(place: &'a Place, requests: &'a Requests) -> Vec<Link<'a>> {
    vec![
        Link::new(names::TRACE_TO_PROFILE, &requests.cpu, || {
            trace_to_profile(place, &requests.cpu)
        }),
        Link::new(names::PROFILE_TO_TRACE, &requests.cpu, || {
            profile_to_trace(place, &requests.cpu)
        }),
    ]
}

fn trace_to_profile(place: &Place, sent: &Sent) -> Result<String, String> {
    let span = server_span(place, sent)?;
    let query = trace_to_profiles::query(&place.sources, place.traces()?, &span).map_err(text)?;
    let found = flames::of_span(
        &place.stores.flames,
        &query.profile_type,
        &query.labels,
        &query.span_id,
        query.range,
    )
    .map_err(text)?;
    let asked = format!("{} span {}", query.labels, query.span_id);
    of_own(&found, &asked, "Pyroscope")
}

/// Whether a flame graph holds what the request burnt, and nothing of those beside it.
pub(super) fn of_own(found: &Flames, asked: &str, keeper: &str) -> Result<String, String> {
    if found.total == 0 {
        return Err(format!("{keeper} has no samples of {asked}"));
    }
    let burnt = i64::try_from(BURNT.as_nanos()).unwrap_or(i64::MAX);
    let planted = found.of(PLANTED);
    if planted < burnt / 2 {
        return Err(format!(
            "{asked} has {} ms of {PLANTED}, which ran for {} ms",
            planted / 1_000_000,
            BURNT.as_millis()
        ));
    }
    // A second request burnt as much at the same time.
    if found.total > burnt * 3 / 2 || found.of(OF_OTHERS) > 0 {
        return Err(format!(
            "{asked} holds time of other requests: {} ms in all",
            found.total / 1_000_000
        ));
    }
    Ok(format!(
        "{} ms of {PLANTED} of {} ms",
        planted / 1_000_000,
        found.total / 1_000_000
    ))
}

/// The panel that searches for the span whose id somebody read off a profile.
fn profile_to_trace(place: &Place, sent: &Sent) -> Result<String, String> {
    let query = of_span(place).ok_or("no panel searches for a span by its id")?;
    let dashboard = place.dashboards.first().ok_or("there is no dashboard")?;
    let chosen = [("service", "api"), ("span_id", sent.span_id.as_str())];
    let scope = variables(place, dashboard, &chosen, last(SHOWN));
    let query = render(&query, &scope, Format::Glob).map_err(text)?;
    let found = traces::search(&place.stores.traces, &query, last(SHOWN)).map_err(text)?;
    match found.iter().any(|trace| trace.trace_id == sent.trace_id) {
        true => Ok(format!("{query} finds it")),
        false => Err(format!(
            "{query} finds {} traces, and not its own",
            found.len()
        )),
    }
}

fn of_span(place: &Place) -> Option<String> {
    let panels = place.panels();
    let targets = panels.iter().flat_map(|panel| elements(&panel["targets"]));
    let mut queries = targets
        .filter(|target| target["datasource"]["type"] == "tempo")
        .filter_map(|target| explore::text(target.as_object()?));
    queries.find(|query| query.contains("span_id") && query.contains("span:id"))
}
