//! What is kept, and what it looks like to those who ask.

mod line;
mod metric;
mod overview;
mod profile;
mod span;
mod trace;

pub use line::{Level, Line, LineBar, Lines};
pub use metric::{Chart, Exemplar, Family, FamilyKind, Labels, Point, Series};
pub use overview::{
    ErrorSummary, Red, RouteSummary, ServiceSummary, Signal, SignalState, SignalStatus, StoreStatus,
};
pub use profile::{FlameGraph, Frame, FrameCost, ProfileSummary, TopRow};
pub use span::{Attributes, Event, Kind, Link, Span, Status, Value};
pub use trace::{MapEdge, MapNode, MapNodeKind, ServiceMap, Trace, TraceSpan, TraceSummary, Traces};
