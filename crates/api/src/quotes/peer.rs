//! The address of a service that is called.

use http::Uri;

/// Another service of ours, by its `http://` address; there for as long as the process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// What requests are sent to, such as `http://127.0.0.1:8010`.
    base: &'static str,
    /// The host alone.
    pub(super) host: &'static str,
    /// The port, 80 if none is named.
    pub(super) port: u16,
}

impl Peer {
    /// Takes an `http://` address with a host, perhaps a port, and nothing else. Keeps its text for good, so it is
    /// for settings.
    pub fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let authority = uri.authority()?;
        let is_bare = uri.path() == "/" && uri.query().is_none() && !text.contains(['#', '@']);
        if uri.scheme_str() != Some("http") || !is_bare || authority.host().is_empty() {
            return None;
        }
        let port = match authority.as_str().strip_prefix(authority.host())? {
            "" => 80,
            port => port.strip_prefix(':')?.parse().ok()?,
        };
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        Some(Self {
            base: format!("http://{authority}").leak(),
            host: host.leak(),
            port,
        })
    }

    /// Where `path` of it is.
    pub(super) fn uri(&self, path: &str) -> Uri {
        // The base is known to be an address.
        format!("{}{path}", self.base).parse().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Peer;

    #[test]
    fn an_address_is_taken_apart() {
        for (text, base, host, port) in [
            (
                "http://127.0.0.1:8010",
                "http://127.0.0.1:8010",
                "127.0.0.1",
                8010,
            ),
            (
                "http://fulfilment:80/",
                "http://fulfilment:80",
                "fulfilment",
                80,
            ),
            ("http://fulfilment", "http://fulfilment", "fulfilment", 80),
            ("http://[::1]:8010", "http://[::1]:8010", "::1", 8010),
        ] {
            let peer = Peer::parse(text).unwrap();
            assert_eq!((peer.base, peer.host, peer.port), (base, host, port));
            assert_eq!(peer.uri("/quotes").to_string(), format!("{base}/quotes"));
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "fulfilment",
            "127.0.0.1:8010",
            "https://fulfilment",
            "http://",
            "http://:8010",
            "http://fulfilment:",
            "http://fulfilment:99999",
            "http://fulfilment:eighty",
            "http://user:secret@fulfilment",
            "http://fulfilment/quotes",
            "http://fulfilment?x=1",
            "http://fulfilment#x",
            "http://two words",
        ] {
            assert_eq!(Peer::parse(text), None, "{text}");
        }
    }
}
