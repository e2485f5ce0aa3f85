use std::time::Duration;

use wire::otlp::{self, Span};

use super::Behaviour;
use crate::watched::Watched;

/// Beyond this a sink counts spans no more: a test that sends more should look at metrics.
const MOST_SPANS: usize = 200_000;

/// What a sink got, shared between its server and the test.
pub(super) struct Received {
    pub(super) state: Watched<State>,
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

#[derive(Default)]
pub(super) struct State {
    spans: Vec<Span>,
    pub(super) requests: usize,
    pub(super) last: Option<Request>,
    pub(super) errors: Vec<String>,
    behaviour: Behaviour,
}

impl State {
    /// The spans, provided that each request could be decoded.
    pub(super) fn whole(&self) -> &[Span] {
        assert!(
            self.errors.is_empty(),
            "the sink could not decode what it got: {:?}",
            self.errors
        );
        &self.spans
    }
}

impl Default for Received {
    fn default() -> Self {
        Self {
            state: Watched::new(State::default()),
        }
    }
}

impl Received {
    /// Notes that a request came, and says how to treat it.
    pub(super) fn request(&self, request: Request) -> Behaviour {
        self.state.change(|state| {
            state.requests += 1;
            state.last = Some(request);
            state.behaviour
        })
    }

    /// Takes what a request held.
    pub(super) fn take(&self, decoded: Result<Vec<Span>, otlp::Error>) -> Result<(), String> {
        self.state.change(|state| match decoded {
            Ok(spans) if MOST_SPANS < state.spans.len() + spans.len() => {
                Err(state.failed(format!("more than {MOST_SPANS} spans")))
            }
            Ok(spans) => {
                state.spans.extend(spans);
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
        mut found: impl FnMut(&[Span]) -> Option<R>,
    ) -> R {
        let outcome = self.state.wait(patience, |state| found(state.whole()));
        outcome.unwrap_or_else(|| {
            let there = self.state.read(|state| summary(&state.spans));
            panic!("awaited {awaited}, there were {there}")
        })
    }
}

impl State {
    fn failed(&mut self, error: String) -> String {
        self.errors.push(error.clone());
        error
    }
}

fn summary(spans: &[Span]) -> String {
    const SHOWN: usize = 50;
    let mut text = format!("{} spans", spans.len());
    for span in spans.iter().rev().take(SHOWN) {
        let parent = span.parent_span_id.as_deref().unwrap_or("none");
        text.push_str(&format!(
            "\n  {:?} {:?} trace {} span {} parent {parent}",
            span.name, span.kind, span.trace_id, span.span_id
        ));
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
