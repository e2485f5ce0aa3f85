//! What line and span repeat of a request's head, cut and cleaned.

use std::net::IpAddr;

use actix_web::dev::ServiceRequest;
use actix_web::http::header::{self, HeaderValue};
use actix_web::http::uri::Authority;
use actix_web::http::{Method, Uri, Version};
use opentelemetry::{KeyValue, StringValue};
use opentelemetry_semantic_conventions::attribute;

use super::peer::Peer;
use super::route::{self, OTHER, Route};
use crate::digits;
use crate::logs::{Line, MAX_VALUE_BYTES};

/// Parameters whose values are not repeated: the conventions' own list, and the usual names of secrets.
const SECRETS: [&str; 15] = [
    "access_token",
    "api_key",
    "apikey",
    "authorization",
    "awsaccesskeyid",
    "client_secret",
    "code",
    "id_token",
    "passwd",
    "password",
    "refresh_token",
    "secret",
    "sig",
    "signature",
    "token",
];

/// How many attributes a span has, or a few more.
pub(super) const ATTRIBUTES: usize = 16;

/// A request's head for when its end is reported; its parts are shared with the request, not copied.
#[derive(Clone, Debug)]
pub(super) struct Head {
    /// One of the known, or `_OTHER`.
    pub(super) method: &'static str,
    method_original: Method,
    uri: Uri,
    version: Version,
    host: Option<HeaderValue>,
    agent: Option<HeaderValue>,
}

impl Head {
    pub(super) fn of(request: &ServiceRequest) -> Self {
        let headers = request.headers();
        Self {
            method: route::method(request.method().as_str()),
            method_original: request.method().clone(),
            uri: request.uri().clone(),
            version: request.version(),
            host: headers.get(header::HOST).cloned(),
            agent: headers.get(header::USER_AGENT).cloned(),
        }
    }

    pub(super) fn path(&self) -> &str {
        self.uri.path()
    }

    /// Appends the fields of the access line that come from the request.
    pub(super) fn write(&self, line: &mut Line, route: &Route, peer: &Peer) {
        line.plain("http.request.method", route.method);
        if route.method == OTHER {
            line.text(
                "http.request.method_original",
                self.method_original.as_str(),
            );
        }
        if !route.pattern.is_empty() {
            line.text("http.route", route.pattern);
        }
        line.text("url.path", self.uri.path());
        if let Some(query) = self.uri.query() {
            line.text("url.query", &without_secrets(query));
        }
        if let Some(client) = peer.client {
            line.address("client.address", client);
        }
        if let Some(agent) = &self.agent {
            line.text(
                "user_agent.original",
                &String::from_utf8_lossy(agent.as_bytes()),
            );
        }
    }

    /// The attributes of the span that come from the request.
    pub(super) fn attributes(&self, route: &Route, peer: &Peer, request_id: &str) -> Vec<KeyValue> {
        let mut attributes = Vec::with_capacity(ATTRIBUTES);
        attributes.push(KeyValue::new(attribute::HTTP_REQUEST_METHOD, route.method));
        if route.method == OTHER {
            attributes.push(text(
                attribute::HTTP_REQUEST_METHOD_ORIGINAL,
                self.method_original.as_str(),
            ));
        }
        if !route.pattern.is_empty() {
            attributes.push(KeyValue::new(attribute::HTTP_ROUTE, route.pattern));
        }
        attributes.push(KeyValue::new(attribute::URL_SCHEME, scheme(peer)));
        attributes.push(text(attribute::URL_PATH, self.uri.path()));
        if let Some(query) = self.uri.query() {
            attributes.push(text(attribute::URL_QUERY, &without_secrets(query)));
        }
        attributes.push(KeyValue::new(
            attribute::NETWORK_PROTOCOL_VERSION,
            version(self.version),
        ));
        if let Some(client) = peer.client {
            attributes.push(address(attribute::CLIENT_ADDRESS, client));
        }
        if let Some(peer) = peer.address {
            attributes.push(address(attribute::NETWORK_PEER_ADDRESS, peer.ip()));
            attributes.push(KeyValue::new(
                attribute::NETWORK_PEER_PORT,
                i64::from(peer.port()),
            ));
        }
        attributes.extend(server(self.host.as_ref()));
        if let Some(agent) = &self.agent {
            attributes.push(text(
                attribute::USER_AGENT_ORIGINAL,
                &String::from_utf8_lossy(agent.as_bytes()),
            ));
        }
        attributes.push(text("request.id", request_id));
        attributes
    }
}

/// `https` only where a trusted proxy says so: the service itself speaks plain HTTP.
pub(super) fn scheme(peer: &Peer) -> &'static str {
    if peer.is_https { "https" } else { "http" }
}

fn version(version: Version) -> &'static str {
    match version {
        Version::HTTP_09 => "0.9",
        Version::HTTP_10 => "1.0",
        Version::HTTP_2 => "2",
        Version::HTTP_3 => "3",
        _ => "1.1",
    }
}

fn server(host: Option<&HeaderValue>) -> impl Iterator<Item = KeyValue> {
    let authority = host.and_then(|host| host.to_str().ok()?.parse::<Authority>().ok());
    let name = authority
        .as_ref()
        .map(|authority| text(attribute::SERVER_ADDRESS, authority.host()));
    let port = authority
        .as_ref()
        .and_then(|authority| authority.port_u16())
        .map(|port| KeyValue::new(attribute::SERVER_PORT, i64::from(port)));
    name.into_iter().chain(port)
}

/// The same limit as on a line: 8 kB of path in each of 2,048 waiting spans would be much memory.
fn text(key: &'static str, value: &str) -> KeyValue {
    let value = &value[..value.floor_char_boundary(MAX_VALUE_BYTES)];
    KeyValue::new(key, StringValue::from(value.to_owned()))
}

fn address(key: &'static str, address: IpAddr) -> KeyValue {
    let mut text = String::with_capacity("255.255.255.255".len());
    digits::push_address(&mut text, address);
    KeyValue::new(key, StringValue::from(text))
}

fn without_secrets(query: &str) -> String {
    let parts = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, _)) if is_secret(name) => format!("{name}=REDACTED"),
        _ => pair.to_owned(),
    });
    parts.collect::<Vec<_>>().join("&")
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    // A percent sign could spell any name in another way.
    name.contains('%') || name.ends_with("signature") || SECRETS.contains(&name.as_str())
}

#[cfg(test)]
mod tests {
    use super::without_secrets;

    #[test]
    fn secrets_of_a_query_are_not_repeated() {
        let query = "limit=5&token=abc&X-Goog-Signature=1&tok%65n=abc&flag&Password=a=b";

        let shown = without_secrets(query);

        let expected = "limit=5&token=REDACTED&X-Goog-Signature=REDACTED&tok%65n=REDACTED&flag&Password=REDACTED";
        assert_eq!(shown, expected);
    }
}
