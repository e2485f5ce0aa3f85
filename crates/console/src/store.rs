//! What is kept, and what it looks like to those who ask.
//!
//! One ring per signal, bounded in bytes. Who asks takes a snapshot and holds up nobody who sends.

mod codec;
mod line;
pub(crate) mod lines;
mod metric;
mod overview;
mod profile;
mod refusals;
mod ring;
pub(crate) mod series;
mod span;
pub(crate) mod spans;
pub(crate) mod stacks;
mod strings;
mod trace;

pub(crate) mod id;

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;

pub(crate) use codec::Raw;
pub use line::{Level, Line, LineBar, Lines};
pub use metric::{Chart, Exemplar, Family, FamilyKind, Labels, Point, Series};
pub use overview::{
    ErrorSummary, Red, RouteSummary, ServiceSummary, Signal, SignalState, SignalStatus, StoreStatus,
};
pub use profile::{FlameGraph, Frame, FrameCost, ProfileSummary, TopRow};
pub(crate) use refusals::Refusals;
pub(crate) use ring::Segment;
pub use span::{Attributes, Event, Kind, Link, Span, Status, Value};
pub(crate) use strings::Symbol;
pub use trace::{
    MapEdge, MapNode, MapNodeKind, ServiceMap, Trace, TraceSpan, TraceSummary, Traces,
};

use crate::settings::Limits;
use lines::LineRing;
use series::SeriesStore;
use spans::Spans;
use stacks::Stacks;

/// All that is kept.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) spans: Arc<Mutex<Spans>>,
    pub(crate) lines: Arc<Mutex<LineRing>>,
    pub(crate) series: Arc<Mutex<SeriesStore>>,
    pub(crate) stacks: Arc<Mutex<Stacks>>,
    pub(crate) refusals: Arc<Refusals>,
    /// How the last attempt to fetch the metrics of each service went.
    pub(crate) scrapes: Arc<Mutex<BTreeMap<String, Result<(), String>>>>,
    pub(crate) limits: Limits,
}

impl Store {
    /// What it keeps at most.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// An empty store.
    pub fn new(limits: Limits) -> Self {
        Self {
            spans: Arc::new(Mutex::new(Spans::new(limits.trace_bytes))),
            lines: Arc::new(Mutex::new(LineRing::new(limits.log_bytes))),
            series: Arc::new(Mutex::new(SeriesStore::new(
                limits.metric_bytes,
                limits.series,
            ))),
            stacks: Arc::new(Mutex::new(Stacks::new(limits.profile_bytes))),
            refusals: Arc::default(),
            scrapes: Arc::default(),
            limits,
        }
    }
}
