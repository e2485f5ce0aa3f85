//! What each answer means, and which must never come.

use super::{Accepted, Cancel, Client, Outcome, Response};

impl Client {
    /// An answer to an order that had none before.
    pub(super) fn answered(&mut self, index: usize, answer: &Response) {
        let (number, keyed) = (
            self.ledger.sent[index].number,
            self.ledger.sent[index].keyed,
        );
        match (answer.status, code(answer).as_str()) {
            (201, _) => self.accepted(index, answer),
            (409, "out_of_stock") => {
                self.ledger.sent[index].outcome = Outcome::Refused;
                self.count(|counts| &counts.refused);
            }
            (409, "idempotency_key_in_flight") if keyed => self.later(index),
            // The connection to the database may have broken while it committed.
            (503, _) => self.unknown(index),
            (status, _) => {
                self.violation(
                    format!("request {number} was answered {status}: {}", answer.text()),
                    None,
                );
            }
        }
    }

    fn accepted(&mut self, index: usize, answer: &Response) {
        let body = answer.json();
        let sent = &mut self.ledger.sent[index];
        let lines = sent
            .lines
            .iter()
            .map(|(item, quantity)| (Some(*item), Some(*quantity)));
        let confirmed = body["lines"].as_array().into_iter().flatten();
        let confirmed = confirmed.map(|line| (line["item_id"].as_i64(), line["quantity"].as_i64()));
        let (Some(order), true) = (body["id"].as_i64(), lines.eq(confirmed)) else {
            let what = format!(
                "request {} was answered with another order: {}",
                sent.number,
                answer.text()
            );
            return self.violation(what, None);
        };
        sent.outcome = Outcome::Accepted(Accepted {
            order,
            location: answer.header("location").map(str::to_owned),
            body: answer.body.clone(),
            status: "pending".to_owned(),
        });
        self.progress.accepted();
    }

    pub(super) fn repeated(&mut self, index: usize, answer: &Response) {
        let Some(first) = self.ledger.sent[index].accepted() else {
            return;
        };
        let order = first.order;
        let same = answer.status == 201
            && answer.body == first.body
            && answer.header("location") == first.location.as_deref();
        match answer.status {
            _ if same => self.count(|counts| &counts.replays),
            503 => {}
            status => {
                let what = format!(
                    "order {order} was answered {status} when it was repeated: {}",
                    answer.text()
                );
                self.violation(what, Some(order));
            }
        }
    }

    pub(super) fn cancel_answered(&mut self, index: usize, answer: &Response) {
        let Some(order) = self.ledger.sent[index]
            .accepted()
            .map(|accepted| accepted.order)
        else {
            return;
        };
        match answer.status {
            204 => {
                self.ledger.sent[index].cancel = Cancel::Done;
                self.count(|counts| &counts.cancelled);
            }
            409 => self.count(|counts| &counts.not_cancelled),
            503 => {}
            status => {
                self.violation(
                    format!("order {order} was answered {status} when it was cancelled"),
                    Some(order),
                );
            }
        }
    }

    pub(super) fn shown(&mut self, index: usize, answer: &Response) {
        let sent = &mut self.ledger.sent[index];
        let cancelled = sent.cancel == Cancel::Done;
        let Outcome::Accepted(accepted) = &mut sent.outcome else {
            return;
        };
        let order = accepted.order;
        let status = match answer.status {
            200 => answer.json()["status"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            503 => return,
            status => {
                return self.violation(format!("order {order} was answered {status}"), Some(order));
            }
        };
        let before = std::mem::replace(&mut accepted.status, status.clone());
        if !follows(&before, &status) || (cancelled && status != "cancelled") {
            self.violation(
                format!("order {order} was {before} and is {status}"),
                Some(order),
            );
        }
        self.count(|counts| &counts.reads);
    }
}

/// Whether an order that was `before` may be `now`.
fn follows(before: &str, now: &str) -> bool {
    match before {
        "pending" => matches!(now, "pending" | "processing" | "done" | "cancelled"),
        "processing" => matches!(now, "processing" | "done"),
        ended => ended == now,
    }
}

/// The code of a problem; nothing in any other answer.
fn code(answer: &Response) -> String {
    let problem: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    problem["code"].as_str().unwrap_or_default().to_owned()
}
