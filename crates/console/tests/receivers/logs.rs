use std::fs::{self, OpenOptions};
use std::io::Write;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, any_value};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;
use serde_json::json;

use crate::world::{Console, JSON, PROTOBUF, now, text};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

fn record(severity: i32, body: &str) -> LogRecord {
    LogRecord {
        time_unix_nano: now(),
        severity_number: severity,
        body: Some(AnyValue {
            value: Some(any_value::Value::StringValue(body.to_owned())),
        }),
        attributes: vec![text("item.id", "7")],
        trace_id: 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736_u128
            .to_be_bytes()
            .to_vec(),
        ..LogRecord::default()
    }
}

#[test]
fn records_of_otlp_become_lines_with_levels_and_fields() {
    let console = Console::start();
    let request = ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs {
            resource: Some(Resource {
                attributes: vec![text("service.name", "shop")],
                ..Resource::default()
            }),
            scope_logs: vec![ScopeLogs {
                log_records: vec![record(9, "sold"), record(17, "out of stock")],
                ..ScopeLogs::default()
            }],
            ..ResourceLogs::default()
        }],
    };

    let answer = console.push(
        "otlp-http",
        "/v1/logs",
        &[PROTOBUF],
        &request.encode_to_vec(),
    );

    assert_eq!(answer.status, 200, "{}", answer.text());
    let found = console.ask("/api/v1/logs?level=error&field=item.id%3D7&service=shop");
    assert_eq!(found["total"], 1);
    assert_eq!(found["lines"][0]["message"], "out of stock");
    assert_eq!(found["lines"][0]["trace_id"], TRACE);
    let of_trace = console.ask(&format!("/api/v1/logs?trace={TRACE}"));
    assert_eq!(of_trace["total"], 2);
}

#[derive(Clone, PartialEq, Message)]
struct Push {
    #[prost(message, repeated, tag = "1")]
    streams: Vec<Stream>,
}

#[derive(Clone, PartialEq, Message)]
struct Stream {
    #[prost(string, tag = "1")]
    labels: String,
    #[prost(message, repeated, tag = "2")]
    entries: Vec<Entry>,
}

#[derive(Clone, PartialEq, Message)]
struct Entry {
    #[prost(message, optional, tag = "1")]
    time: Option<Time>,
    #[prost(string, tag = "2")]
    line: String,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct Time {
    #[prost(int64, tag = "1")]
    seconds: i64,
}

#[test]
fn lokis_clients_push_json_and_snappy_protobuf() {
    let console = Console::start();
    let line =
        format!("level=warn msg=\"slow query\" db.system=sqlite trace_id={TRACE} sampled=true");
    let plain = json!({"streams": [{
        "stream": {"service_name": "api"},
        "values": [[now().to_string(), line], [now().to_string(), "<b>no logfmt</b>", {"trace_id": TRACE}]],
    }]});
    let push = Push {
        streams: vec![Stream {
            labels: r#"{service_name="worker", level="error"}"#.to_owned(),
            entries: vec![Entry {
                time: Some(Time {
                    seconds: i64::try_from(now() / 1_000_000_000).unwrap(),
                }),
                line: "gave up".to_owned(),
            }],
        }],
    };
    let block = snap::raw::Encoder::new()
        .compress_vec(&push.encode_to_vec())
        .unwrap();
    let path = "/loki/api/v1/push";

    assert_eq!(
        console
            .push("loki", path, &[JSON], plain.to_string().as_bytes())
            .status,
        204
    );
    assert_eq!(console.push("loki", path, &[PROTOBUF], &block).status, 204);
    assert_eq!(
        console.push("loki", path, &[PROTOBUF], &block[..9]).status,
        400
    );
    assert_eq!(
        console
            .push("loki", path, &[JSON], b"{\"streams\":1}")
            .status,
        400
    );

    let of_trace = console.ask(&format!("/api/v1/logs?trace={TRACE}&level=warn"));
    assert_eq!(of_trace["total"], 1);
    assert_eq!(of_trace["lines"][0]["message"], "slow query");
    assert_eq!(of_trace["lines"][0]["fields"]["db.system"], "sqlite");
    assert_eq!(of_trace["lines"][0]["is_sampled"], true);
    assert_eq!(console.ask("/api/v1/logs?text=no%20logfmt")["total"], 1);
    assert_eq!(
        console.ask("/api/v1/logs?service=worker&level=error")["total"],
        1
    );
}

#[test]
fn lines_of_a_file_are_read_through_its_rotation() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("api.log");
    fs::write(&path, "time=2026-01-01T00:00:00Z level=info msg=first\n").unwrap();
    let files = format!("api={}", path.display());
    let console = Console::start_with(&[("QUARTET_CONSOLE_LOG_FILES", &files)]);
    let all = "/api/v1/logs?service=api&from=0";
    console.ask_until(all, |found| found["total"] == 1);

    let mut file = OpenOptions::new().append(true).open(&path).unwrap();
    write!(file, "level=warn msg=sec").unwrap();
    file.flush().unwrap();
    writeln!(file, "ond").unwrap();
    fs::rename(&path, directory.path().join("api.log.1")).unwrap();
    writeln!(file, "level=warn msg=third").unwrap();
    fs::write(&path, "level=error msg=fourth\n").unwrap();

    let found = console.ask_until(all, |found| found["total"] == 4);
    let mut messages: Vec<_> = found["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["message"].as_str().unwrap().to_owned())
        .collect();
    messages.sort();
    assert_eq!(messages, ["first", "fourth", "second", "third"]);
}

#[test]
fn pages_of_lines_leave_none_out_and_show_none_twice() {
    let console = Console::start();
    let start = now();
    let values: Vec<_> = (0..250)
        .map(|number| {
            json!([
                (start - number % 7 * 1_000).to_string(),
                format!("line {number}")
            ])
        })
        .collect();
    let push = json!({"streams": [{"stream": {"service_name": "api"}, "values": values}]});
    console.push(
        "loki",
        "/loki/api/v1/push",
        &[JSON],
        push.to_string().as_bytes(),
    );

    let mut seen = Vec::new();
    let mut address = "/api/v1/logs?limit=100".to_owned();
    loop {
        let page = console.ask(&address);
        let lines = page["lines"].as_array().unwrap();
        seen.extend(lines.iter().map(|line| line["id"].as_u64().unwrap()));
        match page["older"].as_u64() {
            Some(older) => address = format!("/api/v1/logs?limit=100&before={older}"),
            None => break,
        }
    }

    seen.sort_unstable();
    assert_eq!(seen, Vec::from_iter(1..=250));
}
