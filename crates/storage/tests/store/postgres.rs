//! The server that all tests of this process share, where one was asked for: a database for each test.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use storage::{Place, Settings};
use testbed::Postgres;
use tokio::sync::OnceCell;

use crate::bench::{connect, settings};

/// Made once with all its tables, and copied for each test.
const TEMPLATE: &str = "tables";

pub(crate) struct Server {
    postgres: Postgres,
    template: OnceCell<()>,
    databases: AtomicU32,
}

/// A database that is dropped with its test.
pub(crate) struct Database {
    server: &'static Server,
    name: String,
}

pub(crate) fn shared() -> Option<&'static Server> {
    static SERVER: LazyLock<Option<Server>> = LazyLock::new(|| {
        #[expect(
            clippy::disallowed_methods,
            reason = "whoever runs the tests says on what"
        )]
        let wanted = std::env::var_os("QUARTET_TEST_POSTGRES").is_some();
        wanted.then(|| Server {
            postgres: Postgres::start(),
            template: OnceCell::new(),
            databases: AtomicU32::new(0),
        })
    });
    SERVER.as_ref()
}

impl Server {
    pub(crate) async fn database(&'static self) -> Database {
        let template = self.template.get_or_init(|| async {
            self.postgres
                .sql("postgres", &format!("create database {TEMPLATE}"));
            let store = connect(&self.settings(TEMPLATE)).await.unwrap();
            store.close().await;
        });
        template.await;
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{number}");
        let create = format!("create database {name} template {TEMPLATE}");
        self.postgres.sql("postgres", &create);
        Database { server: self, name }
    }

    fn settings(&self, database: &str) -> Settings {
        Settings {
            place: Place::parse(&self.postgres.url(database)).unwrap(),
            // The machine may have a lot to do.
            timeout: Duration::from_secs(5),
            ..settings(std::path::Path::new("none"))
        }
    }
}

impl Database {
    pub(crate) fn settings(&self) -> Settings {
        self.server.settings(&self.name)
    }

    pub(crate) fn url(&self) -> String {
        self.server.postgres.url(&self.name)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let drop = format!("drop database {} with (force)", self.name);
        self.server.postgres.sql("postgres", &drop);
    }
}
