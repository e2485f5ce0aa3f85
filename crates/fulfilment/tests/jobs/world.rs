//! Both services on one database, and who receives their spans.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde_json::Value;
use testbed::{Service, Sink, eventually};

use crate::database::Database;

const FULFILMENT: &str = env!("CARGO_BIN_EXE_fulfilment");

/// `cargo test -p fulfilment` alone would not build it.
static API: LazyLock<PathBuf> = LazyLock::new(|| {
    testbed::build_programs_of(&["events"]);
    Path::new(FULFILMENT).with_file_name("api")
});

/// A shop with one item, whose jobs go nowhere until a fulfilment is started.
pub(crate) struct Shop {
    pub(crate) database: Database,
    pub(crate) sink: Sink,
    pub(crate) api: Service,
}

impl Shop {
    /// An api that asks nobody for quotes.
    pub(crate) fn open() -> Self {
        Self::on(Database::new())
    }

    /// An api that asks for quotes at an address.
    pub(crate) fn asking(fulfilment: &str) -> Self {
        Self::built(Database::new(), fulfilment)
    }

    /// An api that asks nobody for quotes, on that database.
    pub(crate) fn on(database: Database) -> Self {
        Self::built(database, "none")
    }

    fn built(database: Database, fulfilment: &str) -> Self {
        let sink = Sink::http();
        let variables = [("QUARTET_FULFILMENT_URL", fulfilment)];
        let api = start(&API, &database, &sink, &variables);
        let shop = Self {
            database,
            sink,
            api,
        };
        let item = r#"{"name":"rosin","price_cents":990,"stock":100}"#;
        assert_eq!(shop.api.json("POST", "/api/items", item).status, 201);
        shop
    }

    /// A fulfilment whose attempts follow each other quickly.
    pub(crate) fn fulfilment(&self, variables: &[(&str, &str)]) -> Service {
        let mut all = vec![
            ("QUARTET_JOB_BACKOFF_MS", "20"),
            ("QUARTET_SHIPPING_MS", "5"),
        ];
        all.extend_from_slice(variables);
        start(Path::new(FULFILMENT), &self.database, &self.sink, &all)
    }

    /// Orders a piece, and gives the number of the order.
    pub(crate) fn order(&self) -> i64 {
        let lines = r#"{"lines":[{"item_id":1,"quantity":1}]}"#;
        let answer = self.api.json("POST", "/api/orders", lines);
        assert_eq!(answer.status, 201, "{}", answer.text());
        answer.json()["id"].as_i64().unwrap()
    }

    /// A fulfilment that has shipped an order, though its carrier refused the first attempts; and that order.
    #[track_caller]
    pub(crate) fn ship_after_refusals(&self) -> (Service, i64) {
        let fulfilment = self.fulfilment(&[("QUARTET_JOB_ATTEMPTS", "100")]);
        fulfilment.inflict("errors", 100);
        let order = self.order();
        eventually("an attempt failed", || {
            1.0 <= attempts(&fulfilment, "retried")
        });
        fulfilment.relieve("errors");
        self.wait_for_status(order, "done");
        (fulfilment, order)
    }

    pub(crate) fn order_status(&self, order: i64) -> String {
        let answer = self.api.get(&format!("/api/orders/{order}"));
        answer.json()["status"].as_str().unwrap().to_owned()
    }

    #[track_caller]
    pub(crate) fn wait_for_status(&self, order: i64, status: &str) {
        eventually(status, || self.order_status(order) == status);
    }

    pub(crate) fn stock(&self) -> i64 {
        let item = self.api.get("/api/items/1").json();
        item["stock"].as_i64().unwrap()
    }
}

fn start(program: &Path, database: &Database, sink: &Sink, variables: &[(&str, &str)]) -> Service {
    let url = database.url();
    let endpoint = sink.endpoint();
    let mut all = vec![
        ("DATABASE_URL", url.as_str()),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
        ("OTEL_BSP_SCHEDULE_DELAY", "20"),
    ];
    all.extend_from_slice(variables);
    Service::start(program, &all)
}

/// The jobs that are in a state.
pub(crate) fn jobs(service: &Service, state: &str) -> Vec<Value> {
    let answer = service.operate("GET", &format!("/jobs?state={state}"), "");
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["jobs"].as_array().unwrap().clone()
}

/// How many attempts had that outcome.
pub(crate) fn attempts(service: &Service, outcome: &str) -> f64 {
    let labels = [("outcome", outcome)];
    let found = service.metrics().value("job_attempts_total", &labels);
    found.unwrap_or_else(|| panic!("no series for {outcome}"))
}
