//! Hostile bytes, and the places of a request that they can be put into.

use std::fmt;

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any as anything, prop_oneof};
use proptest::sample::select;

/// Where in a request the bytes stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    RequestId,
    Traceparent,
    Tracestate,
    Path,
    ItemId,
    Query,
    Cursor,
    UserAgent,
    Method,
    Body,
    ItemName,
    Host,
    ForwardedFor,
    IdempotencyKey,
}

impl Place {
    pub(crate) const ALL: [Self; 14] = [
        Self::RequestId,
        Self::Traceparent,
        Self::Tracestate,
        Self::Path,
        Self::ItemId,
        Self::Query,
        Self::Cursor,
        Self::UserAgent,
        Self::Method,
        Self::Body,
        Self::ItemName,
        Self::Host,
        Self::ForwardedFor,
        Self::IdempotencyKey,
    ];
}

/// Bytes at a place.
#[derive(Clone)]
pub(crate) struct Attack {
    pub(crate) place: Place,
    pub(crate) bytes: Vec<u8>,
}

impl fmt::Debug for Attack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 300;
        let shown = &self.bytes[..self.bytes.len().min(SHOWN)];
        let length = self.bytes.len();
        write!(
            f,
            "{:?}: {length} bytes \"{}\"",
            self.place,
            shown.escape_ascii()
        )
    }
}

/// What readers of lines, heads, URLs, JSON and terminals might trip over.
const FRAGMENTS: [&[u8]; 40] = [
    b"\"",
    b"\\",
    b"'",
    b"=",
    b" ",
    b"\t",
    b"\n",
    b"\r",
    b"\r\n",
    b"\r\n\r\n",
    b"\0",
    b"\x1b[2J",
    b"\x7f",
    b"\x85",
    b"\xff\xfe",
    b"\xc3\x28",
    b"\xed\xa0\x80",
    b"\xe2\x80\xa8",
    b"\xe2\x80\xae",
    b"\xf0\x9f\x8e\xbb",
    b"%",
    b"%0a",
    b"%00",
    b"%ff",
    b"%22",
    b"/",
    b"..",
    b"?",
    b"#",
    b"&",
    b"{id}",
    b",",
    b"}",
    b"x",
    b" level=error msg=forged",
    b"\" service_name=other request_id=forged trace_id=0af7651916cd43dd8448eb211c80319c",
    b"\r\nX-Request-Id: second",
    b"\r\ntraceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    b" HTTP/1.1\r\nHost: localhost\r\n\r\nGET /api/items",
    b"token=abc&",
];

/// Any attack.
pub(crate) fn any() -> impl Strategy<Value = Attack> {
    // The one header whose value is repeated everywhere, if it is harmless.
    let place = prop_oneof![1 => Just(Place::RequestId), 5 => select(&Place::ALL[..])];
    (place, bytes()).prop_map(|(place, bytes)| Attack { place, bytes })
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let text = |pattern: &'static str| pattern.prop_map(String::into_bytes);
    prop_oneof![
        4 => vec(anything::<u8>(), 0..48),
        6 => vec(select(&FRAGMENTS[..]), 1..8).prop_map(|parts| parts.concat()),
        2 => vec(prop_oneof![select(&FRAGMENTS[..]), Just(&b"abc"[..])], 1..8)
            .prop_map(|parts| parts.concat().into_iter().filter(|byte| !b"\r\n\0".contains(byte)).collect()),
        1 => (anything::<u8>(), 1..8_192_usize).prop_map(|(byte, length)| vec![byte; length]),
        1 => vec(anything::<u8>(), 8_192),
        2 => text("[A-Za-z0-9._-]{0,140}"),
        2 => text("[A-Za-z0-9._-]{127,130}"),
        2 => text("[a-z0-9._ :/=-]{1,6}"),
        2 => text("[\u{21}-\u{7e}\u{80}-\u{2fff}]{0,40}"),
        1 => text("[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}"),
        1 => text("[a-z]{1,8}=[\u{20}-\u{7e}]{1,300}"),
    ]
}

impl Attack {
    /// The whole request.
    pub(crate) fn request(&self) -> Vec<u8> {
        let at = |place| (self.place == place).then_some(self.bytes.as_slice());
        let (default_method, path, query): (_, &[u8], Option<&[u8]>) = match self.place {
            Place::Path => (&b"GET"[..], b"/", None),
            Place::ItemId => (b"DELETE", b"/api/items/", None),
            Place::Query => (b"GET", b"/api/items", Some(b"")),
            Place::Cursor => (b"GET", b"/api/items", Some(b"limit=1&cursor=")),
            Place::Body | Place::ItemName => (b"POST", b"/api/items", None),
            Place::IdempotencyKey => (b"POST", b"/api/orders", None),
            _ => (b"GET", b"/api/items", None),
        };
        let mut request = at(Place::Method).unwrap_or(default_method).to_vec();
        request.push(b' ');
        request.extend_from_slice(path);
        request.extend_from_slice(at(Place::Path).or(at(Place::ItemId)).unwrap_or_default());
        if let Some(query) = query {
            request.push(b'?');
            request.extend_from_slice(query);
            request.extend_from_slice(&self.bytes);
        }
        request.extend_from_slice(b" HTTP/1.1\r\n");
        for (name, place) in [
            ("X-Request-Id", Place::RequestId),
            ("traceparent", Place::Traceparent),
            ("User-Agent", Place::UserAgent),
            ("X-Forwarded-For", Place::ForwardedFor),
            ("Idempotency-Key", Place::IdempotencyKey),
        ] {
            if let Some(bytes) = at(place) {
                header(&mut request, name, bytes);
            }
        }
        if let Some(bytes) = at(Place::Tracestate) {
            header(
                &mut request,
                "traceparent",
                b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            );
            header(&mut request, "tracestate", bytes);
        }
        header(
            &mut request,
            "Host",
            at(Place::Host).unwrap_or(b"localhost"),
        );
        if let Some(body) = self.body() {
            header(&mut request, "Content-Type", b"application/json");
            header(
                &mut request,
                "Content-Length",
                body.len().to_string().as_bytes(),
            );
            request.extend_from_slice(b"\r\n");
            request.extend_from_slice(&body);
        } else {
            request.extend_from_slice(b"\r\n");
        }
        request
    }

    fn body(&self) -> Option<Vec<u8>> {
        match self.place {
            Place::Body => Some(self.bytes.clone()),
            Place::ItemName => {
                let name = String::from_utf8_lossy(&self.bytes);
                Some(serde_json::json!({ "name": name }).to_string().into_bytes())
            }
            Place::IdempotencyKey => Some(br#"{"lines":[{"item_id":1,"quantity":1}]}"#.to_vec()),
            _ => None,
        }
    }
}

fn header(request: &mut Vec<u8>, name: &str, value: &[u8]) {
    request.extend_from_slice(name.as_bytes());
    request.extend_from_slice(b": ");
    request.extend_from_slice(value);
    request.extend_from_slice(b"\r\n");
}
