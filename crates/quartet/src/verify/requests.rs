//! Requests of our own, from which every link starts: one that burns CPU time, an order, a failure.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use ureq::Body;
use ureq::http::Response;

use super::place::now_ms;
use crate::probe::agent;
use crate::stores::http::Address;

/// How much CPU time the request burns whose flame graph is looked at: some thirty samples.
pub(crate) const BURNT: Duration = Duration::from_millis(300);
/// With fewer than one in a hundred sampled, nobody waits for the one.
const TRIES: u32 = 100;
/// A service that takes longer is down.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request that was answered.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) request_id: String,
    pub(crate) trace_id: String,
    pub(crate) span_id: String,
    pub(crate) sampled: bool,
    pub(crate) route: &'static str,
    /// When it was sent, in milliseconds since 1970.
    pub(crate) sent_ms: i64,
    /// When it was answered.
    pub(crate) answered: Instant,
}

/// All of them; each was sampled.
#[derive(Debug)]
pub(crate) struct Requests {
    /// Burnt [`BURNT`] while others did other things.
    pub(crate) cpu: Sent,
    /// Went through both services.
    pub(crate) order: Sent,
    /// Was answered 500.
    pub(crate) failure: Sent,
    /// One whose trace was not kept, if there was one.
    pub(crate) not_sampled: Option<Sent>,
    /// How many it took until all three were sampled.
    pub(crate) tries: u32,
}

/// Sends until one of each kind was sampled.
pub(crate) fn make(api: &Address) -> Result<Requests> {
    let client = Client::of(api);
    let item = client.create_item()?;
    let order = json!({ "lines": [{ "item_id": item, "quantity": 1 }] });
    let mut not_sampled = None;
    let mut tries = 0;
    let mut sampled = |send: &dyn Fn() -> Result<Sent>| -> Result<Sent> {
        for _ in 0..TRIES {
            tries += 1;
            let sent = send()?;
            if sent.sampled {
                return Ok(sent);
            }
            not_sampled = Some(sent);
        }
        bail!("none of {TRIES} requests was sampled: see OTEL_TRACES_SAMPLER_ARG");
    };
    let cpu = sampled(&|| client.cpu_beside_others())?;
    let order = sampled(&|| client.post("/api/orders", &order, 201))?;
    let failure = sampled(&|| client.get("/api/server-error", "/api/server-error", 500))?;
    Ok(Requests {
        cpu,
        order,
        failure,
        not_sampled,
        tries,
    })
}

/// Sends requests to `api`.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    base: String,
    agent: ureq::Agent,
}

impl Client {
    pub(crate) fn of(api: &Address) -> Self {
        Self {
            base: api.base().to_owned(),
            agent: agent(PATIENCE),
        }
    }

    /// An item that many can be ordered of.
    pub(crate) fn create_item(&self) -> Result<i64> {
        let item = json!({ "name": "Item of verify", "price_cents": 100, "stock": 100_000 });
        let url = format!("{}/api/items", self.base);
        let request = self
            .agent
            .post(&url)
            .header("content-type", "application/json");
        let mut answer = request
            .send(item.to_string())
            .with_context(|| format!("api does not answer on {}: see `just status`", self.base))?;
        let text = answer
            .body_mut()
            .read_to_string()
            .context("the answer of api broke off")?;
        let answer: Value = serde_json::from_str(&text).context("api answered nonsense")?;
        answer["id"]
            .as_i64()
            .with_context(|| format!("api made no item: {text}"))
    }

    /// Burns CPU time while a second request does so too, and a third reads the database.
    fn cpu_beside_others(&self) -> Result<Sent> {
        thread::scope(|scope| {
            let second = scope.spawn(|| self.cpu());
            let third = scope.spawn(|| self.get("/api/items", "/api/items", 200));
            let sent = self.cpu();
            let _ = (second.join(), third.join());
            sent
        })
    }

    fn cpu(&self) -> Result<Sent> {
        self.get(
            &format!("/api/cpu?ms={}", BURNT.as_millis()),
            "/api/cpu",
            200,
        )
    }

    pub(crate) fn get(&self, path: &str, route: &'static str, expected: u16) -> Result<Sent> {
        let request_id = request_id();
        let request = self.agent.get(format!("{}{path}", self.base));
        let sent_ms = now_ms();
        let answer = request.header("x-request-id", &request_id).call();
        self.sent(answer, request_id, route, sent_ms, expected)
    }

    pub(crate) fn post(&self, route: &'static str, body: &Value, expected: u16) -> Result<Sent> {
        let request_id = request_id();
        let request = self
            .agent
            .post(format!("{}{route}", self.base))
            .header("content-type", "application/json")
            .header("x-request-id", &request_id);
        let sent_ms = now_ms();
        self.sent(
            request.send(body.to_string()),
            request_id,
            route,
            sent_ms,
            expected,
        )
    }

    fn sent(
        &self,
        answer: Result<Response<Body>, ureq::Error>,
        request_id: String,
        route: &'static str,
        sent_ms: i64,
        expected: u16,
    ) -> Result<Sent> {
        let answer = answer
            .with_context(|| format!("api does not answer on {}: see `just status`", self.base))?;
        let status = answer.status().as_u16();
        ensure!(
            status != 404 || expected == 404,
            "api has no {route}: start it with QUARTET_DEMO=on, as `just up` does"
        );
        ensure!(
            status == expected,
            "api answered {status} to {route}, not {expected}"
        );
        let trace = answer
            .headers()
            .get("traceresponse")
            .and_then(|value| value.to_str().ok());
        let parts: Vec<_> = trace.unwrap_or_default().split('-').collect();
        let [_, trace_id, span_id, flags] = parts.as_slice() else {
            bail!("the answer of api to {route} names no trace");
        };
        Ok(Sent {
            request_id,
            trace_id: (*trace_id).to_owned(),
            span_id: (*span_id).to_owned(),
            sampled: flags.ends_with('1'),
            route,
            sent_ms,
            answered: Instant::now(),
        })
    }
}

/// One that no other request has.
fn request_id() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("verify-{}-{}-{count}", std::process::id(), now_ms())
}
