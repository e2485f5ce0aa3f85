//! The one database of both services.

use std::path::Path;

use sqlx::AnyConnection;
use sqlx::Connection as _;
use testbed::Postgres;

use crate::arguments::Kind;

/// The database that every server of Postgres has.
const EVERY_SERVERS: &str = "postgres";

/// A database that nobody else uses.
pub(crate) enum Database {
    File(String),
    Server(Postgres),
}

impl Database {
    pub(crate) fn start(kind: Kind, folder: &Path) -> Self {
        match kind {
            Kind::Sqlite => Self::File(format!("sqlite://{}/quartet.db", folder.display())),
            Kind::Postgres => Self::Server(Postgres::start()),
        }
    }

    /// As `DATABASE_URL` has it.
    pub(crate) fn url(&self) -> String {
        match self {
            Self::File(url) => url.clone(),
            Self::Server(server) => server.url(EVERY_SERVERS),
        }
    }

    pub(crate) fn can_be_killed(&self) -> bool {
        matches!(self, Self::Server(_))
    }

    /// Ends all its processes at once.
    pub(crate) fn kill(&self) {
        match self {
            Self::File(_) => {}
            Self::Server(server) => server.kill(),
        }
    }

    /// Starts it again, and waits until it has recovered.
    pub(crate) fn start_again(&self) {
        match self {
            Self::File(_) => {}
            Self::Server(server) => server.start_again(),
        }
    }
}

/// A connection of nobody's.
pub(crate) async fn connect(url: &str) -> anyhow::Result<AnyConnection> {
    // It refuses the second time, when they are the same.
    let _known =
        sqlx::any::install_drivers(&[sqlx::sqlite::any::DRIVER, sqlx::postgres::any::DRIVER]);
    Ok(AnyConnection::connect(url).await?)
}
