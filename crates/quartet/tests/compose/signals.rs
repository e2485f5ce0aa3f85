//! What a request leaves in the stores of its stack, and of no other.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use testbed::http;

use crate::stack::{Stack, docker, eventually};

/// Profiles come every ten seconds, and Alloy looks for containers every two.
const PATIENCE: Duration = Duration::from_secs(90);

/// A request, as its answer names it.
pub(crate) struct Request {
    id: String,
    trace: String,
    item: String,
}

/// Creates an item, burns CPU time, and waits until metric, lines, trace and profile of it are stored.
pub(crate) fn of_a_request(stack: &Stack) -> Result<Request> {
    let api = stack.api()?;
    let json = [("Content-Type", "application/json")];
    let body = br#"{"name":"kept","price_cents":5,"stock":1}"#;
    let created = http::send(api, "POST", "/api/items", &json, body)?;
    ensure!(created.status == 201, "{}", created.text());
    let item: Value = serde_json::from_str(created.text())?;
    let request = request(
        stack,
        "/api/cpu?ms=500",
        format!("/api/items/{}", item["id"]),
    )?;
    are_still_there(stack, &request)?;
    Ok(request)
}

/// Whether all that a request left is there.
pub(crate) fn are_still_there(stack: &Stack, request: &Request) -> Result<()> {
    let item = http::get(stack.api()?, &request.item)?;
    ensure!(item.status == 200, "the item is gone: {}", item.text());
    eventually("its line is in Loki", PATIENCE, || {
        has_line(stack, &request.id)
    })?;
    eventually("its trace is in Tempo", PATIENCE, || {
        let path = format!("http://tempo:3200/api/v2/traces/{}", request.trace);
        Ok(ask(stack, &path, &[])?.to_string().contains("GET /api/cpu"))
    })?;
    eventually("its count is in VictoriaMetrics", PATIENCE, || {
        let query = r#"count_over_time(http_server_request_duration_seconds_count{http_route="/api/cpu"}[1h])"#;
        Ok(!metric(stack, query)?.is_empty())
    })?;
    eventually("its service is in Pyroscope", PATIENCE, || {
        has_profile(stack, "api")
    })
}

/// A request to one stack is not in the stores of the other, nor are the lines of a container that belongs to none.
pub(crate) fn other_lines_are_not_collected(stack: &Stack, other: &Stack) -> Result<()> {
    const STRAY: &str = "a-line-of-a-stranger";
    let stranger = docker(&[
        "run",
        "--detach",
        "--rm",
        "--label",
        "com.docker.compose.project=stranger",
        "--entrypoint",
        "/usr/local/bin/quartet",
        "quartet-ready:local",
        "ready",
        "--stay",
        &format!("http://127.0.0.1/{STRAY}"),
    ])?;
    let theirs = request(other, "/api/items", String::new())?;
    let outcome = eventually("the line is where it belongs", PATIENCE, || {
        has_line(other, &theirs.id)
    })
    .and_then(|()| {
        let said = docker(&["logs", stranger.trim()])?;
        ensure!(said.contains(STRAY), "the stranger said nothing: {said}");
        // By now what this stack collects, it has: its own lines of later requests.
        let ours = request(stack, "/api/items", String::new())?;
        eventually("a later line of its own", PATIENCE, || {
            has_line(stack, &ours.id)
        })?;
        for foreign in [theirs.id.as_str(), STRAY] {
            for stack in [stack, other] {
                let expected = stack.name == other.name && foreign == theirs.id;
                ensure!(
                    has_line(stack, foreign)? == expected,
                    "{foreign} in {}",
                    stack.name
                );
            }
        }
        Ok(())
    });
    docker(&["rm", "--force", stranger.trim()])?;
    outcome
}

/// The result of a query of `VictoriaMetrics`.
pub(crate) fn metric(stack: &Stack, query: &str) -> Result<Vec<Value>> {
    let answer = ask(
        stack,
        "http://127.0.0.1:8428/api/v1/query",
        &[("query", query)],
    )?;
    Ok(answer["data"]["result"]
        .as_array()
        .cloned()
        .unwrap_or_default())
}

/// Whether Loki has a line with this text in the last hour.
pub(crate) fn has_line(stack: &Stack, text: &str) -> Result<bool> {
    // Loki writes down the queries that it is asked, so its own lines do not count.
    let query = format!(r#"{{project=~".+",service_name!~"loki|alloy"}} |= "{text}""#);
    let path = "http://loki:3100/loki/api/v1/query_range";
    let answer = ask(stack, path, &[("query", &query), ("since", "1h")])?;
    Ok(answer["data"]["result"]
        .as_array()
        .is_some_and(|streams| !streams.is_empty()))
}

/// Whether Pyroscope has CPU time of this service in the last hour.
pub(crate) fn has_profile(stack: &Stack, service: &str) -> Result<bool> {
    let query =
        format!(r#"process_cpu:cpu:nanoseconds:cpu:nanoseconds{{service_name="{service}"}}"#);
    let asked = [
        ("query", query.as_str()),
        ("from", "now-1h"),
        ("until", "now"),
    ];
    let answer = ask(stack, "http://pyroscope:4040/pyroscope/render", &asked)?;
    Ok(answer["flamebearer"]["numTicks"]
        .as_u64()
        .is_some_and(|ticks| 0 < ticks))
}

/// Asks a store from within its network: from here none is reached.
pub(crate) fn ask(stack: &Stack, path: &str, query: &[(&str, &str)]) -> Result<Value> {
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(query)
        .finish();
    let answer = stack.inside(
        "victoriametrics",
        &["wget", "-qO-", &format!("{path}?{query}")],
    )?;
    serde_json::from_str(&answer).with_context(|| format!("{path} answered {answer}"))
}

fn request(stack: &Stack, path: &str, item: String) -> Result<Request> {
    let answer = http::get(stack.api()?, path)?;
    ensure!(answer.status == 200, "{path}: {}", answer.text());
    let header = |name: &str| {
        let value = answer
            .header(name)
            .with_context(|| format!("{path}: no {name}"))?;
        anyhow::Ok(value.to_owned())
    };
    let trace = header("traceresponse")?;
    let trace = trace
        .split('-')
        .nth(1)
        .context("traceresponse without a trace")?;
    Ok(Request {
        id: header("x-request-id")?,
        trace: trace.to_owned(),
        item,
    })
}
