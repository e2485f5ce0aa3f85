//! Valid input for each target. What is binary is encoded here, the rest stands in files.

use std::fs;
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use prost::Message;
use wire::otlp::{Signal, from_json};

const TRACES: &[u8] = include_bytes!("../seeds/traces.json");
const LOGS: &[u8] = include_bytes!("../seeds/logs.json");
const METRICS: &[u8] = include_bytes!("../seeds/metrics.json");
const LOKI: &[u8] = include_bytes!("../seeds/loki.json");
const FOLDED: &[u8] = include_bytes!("../seeds/stacks.folded");
const QUERY: &[u8] = include_bytes!("../seeds/ingest.query");
const FORM: &[u8] = include_bytes!("../seeds/profile.form");
const LINE: &[u8] = include_bytes!("../seeds/line.logfmt");
const OPENMETRICS: &[u8] = include_bytes!("../seeds/exposed.openmetrics");
const PROMETHEUS: &[u8] = include_bytes!("../seeds/exposed.prometheus");

/// Writes valid input into the corpus of a target, for mutations to start from.
pub fn seed(target: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(target);
    fs::create_dir_all(&folder).unwrap();
    for (number, seed) in seeds(target).iter().enumerate() {
        fs::write(folder.join(format!("seed-{number}")), seed).unwrap();
    }
}

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let profile = profile().encode_to_vec();
    let block = lines().encode_to_vec();
    match target {
        "otlp_traces" => vec![protobuf(Signal::Traces, TRACES)],
        "otlp_traces_json" => vec![TRACES.to_vec()],
        "otlp_logs" => vec![protobuf(Signal::Logs, LOGS)],
        "otlp_logs_json" => vec![LOGS.to_vec()],
        "otlp_metrics" => vec![protobuf(Signal::Metrics, METRICS)],
        "otlp_metrics_json" => vec![METRICS.to_vec()],
        "loki" => vec![crate::snappy(&block), block],
        "loki_json" => vec![LOKI.to_vec()],
        "push" => vec![push(profile.clone()), push(packed(&profile))],
        "ingest_pprof" => vec![packed(&profile), profile],
        "ingest_folded" => vec![FOLDED.to_vec()],
        "ingest_form" => vec![FORM.to_vec()],
        "ingest_query" => vec![QUERY.to_vec()],
        "openmetrics" => vec![OPENMETRICS.to_vec()],
        "prometheus" => vec![PROMETHEUS.to_vec()],
        "line" => vec![LINE.to_vec()],
        "gzip" => vec![packed(TRACES), packed(&[b'a'; 100_000])],
        other => panic!("the target {other:?} has no seeds"),
    }
}

fn protobuf(signal: Signal, json: &[u8]) -> Vec<u8> {
    from_json(signal, json).unwrap()
}

fn packed(plain: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(plain).unwrap();
    gzip.finish().unwrap()
}

#[derive(Clone, PartialEq, Message)]
struct Pair {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    value: String,
}

#[derive(Clone, PartialEq, Message)]
struct Numbers {
    #[prost(int64, tag = "1")]
    first: i64,
    #[prost(int64, tag = "2")]
    second: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Sample {
    #[prost(uint64, repeated, tag = "1")]
    locations: Vec<u64>,
    #[prost(int64, repeated, tag = "2")]
    values: Vec<i64>,
    #[prost(message, repeated, tag = "3")]
    labels: Vec<Numbers>,
}

#[derive(Clone, PartialEq, Message)]
struct Location {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(message, repeated, tag = "4")]
    lines: Vec<Numbers>,
}

#[derive(Clone, PartialEq, Message)]
struct Profile {
    #[prost(message, repeated, tag = "1")]
    types: Vec<Numbers>,
    #[prost(message, repeated, tag = "2")]
    samples: Vec<Sample>,
    #[prost(message, repeated, tag = "4")]
    locations: Vec<Location>,
    #[prost(message, repeated, tag = "5")]
    functions: Vec<Numbers>,
    #[prost(string, repeated, tag = "6")]
    texts: Vec<String>,
    #[prost(int64, tag = "9")]
    unix_nanos: i64,
    #[prost(int64, tag = "10")]
    duration_nanos: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Raw {
    #[prost(bytes = "vec", tag = "1")]
    profile: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct Series {
    #[prost(message, repeated, tag = "1")]
    labels: Vec<Pair>,
    #[prost(message, repeated, tag = "2")]
    samples: Vec<Raw>,
}

#[derive(Clone, PartialEq, Message)]
struct Push {
    #[prost(message, repeated, tag = "1")]
    series: Vec<Series>,
}

#[derive(Clone, PartialEq, Message)]
struct Entry {
    #[prost(message, optional, tag = "1")]
    time: Option<Numbers>,
    #[prost(string, tag = "2")]
    line: String,
    #[prost(message, repeated, tag = "3")]
    metadata: Vec<Pair>,
}

#[derive(Clone, PartialEq, Message)]
struct Stream {
    #[prost(string, tag = "1")]
    labels: String,
    #[prost(message, repeated, tag = "2")]
    entries: Vec<Entry>,
}

#[derive(Clone, PartialEq, Message)]
struct Streams {
    #[prost(message, repeated, tag = "1")]
    streams: Vec<Stream>,
}

fn pair(name: &str, value: &str) -> Pair {
    Pair {
        name: name.to_owned(),
        value: value.to_owned(),
    }
}

fn profile() -> Profile {
    let numbers = |first, second| Numbers { first, second };
    let texts = [
        "",
        "cpu",
        "nanoseconds",
        "main",
        "work",
        "span_id",
        "00f067aa0ba902b7",
    ];
    Profile {
        types: vec![numbers(1, 2)],
        samples: vec![
            Sample {
                locations: vec![2, 1],
                values: vec![10_000_000],
                labels: vec![numbers(5, 6)],
            },
            Sample {
                locations: vec![1],
                values: vec![20_000_000],
                labels: Vec::new(),
            },
        ],
        locations: (1..=2)
            .map(|id| Location {
                id: id as u64,
                lines: vec![numbers(id, 1)],
            })
            .collect(),
        functions: vec![numbers(1, 3), numbers(2, 4)],
        texts: texts.map(str::to_owned).to_vec(),
        unix_nanos: 1_795_148_068_000_000_000,
        duration_nanos: 10_000_000_000,
    }
}

fn push(profile: Vec<u8>) -> Vec<u8> {
    let series = Series {
        labels: vec![pair("__name__", "process_cpu"), pair("service_name", "api")],
        samples: vec![Raw { profile }],
    };
    Push {
        series: vec![series],
    }
    .encode_to_vec()
}

fn lines() -> Streams {
    let entry = Entry {
        time: Some(Numbers {
            first: 1_795_148_068,
            second: 5,
        }),
        line: String::from_utf8_lossy(LINE).into_owned(),
        metadata: vec![pair("order", "7")],
    };
    let stream = Stream {
        labels: r#"{service_name="api", path="a\"b"}"#.to_owned(),
        entries: vec![entry],
    };
    Streams {
        streams: vec![stream],
    }
}
