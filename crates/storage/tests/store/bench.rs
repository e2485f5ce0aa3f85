//! A store of its own for each test, and a foreign hand on the same database.

use std::path::Path;
use std::time::Duration;

use ::telemetry::Telemetry;
use domain::{Item, ItemId, ItemName, NewItem, NewOrder, Order, OrderId, Price, Quote, Stock};
use sqlx::any::{AnyRow, install_drivers};
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _};
use storage::{Answer, Claim, ConnectError, Mode, Place, PlaceError, Placement, Settings, Store};
use tempfile::TempDir;

use crate::postgres::{self, Database};

pub(crate) struct Bench {
    pub(crate) store: Store,
    pub(crate) settings: Settings,
    pub(crate) telemetry: Telemetry,
    home: Home,
}

/// Where the database is, and what removes it.
enum Home {
    Folder { _kept: TempDir },
    Server(Database),
}

impl Bench {
    /// A store over a file, or over Postgres where that was asked for.
    pub(crate) async fn start() -> Self {
        match postgres::shared() {
            Some(server) => {
                let database = server.database().await;
                let settings = database.settings();
                Self::over(Home::Server(database), settings).await
            }
            None => Self::file().await,
        }
    }

    /// A store over a file, for what is about files.
    pub(crate) async fn file() -> Self {
        Self::within(10_000).await
    }

    /// A store whose file may grow to `max_pages`.
    pub(crate) async fn within(max_pages: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings {
            max_pages,
            ..settings(&folder.path().join("made/for/quartet.db"))
        };
        Self::over(Home::Folder { _kept: folder }, settings).await
    }

    async fn over(home: Home, settings: Settings) -> Self {
        let telemetry = detached();
        let store = Store::connect(&settings, &telemetry).await.unwrap();
        Self {
            store,
            settings,
            telemetry,
            home,
        }
    }

    /// A connection that is none of the store's.
    pub(crate) async fn foreign(&self) -> AnyConnection {
        match &self.home {
            Home::Folder { .. } => foreign(self.path()).await,
            Home::Server(database) => entered(&database.url()).await,
        }
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        match &self.settings.place {
            Place::File { path, .. } => path,
            Place::Server(server) => panic!("{server:?} is no file"),
        }
    }

    /// The value of `db.system.name`.
    pub(crate) fn system(&self) -> &'static str {
        match self.home {
            Home::Folder { .. } => "sqlite",
            Home::Server(_) => "postgresql",
        }
    }

    pub(crate) async fn row(&self, sql: impl Into<String>) -> AnyRow {
        let mut foreign = self.foreign().await;
        sqlx::query(AssertSqlSafe(sql.into()))
            .fetch_one(&mut foreign)
            .await
            .unwrap()
    }

    pub(crate) async fn number(&self, sql: impl Into<String>) -> i64 {
        // Sums are of a type on Postgres that the driver does not carry.
        let whole = format!("select cast(({}) as bigint)", sql.into());
        sqlx::Row::get(&self.row(whole).await, 0)
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
        place: Place::File {
            path: path.to_owned(),
            mode: Mode::ReadWriteCreate,
        },
        connections: 10,
        timeout: Duration::from_millis(1_100),
        slow: Duration::from_millis(100),
        max_pages: 10_000,
    }
}

pub(crate) fn read_only(path: &Path) -> Settings {
    Settings {
        place: Place::File {
            path: path.to_owned(),
            mode: Mode::ReadOnly,
        },
        ..settings(path)
    }
}

pub(crate) fn detached() -> Telemetry {
    Telemetry::detached(::telemetry::Settings::for_tests("storage")).unwrap()
}

pub(crate) async fn connect(settings: &Settings) -> Result<Store, ConnectError> {
    Store::connect(settings, &detached()).await
}

pub(crate) async fn foreign(path: &Path) -> AnyConnection {
    entered(&format!("sqlite://{}?mode=rwc", path.display())).await
}

/// A connection of nobody's to that address.
pub(crate) async fn entered(url: &str) -> AnyConnection {
    // It refuses when the store was faster, whose drivers are the same.
    let _ = install_drivers(&[sqlx::sqlite::any::DRIVER, sqlx::postgres::any::DRIVER]);
    AnyConnection::connect(url).await.unwrap()
}

pub(crate) async fn run(connection: &mut AnyConnection, sql: &'static str) {
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
