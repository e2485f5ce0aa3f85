//! A database of its own for each test: a file.

use tempfile::TempDir;

/// `db.system.name`.
pub(crate) const SYSTEM: &str = "sqlite";

pub(crate) struct Database(TempDir);

impl Database {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// The address as `DATABASE_URL` takes it.
    pub(crate) fn url(&self) -> String {
        format!("sqlite://{}", self.0.path().join("quartet.db").display())
    }

    /// Changes a row behind the services' backs.
    pub(crate) fn tamper(&self, statement: &'static str) {
        let changed = self.with_connection(async |connection| {
            sqlx::query(statement).execute(connection).await.unwrap()
        });
        assert_eq!(changed.rows_affected(), 1);
    }

    /// Keeps everybody else from writing while `event` happens.
    pub(crate) fn lock_during(&self, event: impl FnOnce()) {
        self.with_connection(async |connection| {
            let begin = sqlx::query("begin immediate");
            begin.execute(&mut *connection).await.unwrap();
            event();
            let end = sqlx::query("rollback");
            end.execute(&mut *connection).await.unwrap();
        });
    }

    fn with_connection<T>(&self, work: impl AsyncFnOnce(&mut sqlx::SqliteConnection) -> T) -> T {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build().unwrap();
        let file = self.0.path().join("quartet.db");
        runtime.block_on(async {
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
            let mut connection = sqlx::ConnectOptions::connect(&options).await.unwrap();
            work(&mut connection).await
        })
    }
}
