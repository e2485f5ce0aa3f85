//! The one door to the database.

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use domain::Timestamp;
use telemetry::Telemetry;
use telemetry::db::{Call, ErrorType};

use crate::calls::Calls;
use crate::changes::Watcher;
use crate::connect::Access;
use crate::connection::{Connection, Dialect};
use crate::lane::Lane;
use crate::{ConnectError, Error, Mode, Settings, connect, schema};

const READERS: u32 = 4;
/// `SQLite` has one writer at a time; who waits for it should wait in a queue, not in a race for the lock.
const WRITERS: u32 = 1;

/// How long transactions under way may take to end once the store closes.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// The database of a service. A clone is the same store.
#[derive(Clone)]
pub struct Store {
    parts: Arc<Parts>,
}

struct Parts {
    readers: Lane,
    writer: Lane,
    calls: Calls,
    settings: Settings,
    watcher: OnceLock<Watcher>,
    drill_delay_ms: AtomicU64,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the database and brings its tables up to date; several programs may do so at once.
    ///
    /// Call it once per process: it registers the metrics of the database.
    ///
    /// # Errors
    /// [`ConnectError`], saying which file and why.
    pub async fn connect(settings: &Settings, telemetry: &Telemetry) -> Result<Self, ConnectError> {
        if settings.mode == Mode::ReadWriteCreate {
            make_folder(&settings.path)?;
        }
        schema::prepare(settings).await?;

        let namespace = settings
            .path
            .file_name()
            .unwrap_or(settings.path.as_os_str());
        let system = Dialect::Sqlite.system();
        let database = telemetry.database(system, &namespace.to_string_lossy(), settings.slow);
        let open = |name, connections, access| {
            let options =
                connect::options(&settings.path, access).map_err(|source| ConnectError::Open {
                    path: settings.path.clone(),
                    source,
                })?;
            Ok(Lane::open(name, connections, options, settings, &database))
        };
        let access = match settings.mode {
            Mode::ReadOnly => Access::Read,
            Mode::ReadWriteCreate => Access::Write,
        };
        let parts = Parts {
            readers: open("readers", READERS, Access::Read)?,
            writer: open("writer", WRITERS, access)?,
            calls: Calls::of(&database),
            settings: settings.clone(),
            watcher: OnceLock::new(),
            drill_delay_ms: AtomicU64::new(0),
        };
        Ok(Self {
            parts: Arc::new(parts),
        })
    }

    /// Whether the database answers: reads a row of it.
    ///
    /// # Errors
    /// [`Error`], saying why not.
    pub async fn check(&self) -> Result<(), Error> {
        let mut held = self.readers().acquire().await?;
        let outcome = self.call(&self.calls().check, read_a_row(&mut held)).await;
        held.settle(outcome)
    }

    /// Lets what is under way end, for at most a second, and closes the file.
    pub async fn close(&self) {
        if let Some(watcher) = self.parts.watcher.get() {
            watcher.stop();
        }
        let lanes = async {
            self.writer().close().await;
            self.readers().close().await;
        };
        if tokio::time::timeout(CLOSE_TIMEOUT, lanes).await.is_err() {
            tracing::warn!("database calls were still under way when the store closed");
        }
    }

    /// Makes each call take `delay` longer from now on, for drills; a delay of zero ends it.
    pub fn slow_down(&self, delay: Duration) {
        let millis = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        self.parts.drill_delay_ms.store(millis, Ordering::Relaxed);
    }

    /// Runs `future` as one `call`, later than it could if a drill asks for that.
    pub(crate) async fn call<T, E: ErrorType>(
        &self,
        call: &Call,
        future: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let delay = self.parts.drill_delay_ms.load(Ordering::Relaxed);
        let delayed = async {
            if 0 < delay {
                tokio::time::sleep(Duration::from_millis(delay)).await;
            }
            future.await
        };
        telemetry::db::call(call, delayed).await
    }

    pub(crate) fn readers(&self) -> &Lane {
        &self.parts.readers
    }

    pub(crate) fn writer(&self) -> &Lane {
        &self.parts.writer
    }

    pub(crate) fn watcher(&self) -> &Watcher {
        let parts = &self.parts;
        parts
            .watcher
            .get_or_init(|| Watcher::start(&parts.settings))
    }

    pub(crate) fn calls(&self) -> &Calls {
        &self.parts.calls
    }
}

async fn read_a_row(connection: &mut Connection) -> Result<(), Error> {
    sqlx::query("select 1 from _sqlx_migrations limit 1")
        .fetch_one(connection)
        .await?;
    Ok(())
}

pub(crate) fn now() -> Timestamp {
    SystemTime::now().into()
}

fn make_folder(path: &Path) -> Result<(), ConnectError> {
    let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    else {
        return Ok(());
    };
    std::fs::create_dir_all(folder).map_err(|source| ConnectError::Folder {
        path: path.to_owned(),
        source,
    })
}
