//! No piece is lost, and none sold twice.

use std::collections::HashMap;

use super::rows::Rows;
use super::violation;
use crate::ledger::{Run, Violation};

pub(super) fn check(rows: &Rows, run: &Run) -> Vec<Violation> {
    let mut taken: HashMap<i64, i64> = HashMap::new();
    for order in rows
        .orders
        .values()
        .filter(|order| order.status != "cancelled" && order.status != "failed")
    {
        for (item, quantity) in &order.lines {
            *taken.entry(*item).or_default() += quantity;
        }
    }
    let wrong = run.goods.0.iter().filter_map(|(item, initial)| {
        let left = rows.stock.get(item).copied();
        let taken = taken.get(item).copied().unwrap_or_default();
        let what =
            || format!("item {item} had {initial} pieces, orders hold {taken}, left are {left:?}");
        (left != Some(initial - taken)).then(|| violation(what(), None))
    });
    wrong.collect()
}
