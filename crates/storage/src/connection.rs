//! One text of SQL for two databases: what is written against these types runs on both.

use std::sync::Once;

use sqlx::any::install_drivers;

pub(crate) type Connection = sqlx::AnyConnection;
pub(crate) type Row = sqlx::any::AnyRow;
pub(crate) type Transaction<'a> = sqlx::Transaction<'a, sqlx::Any>;

/// Which of the two it is, for what one text cannot say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

impl Dialect {
    pub(crate) fn of(connection: &Connection) -> Self {
        match connection.backend_name() {
            "PostgreSQL" => Self::Postgres,
            _ => Self::Sqlite,
        }
    }

    /// The value of `db.system.name`.
    pub(crate) fn system(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgresql",
        }
    }

    /// How a transaction begins that other writers cannot make fail later.
    ///
    /// `SQLite` takes its one lock for writers at once; Postgres locks row by row.
    pub(crate) fn begin(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN IMMEDIATE",
            Self::Postgres => "BEGIN",
        }
    }
}

/// Tells sqlx which databases there are; without it, connecting panics.
pub(crate) fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // It refuses a second list only: then the program around us has brought its own, which serves as well.
        let _ = install_drivers(&[sqlx::sqlite::any::DRIVER, sqlx::postgres::any::DRIVER]);
    });
}
