//! Pages of the web can make a browser send to loopback; senders of telemetry are no browsers.

use actix_web::HttpRequest;
use actix_web::http::header;

/// Why a request is not from a sender of telemetry; none if it may be.
pub(crate) fn objection(request: &HttpRequest) -> Option<&'static str> {
    let headers = request.headers();
    if headers.contains_key(header::ORIGIN) {
        return Some("pages of the web may not send here");
    }
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    match host {
        Some(host) if !is_address_or_local(host) => Some("this host is not served here"),
        _ => None,
    }
}

/// A name that somebody else's DNS answers for is how a page reaches loopback under its own origin.
fn is_address_or_local(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    // A name without a dot is one of this machine or of its container network.
    bare.parse::<std::net::IpAddr>().is_ok() || !name.contains('.')
}

#[cfg(test)]
mod tests {
    use super::is_address_or_local;

    #[test]
    fn names_of_the_web_are_not_served() {
        for served in ["127.0.0.1:4318", "[::1]:4318", "localhost", "console:4318"] {
            assert!(is_address_or_local(served), "{served}");
        }
        for refused in ["evil.example", "evil.example:4318", "127.0.0.1.nip.io"] {
            assert!(!is_address_or_local(refused), "{refused}");
        }
    }
}
