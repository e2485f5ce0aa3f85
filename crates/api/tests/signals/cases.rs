//! Requests of every outcome.

use crate::case::{Act, Case};

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
