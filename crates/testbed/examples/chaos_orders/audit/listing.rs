//! The api tells of the orders that are in the database, and of no others.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use anyhow::ensure;
use testbed::http;

use super::rows::Rows;
use super::violation;
use crate::ledger::Violation;

/// The status of each order, by the pages of the api.
pub(super) fn statuses(api: SocketAddr) -> anyhow::Result<BTreeMap<i64, String>> {
    let mut statuses = BTreeMap::new();
    let mut cursor = String::new();
    loop {
        let answer = http::get(api, &format!("/api/orders?limit=100{cursor}"))?;
        ensure!(
            answer.status == 200,
            "the list of orders was answered {}",
            answer.status
        );
        let page = answer.json();
        for order in page["orders"].as_array().into_iter().flatten() {
            let id = order["id"].as_i64().unwrap_or_default();
            let twice =
                statuses.insert(id, order["status"].as_str().unwrap_or_default().to_owned());
            ensure!(twice.is_none(), "order {id} is listed twice");
        }
        let Some(next) = page["next_cursor"].as_str() else {
            return Ok(statuses);
        };
        cursor = format!("&cursor={next}");
    }
}

pub(super) fn check(rows: &Rows, listed: &BTreeMap<i64, String>) -> Vec<Violation> {
    let missing = rows
        .orders
        .iter()
        .filter(|(id, order)| listed.get(id) != Some(&order.status));
    let missing = missing.map(|(id, order)| {
        let what = format!(
            "order {id} is {}, but the api says {:?}",
            order.status,
            listed.get(id)
        );
        violation(what, Some(*id))
    });
    let invented = listed.keys().filter(|id| !rows.orders.contains_key(id));
    let invented =
        invented.map(|id| violation(format!("order {id} is listed, but has no row"), Some(*id)));
    missing.chain(invented).collect()
}
