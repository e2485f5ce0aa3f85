//! One store over HTTP: where it is, and what an answer is.

use std::fmt;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;
use serde_json::Value;
use ureq::http::Response;
use ureq::{Agent, Body};

use crate::probe::agent;

/// A store that takes longer is as good as none.
const PATIENCE: Duration = Duration::from_secs(15);
/// The largest answer that is read.
const MOST_BYTES: u64 = 32 << 20;
/// How much of a refusal is shown, in characters.
const REFUSAL_CHARS: usize = 200;

/// Why there is no answer to a question.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// Nothing listens there, or nothing came back in time.
    #[error("{url} does not answer: {reason}")]
    Silent { url: String, reason: String },
    /// It answered that it will not.
    #[error("{url} answered {status}: {said}")]
    Refused {
        url: String,
        status: u16,
        said: String,
    },
    /// It answered something else than its API promises.
    #[error("{url} answered nonsense: {reason}")]
    Nonsense { url: String, reason: String },
}

/// The answer; none where the store says that what was asked for is not there.
pub(crate) fn found<T>(answer: Result<T, Error>) -> Result<Option<T>, Error> {
    match answer {
        Err(Error::Refused { status: 404, .. }) => Ok(None),
        answer => answer.map(Some),
    }
}

/// Where a store is asked.
#[derive(Clone)]
pub(crate) struct Address {
    base: String,
    authorization: Option<String>,
    agent: Agent,
}

impl Address {
    /// A store that asks for no name.
    pub(crate) fn open(base: &str) -> Self {
        Self {
            base: base.trim_end_matches('/').to_owned(),
            authorization: None,
            agent: agent(PATIENCE),
        }
    }

    /// One behind a name and a password.
    pub(crate) fn guarded(base: &str, user: &str, password: &str) -> Self {
        let mut address = Self::open(base);
        let credentials = STANDARD.encode(format!("{user}:{password}"));
        address.authorization = Some(format!("Basic {credentials}"));
        address
    }

    /// One behind a token.
    pub(crate) fn bearer(base: &str, token: &str) -> Self {
        let mut address = Self::open(base);
        address.authorization = Some(format!("Bearer {token}"));
        address
    }

    /// The same, asked with less patience.
    pub(crate) fn within(&self, patience: Duration) -> Self {
        Self {
            agent: agent(patience),
            ..self.clone()
        }
    }

    /// The same, deeper.
    pub(crate) fn below(&self, path: &str) -> Self {
        Self {
            base: format!("{}{path}", self.base),
            ..self.clone()
        }
    }

    /// The address itself.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// A JSON answer.
    pub(crate) fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        arguments: &[(&str, String)],
    ) -> Result<T, Error> {
        let (url, mut answer) = self.asked(path, arguments, "application/json")?;
        self.json(url, &mut answer)
    }

    /// The bytes of an answer of another type.
    pub(crate) fn bytes(&self, path: &str, accept: &str) -> Result<Vec<u8>, Error> {
        let (url, mut answer) = self.asked(path, &[], accept)?;
        let body = answer.body_mut().with_config().limit(MOST_BYTES);
        body.read_to_vec().map_err(|error| Error::Silent {
            url,
            reason: error.to_string(),
        })
    }

    /// The text of an answer.
    pub(crate) fn text(&self, path: &str, accept: &str) -> Result<String, Error> {
        let (url, mut answer) = self.asked(path, &[], accept)?;
        self.read(url, &mut answer)
    }

    /// What the clock of whoever answers says, in seconds since 1970; none if the answer has no date.
    pub(crate) fn date(&self, path: &str) -> Result<Option<i64>, Error> {
        let (_, answer) = self.asked(path, &[], "*/*")?;
        let date = answer
            .headers()
            .get("date")
            .and_then(|value| value.to_str().ok());
        let time = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
        Ok(time.map(|time| time.timestamp().as_second()))
    }

    /// Sends JSON, and reads JSON.
    pub(crate) fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, Error> {
        let url = format!("{}{path}", self.base);
        let mut request = self
            .agent
            .post(&url)
            .header("content-type", "application/json");
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        let mut answer = accepted(&url, request.send(body.to_string()))?;
        self.json(url, &mut answer)
    }

    fn asked(
        &self,
        path: &str,
        arguments: &[(&str, String)],
        accept: &str,
    ) -> Result<(String, Response<Body>), Error> {
        let url = format!("{}{path}", self.base);
        let mut request = self.agent.get(&url).header("accept", accept);
        for (name, value) in arguments {
            request = request.query(name, value);
        }
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        let answer = accepted(&url, request.call())?;
        Ok((url, answer))
    }

    fn json<T: DeserializeOwned>(
        &self,
        url: String,
        answer: &mut Response<Body>,
    ) -> Result<T, Error> {
        let text = self.read(url.clone(), answer)?;
        serde_json::from_str(&text).map_err(|error| Error::Nonsense {
            url,
            reason: error.to_string(),
        })
    }

    fn read(&self, url: String, answer: &mut Response<Body>) -> Result<String, Error> {
        let body = answer.body_mut().with_config().limit(MOST_BYTES);
        body.read_to_string().map_err(|error| Error::Silent {
            url,
            reason: error.to_string(),
        })
    }
}

impl fmt::Debug for Address {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Address")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

fn accepted(
    url: &str,
    answer: Result<Response<Body>, ureq::Error>,
) -> Result<Response<Body>, Error> {
    let mut answer = answer.map_err(|error| Error::Silent {
        url: url.to_owned(),
        reason: error.to_string(),
    })?;
    if answer.status().is_success() {
        return Ok(answer);
    }
    let said = answer.body_mut().read_to_string().unwrap_or_default();
    let said = said.chars().filter(|letter| !letter.is_control());
    Err(Error::Refused {
        url: url.to_owned(),
        status: answer.status().as_u16(),
        said: said.take(REFUSAL_CHARS).collect(),
    })
}
