//! Requests of our own, whose signals are then looked for.

use std::time::Duration;

use serde_json::{Value, json};

use super::gather::Hops;
use crate::probe::agent;

/// Enough that one in ten sampled leaves some.
const READS: usize = 40;
/// Each burns enough CPU time for some ten samples.
const BURNS: usize = 3;
const ORDERS: usize = 5;
const PATIENCE: Duration = Duration::from_secs(10);

/// What was sent.
#[derive(Debug, Default)]
pub(crate) struct Probe {
    /// All traces, sampled or not, those of orders last.
    pub(crate) traces: Vec<Trace>,
}

/// The trace of one request.
#[derive(Clone, Debug)]
pub(crate) struct Trace {
    pub(crate) id: String,
    pub(crate) sampled: bool,
    /// Whether it went through both services.
    pub(crate) order: bool,
}

impl Probe {
    /// Sends what it can; a service that does not answer is found by its hop.
    pub(crate) fn send(hops: &Hops) -> Self {
        let base = hops.api.base();
        let mut probe = Self::default();
        for _ in 0..READS {
            probe.get(&format!("{base}/api/items?limit=1"));
        }
        for _ in 0..BURNS {
            probe.get(&format!("{base}/api/cpu?ms=100"));
        }
        let item = json!({ "name": "Item of doctor", "price_cents": 100, "stock": 1_000 });
        let made = probe.post(&format!("{base}/api/items"), &item, false);
        if let Some(id) = made.and_then(|made| made["id"].as_i64()) {
            let order = json!({ "lines": [{ "item_id": id, "quantity": 1 }] });
            for _ in 0..ORDERS {
                probe.post(&format!("{base}/api/orders"), &order, true);
            }
        }
        probe
    }

    /// How many were sampled, and how many there were.
    pub(crate) fn sampled(&self) -> (usize, usize) {
        let sampled = self.traces.iter().filter(|trace| trace.sampled).count();
        (sampled, self.traces.len())
    }

    /// A sentence where not all were.
    pub(crate) fn sampling(&self) -> Option<String> {
        let (sampled, all) = self.sampled();
        (sampled < all).then(|| {
            format!(
                "{sampled} of {all} requests were sampled, as OTEL_TRACES_SAMPLER asks: the traces of the others do not exist."
            )
        })
    }

    fn get(&mut self, url: &str) {
        let answer = agent(PATIENCE).get(url).call();
        if let Ok(answer) = answer {
            self.remember(answer.headers(), false);
        }
    }

    fn post(&mut self, url: &str, body: &Value, order: bool) -> Option<Value> {
        let request = agent(PATIENCE)
            .post(url)
            .header("content-type", "application/json");
        let mut answer = request.send(body.to_string()).ok()?;
        self.remember(answer.headers(), order);
        let text = answer.body_mut().read_to_string().ok()?;
        serde_json::from_str(&text).ok()
    }

    fn remember(&mut self, headers: &ureq::http::HeaderMap, order: bool) {
        let trace = headers
            .get("traceresponse")
            .and_then(|value| value.to_str().ok());
        let parts: Vec<_> = trace.unwrap_or_default().split('-').collect();
        if let [_, id, _, flags] = parts.as_slice() {
            self.traces.push(Trace {
                id: (*id).to_owned(),
                sampled: flags.ends_with('1'),
                order,
            });
        }
    }
}
