//! What the clients know: each order that was sent, and what was answered.

use std::thread::JoinHandle;

use anyhow::anyhow;

use crate::goods::{Goods, Line};

/// What a run is about.
#[derive(Clone)]
pub(crate) struct Run {
    pub(crate) seed: u64,
    pub(crate) goods: Goods,
}

/// An order that was sent.
pub(crate) struct Sent {
    /// Its number among all that were sent.
    pub(crate) number: u64,
    /// Whether it may be repeated.
    pub(crate) keyed: bool,
    pub(crate) lines: Vec<Line>,
    pub(crate) outcome: Outcome,
    pub(crate) cancel: Cancel,
}

/// What is known of an order.
pub(crate) enum Outcome {
    /// It may exist once, or not at all.
    Unknown,
    /// It must not exist.
    Refused,
    /// It must exist, once.
    Accepted(Accepted),
}

/// A 201 as it came first.
pub(crate) struct Accepted {
    pub(crate) order: i64,
    pub(crate) location: Option<String>,
    pub(crate) body: Vec<u8>,
    /// The status read last.
    pub(crate) status: String,
}

/// What is known of the wish to take an order back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cancel {
    Never,
    /// The order may be cancelled.
    Asked,
    /// The order must be cancelled.
    Done,
}

/// Something that must not be.
#[derive(Clone, Debug)]
pub(crate) struct Violation {
    pub(crate) what: String,
    pub(crate) order: Option<i64>,
}

/// All that was sent, and the answers that must not be.
#[derive(Default)]
pub(crate) struct Ledger {
    pub(crate) sent: Vec<Sent>,
    pub(crate) violations: Vec<Violation>,
}

impl Run {
    /// The trace that a request opens: it stands in the order's job, and so names the request in the database.
    pub(crate) fn trace_id(&self, number: u64) -> String {
        format!("{:016x}{number:016x}", self.seed)
    }

    pub(crate) fn key(&self, number: u64) -> String {
        format!("chaos-{}", self.trace_id(number))
    }
}

impl Sent {
    pub(crate) fn accepted(&self) -> Option<&Accepted> {
        match &self.outcome {
            Outcome::Accepted(accepted) => Some(accepted),
            Outcome::Unknown | Outcome::Refused => None,
        }
    }

    pub(crate) fn body(&self) -> String {
        let lines = self
            .lines
            .iter()
            .map(|(item, quantity)| format!(r#"{{"item_id":{item},"quantity":{quantity}}}"#));
        format!(r#"{{"lines":[{}]}}"#, lines.collect::<Vec<_>>().join(","))
    }
}

impl Ledger {
    /// What all clients know, once they have ended.
    pub(crate) fn of(clients: Vec<JoinHandle<Self>>) -> anyhow::Result<Self> {
        let mut merged = Self::default();
        for client in clients {
            let ledger = client.join().map_err(|_| anyhow!("a client panicked"))?;
            merged.sent.extend(ledger.sent);
            merged.violations.extend(ledger.violations);
        }
        Ok(merged)
    }
}
