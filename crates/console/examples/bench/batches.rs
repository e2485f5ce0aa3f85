//! What services send, as the bench sends it.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use prost::Message;
use rand::{Rng, rngs::SmallRng};
use serde_json::json;

/// Items of one push; spans come by threes.
pub(crate) const BATCH: usize = 510;

fn attribute(key: &str, value: String) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue {
            value: Some(any_value::Value::StringValue(value)),
        }),
        ..KeyValue::default()
    }
}

/// A batch as a service sends it: requests with two database calls each.
pub(crate) fn spans(random: &mut SmallRng, round: u64) -> Vec<u8> {
    let mut spans = Vec::new();
    for number in 0..BATCH / 3 {
        let trace: u128 = random.random();
        let root: u64 = random.random();
        let order = round * 1_000 + number as u64;
        for part in 0..3_u64 {
            let start = (round * 1_000_000 + number as u64 * 1_000) * 1_000;
            let is_root = part == 0;
            let own = if is_root { root } else { random.random() };
            let attributes = match is_root {
                true => vec![
                    attribute("http.request.method", "GET".to_owned()),
                    attribute(
                        "http.route",
                        format!("/api/items/{}", if number % 9 == 0 { "" } else { "{id}" }),
                    ),
                    attribute("url.path", format!("/api/items/{}", order % 5_000)),
                    attribute("client.address", "127.0.0.1".to_owned()),
                    attribute("user_agent.original", "load.sh".to_owned()),
                    attribute("order.id", format!("order {order}")),
                ],
                false => vec![
                    attribute("db.system.name", "sqlite".to_owned()),
                    attribute("db.operation.name", "SELECT".to_owned()),
                    attribute("db.collection.name", "items".to_owned()),
                    attribute("db.query.summary", "SELECT items".to_owned()),
                    attribute("peer.service", "sqlite".to_owned()),
                ],
            };
            spans.push(Span {
                trace_id: trace.to_be_bytes().to_vec(),
                span_id: own.to_be_bytes().to_vec(),
                parent_span_id: if is_root {
                    Vec::new()
                } else {
                    root.to_be_bytes().to_vec()
                },
                name: if is_root {
                    "GET /api/items/{id}".to_owned()
                } else {
                    "SELECT items".to_owned()
                },
                kind: if is_root { 2 } else { 3 },
                start_time_unix_nano: start,
                end_time_unix_nano: start + random.random_range(1_000..1_000_000_000),
                attributes,
                status: Some(Status::default()),
                ..Span::default()
            });
        }
    }
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(Resource {
                attributes: [
                    ("service.name", "api"),
                    ("service.version", "0.1.0"),
                    ("host.name", "shop"),
                ]
                .map(|(key, value)| attribute(key, value.to_owned()))
                .to_vec(),
                ..Resource::default()
            }),
            scope_spans: vec![ScopeSpans {
                spans,
                ..ScopeSpans::default()
            }],
            ..ResourceSpans::default()
        }],
    }
    .encode_to_vec()
}

/// Lines as a service writes them, one per request.
pub(crate) fn lines(random: &mut SmallRng, round: u64) -> Vec<u8> {
    let values: Vec<_> = (0..BATCH)
        .map(|number| {
            let order = round * 1_000 + number as u64;
            let time = (round * 1_000_000 + number as u64 * 1_000) * 1_000;
            let (trace, span, took) =
                (random.random::<u128>(), random.random::<u64>(), random.random_range(0.0..100.0_f64));
            let level = if number % 100 == 0 { "error" } else { "info" };
            let line = format!(
                "level={level} msg=\"GET /api/items/{} 200\" http.request.method=GET http.route=/api/items/{{id}} \
                 url.path=/api/items/{} client.address=127.0.0.1 http.response.status_code=200 duration_ms={took:.3} \
                 order.id=\"order {order}\" target=access request_id={:032x} trace_id={trace:032x} \
                 span_id={span:016x} sampled=true",
                order % 5_000,
                order % 5_000,
                random.random::<u128>(),
            );
            json!([time.to_string(), line])
        })
        .collect();
    let streams = json!({"streams": [{"stream": {"service_name": "api"}, "values": values}]});
    streams.to_string().into_bytes()
}
