//! The services, the console that they send to, and requests that never end.

use std::fs::File;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use testbed::http::Response;
use testbed::{Process, Program, Service, eventually, http};

/// Requests of one round besides an order.
const ROUND: [(&str, &str, &str); 5] = [
    ("GET", "/api/items/1", ""),
    ("GET", "/api/cpu?ms=120", ""),
    ("GET", "/api/items", ""),
    ("GET", "/api/exception", ""),
    ("GET", "/api/items/0", ""),
];

/// All that runs; it ends when this is dropped.
pub(crate) struct World {
    /// The console.
    pub(crate) console: Process,
    /// Where requests go.
    pub(crate) api: SocketAddr,
    _services: Vec<Arc<Service>>,
    ended: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl World {
    /// Starts all of it, and waits until every signal of both services has come.
    pub(crate) fn start() -> Self {
        let directory = tempfile::tempdir().unwrap().keep();
        let lines = ["api", "fulfilment"].map(|name| directory.join(format!("{name}.log")));
        for file in &lines {
            File::create(file).unwrap();
        }
        let operations = [free_address(), free_address()];
        let console = console(&directory, &lines, operations);
        let otlp = format!("http://{}", console.address("otlp-http"));
        let profiles = format!("http://{}", console.address("profiles"));
        let database = format!("sqlite://{}", directory.join("quartet.db").display());
        let start = |name: &str, operations: SocketAddr, fulfilment: &str| {
            let path = Path::new(env!("CARGO_BIN_EXE_console")).with_file_name(name);
            assert!(path.exists(), "{} is not built", path.display());
            let service = Service::start(
                &path,
                &[
                    ("DATABASE_URL", &database),
                    ("QUARTET_OPERATIONS_ADDRESS", &operations.to_string()),
                    ("QUARTET_FULFILMENT_URL", fulfilment),
                    ("OTEL_EXPORTER_OTLP_ENDPOINT", &otlp),
                    ("PYROSCOPE_SERVER_ADDRESS", &profiles),
                ],
            );
            Arc::new(service)
        };
        let fulfilment = start("fulfilment", operations[1], "none");
        let url = format!("http://{}", fulfilment.public);
        let api = start("api", operations[0], &url);
        let ended = Arc::new(AtomicBool::new(false));
        let threads = vec![
            follow(api.clone(), lines[0].clone(), ended.clone()),
            follow(fulfilment.clone(), lines[1].clone(), ended.clone()),
            ask_for_ever(api.public, ended.clone()),
        ];
        let world = Self {
            console,
            api: api.public,
            _services: vec![api, fulfilment],
            ended,
            threads,
        };
        world.wait_for_signals();
        world
    }

    /// The link that opens the console.
    pub(crate) fn link(&self) -> String {
        format!(
            "http://{}{}",
            self.console.address("public"),
            opening(&self.console)
        )
    }

    /// What the console answers to who has its token.
    pub(crate) fn ask(&self, path: &str) -> Response {
        ask(&self.console, path)
    }

    fn wait_for_signals(&self) {
        let ask = |path| self.ask(path).text().to_owned();
        eventually("every signal of both services has come", || {
            ask("/api/v1/services").matches(r#""state":"live""#).count() >= 8
        });
        eventually("an order is on its way through both", || {
            ask("/api/v1/traces?service=fulfilment&name=process+orders").contains("trace_id")
        });
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        // They hold the services, which would outlive this process.
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn console(directory: &Path, lines: &[PathBuf; 2], operations: [SocketAddr; 2]) -> Process {
    let [api, fulfilment] = lines.each_ref().map(|path| path.display());
    program(directory)
        .env(
            "QUARTET_CONSOLE_SCRAPE",
            format!("api={},fulfilment={}", operations[0], operations[1]),
        )
        .env("QUARTET_CONSOLE_SCRAPE_INTERVAL_MS", "1000")
        .env(
            "QUARTET_CONSOLE_LOG_FILES",
            format!("api={api},fulfilment={fulfilment}"),
        )
        .spawn()
}

/// A console on free ports, to which nobody sends.
pub(crate) fn program(directory: &Path) -> Program {
    testbed::console(Path::new(env!("CARGO_BIN_EXE_console"))).directory(directory)
}

/// The path that opens a console.
pub(crate) fn opening(console: &Process) -> String {
    format!("/?token={}", token(console))
}

/// What a console answers to who has its token.
pub(crate) fn ask(console: &Process, path: &str) -> Response {
    let bearer = format!("Bearer {}", token(console));
    let headers = [("Authorization", bearer.as_str())];
    http::send(console.address("public"), "GET", path, &headers, b"").unwrap()
}

fn token(console: &Process) -> String {
    let file = console.directory().join("run/console.token");
    std::fs::read_to_string(file).unwrap().trim().to_owned()
}

/// The console has to know it before the service that will listen there has started.
fn free_address() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, testbed::free_port()))
}

/// Writes what a service says into the file that the console reads, as `quartet supervise` does.
fn follow(service: Arc<Service>, file: PathBuf, ended: Arc<AtomicBool>) -> JoinHandle<()> {
    thread::spawn(move || {
        let mut file = File::options().append(true).open(file).unwrap();
        let mut written = 0;
        while !ended.load(Ordering::Relaxed) {
            let lines = service.process.lines();
            for line in &lines[written..] {
                writeln!(file, "{line}").unwrap();
            }
            written = lines.len();
            thread::sleep(Duration::from_millis(200));
        }
    })
}

fn ask_for_ever(api: SocketAddr, ended: Arc<AtomicBool>) -> JoinHandle<()> {
    let json = [("Content-Type", "application/json")];
    let item = r#"{"name":"A thing","price_cents":100,"stock":1000000}"#;
    let answer = http::send(api, "POST", "/api/items", &json, item.as_bytes()).unwrap();
    let item: serde_json::Value = serde_json::from_str(answer.text()).unwrap();
    let order = format!(r#"{{"lines":[{{"item_id":{},"quantity":1}}]}}"#, item["id"]);
    thread::spawn(move || {
        while !ended.load(Ordering::Relaxed) {
            for (method, path, body) in ROUND.into_iter().chain([("POST", "/api/orders", &*order)])
            {
                // What becomes of it is for the tests of the service.
                let _answer = http::send(api, method, path, &json, body.as_bytes());
                thread::sleep(Duration::from_millis(100));
            }
        }
    })
}
