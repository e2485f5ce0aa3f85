//! One recording of two services, sent to the console and through Alloy to the real stores: both answer the same.
//!
//! Needs the backends, and the services and the console beside this test: `just test-native`.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod answers;
mod metrics;
mod recording;

use std::fmt::Debug;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use testbed::{Native, Process};

use super::Stores;
use super::console::Console;
use super::http::Address;
use super::keeper::Keeper;
use crate::links::range::Range;
use crate::verify::now_ms;
use recording::Recording;

/// Above what the slowest store takes until it answers for what was sent, on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(180);

/// The real stores behind Alloy, and the console.
struct Both {
    native: Native,
    console: Process,
    real: Keeper,
    viewed: Keeper,
}

#[test]
fn the_console_answers_as_the_real_stores_do() {
    let both = Both::start();
    let recording = Recording::of_two_services(&program(""));

    let counted = metrics::send_while(&both, || recording.replay(&both));

    answers::spans_and_lines(&both, &recording);
    answers::searches(&both, &recording);
    answers::flame_graphs(&both, &recording);
    metrics::compare(&both, &counted);
}

impl Both {
    fn start() -> Self {
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let native = Native::new(&program("quartet"), &project);
        native.up();
        let console = testbed::console(&program("console"))
            .patience(PATIENCE)
            .spawn();
        let public = console.address("public");
        let token = console.directory().join("run/console.token");
        let token = std::fs::read_to_string(token).unwrap();
        let store = |name: &str| Address::open(&format!("http://{}", native.address(name)));
        let real = Stores {
            metrics: store("VICTORIAMETRICS_LISTEN"),
            lines: store("LOKI_HTTP_PORT"),
            traces: store("TEMPO_HTTP_PORT"),
            flames: store("PYROSCOPE_HTTP_PORT"),
            alerts: store("ALERTMANAGER_LISTEN"),
        };
        Self {
            real: Keeper::Backends(Box::new(real)),
            viewed: Keeper::Console(Console::new(&format!("http://{public}"), token.trim())),
            native,
            console,
        }
    }

    /// Where OTLP goes: to Alloy, and to the console.
    fn otlp(&self) -> [SocketAddr; 2] {
        [
            self.native.address("ALLOY_OTLP_HTTP_PORT"),
            self.console.address("otlp-http"),
        ]
    }

    fn profiles(&self) -> [SocketAddr; 2] {
        [
            self.native.address("ALLOY_PROFILES_PORT"),
            self.console.address("profiles"),
        ]
    }

    fn lines(&self) -> [SocketAddr; 2] {
        [
            self.native.address("LOKI_HTTP_PORT"),
            self.console.address("loki"),
        ]
    }

    /// Asks both until both say the same, and it is not nothing.
    #[track_caller]
    fn same<T: PartialEq + Debug + Default>(&self, what: &str, ask: impl Fn(&Keeper) -> T) -> T {
        self.agreed(what, |keepers| match keepers.map(&ask) {
            [real, viewed] if real == viewed && real != T::default() => Ok(real),
            answers => Err(answers),
        })
    }

    /// Asks the real stores and the console until what they say agrees.
    #[track_caller]
    fn agreed<T, E: Debug>(&self, what: &str, ask: impl Fn([&Keeper; 2]) -> Result<T, E>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match ask([&self.real, &self.viewed]) {
                Ok(agreed) => return agreed,
                Err(answers) => assert!(
                    Instant::now() < deadline,
                    "{what}, by the real stores and by the console: {answers:#?}"
                ),
            }
            thread::sleep(Duration::from_millis(500));
        }
    }
}

/// The last ten minutes.
fn lately() -> Range {
    let now = now_ms();
    Range {
        from_ms: now - 600_000,
        to_ms: now,
    }
}

/// A program that is built beside this test.
fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(2).unwrap().join(name)
}
