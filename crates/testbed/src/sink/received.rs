use std::time::Duration;

use wire::otlp::Span;
use wire::push::Push;

use super::Behaviour;
use crate::watched::Watched;

/// What a sink takes.
pub(super) trait Item: Clone + Send + 'static {
    /// Several of it, in words.
    const NAME: &str;
    /// Beyond this a sink takes no more: a test that sends more should look at metrics.
    const MOST: usize;

    /// One of it, in words.
    fn summary(&self) -> String;
}

impl Item for Span {
    const NAME: &str = "spans";
    const MOST: usize = 200_000;

    fn summary(&self) -> String {
        let parent = self.parent_span_id.as_deref().unwrap_or("none");
        format!(
            "{:?} {:?} trace {} span {} parent {parent}",
            self.name, self.kind, self.trace_id, self.span_id
        )
    }
}

impl Item for Push {
    const NAME: &str = "pushes";
    const MOST: usize = 2_000;

    fn summary(&self) -> String {
        let spans = self.profile.samples.iter();
        let spans: std::collections::BTreeSet<_> =
            spans.filter_map(|sample| sample.label("span_id")).collect();
        format!(
            "{:?}: {} samples, {} in sum, spans {spans:?}",
            self.labels,
            self.profile.samples.len(),
            self.profile.sum(|_| true)
        )
    }
}

/// What a sink got, shared between its server and the test.
pub(super) struct Received<T> {
    pub(super) state: Watched<State<T>>,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    /// Headers or gRPC metadata in the order sent, names in lower case.
    pub headers: Vec<(String, String)>,
}

impl Request {
    /// The first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

pub(super) struct State<T> {
    items: Vec<T>,
    pub(super) requests: usize,
    pub(super) last: Option<Request>,
    pub(super) errors: Vec<String>,
    behaviour: Behaviour,
}

impl<T> Default for State<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            requests: 0,
            last: None,
            errors: Vec::new(),
            behaviour: Behaviour::default(),
        }
    }
}

impl<T> State<T> {
    /// What was taken, provided that each request could be decoded.
    pub(super) fn whole(&self) -> &[T] {
        assert!(
            self.errors.is_empty(),
            "the sink could not decode what it got: {:?}",
            self.errors
        );
        &self.items
    }

    fn failed(&mut self, error: String) -> String {
        self.errors.push(error.clone());
        error
    }
}

impl<T> Default for Received<T> {
    fn default() -> Self {
        Self {
            state: Watched::new(State::default()),
        }
    }
}

impl<T: Item> Received<T> {
    /// Notes that a request came, and says how to treat it.
    pub(super) fn request(&self, request: Request) -> Behaviour {
        self.state.change(|state| {
            state.requests += 1;
            state.last = Some(request);
            state.behaviour
        })
    }

    /// Takes what a request held.
    pub(super) fn take<E: std::error::Error>(
        &self,
        decoded: Result<Vec<T>, E>,
    ) -> Result<(), String> {
        self.state.change(|state| match decoded {
            Ok(items) if T::MOST < state.items.len() + items.len() => {
                Err(state.failed(format!("more than {} {}", T::MOST, T::NAME)))
            }
            Ok(items) => {
                state.items.extend(items);
                Ok(())
            }
            Err(error) => Err(state.failed(chain(&error))),
        })
    }

    /// Notes that a request could not be read at all.
    pub(super) fn fail(&self, error: String) {
        self.state.change(|state| state.failed(error));
    }

    pub(super) fn behave(&self, behaviour: Behaviour) {
        self.state.change(|state| state.behaviour = behaviour);
    }

    pub(super) fn clear(&self) {
        self.state.change(|state| {
            *state = State {
                behaviour: state.behaviour,
                ..State::default()
            };
        });
    }

    #[track_caller]
    pub(super) fn wait<R>(
        &self,
        awaited: &str,
        patience: Duration,
        mut found: impl FnMut(&[T]) -> Option<R>,
    ) -> R {
        let outcome = self.state.wait(patience, |state| found(state.whole()));
        outcome.unwrap_or_else(|| {
            let there = self.state.read(|state| summary(&state.items));
            panic!("awaited {awaited}, there were {there}")
        })
    }
}

fn summary<T: Item>(items: &[T]) -> String {
    const SHOWN: usize = 50;
    let mut text = format!("{} {}", items.len(), T::NAME);
    for item in items.iter().rev().take(SHOWN) {
        text.push_str("\n  ");
        text.push_str(&item.summary());
    }
    text
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}
