//! What the environment may say about profiles.

use std::fmt;
use std::time::Duration;

use super::text::url;
use super::{Vars, Wrong, declared};

/// How profiles are sent.
#[derive(Clone, Debug)]
pub struct Profiles {
    /// Where they go; without it none are taken. `PYROSCOPE_SERVER_ADDRESS`.
    pub endpoint: Option<String>,
    /// Who sends them. `PYROSCOPE_BASIC_AUTH_USER` and `PYROSCOPE_BASIC_AUTH_PASSWORD`.
    pub basic_auth: Option<BasicAuth>,
    /// What one profile spans. `PYROSCOPE_UPLOAD_INTERVAL`.
    pub interval: Duration,
}

/// A name and a password; the latter is not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct BasicAuth {
    /// The name.
    pub user: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for BasicAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BasicAuth")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

impl Profiles {
    pub(super) fn from_vars(vars: &Vars<'_>) -> Result<Self, Wrong> {
        let endpoint = vars.parse(&declared::PYROSCOPE_ADDRESS, |text| {
            url(text).filter(|address| address.is_none() || cfg!(feature = "profiles"))
        })?;
        let user = vars.parse(&declared::PYROSCOPE_USER, |text| {
            printable(text).filter(|user| !user.contains(':'))
        })?;
        let password = vars.parse(&declared::PYROSCOPE_PASSWORD, printable)?;
        let half = match (user.is_empty(), password.is_empty()) {
            (true, false) => Some(&declared::PYROSCOPE_USER),
            (false, true) => Some(&declared::PYROSCOPE_PASSWORD),
            _ => None,
        };
        if let Some(missing) = half {
            return Err(Wrong::new(missing, ""));
        }
        Ok(Self {
            endpoint,
            basic_auth: (!user.is_empty()).then_some(BasicAuth { user, password }),
            interval: vars.parse(&declared::PYROSCOPE_INTERVAL, |text| {
                let seconds: u64 = text.strip_suffix('s')?.parse().ok()?;
                (1..=60)
                    .contains(&seconds)
                    .then(|| Duration::from_secs(seconds))
            })?,
        })
    }
}

fn printable(text: &str) -> Option<String> {
    (!text.contains(char::is_control)).then(|| text.to_owned())
}
