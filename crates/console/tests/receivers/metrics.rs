use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicU64, Ordering};

use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::metrics::v1::{
    Exemplar, Histogram, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics,
    ScopeMetrics, Sum, exemplar, metric::Data, number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;

use crate::world::{Console, PROTOBUF, now, text};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

fn request(service: &str, metrics: Vec<Metric>) -> Vec<u8> {
    ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics {
            resource: Some(Resource {
                attributes: vec![text("service.name", service)],
                ..Resource::default()
            }),
            scope_metrics: vec![ScopeMetrics {
                metrics,
                ..ScopeMetrics::default()
            }],
            ..ResourceMetrics::default()
        }],
    }
    .encode_to_vec()
}

fn durations(at: u64, counts: [u64; 3]) -> Metric {
    let exemplar = Exemplar {
        time_unix_nano: at,
        trace_id: 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736_u128
            .to_be_bytes()
            .to_vec(),
        value: Some(exemplar::Value::AsDouble(0.3)),
        ..Exemplar::default()
    };
    Metric {
        name: "http.server.request.duration".to_owned(),
        description: "Duration of requests".to_owned(),
        unit: "s".to_owned(),
        data: Some(Data::Histogram(Histogram {
            data_points: vec![HistogramDataPoint {
                attributes: vec![
                    text("http.route", "/items"),
                    text("http.request.method", "GET"),
                ],
                time_unix_nano: at,
                count: counts.iter().sum(),
                sum: Some(1.0),
                bucket_counts: counts.to_vec(),
                explicit_bounds: vec![0.1, 1.0],
                exemplars: vec![exemplar],
                ..HistogramDataPoint::default()
            }],
            aggregation_temporality: 2,
        })),
        ..Metric::default()
    }
}

#[test]
fn a_histogram_of_otlp_gives_rates_quantiles_and_exemplars() {
    let console = Console::start();
    let end = now();
    let start = end - 20_000_000_000;
    for (at, counts) in [(start, [0, 0, 0]), (end, [50, 50, 0])] {
        let body = request("shop", vec![durations(at, counts)]);
        let answer = console.push("otlp-http", "/v1/metrics", &[PROTOBUF], &body);
        assert_eq!((answer.status, answer.text()), (200, ""));
    }

    let families = console.ask("/api/v1/metrics?service=shop");
    assert_eq!(families[0]["name"], "http_server_request_duration_seconds");
    assert_eq!(families[0]["kind"], "histogram");
    assert_eq!(families[0]["unit"], "seconds");
    assert_eq!(families[0]["has_exemplars"], true);
    let to = end + 1_000_000;
    let chart = |view: &str| {
        let question = format!(
            "/api/v1/metrics/chart?family=http_server_request_duration_seconds&view={view}\
             &service=shop&points=1&from={start}&to={to}"
        );
        console.ask(&question)
    };
    let rate = chart("rate");
    assert_eq!(rate["series"][0]["points"][0]["value"], 5.0);
    assert_eq!(rate["exemplars"][0]["trace_id"], TRACE);
    assert_eq!(chart("p50")["series"][0]["points"][0]["value"], 0.1);
    assert_eq!(chart("p75")["series"][0]["points"][0]["value"], 0.55);
    let services = console.ask(&format!("/api/v1/services?from={start}&to={to}"));
    assert_eq!(services[0]["source"], "metrics");
    assert_eq!(services[0]["routes"][0]["route"], "/items");
    let rate = services[0]["red"]["rate"].as_f64().unwrap();
    assert!((4.9..5.1).contains(&rate), "{rate}");
}

#[test]
fn delta_points_are_refused_with_a_hint_and_counted_and_odd_names_become_valid() {
    let console = Console::start();
    let point = NumberDataPoint {
        time_unix_nano: now(),
        value: Some(number_data_point::Value::AsInt(3)),
        ..NumberDataPoint::default()
    };
    let sum = |name: &str, points: usize, aggregation_temporality| Metric {
        name: name.to_owned(),
        data: Some(Data::Sum(Sum {
            data_points: vec![point.clone(); points],
            aggregation_temporality,
            is_monotonic: true,
        })),
        ..Metric::default()
    };
    let mut took = durations(now(), [1, 2, 3]);
    if let Some(Data::Histogram(histogram)) = &mut took.data {
        histogram.aggregation_temporality = 1;
    }
    let metrics = vec![sum("1.sold items", 1, 2), sum("lost", 2, 1), took];

    let answer = console.push(
        "otlp-http",
        "/v1/metrics",
        &[PROTOBUF],
        &request("shop", metrics),
    );

    assert_eq!(answer.status, 200);
    let answer = ExportMetricsServiceResponse::decode(answer.body.as_slice()).unwrap();
    let partial = answer.partial_success.unwrap();
    assert_eq!(partial.rejected_data_points, 3);
    for word in [
        "delta",
        "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=cumulative",
    ] {
        assert!(partial.error_message.contains(word), "{partial:?}");
    }
    let families = console.ask("/api/v1/metrics");
    assert_eq!(families.as_array().unwrap().len(), 1);
    assert_eq!(families[0]["name"], "_1_sold_items");
    let refused = &console.ask("/api/v1/status")[2]["refused"];
    assert_eq!(*refused, serde_json::json!({"delta": 3}));
}

#[test]
fn a_point_that_cannot_be_kept_is_refused_once_however_many_samples_it_has() {
    let console = Console::start();
    let (late, early) = (now(), now() - 10_000_000_000);

    console.push(
        "otlp-http",
        "/v1/metrics",
        &[PROTOBUF],
        &request("shop", vec![durations(late, [1, 1, 1])]),
    );
    let body = request("shop", vec![durations(early, [0, 0, 0])]);
    let answer = console.push("otlp-http", "/v1/metrics", &[PROTOBUF], &body);

    let answer = ExportMetricsServiceResponse::decode(answer.body.as_slice()).unwrap();
    assert_eq!(answer.partial_success.unwrap().rejected_data_points, 1);
    let refused = &console.ask("/api/v1/status")[2]["refused"];
    assert_eq!(*refused, serde_json::json!({"out_of_order": 5}));
}

/// Serves a counter that grows by ten with each scrape.
fn exposing() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let scrapes = AtomicU64::new(0);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = [0; 4096];
            let read = stream.read(&mut head).unwrap();
            let asked = String::from_utf8_lossy(&head[..read]).to_lowercase();
            assert!(
                asked.contains("accept: application/openmetrics-text"),
                "{asked}"
            );
            let sold = scrapes.fetch_add(10, Ordering::Relaxed);
            let text = format!(
                "# HELP sold Sold <b>items</b>.\n# TYPE sold counter\n\
                 sold_total{{item=\"bow\"}} {sold} # {{trace_id=\"{TRACE}\"}} 1 1795148068.53\n# EOF\n"
            );
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/openmetrics-text; version=1.0.0\r\n\
                 Content-Length: {}\r\nConnection: close\r\n\r\n{text}",
                text.len()
            );
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    address
}

#[test]
fn what_a_service_exposes_is_fetched_and_who_does_not_answer_is_named() {
    let targets = format!("shop={},gone=127.0.0.1:1", exposing());
    let console = Console::start_with(&[
        ("QUARTET_CONSOLE_SCRAPE", &targets),
        ("QUARTET_CONSOLE_SCRAPE_INTERVAL_MS", "100"),
    ]);

    let chart = console.ask_until(
        "/api/v1/metrics/chart?family=sold&last=1m&points=1",
        |chart| chart["series"][0]["points"][0]["value"].as_f64() > Some(10.0),
    );

    assert_eq!(chart["series"][0]["labels"]["item"], "bow");
    assert_eq!(chart["family"]["help"], "Sold <b>items</b>.");
    let services = console.ask("/api/v1/services");
    let gone = services
        .as_array()
        .unwrap()
        .iter()
        .find(|of| of["name"] == "gone")
        .unwrap();
    let metrics = &gone["signals"][2];
    assert_eq!(metrics["state"], "missing");
    let reason = metrics["reason"].as_str().unwrap();
    assert!(
        reason.starts_with("no metrics from gone: 127.0.0.1:1: "),
        "{reason}"
    );
    let profiles = &gone["signals"][3]["reason"];
    let profiles = profiles.as_str().unwrap();
    assert!(
        profiles.starts_with("no profiles from gone: never pushed; is PYROSCOPE_SERVER_ADDRESS"),
        "{profiles}"
    );
    let up = console.ask("/api/v1/metrics/chart?family=up&points=1&service=gone");
    assert_eq!(up["series"][0]["points"][0]["value"], 0.0);
}
