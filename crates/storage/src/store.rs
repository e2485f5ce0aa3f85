//! The one door to the database.

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

use domain::Timestamp;
use telemetry::Telemetry;
use telemetry::db::{Call, Database, ErrorType};

use crate::calls::Calls;
use crate::changes::Watcher;
use crate::connect::{Access, Connector, File};
use crate::connection::{Connection, Dialect};
use crate::lane::Lane;
use crate::{ConnectError, Error, Mode, Place, Settings, schema};

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
    /// Nothing where the lane of the readers serves for both.
    writer: Option<Lane>,
    calls: Calls,
    /// How long a call may take. None on a file, whose calls wait for nobody but its lock, and that has its own limit.
    time_out: Option<Duration>,
    watched: Connector,
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
        let application = &telemetry.settings().service_name;
        let (first, doors) = doors(settings, application)?;
        schema::prepare(&first, settings).await?;

        let database = described(settings, first.dialect(), telemetry);
        let open =
            |(name, connections, connector)| Lane::open(name, connections, connector, &database);
        let parts = Parts {
            watched: doors.readers.2.clone(),
            watcher: OnceLock::new(),
            readers: open(doors.readers),
            writer: doors.writer.map(open),
            calls: Calls::of(&database),
            time_out: match settings.place {
                Place::File { .. } => None,
                Place::Server(_) => Some(settings.timeout),
            },
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

    /// Lets what is under way end, for at most a second, and closes the connections.
    pub async fn close(&self) {
        if let Some(watcher) = self.parts.watcher.get() {
            watcher.stop();
        }
        let readers = self.parts.readers.close(CLOSE_TIMEOUT);
        let came_back = match &self.parts.writer {
            Some(writer) => tokio::join!(readers, writer.close(CLOSE_TIMEOUT)) == (true, true),
            None => readers.await,
        };
        if !came_back {
            tracing::warn!("database calls were still under way when the store closed");
        }
    }

    /// Makes each call take `delay` longer from now on, for drills; a delay of zero ends it.
    pub fn slow_down(&self, delay: Duration) {
        let millis = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        self.parts.drill_delay_ms.store(millis, Ordering::Relaxed);
    }

    /// Runs `future` as one `call`, later than it could if a drill asks for that.
    ///
    /// A call that takes too long ends as [`Error::Unavailable`]; its connection must be settled with that.
    pub(crate) async fn call<T, E: ErrorType + From<Error>>(
        &self,
        call: &Call,
        future: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let delay = self.parts.drill_delay_ms.load(Ordering::Relaxed);
        let delayed = async {
            if 0 < delay {
                tokio::time::sleep(Duration::from_millis(delay)).await;
            }
            let Some(time_out) = self.parts.time_out else {
                return future.await;
            };
            tokio::time::timeout(time_out, future)
                .await
                .unwrap_or_else(|_| Err(Error::timed_out(time_out).into()))
        };
        telemetry::db::call(call, delayed).await
    }

    pub(crate) fn readers(&self) -> &Lane {
        &self.parts.readers
    }

    pub(crate) fn writer(&self) -> &Lane {
        self.parts.writer.as_ref().unwrap_or(&self.parts.readers)
    }

    pub(crate) fn watcher(&self) -> &Watcher {
        let parts = &self.parts;
        parts.watcher.get_or_init(|| Watcher::start(&parts.watched))
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

/// A lane to be: its name, how many connections it has, and what makes them.
type Door = (&'static str, u32, Connector);

struct Doors {
    readers: Door,
    writer: Option<Door>,
}

/// How the first connection is made, which migrates, and how all later ones are.
fn doors(settings: &Settings, application: &str) -> Result<(Connector, Doors), ConnectError> {
    let (path, mode) = match &settings.place {
        Place::Server(server) => {
            let server = server.clone().prepared(application, settings.timeout);
            let connector = Connector::Server(server);
            let readers = ("pool", settings.connections, connector.clone());
            return Ok((
                connector,
                Doors {
                    readers,
                    writer: None,
                },
            ));
        }
        Place::File { path, mode } => (path, mode),
    };
    let (first, write) = match mode {
        Mode::ReadOnly => (Access::Read, Access::Read),
        Mode::ReadWriteCreate => {
            make_folder(path)?;
            (Access::Create, Access::Write)
        }
    };
    let file = |access| {
        File::new(path, access, settings.max_pages)
            .map(Connector::File)
            .map_err(|source| ConnectError::Open {
                database: settings.place.to_string(),
                source,
            })
    };
    let doors = Doors {
        readers: ("readers", READERS, file(Access::Read)?),
        writer: Some(("writer", WRITERS, file(write)?)),
    };
    Ok((file(first)?, doors))
}

fn described(settings: &Settings, dialect: Dialect, telemetry: &Telemetry) -> Database {
    match &settings.place {
        Place::File { path, .. } => {
            let name = path.file_name().unwrap_or(path.as_os_str());
            telemetry.database(dialect.system(), &name.to_string_lossy(), settings.slow)
        }
        Place::Server(server) => telemetry
            .database(dialect.system(), server.database(), settings.slow)
            .served_by(server.host(), server.port()),
    }
}

fn make_folder(path: &Path) -> Result<(), ConnectError> {
    let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    else {
        return Ok(());
    };
    std::fs::create_dir_all(folder).map_err(|source| ConnectError::Folder {
        database: path.display().to_string(),
        source,
    })
}
