//! Requests of every outcome, and what each has to leave behind.

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

const GET: Case = Case {
    name: "",
    act: Act::Wait,
    method: "GET",
    path: "/",
    body: "",
    route: "/",
    status: Some(200),
    error_type: "",
    says: "",
};

const ITEMS: Case = Case {
    path: "/api/items",
    route: "/api/items",
    ..GET
};

const ITEM: Case = Case {
    route: "/api/items/{id}",
    ..GET
};

const POST_ITEM: Case = Case {
    method: "POST",
    ..ITEMS
};

const ORDER: Case = Case {
    method: "POST",
    path: "/api/orders",
    route: "/api/orders",
    ..GET
};

const CANCEL: Case = Case {
    method: "DELETE",
    path: "/api/orders/1",
    route: "/api/orders/{id}",
    ..GET
};

/// In an order that gives each what it needs from those before it, on an empty database.
pub(crate) const CASES: &[Case] = &[
    Case {
        name: "welcome",
        ..GET
    },
    Case {
        name: "empty-list",
        ..ITEMS
    },
    Case {
        name: "created",
        body: r#"{"name":"Violin","stock":1}"#,
        status: Some(201),
        says: "created item 1",
        ..POST_ITEM
    },
    Case {
        name: "found",
        path: "/api/items/1",
        ..ITEM
    },
    Case {
        name: "head",
        method: "HEAD",
        path: "/api/items/1",
        ..ITEM
    },
    Case {
        name: "replaced",
        method: "PUT",
        path: "/api/items/1",
        body: r#"{"name":"Viola","price_cents":5,"stock":1}"#,
        ..ITEM
    },
    Case {
        name: "not-found",
        path: "/api/items/999",
        status: Some(404),
        ..ITEM
    },
    Case {
        name: "no-number",
        path: "/api/items/x",
        status: Some(400),
        ..ITEM
    },
    Case {
        name: "unmatched",
        path: "/wp-login.php?x=%22",
        route: "",
        status: Some(404),
        ..GET
    },
    Case {
        name: "wrong-method",
        method: "PUT",
        status: Some(405),
        ..ITEMS
    },
    Case {
        name: "unknown-method",
        method: "BREW",
        status: Some(405),
        ..ITEMS
    },
    Case {
        name: "unmatched-unknown-method",
        method: "BREW",
        path: "/nowhere",
        route: "",
        status: Some(404),
        ..GET
    },
    Case {
        name: "out-of-stock",
        body: r#"{"lines":[{"item_id":1,"quantity":2}]}"#,
        status: Some(409),
        says: "item 1 is out of stock",
        ..ORDER
    },
    Case {
        name: "ordered",
        body: r#"{"lines":[{"item_id":1,"quantity":1}]}"#,
        status: Some(201),
        says: "accepted order 1",
        ..ORDER
    },
    Case {
        name: "cancelled",
        status: Some(204),
        ..CANCEL
    },
    Case {
        name: "cancelled-twice",
        status: Some(409),
        ..CANCEL
    },
    Case {
        name: "removed",
        method: "DELETE",
        path: "/api/items/1",
        status: Some(204),
        says: "removed item 1",
        ..ITEM
    },
    Case {
        name: "broken-json",
        body: "{",
        status: Some(400),
        ..POST_ITEM
    },
    Case {
        name: "wrong-field",
        body: r#"{"name":7}"#,
        status: Some(422),
        ..POST_ITEM
    },
    Case {
        name: "too-large",
        body: TOO_LARGE,
        status: Some(413),
        ..POST_ITEM
    },
    Case {
        name: "server-error",
        path: "/api/server-error",
        route: "/api/server-error",
        status: Some(500),
        error_type: "500",
        says: "failing on purpose",
        ..GET
    },
    Case {
        name: "panic",
        path: "/api/exception",
        route: "/api/exception",
        status: Some(500),
        error_type: "panic",
        says: "panicked",
        ..GET
    },
    Case {
        name: "half-close",
        act: Act::HalfClose,
        ..ITEMS
    },
    Case {
        name: "close",
        act: Act::Close,
        ..ITEMS
    },
    Case {
        name: "reset",
        act: Act::Reset,
        status: None,
        error_type: "client_disconnected",
        ..ITEMS
    },
    Case {
        name: "half-close-in-body",
        act: Act::HalfCloseInBody,
        body: r#"{"name":"V"#,
        status: Some(400),
        ..POST_ITEM
    },
    Case {
        name: "reset-in-body",
        act: Act::ResetInBody,
        body: r#"{"name":"V"#,
        status: None,
        error_type: "client_disconnected",
        ..POST_ITEM
    },
];

const TOO_LARGE: &str = match std::str::from_utf8(&[b' '; 2048]) {
    Ok(text) => text,
    Err(_) => "",
};

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
            world.inflict("latency", if long { LONG_MS } else { SHORT_MS });
        }
        connection.write(&bytes).unwrap();
        world.wait_until_active();
        if waits_in_handler {
            world.relieve("latency");
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
