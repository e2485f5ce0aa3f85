//! The same links where the console is all there is: each question is one of its API.

mod counted;

use wire::otlp::{Kind, Span};

use super::{Link, names, span_of, text};
use crate::links::range::Range;
use crate::stores::console::Said;
use crate::verify::fill::SHOWN;
use crate::verify::place::{Viewed, last};
use crate::verify::requests::{Requests, Sent};

/// Links that need what embedded mode does not run.
pub(super) const NOT_HERE: &[(&str, &str)] = &[
    (
        names::ALERT_TO_DASHBOARD,
        "nothing evaluates alerts in embedded mode, and dashboards are Grafana's",
    ),
    (
        names::ALERT_TO_TRACES,
        "nothing evaluates alerts in embedded mode",
    ),
];

pub(super) fn links<'a>(viewed: &'a Viewed, requests: &'a Requests) -> Vec<Link<'a>> {
    let (cpu, order) = (&requests.cpu, &requests.order);
    let mut links = vec![
        Link::new(names::LOG_TO_TRACE, cpu, || log_to_trace(viewed, cpu)),
        Link::new(names::TRACE_TO_LOGS, order, || trace_to_logs(viewed, order)),
        Link::new(names::TRACE_TO_PROFILE, cpu, || {
            trace_to_profile(viewed, cpu)
        }),
        Link::new(names::PROFILE_TO_TRACE, cpu, || {
            profile_to_trace(viewed, cpu)
        }),
    ];
    if let Some(sent) = &requests.not_sampled {
        links.push(Link::new(names::NO_LINK, sent, || no_link(viewed, sent)));
    }
    links.extend(counted::links(viewed, requests));
    links
}

/// What the page of a line links to: its trace, if it says that this was sampled.
fn log_to_trace(viewed: &Viewed, sent: &Sent) -> Result<String, String> {
    let line = line_of(viewed, sent)?;
    if !line.is_sampled {
        return Err("the line says that its trace was not sampled".to_owned());
    }
    let trace = line.trace_id.ok_or("the line names no trace")?;
    let spans = viewed.console.spans(&trace).map_err(text)?;
    match spans.iter().any(|span| span.span_id == sent.span_id) {
        true => Ok(format!("its trace, spans: {}", spans.len())),
        false => Err(format!(
            "the link opens {trace:?}, where the console has no span {}",
            sent.span_id
        )),
    }
}

fn no_link(viewed: &Viewed, sent: &Sent) -> Result<String, String> {
    match line_of(viewed, sent)?.is_sampled {
        false => Ok("as it should be".to_owned()),
        true => Err(format!(
            "the line links to {}, which nobody kept",
            sent.trace_id
        )),
    }
}

fn line_of(viewed: &Viewed, sent: &Sent) -> Result<Said, String> {
    let field = format!("request_id={}", sent.request_id);
    let conditions = [("service", "api"), ("field", field.as_str())];
    let lines = viewed.console.lines(&conditions, around(sent));
    let line = lines.map_err(text)?.into_iter().next();
    line.ok_or_else(|| format!("the console has no line of request {}", sent.request_id))
}

fn trace_to_logs(viewed: &Viewed, sent: &Sent) -> Result<String, String> {
    let spans = spans(viewed, sent)?;
    let mut count = 0;
    for (service, kind) in [("api", Kind::Server), ("fulfilment", Kind::Consumer)] {
        let span = span_of(&spans, service, kind)?;
        let conditions = [("service", service), ("trace", span.trace_id.as_str())];
        let lines = viewed
            .console
            .lines(&conditions, around(sent))
            .map_err(text)?;
        if lines.is_empty() {
            return Err(format!(
                "the console has no line of {service} for trace {}",
                span.trace_id
            ));
        }
        let own = |line: &&Said| {
            line.service == service && line.trace_id.as_deref() == Some(sent.trace_id.as_str())
        };
        if let Some(other) = lines.iter().find(|line| !own(line)) {
            return Err(format!(
                "among them is a line of something else: {}",
                other.message
            ));
        }
        count += lines.len();
    }
    Ok(format!("{count} lines, all of them its own"))
}

fn trace_to_profile(viewed: &Viewed, sent: &Sent) -> Result<String, String> {
    let spans = spans(viewed, sent)?;
    let span = spans.iter().find(|span| span.span_id == sent.span_id);
    let span =
        span.ok_or_else(|| format!("trace {} lacks span {}", sent.trace_id, sent.span_id))?;
    let id = span
        .text("pyroscope.profile.id")
        .ok_or("the span has no pyroscope.profile.id: no sample hit it")?;
    let found = viewed.console.flames("api", Some(id), last(SHOWN));
    super::profiles::of_own(&found.map_err(text)?, &format!("span {id}"), "the console")
}

/// The way back from a flame graph, whose samples name their span and nothing else.
fn profile_to_trace(viewed: &Viewed, sent: &Sent) -> Result<String, String> {
    match viewed.console.trace_of(&sent.span_id).map_err(text)? {
        Some(trace) if trace == sent.trace_id => Ok(format!("span {} finds it", sent.span_id)),
        Some(other) => Err(format!("span {} leads to trace {other}", sent.span_id)),
        None => Err(format!("the console has no span {}", sent.span_id)),
    }
}

/// The spans of a request's trace.
fn spans(viewed: &Viewed, sent: &Sent) -> Result<Vec<Span>, String> {
    let spans = viewed.console.spans(&sent.trace_id).map_err(text)?;
    match spans.is_empty() {
        true => Err(format!("the console has no trace {}", sent.trace_id)),
        false => Ok(spans),
    }
}

fn around(sent: &Sent) -> Range {
    Range {
        from_ms: sent.sent_ms - 60_000,
        to_ms: last(std::time::Duration::ZERO).to_ms + 60_000,
    }
}
