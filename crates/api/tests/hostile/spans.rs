//! What a span may hold, whatever was sent.

use proptest::prelude::{TestCaseError, prop_assert, prop_assert_eq};
use wire::otlp::{Kind, Span, Value};

use crate::vocabulary::{METHODS, QUERIES, ROUTES, span_name};
use crate::world::World;

const SERVER: [&str; 17] = [
    "http.request.method",
    "http.request.method_original",
    "http.route",
    "http.response.status_code",
    "http.response.body.size",
    "url.scheme",
    "url.path",
    "url.query",
    "network.protocol.version",
    "client.address",
    "network.peer.address",
    "network.peer.port",
    "server.address",
    "server.port",
    "user_agent.original",
    "request.id",
    "error.type",
];

const CLIENT: [&str; 7] = [
    "db.system.name",
    "db.namespace",
    "db.operation.name",
    "db.collection.name",
    "db.query.summary",
    "peer.service",
    "error.type",
];

const PRODUCER: [&str; 6] = [
    "messaging.system",
    "messaging.destination.name",
    "messaging.operation.name",
    "messaging.operation.type",
    "messaging.message.id",
    "error.type",
];

const LONGEST_VALUE: usize = 1024;
/// W3C Trace Context: 32 members, of which each has a key and a value of 256 characters at most.
const LONGEST_TRACE_STATE: usize = 32 * (256 + 1 + 256 + 1);

/// Waits for what the attacks have left, and checks it.
pub(crate) fn check(world: &World) -> Result<(), TestCaseError> {
    let last = world.last_probe();
    let spans = world
        .sink
        .wait_for_spans(&format!("the span of {last}"), |spans| {
            spans
                .iter()
                .any(|span| span.text("request.id") == Some(&last))
        });
    world.sink.clear();
    for span in &spans {
        let outcome = match span.kind {
            Kind::Server => check_server(world, span),
            Kind::Producer => check_producer(span),
            _ => check_client(span),
        };
        outcome.map_err(|error| TestCaseError::fail(format!("{error}\nin {span:?}")))?;
    }
    Ok(())
}

fn check_server(world: &World, span: &Span) -> Result<(), TestCaseError> {
    let method = span.text("http.request.method").unwrap_or_default();
    let route = span.text("http.route").unwrap_or_default();
    prop_assert!(METHODS.contains(&method) && ROUTES.contains(&route));
    prop_assert_eq!(&span.name, &span_name(method, route));
    if !world.trusts {
        prop_assert_eq!(&span.parent_span_id, &None);
        prop_assert_eq!(&span.trace_state, "");
    }
    prop_assert!(span.links.len() <= 1);
    let states = span.links.iter().map(|link| link.trace_state.as_str());
    prop_assert!(states.collect::<String>().is_empty(), "a link with a state");
    check_any(span, &SERVER)
}

fn check_client(span: &Span) -> Result<(), TestCaseError> {
    prop_assert_eq!(span.kind, Kind::Client);
    prop_assert!(QUERIES.contains(&span.name.as_str()));
    check_any(span, &CLIENT)
}

fn check_producer(span: &Span) -> Result<(), TestCaseError> {
    prop_assert_eq!(span.name.as_str(), "send orders");
    prop_assert_eq!(&span.links, &[]);
    check_any(span, &PRODUCER)
}

fn check_any(span: &Span, keys: &[&str]) -> Result<(), TestCaseError> {
    prop_assert!(span.trace_state.len() <= LONGEST_TRACE_STATE);
    prop_assert_eq!(&span.events, &[]);
    prop_assert_eq!(span.service(), Some("api"));
    prop_assert!(span.repeated_attributes.is_empty());
    for (key, value) in &span.attributes {
        prop_assert!(keys.contains(&key.as_str()), "attribute {key:?}");
        let length = match value {
            Value::Text(text) => text.len(),
            Value::Integer(_) => 8,
            value => return Err(TestCaseError::fail(format!("{key} is {value:?}"))),
        };
        prop_assert!(length <= LONGEST_VALUE, "{key} has {length} bytes");
    }
    Ok(())
}
