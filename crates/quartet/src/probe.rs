//! Asks a part whether it is ready.

use std::time::Duration;

use ureq::Agent;

/// What a part says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Readiness {
    Ready,
    /// Its own words for it.
    NotReady(String),
    NoAnswer,
}

/// How much of an answer is worth showing, in characters.
const WORDS: usize = 200;

impl Readiness {
    /// The word for a table.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Ready => "yes",
            Self::NotReady(_) => "no",
            Self::NoAnswer => "no answer",
        }
    }
}

/// Asks the URL by which a part says that it is ready.
pub(crate) fn readiness(url: &str) -> Readiness {
    let Ok(mut answer) = agent(Duration::from_secs(1)).get(url).call() else {
        return Readiness::NoAnswer;
    };
    if answer.status() == 200 {
        return Readiness::Ready;
    }
    let body = answer.body_mut().read_to_string().unwrap_or_default();
    let shown = body.chars().filter(|letter| !letter.is_control());
    let words: String = shown.take(WORDS).collect();
    Readiness::NotReady(format!("{} {words}", answer.status().as_u16()))
}

/// A client of the parts, whose every answer comes within `patience`; a status is no error.
pub(crate) fn agent(patience: Duration) -> Agent {
    Agent::config_builder()
        .timeout_global(Some(patience))
        .http_status_as_error(false)
        // A proxy from the environment has no business with loopback.
        .proxy(None)
        .build()
        .into()
}
