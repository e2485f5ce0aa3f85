//! The search for lines.

use std::sync::Arc;

use memchr::memmem::Finder;

use super::Window;
use crate::store::lines::LineSegment;
use crate::store::{Level, LineBar, Lines, Segment, Store};

/// What a line has to have. Empty texts ask nothing.
#[derive(Clone, Debug)]
pub struct LogQuery {
    /// The service that wrote it.
    pub service: String,
    /// How serious it is at least.
    pub level: Level,
    /// Fields with their values.
    pub fields: Vec<(String, String)>,
    /// A text that its message or the value of a field contains, as it is written.
    pub text: String,
    /// The trace it belongs to.
    pub trace: Option<u128>,
    /// The span it belongs to.
    pub span: Option<u64>,
    /// Only lines older than the line of this id.
    pub before: Option<u64>,
    /// Only lines with a higher id than this.
    pub after: Option<u64>,
    /// When it was written.
    pub window: Window,
    /// How many lines to show.
    pub limit: usize,
    /// How many bars the histogram has; 0 for none.
    pub bars: usize,
}

/// The newest lines that match, and how all matches lie in time.
pub fn lines(store: &Store, query: &LogQuery) -> Lines {
    let (segments, newest) = {
        let lines = store.lines.lock();
        (lines.ring.segments(), lines.received)
    };
    let finder = Finder::new(query.text.as_bytes());
    let mut found = Found {
        newest: Vec::new(),
        total: 0,
        bars: vec![LineBar::default(); query.bars],
        before: query
            .before
            .map(|before| (time_of(&segments, before), before)),
        query,
    };
    for (index, segment) in segments.iter().enumerate().rev() {
        if query.window.meets(segment.times) {
            found.search(index, segment, &finder);
        }
    }
    let mut rows = found.newest;
    rows.sort_unstable_by(|a, b| b.cmp(a));
    let is_more = query.limit < rows.len();
    rows.truncate(query.limit);
    let shown: Vec<_> = rows
        .iter()
        .map(|(_, _, index, row)| segments[*index].line(*row))
        .collect();
    for (part, bar) in found.bars.iter_mut().enumerate() {
        bar.start_unix_nanos = query.window.start(part, query.bars);
        bar.end_unix_nanos = query.window.start(part + 1, query.bars);
    }
    Lines {
        older: shown.last().filter(|_| is_more).map(|line| line.id),
        lines: shown,
        total: found.total,
        histogram: found.bars,
        newest,
    }
}

/// When a line was written; a line that is gone is older than all that are here.
fn time_of(segments: &[Arc<LineSegment>], line: u64) -> u64 {
    let at = segments.partition_point(|segment| segment.first_id <= line);
    let segment = at.checked_sub(1).and_then(|at| segments.get(at));
    segment.map_or(0, |segment| {
        let row = usize::try_from(line - segment.first_id).unwrap_or(usize::MAX);
        segment.heads.get(row).map_or(u64::MAX, |head| head.time)
    })
}

struct Found<'a> {
    /// Time, id, segment and row.
    newest: Vec<(u64, u64, usize, usize)>,
    total: usize,
    bars: Vec<LineBar>,
    /// Time and id that lines have to come before.
    before: Option<(u64, u64)>,
    query: &'a LogQuery,
}

impl Found<'_> {
    fn search(&mut self, index: usize, segment: &LineSegment, finder: &Finder<'_>) {
        let query = self.query;
        let strings = &segment.strings;
        let service = match query.service.as_str() {
            "" => None,
            service => match strings.find(service) {
                Some(symbol) => Some(symbol),
                None => return,
            },
        };
        let texts = match query.text.is_empty() {
            true => Default::default(),
            false => segment.containing(finder),
        };
        if !query.text.is_empty() && texts.is_empty() {
            return;
        }
        let fields = query.fields.iter();
        let fields = fields.map(|(key, value)| Some((strings.find(key)?, strings.find(value)?)));
        let Some(fields) = fields.collect::<Option<Vec<_>>>() else {
            return;
        };
        if query
            .after
            .is_some_and(|after| segment.first_id + segment.items() as u64 <= after)
        {
            return;
        }
        for (row, head) in segment.heads.iter().enumerate().rev() {
            let id = segment.first_id + row as u64;
            let matches = query.window.has(head.time)
                && query.level <= head.level
                && service.is_none_or(|service| service == head.service)
                && query.trace.is_none_or(|trace| trace == segment.traces[row])
                && query.span.is_none_or(|span| span == head.span)
                && self.before.is_none_or(|before| (head.time, id) < before)
                && query.after.is_none_or(|after| after < id)
                && fields
                    .iter()
                    .all(|(key, value)| segment.has_field(row, *key, *value))
                && (query.text.is_empty() || segment.has_text(row, &texts));
            if matches {
                self.take(head.time, head.level, (id, index, row));
            }
        }
    }

    fn take(&mut self, time: u64, level: Level, (id, index, row): (u64, usize, usize)) {
        self.total += 1;
        if let Some(count) = self.bars.len().checked_sub(1).map(|last| last + 1) {
            let bar = &mut self.bars[self.query.window.part(time, count)];
            match level {
                Level::Error => bar.error += 1,
                Level::Warn => bar.warn += 1,
                _ => bar.other += 1,
            }
        }
        // Twice as many as are shown, then only the newest go on, so that many matches take little room.
        self.newest.push((time, id, index, row));
        if self.query.limit * 2 + 16 < self.newest.len() {
            let kept = self.query.limit + 1;
            self.newest.select_nth_unstable_by(kept, |a, b| b.cmp(a));
            self.newest.truncate(kept);
        }
    }
}
