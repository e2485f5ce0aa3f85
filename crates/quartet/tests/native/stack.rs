//! The stack that is broken and mended, and what `verify` and `doctor` say of it.

use std::collections::{BTreeSet, HashMap};
use std::net::SocketAddr;
use std::path::Path;

use testbed::{Native, Origin, eventually, http};

use crate::checkout::real;
use crate::said::{Outcome, Said};

/// How long a link may take that holds, in seconds: above what the slowest takes where nothing else runs.
const LINKS: &str = "30";
/// The same of all hops.
const HOPS: &str = "8";
/// How often they are asked until they say what is expected: on a busy machine what holds takes longer.
const TIMES: usize = 4;

/// Native mode, with the services that are built beside `quartet`.
pub(crate) struct Stack {
    native: Native,
    /// How each part that was started anew had been started first.
    origins: HashMap<&'static str, Origin>,
    down: BTreeSet<&'static str>,
}

impl Stack {
    pub(crate) fn start() -> Self {
        Self::of(&real())
    }

    /// One that has the configuration of another checkout from the beginning.
    pub(crate) fn of(project: &Path) -> Self {
        let mut native = Native::new(Path::new(env!("CARGO_BIN_EXE_quartet")), project);
        native.set("QUARTET_DEMO_LATENCY", "off");
        native.set("PYROSCOPE_UPLOAD_INTERVAL", "2s");
        native.up();
        Self {
            native,
            origins: HashMap::new(),
            down: BTreeSet::new(),
        }
    }

    /// Kills a part, and leaves it dead.
    pub(crate) fn kill(&mut self, part: &'static str) {
        let origin = self.native.kill(part);
        self.origins.entry(part).or_insert(origin);
        self.down.insert(part);
    }

    /// Starts a part anew, with something changed.
    pub(crate) fn change(&mut self, part: &'static str, change: impl FnOnce(Origin) -> Origin) {
        let origin = self.native.kill(part);
        let first = self.origins.entry(part).or_insert(origin).clone();
        self.native.start(part, &change(first));
        self.wait_until_ready(part);
    }

    /// Starts Alloy anew, with the configuration of another checkout.
    pub(crate) fn change_alloy(&mut self, project: &Path) {
        let (own, other) = (real(), project.to_owned());
        let folder = "observability/alloy";
        self.change("alloy", |origin| {
            origin.with_argument(own.join(folder), other.join(folder))
        });
    }

    /// Starts every part again as it was first.
    pub(crate) fn mend(&mut self) {
        for (part, origin) in std::mem::take(&mut self.origins) {
            if !self.down.remove(part) {
                self.native.kill(part);
            }
            self.native.start(part, &origin);
            self.wait_until_ready(part);
        }
    }

    pub(crate) fn keep(&mut self) {
        self.native.keep();
    }

    /// What `verify` finds, by the provisioning of a checkout.
    #[track_caller]
    pub(crate) fn verify(&self, project: &Path, expected: impl Fn(&Said) -> Outcome) {
        self.ask(
            project,
            &["verify", "--links", "--patience", LINKS],
            expected,
        );
    }

    /// What `doctor` finds.
    #[track_caller]
    pub(crate) fn doctor(&self, expected: impl Fn(&Said) -> Outcome) {
        self.ask(&real(), &["doctor", "--patience", HOPS], expected);
    }

    /// Asks until the answer is as expected.
    #[track_caller]
    fn ask(&self, project: &Path, arguments: &[&str], expected: impl Fn(&Said) -> Outcome) {
        let mut other = String::new();
        for _ in 0..TIMES {
            match expected(&self.said(project, arguments)) {
                Ok(()) => return,
                Err(said) => other = said,
            }
        }
        panic!("{arguments:?}: {other}");
    }

    fn said(&self, project: &Path, arguments: &[&str]) -> Said {
        let output = self.native.command_in(project, arguments).output().unwrap();
        let code = output.status.code();
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(matches!(code, Some(0 | 1)), "{arguments:?}: {text}");
        Said {
            well: code == Some(0),
            text,
        }
    }

    /// Stops all of it, and starts it again.
    pub(crate) fn restart(&mut self) {
        self.native.down();
        self.native.up();
    }

    /// Stops all of it, and deletes what it has.
    pub(crate) fn clean(&mut self) {
        let cleaned = self.native.command(&["clean"]).output().unwrap();
        assert!(cleaned.status.success());
    }

    /// Where data and logs are.
    pub(crate) fn folder(&self) -> &Path {
        self.native.folder()
    }

    /// Where something listens, by the name of its variable.
    pub(crate) fn address(&self, variable: &str) -> SocketAddr {
        self.native.address(variable)
    }

    fn wait_until_ready(&self, part: &str) {
        let (variable, path) = match part {
            "alloy" => ("ALLOY_HTTP_PORT", "/-/ready"),
            "loki" => ("LOKI_HTTP_PORT", "/ready"),
            "api" => ("QUARTET_API_OPERATIONS_ADDRESS", "/health/ready"),
            "fulfilment" => ("QUARTET_FULFILMENT_OPERATIONS_ADDRESS", "/health/ready"),
            other => panic!("nobody knows when {other} is ready"),
        };
        let address = self.native.address(variable);
        eventually(&format!("{part} is ready"), || {
            http::get(address, path).is_ok_and(|answer| answer.status == 200)
        });
    }
}
