//! A client that orders, repeats, cancels and reads, and remembers each answer.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::seq::IteratorRandom;
use rand::{Rng, SeedableRng};
use testbed::http::Response;

use crate::exchange::{Exchange, Reply};
use crate::ledger::{Accepted, Cancel, Ledger, Outcome, Run, Sent, Violation};
use crate::progress::Progress;

mod answers;

/// Between two requests of a client, in milliseconds: both cores are to have something left.
const PAUSE: std::ops::Range<u64> = 10..70;
/// How long a client waits for an api that is down, and before it repeats what was not answered.
const AGAIN: Duration = Duration::from_millis(100);
/// A key whose first request died with the api is free again after 30 seconds.
const ANSWERING: Duration = Duration::from_secs(60);
/// Of a repeat after the last kill.
const ATTEMPTS: u32 = 20;

/// One of the clients.
pub(crate) struct Client {
    index: u32,
    run: Run,
    exchange: Exchange,
    rng: StdRng,
    progress: Arc<Progress>,
    ledger: Ledger,
    /// Keyed orders without an answer, and when to send them again.
    unanswered: VecDeque<(Instant, usize)>,
}

impl Client {
    pub(crate) fn new(index: u32, run: &Run, api: SocketAddr, progress: Arc<Progress>) -> Self {
        Self {
            index,
            run: run.clone(),
            exchange: Exchange::new(api),
            rng: StdRng::seed_from_u64(run.seed.wrapping_add(1 + u64::from(index))),
            progress,
            ledger: Ledger::default(),
            unanswered: VecDeque::new(),
        }
    }

    /// Works until the run closes, then until each key has its answer.
    pub(crate) fn run(mut self) -> Ledger {
        while !self.progress.is_closing() {
            match self.rng.random_range(0..100) {
                0..55 => self.order(),
                55..65 => self.repeat(),
                65..80 => self.cancel(),
                _ => self.read(),
            }
            self.send_again();
            thread::sleep(Duration::from_millis(self.rng.random_range(PAUSE)));
        }
        let deadline = Instant::now() + ANSWERING;
        while !self.unanswered.is_empty()
            && Instant::now() < deadline
            && !self.progress.is_abandoned()
        {
            self.send_again();
            thread::sleep(AGAIN);
        }
        for (_, index) in std::mem::take(&mut self.unanswered) {
            let what = format!(
                "key of request {} was not answered within {ANSWERING:?}",
                self.ledger.sent[index].number
            );
            self.violation(what, None);
        }
        self.repeat_all();
        self.ledger
    }

    fn order(&mut self) {
        let index = self.ledger.sent.len();
        let sent = Sent {
            number: (u64::from(self.index) << 32) | index as u64,
            keyed: self.rng.random_bool(0.5),
            lines: self.run.goods.choose(&mut self.rng),
            outcome: Outcome::Unknown,
            cancel: Cancel::Never,
        };
        self.ledger.sent.push(sent);
        match self.post(index) {
            Reply::NotSent => {
                self.ledger.sent.pop();
                thread::sleep(AGAIN);
            }
            Reply::Broken => self.unknown(index),
            Reply::Answer(answer) => self.answered(index, &answer),
        }
    }

    fn post(&mut self, index: usize) -> Reply {
        let sent = &self.ledger.sent[index];
        let traceparent = format!("00-{}-00000000000000aa-01", self.run.trace_id(sent.number));
        let key = self.run.key(sent.number);
        let mut headers = vec![
            ("Content-Type", "application/json"),
            ("Traceparent", &*traceparent),
        ];
        if sent.keyed {
            headers.push(("Idempotency-Key", &key));
        }
        let body = sent.body();
        self.exchange.send("POST", "/api/orders", &headers, &body)
    }

    /// Sends again, with the same key, what is due.
    fn send_again(&mut self) {
        let Some((due, index)) = self.unanswered.front().copied() else {
            return;
        };
        if Instant::now() < due {
            return;
        }
        self.unanswered.pop_front();
        match self.post(index) {
            Reply::Answer(answer) => self.answered(index, &answer),
            Reply::NotSent | Reply::Broken => self.later(index),
        }
    }

    fn later(&mut self, index: usize) {
        // In the order in which they are due, since all wait equally long.
        self.unanswered
            .push_back((Instant::now() + 5 * AGAIN, index));
    }

    fn unknown(&mut self, index: usize) {
        self.count(|counts| &counts.unknown);
        if self.ledger.sent[index].keyed {
            self.later(index);
        }
    }

    /// Sends again what was answered: the answer must be the first one.
    fn repeat(&mut self) {
        let sent = self.ledger.sent.iter().enumerate().rev();
        let keyed = sent.filter(|(_, sent)| sent.keyed && sent.accepted().is_some());
        let recent = keyed.map(|(index, _)| index).take(50);
        let Some(index) = recent.choose(&mut self.rng) else {
            return;
        };
        if let Reply::Answer(answer) = self.post(index) {
            self.repeated(index, &answer);
        }
    }

    fn repeat_all(&mut self) {
        for index in 0..self.ledger.sent.len() {
            let sent = &self.ledger.sent[index];
            if sent.keyed && sent.accepted().is_some() && !self.progress.is_abandoned() {
                self.repeat_until_answered(index);
            }
        }
    }

    /// All is up again, so there is an answer; a connection that idled too long costs one attempt.
    fn repeat_until_answered(&mut self, index: usize) {
        for _ in 0..ATTEMPTS {
            match self.post(index) {
                Reply::Answer(answer) if answer.status != 503 => {
                    return self.repeated(index, &answer);
                }
                _ => thread::sleep(AGAIN),
            }
        }
        let number = self.ledger.sent[index].number;
        self.violation(format!("repeat of request {number} was not answered"), None);
    }

    /// Takes back the order that was accepted last.
    fn cancel(&mut self) {
        let open = |sent: &Sent| sent.cancel == Cancel::Never && sent.accepted().is_some();
        let Some(index) = self.ledger.sent.iter().rposition(open) else {
            return;
        };
        let Some(order) = self.ledger.sent[index]
            .accepted()
            .map(|accepted| accepted.order)
        else {
            return;
        };
        self.ledger.sent[index].cancel = Cancel::Asked;
        if let Reply::Answer(answer) =
            self.exchange
                .send("DELETE", &format!("/api/orders/{order}"), &[], "")
        {
            self.cancel_answered(index, &answer);
        }
    }

    /// Reads one of the orders accepted last.
    fn read(&mut self) {
        let from = self.ledger.sent.len().saturating_sub(20);
        if from == self.ledger.sent.len() {
            return;
        }
        let index = self.rng.random_range(from..self.ledger.sent.len());
        let Some(order) = self.ledger.sent[index]
            .accepted()
            .map(|accepted| accepted.order)
        else {
            return;
        };
        if let Reply::Answer(answer) =
            self.exchange
                .send("GET", &format!("/api/orders/{order}"), &[], "")
        {
            self.shown(index, &answer);
        }
    }

    fn count(&self, count: impl FnOnce(&crate::progress::Counts) -> &AtomicU64) {
        count(&self.progress.counts).fetch_add(1, Relaxed);
    }

    fn violation(&mut self, what: String, order: Option<i64>) {
        self.count(|counts| &counts.violations);
        self.ledger.violations.push(Violation { what, order });
    }
}
