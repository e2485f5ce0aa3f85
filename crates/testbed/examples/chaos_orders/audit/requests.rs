//! What the clients were told, against the orders that exist.

use std::collections::HashMap;

use super::rows::Rows;
use super::{counted, violation};
use crate::ledger::{Cancel, Ledger, Outcome, Run, Sent, Violation};

pub(super) fn check(rows: &Rows, run: &Run, ledger: &Ledger) -> Vec<Violation> {
    let by_trace = by_trace(rows);
    let mut violations = unasked(rows, run, ledger);
    for sent in &ledger.sent {
        let orders = by_trace
            .get(run.trace_id(sent.number).as_str())
            .map_or(&[][..], Vec::as_slice);
        violations
            .extend(fault(rows, sent, orders).map(|what| violation(what, orders.first().copied())));
    }
    violations
}

/// Orders whose answer never came.
pub(super) fn unknown_existing(rows: &Rows, run: &Run, ledger: &Ledger) -> usize {
    let by_trace = by_trace(rows);
    let unknown = ledger
        .sent
        .iter()
        .filter(|sent| matches!(sent.outcome, Outcome::Unknown));
    unknown
        .filter(|sent| by_trace.contains_key(run.trace_id(sent.number).as_str()))
        .count()
}

fn fault(rows: &Rows, sent: &Sent, orders: &[i64]) -> Option<String> {
    let number = sent.number;
    let wrong = match (&sent.outcome, orders) {
        (Outcome::Accepted(accepted), [order]) if accepted.order == *order => None,
        (Outcome::Accepted(accepted), orders) => Some(format!(
            "order {} was acknowledged to request {number}, which made {orders:?}",
            accepted.order
        )),
        (Outcome::Refused, []) | (Outcome::Unknown, [] | [_]) => None,
        (Outcome::Refused, orders) => {
            Some(format!("request {number} was refused, but made {orders:?}"))
        }
        (Outcome::Unknown, orders) => Some(format!("request {number} made {orders:?}")),
    };
    wrong.or_else(|| {
        let order = rows.orders.get(orders.first()?)?;
        if order.lines != sent.lines {
            return Some(format!(
                "order {orders:?} holds {:?} instead of {:?}",
                order.lines, sent.lines
            ));
        }
        let may = match sent.cancel {
            Cancel::Never => order.status != "cancelled",
            Cancel::Asked => true,
            Cancel::Done => order.status == "cancelled",
        };
        (!may).then(|| {
            format!(
                "order {orders:?} is {}, its cancellation {:?}",
                order.status, sent.cancel
            )
        })
    })
}

/// Orders that no request asked for.
fn unasked(rows: &Rows, run: &Run, ledger: &Ledger) -> Vec<Violation> {
    let asked = counted(ledger.sent.iter().map(|sent| run.trace_id(sent.number)));
    let jobs = rows
        .orders
        .iter()
        .flat_map(|(id, order)| order.jobs.iter().map(move |job| (id, job)));
    jobs.filter(|(_, job)| !asked.contains_key(&job.trace_id))
        .map(|(id, job)| {
            violation(
                format!(
                    "order {id} of trace {:?} was asked for by nobody",
                    job.trace_id
                ),
                Some(*id),
            )
        })
        .collect()
}

fn by_trace(rows: &Rows) -> HashMap<&str, Vec<i64>> {
    let mut by_trace: HashMap<_, Vec<_>> = HashMap::new();
    for (id, order) in &rows.orders {
        for job in &order.jobs {
            by_trace.entry(job.trace_id.as_str()).or_default().push(*id);
        }
    }
    by_trace
}
