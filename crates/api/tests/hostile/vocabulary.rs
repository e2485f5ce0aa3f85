//! All that may stand where we choose the words.

/// The methods of the conventions, and the name of all others.
pub(crate) const METHODS: [&str; 10] = [
    "CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE", "_OTHER",
];

/// The URL map; empty for what it does not hold.
pub(crate) const ROUTES: [&str; 18] = [
    "",
    "/",
    "/health",
    "/openapi.json",
    "/docs",
    "/docs/{_:.*}",
    "/api/items",
    "/api/items/{id}",
    "/api/orders",
    "/api/orders/{id}",
    "/api/orders/{id}/events",
    "/api/slow",
    "/api/very-slow",
    "/api/cpu",
    "/api/bad-request",
    "/api/server-error",
    "/api/exception",
    "/api/random",
];

/// What any endpoint but those that misbehave on purpose can end with.
pub(crate) const ERROR_TYPES: [&str; 2] = ["", "client_disconnected"];

/// What an order can come to that is not given to the queue.
pub(crate) const UNSENT: [&str; 5] = [
    "no_such_item",
    "out_of_stock",
    "rejected",
    "claim_lost",
    "cancelled",
];

pub(crate) const SCHEMES: [&str; 2] = ["http", "https"];

/// The queries of the endpoints under attack.
pub(crate) const QUERIES: [&str; 6] = [
    "SELECT items",
    "INSERT items",
    "DELETE items",
    "INSERT orders",
    "INSERT idempotency_keys",
    "DELETE idempotency_keys",
];

/// The name of a SERVER span.
pub(crate) fn span_name(method: &str, route: &str) -> String {
    let verb = if method == "_OTHER" { "HTTP" } else { method };
    format!("{verb} {route}").trim_end().to_owned()
}
