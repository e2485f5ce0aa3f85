//! The kinds of calls, named once. A transaction is named by the statement it is for.

use telemetry::db::{Call, Database};

pub(crate) struct Calls {
    pub(crate) check: Call,
    pub(crate) select_items: Call,
    pub(crate) insert_item: Call,
    pub(crate) update_item: Call,
    pub(crate) delete_item: Call,
    pub(crate) select_orders: Call,
    pub(crate) insert_order: Call,
    pub(crate) update_order: Call,
    pub(crate) select_jobs: Call,
    pub(crate) update_jobs: Call,
    pub(crate) delete_jobs: Call,
    pub(crate) insert_shipment: Call,
    pub(crate) select_events: Call,
    pub(crate) delete_events: Call,
    pub(crate) insert_key: Call,
    pub(crate) delete_keys: Call,
}

impl Calls {
    pub(crate) fn of(database: &Database) -> Self {
        Self {
            check: database.call("SELECT", crate::schema::TABLE),
            select_items: database.call("SELECT", "items"),
            insert_item: database.call("INSERT", "items"),
            update_item: database.call("UPDATE", "items"),
            delete_item: database.call("DELETE", "items"),
            select_orders: database.call("SELECT", "orders"),
            insert_order: database.call("INSERT", "orders"),
            update_order: database.call("UPDATE", "orders"),
            select_jobs: database.call("SELECT", "jobs"),
            update_jobs: database.call("UPDATE", "jobs"),
            delete_jobs: database.call("DELETE", "jobs"),
            insert_shipment: database.call("INSERT", "shipments"),
            select_events: database.call("SELECT", "order_events"),
            delete_events: database.call("DELETE", "order_events"),
            insert_key: database.call("INSERT", "idempotency_keys"),
            delete_keys: database.call("DELETE", "idempotency_keys"),
        }
    }
}
