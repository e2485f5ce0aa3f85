//! A database of its own for each test, on one server or on a server of its own.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use testbed::Postgres;

/// `db.system.name`.
pub(crate) const SYSTEM: &str = "postgresql";

static SERVER: LazyLock<Postgres> = LazyLock::new(Postgres::start);
static DATABASES: AtomicU32 = AtomicU32::new(0);

pub(crate) struct Database {
    name: String,
    /// For who does something to it that others would notice.
    pub(crate) own: Option<Postgres>,
}

impl Database {
    pub(crate) fn new() -> Self {
        Self::on(None)
    }

    /// On a server of its own.
    pub(crate) fn alone() -> Self {
        Self::on(Some(Postgres::start()))
    }

    fn on(own: Option<Postgres>) -> Self {
        let name = format!("shop_{}", DATABASES.fetch_add(1, Ordering::Relaxed));
        let database = Self { name, own };
        let create = format!("create database {}", database.name);
        database.server().sql("postgres", &create);
        database
    }

    pub(crate) fn server(&self) -> &Postgres {
        self.own.as_ref().unwrap_or(&SERVER)
    }

    /// The address as `DATABASE_URL` takes it.
    pub(crate) fn url(&self) -> String {
        self.server().url(&self.name)
    }

    /// What a query gives, as text.
    pub(crate) fn ask(&self, query: &str) -> String {
        self.server().sql(&self.name, query).trim().to_owned()
    }

    /// Changes a row behind the services' backs.
    pub(crate) fn tamper(&self, statement: &'static str) {
        let changed =
            format!("with changed as ({statement} returning 1) select count(*) from changed");
        assert_eq!(self.ask(&changed), "1");
    }
}
