//! What one case has to leave behind in each signal.

use std::collections::BTreeMap;

use testbed::http::Response;
use wire::logfmt::Line;
use wire::openmetrics::{Exposition, Labels};
use wire::otlp::{Kind, Span, Status};

use crate::case::Case;
use crate::world::{Ended, active, finished};

/// A field that has to be there.
pub(crate) fn of<'a>(line: &'a Line, key: &str) -> &'a str {
    line.get(key)
        .unwrap_or_else(|| panic!("no {key} in {line:?}"))
}

/// The access line says what was asked and how it ended.
pub(crate) fn check_line(case: &Case, line: &Line) {
    let (path, query) = match case.path.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (case.path, None),
    };
    let status = case.status.map(|status| status.to_string());
    let error_type = Some(case.error_type).filter(|name| !name.is_empty());
    let outcome = status.as_deref().unwrap_or(case.error_type);
    let original = Some(case.method).filter(|method| *method != case.known_method());
    let failed = case.status.is_some_and(|status| 500 <= status);
    let expected = [
        ("level", Some(if failed { "error" } else { "info" })),
        ("msg", Some(&*format!("{} {outcome}", case.span_name()))),
        ("http.request.method", Some(case.known_method())),
        ("http.request.method_original", original),
        (
            "http.route",
            Some(case.route).filter(|route| !route.is_empty()),
        ),
        ("url.path", Some(path)),
        ("url.query", query),
        ("client.address", Some("127.0.0.1")),
        ("http.response.status_code", status.as_deref()),
        ("error.type", error_type),
        ("service_name", Some("api")),
    ];
    for (key, value) in expected {
        assert_eq!(line.get(key), value, "{key} of {}: {line:?}", case.name);
    }
}

/// The request is counted once, under its labels, and an exemplar points to its trace if that can be found.
pub(crate) fn check_metrics(
    case: &Case,
    before: &BTreeMap<Labels, f64>,
    after: &Exposition,
    line: &Line,
) {
    let status = case.status.map(|status| status.to_string());
    let expected = Labels::from(
        [
            ("http_request_method", case.known_method()),
            ("http_route", case.route),
            ("http_response_status_code", status.as_deref().unwrap_or("")),
            ("error_type", case.error_type),
            ("url_scheme", "http"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    let risen: Vec<_> = finished(after)
        .into_iter()
        .map(|(labels, count)| {
            let was = before.get(&labels).copied().unwrap_or(0.0);
            (labels, count - was)
        })
        .filter(|(_, rise)| *rise != 0.0)
        .collect();
    assert_eq!(risen, [(expected, 1.0)], "what rose by {}", case.name);
    assert_eq!(active(after), 0.0, "active after {}", case.name);

    let trace_id = of(line, "trace_id");
    let buckets = after.samples("http_server_request_duration_seconds_bucket");
    let exemplars = buckets.iter().filter_map(|bucket| bucket.exemplar.as_ref());
    let points_to_it = exemplars
        .filter_map(|exemplar| exemplar.labels.get("trace_id"))
        .any(|known| known == trace_id);
    let is_sampled = of(line, "sampled") == "true";
    assert_eq!(
        points_to_it, is_sampled,
        "an exemplar points to {}",
        case.name
    );
}

/// Headers and problem details carry the ids of the line.
pub(crate) fn check_answer(case: &Case, answer: &Response, line: &Line) {
    let name = case.name;
    assert_eq!(Some(answer.status), case.status, "{name}: {answer:?}");
    assert_eq!(answer.header_values("x-request-id"), [name]);
    let (trace_id, span_id) = (of(line, "trace_id"), of(line, "span_id"));
    let flags = if of(line, "sampled") == "true" {
        "01"
    } else {
        "00"
    };
    let trace = format!("00-{trace_id}-{span_id}-{flags}");
    assert_eq!(answer.header_values("traceresponse"), [trace], "{name}");
    if 400 <= answer.status {
        let media = answer.header("content-type");
        assert_eq!(media, Some("application/problem+json"), "{name}");
        let problem = answer.json();
        assert_eq!(problem["status"], answer.status, "{name}");
        assert_eq!(problem["request_id"], name);
        assert_eq!(problem["trace_id"], trace_id, "{name}");
    }
    let length = match case.method {
        "HEAD" => answer.header("content-length").unwrap_or("0").to_owned(),
        _ => answer.body.len().to_string(),
    };
    assert_eq!(
        line.get("http.response.body.size"),
        Some(&*length),
        "{name}"
    );
}

/// Every line of a request bears its ids, what its handler says included.
pub(crate) fn check_lines(case: &Case, ended: &Ended, access: &Line) {
    let name = case.name;
    let lines = ended.lines.iter();
    let lines: Vec<_> = lines
        .filter(|line| line.get("request_id") == Some(name))
        .collect();
    for line in &lines {
        for key in ["trace_id", "sampled", "service_name"] {
            assert_eq!(line.get(key), access.get(key), "{key} of {name}: {line:?}");
        }
    }
    let count = |matches: &dyn Fn(&Line) -> bool| lines.iter().filter(|line| matches(line)).count();
    let is_access = |line: &Line| line.get("target") == Some("access");
    assert_eq!(count(&is_access), 1, "access lines of {name}");
    let is_said = |line: &Line| line.get("msg") == Some(case.says);
    if !case.says.is_empty() {
        assert_eq!(
            count(&is_said),
            1,
            "lines of the handler of {name}: {lines:?}"
        );
        let said = lines.iter().find(|line| is_said(line)).unwrap();
        assert_eq!(said.get("span_id"), access.get("span_id"), "{name}");
    }
}

/// The span of a sampled request says what its line says, and stands alone above its trace: all else is below it,
/// directly or in the span that sends a job.
pub(crate) fn check_trace(case: &Case, ended: &Ended, line: &Line) {
    let trace = ended.trace(of(line, "trace_id"));
    let servers = trace.iter().filter(|span| span.kind == Kind::Server);
    let servers: Vec<_> = servers.collect();
    if of(line, "sampled") == "false" {
        assert!(trace.is_empty(), "{} left spans: {trace:?}", case.name);
        return;
    }
    let [server] = servers[..] else {
        panic!("{} has not one SERVER span: {trace:?}", case.name);
    };
    check_server_span(case, server, line);
    let sends = trace.iter().filter(|span| span.kind == Kind::Producer);
    let above: Vec<_> = sends
        .chain([server])
        .map(|span| span.span_id.as_str())
        .collect();
    for span in trace.iter().filter(|span| span.kind != Kind::Server) {
        let parent = span.parent_span_id.as_deref().unwrap();
        assert!(above.contains(&parent), "{} {span:?}", case.name);
        assert_ne!(parent, span.span_id, "{}", case.name);
    }
}

fn check_server_span(case: &Case, span: &Span, line: &Line) {
    let name = case.name;
    assert_eq!(span.span_id, of(line, "span_id"), "{name}");
    assert_eq!(span.parent_span_id, None, "{name}");
    assert_eq!(span.name, case.span_name(), "{name}");
    assert!(span.is_sampled(), "{name}");
    assert_eq!(span.service(), Some("api"), "{name}");
    assert_eq!(span.text("request.id"), Some(name));
    for key in [
        "http.request.method",
        "http.request.method_original",
        "http.route",
        "url.path",
        "url.query",
        "client.address",
        "error.type",
    ] {
        assert_eq!(span.text(key), line.get(key), "{key} of {name}");
    }
    for key in ["http.response.status_code", "http.response.body.size"] {
        let value = span.integer(key).map(|number| number.to_string());
        assert_eq!(value.as_deref(), line.get(key), "{key} of {name}");
    }
    let status = match case.error_type {
        "" => Status::Unset,
        error_type => Status::Error(error_type.to_owned()),
    };
    assert_eq!(span.status, status, "{name}");
    assert_eq!(span.repeated_attributes, [""; 0], "{name}");
}
