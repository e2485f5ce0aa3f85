//! The ways from one signal to another.

use super::address::Address;
use super::range::Range;

/// The family that every request is counted in.
pub const REQUESTS: &str = "http_server_request_duration_seconds";

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

/// How long the requests of a route took, with dots that are requests.
pub fn metric_of_route(service: &str, method: &str, route: &str) -> Address {
    let address = family(REQUESTS).with("service", service);
    let address = labelled(address, "http_route", route);
    labelled(address, "http_request_method", method)
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
