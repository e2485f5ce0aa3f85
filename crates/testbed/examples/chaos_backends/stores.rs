//! Questions to the stores, as their users ask them.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, ensure};
use form_urlencoded::Serializer;
use jiff::Timestamp;
use serde_json::{Value, json};
use testbed::http::Connection;

use crate::stack::Stack;

/// One that takes longer has no answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// What the flame graphs are made of.
const CPU: &str = "process_cpu:cpu:nanoseconds:cpu:nanoseconds";

/// Where each of them is asked.
pub(crate) struct Stores {
    metrics: SocketAddr,
    lines: SocketAddr,
    traces: SocketAddr,
    profiles: SocketAddr,
    alerts: SocketAddr,
}

impl Stores {
    pub(crate) fn of(stack: &Stack) -> Self {
        Self {
            metrics: stack.address("VICTORIAMETRICS_LISTEN"),
            lines: stack.address("LOKI_HTTP_PORT"),
            traces: stack.address("TEMPO_HTTP_PORT"),
            profiles: stack.address("PYROSCOPE_HTTP_PORT"),
            alerts: stack.address("ALERTMANAGER_LISTEN"),
        }
    }

    /// When the samples of a series came that are younger than this, in seconds since 1970.
    pub(crate) fn samples(&self, series: &str, seconds: u64) -> anyhow::Result<Vec<f64>> {
        let query = format!("{series}[{seconds}s]");
        let answer = get(self.metrics, "/api/v1/query", &[("query", &query)])?;
        let series = answer["data"]["result"].as_array().into_iter().flatten();
        let points = series.flat_map(|one| one["values"].as_array().into_iter().flatten());
        let mut times: Vec<_> = points.filter_map(|point| point[0].as_f64()).collect();
        times.sort_by(f64::total_cmp);
        Ok(times)
    }

    /// The traces that lines of `api` name.
    pub(crate) fn traces_in_lines(
        &self,
        filter: &str,
        from: Timestamp,
        to: Timestamp,
    ) -> anyhow::Result<Vec<String>> {
        let (from, to) = (
            from.as_nanosecond().to_string(),
            to.as_nanosecond().to_string(),
        );
        let query = format!("{{service_name=\"api\"}} {filter}");
        let arguments: &[(&str, &str)] = &[
            ("query", &query),
            ("start", &from),
            ("end", &to),
            ("limit", "5000"),
        ];
        let answer = get(self.lines, "/loki/api/v1/query_range", arguments)?;
        let streams = answer["data"]["result"].as_array().into_iter().flatten();
        let ids = streams.filter_map(|stream| stream["stream"]["trace_id"].as_str());
        Ok(ids.map(str::to_owned).collect())
    }

    /// Whether any span of a trace is there.
    pub(crate) fn has_trace(&self, id: &str) -> anyhow::Result<bool> {
        let mut connection = Connection::open(self.traces)?.patience(PATIENCE);
        let headers = [("Accept", "application/json")];
        let answer = connection.send("GET", &format!("/api/v2/traces/{id}"), &headers, b"")?;
        ensure!(
            matches!(answer.status, 200 | 404),
            "Tempo answered {}",
            answer.status
        );
        if answer.status == 404 {
            return Ok(false);
        }
        let answer: Value = serde_json::from_slice(&answer.body)?;
        let spans = answer["trace"]["resourceSpans"].as_array();
        Ok(spans.is_some_and(|spans| !spans.is_empty()))
    }

    /// How many samples of a hundredth of a second `api` has in this time.
    pub(crate) fn profile_samples(&self, from: Timestamp, to: Timestamp) -> anyhow::Result<f64> {
        let body = json!({
            "profileTypeID": CPU,
            "labelSelector": "{service_name=\"api\"}",
            "start": from.as_millisecond(),
            "end": to.as_millisecond(),
            "maxNodes": 16,
        });
        let mut connection = Connection::open(self.profiles)?.patience(PATIENCE);
        let headers = [("Content-Type", "application/json")];
        let path = "/querier.v1.QuerierService/SelectMergeStacktraces";
        let answer = connection.send("POST", path, &headers, body.to_string().as_bytes())?;
        ensure!(answer.status == 200, "Pyroscope answered {}", answer.status);
        let answer: Value = serde_json::from_slice(&answer.body)?;
        // A whole number that JSON would not hold is sent as text.
        let total = &answer["flamegraph"]["total"];
        let nanoseconds = total.as_f64().or_else(|| total.as_str()?.parse().ok());
        Ok(nanoseconds.unwrap_or(0.0) / 10_000_000.0)
    }

    /// When Alertmanager heard last of the alert that always fires.
    pub(crate) fn last_alert(&self) -> anyhow::Result<Option<Timestamp>> {
        let answer = get(self.alerts, "/api/v2/alerts", &[])?;
        let mut alerts = answer.as_array().into_iter().flatten();
        let found = alerts.find(|alert| alert["labels"]["alertname"] == "Watchdog");
        let updated = found.and_then(|alert| alert["updatedAt"].as_str());
        updated
            .map(|text| text.parse().context("no time"))
            .transpose()
    }
}

fn get(address: SocketAddr, path: &str, arguments: &[(&str, &str)]) -> anyhow::Result<Value> {
    let query = Serializer::new(String::new())
        .extend_pairs(arguments)
        .finish();
    let mut connection = Connection::open(address)?.patience(PATIENCE);
    let answer = connection.send("GET", &format!("{path}?{query}"), &[], b"")?;
    ensure!(answer.status == 200, "{path} answered {}", answer.status);
    Ok(serde_json::from_slice(&answer.body)?)
}
