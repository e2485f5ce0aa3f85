//! What must be true once all is quiet, by the api and by the rows of the database.

use std::collections::{BTreeSet, HashMap};

use crate::ledger::{Ledger, Run, Violation};
use crate::system::System;
use rows::Rows;

mod events;
mod listing;
mod orders;
mod requests;
mod rows;
mod stock;

/// What was found.
pub(crate) struct Findings {
    pub(crate) violations: Vec<Violation>,
    /// Everything about the orders of the first violations.
    pub(crate) shown: Vec<String>,
    /// Orders whose answer never arrived, but which exist.
    pub(crate) unknown_existing: usize,
    pub(crate) shipments: usize,
    /// Attempts beyond the first of each job.
    pub(crate) retries: i64,
    /// Orders at the flat rate, because nobody quoted.
    pub(crate) flat_rate: usize,
}

/// How many orders of violations are shown in full.
const SHOWN: usize = 3;

/// Compares what the clients were told with what is there.
pub(crate) fn audit(
    system: &System,
    run: &Run,
    ledger: &Ledger,
    seen: &BTreeSet<i64>,
    kills: usize,
) -> anyhow::Result<Findings> {
    let rows = system.query(async |connection| Rows::read(connection).await)?;
    let listed = listing::statuses(system.api())?;

    let mut violations = ledger.violations.clone();
    violations.extend(orders::check(&rows));
    violations.extend(requests::check(&rows, run, ledger));
    violations.extend(stock::check(&rows, run));
    violations.extend(events::check(seen, &rows.event_numbers));
    violations.extend(listing::check(&rows, &listed));
    violations.extend(integrity(&rows));
    violations.extend(idle(ledger, kills));

    let mut named: Vec<_> = violations
        .iter()
        .filter_map(|violation| violation.order)
        .collect();
    named.dedup();
    named.truncate(SHOWN);
    let orders = rows.orders.values();
    Ok(Findings {
        violations,
        shown: named.iter().map(|order| rows.show(*order)).collect(),
        unknown_existing: requests::unknown_existing(&rows, run, ledger),
        shipments: orders.clone().map(|order| order.shipments.len()).sum(),
        retries: orders
            .clone()
            .flat_map(|order| &order.jobs)
            .map(|job| job.attempts - 1)
            .filter(|more| 0 < *more)
            .sum(),
        flat_rate: orders
            .filter(|order| order.shipping_source == "flat_rate")
            .count(),
    })
}

fn integrity(rows: &Rows) -> Option<Violation> {
    (rows.integrity != "ok")
        .then(|| violation(format!("the database is damaged: {}", rows.integrity), None))
}

/// Kills prove nothing while nothing goes on.
fn idle(ledger: &Ledger, kills: usize) -> Option<Violation> {
    let accepted = ledger.sent.iter().filter(|sent| sent.accepted().is_some());
    let accepted = accepted.count();
    let what = || format!("{kills} kills met only {accepted} orders, which proves nothing");
    (accepted < kills).then(|| violation(what(), None))
}

fn violation(what: String, order: Option<i64>) -> Violation {
    Violation { what, order }
}

/// Counts how often each value comes.
fn counted<T: std::hash::Hash + Eq>(values: impl Iterator<Item = T>) -> HashMap<T, usize> {
    let mut counts = HashMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    counts
}
