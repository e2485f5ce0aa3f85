//! What the stores have, asked without `quartet`.

use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use form_urlencoded::Serializer;
use serde_json::{Value, json};
use testbed::http;

use crate::stack::Stack;

/// What the flame graphs are made of.
const CPU: &str = "process_cpu:cpu:nanoseconds:cpu:nanoseconds";

pub(crate) struct Stores {
    api: SocketAddr,
    metrics: SocketAddr,
    lines: SocketAddr,
    traces: SocketAddr,
    profiles: SocketAddr,
}

/// A request that was answered.
pub(crate) struct Sent {
    pub(crate) request_id: String,
    pub(crate) trace_id: String,
}

impl Stores {
    pub(crate) fn of(stack: &Stack) -> Self {
        Self {
            api: stack.address("QUARTET_API_HTTP_ADDRESS"),
            metrics: stack.address("VICTORIAMETRICS_LISTEN"),
            lines: stack.address("LOKI_HTTP_PORT"),
            traces: stack.address("TEMPO_HTTP_PORT"),
            profiles: stack.address("PYROSCOPE_HTTP_PORT"),
        }
    }

    pub(crate) fn send_request(&self) -> Sent {
        let answer = http::get(self.api, "/api/items?limit=1").unwrap();
        let trace = answer.header("traceresponse").unwrap();
        Sent {
            request_id: answer.header("x-request-id").unwrap().to_owned(),
            trace_id: trace.split('-').nth(1).unwrap().to_owned(),
        }
    }

    /// How many lines of `api` have this request.
    pub(crate) fn lines(&self, request_id: &str) -> usize {
        let query = format!("{{service_name=\"api\"}} | request_id=\"{request_id}\"");
        let found = get(
            self.lines,
            "/loki/api/v1/query_range",
            &[("query", &query), ("since", "1h")],
        );
        let streams = found["data"]["result"].as_array().into_iter().flatten();
        let lines = streams.filter_map(|stream| stream["values"].as_array());
        lines.map(Vec::len).sum()
    }

    /// How many spans a trace has.
    pub(crate) fn spans(&self, trace_id: &str) -> usize {
        let trace = get(self.traces, &format!("/api/v2/traces/{trace_id}"), &[]);
        let resources = trace["trace"]["resourceSpans"].as_array();
        let scopes = resources.into_iter().flatten();
        let scopes = scopes.filter_map(|resource| resource["scopeSpans"].as_array());
        let spans = scopes
            .flatten()
            .filter_map(|scope| scope["spans"].as_array());
        spans.map(Vec::len).sum()
    }

    /// The samples of a series in this time, as they were taken.
    pub(crate) fn samples(&self, series: &str, from_ms: u64, to_ms: u64) -> Vec<Value> {
        let query = format!("{series}[{}ms]", to_ms - from_ms);
        let time = format!("{}", to_ms as f64 / 1000.0);
        let found = get(
            self.metrics,
            "/api/v1/query",
            &[("query", &query), ("time", &time)],
        );
        let all = found["data"]["result"].as_array().into_iter().flatten();
        let values = all.filter_map(|one| one["values"].as_array());
        values.flatten().cloned().collect()
    }

    /// How many nanoseconds of processor time a service has in this time.
    pub(crate) fn flames(&self, service: &str, from_ms: u64, to_ms: u64) -> u64 {
        let body = json!({
            "profileTypeID": CPU,
            "labelSelector": format!("{{service_name=\"{service}\"}}"),
            "start": from_ms,
            "end": to_ms,
            "maxNodes": 16,
        });
        let path = "/querier.v1.QuerierService/SelectMergeStacktraces";
        let headers = [("Content-Type", "application/json")];
        let answer = http::send(
            self.profiles,
            "POST",
            path,
            &headers,
            body.to_string().as_bytes(),
        );
        let found = json(answer);
        // A whole number that JSON would not hold is sent as text.
        let total = &found["flamegraph"]["total"];
        let total = total.as_u64().or_else(|| total.as_str()?.parse().ok());
        total.unwrap_or(0)
    }
}

pub(crate) fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    now.as_millis().try_into().unwrap()
}

/// What a store answers; nothing where it refuses, as one that starts does.
fn get(address: SocketAddr, path: &str, arguments: &[(&str, &str)]) -> Value {
    let query = Serializer::new(String::new())
        .extend_pairs(arguments)
        .finish();
    let headers = [("Accept", "application/json")];
    json(http::send(
        address,
        "GET",
        &format!("{path}?{query}"),
        &headers,
        b"",
    ))
}

fn json(answer: Result<http::Response, http::Error>) -> Value {
    let answer = answer.ok().filter(|answer| answer.status == 200);
    let body = answer.map(|answer| answer.body).unwrap_or_default();
    serde_json::from_slice(&body).unwrap_or_default()
}
