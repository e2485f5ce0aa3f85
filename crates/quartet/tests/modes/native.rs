//! The services and their backends. All programs are stand-ins; tables, addresses and configuration are the real ones.

mod faults;
mod life;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use testbed::Addresses;

use crate::place::{Answer, Place};

const PARTS: [&str; 9] = [
    "api",
    "fulfilment",
    "alloy",
    "victoriametrics",
    "vmalert",
    "alertmanager",
    "loki",
    "tempo",
    "pyroscope",
];

const BACKENDS: [&str; 7] = [
    "alloy",
    "victoria-metrics",
    "vmalert",
    "alertmanager",
    "loki",
    "tempo",
    "pyroscope",
];

/// What runs when all is well: the supervisor and its parts.
const PROCESSES: usize = 1 + PARTS.len();

/// A place with a project in it: its configuration, and a script that knows where the programs are.
struct Stack {
    place: Place,
    addresses: Addresses,
}

impl Stack {
    fn new() -> Self {
        let mut place = Place::new();
        BACKENDS.iter().for_each(|program| place.stand_in(program));
        let project = place.path("project");
        fs::create_dir_all(project.join("deploy/native")).unwrap();
        let real = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        copy(
            &real.join("deploy/native/addresses.env"),
            &project.join("deploy/native"),
        );
        copy(&real.join("observability"), &project);
        let programs = place.path("programs");
        script(
            &project.join("deploy/native/build"),
            &format!(
                "cd '{}' && ls -d \"$PWD/$2\" 2>/dev/null || {{ echo \"$2 is not built: just native-build\" >&2; exit 1; }}",
                programs.display()
            ),
        );
        script(
            &project.join("load.sh"),
            "sleep \"$4\"; echo \"$1 a second to $2\"",
        );
        let addresses = Addresses::free(&project);
        for (name, value) in addresses.variables() {
            place.set(name, value);
        }
        Self { place, addresses }
    }

    /// One of whose programs behaves in a way of its own.
    fn with(program: &str, behaviour: &str) -> Self {
        let mut stack = Self::new();
        stack
            .place
            .set("STAND_IN", format!("{program} {behaviour}"));
        stack
    }

    fn port(&self, variable: &str) -> u16 {
        self.addresses.of(variable).port()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.place.command(arguments);
        command.arg("--project").arg(self.place.path("project"));
        command
    }

    fn quartet(&self, arguments: &[&str]) -> Answer {
        Answer::of(self.command(arguments).output().unwrap())
    }

    fn succeed(&self, arguments: &[&str]) -> String {
        let answer = self.quartet(arguments);
        assert_eq!(answer.code, 0, "{arguments:?}: {}", answer.text);
        answer.text
    }
}

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-r").arg(from).arg(to).status();
    assert!(copied.unwrap().success());
}

fn script(path: &Path, commands: &str) {
    fs::write(path, format!("#!/bin/sh\n{commands}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}
