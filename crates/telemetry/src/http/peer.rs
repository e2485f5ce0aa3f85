//! Who sent a request, and whether what it says of itself counts.

use std::net::{IpAddr, SocketAddr};

use actix_web::dev::ServiceRequest;
use actix_web::http::header::{HeaderMap, HeaderName};
use actix_web::{HttpMessage, HttpRequest};
use ipnet::IpNet;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// The other end of the connection, and the client behind it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer {
    pub(super) address: Option<SocketAddr>,
    pub(super) client: Option<IpAddr>,
    pub(super) is_trusted: bool,
    pub(super) is_https: bool,
}

/// The address of the client, told to handlers by the middleware.
#[derive(Clone, Copy, Debug)]
struct ClientAddress(IpAddr);

/// The address of the client: the peer's, or what trusted proxies say in `X-Forwarded-For`.
pub fn client_address(request: &HttpRequest) -> Option<IpAddr> {
    request
        .extensions()
        .get::<ClientAddress>()
        .map(|client| client.0)
}

impl Peer {
    pub(super) fn of(request: &ServiceRequest, trusted: &[IpNet]) -> Self {
        let address = request.peer_addr();
        let is_trusted = address.is_some_and(|address| trusts(trusted, address.ip()));
        let client = address.map(|address| client(address.ip(), request.headers(), trusted));
        if let Some(client) = client {
            request.extensions_mut().insert(ClientAddress(client));
        }
        let forwarded = request.headers().get(X_FORWARDED_PROTO);
        let is_https = is_trusted
            && forwarded.is_some_and(|scheme| scheme.as_bytes().eq_ignore_ascii_case(b"https"));
        Self {
            address,
            client,
            is_trusted,
            is_https,
        }
    }
}

fn trusts(trusted: &[IpNet], address: IpAddr) -> bool {
    let address = address.to_canonical();
    trusted.iter().any(|block| block.contains(&address))
}

/// Walks the list of proxies from the nearest: the first that is not trusted is the client. An entry
/// that is no address ends the walk, because nobody vouches for what is left of it.
fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let mut nearest = peer.to_canonical();
    let lists: Vec<&str> = headers
        .get_all(X_FORWARDED_FOR)
        .filter_map(|list| list.to_str().ok())
        .collect();
    for entry in lists.iter().rev().flat_map(|list| list.rsplit(',')) {
        if !trusts(trusted, nearest) {
            break;
        }
        let Ok(next) = entry.trim().parse::<IpAddr>() else {
            break;
        };
        nearest = next.to_canonical();
    }
    nearest
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

    fn client(peer: &str, forwarded: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for list in forwarded {
            headers.append(
                HeaderName::from_static("x-forwarded-for"),
                HeaderValue::from_str(list).unwrap(),
            );
        }
        let trusted = [
            "127.0.0.0/8".parse().unwrap(),
            "10.0.0.0/8".parse().unwrap(),
        ];
        super::client(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn a_trusted_chain_names_the_client() {
        assert_eq!(
            client("127.0.0.1", &["203.0.113.9, 10.1.1.1"]),
            "203.0.113.9"
        );
        assert_eq!(
            client("127.0.0.1", &["203.0.113.9", "10.1.1.1"]),
            "203.0.113.9"
        );
        assert_eq!(client("::ffff:127.0.0.1", &["203.0.113.9"]), "203.0.113.9");
    }

    #[test]
    fn what_a_stranger_says_does_not_count() {
        assert_eq!(client("203.0.113.1", &["198.51.100.7"]), "203.0.113.1");
        assert_eq!(
            client("127.0.0.1", &["198.51.100.7, 203.0.113.9"]),
            "203.0.113.9"
        );
        assert_eq!(
            client("127.0.0.1", &["198.51.100.7, nonsense, 10.1.1.1"]),
            "10.1.1.1"
        );
    }
}
