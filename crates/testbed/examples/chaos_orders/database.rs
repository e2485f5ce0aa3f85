//! The one database of both services.

use std::path::Path;

use anyhow::bail;
use sqlx::AnyConnection;
use sqlx::Connection as _;

use crate::arguments::Kind;

/// A database that nobody else uses.
pub(crate) enum Database {
    File(String),
}

impl Database {
    pub(crate) fn start(kind: Kind, folder: &Path) -> anyhow::Result<Self> {
        match kind {
            Kind::Sqlite => Ok(Self::File(format!(
                "sqlite://{}",
                folder.join("quartet.db").display()
            ))),
            Kind::Postgres => bail!("postgres is not supported yet"),
        }
    }

    /// As `DATABASE_URL` has it.
    pub(crate) fn url(&self) -> &str {
        match self {
            Self::File(url) => url,
        }
    }

    pub(crate) fn can_be_killed(&self) -> bool {
        false
    }

    /// Ends all its processes at once.
    pub(crate) fn kill(&mut self) -> anyhow::Result<()> {
        match self {
            Self::File(_) => Ok(()),
        }
    }

    /// Starts it again.
    pub(crate) fn revive(&mut self) -> anyhow::Result<()> {
        match self {
            Self::File(_) => Ok(()),
        }
    }

    /// A connection of nobody's.
    pub(crate) async fn connect(&self) -> anyhow::Result<AnyConnection> {
        sqlx::any::install_drivers(&[sqlx::sqlite::any::DRIVER, sqlx::postgres::any::DRIVER]).ok();
        Ok(AnyConnection::connect(self.url()).await?)
    }
}
