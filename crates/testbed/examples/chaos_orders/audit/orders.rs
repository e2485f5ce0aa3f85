//! What holds for any order, whoever sent it.

use super::rows::{OrderRows, Rows};
use super::violation;
use crate::ledger::Violation;

pub(super) fn check(rows: &Rows) -> Vec<Violation> {
    let strays = rows
        .strays
        .iter()
        .map(|stray| violation(stray.clone(), None));
    let wrong = rows.orders.iter().flat_map(|(id, order)| {
        faults(order)
            .into_iter()
            .map(move |fault| violation(format!("order {id} {fault}"), Some(*id)))
    });
    strays.chain(wrong).collect()
}

fn faults(order: &OrderRows) -> Vec<String> {
    let (state, shipments, life): (_, _, &[&str]) = match order.status.as_str() {
        "done" => ("done", 1, &["pending", "processing", "done"]),
        "cancelled" => ("cancelled", 0, &["pending", "cancelled"]),
        status => return vec![format!("is still {status}: {:?}", order.jobs)],
    };
    let mut faults = Vec::new();
    let states: Vec<_> = order.jobs.iter().map(|job| job.state.as_str()).collect();
    if states != [state] {
        faults.push(format!("is {}, but its jobs are {states:?}", order.status));
    }
    if order.shipments.len() != shipments {
        faults.push(format!(
            "is {} with {} shipments",
            order.status,
            order.shipments.len()
        ));
    }
    if order.events != life {
        faults.push(format!(
            "is {} after the events {:?}",
            order.status, order.events
        ));
    }
    faults
}
