//! The ring of log lines.

use memchr::memmem::Finder;

use super::codec::{Reader, Writer};
use super::ring::{Ring, Segment};
use super::strings::{Matching, Strings, Symbol};
use super::{Level, Line, id};

/// A line on its way into the store.
#[derive(Clone, Debug, Default)]
pub(crate) struct NewLine<'a> {
    pub(crate) unix_nanos: u64,
    pub(crate) level: Option<Level>,
    pub(crate) service: &'a str,
    pub(crate) message: &'a str,
    pub(crate) trace_id: Option<&'a str>,
    pub(crate) span_id: Option<&'a str>,
    pub(crate) is_sampled: Option<bool>,
    pub(crate) fields: Vec<(&'a str, &'a str)>,
}

/// Lines of one stretch of arrival.
#[derive(Clone, Debug, Default)]
pub(crate) struct LineSegment {
    pub(crate) strings: Strings,
    /// The id of the first line; the others follow without a gap.
    pub(crate) first_id: u64,
    pub(crate) traces: Vec<u128>,
    pub(crate) heads: Vec<LineHead>,
    bodies: Vec<u8>,
    /// The earliest and the latest time, in nanoseconds since 1970.
    pub(crate) times: Option<(u64, u64)>,
}

/// What searches look at first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LineHead {
    pub(crate) time: u64,
    pub(crate) span: u64,
    pub(crate) service: Symbol,
    pub(crate) message: Symbol,
    body: u32,
    pub(crate) level: Level,
    sampled: Option<bool>,
}

impl Segment for LineSegment {
    fn bytes(&self) -> usize {
        let row = size_of::<LineHead>() + size_of::<u128>();
        self.strings.bytes() + self.heads.len() * row + self.bodies.len()
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

/// All lines that are kept.
#[derive(Debug)]
pub(crate) struct LineRing {
    pub(crate) ring: Ring<LineSegment>,
    pub(crate) received: u64,
}

impl LineRing {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            ring: Ring::new(limit),
            received: 0,
        }
    }

    pub(crate) fn push(&mut self, line: &NewLine<'_>) {
        self.received += 1;
        let id = self.received;
        let segment = self.ring.open(|_| {});
        if segment.heads.is_empty() {
            segment.first_id = id;
        }
        segment.push(line);
    }
}

impl LineSegment {
    fn push(&mut self, line: &NewLine<'_>) {
        let head = LineHead {
            time: line.unix_nanos,
            span: line.span_id.and_then(id::span).unwrap_or(0),
            service: self.strings.intern(line.service),
            message: self.strings.intern(line.message),
            body: self.bodies.len() as u32,
            level: line.level.unwrap_or(Level::Unknown),
            sampled: line.is_sampled,
        };
        let mut writer = Writer {
            bytes: &mut self.bodies,
            strings: &mut self.strings,
        };
        writer.number(line.fields.len() as u64);
        for (key, value) in &line.fields {
            writer.text(key);
            writer.text(value);
        }
        let (first, last) = self.times.unwrap_or((head.time, head.time));
        self.times = Some((first.min(head.time), last.max(head.time)));
        let trace = line.trace_id.and_then(id::trace).unwrap_or(0);
        self.traces.push(trace);
        self.heads.push(head);
    }

    fn fields(&self, row: usize) -> impl Iterator<Item = (Symbol, Symbol)> {
        let start = self.heads[row].body as usize;
        let mut reader = Reader::new(&self.bodies[start..], &self.strings);
        let count = reader.number();
        (0..count).map(move |_| (reader.symbol(), reader.symbol()))
    }

    /// Whether the line has a field of this value.
    pub(crate) fn has_field(&self, row: usize, key: Symbol, value: Symbol) -> bool {
        self.fields(row).any(|field| field == (key, value))
    }

    /// Whether the message or the value of a field is among those that match.
    pub(crate) fn has_text(&self, row: usize, matching: &Matching) -> bool {
        matching.has(self.heads[row].message)
            || self.fields(row).any(|(_, value)| matching.has(value))
    }

    /// The texts that contain what `finder` looks for.
    pub(crate) fn containing(&self, finder: &Finder<'_>) -> Matching {
        self.strings.containing(finder)
    }

    /// The value of a field.
    pub(crate) fn field(&self, row: usize, key: &str) -> Option<&str> {
        let key = self.strings.find(key)?;
        let (_, value) = self.fields(row).find(|(known, _)| *known == key)?;
        Some(self.strings.get(value))
    }

    /// The whole line.
    pub(crate) fn line(&self, row: usize) -> Line {
        let head = &self.heads[row];
        let text = |symbol| self.strings.get(symbol).to_owned();
        let trace = self.traces[row];
        Line {
            id: self.first_id + row as u64,
            unix_nanos: head.time,
            level: head.level,
            service: text(head.service),
            message: text(head.message),
            trace_id: (trace != 0).then(|| id::trace_text(trace)),
            span_id: (head.span != 0).then(|| id::span_text(head.span)),
            is_sampled: head.sampled,
            fields: self
                .fields(row)
                .map(|(key, value)| (text(key), text(value)))
                .collect(),
        }
    }
}
