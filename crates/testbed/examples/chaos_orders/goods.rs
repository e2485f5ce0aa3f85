//! What is ordered: items with known stock.

use std::net::SocketAddr;

use anyhow::{Context, ensure};
use rand::Rng;
use rand::rngs::StdRng;
use testbed::http;

/// Plenty, and few of which there is too little.
const STOCKS: [i64; 10] = [
    1_000_000, 1_000_000, 1_000_000, 1_000_000, 1_000_000, 1_000_000, 1_000_000, 1_000_000, 60, 60,
];
/// How often an order holds one of those that run out.
const SCARCE: f64 = 0.05;

/// An item and how many pieces.
pub(crate) type Line = (i64, i64);

/// The items, with their initial stock.
#[derive(Clone)]
pub(crate) struct Goods(pub(crate) Vec<Line>);

/// Creates the items.
pub(crate) fn seed(api: SocketAddr) -> anyhow::Result<Goods> {
    let create = |stock: &i64| {
        let body = format!(r#"{{"name":"chaos","price_cents":100,"stock":{stock}}}"#);
        let json = [("Content-Type", "application/json")];
        let answer = http::send(api, "POST", "/api/items", &json, body.as_bytes())?;
        ensure!(
            answer.status == 201,
            "an item was refused: {}",
            answer.text()
        );
        let id = answer.json()["id"]
            .as_i64()
            .context("an item has no number")?;
        Ok((id, *stock))
    };
    Ok(Goods(
        STOCKS.iter().map(create).collect::<anyhow::Result<_>>()?,
    ))
}

impl Goods {
    /// One to three different items.
    pub(crate) fn choose(&self, rng: &mut StdRng) -> Vec<Line> {
        let plenty = self.0.len() - 2;
        let mut items: Vec<_> = (0..rng.random_range(1..=2))
            .map(|_| rng.random_range(0..plenty))
            .collect();
        if rng.random_bool(SCARCE) {
            items.push(rng.random_range(plenty..self.0.len()));
        }
        items.sort_unstable();
        items.dedup();
        items
            .iter()
            .map(|index| (self.0[*index].0, rng.random_range(1..=5)))
            .collect()
    }
}
