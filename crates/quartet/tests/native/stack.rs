//! The stack that is broken and mended, and what `verify` and `doctor` say of it.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use testbed::{Native, Origin, eventually, http};

use crate::checkout::real;

/// How long a link may take that holds, in seconds: above what the slowest takes on a busy machine.
const LINKS: &str = "30";
/// The same of all hops.
const HOPS: &str = "8";

/// Native mode, with the services that are built beside `quartet`.
pub(crate) struct Stack {
    native: Native,
    /// How each part that was started anew had been started first.
    origins: HashMap<&'static str, Origin>,
    down: BTreeSet<&'static str>,
}

/// What a command said, and whether it found all well.
pub(crate) struct Said {
    pub(crate) well: bool,
    pub(crate) text: String,
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

    /// Follows every link, by the provisioning of a checkout.
    pub(crate) fn verify(&self, project: &Path) -> Said {
        self.ask(project, &["verify", "--links", "--patience", LINKS])
    }

    pub(crate) fn doctor(&self) -> Said {
        self.ask(&real(), &["doctor", "--patience", HOPS])
    }

    fn ask(&self, project: &Path, arguments: &[&str]) -> Said {
        let output = self.native.command_in(project, arguments).output().unwrap();
        let code = output.status.code();
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(matches!(code, Some(0 | 1)), "{arguments:?}: {text}");
        Said {
            well: code == Some(0),
            text,
        }
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

impl Said {
    /// Why `verify` found a link broken; none if it holds.
    pub(crate) fn why(&self, link: &str) -> Option<&str> {
        let mut broken = self.broken();
        broken.find_map(|line| line.strip_prefix(link)?.strip_prefix(": "))
    }

    fn broken(&self) -> impl Iterator<Item = &str> {
        let lines = self.text.lines();
        lines.filter_map(|line| line.strip_prefix("Broken: "))
    }

    /// The hop at which `doctor` says that a signal of a service was lost, and why.
    pub(crate) fn lost(&self, service: &str, signal: &str) -> Option<(&str, &str)> {
        let row = self.text.lines().find(|line| {
            let mut words = line.split_whitespace();
            words.next() == Some(service) && words.next() == Some(signal)
        });
        let row = row.unwrap_or_else(|| panic!("no row of {service} {signal}: {}", self.text));
        row.split_once("LOST at ")?.1.split_once(": ")
    }

    /// Whether nothing is broken.
    #[track_caller]
    pub(crate) fn assert_well(&self) {
        assert!(self.well, "{}", self.text);
    }

    /// Whether these links are broken, each for a reason with this word.
    #[track_caller]
    pub(crate) fn assert_broken(&self, links: &[&str], word: &str) {
        for link in links {
            let why = self.why(link);
            let why = why.unwrap_or_else(|| panic!("{link} holds: {}", self.text));
            assert!(why.contains(word), "{link}: {why}");
        }
        assert!(!self.well);
    }

    /// The same, and that every other link holds.
    #[track_caller]
    pub(crate) fn assert_only_broken(&self, links: &[&str], word: &str) {
        self.assert_broken(links, word);
        assert_eq!(self.broken().count(), links.len(), "{}", self.text);
    }

    /// Whether both services lose a signal at this hop, for a reason with this word, and no other is lost.
    #[track_caller]
    pub(crate) fn assert_lost(&self, signal: &str, hop: &str, word: &str) {
        for service in ["api", "fulfilment"] {
            let Some((found, reason)) = self.lost(service, signal) else {
                panic!("{service} lost no {signal}: {}", self.text);
            };
            assert_eq!(found, hop, "{}", self.text);
            assert!(reason.contains(word), "{reason}");
        }
        let others = self.text.lines().filter(|line| line.contains("LOST at "));
        let others = others.filter(|line| line.split_whitespace().nth(1) != Some(signal));
        assert_eq!(others.collect::<Vec<_>>(), [""; 0], "{}", self.text);
    }
}
