//! The rows of the database, as they stand.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

use sqlx::AnyConnection;
use sqlx::Row as _;
use sqlx::any::AnyRow;

use crate::goods::Line;

/// Every row that is about orders.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) orders: BTreeMap<i64, OrderRows>,
    pub(super) event_numbers: BTreeSet<i64>,
    /// By item.
    pub(super) stock: HashMap<i64, i64>,
    /// Rows that belong to no order.
    pub(super) strays: Vec<String>,
    /// "ok", or what the database says is wrong with itself.
    pub(super) integrity: String,
}

/// An order, and what hangs on it.
#[derive(Debug, Default)]
pub(super) struct OrderRows {
    pub(super) status: String,
    pub(super) shipping_source: String,
    pub(super) lines: Vec<Line>,
    pub(super) jobs: Vec<JobRow>,
    pub(super) shipments: Vec<ShipmentRow>,
    /// In the order of their numbers.
    pub(super) events: Vec<String>,
}

#[derive(Debug)]
pub(super) struct JobRow {
    pub(super) state: String,
    pub(super) attempts: i64,
    /// Of the request that ordered it.
    pub(super) trace_id: String,
}

#[derive(Debug)]
#[expect(dead_code, reason = "shown when an order is")]
pub(super) struct ShipmentRow {
    pub(super) tracking: String,
    pub(super) attempt: i64,
    pub(super) fence: i64,
}

impl Rows {
    pub(super) async fn read(connection: &mut AnyConnection) -> anyhow::Result<Self> {
        let mut rows = Self {
            integrity: integrity(connection).await?,
            ..Self::default()
        };
        for row in all(connection, "select id, status, shipping_source from orders").await? {
            let order = OrderRows {
                status: row.try_get("status")?,
                shipping_source: row.try_get("shipping_source")?,
                ..OrderRows::default()
            };
            rows.orders.insert(row.try_get("id")?, order);
        }
        for row in all(
            connection,
            "select order_id, item_id, quantity from order_lines order by order_id, position",
        )
        .await?
        {
            let line = (row.try_get("item_id")?, row.try_get("quantity")?);
            rows.of(&row, "a line")?.lines.push(line);
        }
        for row in all(
            connection,
            "select order_id, state, attempts, payload from jobs order by id",
        )
        .await?
        {
            let job = JobRow {
                state: row.try_get("state")?,
                attempts: row.try_get("attempts")?,
                trace_id: trace_id(row.try_get("payload")?),
            };
            rows.of(&row, "a job")?.jobs.push(job);
        }
        for row in all(
            connection,
            "select order_id, tracking, attempt, fence from shipments",
        )
        .await?
        {
            let shipment = ShipmentRow {
                tracking: row.try_get("tracking")?,
                attempt: row.try_get("attempt")?,
                fence: row.try_get("fence")?,
            };
            rows.of(&row, "a shipment")?.shipments.push(shipment);
        }
        for row in all(
            connection,
            "select seq, order_id, status from order_events order by seq",
        )
        .await?
        {
            let status = row.try_get("status")?;
            rows.event_numbers.insert(row.try_get("seq")?);
            rows.of(&row, "an event")?.events.push(status);
        }
        for row in all(connection, "select id, stock from items").await? {
            rows.stock.insert(row.try_get("id")?, row.try_get("stock")?);
        }
        Ok(rows)
    }

    /// Everything about one order.
    pub(super) fn show(&self, order: i64) -> String {
        let mut shown = format!("order {order}: ");
        // Writing into a string cannot fail.
        let _infallible = match self.orders.get(&order) {
            Some(rows) => write!(shown, "{rows:?}"),
            None => write!(shown, "no row"),
        };
        shown
    }

    fn of(&mut self, row: &AnyRow, kind: &str) -> anyhow::Result<&mut OrderRows> {
        let order: i64 = row.try_get("order_id")?;
        if !self.orders.contains_key(&order) {
            self.strays
                .push(format!("{kind} names order {order}, which does not exist"));
        }
        Ok(self.orders.entry(order).or_default())
    }
}

async fn all(connection: &mut AnyConnection, sql: &'static str) -> anyhow::Result<Vec<AnyRow>> {
    Ok(sqlx::query(sql).fetch_all(connection).await?)
}

async fn integrity(connection: &mut AnyConnection) -> anyhow::Result<String> {
    match connection.backend_name() {
        "SQLite" => Ok(sqlx::query("pragma integrity_check")
            .fetch_one(connection)
            .await?
            .try_get(0)?),
        _ => Ok("ok".to_owned()),
    }
}

fn trace_id(payload: &str) -> String {
    let job: serde_json::Value = serde_json::from_str(payload).unwrap_or_default();
    let traceparent = job["traceparent"].as_str().unwrap_or_default();
    traceparent.split('-').nth(1).unwrap_or_default().to_owned()
}
