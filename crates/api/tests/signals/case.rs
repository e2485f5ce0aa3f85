//! One request, from the client that makes it to what it has to leave behind.

use testbed::http::{Connection, Error, Response, compose};

use crate::world::World;

/// The bound on bodies that the cases are made for.
pub(crate) const MAX_BODY_BYTES: &str = "1024";

/// How long a request takes that is hung up on and goes on, and one that is not to get that far.
const SHORT_MS: u64 = 300;
const LONG_MS: u64 = 10_000;

/// One request and its expected traces.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    /// Also its request id.
    pub(crate) name: &'static str,
    /// What the client does.
    pub(crate) act: Act,
    /// The method and path it asks for.
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) body: &'static str,
    /// The route it is counted under.
    pub(crate) route: &'static str,
    /// The status it is answered with; none if there is nobody left to answer to.
    pub(crate) status: Option<u16>,
    /// Empty where nothing failed on our side.
    pub(crate) error_type: &'static str,
    /// What the handler logs on its way.
    pub(crate) says: &'static str,
}

/// What a client does with its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// Waits for the answer.
    Wait,
    /// Ends its side while the request is served, and waits.
    HalfClose,
    /// Closes while the request is served.
    Close,
    /// Resets while the request is served.
    Reset,
    /// Announces a body, sends a part of it, and ends its side.
    HalfCloseInBody,
    /// Announces a body, sends a part of it, and resets.
    ResetInBody,
}

impl Case {
    /// The method as label and attribute.
    pub(crate) fn known_method(&self) -> &'static str {
        match self.method {
            "BREW" => "_OTHER",
            method => method,
        }
    }

    /// The name of its span, with which the message of its access line begins.
    pub(crate) fn span_name(&self) -> String {
        let verb = match self.known_method() {
            "_OTHER" => "HTTP",
            method => method,
        };
        format!("{verb} {}", self.route).trim_end().to_owned()
    }

    /// Does what the client does; `None` where it waits for no answer.
    pub(crate) fn act(&self, world: &World) -> Option<Response> {
        let bytes = self.bytes(world);
        let mut connection = Connection::open(world.api.public).unwrap();
        if self.act == Act::Wait {
            return Some(self.answer(connection.request(&bytes)));
        }
        let waits_in_handler = !matches!(self.act, Act::HalfCloseInBody | Act::ResetInBody);
        if waits_in_handler {
            let long = self.act == Act::Reset;
            world
                .api
                .inflict("latency", if long { LONG_MS } else { SHORT_MS });
        }
        connection.write(&bytes).unwrap();
        world.wait_until_active();
        if waits_in_handler {
            world.api.relieve("latency");
        }
        match self.act {
            Act::Close => connection.close(),
            Act::Reset | Act::ResetInBody => connection.reset().unwrap(),
            Act::Wait | Act::HalfClose | Act::HalfCloseInBody => {
                connection.half_close().unwrap();
                return Some(self.answer(connection.read()));
            }
        }
        None
    }

    fn bytes(&self, world: &World) -> Vec<u8> {
        let length = match self.act {
            Act::HalfCloseInBody | Act::ResetInBody => self.body.len() + 1,
            _ => self.body.len(),
        };
        let length = length.to_string();
        let mut headers = vec![("X-Request-Id", self.name)];
        if !self.body.is_empty() {
            headers.push(("Content-Type", "application/json"));
            headers.push(("Content-Length", &length));
        }
        let body = self.body.as_bytes();
        compose(world.api.public, self.method, self.path, &headers, body)
    }

    fn answer(&self, answer: Result<Response, Error>) -> Response {
        answer.unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }
}
