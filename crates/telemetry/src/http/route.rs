//! What a request is called: from the URL map and a closed list of methods, never from its raw text.

use parking_lot::RwLock;

/// The methods that the conventions know; others are `_OTHER`.
const METHODS: [&str; 9] = [
    "GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "CONNECT", "TRACE",
];
pub(super) const OTHER: &str = "_OTHER";

/// A method and a route pattern.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Route {
    /// Its place among all routes of the process.
    pub(super) index: usize,
    pub(super) method: &'static str,
    /// Empty for a URL that no route matches, so that scanners cannot mint series.
    pub(super) pattern: &'static str,
    /// `{method} {route}`; the conventions write `HTTP` for an unknown method.
    pub(super) span_name: &'static str,
}

// Leaked once each: there are no more of them than methods times routes of the service.
static KNOWN: RwLock<Vec<&Route>> = RwLock::new(Vec::new());

impl Route {
    /// The one route of these. It looks through all of them: workers remember what they got.
    pub(super) fn of(method: &'static str, pattern: &str) -> &'static Self {
        let mut known = KNOWN.write();
        let is_it = |route: &&&Self| route.method == method && route.pattern == pattern;
        if let Some(route) = known.iter().find(is_it) {
            return route;
        }
        let route = Self::leaked(known.len(), method, pattern);
        known.push(route);
        route
    }

    fn leaked(index: usize, method: &'static str, pattern: &str) -> &'static Self {
        let span_name = match pattern {
            "" => verb(method).to_owned(),
            pattern => format!("{} {pattern}", verb(method)),
        };
        Box::leak(Box::new(Self {
            index,
            method,
            pattern: String::leak(pattern.to_owned()),
            span_name: String::leak(span_name),
        }))
    }
}

pub(super) fn method(name: &str) -> &'static str {
    METHODS
        .iter()
        .find(|method| **method == name)
        .copied()
        .unwrap_or(OTHER)
}

/// How the name of a span calls a method.
pub(super) fn verb(method: &'static str) -> &'static str {
    if method == OTHER { "HTTP" } else { method }
}
