//! What a request is called: from the URL map and a closed list of methods, never from its raw text.

use std::collections::HashMap;
use std::sync::LazyLock;

use actix_web::dev::ServiceRequest;
use parking_lot::RwLock;

/// The methods that the conventions know; others are `_OTHER`.
const METHODS: [&str; 9] = [
    "CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE",
];
pub(super) const OTHER: &str = "_OTHER";

/// A method and a route pattern.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Route {
    pub(super) method: &'static str,
    /// Empty for a URL that no route matches, so that scanners cannot mint series.
    pub(super) pattern: &'static str,
    /// `{method} {route}`; the conventions write `HTTP` for an unknown method.
    pub(super) span_name: &'static str,
}

type Known = HashMap<&'static str, HashMap<String, &'static Route>>;

// Leaked once each: there are no more of them than methods times routes of the service.
static KNOWN: LazyLock<RwLock<Known>> = LazyLock::new(RwLock::default);

impl Route {
    pub(super) fn of(request: &ServiceRequest) -> &'static Self {
        let method = method(request.method().as_str());
        let pattern = request.match_pattern().unwrap_or_default();
        if let Some(route) = KNOWN
            .read()
            .get(method)
            .and_then(|routes| routes.get(&pattern))
        {
            return route;
        }
        KNOWN
            .write()
            .entry(method)
            .or_default()
            .entry(pattern)
            .or_insert_with_key(|pattern| Self::leaked(method, pattern))
    }

    fn leaked(method: &'static str, pattern: &str) -> &'static Self {
        let pattern: &'static str = String::leak(pattern.to_owned());
        let verb = if method == OTHER { "HTTP" } else { method };
        let span_name = match pattern {
            "" => verb.to_owned(),
            pattern => format!("{verb} {pattern}"),
        };
        Box::leak(Box::new(Self {
            method,
            pattern,
            span_name: String::leak(span_name),
        }))
    }
}

fn method(name: &str) -> &'static str {
    METHODS
        .iter()
        .find(|method| **method == name)
        .copied()
        .unwrap_or(OTHER)
}
