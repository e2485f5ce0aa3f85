//! How a server of Postgres is reached: one, or several of which one takes writes.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sqlx::any::AnyConnectOptions;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection as _};

use crate::Error;
use crate::connection::Connection;

/// A transaction whose program has gone quiet gives its rows back after this.
const IDLE_IN_TRANSACTION: Duration = Duration::from_secs(5);

/// The parameters an address may have; any other may hold a secret, or mean something else elsewhere.
const PARAMETERS: [&str; 5] = ["host", "sslmode", "sslrootcert", "sslcert", "sslkey"];

/// Where Postgres is, and as whom it is entered.
#[derive(Clone)]
pub struct Server {
    candidates: Vec<AnyConnectOptions>,
    database: String,
    host: String,
    port: u16,
    /// How long a request waits for a connection, made or lent; a call's own time comes on top.
    pub(super) patience: Duration,
    /// Which candidate took the last connection, so that a failover costs one search.
    chosen: Arc<AtomicUsize>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("database", &self.database)
            .field("host", &self.host)
            .field("port", &self.port)
            .field("candidates", &self.candidates.len())
            .finish_non_exhaustive()
    }
}

impl Server {
    /// Reads `postgres://USER[:PASSWORD]@HOST[:PORT][,HOST[:PORT]]…/DATABASE`, with parameters for TLS.
    pub(crate) fn parse(url: &str) -> Option<Self> {
        let rest = url
            .strip_prefix("postgres://")
            .or_else(|| url.strip_prefix("postgresql://"))?;
        let (authority, path) = rest.split_once('/')?;
        let (user, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
        let mut candidates = Vec::new();
        let mut first = None;
        for host in hosts.split(',') {
            let (options, driver) = candidate(&format!("postgres://{user}@{host}/{path}"))?;
            candidates.push(options);
            first.get_or_insert(driver);
        }
        let first = first?;
        let database = first.get_database()?.to_owned();
        let socket = first.get_socket().map(|path| path.display().to_string());
        Some(Self {
            database,
            host: socket.unwrap_or_else(|| first.get_host().to_owned()),
            port: first.get_port(),
            patience: Duration::ZERO,
            candidates,
            chosen: Arc::default(),
        })
    }

    /// The password, in place of one that the address has.
    pub(crate) fn set_password(&mut self, password: &str) {
        // The address encodes every other character by itself.
        let password = password.replace('%', "%25");
        for options in &mut self.candidates {
            // Refused for addresses without a host alone, and those were never parsed.
            let _has_a_host = options.database_url.set_password(Some(&password));
        }
    }

    /// Says who connects, and when we and the server give up: on a call after `call`, and before that on
    /// connections and on rows of other transactions, so that those waits end by their own name, and both
    /// together below 2 s by default.
    pub(crate) fn prepared(mut self, application: &str, call: Duration) -> Self {
        self.patience = call * 3 / 4;
        for options in &mut self.candidates {
            options
                .database_url
                .query_pairs_mut()
                .append_pair("application_name", application)
                .append_pair("options[statement_timeout]", &millis(call))
                .append_pair("options[lock_timeout]", &millis(call * 3 / 4))
                .append_pair(
                    "options[idle_in_transaction_session_timeout]",
                    &millis(IDLE_IN_TRANSACTION),
                );
        }
        self
    }

    pub(crate) fn database(&self) -> &str {
        &self.database
    }

    /// The first host, or the folder of its socket.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Connects to the one that takes writes, trying first the one that did so last.
    pub(super) async fn connect(&self, patience: Duration) -> Result<Connection, Error> {
        let count = self.candidates.len();
        let each = patience / u32::try_from(count).unwrap_or(u32::MAX);
        let start = self.chosen.load(Ordering::Relaxed);
        let mut failure = Error::timed_out(patience);
        for turn in 0..count {
            let position = (start + turn) % count;
            let attempt = attempt(&self.candidates[position], 1 < count);
            match tokio::time::timeout(each, attempt).await {
                Ok(Ok(connection)) => {
                    self.chosen.store(position, Ordering::Relaxed);
                    return Ok(connection);
                }
                Ok(Err(error)) => failure = error,
                Err(_) => failure = Error::timed_out(each),
            }
        }
        Err(failure)
    }

    /// For the connection that listens: one of the driver's own, to the server that was reached last.
    pub(crate) fn listener(&self) -> Result<PgConnectOptions, Error> {
        let position = self.chosen.load(Ordering::Relaxed) % self.candidates.len();
        Ok(PgConnectOptions::try_from(&self.candidates[position])?)
    }
}

fn candidate(url: &str) -> Option<(AnyConnectOptions, PgConnectOptions)> {
    let options = AnyConnectOptions::from_str(url).ok()?;
    let known = options.database_url.query_pairs().all(|(key, value)| {
        PARAMETERS.contains(&&*key) && (key != "host" || value.starts_with('/'))
    });
    let driver = known.then(|| PgConnectOptions::from_str(url).ok())??;
    Some((options.disable_statement_logging(), driver))
}

async fn attempt(options: &AnyConnectOptions, among_several: bool) -> Result<Connection, Error> {
    let mut connection = options.connect().await?;
    if among_several {
        let standby = sqlx::query_scalar("select pg_is_in_recovery()")
            .fetch_one(&mut connection)
            .await?;
        if standby {
            connection.close().await?;
            return Err(Error::ReadOnly);
        }
    }
    Ok(connection)
}

fn millis(duration: Duration) -> String {
    duration.as_millis().max(1).to_string()
}

#[cfg(test)]
mod tests {
    use sqlx::postgres::PgConnectOptions;

    use super::Server;

    #[test]
    fn an_address_names_hosts_and_database() {
        let server =
            Server::parse("postgres://me:secret@one:6000,two:6001/shop?sslmode=disable").unwrap();

        assert_eq!((server.host(), server.port()), ("one", 6000));
        assert_eq!(server.database(), "shop");
        assert_eq!(server.candidates[1].database_url.host_str(), Some("two"));
    }

    #[test]
    fn a_socket_is_a_folder() {
        let server = Server::parse("postgres://me@localhost/shop?host=/run/postgresql").unwrap();

        assert_eq!(server.host(), "/run/postgresql");
    }

    #[test]
    fn nothing_that_is_shown_holds_the_password() {
        let server = Server::parse("postgres://me:s3cret@db/shop").unwrap();

        assert!(!format!("{server:?}").contains("s3cret"));
        assert!(format!("{:?}", server.candidates[0]).contains("s3cret"));
    }

    #[test]
    fn a_password_may_come_later_and_be_of_any_characters() {
        let mut server = Server::parse("postgres://me@one,two/shop?sslmode=disable").unwrap();

        server.set_password("p@ss/w:rd%20 ü");

        for options in &server.candidates {
            let encoded = options.database_url.password().unwrap();
            assert!(!encoded.contains(['@', '/', ':', ' ']), "{encoded}");
            let driver = PgConnectOptions::try_from(options).unwrap();
            assert!(
                format!("{driver:?}").contains("p@ss/w:rd%20 ü"),
                "{driver:?}"
            );
        }
        assert!(!format!("{server:?}").contains("p@ss"));
    }

    #[test]
    fn parameters_that_are_not_of_the_list_are_refused() {
        for url in [
            "postgres://me@db/shop?sslmode=maybe",
            "postgres://me@db/shop?password=secret",
            "postgres://me@db/shop?host=elsewhere",
            "postgres://me@db/shop?options=-c%20fsync%3Doff",
            "postgres://me@db",
            "postgres://me@db/",
            "postgres://me@db:port/shop",
            "mysql://me@db/shop",
        ] {
            assert!(Server::parse(url).is_none(), "{url}");
        }
    }
}
