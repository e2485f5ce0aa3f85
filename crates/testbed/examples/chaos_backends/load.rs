//! Requests at a fixed rate, each answer held against what it should be.

use std::net::SocketAddr;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicI64};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use jiff::Timestamp;
use testbed::http::{Connection, Error, Response};

/// Requests per second, all clients together.
pub(crate) const RATE: u32 = 20;
const CLIENTS: u32 = 4;
/// A request that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(2);
/// As much as the longest trial looks back at.
const KEPT: usize = 40_000;

/// Method, path and the answer that is right. A twentieth is answered 500, as asked for.
const KINDS: &[(&str, &str, u16)] = &[
    ("GET", "/api/items?limit=5", 200),
    ("POST", "/api/orders", 201),
    ("GET", "/api/items?limit=1", 200),
    ("GET", "/api/cpu?ms=5", 200),
    ("GET", "/api/items/999999999", 404),
    ("GET", "/api/items?limit=5", 200),
    ("POST", "/api/orders", 201),
    ("GET", "/api/items?limit=1", 200),
    ("GET", "/api/orders?limit=1", 200),
    ("GET", "/api/server-error", 500),
];

/// One request, once it is over.
#[derive(Clone, Debug)]
pub(crate) struct Done {
    pub(crate) at: Timestamp,
    /// From the moment it was due.
    pub(crate) took: Duration,
    /// The trace that the answer names.
    pub(crate) trace: Option<String>,
    pub(crate) failure: Option<String>,
}

/// Clients that send until they are dropped.
pub(crate) struct Load {
    end: Arc<AtomicBool>,
    done: Arc<Mutex<Vec<Done>>>,
    clients: Vec<JoinHandle<()>>,
}

impl Load {
    pub(crate) fn start(api: SocketAddr) -> anyhow::Result<Self> {
        let order = Arc::<str>::from(order(api)?);
        let end = Arc::new(AtomicBool::new(false));
        let done = Arc::new(Mutex::new(Vec::new()));
        let next = Arc::new(AtomicI64::new(0));
        let clients = (0..CLIENTS).map(|index| {
            let (end, done, next, order) = (end.clone(), done.clone(), next.clone(), order.clone());
            let first = Instant::now() + Duration::from_secs(1) * index / RATE;
            thread::spawn(move || client(api, &order, first, &end, &done, &next))
        });
        Ok(Self {
            clients: clients.collect(),
            end,
            done,
        })
    }

    /// What was sent in this time.
    pub(crate) fn between(&self, from: Timestamp, to: Timestamp) -> Vec<Done> {
        let done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        let within = done.iter().filter(|done| from <= done.at && done.at <= to);
        within.cloned().collect()
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.end.store(true, Relaxed);
        for client in self.clients.drain(..) {
            let _ended = client.join();
        }
    }
}

/// The slowest of a hundred.
pub(crate) fn p99(done: &[Done]) -> Duration {
    let mut took: Vec<_> = done.iter().map(|done| done.took).collect();
    took.sort_unstable();
    let index = (took.len() * 99).div_ceil(100).saturating_sub(1);
    took.get(index).copied().unwrap_or_default()
}

/// The body of an order that can be filled many times.
fn order(api: SocketAddr) -> anyhow::Result<String> {
    let item = br#"{"name":"Item of chaos","price_cents":100,"stock":1000000}"#;
    let json = [("Content-Type", "application/json")];
    let answer = testbed::http::send(api, "POST", "/api/items", &json, item)?;
    ensure!(answer.status == 201, "api made no item: {}", answer.status);
    let id = answer.json()["id"]
        .as_i64()
        .context("an item without an id")?;
    Ok(format!(r#"{{"lines":[{{"item_id":{id},"quantity":1}}]}}"#))
}

fn client(
    api: SocketAddr,
    order: &str,
    mut due: Instant,
    end: &AtomicBool,
    done: &Mutex<Vec<Done>>,
    next: &AtomicI64,
) {
    let pause = Duration::from_secs(1) * CLIENTS / RATE;
    let mut connection = None;
    while !end.load(Relaxed) {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        let index = usize::try_from(next.fetch_add(1, Relaxed)).unwrap_or(0) % KINDS.len();
        let (method, path, expected) = KINDS[index];
        let at = Timestamp::now();
        let answer = send(api, &mut connection, method, path, order);
        let one = Done {
            at,
            took: due.elapsed(),
            trace: answer.as_ref().ok().and_then(trace),
            failure: failure(method, path, expected, &answer),
        };
        let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
        if done.len() == KEPT {
            done.drain(..KEPT / 2);
        }
        done.push(one);
        due += pause;
    }
}

fn send(
    api: SocketAddr,
    kept: &mut Option<Connection>,
    method: &str,
    path: &str,
    order: &str,
) -> Result<Response, Error> {
    let mut connection = match kept.take() {
        Some(connection) => connection,
        None => Connection::open(api)?.patience(PATIENCE),
    };
    let (headers, body) = match method {
        "POST" => (&[("Content-Type", "application/json")][..], order),
        _ => (&[][..], ""),
    };
    let answer = connection.send(method, path, headers, body.as_bytes())?;
    if answer.header("connection") != Some("close") {
        *kept = Some(connection);
    }
    Ok(answer)
}

fn failure(
    method: &str,
    path: &str,
    expected: u16,
    answer: &Result<Response, Error>,
) -> Option<String> {
    match answer {
        Ok(answer) if answer.status == expected => None,
        Ok(answer) => {
            let text = String::from_utf8_lossy(&answer.body);
            let status = answer.status;
            Some(format!("{method} {path}: {status}, not {expected}: {text}"))
        }
        Err(error) => Some(format!("{method} {path}: {error}")),
    }
}

/// The trace that an answer names, if it was sampled.
pub(crate) fn trace(answer: &Response) -> Option<String> {
    let mut parts = answer.header("traceresponse")?.split('-').skip(1);
    let (id, _, flags) = (parts.next()?, parts.next()?, parts.next()?);
    flags.ends_with('1').then(|| id.to_owned())
}
