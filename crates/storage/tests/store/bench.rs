//! A store of its own for each test, and a foreign hand on the same file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use ::telemetry::Telemetry;
use domain::{Item, ItemId, ItemName, NewItem, NewOrder, Order, OrderId, Price, Quote, Stock};
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{AssertSqlSafe, ConnectOptions, SqliteConnection};
use storage::{Answer, Claim, ConnectError, Mode, PlaceError, Placement, Settings, Store};
use tempfile::TempDir;

pub(crate) struct Bench {
    pub(crate) store: Store,
    pub(crate) settings: Settings,
    pub(crate) telemetry: Telemetry,
    _folder: TempDir,
}

impl Bench {
    pub(crate) async fn start() -> Self {
        Self::within(10_000).await
    }

    /// A store whose file may grow to `max_pages`.
    pub(crate) async fn within(max_pages: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings {
            max_pages,
            ..settings(&folder.path().join("made/for/quartet.db"))
        };
        let telemetry = detached();
        let store = Store::connect(&settings, &telemetry).await.unwrap();
        Self {
            store,
            settings,
            telemetry,
            _folder: folder,
        }
    }

    /// A connection that is none of the store's.
    pub(crate) async fn foreign(&self) -> SqliteConnection {
        foreign(&self.settings.path).await
    }

    pub(crate) async fn row(&self, sql: impl Into<String>) -> SqliteRow {
        let mut foreign = self.foreign().await;
        sqlx::query(AssertSqlSafe(sql.into()))
            .fetch_one(&mut foreign)
            .await
            .unwrap()
    }

    pub(crate) async fn number(&self, sql: impl Into<String>) -> i64 {
        sqlx::Row::get(&self.row(sql).await, 0)
    }

    pub(crate) async fn item(&self, stock: i64) -> Item {
        self.store.create_item(&pen(250, stock)).await.unwrap()
    }

    pub(crate) async fn stock(&self, item: ItemId) -> i64 {
        self.store
            .find_item(item)
            .await
            .unwrap()
            .unwrap()
            .stock
            .get()
    }

    pub(crate) async fn place(&self, lines: &[(i64, i64)]) -> Result<Order, PlaceError> {
        place(&self.store, lines, None).await
    }
}

pub(crate) fn settings(path: &Path) -> Settings {
    Settings {
        path: PathBuf::from(path),
        mode: Mode::ReadWriteCreate,
        slow: Duration::from_millis(100),
        max_pages: 10_000,
    }
}

pub(crate) fn detached() -> Telemetry {
    Telemetry::detached(::telemetry::Settings::for_tests("storage")).unwrap()
}

pub(crate) async fn connect(settings: &Settings) -> Result<Store, ConnectError> {
    Store::connect(settings, &detached()).await
}

pub(crate) async fn foreign(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true);
    options.connect().await.unwrap()
}

pub(crate) async fn run(connection: &mut SqliteConnection, sql: &'static str) {
    sqlx::query(sql).execute(connection).await.unwrap();
}

pub(crate) fn pen(cents: i64, stock: i64) -> NewItem {
    NewItem {
        name: ItemName::parse("pen").unwrap(),
        price: Price::parse(cents).unwrap(),
        stock: Stock::parse(stock).unwrap(),
    }
}

/// What the job of that order says.
pub(crate) fn job(order: OrderId) -> String {
    format!("ship {}", order.get())
}

pub(crate) async fn place(
    store: &Store,
    lines: &[(i64, i64)],
    claim: Option<&Claim>,
) -> Result<Order, PlaceError> {
    let order = NewOrder::parse(lines).unwrap();
    let placement = Placement {
        order: &order,
        quote: Quote::flat_rate(&order).unwrap(),
        job: &job,
    };
    store.place_order(placement, claim, created).await
}

pub(crate) fn created(order: &Order) -> Answer {
    Answer {
        status: 201,
        location: Some(format!("/api/orders/{}", order.id.get())),
        body: format!("{{\"id\":{}}}", order.id.get()),
    }
}
