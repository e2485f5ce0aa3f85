//! A console of its own for each test, and messages to send to it.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use prost::Message;
use serde_json::Value;
use testbed::http::{self, Response};
use testbed::{Process, eventually};

pub(crate) const PROTOBUF: (&str, &str) = ("Content-Type", "application/x-protobuf");
pub(crate) const JSON: (&str, &str) = ("Content-Type", "application/json");

pub(crate) struct Console {
    pub(crate) process: Process,
    pub(crate) public: SocketAddr,
    pub(crate) token: String,
}

impl Console {
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    pub(crate) fn start_with(variables: &[(&str, &str)]) -> Self {
        let process = testbed::console(Path::new(env!("CARGO_BIN_EXE_console")))
            .envs(variables)
            .spawn();
        let public = process.address("public");
        let token = process.directory().join("run/console.token");
        Self {
            token: std::fs::read_to_string(token).unwrap().trim().to_owned(),
            process,
            public,
        }
    }

    /// Where a receiver listens.
    pub(crate) fn receiver(&self, role: &str) -> SocketAddr {
        self.process.address(role)
    }

    /// A push that has to be answered.
    pub(crate) fn push(
        &self,
        role: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Response {
        http::send(self.receiver(role), "POST", path, headers, body).unwrap()
    }

    /// An answer of the API.
    #[track_caller]
    pub(crate) fn ask(&self, path: &str) -> Value {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    pub(crate) fn get(&self, path: &str) -> Response {
        let bearer = format!("Bearer {}", self.token);
        http::send(self.public, "GET", path, &[("Authorization", &bearer)], b"").unwrap()
    }

    /// Asks until the answer satisfies `enough`.
    #[track_caller]
    pub(crate) fn ask_until(&self, path: &str, enough: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        eventually(path, || {
            let answer = self.get(path);
            last = match answer.status {
                200 => answer.json(),
                _ => Value::Null,
            };
            enough(&last)
        });
        last
    }
}

/// Nanoseconds since 1970.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(since.as_nanos()).unwrap()
}

pub(crate) fn text(key: &str, value: &str) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue {
            value: Some(any_value::Value::StringValue(value.to_owned())),
        }),
        ..KeyValue::default()
    }
}

/// A span of a millisecond; kind 2 is that of a server.
pub(crate) fn span(trace: u128, own: u64, parent: u64, name: &str) -> Span {
    let start = now();
    Span {
        trace_id: trace.to_be_bytes().to_vec(),
        span_id: own.to_be_bytes().to_vec(),
        parent_span_id: match parent {
            0 => Vec::new(),
            parent => parent.to_be_bytes().to_vec(),
        },
        name: name.to_owned(),
        kind: 2,
        start_time_unix_nano: start,
        end_time_unix_nano: start + 1_000_000,
        status: Some(Status::default()),
        ..Span::default()
    }
}

pub(crate) fn request(service: &str, spans: Vec<Span>) -> ExportTraceServiceRequest {
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(Resource {
                attributes: vec![text("service.name", service)],
                ..Resource::default()
            }),
            scope_spans: vec![ScopeSpans {
                spans,
                ..ScopeSpans::default()
            }],
            ..ResourceSpans::default()
        }],
    }
}

pub(crate) fn body(service: &str, spans: Vec<Span>) -> Vec<u8> {
    request(service, spans).encode_to_vec()
}
