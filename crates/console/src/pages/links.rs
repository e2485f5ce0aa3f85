//! The ways from one signal to another.

use super::address::Address;
use super::range::Range;

/// The family that every request is counted in.
pub const REQUESTS: &str = "http_server_request_duration_seconds";

/// The family of what is done with messages.
const MESSAGES: &str = "messaging_process_duration_seconds";
/// The family of calls to databases.
const DATABASE: &str = "db_client_operation_duration_seconds";

/// One trace.
pub fn trace(trace_id: &str) -> Address {
    Address::new(format!("/traces/{trace_id}"))
}

/// One span of a trace, opened.
pub fn span(trace_id: &str, span_id: Option<&str>) -> Address {
    trace(trace_id).with("span", span_id.unwrap_or_default())
}

/// Traces of a service, and of one of its routes.
pub fn traces(service: &str, route: &str) -> Address {
    Address::new("/traces")
        .with("service", service)
        .with("route", route)
}

/// All lines of a request, of every service.
pub fn logs_of_trace(trace_id: &str) -> Address {
    Address::new("/logs").with("trace", trace_id)
}

/// The lines of one span.
pub fn logs_of_span(trace_id: &str, span_id: &str) -> Address {
    logs_of_trace(trace_id).with("span", span_id)
}

/// The lines of a service.
pub fn logs(service: &str) -> Address {
    Address::new("/logs").with("service", service)
}

/// How long the requests of a route took, with dots that are requests. Operations of messages are in lower case,
/// methods in capitals; an empty route is that of requests that no route matched.
pub fn metric_of_route(service: &str, method: &str, route: &str) -> Address {
    let is_message = method.starts_with(|letter: char| letter.is_ascii_lowercase());
    let (name, labels) = match is_message {
        true => (
            MESSAGES,
            ["messaging_destination_name", "messaging_operation_name"],
        ),
        false => (REQUESTS, ["http_route", "http_request_method"]),
    };
    let address = family(name).with("service", service);
    let address = address.and("label", format!("{}={route}", labels[0]));
    labelled(address, labels[1], method)
}

/// How long the requests that reach a service take.
pub fn metric_of_calls(to: &str) -> Address {
    family(REQUESTS).with("service", to)
}

/// How long the calls of a service to a database take.
pub fn metric_of_database(from: &str) -> Address {
    family(DATABASE).with("service", from)
}

/// A family.
pub fn family(name: &str) -> Address {
    Address::new("/metrics").with("family", name)
}

/// A family, of those series that have a label.
pub fn labelled(address: Address, name: &str, value: &str) -> Address {
    if value.is_empty() {
        return address;
    }
    address.and("label", format!("{name}={value}"))
}

/// The flame graph of a service.
pub fn profile(service: &str, range: &Range) -> Address {
    range.said_in(Address::new("/profiles").with("service", service))
}

/// The flame graph of one span, and the way back to it.
pub fn profile_of_span(service: &str, trace_id: &str, span_id: &str) -> Address {
    Address::new("/profiles")
        .with("service", service)
        .with("span", span_id)
        .with("trace", trace_id)
}
