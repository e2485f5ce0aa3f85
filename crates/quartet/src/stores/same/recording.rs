//! What two services send of a few requests, as they sent it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::json;
use testbed::{Service, eventually, http};

use super::Both;

/// The names of the services: others than those of the services that native mode runs itself.
pub(super) const API: &str = "recorded-api";
const FULFILMENT: &str = "recorded-fulfilment";

/// All of it.
pub(super) struct Recording {
    sent: Vec<Sent>,
    /// Each with its service.
    lines: Vec<(&'static str, String)>,
    /// Each with its trace and span.
    pub(super) requests: Vec<(String, String)>,
}

/// One request with telemetry.
#[derive(Clone)]
struct Sent {
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Recording {
    /// Runs the services of a folder until everything of a few requests was sent.
    pub(super) fn of_two_services(programs: &Path) -> Self {
        let recorder = Recorder::start();
        let folder = tempfile::tempdir().unwrap();
        let database = format!("sqlite://{}", folder.path().join("quartet.db").display());
        let start = |name: &str, service: &str, fulfilment: &str| {
            Service::start(
                &programs.join(name),
                &[
                    ("DATABASE_URL", database.as_str()),
                    ("OTEL_SERVICE_NAME", service),
                    ("OTEL_EXPORTER_OTLP_ENDPOINT", &recorder.url),
                    ("PYROSCOPE_SERVER_ADDRESS", &recorder.url),
                    ("PYROSCOPE_UPLOAD_INTERVAL", "1s"),
                    ("QUARTET_FULFILMENT_URL", fulfilment),
                ],
            )
        };
        let fulfilment = start("fulfilment", FULFILMENT, "none");
        let api = start("api", API, &format!("http://{}", fulfilment.public));
        let item = api.json(
            "POST",
            "/api/items",
            r#"{"name":"x","price_cents":1,"stock":9}"#,
        );
        let order = json!({ "lines": [{ "item_id": item.json()["id"], "quantity": 1 }] });
        let answers = [
            api.get("/api/cpu?ms=300"),
            api.get("/api/cpu?ms=200"),
            api.get("/api/server-error"),
            api.json("POST", "/api/orders", &order.to_string()),
        ];
        let order = answers[3].header("location").unwrap().to_owned();
        eventually("the order is done", || {
            api.get(&order).json()["status"] == "done"
        });
        let lines = [(API, &api), (FULFILMENT, &fulfilment)];
        for (_, service) in lines {
            // What is still in queues is sent before the end.
            service.process.terminate();
            service.process.wait(Duration::from_secs(60));
        }
        let lines = lines.into_iter().flat_map(|(name, service)| {
            let lines = service.process.lines();
            lines.into_iter().map(move |line| (name, line))
        });
        Self {
            lines: lines.collect(),
            requests: answers.iter().map(trace).collect(),
            sent: recorder.sent.lock().unwrap().clone(),
        }
    }

    /// Sends all of it to both.
    pub(super) fn replay(&self, both: &Both) {
        for sent in &self.sent {
            let targets = match sent.path.starts_with("/v1/") {
                true => both.otlp(),
                false => both.profiles(),
            };
            let headers: Vec<_> = sent
                .headers
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            for target in targets {
                let answer = http::send(target, "POST", &sent.path, &headers, &sent.body).unwrap();
                assert_eq!(answer.status, 200, "{}: {}", sent.path, answer.text());
            }
        }
        let push = self.push().to_string();
        for target in both.lines() {
            let json = [("Content-Type", "application/json")];
            let path = "/loki/api/v1/push";
            let answer = http::send(target, "POST", path, &json, push.as_bytes()).unwrap();
            assert_eq!(answer.status, 204, "{}", answer.text());
        }
    }

    /// The lines as clients of Loki push them, each at the time that it names.
    fn push(&self) -> serde_json::Value {
        let streams = [API, FULFILMENT].map(|service| {
            let own = self.lines.iter().filter(|(of, _)| *of == service);
            let values = own.filter_map(|(_, text)| {
                let line = wire::logfmt::parse(text).ok()?;
                let time: jiff::Timestamp = line.get("time")?.parse().ok()?;
                Some(json!([time.as_nanosecond().to_string(), text]))
            });
            json!({ "stream": { "service_name": service }, "values": values.collect::<Vec<_>>() })
        });
        json!({ "streams": streams })
    }
}

/// Trace and span of a request, as its answer names them.
fn trace(answer: &http::Response) -> (String, String) {
    let header = answer.header("traceresponse").unwrap();
    let parts: Vec<_> = header.split('-').collect();
    (parts[1].to_owned(), parts[2].to_owned())
}

/// Takes every POST, and keeps it.
struct Recorder {
    url: String,
    sent: Arc<Mutex<Vec<Sent>>>,
}

impl Recorder {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address: SocketAddr = listener.local_addr().unwrap();
        let sent = Arc::new(Mutex::new(Vec::new()));
        let kept = sent.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = kept.clone();
                thread::spawn(move || while keep(&stream, &kept).is_some() {});
            }
        });
        Self {
            url: format!("http://{address}"),
            sent,
        }
    }
}

/// Reads one request and answers it; none at the end of the connection.
fn keep(stream: &TcpStream, kept: &Mutex<Vec<Sent>>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let path = lines.first()?.split(' ').nth(1)?.to_owned();
    let headers: Vec<(String, String)> = lines[1..]
        .iter()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let mut body = vec![0; length?.1.parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    let media = headers.iter().find(|(name, _)| name == "content-type")?;
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {}\r\nContent-Length: 0\r\n\r\n",
        media.1
    );
    (&*stream).write_all(answer.as_bytes()).ok()?;
    let own = [
        "content-type",
        "content-encoding",
        "connect-protocol-version",
    ];
    kept.lock().unwrap().push(Sent {
        path,
        headers: headers
            .into_iter()
            .filter(|(name, _)| own.contains(&name.as_str()))
            .collect(),
        body,
    });
    Some(())
}
