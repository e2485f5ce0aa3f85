//! The search for traces.

use hashbrown::{HashMap, HashSet};
use memchr::memmem::Finder;

use super::Window;
use super::params::Statuses;
use super::trace::{Part, summary};
use crate::store::spans::SpanSegment;
use crate::store::{Raw, Status, Store, Traces, id};

/// What a trace has to have. Everything is asked of one span: a trace matches where one of its spans does.
/// Empty texts ask nothing.
#[derive(Clone, Debug)]
pub struct TraceQuery {
    /// The service of the span.
    pub service: String,
    /// Its route.
    pub route: String,
    /// Its name.
    pub name: String,
    /// Its HTTP method, or the operation of its message.
    pub method: String,
    /// The first and the last HTTP status.
    pub status: Option<Statuses>,
    /// Whether its status has to be that of an error.
    pub errors_only: bool,
    /// How long it takes at least, in nanoseconds.
    pub min_nanos: Option<u64>,
    /// How long it takes at most, in nanoseconds.
    pub max_nanos: Option<u64>,
    /// Attributes of the span or of its sender, with their values.
    pub attributes: Vec<(String, String)>,
    /// A text that its name, an attribute or an event contains, as it is written; or the id of a trace.
    pub text: String,
    /// When it started.
    pub window: Window,
    /// How many traces to show.
    pub limit: usize,
}

/// The newest traces that match.
pub fn traces(store: &Store, query: &TraceQuery) -> Traces {
    let segments = store.spans.lock().ring.segments();
    let trace = id::trace(&query.text);
    let finder = Finder::new(query.text.as_bytes());
    let mut found: HashMap<u128, u64> = HashMap::new();
    let mut looked_at = 0;
    for segment in segments.iter().rev() {
        if query.limit < found.len() {
            break;
        }
        if !query.window.meets(segment.times) {
            continue;
        }
        let search = Search {
            segment,
            query,
            trace,
        };
        looked_at += search.rows(&finder, &mut found);
    }
    let has_more = query.limit < found.len();
    let mut newest: Vec<(u64, u128)> = found.into_iter().map(|(id, start)| (start, id)).collect();
    newest.sort_unstable_by(|a, b| b.cmp(a));
    newest.truncate(query.limit);
    let wanted: HashSet<u128> = newest.iter().map(|(_, id)| *id).collect();
    let mut parts: HashMap<u128, Vec<Part<'_>>> = HashMap::new();
    for segment in &segments {
        for (row, id) in segment.traces.iter().enumerate() {
            if wanted.contains(id) {
                parts.entry(*id).or_default().push(Part { segment, row });
            }
        }
    }
    let summaries = newest.iter().filter_map(|(_, id)| summary(parts.get(id)?));
    Traces {
        traces: summaries.collect(),
        has_more,
        looked_at,
    }
}

struct Search<'a> {
    segment: &'a SpanSegment,
    query: &'a TraceQuery,
    trace: Option<u128>,
}

impl Search<'_> {
    /// Notes the traces of the spans that match; how many spans were looked at.
    fn rows(&self, finder: &Finder<'_>, found: &mut HashMap<u128, u64>) -> usize {
        let (segment, query) = (self.segment, self.query);
        let strings = &segment.strings;
        let symbol = |text: &str| match text {
            "" => Some(None),
            text => strings.find(text).map(Some),
        };
        let exact = [&query.service, &query.route, &query.name, &query.method];
        let [Some(service), Some(route), Some(name), Some(method)] = exact.map(|text| symbol(text))
        else {
            return 0;
        };
        let asks_text = !query.text.is_empty() && self.trace.is_none();
        let texts = match asks_text {
            true => segment.containing(finder),
            false => Default::default(),
        };
        if asks_text && texts.is_empty() {
            return 0;
        }
        let Some(attributes) = self.attributes() else {
            return 0;
        };
        for (row, head) in segment.heads.iter().enumerate().rev() {
            let matches = query.window.has(head.start)
                && service.is_none_or(|service| service == head.service)
                && route.is_none_or(|route| route == head.route)
                && name.is_none_or(|name| name == head.name)
                && method.is_none_or(|method| method == head.method)
                && query
                    .status
                    .is_none_or(|(first, last)| (first..=last).contains(&head.http_status))
                && (!query.errors_only || head.status == Status::Error)
                && query.min_nanos.is_none_or(|least| least <= head.duration)
                && query.max_nanos.is_none_or(|most| head.duration <= most)
                && self.trace.is_none_or(|trace| trace == segment.traces[row])
                && attributes.iter().all(|wanted| wanted.is_of(segment, row))
                && (!asks_text || segment.has_text(row, &texts));
            if matches {
                let newest = found.entry(segment.traces[row]).or_default();
                *newest = head.start.max(*newest);
            }
        }
        segment.heads.len()
    }

    /// The attributes that are asked for; none if the segment cannot have them.
    fn attributes(&self) -> Option<Vec<Wanted>> {
        let strings = &self.segment.strings;
        let wanted = self.query.attributes.iter().map(|(key, value)| {
            let wanted = Wanted {
                key: strings.find(key)?,
                text: strings.find(value).map(Raw::Text),
                integer: value.parse().ok().map(Raw::Integer),
                real: value.parse().ok().map(Raw::Real),
                boolean: value.parse().ok().map(Raw::Boolean),
            };
            let values = [wanted.text, wanted.integer, wanted.real, wanted.boolean];
            values.iter().any(Option::is_some).then_some(wanted)
        });
        wanted.collect()
    }
}

/// A key and every form that its value may have.
struct Wanted {
    key: crate::store::Symbol,
    text: Option<Raw>,
    integer: Option<Raw>,
    real: Option<Raw>,
    boolean: Option<Raw>,
}

impl Wanted {
    fn is_of(&self, segment: &SpanSegment, row: usize) -> bool {
        segment.any_attribute(row, |key, value| {
            key == self.key
                && [self.text, self.integer, self.real, self.boolean].contains(&Some(value))
        })
    }
}
