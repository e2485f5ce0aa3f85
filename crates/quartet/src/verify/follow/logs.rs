//! Log → trace, and trace → logs.

use std::time::Duration;

use wire::otlp::Kind;

use super::{Link, names, span_of, spans, text};
use crate::links::range::Range;
use crate::links::{derived, trace_to_logs};
use crate::stores::lines::{self, Line};
use crate::stores::traces;
use crate::verify::place::{Place, last};
use crate::verify::requests::{Requests, Sent};

pub(super) fn links<'a>(place: &'a Place, requests: &'a Requests) -> Vec<Link<'a>> {
    let mut links = vec![
        Link::new(names::LOG_TO_TRACE, &requests.cpu, || {
            log_to_trace(place, &requests.cpu)
        }),
        Link::new(names::TRACE_TO_LOGS, &requests.order, || {
            trace_to_logs(place, &requests.order)
        }),
    ];
    if let Some(sent) = &requests.not_sampled {
        links.push(Link::new(names::NO_LINK, sent, || no_link(place, sent)));
    }
    links
}

fn log_to_trace(place: &Place, sent: &Sent) -> Result<String, String> {
    let queries = of_line(place, sent)?;
    let target = place.traces()?.uid.as_str();
    let query = queries
        .iter()
        .find(|query| query.source == target)
        .ok_or("the line has no link to a trace: see derivedFields of the data source of logs")?;
    let found = traces::spans(&place.stores.traces, &query.text).map_err(text)?;
    match found.iter().any(|span| span.span_id == sent.span_id) {
        true => Ok(format!("its trace, spans: {}", found.len())),
        false => Err(format!(
            "the link opens {:?}, where Tempo has no span {}",
            query.text, sent.span_id
        )),
    }
}

fn no_link(place: &Place, sent: &Sent) -> Result<String, String> {
    match of_line(place, sent)?.as_slice() {
        [] => Ok("as it should be".to_owned()),
        [query, ..] => Err(format!(
            "the line links to {:?}, which nobody kept",
            query.text
        )),
    }
}

fn of_line(place: &Place, sent: &Sent) -> Result<Vec<crate::links::Query>, String> {
    let query = format!(
        "{{service_name=\"api\"}} | request_id=\"{}\"",
        sent.request_id
    );
    let range = around(sent);
    let found = lines::matching(&place.stores.lines, &query, range).map_err(text)?;
    let line = found
        .first()
        .ok_or_else(|| format!("Loki has no line of request {}: {query}", sent.request_id))?;
    derived::queries(place.logs()?, &line.text, &line.labels, range).map_err(text)
}

fn trace_to_logs(place: &Place, sent: &Sent) -> Result<String, String> {
    let spans = spans(place, sent)?;
    let traces = place.traces()?;
    let mut count = 0;
    for (service, kind) in [("api", Kind::Server), ("fulfilment", Kind::Consumer)] {
        let span = span_of(&spans, service, kind)?;
        let query = trace_to_logs::query(&place.sources, traces, &span).map_err(text)?;
        let found = lines::matching(&place.stores.lines, &query.text, query.range).map_err(text)?;
        if found.is_empty() {
            return Err(format!("Loki has no line of {service} for {}", query.text));
        }
        if let Some(other) = found.iter().find(|line| !is_of(line, sent, service)) {
            return Err(format!(
                "{} finds a line of something else: {}",
                query.text, other.text
            ));
        }
        if service == "api"
            && !found
                .iter()
                .any(|line| line.text.contains(&sent.request_id))
        {
            return Err(format!(
                "{} does not find request {}",
                query.text, sent.request_id
            ));
        }
        count += found.len();
    }
    Ok(format!("{count} lines, all of them its own"))
}

fn is_of(line: &Line, sent: &Sent, service: &str) -> bool {
    let own = wire::logfmt::parse(&line.text).ok();
    let trace = own.as_ref().and_then(|line| line.get("trace_id"));
    trace == Some(sent.trace_id.as_str()) && line.label("service_name") == Some(service)
}

fn around(sent: &Sent) -> Range {
    Range {
        from_ms: sent.sent_ms - 60_000,
        to_ms: last(Duration::ZERO).to_ms + 60_000,
    }
}
