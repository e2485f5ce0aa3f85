//! What the environment may say about the database.

use std::path::PathBuf;
use std::time::Duration;

use telemetry::settings::{Variable, Vars, Wrong, whole};

const URL: Variable = Variable {
    name: "DATABASE_URL",
    default: "sqlite://data/quartet.db",
    allowed: "sqlite://PATH, with ?mode=rwc (read, write, create; the default) or ?mode=ro (read only) behind it",
    refused: "postgres://localhost/quartet",
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
pub const VARIABLES: &[Variable] = &[URL, SLOW_QUERY, MAX_MIB];

/// Which database, and within which bounds; read once at start.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The file. `DATABASE_URL`.
    pub path: PathBuf,
    /// What may be done to it. `DATABASE_URL`.
    pub mode: Mode,
    /// Calls that take longer are logged. `QUARTET_SLOW_QUERY_MS`.
    pub slow: Duration,
    /// How large the file may grow, in pages of 4 KiB. `QUARTET_DATABASE_MAX_MIB`.
    pub max_pages: u64,
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
        let (path, mode) = vars.parse(&URL, file)?;
        Ok(Self {
            path,
            mode,
            slow: Duration::from_millis(vars.parse(&SLOW_QUERY, whole(1..=60_000))?),
            max_pages: vars.parse(&MAX_MIB, whole(1..=1_048_576))? * PAGES_PER_MIB,
        })
    }
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
    use std::path::Path;
    use std::time::Duration;

    use telemetry::settings::{Vars, Wrong};

    use super::{Mode, Settings, VARIABLES};

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

        assert_eq!(settings.path, Path::new("data/quartet.db"));
        assert_eq!(settings.mode, Mode::ReadWriteCreate);
        assert_eq!(settings.slow, Duration::from_millis(100));
        assert_eq!(settings.max_pages, 10_240 * 256);
    }

    #[test]
    fn the_address_names_file_and_mode() {
        let url =
            |url| read(&[("DATABASE_URL", url)]).map(|settings| (settings.path, settings.mode));

        let ro = url("sqlite:///var/lib/q.db?mode=ro").unwrap();
        let rwc = url("sqlite://q.db?mode=rwc").unwrap();

        assert_eq!(ro, ("/var/lib/q.db".into(), Mode::ReadOnly));
        assert_eq!(rwc, ("q.db".into(), Mode::ReadWriteCreate));
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
