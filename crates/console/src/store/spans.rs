//! The ring of spans.

use hashbrown::HashMap;
use memchr::memmem::Finder;
use wire::otlp::{self, Origin};

use super::codec::{Reader, Writer};
use super::ring::{Ring, Segment};
use super::strings::{Matching, Strings, Symbol};
use super::{Event, Kind, Link, Span, Status, id};

/// The service of those that do not name theirs, as OpenTelemetry calls it.
pub(crate) const UNKNOWN_SERVICE: &str = "unknown_service";

/// What a span takes in the table that tells whether it came before.
const SEEN_BYTES: usize = 20;

/// Spans of one stretch of arrival.
#[derive(Clone, Debug, Default)]
pub(crate) struct SpanSegment {
    pub(crate) strings: Strings,
    /// Apart from the heads, because looking for a trace reads nothing else.
    pub(crate) traces: Vec<u128>,
    pub(crate) heads: Vec<SpanHead>,
    bodies: Vec<u8>,
    resources: Vec<Vec<u8>>,
    resource_bytes: usize,
    /// The earliest start and the latest end, in nanoseconds since 1970.
    pub(crate) times: Option<(u64, u64)>,
}

/// What searches look at first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SpanHead {
    pub(crate) span: u64,
    pub(crate) parent: u64,
    pub(crate) start: u64,
    pub(crate) duration: u64,
    pub(crate) service: Symbol,
    pub(crate) name: Symbol,
    pub(crate) route: Symbol,
    pub(crate) method: Symbol,
    body: u32,
    /// The HTTP status of the answer, 0 if there is none.
    pub(crate) http_status: u16,
    pub(crate) kind: Kind,
    pub(crate) status: Status,
}

impl SpanHead {
    pub(crate) fn end(&self) -> u64 {
        self.start.saturating_add(self.duration)
    }
}

impl Segment for SpanSegment {
    fn bytes(&self) -> usize {
        let row = size_of::<SpanHead>() + size_of::<u128>() + SEEN_BYTES;
        self.strings.bytes() + self.heads.len() * row + self.bodies.len() + self.resource_bytes
    }

    fn items(&self) -> usize {
        self.heads.len()
    }

    fn seal(&mut self) {
        self.strings.seal();
        self.traces.shrink_to_fit();
        self.heads.shrink_to_fit();
        self.bodies.shrink_to_fit();
    }
}

/// All spans that are kept, and what tells whether one came before.
#[derive(Debug)]
pub(crate) struct Spans {
    pub(crate) ring: Ring<SpanSegment>,
    seen: HashMap<u64, ()>,
    pub(crate) received: u64,
    pub(crate) repeated: u64,
}

impl Spans {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            ring: Ring::new(limit),
            seen: HashMap::new(),
            received: 0,
            repeated: 0,
        }
    }

    /// Takes a span, unless it came before: exporters repeat what they are not sure about.
    pub(crate) fn push(&mut self, origin: &Origin, span: &otlp::Span) {
        let (Some(trace), Some(own)) = (id::trace(&span.trace_id), id::span(&span.span_id)) else {
            return;
        };
        self.received += 1;
        if self.seen.insert(mark(trace, own), ()).is_some() {
            self.repeated += 1;
            return;
        }
        let seen = &mut self.seen;
        let segment = self.ring.open(|evicted| {
            for (trace, head) in evicted.traces.iter().zip(&evicted.heads) {
                seen.remove(&mark(*trace, head.span));
            }
        });
        segment.push(origin, span, trace, own);
    }
}

/// Tells a span from all others, however few bits of its own id a sender fills.
fn mark(trace: u128, span: u64) -> u64 {
    (trace as u64 ^ (trace >> 64) as u64).rotate_left(17) ^ span
}

impl SpanSegment {
    fn push(&mut self, origin: &Origin, span: &otlp::Span, trace: u128, own: u64) {
        let service = origin.resource.get("service.name");
        let service = service.and_then(otlp::Value::as_text);
        let body = self.bodies.len() as u32;
        let resource = self.resource(&origin.resource);
        self.write_body(span, &origin.scope, resource);
        let route = ["http.route", "messaging.destination.name"];
        let method = ["http.request.method", "messaging.operation.name"];
        let status = span.integer("http.response.status_code");
        let head = SpanHead {
            span: own,
            parent: span
                .parent_span_id
                .as_deref()
                .and_then(id::span)
                .unwrap_or(0),
            start: span.start_unix_nanos,
            duration: span.end_unix_nanos.saturating_sub(span.start_unix_nanos),
            service: self.strings.intern(service.unwrap_or(UNKNOWN_SERVICE)),
            name: self.strings.intern(&span.name),
            route: self.first_text(span, &route),
            method: self.first_text(span, &method),
            body,
            http_status: status
                .and_then(|status| status.try_into().ok())
                .unwrap_or(0),
            kind: kind(span.kind),
            status: match span.status {
                otlp::Status::Unset => Status::Unset,
                otlp::Status::Ok => Status::Ok,
                otlp::Status::Error(_) => Status::Error,
            },
        };
        let (first, last) = self.times.unwrap_or((head.start, head.end()));
        self.times = Some((first.min(head.start), last.max(head.end())));
        self.traces.push(trace);
        self.heads.push(head);
    }

    fn first_text(&mut self, span: &otlp::Span, keys: &[&str]) -> Symbol {
        let found = keys.iter().find_map(|key| span.text(key));
        self.strings.intern(found.unwrap_or_default())
    }

    fn resource(&mut self, resource: &otlp::Attributes) -> usize {
        let mut bytes = Vec::new();
        let mut writer = Writer {
            bytes: &mut bytes,
            strings: &mut self.strings,
        };
        writer.attributes(resource);
        // Few senders share a segment; one that changes with every span fills it soon.
        if let Some(known) = self
            .resources
            .iter()
            .rev()
            .take(64)
            .position(|r| *r == bytes)
        {
            return self.resources.len() - 1 - known;
        }
        self.resource_bytes += bytes.len() + size_of::<Vec<u8>>();
        self.resources.push(bytes);
        self.resources.len() - 1
    }

    fn write_body(&mut self, span: &otlp::Span, scope: &str, resource: usize) {
        let mut writer = Writer {
            bytes: &mut self.bodies,
            strings: &mut self.strings,
        };
        writer.attributes(&span.attributes);
        writer.text(match &span.status {
            otlp::Status::Error(message) => message,
            _ => "",
        });
        writer.number(span.events.len() as u64);
        for event in &span.events {
            writer.text(&event.name);
            writer.number(event.unix_nanos);
            writer.attributes(&event.attributes);
        }
        writer.number(span.links.len() as u64);
        for link in &span.links {
            let trace = id::trace(&link.trace_id).unwrap_or(0);
            writer.bytes.extend_from_slice(&trace.to_le_bytes());
            let span = id::span(&link.span_id).unwrap_or(0);
            writer.bytes.extend_from_slice(&span.to_le_bytes());
            writer.attributes(&link.attributes);
        }
        writer.text(scope);
        writer.number(resource as u64);
        let dropped = [
            span.dropped_attributes,
            span.dropped_events,
            span.dropped_links,
        ];
        writer.number(dropped.into_iter().map(u64::from).sum());
    }

    fn reader(&self, row: usize) -> Reader<'_> {
        let start = self.heads[row].body as usize;
        Reader::new(&self.bodies[start..], &self.strings)
    }

    /// Whether an attribute of the span or of its sender satisfies `matches`.
    pub(crate) fn any_attribute(
        &self,
        row: usize,
        matches: impl Fn(Symbol, super::codec::Raw) -> bool,
    ) -> bool {
        let mut reader = self.reader(row);
        if reader.any_attribute(&matches) {
            return true;
        }
        let resource = reader.skip_to_resource();
        Reader::new(&self.resources[resource], &self.strings).any_attribute(&matches)
    }

    /// Whether a text of the span is among those that match: its name, or one of its attributes or events.
    pub(crate) fn has_text(&self, row: usize, matching: &Matching) -> bool {
        let head = &self.heads[row];
        if [head.name, head.service, head.route]
            .into_iter()
            .any(|text| matching.has(text))
        {
            return true;
        }
        let mut reader = self.reader(row);
        if reader.any_attribute(|_, value| value.is_in(matching)) || matching.has(reader.symbol()) {
            return true;
        }
        let mut any = false;
        for _ in 0..reader.number() {
            any |= matching.has(reader.symbol());
            reader.number();
            any |= reader.any_attribute(|_, value| value.is_in(matching));
        }
        any
    }

    /// What the sender says about an error.
    pub(crate) fn status_message(&self, row: usize) -> &str {
        let mut reader = self.reader(row);
        reader.any_attribute(|_, _| false);
        reader.text()
    }

    /// The text of an attribute of the span.
    pub(crate) fn attribute(&self, row: usize, key: &str) -> Option<&str> {
        let key = self.strings.find(key)?;
        let mut found = None;
        self.reader(row).any_attribute(|known, value| {
            if let super::codec::Raw::Text(text) = value
                && known == key
            {
                found = Some(text);
            }
            false
        });
        found.map(|text| self.strings.get(text))
    }

    /// The texts that contain what `finder` looks for.
    pub(crate) fn containing(&self, finder: &Finder<'_>) -> Matching {
        self.strings.containing(finder)
    }

    /// The whole span.
    pub(crate) fn span(&self, row: usize) -> Span {
        let head = &self.heads[row];
        let text = |symbol| self.strings.get(symbol).to_owned();
        let mut reader = self.reader(row);
        let attributes = reader.attributes();
        let status_message = reader.text().to_owned();
        let events = (0..reader.number()).map(|_| Event {
            name: reader.text().to_owned(),
            unix_nanos: reader.number(),
            attributes: reader.attributes(),
        });
        let events = events.collect();
        let links = (0..reader.number()).map(|_| Link {
            trace_id: id::trace_text(u128::from_le_bytes(reader.array())),
            span_id: id::span_text(u64::from_le_bytes(reader.array())),
            attributes: reader.attributes(),
        });
        let links = links.collect();
        let scope = reader.text().to_owned();
        let resource = reader.number() as usize;
        Span {
            trace_id: id::trace_text(self.traces[row]),
            span_id: id::span_text(head.span),
            parent_span_id: (head.parent != 0).then(|| id::span_text(head.parent)),
            service: text(head.service),
            name: text(head.name),
            kind: head.kind,
            start_unix_nanos: head.start,
            duration_nanos: head.duration,
            status: head.status,
            status_message,
            attributes,
            events,
            links,
            resource: Reader::new(&self.resources[resource], &self.strings).attributes(),
            scope,
            dropped: u32::try_from(reader.number()).unwrap_or(u32::MAX),
        }
    }
}

impl Reader<'_> {
    /// From behind the attributes of a span to the number of its resource.
    fn skip_to_resource(&mut self) -> usize {
        self.symbol();
        for _ in 0..self.number() {
            self.symbol();
            self.number();
            self.any_attribute(|_, _| false);
        }
        for _ in 0..self.number() {
            let _ids: [u8; 24] = self.array();
            self.any_attribute(|_, _| false);
        }
        self.symbol();
        self.number() as usize
    }
}

fn kind(kind: otlp::Kind) -> Kind {
    match kind {
        otlp::Kind::Unspecified => Kind::Unspecified,
        otlp::Kind::Internal => Kind::Internal,
        otlp::Kind::Server => Kind::Server,
        otlp::Kind::Client => Kind::Client,
        otlp::Kind::Producer => Kind::Producer,
        otlp::Kind::Consumer => Kind::Consumer,
    }
}
