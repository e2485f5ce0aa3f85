//! What the OpenTelemetry SDKs of other languages send, unchanged, arrives whole.

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use crate::world::Console;

/// One language, and what is known of its SDK.
struct Sdk {
    language: &'static str,
    /// How its program is run, below the folder where `just test-sdks` has put it.
    command: &'static [&'static str],
    protocols: &'static [&'static str],
    has_exemplars: bool,
}

#[test]
fn python() {
    check(&Sdk {
        language: "python",
        command: &["python/bin/python", "python/send.py"],
        protocols: &["grpc", "http/protobuf"],
        has_exemplars: true,
    });
}

#[test]
fn go() {
    check(&Sdk {
        language: "go",
        command: &["go/send"],
        protocols: &["grpc", "http/protobuf"],
        has_exemplars: true,
    });
}

#[test]
fn javascript() {
    check(&Sdk {
        language: "javascript",
        command: &["node", "javascript/send.js"],
        protocols: &["grpc", "http/protobuf", "http/json"],
        has_exemplars: false,
    });
}

fn check(sdk: &Sdk) {
    let console = Console::start();
    for protocol in sdk.protocols {
        let service = format!("{}-{}", sdk.language, protocol.replace('/', "-"));
        let trace = sdk.send(&console, &service, protocol);
        spans_are_whole(&console, &service, &trace, sdk.language);
        metrics_are_whole(&console, &service, sdk.has_exemplars.then_some(&trace));
        lines_are_whole(&console, &service, &trace);
    }
    for of in console.ask("/api/v1/status").as_array().unwrap() {
        assert_eq!(of["refused"], json!({}), "{of}");
        assert_eq!(of["repeated"], 0, "{of}");
    }
}

impl Sdk {
    /// Runs the program; the trace it says it made.
    fn send(&self, console: &Console, service: &str, protocol: &str) -> String {
        let receiver = match protocol {
            "grpc" => console.receiver("otlp-grpc"),
            _ => console.receiver("otlp-http"),
        };
        #[expect(clippy::disallowed_methods, reason = "a test has no settings")]
        let folder = std::env::var("QUARTET_SDKS").expect("just test-sdks says where the SDKs are");
        let mut words = self.command.iter().map(|word| match word.contains('/') {
            true => PathBuf::from(&folder).join(word),
            false => PathBuf::from(word),
        });
        let output = Command::new(words.next().unwrap())
            .args(words)
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{receiver}"))
            .env("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
            .env("OTEL_SERVICE_NAME", service)
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{service}: {errors}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

fn spans_are_whole(console: &Console, service: &str, id: &str, language: &str) {
    let trace = console.ask(&format!("/api/v1/traces/{id}"));
    assert_eq!(trace["summary"]["is_whole"], true, "{trace}");
    let [order, charge] = trace["spans"].as_array().unwrap().as_slice() else {
        panic!("{service}: {trace}");
    };
    let (order, charge) = (&order["span"], &charge["span"]);
    assert_eq!(order["service"], service);
    assert_eq!(order["name"], "POST /orders");
    assert_eq!(order["kind"], "server");
    assert_eq!(order["status"], "error");
    assert_eq!(order["status_message"], "no money");
    assert_eq!(order["scope"], "shop");
    assert_eq!(
        order["attributes"],
        json!({
            "http.route": "/orders", "http.response.status_code": 500, "ratio": 0.5, "vip": true,
            "tags": "[\"a\",\"b\"]",
        })
    );
    assert_eq!(
        order["links"],
        json!([{
            "trace_id": "5bf92f3577b34da6a3ce929d0e0e4736", "span_id": "10f067aa0ba902b7",
            "attributes": {"why": "retry"},
        }])
    );
    assert_eq!(
        order["resource"]["telemetry.sdk.language"],
        sdk_word(language)
    );
    assert_eq!(charge["parent_span_id"], order["span_id"]);
    assert_eq!(charge["kind"], "client");
    assert_eq!(charge["events"][0]["name"], "declined");
    assert_eq!(
        charge["events"][0]["attributes"],
        json!({"card": "<b>1</b>"})
    );
}

/// As the semantic conventions call a language.
fn sdk_word(language: &str) -> &str {
    match language {
        "javascript" => "nodejs",
        language => language,
    }
}

fn metrics_are_whole(console: &Console, service: &str, exemplar: Option<&String>) {
    let families = console.ask(&format!("/api/v1/metrics?service={service}"));
    for (name, kind, unit, help, value) in [
        ("shop_sold", "counter", "", "Items that were sold", 3.0),
        ("shop_queue", "gauge", "", "Orders that wait", -2.0),
        (
            "shop_duration_seconds",
            "histogram",
            "seconds",
            "How long orders take",
            1.0,
        ),
        (
            "shop_temperature_celsius",
            "gauge",
            "celsius",
            "How warm it is",
            21.5,
        ),
    ] {
        let all = families.as_array().unwrap();
        let family = all.iter().find(|family| family["name"] == name);
        let family = family.unwrap_or_else(|| panic!("{service} has no {name}: {families}"));
        for (part, is) in [("kind", kind), ("unit", unit), ("help", help)] {
            assert_eq!(family[part], is, "{service}: {name}");
        }
        let chart = chart(console, service, name);
        let points = chart["series"][0]["points"].as_array().unwrap();
        let last = points
            .iter()
            .rev()
            .find_map(|point| point["value"].as_f64());
        assert_eq!(last, Some(value), "{service}: {chart}");
    }
    let sold = chart(console, service, "shop_sold");
    assert_eq!(sold["series"][0]["labels"]["item"], "bow", "{sold}");
    if let Some(trace) = exemplar {
        for name in ["shop_sold", "shop_duration_seconds"] {
            let chart = chart(console, service, name);
            assert_eq!(
                chart["exemplars"][0]["trace_id"], *trace,
                "{service}: {chart}"
            );
        }
    }
}

fn chart(console: &Console, service: &str, family: &str) -> Value {
    let view = "view=value&last=5m";
    console.ask(&format!(
        "/api/v1/metrics/chart?family={family}&service={service}&{view}"
    ))
}

fn lines_are_whole(console: &Console, service: &str, trace: &str) {
    let lines = console.ask(&format!("/api/v1/logs?service={service}&trace={trace}"));
    assert_eq!(lines["total"], 1, "{service}: {lines}");
    let line = &lines["lines"][0];
    assert_eq!(line["message"], "order refused");
    assert_eq!(line["level"], "warn");
    assert_eq!(line["fields"]["order.id"], "7");
    assert_eq!(line["is_sampled"], true);
}
