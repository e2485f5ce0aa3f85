//! The service under attack, and what it did when it was struck.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use testbed::http::{Connection, Error, Response};
use testbed::{Service, Sink};
use wire::logfmt::{self, Line};
use wire::openmetrics::Exposition;

use crate::attack::{Attack, Place};

/// One process that has to stand all attacks of a test.
pub(crate) struct World {
    pub(crate) api: Service,
    pub(crate) sink: Sink,
    /// What `/metrics` showed before the first attack.
    pub(crate) baseline: Exposition,
    pub(crate) trusts: bool,
    probes: RefCell<Connection>,
    probed: Cell<usize>,
    seen_lines: Cell<usize>,
    answered: RefCell<BTreeSet<Place>>,
}

/// An attack and what came of it.
pub(crate) struct Blow {
    pub(crate) attack: Attack,
    pub(crate) sent: Vec<u8>,
    pub(crate) answers: Vec<Response>,
    /// The connection did not end in order, so that the last answers may be missing.
    pub(crate) cut_off: bool,
    /// The lines between this attack and the next.
    pub(crate) lines: Vec<String>,
}

impl fmt::Debug for Blow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let statuses: Vec<_> = self.answers.iter().map(|answer| answer.status).collect();
        write!(f, "{:?}\nanswered {statuses:?}, logged:", self.attack)?;
        self.lines
            .iter()
            .try_for_each(|line| write!(f, "\n  {line}"))
    }
}

impl World {
    pub(crate) fn start(variables: &[(&str, &str)]) -> Self {
        let sink = Sink::grpc();
        let endpoint = sink.endpoint();
        let mut all = vec![
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
            ("OTEL_BSP_SCHEDULE_DELAY", "5"),
            ("OTEL_TRACES_SAMPLER", "always_on"),
            // One thread, so that lines come in the order of the requests.
            ("QUARTET_WORKERS", "1"),
            ("QUARTET_HEAD_TIMEOUT_MS", "1000"),
        ];
        all.extend_from_slice(variables);
        let api = Service::start(Path::new(env!("CARGO_BIN_EXE_api")), &all);
        let item = api.json("POST", "/api/items", r#"{"name":"Violin","stock":1000}"#);
        assert_eq!(item.status, 201);
        let world = Self {
            baseline: api.metrics(),
            trusts: !variables.contains(&("QUARTET_TRUSTED_PROXIES", "none")),
            probes: RefCell::new(Connection::open(api.public).unwrap()),
            probed: Cell::default(),
            seen_lines: Cell::default(),
            answered: RefCell::default(),
            api,
            sink,
        };
        world.strike(Vec::new());
        world
    }

    /// Carries out the attacks one after the other, and collects what they left on stdout.
    pub(crate) fn strike(&self, attacks: Vec<Attack>) -> Vec<Blow> {
        let mut blows = Vec::new();
        let mut ends = vec![self.probe()];
        for attack in attacks {
            let blow = self.deal(attack);
            blows.push(blow);
            ends.push(self.probe());
        }
        self.api.access_line(&ends[ends.len() - 1]);
        self.share_out(&mut blows, &ends);
        self.note_answered(&blows);
        blows
    }

    /// The places whose attacks were answered by the service.
    pub(crate) fn answered_places(&self) -> BTreeSet<Place> {
        self.answered.borrow().clone()
    }

    /// The id of the newest probe.
    pub(crate) fn last_probe(&self) -> String {
        format!("probe-{}", self.probed.get())
    }

    fn note_answered(&self, blows: &[Blow]) {
        let whole = blows.iter().filter(|blow| {
            let mut answers = blow.answers.iter();
            answers.any(|answer| answer.header("x-request-id").is_some())
        });
        self.answered
            .borrow_mut()
            .extend(whole.map(|blow| blow.attack.place));
    }

    /// A harmless request, whose line ends those of what was before it.
    fn probe(&self) -> String {
        self.probed.set(self.probed.get() + 1);
        let id = self.last_probe();
        let headers = [("X-Request-Id", id.as_str())];
        let answer = self
            .probes
            .borrow_mut()
            .send("GET", "/", &headers, b"")
            .unwrap();
        assert_eq!(answer.status, 200);
        id
    }

    fn deal(&self, attack: Attack) -> Blow {
        let sent = attack.request();
        let mut connection = Connection::open(self.api.public).unwrap();
        // Who refuses what has come need not wait for the rest.
        let written = connection
            .write(&sent)
            .and_then(|()| connection.half_close());
        let mut answers = Vec::new();
        let cut_off = loop {
            match connection.read() {
                Ok(answer) => answers.push(answer),
                Err(Error::Closed) => break written.is_err(),
                Err(error @ Error::TimedOut { .. }) => panic!("{attack:?}: {error}"),
                Err(_) => break true,
            }
        };
        Blow {
            attack,
            sent,
            answers,
            cut_off,
            lines: Vec::new(),
        }
    }

    fn share_out(&self, blows: &mut [Blow], ends: &[String]) {
        let lines = self.api.process.lines();
        let mut lines = lines.into_iter().skip(self.seen_lines.get()).peekable();
        let mut taken = 0;
        let mut until = |end: &str| {
            let mut before = Vec::new();
            for line in lines.by_ref() {
                taken += 1;
                let id = logfmt::parse(&line).ok();
                if id.as_ref().and_then(|line: &Line| line.get("request_id")) == Some(end) {
                    return before;
                }
                before.push(line);
            }
            panic!("no line of {end} after {before:?}");
        };
        until(&ends[0]);
        for (blow, end) in blows.iter_mut().zip(&ends[1..]) {
            blow.lines = until(end);
        }
        self.seen_lines.set(self.seen_lines.get() + taken);
    }
}
