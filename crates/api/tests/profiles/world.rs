//! A service whose spans and profiles are received, until its end.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use testbed::http::Response;
use testbed::{PATIENCE, ProfileSink, Service, Sink};
use wire::otlp::Span;
use wire::push::Push;

/// What burns CPU time on demand.
pub(crate) const BURN: &str = "api::demo::burn";

/// The CPU time between two samples of a thread.
pub(crate) const PERIOD: Duration = Duration::from_millis(10);

/// Which part of the time has to be where it was burnt: the rest of a request takes time too.
pub(crate) const SHARE: f64 = 0.95;

/// The program under test.
pub(crate) fn api() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_api"))
}

/// The service under test, and who receives what it sends.
pub(crate) struct World {
    pub(crate) api: Service,
    spans: Sink,
    profiles: ProfileSink,
}

/// All that a service has sent, once it has ended.
pub(crate) struct Ended {
    pub(crate) spans: Vec<Span>,
    pub(crate) pushes: Vec<Push>,
    /// CPU time that the kernel told of late.
    late: Duration,
}

impl World {
    pub(crate) fn start(variables: &[(&str, &str)]) -> Self {
        let (spans, profiles) = (Sink::http(), ProfileSink::start());
        let (collector, pyroscope) = (spans.endpoint(), profiles.endpoint());
        let mut all = vec![
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.as_str()),
            ("PYROSCOPE_SERVER_ADDRESS", &pyroscope),
            ("PYROSCOPE_UPLOAD_INTERVAL", "1s"),
            // On a busy machine a head can wait for long behind others that burn.
            ("QUARTET_HEAD_TIMEOUT_MS", "60000"),
        ];
        all.extend_from_slice(variables);
        let api = Service::start(api(), &all);
        wait_until_watched(&api);
        Self {
            api,
            spans,
            profiles,
        }
    }

    /// Burns `ms` of CPU time in a request that is not sampled.
    pub(crate) fn burn_unsampled(&self, ms: u64) {
        let unsampled = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
        let path = format!("/api/cpu?ms={ms}");
        let answer = self
            .api
            .send("GET", &path, &[("traceparent", unsampled)], b"");
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// Ends the service, once two further profiles hold all that was sampled so far: on a busy machine, the names of
    /// a build that is not optimised take longer to look up than the end would wait.
    #[track_caller]
    pub(crate) fn end(self) -> Ended {
        self.profiles
            .wait_for_requests(self.profiles.requests() + 2);
        let late = testbed::late_cpu_time(&self.api.metrics());
        self.api.process.terminate();
        let exit = self.api.process.wait(PATIENCE);
        assert_eq!(exit.code(), Some(0), "{:?}", self.api.process.lines());
        assert_eq!(self.profiles.errors(), [""; 0]);
        Ended {
            spans: self.spans.spans(),
            pushes: self.profiles.pushes(),
            late,
        }
    }
}

/// What a thread burns without a label before the profiler has found it is in no profile.
fn wait_until_watched(api: &Service) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let state = [("state", "watched")];
        let watched = api.metrics().value("telemetry_profile_threads", &state);
        let threads = api.process.threads() as f64;
        if watched.is_none_or(|watched| watched >= threads) {
            return;
        }
        assert!(
            Instant::now() < deadline,
            "{watched:?} of {threads} threads are watched"
        );
        thread::sleep(Duration::from_millis(20));
    }
}

/// The span id of a request, as its answer tells.
pub(crate) fn span_id(answer: &Response) -> String {
    let trace = answer.header("traceresponse");
    let trace = trace.unwrap_or_else(|| panic!("{} has no traceresponse", answer.status));
    trace.split('-').nth(2).unwrap().to_owned()
}

impl Ended {
    /// The CPU time within `function` under `span`; none is what belongs to no span.
    pub(crate) fn cpu(&self, span: Option<&str>, function: &str) -> Duration {
        let pushes = self.pushes.iter();
        let nanoseconds: i64 = pushes
            .map(|push| {
                push.profile
                    .sum(|sample| sample.label("span_id") == span && sample.is_within(function))
            })
            .sum();
        Duration::from_nanos(nanoseconds.try_into().unwrap())
    }

    /// All CPU time under `span`.
    pub(crate) fn cpu_of(&self, span: Option<&str>) -> Duration {
        let pushes = self.pushes.iter();
        let nanoseconds: i64 = pushes
            .map(|push| push.profile.sum(|sample| sample.label("span_id") == span))
            .sum();
        Duration::from_nanos(nanoseconds.try_into().unwrap())
    }

    /// The times and the innermost functions under `span` that are not within [`BURN`].
    fn elsewhere(&self, span: Option<&str>) -> Vec<(i64, Vec<&str>)> {
        let samples = self.pushes.iter().flat_map(|push| &push.profile.samples);
        samples
            .filter(|sample| sample.label("span_id") == span && !sample.is_within(BURN))
            .map(|sample| {
                let frames = sample.frames.iter().take(3);
                (
                    sample.values[0],
                    frames.map(|frame| &*frame.function).collect(),
                )
            })
            .collect()
    }

    /// The SERVER span of that id.
    #[track_caller]
    pub(crate) fn span(&self, id: &str) -> &Span {
        let found = self.spans.iter().find(|span| span.span_id == id);
        found.unwrap_or_else(|| panic!("no span {id}"))
    }

    /// Holds a request to its CPU time: 95 % of `burnt`, and nothing of others, is under its span, which says so.
    #[track_caller]
    pub(crate) fn assert_burnt(&self, span: &str, burnt: Duration) {
        let found = self.cpu_of(Some(span));
        let least = burnt.mul_f64(SHARE).saturating_sub(PERIOD + self.late);
        let most = burnt + 4 * PERIOD + self.late;
        assert!(
            (least..=most).contains(&found),
            "{found:?} of {burnt:?} under {span}"
        );
        let named = self.cpu(Some(span), BURN);
        assert!(
            least <= named,
            "{named:?} of {found:?} under {span} in {BURN}, the rest in {:?}",
            self.elsewhere(Some(span))
        );
        assert_eq!(self.span(span).text("pyroscope.profile.id"), Some(span));
    }

    /// Holds what was burnt without a label to `burnt`.
    #[track_caller]
    pub(crate) fn assert_unlabelled(&self, burnt: Duration) {
        let found = self.cpu(None, BURN);
        let least = burnt.mul_f64(SHARE).saturating_sub(PERIOD + self.late);
        let most = burnt + 2 * PERIOD + self.late;
        assert!(
            (least..=most).contains(&found),
            "{found:?} of {burnt:?} without a label in {BURN}, the rest in {:?}",
            self.elsewhere(None)
        );
    }
}
