//! One client's connection to the api, opened again whenever it broke.

use std::net::SocketAddr;
use std::time::Duration;

use testbed::http::{Connection, Response};

/// Longer than any answer may take, whatever is down.
const PATIENCE: Duration = Duration::from_secs(8);

/// What became of a request.
pub(crate) enum Reply {
    Answer(Response),
    /// Nobody listens, so it was not sent.
    NotSent,
    /// It was sent, and what became of it nobody says.
    Broken,
}

/// A client's connection.
pub(crate) struct Exchange {
    api: SocketAddr,
    connection: Option<Connection>,
}

impl Exchange {
    pub(crate) fn new(api: SocketAddr) -> Self {
        Self {
            api,
            connection: None,
        }
    }

    pub(crate) fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Reply {
        let opened = match self.connection.take() {
            Some(connection) => Ok(connection),
            None => Connection::open(self.api).map(|connection| connection.patience(PATIENCE)),
        };
        let Ok(mut connection) = opened else {
            return Reply::NotSent;
        };
        match connection.send(method, path, headers, body.as_bytes()) {
            Ok(answer) => {
                if answer.header("connection") != Some("close") {
                    self.connection = Some(connection);
                }
                Reply::Answer(answer)
            }
            Err(_) => Reply::Broken,
        }
    }
}
