//! What the environment may say about the database.

use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use telemetry::settings::{Variable, Vars, Wrong, millis, whole};

use crate::Server;

const URL: Variable = Variable {
    name: "DATABASE_URL",
    default: "sqlite://data/quartet.db",
    allowed: "sqlite://PATH, with ?mode=rwc (read, write, create; the default) or ?mode=ro (read only) behind it, or \
              postgres://USER[:PASSWORD]@HOST[:PORT][,HOST[:PORT]]/DATABASE, with sslmode, sslrootcert, sslcert, sslkey \
              or a socket's folder as host behind it",
    refused: "quartet.db",
};
const PASSWORD_FILE: Variable = Variable {
    name: "QUARTET_DATABASE_PASSWORD_FILE",
    default: "none",
    allowed: "a file that holds one line, the password for the server of DATABASE_URL, or none",
    refused: "/no/such/file",
};
const CONNECTIONS: Variable = Variable {
    name: "QUARTET_DATABASE_CONNECTIONS",
    default: "10",
    allowed: "connections from 2 to 1000",
    refused: "1",
};
const TIMEOUT: Variable = Variable {
    name: "QUARTET_DATABASE_TIMEOUT_MS",
    default: "1100",
    allowed: "milliseconds from 100 to 60000",
    refused: "0",
};
const SLOW_QUERY: Variable = Variable {
    name: "QUARTET_SLOW_QUERY_MS",
    default: "100",
    allowed: "milliseconds from 1 to 60000",
    refused: "0",
};
const MAX_MIB: Variable = Variable {
    name: "QUARTET_DATABASE_MAX_MIB",
    default: "10240",
    allowed: "mebibytes from 1 to 1048576",
    refused: "unlimited",
};

/// Every variable this crate reads.
pub const VARIABLES: &[Variable] = &[
    URL,
    PASSWORD_FILE,
    CONNECTIONS,
    TIMEOUT,
    SLOW_QUERY,
    MAX_MIB,
];

/// Which database, and within which bounds; read once at start.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which database. `DATABASE_URL`, `QUARTET_DATABASE_PASSWORD_FILE`.
    pub place: Place,
    /// How many connections may be open to a server. `QUARTET_DATABASE_CONNECTIONS`.
    pub connections: u32,
    /// How long a call of a server may take. `QUARTET_DATABASE_TIMEOUT_MS`.
    pub timeout: Duration,
    /// Calls that take longer are logged. `QUARTET_SLOW_QUERY_MS`.
    pub slow: Duration,
    /// How large a file may grow, in pages of 4 KiB. `QUARTET_DATABASE_MAX_MIB`.
    pub max_pages: u64,
}

/// Where a database is.
#[derive(Clone, Debug)]
pub enum Place {
    /// A file of `SQLite`.
    File {
        /// Which one.
        path: PathBuf,
        /// What may be done to it.
        mode: Mode,
    },
    /// A server of Postgres, or several that follow one of them.
    Server(Server),
}

impl Place {
    /// Reads an address as `DATABASE_URL` has it; nothing, if it is none.
    pub fn parse(url: &str) -> Option<Self> {
        if url.starts_with("sqlite:") {
            return file(url).map(|(path, mode)| Self::File { path, mode });
        }
        Server::parse(url).map(Self::Server)
    }

    pub(crate) fn is_read_only(&self) -> bool {
        matches!(
            self,
            Self::File {
                mode: Mode::ReadOnly,
                ..
            }
        )
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, .. } => path.display().fmt(f),
            Self::Server(server) => write!(f, "{} on {}", server.database(), server.host()),
        }
    }
}

/// What may be done to a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Reads only; every write is refused.
    ReadOnly,
    /// Reads and writes; a file that is missing is made.
    ReadWriteCreate,
}

const PAGES_PER_MIB: u64 = 256;

impl Settings {
    /// Reads the variables.
    ///
    /// # Errors
    /// [`Wrong`], naming the first variable with a value that is not allowed.
    pub fn from_vars(vars: &Vars<'_>) -> Result<Self, Wrong> {
        let url = vars.text(&URL);
        let mut place = Place::parse(&url).ok_or_else(|| Wrong::new(&URL, shown(&url)))?;
        let password = vars.parse(&PASSWORD_FILE, |path| match path {
            "none" => Some(None),
            path => password(path).map(Some),
        })?;
        if let (Place::Server(server), Some(password)) = (&mut place, password) {
            server.set_password(&password);
        }
        Ok(Self {
            place,
            connections: vars.parse(&CONNECTIONS, whole(2..=1_000))?,
            timeout: vars.parse(&TIMEOUT, millis(100..=60_000))?,
            slow: vars.parse(&SLOW_QUERY, millis(1..=60_000))?,
            max_pages: vars.parse(&MAX_MIB, whole::<u64>(1..=1_048_576))? * PAGES_PER_MIB,
        })
    }
}

fn password(path: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let password = text.trim_end_matches(['\r', '\n']);
    (!password.is_empty() && !password.contains('\n')).then(|| password.to_owned())
}

/// As much of an address as surely holds no password.
fn shown(url: &str) -> &str {
    let scheme = url.find(':').filter(|_| !url.starts_with("sqlite:"));
    scheme.map_or(url, |end| &url[..end])
}

fn file(url: &str) -> Option<(PathBuf, Mode)> {
    let rest = url.strip_prefix("sqlite://")?;
    let (path, query) = match rest.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (rest, None),
    };
    let mode = match query {
        None | Some("mode=rwc") => Mode::ReadWriteCreate,
        Some("mode=ro") => Mode::ReadOnly,
        Some(_) => return None,
    };
    // SQLite itself reads these two as something other than a path.
    let special = path.starts_with(':') || path.starts_with("file:");
    (!special && !path.is_empty() && !path.ends_with('/')).then(|| (path.into(), mode))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use telemetry::settings::{Vars, Wrong};

    use super::{Mode, Place, Settings, VARIABLES};

    fn read(vars: &[(&str, &str)]) -> Result<Settings, Wrong> {
        let source = |name: &str| {
            let found = vars.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Settings::from_vars(&Vars::new(&source))
    }

    #[test]
    fn the_defaults_are_a_file_beside_the_program() {
        let settings = read(&[]).unwrap();

        assert_eq!(settings.place.to_string(), "data/quartet.db");
        assert_eq!(settings.slow, Duration::from_millis(100));
        assert_eq!(settings.max_pages, 10_240 * 256);
    }

    #[test]
    fn the_address_names_file_and_mode() {
        let url = |url| match read(&[("DATABASE_URL", url)]).unwrap().place {
            Place::File { path, mode } => (path, mode),
            Place::Server(server) => panic!("{server:?}"),
        };

        assert_eq!(
            url("sqlite:///var/lib/q.db?mode=ro"),
            ("/var/lib/q.db".into(), Mode::ReadOnly)
        );
        assert_eq!(
            url("sqlite://q.db?mode=rwc"),
            ("q.db".into(), Mode::ReadWriteCreate)
        );
    }

    #[test]
    fn a_server_is_shown_without_its_password() {
        let url = "postgres://me:s3cret@db:6000/shop?sslmode=require";

        let settings = read(&[("DATABASE_URL", url)]).unwrap();

        assert_eq!(settings.place.to_string(), "shop on db");
        assert!(!format!("{settings:?}").contains("s3cret"));
    }

    #[test]
    fn a_password_file_holds_one_line() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("password");
        let path = path.to_str().unwrap();
        let server = |text: &str| {
            std::fs::write(path, text).unwrap();
            let file = ("QUARTET_DATABASE_PASSWORD_FILE", path);
            read(&[("DATABASE_URL", "postgres://me@db/shop"), file])
        };

        assert!(!format!("{:?}", server("s3cret\n").unwrap()).contains("s3cret"));
        for wrong in ["", "\n", "s3cret\nmore\n"] {
            let wrong = server(wrong).unwrap_err();
            assert_eq!(wrong.name(), "QUARTET_DATABASE_PASSWORD_FILE");
            assert!(!wrong.to_string().contains("s3cret"), "{wrong}");
        }
    }

    #[test]
    fn a_refused_address_is_shown_without_its_password() {
        for url in [
            "postgres://me:s3cret@db",
            "postgres://me:s3cret@db/shop?sslmode=maybe",
            "postgres://me:s3cret/shop",
            "postgres:me:s3cret@db/shop",
            "mysql://me:s3cret@db/shop",
        ] {
            let wrong = read(&[("DATABASE_URL", url)]).unwrap_err();

            assert_eq!(wrong.name(), "DATABASE_URL");
            assert!(!wrong.to_string().contains("s3cret"), "{wrong}");
        }
    }

    #[test]
    fn addresses_that_are_no_file_are_refused() {
        for url in [
            "sqlite://",
            "sqlite::memory:",
            "sqlite://:memory:",
            "sqlite://file:q.db",
            "sqlite://data/",
            "sqlite://q.db?mode=rw",
            "sqlite://q.db?mode=ro&cache=shared",
            "sqlite://?mode=ro",
            "q.db",
        ] {
            let wrong = read(&[("DATABASE_URL", url)]).unwrap_err();
            assert_eq!(wrong.name(), "DATABASE_URL", "{url}");
        }
    }

    #[test]
    fn each_refused_value_is_blamed_by_name() {
        for variable in VARIABLES {
            let wrong = read(&[(variable.name, variable.refused)]).unwrap_err();

            assert_eq!(wrong.name(), variable.name);
            assert!(wrong.to_string().contains(variable.allowed), "{wrong}");
        }
    }
}
